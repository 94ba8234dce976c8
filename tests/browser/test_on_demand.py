"""The desk's parts that are loaded when they are opened: late, not at all and then again, and without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import protocol
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from .people import Agent
from .widget_pages import administration, changed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

PARTS = ("help", "transfer", "history", "contactform", "replies", "wrapup")
COULD_NOT = "That could not be loaded"


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    yield anna
    await anna.context.unroute_all()
    await anna.logs_out()
    await anna.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(parley_url: str) -> AsyncIterator[protocol.Visitor]:
    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(token="demo", text="hello", name="Kim")
        yield visitor


class Gate:
    """Holds back what is asked for, or refuses it, until it is opened."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses, self.asked = refuses, 0
        self._open = asyncio.Event()

    async def holds(self, agent: Agent, *parts: str) -> None:
        for part in parts:
            await agent.context.route(f"**/assets/desk/{part}.js*", self._carry)

    async def _carry(self, route: Route) -> None:
        self.asked += 1
        if self.refuses:
            await route.abort()
        else:
            await self._open.wait()
            await route.continue_()

    def opens(self) -> None:
        self.refuses = False
        self._open.set()


@pytest.mark.slow
async def test_at_the_login_none_is_there_and_soon_after_it_all_are(anna: Agent) -> None:
    asked: list[str] = []
    anna.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    await anna.page.goto(f"{anna.url}/desk")
    await expect(anna.on_screen("login")).to_be_visible()
    await anna.page.wait_for_load_state("networkidle")
    assert not {f"{part}.js" for part in PARTS} & set(asked)

    await anna.logs_in("anna")
    for _ in range(50):
        if {f"{part}.js" for part in PARTS} <= set(asked):
            break
        await asyncio.sleep(0.1)
    assert {f"{part}.js" for part in PARTS} <= set(asked)
    await anna.page.wait_for_load_state("networkidle")

    await anna.context.route(
        "**/assets/**", lambda route: route.abort()
    )  # the network is gone, or another version is there
    await anna.page.keyboard.press("F1")
    await expect(anna.on_screen("help-sheet")).to_be_visible()
    await anna.page.keyboard.press("Escape")
    assert anna.wrong == []


@pytest.mark.slow
async def test_what_is_pressed_before_its_part_is_there_is_done_once_it_is(
    anna: Agent, visitor: protocol.Visitor
) -> None:
    gate = Gate()
    await gate.holds(anna, *PARTS)
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(["hello"])

    await anna.on_screen("composer").focus()
    await anna.page.keyboard.press("F1")
    await anna.does("transfer")
    await anna.does("contact-new")
    await anna.page.wait_for_timeout(300)
    await expect(anna.on_screen("help-sheet")).to_have_count(0)
    await expect(anna.on_screen("transfer-form")).to_have_count(0)
    await expect(anna.on_screen("contact-search")).to_be_visible()

    gate.opens()
    await expect(anna.on_screen("help-sheet")).to_be_visible()
    await anna.page.keyboard.press("Escape")
    await expect(anna.on_screen("transfer-form")).to_be_visible()
    await expect(anna.on_screen("contact-form")).to_be_visible()
    await anna.does("transfer-cancel")

    await anna.does("end")
    await anna.has_it("Wrap-up")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    assert anna.wrong == []


@pytest.mark.slow
async def test_what_cannot_be_loaded_says_so_and_comes_when_it_is_asked_for_again(
    anna: Agent, visitor: protocol.Visitor
) -> None:
    gates = {part: Gate(refuses=True) for part in PARTS}
    for part, gate in gates.items():
        await gate.holds(anna, part)
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(["hello"])

    for action, part, shown in (
        ("help", "help", "help-sheet"),
        ("transfer", "transfer", "transfer-form"),
        ("contact-new", "contactform", "contact-form"),
    ):
        await anna.does(action)
        await expect(anna.on_screen("notices")).to_contain_text(COULD_NOT)
        await expect(anna.on_screen(shown)).to_have_count(0)
        await expect(anna.on_screen(action)).to_be_focused()
        await anna.on_screen("notices").get_by_role("button").click()
        gates[part].opens()
        await anna.does(action)
        await expect(anna.on_screen(shown)).to_be_visible()
        await anna.page.keyboard.press("Escape")
        await expect(anna.on_screen(shown)).to_have_count(0)

    await anna.does("end")
    await expect(anna.on_screen("conversation").get_by_role("alert")).to_contain_text(COULD_NOT)
    # Refused soon after the login, before the end was asked for, and when the form was to be shown: now nothing is under way.
    async with asyncio.timeout(10):
        while gates["wrapup"].asked < 3:
            await asyncio.sleep(0.05)
    gates["wrapup"].opens()
    await anna.on_screen("conversation").get_by_role("button", name="Try again").click()
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    assert {text for text in anna.wrong if "Failed to load resource" not in text} == set()


@pytest.mark.slow
async def test_the_name_of_a_ready_text_is_not_sent_while_nobody_can_know_it(
    anna: Agent, visitor: protocol.Visitor
) -> None:
    replies = [{"name": "delivery", "text": "It takes two days."}]
    gate = Gate(refuses=True)
    await gate.holds(anna, "replies")
    with administration(anna.url) as ada, changed(ada, "settings", replies=replies):
        await anna.logs_in("anna")
        await anna.gets_ready()
        await anna.sees(["hello"])
        await anna.on_screen("composer").press_sequentially("/del")
        await anna.page.keyboard.press("Enter")
        await expect(anna.on_screen("notices")).to_contain_text(COULD_NOT)
        await expect(anna.on_screen("composer")).to_have_value("/del")

        gate.opens()
        await anna.page.keyboard.press("Enter")
        await expect(anna.on_screen("replies").get_by_role("option")).to_have_count(1)
        await anna.page.keyboard.press("Enter")
        await expect(anna.on_screen("composer")).to_have_value("It takes two days.")
        await anna.page.keyboard.press("Enter")
        await anna.sees(["hello", "It takes two days."])
        await anna.does("end")
        await anna.does("complete")
        await expect(anna.on_screen("item")).to_have_count(0)
