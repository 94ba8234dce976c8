"""A visitor on the website and an agent at the desk, in two real browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from .people import Agent, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

UMLAUTS = "Grüß Gott! Passt die große Schüssel in einen Ofen? Zwölf Größen, fünf Töne."
EMOJI = "👩‍👩‍👧‍👦 🏺 🇩🇪 e\u0301 – and <b>no bold</b> & no &amp; either"
RIGHT_TO_LEFT = "שלום, האם אתם שולחים גם אלינו? مرحبا"
LINES = "first line\n\n   third line, indented"
LONG = "🏺ä" * 2000  # 4,000 characters, 12,000 bytes


@pytest.fixture
def wrong() -> list[str]:
    """What the browsers complained about: errors, warnings, violations of the content security policy."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, wrong)
    yield visitor
    await visitor.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, wrong)
    yield anna
    await anna.leaves()


@pytest.mark.slow
async def test_R22_R30_both_see_the_same_once_and_in_order_through_reloads_and_tabs(
    visitor: Visitor, anna: Agent, wrong: list[str]
) -> None:
    # given a visitor who writes before anybody is there
    await visitor.enters()
    await visitor.opens_chat()
    said = [UMLAUTS, EMOJI]
    for text in said:
        await visitor.says(text)
    await visitor.sees(said)

    # when anna gets ready, the queue gives her the chat
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(said)
    await visitor.is_told("Anna")

    # then each sees what the other says, exactly as it was written
    for text in (RIGHT_TO_LEFT, LINES, LONG):
        await visitor.says(text)
        said.append(text)
    await anna.sees(said)
    await anna.answers("Ja, sie passt. 🙂")
    said.append("Ja, sie passt. 🙂")
    await visitor.sees(said)
    await anna.notes("asks about the oven")

    # and a reload of either page neither loses nor doubles anything
    await visitor.page.reload()
    await visitor.sees(said)
    await anna.page.reload()
    await anna.sees(said)

    # and a second tab shows the same, lives on with the first, and is no second chat
    first = visitor.page
    await visitor.opens_tab()
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.sees(said)
    await visitor.says("from the second tab")
    await anna.sees([*said, "from the second tab"])
    await anna.answers("and an answer for both")
    said += ["from the second tab", "and an answer for both"]
    await visitor.sees(said)
    await visitor.sees(said, first)
    assert await visitor.page.get_by_text("asks about the oven").count() == 0

    # R16, R18: parked, resumed, ended, classified, completed
    await anna.does("park")
    await anna.has_it("Parked")
    await visitor.is_told("back in a moment")
    await visitor.says("take your time")
    said.append("take your time")
    await anna.sees(said)
    await anna.does("resume")
    await anna.has_it("Active")
    await visitor.is_told("is back")
    await anna.stops()
    await anna.does("end")
    await anna.has_it("Wrap-up")
    await visitor.is_told("ended the chat")
    await expect(first.locator("#again")).to_be_visible()
    await anna.on_screen("code").fill("question")
    await anna.does("classify")
    await expect(anna.on_screen("detail-classification")).to_have_text("question")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
    assert wrong == []


async def test_R18_what_the_visitor_ends_is_wrapped_up_at_the_desk(
    visitor: Visitor, anna: Agent, wrong: list[str]
) -> None:
    await anna.logs_in("anna")
    await anna.gets_ready()
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("just a short question")
    await anna.sees(["just a short question"])
    await anna.stops()

    await visitor.ends()

    await visitor.is_told("You ended the chat")
    await anna.has_it("Wrap-up")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
    assert wrong == []


async def test_R2_before_it_is_opened_the_widget_stores_nothing_and_connects_nowhere(
    visitor: Visitor, wrong: list[str]
) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.on("websocket", lambda socket: asked.append(socket.url))

    await visitor.enters()
    await expect(visitor.page.locator("#launcher")).to_be_visible()

    assert not [url for url in asked if "/v1/" in url]
    assert await visitor.page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    assert wrong == []


@pytest.mark.slow
async def test_the_widget_can_be_used_by_keyboard_alone(visitor: Visitor, wrong: list[str]) -> None:
    await visitor.enters()
    await visitor.page.locator("#launcher").focus()
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.locator("#input")).to_be_focused()
    await visitor.page.keyboard.type("a draft, not sent")
    await expect(visitor.page.locator("#input")).to_have_value("a draft, not sent")

    await visitor.page.keyboard.press("Escape")

    await expect(visitor.page.locator("#panel")).to_be_hidden()
    await expect(visitor.page.locator("#launcher")).to_be_focused()
    assert wrong == []


@pytest.mark.slow
async def test_the_widget_runs_on_a_page_that_allows_it_and_nothing_else(
    visitor: Visitor, parley_url: str, wrong: list[str]
) -> None:
    policy = (
        f"default-src 'none'; script-src {parley_url}; connect-src {parley_url} {parley_url.replace('http', 'ws', 1)}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    page = f'<!doctype html><title>x</title><script async src="{parley_url}/widget.js" data-token="demo"></script>'
    await visitor.page.route(
        "**/strict",
        lambda route: route.fulfill(body=page, content_type="text/html", headers={"content-security-policy": policy}),
    )

    # Chromium takes a page that a test made up for one from the internet, and guards this machine from it
    await visitor.context.grant_permissions(["local-network-access"])

    await visitor.page.goto(f"{parley_url}/strict")
    await visitor.opens_chat()
    await visitor.says("is anybody there?")
    await visitor.sees(["is anybody there?"])
    await visitor.ends()
    await visitor.is_told("You ended the chat")

    # styles are in force: the panel stands in its corner, above the page
    assert await visitor.page.locator("#panel").evaluate("node => getComputedStyle(node).position") == "fixed"
    assert [text for text in wrong if "favicon" not in text] == []
