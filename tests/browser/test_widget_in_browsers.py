"""The widget with input methods, screen readers, small windows, paper, older browsers, full storages and phones."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import protocol
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Route, expect

from .input_method import ORDERS, Order, composes
from .people import Visitor, letters_are_sent
from .widget_pages import page_with, snippet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

LONG = '<p style="height: 8000px">A long page.</p>'
IN_SIGHT = """(node) => { const { top, bottom, height } = node.getBoundingClientRect();
  return height > 0 && top >= -1 && bottom <= innerHeight + 1; }"""


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, [])
    await visitor.context.grant_permissions(["local-network-access"])
    yield visitor
    await visitor.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def ben(parley_url: str) -> AsyncIterator[protocol.Agent]:
    ben = await protocol.Agent.log_in(parley_url, "ben")
    yield ben
    await ben.ask("logout")
    await ben.close()


async def enters(visitor: Visitor, rest: str = "", style: str = "", more: str = "") -> Page:
    """A shop's page with this in it."""
    body = page_with(snippet(visitor.url, more), rest, style)
    await visitor.page.route("**/in", lambda route: route.fulfill(body=body, content_type="text/html"))
    await visitor.page.goto(f"{visitor.url}/in")
    await expect(visitor.page.locator("#launcher")).to_be_visible()
    return visitor.page


async def talks(visitor: Visitor, ben: protocol.Agent, text: str) -> str:
    """The visitor says something, and ben takes the chat."""
    if await visitor.page.locator("#launcher").is_visible():
        await visitor.opens_chat()
    await visitor.says(text)
    await visitor.sees([text])
    chat = str(
        await visitor.page.evaluate("JSON.parse(localStorage['parley:demo'] ?? sessionStorage['parley:demo']).chat")
    )
    await ben.until(lambda: chat in ben.waiting)
    await ben.ask("pick", item=chat)
    await visitor.is_told("has joined")
    return chat


async def ends(visitor: Visitor, ben: protocol.Agent, chat: str) -> None:
    await visitor.ends()
    await visitor.is_told("You ended the chat")
    await ben.owns(chat, stage="wrap_up")
    await ben.ask("complete", item=chat)


@asynccontextmanager
async def a_chat(visitor: Visitor, ben: protocol.Agent, text: str = "hello") -> AsyncIterator[str]:
    chat = await talks(visitor, ben, text)
    yield chat
    await ends(visitor, ben, chat)


# --- input methods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
async def test_enter_that_confirms_a_word_sends_nothing_and_the_next_one_does(visitor: Visitor, order: Order) -> None:
    page = await enters(visitor)
    await visitor.opens_chat()
    await composes(page, "とうきょう", "Enter", order, "東京")
    await expect(page.locator("#input")).to_have_value("東京")
    await expect(page.locator(".visitor")).to_have_count(0)

    await page.keyboard.press("Enter")
    await visitor.sees(["東京"])
    await visitor.ends()
    await visitor.is_told("You ended the chat")


@pytest.mark.parametrize("order", ORDERS)
async def test_escape_that_gives_a_word_up_closes_nothing_and_the_next_one_does(visitor: Visitor, order: Order) -> None:
    page = await enters(visitor)
    await visitor.opens_chat()
    await composes(page, "とうきょう", "Escape", order, "")
    await expect(page.locator("#input")).to_have_value("")
    await expect(page.locator("#panel")).to_be_visible()

    await page.keyboard.press("Escape")
    await expect(page.locator("#panel")).to_be_hidden()


# --- screen readers ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "Open chat, 1 new message", "Open chat, 2 new messages"),
        ("de", "Chat öffnen, 1 neue Nachricht", "Chat öffnen, 2 neue Nachrichten"),
        ("fr", "Ouvrir le chat, 1 nouveau message", "Ouvrir le chat, 2 nouveaux messages"),
        ("ar", "فتح المحادثة, رسالة جديدة واحدة", "فتح المحادثة, رسائل جديدة: 2"),
    ],
)
async def test_the_button_says_how_many_messages_are_unread(
    visitor: Visitor, ben: protocol.Agent, language: str, one: str, two: str
) -> None:
    page = await enters(visitor, more=f'data-lang="{language}"')
    await visitor.opens_chat()
    await visitor.says("hello")
    await visitor.sees(["hello"])
    chat = str(await page.evaluate("JSON.parse(localStorage['parley:demo']).chat"))
    await ben.until(lambda: chat in ben.waiting)
    await ben.ask("pick", item=chat)
    await page.locator("#close").click()
    launcher = page.locator("#launcher")
    for text, name in (("one", one), ("two", two)):
        await ben.ask("message", item=chat, text=text)
        await expect(launcher).to_have_accessible_name(name)
    await launcher.click()
    await page.locator("#close").click()
    await expect(launcher).to_have_accessible_name(one.split(",")[0])

    await launcher.click()
    await visitor.ends()
    await ben.owns(chat, stage="wrap_up")
    await ben.ask("complete", item=chat)


async def test_ones_own_message_is_read_out_once(visitor: Visitor, ben: protocol.Agent) -> None:
    page = await enters(visitor)
    await visitor.opens_chat()
    await page.evaluate(
        """() => { window.heard = [];
        const root = document.querySelector("parley-chat").shadowRoot;
        const live = "[role=log], [role=status], [role=alert], [aria-live]:not([aria-live=off])";
        new MutationObserver((changes) => {
          for (const { addedNodes, target } of changes) for (const node of addedNodes)
            if (target.closest(live) || node.querySelector?.(live)) heard.push(node.textContent);
        }).observe(root, { subtree: true, childList: true }); }"""
    )
    async with a_chat(visitor, ben, "is it read out?") as chat:
        await ben.ask("message", item=chat, text="once")
        await expect(page.locator(".agent .text").last).to_have_text("once")
        heard = await page.evaluate("heard")
        assert len([text for text in heard if "is it read out?" in text]) == 1, heard
        assert len([text for text in heard if "once" in text]) == 1, heard


# --- older browsers, forced colours, paper ----------------------------------------------------------------------------

YOUNG = re.compile(r"\b(?:light-dark|color-mix)\(|@(?:property|layer|container|scope|starting-style)\b")
"""What came after the browsers that are promised (docs/widget.md), or with the last of them."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_browser_without_what_is_young_shows_the_same(visitor: Visitor, scheme: Any) -> None:
    async def older(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, body=YOUNG.sub("unknown(", await response.text()))

    page = visitor.page
    await page.emulate_media(color_scheme=scheme)
    looks = []
    for handle in (None, older):
        if handle:
            await visitor.context.route("**/widget.js", handle)
        await enters(visitor)
        await visitor.opens_chat()
        looks.append(
            await page.locator("parley-chat").evaluate(
                """(chat) => ["#panel", "#log", "#input", "#send", "h2"].map((each) => {
                  const { backgroundColor, color, borderTopColor } = getComputedStyle(chat.shadowRoot.querySelector(each));
                  return [each, backgroundColor, color, borderTopColor]; })"""
            )
        )
    assert looks[0] == looks[1]
    assert looks[0][0][1] == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(23, 29, 33)")


async def test_where_colours_are_forced_a_button_has_an_edge(visitor: Visitor) -> None:
    page = visitor.page
    await page.emulate_media(forced_colors="active")
    await enters(visitor)
    edge = """(node) => { const { borderTopWidth, borderTopStyle, borderTopColor } = getComputedStyle(node);
      return [parseFloat(borderTopWidth) >= 1, borderTopStyle, /^rgba.*, 0\\)$/.test(borderTopColor)]; }"""
    assert await page.locator("#launcher").evaluate(edge) == [True, "solid", False]
    await visitor.opens_chat()
    for button in await page.locator("#panel button").all():
        assert await button.evaluate(edge) == [True, "solid", False]


async def test_on_paper_there_is_nothing_of_it(visitor: Visitor) -> None:
    page = await enters(visitor)
    await page.emulate_media(media="print")
    await expect(page.locator("#launcher")).to_be_hidden()
    await page.emulate_media(media="screen")
    await visitor.opens_chat()
    await page.emulate_media(media="print")
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(page.get_by_role("heading", name="A site")).to_be_visible()


# --- small windows, scrolling, keyboards on the screen ----------------------------------------------------------------


async def by_wheel(page: Page, node: Locator) -> bool:
    """Can a reader bring it into sight, by scrolling what is under the pointer?"""
    panel = await page.locator("#panel").bounding_box()
    assert panel is not None
    await page.mouse.move(panel["x"] + panel["width"] / 2, panel["y"] + panel["height"] / 2)
    for delta in (-2000, -2000, -2000, *[40] * 20):  # the log, then the panel
        if await node.evaluate(IN_SIGHT):
            return True
        await page.mouse.wheel(0, delta)
        await page.wait_for_timeout(150)
    return bool(await node.evaluate(IN_SIGHT))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(320, 256), (320, 180), (256, 320), (1280, 200)])
async def test_in_the_smallest_window_everything_is_reached_by_scrolling(
    visitor: Visitor, ben: protocol.Agent, size: tuple[int, int]
) -> None:
    page = await enters(visitor, LONG)
    await letters_are_sent(page)
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await visitor.opens_chat()
    reached = {}
    for name in ("#close", "#input", "#send"):
        reached[name] = await by_wheel(page, page.locator(name))
    async with a_chat(visitor, ben):
        for name in ("#end", "#log", "#input", "#send"):
            reached[f"chat {name}"] = await by_wheel(page, page.locator(name))
    await page.locator("#stars label").nth(3).locator("input").evaluate("node => node.click()")
    for name in ("#close", "#stars", "#comment", "#rate .go", "#to", "#transcript .go", "#again"):
        reached[f"end {name}"] = await by_wheel(page, page.locator(name))
    assert [name for name, there in reached.items() if not there] == []
    assert await page.evaluate("scrollY") == 0
    wide = "node => [...node.querySelectorAll('*')].some(it => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX !== 'visible')"
    assert not await page.locator("#panel").evaluate(wide)


async def test_what_is_scrolled_in_the_chat_does_not_scroll_the_page(visitor: Visitor) -> None:
    page = await enters(visitor, LONG)
    await visitor.opens_chat()
    panel = await page.locator("#panel").bounding_box()
    assert panel is not None
    x = panel["x"] + panel["width"] / 2
    for y in (20, panel["height"] / 2, panel["height"] - 12):  # head, a log that is empty, what stands below it
        for delta in (600, -600):
            await page.mouse.move(x, panel["y"] + y)
            await page.mouse.wheel(0, delta)
            await page.wait_for_timeout(150)
            assert await page.evaluate("scrollY") == 0, y
    await page.mouse.move(100, 100)
    await page.mouse.wheel(0, 600)
    await page.wait_for_function("scrollY > 0")  # beside it, it does


async def swipes(page: Page, y: int, distance: int) -> int:
    """Moves a finger up or down from here; where the page stands then."""
    session = await page.context.new_cdp_session(page)
    points = [[{"x": 180, "y": y + distance * step / 10}] for step in range(11)]
    for kind, touching in (("touchStart", points[0]), *(("touchMove", each) for each in points[1:]), ("touchEnd", [])):
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touching})
        await page.wait_for_timeout(16)
    await page.wait_for_timeout(400)
    await session.detach()
    return int(await page.evaluate("scrollY"))


async def test_on_a_phone_a_swipe_in_the_chat_does_not_move_the_page_behind(browser: Browser, parley_url: str) -> None:
    context = await browser.new_context(
        viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True, locale="en-GB"
    )
    visitor = Visitor(context, parley_url, [])
    await visitor.opens_tab()
    await context.grant_permissions(["local-network-access"])
    try:
        page = await enters(visitor, LONG)
        assert await swipes(page, 400, -200) > 0
        await visitor.opens_chat()
        await page.evaluate("scrollTo(0, 1000)")
        for y, distance in ((30, 200), (330, -200), (330, 200), (640, -200)):  # head, log, box
            assert await swipes(page, y, distance) == 1000, (y, distance)
    finally:
        await visitor.leaves()


@pytest.mark.parametrize("size", [(375, 667), (667, 375), (1280, 720)])
async def test_fields_are_large_enough_that_a_phone_does_not_look_more_closely(
    visitor: Visitor, size: tuple[int, int]
) -> None:
    page = await enters(visitor)
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await visitor.opens_chat()
    fields = "node => [...node.querySelectorAll('textarea, input:not([type=radio], [type=checkbox])')].map(it => [it.id, parseFloat(getComputedStyle(it).fontSize)])"
    sizes = dict(await page.locator("#panel").evaluate(fields))
    assert {"input", "name", "email", "comment", "to"} <= set(sizes)
    assert min(sizes.values()) >= 16


KEYBOARD = """([height, offsetTop, scale]) => {
  for (const [name, value] of Object.entries({ height, offsetTop, scale })) Object.defineProperty(visualViewport, name, { value, configurable: true });
  visualViewport.dispatchEvent(new Event("resize")); visualViewport.dispatchEvent(new Event("scroll")); }"""


@pytest.mark.parametrize(
    ("size", "left", "offset"),
    [((375, 667), 330, 0), ((375, 667), 330, 120), ((820, 1180), 700, 0), ((820, 1180), 700, 300)],
)
async def test_above_a_keyboard_on_the_screen_the_box_is_in_sight(
    visitor: Visitor, size: tuple[int, int], left: int, offset: int
) -> None:
    page = await enters(visitor, LONG)
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await visitor.opens_chat()
    before = await page.locator("#panel").bounding_box()

    await page.evaluate(KEYBOARD, [left, offset, 1])
    for id in ("#input", "#send", "#head"):
        box = await page.locator(id).bounding_box()
        assert box is not None
        assert offset <= box["y"] <= offset + left - box["height"], id

    await page.evaluate(KEYBOARD, [size[1], 0, 1])
    assert await page.locator("#panel").bounding_box() == before
    await page.evaluate(KEYBOARD, [size[1] / 2, 100, 2])  # looked at more closely, by hand
    assert await page.locator("#panel").bounding_box() == before
