"""The widget on pages that take keys, focus and pasting for themselves, whose body does things to what is in it, and whose
storage is full; and the links and times of what is said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import protocol
import pytest
from playwright.async_api import Page, expect

from .people import Visitor
from .test_widget_in_browsers import LONG, a_chat, ben, enters, visitor
from .widget_pages import page_with, snippet

__all__ = ["ben", "visitor"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

# --- what is typed ----------------------------------------------------------------------------------------------------

SHORTCUTS = """() => {
  window.heard = [];
  const types = (event) => /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
  const shortcut = (event) => {
    heard.push(`${event.type} ${event.key}`);
    if (types(event)) return;
    if ("s/".includes(event.key)) { event.preventDefault(); document.querySelector("#search").focus(); }
    if ([" ", "ArrowRight", "j", "n", "Escape"].includes(event.key)) event.preventDefault(); // the next picture
  };
  for (const type of ["keydown", "keypress", "keyup"]) {
    for (const where of [window, document, document.documentElement, document.body]) {
      where.addEventListener(type, shortcut);
      where.addEventListener(type, shortcut, true);
    }
  }
}"""


async def test_while_somebody_writes_the_pages_shortcuts_rest(visitor: Visitor) -> None:
    page = await enters(visitor, '<input id="search" aria-label="Search">')
    await page.evaluate(SHORTCUTS)
    await page.keyboard.press("n")
    assert len(await page.evaluate("heard")) > 0  # the page's own keys are the page's

    await page.evaluate("heard.length = 0")
    await page.locator("#launcher").focus()
    await page.keyboard.press("Space")  # a slide show has that one
    await expect(page.locator("#input")).to_be_focused()
    await page.keyboard.type("Wann ist es da? s/n a b c")
    await expect(page.locator("#input")).to_have_value("Wann ist es da? s/n a b c")
    await expect(page.locator("#search")).to_have_value("")
    for key in ("ArrowLeft", "Home", "Shift+End", "Control+a", "Backspace"):
        await page.keyboard.press(key)
    await expect(page.locator("#input")).to_have_value("")
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("#input")).not_to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#panel")).to_be_hidden()
    assert await page.evaluate("heard") == []

    await page.locator("#search").focus()
    await page.keyboard.type("jug")
    await expect(page.locator("#search")).to_have_value("jug")
    assert "keydown j" in await page.evaluate("heard")


async def test_a_page_that_looks_into_the_widget_for_who_types_is_right_too(visitor: Visitor) -> None:
    page = await enters(visitor)
    await page.evaluate(
        """() => addEventListener("keydown", (event) => {
        if (!event.composedPath()[0].matches("textarea")) event.preventDefault(); })"""
    )
    await visitor.opens_chat()
    await page.keyboard.type("s/n")
    await expect(page.locator("#input")).to_have_value("s/n")


PASTES = """() => {
  window.heard = [];
  for (const type of ["paste", "copy", "cut"]) document.addEventListener(type, (event) => { heard.push(type); event.preventDefault(); });
  document.addEventListener("input", (event) => heard.push(event.target.value.length));
}"""


async def test_what_is_pasted_into_the_chat_is_not_the_pages(visitor: Visitor) -> None:
    page = await enters(visitor)
    await page.evaluate(PASTES)
    await visitor.opens_chat()
    await page.keyboard.type("once ")
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Control+x")
    await expect(page.locator("#input")).to_have_value("")
    await page.keyboard.press("Control+v")
    await page.keyboard.press("Control+v")
    await expect(page.locator("#input")).to_have_value("once once ")
    assert await page.evaluate("heard") == []
    assert visitor.wrong == []


async def test_a_page_that_holds_the_focus_in_its_dialog_lets_the_visitor_write(visitor: Visitor) -> None:
    page = await enters(
        visitor, '<div id="dialog" role="dialog" aria-label="Offer" tabindex="-1"><button>Yes</button></div>'
    )
    await page.evaluate(
        """() => document.addEventListener("focusin", (event) => {
        const dialog = document.querySelector("#dialog");
        if (!dialog.contains(event.target)) dialog.focus(); })"""
    )
    await visitor.opens_chat()
    await page.locator("#input").click()
    await page.keyboard.type("Is it still there?")
    await expect(page.locator("#input")).to_have_value("Is it still there?")


# --- where it stands --------------------------------------------------------------------------------------------------

BODIES = {
    "as usual": "",
    "filter": "body { filter: grayscale(1); }",
    "filter on html": "html { filter: invert(1); }",
    "transform": "body { transform: translateX(0); }",
    "transform, smaller": "body { transform: scale(.5); transform-origin: 0 0; }",
    "transform on html": "html { transform: translateY(0); }",
    "rotate": "body { rotate: 1deg; }",
    "will-change": "body { will-change: transform; }",
    "perspective": "body { perspective: 800px; }",
    "backdrop-filter": "body { backdrop-filter: blur(1px); }",
    "contain": "body { contain: paint; }",
    "contain layout": "body { contain: layout; }",
    "content-visibility": "body { content-visibility: auto; }",
    "container": "body { container-type: inline-size; }",
    "position": "body { position: relative; width: 50%; left: 200px; }",
    "overflow": "html, body { height: 100%; overflow: hidden; }",
    "scrolls itself": "html, body { height: 100vh; overflow: auto; }",
    "isolation": "body { isolation: isolate; opacity: .99; z-index: 0; position: relative; }",
    "clip": "body { clip-path: inset(0 50% 0 0); }",
    "mask": "body { mask-image: linear-gradient(#000, transparent 10%); }",
    "opacity": "body { opacity: 0; }",
    "flex": "body { display: flex; flex-direction: row-reverse; gap: 100px; }",
    "grid": "html, body { display: grid; }",
    "columns": "body { columns: 3; }",
    "writing mode": "body { writing-mode: vertical-rl; }",
    "popovers": "[popover] { inset: 0 !important; margin: auto !important; transform: scale(.1) !important; }",
    "rtl": "body { direction: rtl; }",
}


async def place(page: Page, id: str) -> tuple[int, int, int, int]:
    """Where it is, from the right and the bottom of the window, and its size; it is what is seen there."""
    box = await page.locator(id).bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    seen = await page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y)?.tagName", [box["x"] + box["width"] / 2, box["y"] + 8]
    )
    assert seen == "PARLEY-CHAT", seen
    right, bottom = size["width"] - box["x"] - box["width"], size["height"] - box["y"] - box["height"]
    return round(right), round(bottom), round(box["width"]), round(box["height"])


@pytest.mark.slow
async def test_whatever_the_body_does_to_what_is_in_it_the_chat_stands_where_it_should(visitor: Visitor) -> None:
    places: dict[str, Any] = {}
    for name, style in BODIES.items():
        page = await enters(visitor, LONG, style)
        button = await place(page, "#launcher")
        await page.evaluate("scrollTo(0, 3000)")
        scrolled = await place(page, "#launcher")
        await visitor.opens_chat()
        places[name] = (button, scrolled, await place(page, "#panel"))
        await page.evaluate("sessionStorage.clear()")
    assert places["as usual"][0][:2] == places["as usual"][2][:2] == (20, 20)
    assert {name: found for name, found in places.items() if found != places["as usual"]} == {}
    assert visitor.wrong == []


async def test_on_a_page_that_is_shown_once_it_is_ready_it_is_there_then(visitor: Visitor) -> None:
    body = "<style id=hide>body { display: none }</style>" + LONG
    page = visitor.page
    text = page_with(snippet(visitor.url), body)
    await page.route("**/in", lambda route: route.fulfill(body=text, content_type="text/html"))
    await page.goto(f"{visitor.url}/in")
    await page.locator("parley-chat").wait_for(state="attached")
    await page.evaluate("async () => void (await customElements.whenDefined('parley-chat'))")
    await page.evaluate("document.querySelector('#hide').remove()")
    assert (await place(page, "#launcher"))[:2] == (20, 20)
    await visitor.opens_chat()
    assert (await place(page, "#panel"))[:2] == (20, 20)


async def test_a_browser_without_the_top_layer_has_it_on_the_page(visitor: Visitor) -> None:
    await visitor.context.add_init_script(
        "delete HTMLElement.prototype.showPopover; delete HTMLElement.prototype.popover"
    )
    page = await enters(visitor, LONG)
    assert (await place(page, "#launcher"))[:2] == (20, 20)
    await visitor.opens_chat()
    assert (await place(page, "#panel"))[:2] == (20, 20)
    assert visitor.wrong == []


async def test_colours_that_a_page_sets_above_it_are_taken(visitor: Visitor) -> None:
    page = await enters(visitor, style="body { --parley-accent: rgb(139, 30, 63); filter: grayscale(1); }")
    await expect(page.locator("#launcher")).to_have_css("background-color", "rgb(139, 30, 63)")


# --- where storage is full --------------------------------------------------------------------------------------------

FILL = """(names) => { for (const name of names) {
  let size = 1 << 20;
  for (let n = 0; size; ) try { window[name].setItem(`full-${n++}`, "x".repeat(size)); } catch { size >>= 1; } } }"""


async def test_where_the_storage_is_full_a_reload_loses_nothing(visitor: Visitor, ben: protocol.Agent) -> None:
    page = await enters(visitor)
    await page.evaluate(FILL, ["localStorage"])
    async with a_chat(visitor, ben, "full of it") as chat:
        assert await page.evaluate("localStorage['parley:demo']") is None
        await page.reload()
        await expect(page.locator("#panel")).to_be_visible()
        await visitor.sees(["full of it"])
        await ben.ask("message", item=chat, text="still here")
        await visitor.sees(["full of it", "still here"])

    await page.evaluate("localStorage.clear()")  # there is room again: the next chat is every tab's
    await page.locator("#again").click()
    await visitor.says("once more")
    await visitor.sees(["once more"])
    assert await page.evaluate("!!JSON.parse(localStorage['parley:demo']).chat && !sessionStorage['parley:demo']")
    await visitor.ends()
    await visitor.is_told("You ended the chat")
    assert visitor.wrong == []


async def test_where_every_storage_is_full_the_chat_goes_on_until_the_page_is_left(
    visitor: Visitor, ben: protocol.Agent
) -> None:
    page = await enters(visitor)
    await visitor.opens_chat()
    await page.evaluate(FILL, ["localStorage", "sessionStorage"])
    await visitor.says("nowhere to keep it")
    await visitor.sees(["nowhere to keep it"])
    await visitor.says("and this")
    await visitor.sees(["nowhere to keep it", "and this"])
    await visitor.ends()
    await visitor.is_told("You ended the chat")
    assert visitor.wrong == []


# --- links and times --------------------------------------------------------------------------------------------------

TEXT = "(see https://shop.example/jug_(blue)?a=1&b=2), tel:+4930555010 javascript:alert(1) https://bank.example@evil.example \u202ehttps://good.example\u202c"
LINKS = ["https://shop.example/jug_(blue)?a=1&b=2", "tel:+4930555010", "https://good.example"]
FOUND = """nodes => nodes.map(it => [it.getAttribute("href"), it.textContent, it.target, it.rel, getComputedStyle(it).unicodeBidi, getComputedStyle(it).direction])"""
SAFE = ["_blank", "noopener noreferrer", "isolate", "ltr"]


async def test_links_of_both_sides_can_be_followed(visitor: Visitor, ben: protocol.Agent) -> None:
    page = await enters(visitor)
    async with a_chat(visitor, ben, TEXT) as chat:
        await ben.ask("message", item=chat, text=TEXT)
        await visitor.sees([TEXT, TEXT])
        for side in (".visitor", ".agent"):
            found = await page.locator(f"{side} a").evaluate_all(FOUND)
            assert found == [[link, link, *SAFE] for link in LINKS]
        long = "https://shop.example/" + "a" * 300
        await ben.ask("message", item=chat, text=long)
        await expect(page.locator(".agent .text").last).to_have_text(long)
        assert await page.locator("#log").evaluate("node => node.scrollWidth <= node.clientWidth")
        await page.locator(".agent a").last.focus()
        outline = "node => [getComputedStyle(node).outlineStyle, getComputedStyle(node).outlineColor === getComputedStyle(node).color]"
        assert await page.locator(".agent a").last.evaluate(outline) == ["solid", True]

        async with page.context.expect_page() as opened:
            await page.context.route(
                "https://shop.example/**", lambda route: route.fulfill(body="the jug", content_type="text/html")
            )
            await page.locator(".agent a").first.click()
        followed = await opened.value
        await followed.wait_for_load_state()
        assert await followed.evaluate("[opener, document.referrer]") == [None, ""]


async def test_each_message_says_when_it_was_and_the_first_of_a_day_on_which(
    visitor: Visitor, ben: protocol.Agent
) -> None:
    page = await enters(visitor)
    async with a_chat(visitor, ben, "when?") as chat:
        await ben.ask("message", item=chat, text="now")
        await visitor.sees(["when?", "now"])
        times = await page.locator(".message time").evaluate_all(
            "nodes => nodes.map(it => [it.dateTime, it.textContent])"
        )
        for at, _ in times:
            assert abs(datetime.fromisoformat(at).timestamp() - datetime.now().timestamp()) < 600
        local = await page.evaluate(
            "(times) => times.map((at, n) => new Date(at).toLocaleString('en-GB', n ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' }))",
            [at for at, _ in times],
        )
        assert [text for _, text in times] == local
        assert len(times) == 2
