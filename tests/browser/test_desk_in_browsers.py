"""The desk with input methods, links, days, on paper, in the smallest window and on a tablet."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from e2e.people import Admin
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from .input_method import ORDERS, Order, composes
from .people import Agent
from .test_customer import create, once
from .test_desk_at_hand import finishes, guest
from .test_widget_on_strange_pages import FOUND, LINKS, SAFE, TEXT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    yield anna
    assert anna.wrong == []
    await anna.leaves()


async def works(anna: Agent) -> None:
    await anna.logs_in("anna")
    await anna.gets_ready()


# --- input methods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
async def test_enter_that_confirms_a_word_sends_nothing(anna: Agent, parley_url: str, order: Order) -> None:
    await works(anna)
    async with guest(parley_url, "hello"):
        await anna.sees(["hello"])
        box = anna.on_screen("composer")
        for mode in ("mode-note", "mode-message"):
            await anna.does(mode)
            await box.focus()
            await composes(anna.page, "とうきょう", "Enter", order, "東京")
            await expect(box).to_have_value("東京")
            await expect(anna.on_screen("pending")).to_have_count(0)
        await anna.sees(["hello"])
        await box.press("Enter")
        await anna.sees(["hello", "東京"])
    await finishes(anna)


@pytest.mark.parametrize("order", ORDERS)
async def test_keys_of_an_input_method_choose_no_ready_text(anna: Agent, parley_url: str, order: Order) -> None:
    admin = await Admin.log_in(parley_url)
    ready = [{"name": "hours", "text": "We are here until six."}]
    async with admin.changed("settings", replies=ready):
        await works(anna)
        async with guest(parley_url, "when?"):
            await anna.sees(["when?"])
            box = anna.on_screen("composer")
            await box.press_sequentially("/ho")
            await expect(anna.on_screen("replies")).to_be_visible()
            await composes(anna.page, "x", "Enter", order, "u")
            await expect(box).to_have_value("/hou")
            await expect(anna.on_screen("replies")).to_be_visible()
            await composes(anna.page, "x", "Escape", order, "")
            await expect(anna.on_screen("replies")).to_be_visible()
            await box.press("Enter")
            await expect(box).to_have_value("We are here until six.")
            await box.fill("")
        await finishes(anna)


@pytest.mark.parametrize("order", ORDERS)
async def test_escape_that_gives_a_word_up_closes_no_form(anna: Agent, parley_url: str, order: Order) -> None:
    await works(anna)
    async with guest(parley_url, "hello"):
        await anna.sees(["hello"])
        await anna.does("contact-new")
        await anna.on_screen("contact-name").fill("Tanaka ")
        await composes(anna.page, "たろう", "Escape", order, "")
        await composes(anna.page, "たろう", "Enter", order, "太郎")
        await expect(anna.on_screen("contact-name")).to_have_value("Tanaka 太郎")
        await anna.page.keyboard.press("Escape")
        await expect(anna.on_screen("contact-form")).to_have_count(0)

        await anna.does("transfer")
        await anna.on_screen("transfer-note").focus()
        await composes(anna.page, "たろう", "Escape", order, "")
        await expect(anna.on_screen("transfer-form")).to_be_visible()
        await anna.page.keyboard.press("Escape")
        await expect(anna.on_screen("transfer-form")).to_have_count(0)
    await finishes(anna)


# --- links and days ---------------------------------------------------------------------------------------------------


async def test_links_of_messages_and_notes_can_be_followed(anna: Agent, parley_url: str) -> None:
    await works(anna)
    async with guest(parley_url, TEXT):
        await anna.sees([TEXT])
        await anna.answers(TEXT)
        await anna.sees([TEXT, TEXT])
        await anna.notes(TEXT)
        for text in await anna.page.locator("[data-testid=message] .text, [data-testid=note] .text").all():
            assert await text.locator("a").evaluate_all(FOUND) == [[link, link, *SAFE] for link in LINKS]
        await anna.on_screen("composer").fill("https://shop.example/" + "a" * 600)
        await anna.on_screen("composer").press("Enter")
        await expect(anna.page.locator(".message a").last).to_contain_text("aaa")
        assert await anna.on_screen("log").evaluate("node => node.scrollWidth <= node.clientWidth")
    await finishes(anna)


async def test_links_of_contacts_and_of_what_was_before_can_be_followed(anna: Agent, parley_url: str) -> None:
    name = f"Kim {uuid4().hex[:8]}"
    known = await create(parley_url, name, notes=TEXT)
    await once(parley_url, known, TEXT)
    await works(anna)
    async with guest(parley_url, "me again"):
        await anna.sees(["me again"])
        await anna.on_screen("contact-search").fill(name)
        await anna.on_screen("found").get_by_test_id("link").click()
        notes = anna.on_screen("customer").locator("dd", has_text="shop.example")
        expected = [[link, link, *SAFE] for link in LINKS]
        await expect(notes.locator("a")).to_have_count(len(LINKS))
        assert await notes.locator("a").evaluate_all(FOUND) == expected
        await anna.on_screen("past").locator("summary").click()
        assert await anna.on_screen("past").locator(".past-line a").evaluate_all(FOUND) == expected
    await finishes(anna)


def a_day_before(at: str) -> str:
    return (datetime.fromisoformat(at) - timedelta(days=1)).isoformat()


async def yesterday(anna: Agent) -> None:
    """What a chat began with, and what was said in earlier ones, was a day before."""

    def older(message: str | bytes) -> str:
        frame = json.loads(message)
        for entry in [frame, *frame.get("events", [])]:
            if entry.get("n", 99) <= 2:
                entry["at"] = a_day_before(entry["at"])
        return json.dumps(frame)

    def carry(page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        server.on_message(lambda message: page.send(older(message)))

    async def past(route: Route) -> None:
        response = await route.fetch()
        found: dict[str, Any] = await response.json()
        for item in found["items"]:
            first, *_ = item["transcript"]
            item["started_at"], first["at"] = a_day_before(item["started_at"]), a_day_before(first["at"])
        await route.fulfill(response=response, json=found)

    await anna.context.route_web_socket("**/v1/agent", carry)
    await anna.context.route("**/v1/contacts/*/interactions*", past)


@pytest.mark.parametrize(("language", "names"), [("en-GB", ["Yesterday", "Today"]), ("de-DE", ["Gestern", "Heute"])])
async def test_where_the_day_changes_the_log_says_so(
    browser: Browser, parley_url: str, language: str, names: list[str]
) -> None:
    name = f"Kim {uuid4().hex[:8]}"
    known = await create(parley_url, name)
    await once(parley_url, known, "before")
    anna = Agent(await browser.new_context(locale=language), parley_url, [])
    await anna.opens_tab()
    await yesterday(anna)
    await works(anna)
    async with guest(parley_url, "good evening"):
        await anna.sees(["good evening"])
        await anna.answers("good morning")
        await anna.sees(["good evening", "good morning"])
        days = anna.on_screen("log").get_by_test_id("day")
        await expect(days).to_have_text(names)
        order = "nodes => nodes.map(node => node.dataset.testid)"
        ids = await anna.on_screen("log").locator("[data-testid=day], [data-testid=message]").evaluate_all(order)
        assert ids == ["day", "message", "day", "message"]
        times = "nodes => nodes.map(node => [node.dateTime.length > 10, node.textContent])"
        shown = await anna.on_screen("log").locator(".message time").evaluate_all(times)
        assert all(whole and len(text) == len("12:34") for whole, text in shown), shown

        await anna.on_screen("contact-search").fill(name)
        await anna.on_screen("found").get_by_test_id("link").click()
        await anna.on_screen("past").locator("summary").click()
        await expect(anna.on_screen("past").locator(".past-line")).to_have_count(1)
    await finishes(anna)
    assert anna.wrong == []
    await anna.leaves()


# --- one's own message, paper, small windows, tablets -----------------------------------------------------------------


async def test_ones_own_message_is_read_out_once(anna: Agent, parley_url: str) -> None:
    await works(anna)
    async with guest(parley_url, "hello"):
        await anna.sees(["hello"])
        await anna.page.evaluate(
            """() => { window.heard = [];
            const live = "[role=log], [role=status], [role=alert], [aria-live]:not([aria-live=off])";
            new MutationObserver((changes) => {
              for (const { addedNodes, target } of changes) for (const node of addedNodes)
                if (target.closest(live) || node.querySelector?.(live)) heard.push(node.textContent);
            }).observe(document.body, { subtree: true, childList: true }); }"""
        )
        await anna.answers("is it read out?")
        await anna.sees(["hello", "is it read out?"])
        assert len([text for text in await anna.page.evaluate("heard") if "is it read out?" in text]) == 1
    await finishes(anna)


async def test_on_paper_the_log_stands_whole_and_dark_on_light(anna: Agent, parley_url: str) -> None:
    page = anna.page
    await page.emulate_media(color_scheme="dark")
    await works(anna)
    async with guest(parley_url, "the first line"):
        await anna.sees(["the first line"])
        lines = [f"line {number}\nof several" for number in range(30)]
        for line in lines:
            await anna.on_screen("composer").fill(line)
            await anna.on_screen("composer").press("Enter")
        await anna.sees(["the first line", *lines])
        await page.emulate_media(media="print", color_scheme="dark")
        for hidden in ("composer", "details", "availability", "inbox", "park", "send"):
            await expect(anna.on_screen(hidden)).to_be_hidden()
        log = anna.on_screen("log")
        assert (
            await log.evaluate("node => node.scrollHeight <= node.clientHeight + 1 && getComputedStyle(node).overflowY")
            == "visible"
        )
        assert await page.evaluate("document.documentElement.scrollHeight > 1200")
        colours = "node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]"
        assert await log.locator(".agent .text").first.evaluate(colours) == ["rgb(27, 35, 41)", "rgb(220, 237, 234)"]
        await page.emulate_media(media="screen", color_scheme="light")
    await finishes(anna)


WIDE = """() => [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1
  && node.checkVisibility() && getComputedStyle(node).clipPath === "none").map((node) => node.outerHTML.slice(0, 90))"""


async def scrolls_to(page: Page, test_id: str) -> bool:
    """Can it be brought into sight with the wheel, wherever that has to be turned?"""
    node = page.get_by_test_id(test_id).first
    seen = "node => { const { top, bottom, height } = node.getBoundingClientRect(); return height > 0 && top >= -1 && bottom <= innerHeight + 1; }"
    for y in (235, 150):
        await page.mouse.move(160, y)
        for delta in (-3000, -3000, *[40] * 16, 3000, 3000):
            if await node.evaluate(seen):
                return True
            await page.mouse.wheel(0, delta)
            await page.wait_for_timeout(100)
    return bool(await node.evaluate(seen))


@pytest.mark.slow
async def test_at_four_times_the_size_everything_is_reached(anna: Agent, parley_url: str) -> None:
    page = anna.page
    await page.set_viewport_size({"width": 320, "height": 256})
    await works(anna)
    async with guest(parley_url, "a long line of text, " * 12):
        await expect(anna.on_screen("composer")).to_be_visible()
        assert await page.evaluate(WIDE) == []
        lost = [
            name
            for name in ("park", "end", "transfer", "composer", "send", "mode-note")
            if not await scrolls_to(page, name)
        ]
        await anna.does("to-customer")
        lost += [
            name for name in ("contact-search", "contact-new", "detail-priority") if not await scrolls_to(page, name)
        ]
        assert await page.evaluate(WIDE) == []
        await page.keyboard.press("Escape")
        await anna.does("end")
        lost += [name for name in ("code", "code-note", "classify", "complete") if not await scrolls_to(page, name)]
        assert lost == [], lost
        assert await page.evaluate(WIDE) == []
        await anna.does("complete")
    await page.set_viewport_size({"width": 1280, "height": 720})
    await anna.stops()
    await anna.logs_out()


@pytest.mark.parametrize("path", ["/desk", "/admin", "/account", "/phone", "/ops", "/supervisor"])
async def test_on_a_tablet_fields_are_large_enough_that_it_does_not_look_more_closely(
    browser: Browser, parley_url: str, path: str
) -> None:
    context = await browser.new_context(viewport={"width": 1024, "height": 768}, has_touch=True, is_mobile=True)
    page = await context.new_page()
    await page.goto(f"{parley_url}{path}")
    await expect(page.locator("input").first).to_be_visible()
    fields = "nodes => nodes.map(node => [node.id || node.className || node.name, parseFloat(getComputedStyle(node).fontSize)])"
    sizes = await page.locator("input, select, textarea").evaluate_all(fields)
    assert [found for found in sizes if found[1] < 16] == []
    await context.close()
