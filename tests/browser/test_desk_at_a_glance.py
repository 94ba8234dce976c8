"""What an agent sees without opening anything: who it is, who waits for an answer and since when, and what has come."""

from __future__ import annotations

from collections.abc import AsyncIterator

import protocol
import pytest
import pytest_asyncio
from e2e.people import Admin
from playwright.async_api import Browser, expect

from .axe import violations
from .people import Agent
from .test_desk import ALERTS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["found"], indirect=True, scope="module"),
]

LATER = """
  const real = Date.now; let ahead = 0;
  Date.now = () => real() + ahead;
  window.later = (seconds) => { ahead += seconds * 1000; };
"""
"""`later(60)` puts the page's clock a minute ahead."""


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    yield anna
    await anna.leaves()
    desk = await protocol.Agent.log_in(parley_url, "anna")
    for item in list(desk.inbox.values()):
        if item["stage"] == "conversation":
            await desk.ask("end", item=item["item"])
        await desk.ask("complete", item=item["item"])
    await desk.ask("logout")
    await desk.close()


async def test_R24_an_identified_customer_goes_by_their_name_everywhere(anna: Agent, parley_url: str) -> None:
    token = (await protocol.log_in(parley_url, "sam"))["token"]
    contact = await protocol.call(parley_url, "POST", "/v1/contacts", token, json={"name": "Jonas Becker"})
    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(text="Where is my order?", language="de")
        await anna.logs_in("anna")
        row = anna.on_screen("queues").get_by_test_id("item")
        await expect(row).to_contain_text("Where is my order?")
        await expect(row.locator(".row-name")).to_have_text("Visitor")
        await anna.on_screen("pick").click()
        await anna.sees(["Where is my order?"])

        await anna.on_screen("contact-search").fill("Becker")
        await anna.on_screen("found").get_by_test_id("link").first.click()
        mine = anna.on_screen("inbox").get_by_test_id("item")
        await expect(mine.locator(".row-name")).to_have_text("Jonas Becker")
        await expect(anna.page.get_by_role("heading", level=1)).to_contain_text("Jonas Becker")
        await expect(anna.on_screen("message").locator(".who")).to_contain_text("Jonas Becker")
        await visitor.raw('{"type": "typing", "on": true}')
        await expect(anna.on_screen("typing")).to_have_text("Jonas Becker is typing …")

        # renamed by somebody else, it is renamed here
        named = {"name": "Jonas Becker-Wolf", "version": contact["version"]}
        await protocol.call(parley_url, "PUT", f"/v1/contacts/{contact['contact']}", token, json=named)
        await expect(mine.locator(".row-name")).to_have_text("Jonas Becker-Wolf")
    assert anna.wrong == []


async def test_R17_a_clock_says_since_when_the_customer_waits_for_an_answer(anna: Agent, parley_url: str) -> None:
    await anna.page.add_init_script(LATER)
    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(text="Hello?", name="Kim")
        await anna.logs_in("anna")
        waiting = anna.on_screen("queues").get_by_test_id("item")
        await expect(waiting.get_by_test_id("reply-clock")).to_have_class("timer clock ")
        await waiting.get_by_test_id("item-open").click()
        heading = anna.on_screen("conversation")
        await expect(heading.get_by_test_id("reply-clock")).to_contain_text("Waits 0:")
        await expect(heading.get_by_test_id("handle-time")).to_have_count(0)
        await anna.on_screen("pick-open").click()
        await anna.sees(["Hello?"])

        # whoever is not answered waits on, a note or not, and the title says it once it is long
        await anna.notes("to be looked up")
        row = anna.on_screen("inbox").get_by_test_id("item")
        clock = row.get_by_test_id("reply-clock")
        await expect(clock).to_have_class("timer clock ")
        await expect(row.get_by_test_id("new")).to_have_count(0)
        await anna.page.evaluate("later(70)")
        await expect(clock).to_have_class("timer clock soon")
        await expect(heading.get_by_test_id("reply-clock")).to_contain_text("Waits for an answer 1:1")
        title = await anna.page.title()
        assert title.endswith(" Parley desk")
        assert title.startswith("1:1")
        await anna.page.evaluate("later(120)")
        await expect(clock).to_have_class("timer clock late")

        # parked and unanswered is marked, with the draft that was begun; it is not new, however long it was read before
        await anna.on_screen("composer").fill("I have")
        await anna.does("park")
        await expect(row.get_by_test_id("mark-unanswered")).to_have_text("Unanswered")
        await expect(row.get_by_test_id("mark-draft")).to_have_text("Draft")
        await anna.page.reload()
        await expect(row.get_by_test_id("mark-unanswered")).to_be_visible()
        await anna.does("resume")
        await expect(row.get_by_test_id("new")).to_have_count(0)

        # an answer stops the clock, the next question starts it anew; who is gone is marked
        await anna.answers("I have it here.")
        await expect(clock).to_have_count(0)
        await expect(anna.page).to_have_title("Parley desk")
        await visitor.say("And?")
        await expect(clock).to_have_text("0:00")
        await expect(row.get_by_test_id("mark-draft")).to_have_count(0)
        await visitor.close()
        await expect(row.get_by_test_id("mark-gone")).to_have_text("Connection lost")
        await expect(heading.get_by_test_id("gone")).to_be_visible()
        assert await violations(anna.page) == []
    assert anna.wrong == []


async def test_R5_what_comes_into_a_queue_to_pick_from_is_told_to_who_is_ready(anna: Agent, parley_url: str) -> None:
    ada = await Admin.log_in(parley_url)
    await anna.page.add_init_script(ALERTS)
    async with (
        ada.changed("queues/support", distribution="pick"),
        protocol.Visitor(parley_url) as kim,
        protocol.Visitor(parley_url) as lee,
        protocol.Visitor(parley_url) as mia,
    ):
        await anna.logs_in("anna")
        queue = anna.page.locator("[data-testid=queue][data-queue=support]")
        await expect(queue.get_by_test_id("queue-state")).to_have_text("nobody ready")
        await anna.on_screen("alerts").click()
        await anna.page.evaluate("look(true)")
        await kim.start(text="A broken cup")
        await expect(queue.get_by_test_id("item")).to_have_count(1)
        assert await anna.page.evaluate("[shown, tones]") == [[], 0], "who is not ready is left in peace"

        await anna.gets_ready()
        await expect(queue.get_by_test_id("queue-state")).to_contain_text("1 ready")
        await expect(queue.get_by_test_id("queue-state")).to_contain_text("longest 0:")
        await expect(anna.page).to_have_title("Parley desk")
        await lee.start(text="Delivery to Austria")
        await expect(anna.page).to_have_title("(1) Parley desk")
        await mia.start(text="Invoice")
        await expect(anna.page).to_have_title("(2) Parley desk")
        told = [["Parley desk", f"Waiting to be picked: Support ({number})"] for number in (2, 3)]
        assert await anna.page.evaluate("[shown, tones]") == [told, 4]

        # seen, it is no news any more
        await anna.page.evaluate("look(false)")
        await expect(anna.page).to_have_title("Parley desk")
        await expect(queue.get_by_test_id("item")).to_contain_text(["A broken cup", "Delivery to Austria", "Invoice"])
        for visitor in (kim, lee, mia):
            await visitor.ask("end")
        await anna.on_screen("alerts").click()
        await anna.stops()
    assert anna.wrong == []


async def test_a_refused_notification_leaves_the_sound(anna: Agent, parley_url: str) -> None:
    refusing = ALERTS.replace('(this.permission = "granted")', '(this.permission = "denied")')
    await anna.page.add_init_script(refusing)
    async with protocol.Visitor(parley_url) as visitor:
        await anna.logs_in("anna")
        await anna.gets_ready()
        await anna.on_screen("alerts").click()
        await expect(anna.on_screen("alerts")).to_have_attribute("aria-pressed", "true")
        await expect(anna.on_screen("notices")).to_contain_text("You will hear a sound.")
        await anna.page.evaluate("look(true)")
        await visitor.start(text="Hello")
        await expect(anna.page).to_have_title("(1) Parley desk")
        assert await anna.page.evaluate("[shown, tones]") == [[], 2]
        await anna.page.evaluate("look(false)")
        await anna.on_screen("alerts").click()
        await anna.stops()
    assert anna.wrong == []


async def test_R23_R31_a_german_desk_says_in_german_why_somebody_cannot_take_it(anna: Agent, parley_url: str) -> None:
    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(text="Guten Tag")
        ben = await protocol.Agent.log_in(parley_url, "ben")
        await anna.logs_in("anna")
        await anna.on_screen("language").select_option("de")
        await anna.on_screen("pick").click()
        await anna.does("transfer")
        offered = anna.on_screen("transfer-to").locator("option")
        await expect(offered).to_contain_text(["wählen", "Sales – niemand bereit, 0 warten", "Ben – nicht bereit"])
        await anna.on_screen("transfer-to").select_option("agent:ben")
        await ben.ask("logout")
        await ben.close()
        await anna.does("transfer-submit")
        await expect(anna.on_screen("notices")).to_contain_text("Ben ist nicht angemeldet.")
        await expect(anna.on_screen("transfer-form")).to_be_visible()
        assert await violations(anna.page) == []
        await anna.on_screen("language").select_option("en")
    assert anna.wrong == []
