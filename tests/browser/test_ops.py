"""The operators' page: from what somebody has in hand to the moment and the reason (R29, R38), by mouse and by keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from protocol import Agent, Source, Visitor, call, log_in

from .axe import violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

HOSTILE = "<img src=x onerror=alert(1)><b>bold</b> my cup broke"
ADDRESS = "vera.waits@example.org"


class Story:
    """A chat that waited, was interrupted by a call, and is over."""

    chat = call = ""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def story(parley_url: str) -> Story:
    told = Story()
    anna = (await log_in(parley_url, "anna"))["token"]
    contact = await call(parley_url, "POST", "/v1/contacts", anna, json={"name": "Vera", "emails": [ADDRESS]})
    ben = await Agent.log_in(parley_url, "ben")
    await ben.ask("not_ready", reason="Break")
    async with Visitor(parley_url) as visitor:
        await visitor.start(text=HOSTILE, name="<i>Vera</i>")
        await asyncio.sleep(1)
        await ben.ask("ready")
        await ben.owns(visitor.chat)
        await ben.ask("identify", item=visitor.chat, contact=contact["contact"])
        async with await Source.log_in(parley_url) as pbx:
            told.call = await pbx.place()
            await pbx.frame("assigned", item=told.call)
            await pbx.say(told.call, "answered")
            await asyncio.sleep(0.3)
            await pbx.say(told.call, "ended")
        await ben.owns(visitor.chat, activity="active")
        await visitor.ask("end")
        await ben.owns(visitor.chat, stage="wrap_up")
        await ben.ask("complete", item=visitor.chat)
        told.chat = visitor.chat
    await ben.ask("logout")
    await ben.close()
    return told


@asynccontextmanager
async def operators_page(browser: Browser, url: str, **window: int) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": 1200, "height": 900, **window},  # type: ignore[arg-type]
        locale="en-GB",
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    await page.goto(f"{url}/ops")
    await page.get_by_label("Company").fill("demo")
    await page.get_by_label("User").fill("otto")
    await page.get_by_label("Password").fill("demo")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_test_id("events")).to_be_visible()
    yield page
    assert wrong == []
    await context.close()


async def test_R38_from_an_address_to_the_reason_in_three_acts(browser: Browser, parley_url: str, story: Story) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.get_by_role("searchbox").fill(ADDRESS)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text(story.chat)
        await expect(page.get_by_test_id("waited")).to_contain_text("ben was not ready")
        await expect(page.get_by_test_id("assigned")).to_contain_text("The router gives it to ben")
        assert ADDRESS not in page.url


async def test_the_lanes_the_call_across_and_the_slider(browser: Browser, parley_url: str, story: Story) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.goto(f"{parley_url}/ops#/item/{story.chat}")
        lanes = page.get_by_test_id("lanes")
        for words in ("waiting", "active", "interrupted"):
            await expect(lanes.locator(".band").get_by_text(words).first).to_be_visible()
        facts = page.get_by_test_id("facts")
        await expect(facts).to_contain_text("closed")
        slider = page.get_by_role("slider")
        last = int(await slider.get_attribute("max") or 0)
        await slider.fill("2")
        await expect(facts).to_contain_text("waiting")
        assert page.url.endswith(f"{story.chat}?n=2"), "it can be sent to somebody"
        await slider.press("ArrowRight")
        await expect(facts).to_contain_text("conversation")
        await slider.press("End")
        await expect(facts).to_contain_text("closed")
        assert last > 8
        await lanes.get_by_role("link", name="interrupted").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(story.call)
        await expect(page.get_by_test_id("waited")).to_contain_text("it rang")


async def test_what_was_written_is_shown_for_a_reason_and_is_text(
    browser: Browser, parley_url: str, story: Story
) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.goto(f"{parley_url}/ops#/item/{story.chat}")
        entries = page.get_by_test_id("entries")
        await expect(entries).to_contain_text("not shown")
        assert "my cup" not in await page.content()
        await page.get_by_role("button", name="Show what was written").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("The audit log keeps your name")
        await dialog.get_by_label("Why it must be read").fill("complaint 4711")
        await dialog.get_by_role("button", name="Show what was written").click()
        await expect(entries).to_contain_text(HOSTILE)
        assert await entries.locator("img, b").count() == 0
    ada = (await log_in(parley_url, "ada"))["token"]
    found = (await call(parley_url, "GET", "/v1/admin/audit?action=texts.revealed", ada))["entries"]
    assert [(entry["user"], entry["reason"]) for entry in found] == [("otto", "complaint 4711")]


async def test_the_floor_is_stepped_and_played(browser: Browser, parley_url: str, story: Story) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.goto(f"{parley_url}/ops#/floor?version=3")
        slider = page.get_by_role("slider")
        await expect(page.get_by_text("After event 3 of")).to_be_visible()
        await page.get_by_role("button", name="One on").click()
        await expect(page.get_by_text("After event 4 of")).to_be_visible()
        await page.get_by_role("button", name="Play ×10").click()
        last = await slider.get_attribute("max")
        await expect(page.get_by_text(f"After event {last} of {last}")).to_be_visible()
        await expect(page.get_by_test_id("agents")).to_contain_text("Ben")


async def test_events_are_searched_and_followed(browser: Browser, parley_url: str, story: Story) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.get_by_label("Type").fill("parked")
        await page.get_by_role("button", name="Search").click()
        await expect(page.get_by_test_id("events").locator("li").first).to_contain_text("Parked")
        await expect(page.get_by_test_id("events")).not_to_contain_text("Requested")
        await page.get_by_label("Type").fill("Requested")
        await page.get_by_role("button", name="Search").click()
        await page.get_by_role("button", name="Follow").click()
        await expect(page.get_by_role("status").filter(has_text="from now on")).to_be_visible()
        await page.wait_for_timeout(500)
        async with Visitor(parley_url) as visitor:
            await visitor.start(token="demo-sales", text="hello")
            await expect(page.get_by_test_id("events")).to_contain_text(visitor.chat)


async def test_streams_grow_old_and_letters_are_none(browser: Browser, parley_url: str, story: Story) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.get_by_role("navigation").get_by_role("link", name="Streams").click()
        await expect(page.get_by_test_id("logs")).to_contain_text("crm-logger")
        await page.route("**/v1/ops/streams", lambda route: route.abort())
        await expect(page.get_by_text("These figures are old")).to_be_visible()
        await page.unroute("**/v1/ops/streams")
        await expect(page.get_by_text("These figures are old")).to_be_hidden()
        await page.get_by_role("navigation").get_by_role("link", name="Letters").click()
        await expect(page.get_by_text("There are none")).to_be_visible()


async def test_a_letter_is_discarded_for_a_reason(browser: Browser, parley_url: str, story: Story) -> None:
    letter = {
        "letter": "session:7", "kind": "failed", "state": "kept", "stream": f"demo/{story.chat}", "item": story.chat, "type": "work.assigned.v1",
        "reason": "ValueError: <b>no</b>", "tries": 5, "first_at": "2026-01-31T09:30:00.000Z", "last_at": "2026-01-31T09:30:00.000Z", "age_s": 4, "holds": True,
    }  # fmt: skip
    asked: list[object] = []
    async with operators_page(browser, parley_url) as page:

        async def discarded(route: object) -> None:
            asked.append(route.request.post_data_json)  # type: ignore[attr-defined]
            await route.fulfill(json={"letter": "session:7", "result": "discarded", "reason": ""})  # type: ignore[attr-defined]

        await page.route("**/v1/ops/letters", lambda route: route.fulfill(json={"letters": [letter]}))
        await page.route("**/v1/ops/letters/*/discard", discarded)
        await page.get_by_role("navigation").get_by_role("link", name="Letters").click()
        await expect(page.get_by_test_id("letters")).to_contain_text("ValueError: <b>no</b>")
        await page.get_by_role("button", name="Discard").click()
        await page.keyboard.press("Escape")
        assert asked == []
        await page.get_by_role("button", name="Discard").click()
        await page.get_by_label("Why that is right").fill("made by a test")
        await page.get_by_role("dialog").get_by_role("button", name="Discard").click()
        await expect(page.get_by_role("status").filter(has_text="session:7: discarded")).to_be_visible()
    assert asked == [{"reason": "made by a test"}]


async def test_R38_what_other_settings_would_have_done(browser: Browser, parley_url: str, story: Story) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.get_by_role("navigation").get_by_role("link", name="What if").click()
        await page.get_by_label("Settings, one a line").fill("nonsense")
        await page.get_by_role("button", name="Ask", exact=True).click()
        await expect(page.get_by_role("alert").filter(has_text="settings")).to_be_visible()
        await page.get_by_label("Settings, one a line").fill("support.chats_per_agent=2")
        await page.get_by_role("button", name="Ask", exact=True).click()
        await expect(page.get_by_test_id("runs")).to_contain_text("support.chats_per_agent=2")
        await expect(page.get_by_text("go to the same agent again")).to_be_visible(timeout=30_000)
        await expect(page.get_by_test_id("runs")).not_to_contain_text("is being worked out")
        assert "?run=" in page.url, "it can be sent to somebody"
        assert await violations(page) == []


@pytest.mark.parametrize("width", [1200, 320])
async def test_it_can_be_used_by_everybody_in_any_window(
    browser: Browser, parley_url: str, story: Story, width: int
) -> None:
    async with operators_page(browser, parley_url, width=width) as page:
        for view, shown in (
            ("events", "events"),
            (f"item/{story.chat}", "waited"),
            ("found?q=ben", "found"),
            ("floor", "agents"),
            ("streams", "logs"),
            ("whatif", "runs"),
        ):
            await page.goto(f"{parley_url}/ops#/{view}")
            await expect(page.get_by_test_id(shown).first).to_be_visible()
            assert await violations(page) == [], view
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, view


async def test_nothing_found_no_answer_and_nobody_elses_login(browser: Browser, parley_url: str, story: Story) -> None:
    async with operators_page(browser, parley_url) as page:
        await page.get_by_role("searchbox").fill("nothing of that name")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Nothing is known by this")).to_be_visible()
        await page.goto(f"{parley_url}/ops#/item/nosuch")
        await expect(page.get_by_text("Nothing is known of this item")).to_be_visible()
        refused = {"code": "unavailable", "detail": "The operators' index is being made."}
        await page.route("**/v1/ops/floor*", lambda route: route.fulfill(status=503, json=refused))
        await page.get_by_role("navigation").get_by_role("link", name="Floor").click()
        await expect(page.get_by_role("alert").filter(has_text="is being made")).to_be_visible()
        await page.unroute("**/v1/ops/floor*")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_test_id("agents")).to_be_visible()
        await page.get_by_role("button", name="Log out").click()
        await page.get_by_label("Company").fill("demo")
        await page.get_by_label("User").fill("anna")
        await page.get_by_label("Password").fill("demo")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_contain_text("no operator")
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{parley_url}/ops")).status_code == 200
