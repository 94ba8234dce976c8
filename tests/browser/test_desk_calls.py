"""R35: a call at the desk: who it is, what is noted of it, and what comes after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import protocol
import pytest
import pytest_asyncio
from e2e.people import Admin, telephone
from playwright.async_api import Browser, expect

from .axe import violations
from .people import Agent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["found"], indirect=True, scope="module"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    await anna.logs_in("anna")
    yield anna
    await anna.logs_out()
    await anna.leaves()


async def test_R24_R35_a_caller_is_known_by_their_number_and_the_call_is_noted(anna: Agent, parley_url: str) -> None:
    number = f"+49 30 555{uuid4().int % 10_000:04}"
    token = (await protocol.log_in(parley_url, "sam"))["token"]
    known = {"name": f"Jonas {number}", "phones": [number]}
    contact = await protocol.call(parley_url, "POST", "/v1/contacts", token, json=known)
    async with telephone(parley_url) as pbx:
        await anna.gets_ready()
        call = await pbx.place("support", **{"from": number})
        await expect(anna.on_screen("call-banner")).to_contain_text(f"Call from {number}")

        # R24: who it may be is offered by the number, and links with one press
        offered = anna.on_screen("candidates").locator(f"[data-contact={contact['contact']}]")
        await expect(offered).to_contain_text("calls from this number")
        await offered.get_by_test_id("link").click()
        await expect(anna.on_screen("call-banner")).to_contain_text(f"Call from Jonas {number}")
        await expect(anna.on_screen("inbox").locator(".row-name")).to_have_text(f"Jonas {number}")

        # R18: noted while it lasts, by itself, with a class or without
        await pbx.say(call, "answered")
        await anna.on_screen("code-note").fill("Cup broken")
        await expect(anna.on_screen("call-saved")).to_have_text("Saved")
        assert (await pbx.look(call))["classification"] == {"code": "", "note": "Cup broken"}
        await anna.on_screen("code").fill("complaint")
        await anna.on_screen("code-note").fill("Cup broken: a new one is sent")
        await expect(anna.on_screen("call-saved")).to_have_text("Saved")
        await anna.page.reload()
        await expect(anna.on_screen("code-note")).to_have_value("Cup broken: a new one is sent")
        assert await violations(anna.page) == []

        # without wrap-up it is over with the telephone, and says so
        await pbx.say(call, "ended")
        await expect(anna.on_screen("notices")).to_contain_text(f"The call with Jonas {number} is over, after 0:")
        await expect(anna.on_screen("item")).to_have_count(0)
        found = await protocol.interaction(parley_url, call, token)
        assert found["classification"] == {"code": "complaint", "note": "Cup broken: a new one is sent"}
        await anna.stops()
    assert anna.wrong == []


async def test_R18_R35_after_the_call_there_is_its_wrap_up_where_the_queue_has_one(
    anna: Agent, parley_url: str
) -> None:
    ada = await Admin.log_in(parley_url)
    wrap_up = {**(await ada.get("queues/support"))["wrap_up"], "calls": True}
    async with ada.changed("queues/support", wrap_up=wrap_up), telephone(parley_url) as pbx:
        await anna.gets_ready()
        call = await pbx.place("support", **{"from": "+49 30 5550108"})
        await pbx.say(call, "answered")
        await anna.on_screen("code-note").fill("wants an invoice")
        await pbx.say(call, "ended")
        await expect(anna.on_screen("wrap-up")).to_be_visible()
        await expect(anna.on_screen("code-note")).to_have_value("wants an invoice")
        await anna.stops()
        await anna.does("complete")
        await expect(anna.on_screen("item")).to_have_count(0)
        assert (await pbx.look(call))["classification"] == {"code": "", "note": "wants an invoice"}
    assert anna.wrong == []


async def test_R12_the_banner_counts_each_kind_as_what_it_is(anna: Agent, parley_url: str) -> None:
    async with telephone(parley_url) as pbx:
        await anna.gets_ready()
        mail = await pbx.place("support", kind="email", subject="Invoice", **{"from": "Kim <kim@example.org>"})
        await expect(anna.on_screen("inbox-active").get_by_test_id("item")).to_have_count(1)
        call = await pbx.place("support", **{"from": "+49 30 5550109"})
        await pbx.say(call, "answered")
        await expect(anna.on_screen("held-chats")).to_have_text("1 item is parked and resumes after the call.")
        await pbx.say(call, "ended")
        await anna.stops()
        desk = await protocol.Agent.log_in(parley_url, "anna")
        await desk.ask("end", item=mail)
        await desk.ask("complete", item=mail)
        await desk.close()
        await expect(anna.on_screen("item")).to_have_count(0)
    assert anna.wrong == []


async def test_R25_R26_notes_and_what_a_visitor_thought_of_it_stand_in_the_history(
    anna: Agent, parley_url: str
) -> None:
    token = (await protocol.log_in(parley_url, "sam"))["token"]
    contact = await protocol.call(parley_url, "POST", "/v1/contacts", token, json={"name": f"Kim {uuid4().hex[:6]}"})
    ben = await protocol.Agent.log_in(parley_url, "ben")
    async with protocol.Visitor(parley_url) as before:
        await before.start(text="My cup is broken")
        await ben.until(lambda: before.chat in ben.waiting)
        await ben.ask("pick", item=before.chat)
        await ben.ask("identify", item=before.chat, contact=contact["contact"])
        await ben.ask("note", item=before.chat, text="Replacement promised, photo missing.")
        await ben.ask("message", item=before.chat, text="A new one is on its way.")
        await before.ask("end")
        await before.ask("rate", score=4, comment="quick and kind")
        await ben.ask("complete", item=before.chat)
        await protocol.interaction(parley_url, before.chat, ben.token)
    await ben.ask("logout")
    await ben.close()

    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(text="hello again")
        await anna.on_screen("pick").click()
        await anna.sees(["hello again"])
        await anna.on_screen("contact-search").fill(contact["name"])
        await anna.on_screen("found").get_by_test_id("link").first.click()
        past = anna.on_screen("past")
        await expect(past).to_have_count(1)
        await past.locator("summary").click()
        said = past.locator(".past-line, .past-note")
        await expect(said).to_contain_text(
            ["My cup is broken", "Replacement promised, photo missing.", "A new one is on its way.", "quick and kind"]
        )
        await expect(past.get_by_test_id("past-note")).to_contain_text("Note by Ben")
        await expect(past.get_by_test_id("past-rated")).to_contain_text("Rated 4 of 5")
        await visitor.ask("end")
        await anna.does("complete")
    assert anna.wrong == []
