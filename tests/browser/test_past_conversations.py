"""R26, R35: an agent finds past conversations at the desk: their own, and all that they may read; in German and English, by keyboard."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import protocol
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from .axe import violations
from .people import Agent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["found"], indirect=True, scope="module"),
]

SCRIPT = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


@pytest.fixture
def wrong() -> list[str]:
    """What went wrong in anybody's browser."""
    return []


@pytest_asyncio.fixture(loop_scope="session", params=["en-GB"])
async def anna(request: Any, browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Agent]:
    """She logs in when what is to be past is."""
    anna = await Agent.arrives(browser, parley_url, wrong, locale=request.param)
    yield anna
    await anna.logs_out()
    await anna.leaves()
    assert wrong == []


async def contact(url: str, name: str, **fields: object) -> str:
    token = (await protocol.log_in(url, "sam"))["token"]
    return str((await protocol.call(url, "POST", "/v1/contacts", token, json={"name": name, **fields}))["contact"])


async def had(url: str, user: str, *texts: str, known: str | None = None, answer: str | None = None) -> list[str]:
    """Chats that an agent has had and completed, one for each text; their ids."""
    agent = await protocol.Agent.log_in(url, user)
    chats: list[str] = []
    for text in texts:
        async with protocol.Visitor(url) as visitor:
            await visitor.start(token="demo", text=text)
            await agent.until(lambda chat=visitor.chat: chat in agent.waiting)  # type: ignore[misc]
            await agent.ask("pick", item=visitor.chat)
            if known:
                await agent.ask("identify", item=visitor.chat, contact=known)
            if answer:
                await agent.ask("message", item=visitor.chat, text=answer)
            await visitor.ask("end")
            await agent.ask("complete", item=visitor.chat)
            await protocol.interaction(url, visitor.chat, agent.token)
            chats.append(visitor.chat)
    await agent.ask("logout")
    await agent.close()
    return chats


def hits(anna: Agent) -> Locator:
    return anna.on_screen("past-hit")


async def shows(anna: Agent, *items: str) -> None:
    """Just these, in this order."""
    await expect(hits(anna)).to_have_count(len(items))
    for number, item in enumerate(items):
        await expect(hits(anna).nth(number)).to_have_attribute("data-item", item)


@pytest.mark.slow
async def test_R35_ones_own_are_listed_and_opened_by_keyboard(anna: Agent, parley_url: str) -> None:
    word = f"w{uuid4().hex[:8]}"
    name = f"Änne {word} {SCRIPT}"
    known = await contact(parley_url, name, emails=[f"{word}@example.org"])
    first, second = await had(parley_url, "anna", f"😀 about {word} {SCRIPT}", "and again", known=known, answer="Hello")
    (others,) = await had(parley_url, "ben", f"Ben was asked {word}")
    await anna.logs_in("anna")
    keys = anna.page.keyboard

    # by its key, from wherever one is; the box has the focus, and what was closed last stands first
    await anna.on_screen("not-ready").focus()
    await keys.press("F3")
    await expect(anna.on_screen("past-panel")).to_be_visible()
    await expect(anna.on_screen("past-search")).to_be_focused()
    await expect(hits(anna).nth(0)).to_have_attribute("data-item", second)
    await expect(hits(anna).nth(1)).to_have_attribute("data-item", first)
    await expect(anna.page.get_by_role("heading", name="What you closed last")).to_be_visible()

    # the line with the words, which are marked; among one's own
    await keys.type(word)
    await shows(anna, second, first)  # the contact has the word in her name
    await expect(anna.on_screen("past-told")).to_have_text("2 conversations")
    await expect(hits(anna).nth(1).locator("mark")).to_have_text(word)
    await expect(hits(anna).nth(1)).to_contain_text(name)
    await expect(hits(anna).nth(1)).to_contain_text(f"😀 about {word} {SCRIPT}")
    assert await violations(anna.page) == []

    # one of them opened: whole, and only to be read
    for _ in range(4):  # mine, all, the first, the second
        await keys.press("Tab")
    await expect(hits(anna).nth(1).get_by_role("button")).to_be_focused()
    await keys.press("Enter")
    opened = anna.on_screen("past-opened")
    await expect(opened.get_by_role("heading")).to_be_focused()
    await expect(opened.get_by_test_id("past-visitor")).to_contain_text(f"😀 about {word} {SCRIPT}")
    await expect(opened.get_by_test_id("past-agent")).to_contain_text("Hello")
    await expect(opened.locator(".acts")).to_have_count(1)
    await expect(opened.get_by_role("textbox")).to_have_count(0)
    assert await violations(anna.page) == []

    # the contact's others
    await anna.page.get_by_role("button", name="All conversations with this customer").focus()
    await keys.press("Enter")
    others_of_hers = anna.on_screen("past-panel").get_by_test_id("past")
    await expect(others_of_hers).to_have_count(1)
    await expect(others_of_hers).to_have_attribute("data-item", second)
    assert await violations(anna.page) == []

    # on a telephone: within its width, and the way out as well
    await anna.page.set_viewport_size({"width": 360, "height": 640})
    for there in (anna.on_screen("logout"), anna.on_screen("past-others"), anna.on_screen("past-close")):
        await expect(there).to_be_in_viewport(ratio=1)
    await anna.page.set_viewport_size({"width": 1280, "height": 720})

    # back to where one was, and out again
    await keys.press("Escape")
    await expect(hits(anna).nth(1).get_by_role("button")).to_be_focused()
    await anna.on_screen("past-all").focus()
    await keys.press("Enter")
    await shows(anna, others, second, first)
    await keys.press("Escape")
    await expect(anna.on_screen("past-panel")).to_have_count(0)
    await expect(anna.on_screen("not-ready")).to_be_focused()
    assert await anna.page.title() == "Parley desk"


@pytest.mark.slow
@pytest.mark.parametrize("anna", ["de-DE"], indirect=True)
async def test_R26_whoever_is_looked_for_is_found_and_where_nobody_is_it_says_what_to_do(
    anna: Agent, parley_url: str
) -> None:
    word = f"w{uuid4().hex[:8]}"
    known = await contact(parley_url, f"Zoë {word}", emails=[f"{word}@example.org"])
    (theirs,) = await had(parley_url, "ben", "Wo ist mein Paket?", known=known)
    await anna.logs_in("anna")
    search, told = anna.on_screen("past-search"), anna.on_screen("past-told")
    await anna.page.get_by_role("button", name="Suche").click()
    await expect(anna.page.get_by_role("heading", name="Frühere Gespräche")).to_be_visible()

    await search.fill(f"{word}@example.org")
    await expect(told).to_have_text("Unter Ihren nichts gefunden. Suchen Sie in allen oder mit weniger Wörtern.")
    await expect(hits(anna)).to_have_count(0)
    assert await violations(anna.page) == []
    await anna.page.get_by_role("button", name="In allen suchen").click()
    await shows(anna, theirs)
    await expect(hits(anna)).to_contain_text(f"Zoë {word}")
    await expect(hits(anna)).to_contain_text("Wo ist mein Paket?")
    for query in (f"zoe {word}", theirs):
        await search.fill(query)
        await shows(anna, theirs)
    await search.fill(f"{word}x nobody")
    await expect(told).to_have_text(re.compile("^Nichts gefunden. Versuchen Sie es mit weniger Wörtern"))
    await search.fill("?!")
    await expect(told).to_have_text("Geben Sie mindestens ein Wort, einen Namen oder eine Nummer ein.")
    await search.fill("")
    await expect(told).to_have_text(re.compile("Geben Sie ein, wonach in allen gesucht werden soll.$|noch nichts"))
    await anna.on_screen("past-close").click()
    await expect(anna.on_screen("past-panel")).to_have_count(0)


@pytest.mark.slow
async def test_R35_more_are_shown_page_by_page_each_once(anna: Agent, parley_url: str) -> None:
    word = f"w{uuid4().hex[:8]}"
    chats = await had(parley_url, "anna", *[f"{word} number {number}" for number in range(22)])
    await anna.logs_in("anna")
    await anna.does("past-conversations")
    await anna.on_screen("past-search").fill(word)
    await expect(hits(anna)).to_have_count(20)
    await expect(anna.on_screen("past-told")).to_have_text("20 shown, there are more")
    await anna.does("past-more")
    await shows(anna, *reversed(chats))
    await expect(anna.on_screen("past-more")).to_have_count(0)


@pytest.mark.slow
async def test_R35_the_open_chat_goes_on_beside_it(anna: Agent, parley_url: str) -> None:
    await anna.logs_in("anna")
    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(token="demo", text="are you there?")
        await anna.on_screen("pick").first.click()
        await anna.sees(["are you there?"])
        await anna.page.keyboard.press("F3")
        await expect(anna.on_screen("past-search")).to_be_focused()
        await anna.answers("I look it up")
        await anna.sees(["are you there?", "I look it up"])
        await anna.page.keyboard.press("F3")
        await expect(anna.on_screen("past-panel")).to_have_count(0)
        await expect(anna.on_screen("composer")).to_be_focused()
        await visitor.ask("end")
        await anna.does("complete")
