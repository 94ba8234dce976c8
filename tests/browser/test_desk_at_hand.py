"""What the desk has at hand for those who work at it all day: their language, keys, ready texts, reasons, drafts, a long queue, a
narrow screen; and that log-out asks first (R16, R18, R20, R24)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import protocol
import pytest
import pytest_asyncio
from e2e.people import Admin
from playwright.async_api import Browser, expect

from .people import Agent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    yield anna
    assert anna.wrong == []
    await anna.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def guests(parley_url: str) -> AsyncIterator[AsyncExitStack]:
    """Visitors whose connections are closed in the end."""
    async with AsyncExitStack() as used:
        yield used


@asynccontextmanager
async def guest(url: str, text: str, name: str | None = None) -> AsyncIterator[protocol.Visitor]:
    """A visitor without a screen, who ends the chat in the end."""
    visitor = protocol.Visitor(url, url)
    await visitor.connect()
    await visitor.start(text=text, **({"name": name} if name else {}))
    yield visitor
    if not any(event["kind"] == "ended" for event in visitor.events):
        await visitor.ask("end")
    await visitor.close()


async def finishes(anna: Agent) -> None:
    """Everything in the inbox is ended and completed, and anna logs out."""
    await anna.stops()
    while await anna.on_screen("inbox").get_by_test_id("item").count():
        left = await anna.on_screen("inbox").get_by_test_id("item").count()
        await anna.on_screen("inbox").get_by_test_id("item-open").first.click()
        if await anna.on_screen("end").count():
            await anna.does("end")
        await anna.does("complete")
        await expect(anna.on_screen("inbox").get_by_test_id("item")).to_have_count(left - 1)
    await anna.logs_out()


@pytest.mark.slow
async def test_the_desk_speaks_the_browsers_language_until_another_is_chosen(browser: Browser, parley_url: str) -> None:
    anna = Agent(await browser.new_context(locale="de-AT"), parley_url, [])
    await anna.opens_tab()
    await anna.page.goto(f"{parley_url}/desk")
    await expect(anna.on_screen("login-submit")).to_have_text("Anmelden")
    await anna.logs_in("anna")
    async with guest(parley_url, "Guten Tag"):
        await anna.on_screen("pick").click()
        await anna.has_it("Aktiv")
        await expect(anna.on_screen("customer")).to_contain_text("Kontakte suchen")
        await expect(anna.on_screen("turn").first).to_contain_text("Chat angefragt")
        await anna.on_screen("composer").fill("Moment")
        await anna.on_screen("language").select_option("en")
        await anna.has_it("Active")
        await expect(anna.on_screen("composer")).to_have_value("Moment")
        await anna.page.reload()
        await anna.has_it("Active")
        assert await anna.page.evaluate("document.documentElement.lang") == "en"
    await finishes(anna)
    assert anna.wrong == []
    await anna.leaves()


@pytest.mark.slow
async def test_R16_R18_the_whole_work_by_keys(anna: Agent, parley_url: str) -> None:
    keys = anna.page.keyboard
    await anna.logs_in("anna")
    async with guest(parley_url, "first"), guest(parley_url, "second") as second:
        await expect(anna.on_screen("pick")).to_have_count(2)

        # the sheet, and only one key at a time
        await keys.press("F1")
        await expect(anna.on_screen("help-sheet")).to_be_visible()
        await keys.press("F9")
        await keys.press("Escape")
        await expect(anna.on_screen("help-sheet")).to_have_count(0)
        await expect(anna.on_screen("availability")).to_have_attribute("data-state", "not_ready")

        # R6: what has waited longest, then the other, which parks the first
        await keys.press("Shift+F2")
        await anna.sees(["first"])
        await keys.press("Shift+F2")
        await anna.sees(["second"])
        await keys.type("begun")
        await keys.press("Alt+ArrowDown")
        await anna.sees(["first"])
        await anna.has_it("Parked")
        await keys.press("F8")
        await anna.has_it("Active")
        await second.say("are you there?")
        await expect(anna.on_screen("unread")).to_have_text("1")
        await keys.press("F2")
        await anna.sees(["second", "are you there?"])
        await expect(anna.on_screen("composer")).to_have_value("begun")
        await keys.press("F8")
        await anna.has_it("Active")

        # answer and note, transfer and back
        await keys.press("F4")
        await expect(anna.on_screen("composer")).to_be_focused()
        await expect(anna.on_screen("mode-note")).to_have_attribute("aria-pressed", "true")
        await keys.press("F4")
        await keys.press("Shift+F4")
        await expect(anna.on_screen("transfer-to")).to_be_focused()
        await keys.press("Escape")
        await keys.press("F7")
        await expect(anna.on_screen("contact-search")).to_be_focused()

        # R18: ended, and completed
        await keys.press("Shift+F8")
        await expect(anna.page.get_by_role("dialog")).to_be_visible()
        await keys.press("Escape")
        await anna.has_it("Active")
        await keys.press("Shift+F8")
        await expect(anna.page.get_by_role("dialog")).to_contain_text("Your draft has not been sent")
        for key in ("Tab", "Enter"):  # a draft would be lost: Enter alone keeps it
            await keys.press(key)
        await anna.has_it("Wrap-up")
        await keys.press("Shift+F8")
        await expect(anna.on_screen("inbox").get_by_test_id("item")).to_have_count(1)
        await keys.press("F9")
        await expect(anna.on_screen("availability")).to_have_attribute("data-state", "ready")
        await keys.press("F9")
        await expect(anna.on_screen("availability")).to_have_attribute("data-state", "not_ready")
    await finishes(anna)


@pytest.mark.slow
async def test_ready_texts_come_with_a_slash(anna: Agent, parley_url: str) -> None:
    admin = await Admin.log_in(parley_url)
    replies = [
        {"name": "hello", "text": "Hello {visitor}, this is {agent}."},
        {"name": "help", "text": "What can I do for you?"},
        {"name": "bye", "text": "Goodbye, <b>and</b> thank you."},
    ]
    async with admin.changed("settings", replies=replies), guest(parley_url, "hi", "Guest 3") as visitor:
        await anna.logs_in("anna")
        await anna.on_screen("pick").click()
        await anna.sees(["hi"])
        keys, box = anna.page.keyboard, anna.on_screen("composer")
        await box.focus()
        await keys.type("/he")
        options = anna.on_screen("replies").get_by_role("option")
        await expect(options).to_have_count(2)
        await keys.press("ArrowDown")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await keys.press("ArrowUp")
        await keys.press("Enter")
        await expect(box).to_have_value("Hello Guest 3, this is Anna.")
        await expect(anna.on_screen("replies")).to_have_count(0)
        await keys.type(" /bye")
        await expect(options).to_have_count(1)
        await keys.press("Escape")
        await expect(anna.on_screen("replies")).to_have_count(0)
        await keys.press("Backspace")
        await options.first.click()
        await expect(box).to_have_value("Hello Guest 3, this is Anna. Goodbye, <b>and</b> thank you.")
        assert visitor.said() == [("visitor", "hi")]  # nothing is sent before it is sent
        await keys.press("Enter")
        await anna.sees(["hi", "Hello Guest 3, this is Anna. Goodbye, <b>and</b> thank you."])
    await finishes(anna)


@pytest.mark.slow
async def test_an_agent_says_why_they_are_not_ready(anna: Agent, parley_url: str) -> None:
    admin = await Admin.log_in(parley_url)
    async with admin.changed("settings", reasons=["Lunch", "Training"]):
        await anna.logs_in("anna")
        await anna.on_screen("reason").select_option("Training")
        other = await protocol.Agent.log_in(parley_url, "anna")
        await other.until(lambda: other.view is not None and other.view["agent"].get("reason") == "Training")
        await other.close()
        await anna.page.reload()
        await expect(anna.on_screen("reason")).to_have_value("Training")
        await anna.gets_ready()
        await expect(anna.on_screen("reason")).to_have_count(0)
        await anna.stops()
        await expect(anna.on_screen("reason")).to_have_value("")
    await anna.logs_out()


@pytest.mark.slow
async def test_R20_log_out_asks_before_it_gives_back(anna: Agent, parley_url: str) -> None:
    await anna.logs_in("anna")
    async with guest(parley_url, "do not leave me") as visitor:
        await anna.on_screen("pick").click()
        await anna.sees(["do not leave me"])
        await anna.does("logout")
        dialog = anna.page.get_by_role("dialog")
        await expect(dialog).to_contain_text("1 item goes back to the queue")
        await anna.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await anna.has_it("Active")
        await anna.does("logout")
        await dialog.get_by_role("button", name="Log out").click()
        await expect(anna.on_screen("login")).to_be_visible()
        await visitor.until(lambda: any(event["kind"] == "requeued" for event in visitor.events))


@pytest.mark.slow
async def test_what_was_begun_and_where_the_agent_was_survive_a_reload(anna: Agent, parley_url: str) -> None:
    await anna.logs_in("anna")
    async with guest(parley_url, "first"), guest(parley_url, "second"):
        for text in ("first", "second"):
            await anna.on_screen("pick").first.click()
            await anna.sees([text])
        await anna.on_screen("composer").fill("an answer, begun")
        await anna.on_screen("inbox-parked").get_by_test_id("item-open").click()
        await anna.on_screen("mode-note").click()
        await anna.on_screen("composer").fill("a note, begun")

        await anna.page.reload()

        await anna.sees(["first"])  # not the active one: the one that was open
        await anna.on_screen("mode-note").click()
        await expect(anna.on_screen("composer")).to_have_value("a note, begun")
        await anna.on_screen("inbox-active").get_by_test_id("item-open").click()
        await expect(anna.on_screen("composer")).to_have_value("an answer, begun")

        # R18: in wrap-up too, also when the agent looks at another chat meanwhile
        await anna.does("end")
        await anna.on_screen("code").fill("order")
        await anna.on_screen("inbox-parked").get_by_test_id("item-open").click()
        await anna.on_screen("inbox-wrap-up").get_by_test_id("item-open").click()
        await expect(anna.on_screen("code")).to_have_value("order")
    await finishes(anna)
    assert await anna.page.evaluate("Object.keys(sessionStorage)") in ([], ["parley-desk-open"])


@pytest.mark.slow
async def test_R6_a_long_queue_shows_its_beginning_and_finds_the_rest(
    anna: Agent, guests: AsyncExitStack, parley_url: str
) -> None:
    for number in range(33):
        await guests.enter_async_context(guest(parley_url, f"number {number}", f"Guest {number}"))
    await anna.logs_in("anna")
    await expect(anna.on_screen("pick")).to_have_count(30)
    await anna.on_screen("queue-more").click()
    await expect(anna.on_screen("pick")).to_have_count(33)
    await anna.on_screen("queue-filter").first.fill("guest 32")
    await expect(anna.on_screen("pick")).to_have_count(1)
    await anna.on_screen("pick").click()
    await anna.sees(["number 32"])
    await finishes(anna)


@pytest.mark.slow
async def test_R24_the_customer_can_be_reached_on_a_narrow_screen(anna: Agent, parley_url: str) -> None:
    await anna.page.set_viewport_size({"width": 390, "height": 800})
    await anna.logs_in("anna")
    async with guest(parley_url, "who am I?") as visitor:
        await anna.on_screen("pick").click()
        await anna.sees(["who am I?"])
        await expect(anna.on_screen("details")).to_be_hidden()
        await anna.does("to-customer")
        await expect(anna.on_screen("contact-search")).to_be_focused()
        await anna.page.keyboard.press("Escape")
        await expect(anna.on_screen("details")).to_be_hidden()
        await expect(anna.on_screen("to-customer")).to_be_focused()

        # what the visitor has read is marked
        await anna.answers("You tell me.")
        await expect(anna.on_screen("read")).to_have_count(0)
        await visitor.until(lambda: len(visitor.said()) == 2)
        await visitor.send("read", seq=visitor.events[-1]["seq"])
        await expect(anna.on_screen("read")).to_have_text("Read")
    await anna.page.set_viewport_size({"width": 1280, "height": 800})
    await finishes(anna)
