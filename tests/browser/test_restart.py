"""The product goes away and comes back while both pages are open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from running import Demo

from .people import Agent, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def demo(found_room: dict[str, str], demo_process: Callable[..., Demo]) -> Demo:
    return demo_process(found_room)


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, demo: Demo) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, demo.url, [])
    yield visitor
    await visitor.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, demo: Demo) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, demo.url, [])
    yield anna
    await anna.leaves()


@pytest.mark.slow
@pytest.mark.parametrize("stop", [Demo.stop, Demo.kill], ids=["restart", "crash"])
async def test_R21_R22_R30_a_chat_goes_on_by_itself_after_the_product_was_away(
    demo: Demo, visitor: Visitor, anna: Agent, stop: Callable[[Demo], None]
) -> None:
    # given a chat under way
    await anna.logs_in("anna")
    await anna.gets_ready()
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("before")
    await anna.sees(["before"])
    await anna.answers("I am here")
    said = ["before", "I am here"]
    await visitor.sees(said)
    item = await anna.on_screen("conversation").get_attribute("data-item")

    # when the product goes away, and both write meanwhile
    stop(demo)
    await visitor.is_told("No connection")
    await expect(anna.on_screen("connection")).to_have_text("Connection lost, trying again …")
    await visitor.says("from the visitor, while nobody listens")
    await anna.answers("from Anna, while nobody listens")
    demo.start()

    # then both pages come back by themselves, with everything in them once
    await expect(anna.on_screen("connection")).to_have_text("Connected", timeout=30_000)
    await expect(visitor.messages()).to_have_count(4, timeout=30_000)
    said = await visitor.messages().all_text_contents()
    assert said[:2] == ["before", "I am here"]
    assert sorted(said[2:]) == ["from Anna, while nobody listens", "from the visitor, while nobody listens"]
    await visitor.sees(said)
    await anna.sees(said)

    # and the chat is still anna's, who is ready as before
    await expect(anna.on_screen("availability")).to_have_attribute("data-state", "ready")
    await expect(anna.on_screen("conversation")).to_have_attribute("data-item", item or "")
    await anna.has_it("Active")
    await anna.answers("after")
    await visitor.says("after, too")
    await expect(visitor.messages()).to_have_count(6)
    assert (await visitor.messages().all_text_contents())[:4] == said
    await anna.sees(await visitor.messages().all_text_contents())
    await anna.does("park")
    await visitor.is_told("back in a moment")

    # and what a reload shows is the same
    said = await visitor.messages().all_text_contents()
    await visitor.page.reload()
    await visitor.sees(said)
    await anna.page.reload()
    await expect(anna.on_screen("item")).to_have_count(1)
    await anna.on_screen("item-open").click()
    await anna.sees(said)
    await anna.has_it("Parked")
    await anna.stops()
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
