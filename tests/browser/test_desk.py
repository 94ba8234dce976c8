"""What the agent sees of several chats at once, and of what cannot be done."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from .people import Agent, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    yield anna
    await anna.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(browser: Browser, parley_url: str) -> AsyncIterator[list[Visitor]]:
    visitors = [await Visitor.arrives(browser, parley_url, []) for _ in range(2)]
    yield visitors
    for visitor in visitors:
        await visitor.leaves()


async def test_R7_R8_R16_R18_two_chats_side_by_side(anna: Agent, visitors: list[Visitor]) -> None:
    # R8: given two visitors who wait, and know it
    first, second = visitors
    for visitor, text in ((first, "first"), (second, "second")):
        await visitor.enters()
        await visitor.opens_chat()
        await visitor.says(text)
        await visitor.sees([text])
    await first.is_told(r"Number 1 in the queue, about \?\smin\. Nobody is in the chat")
    await second.is_told(r"Number 2 in the queue, about \?\smin\. Nobody is in the chat")

    # R7: when anna has the first one and parks it, she gets the second, marked as new and with what was written
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(["first"])
    await second.is_told(r"Number 1 in the queue, about \d+\smin")
    await anna.does("park")
    fresh = anna.on_screen("inbox-active").get_by_test_id("item")
    await expect(fresh.get_by_test_id("new")).to_be_visible()
    await expect(fresh).to_contain_text("second")
    await expect(anna.page).to_have_title("(1) Parley desk")

    # R16: into the parked one she writes nothing but notes; what comes meanwhile is counted
    await expect(anna.on_screen("composer")).not_to_be_editable()
    await anna.notes("to be resumed")
    await expect(anna.on_screen("composer")).not_to_be_editable()
    await fresh.get_by_test_id("item-open").click()
    await anna.answers("hello, second")
    await second.sees(["second", "hello, second"])
    await first.says("still here")
    await first.says("and here")
    parked = anna.on_screen("inbox-parked").get_by_test_id("item")
    await expect(parked.get_by_test_id("unread")).to_have_text("2")
    await parked.get_by_test_id("item-open").click()
    await anna.sees(["first", "still here", "and here"])
    await expect(parked.get_by_test_id("unread")).to_have_count(0)

    # R18: a note that stands alone is kept, and one that is not saved is saved with completing
    await anna.stops()
    await anna.does("end")
    await anna.on_screen("code-note").fill("called back")
    await anna.does("classify")
    await expect(anna.on_screen("note").get_by_test_id("text")).to_have_text(["to be resumed", "called back"])
    await anna.on_screen("code").fill("order")
    done = await anna.on_screen("conversation").get_attribute("data-item")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(1)
    answer = await anna.context.request.get(f"{anna.url}/v1/items/{done}")
    assert (await answer.json())["classification"] == {"code": "order", "note": "called back"}
    await anna.on_screen("item-open").click()
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()


@pytest_asyncio.fixture(loop_scope="session")
async def short_wrap_up(parley_url: str) -> AsyncIterator[None]:
    """The queue's wrap-up ends after 5 s."""
    async with httpx.AsyncClient(base_url=parley_url) as ada:
        login = {"tenant": "demo", "user": "ada", "password": "demo"}
        ada.headers["Authorization"] = f"Bearer {(await ada.post('/v1/login', json=login)).json()['token']}"
        settings = (await ada.get("/v1/admin/queues/support")).json()
        short = {**settings, "wrap_up": {**settings["wrap_up"], "limit_s": 5}}
        assert (await ada.put("/v1/admin/queues/support", json=short)).status_code == 200
        yield
        assert (await ada.put("/v1/admin/queues/support", json=settings)).status_code == 200


@pytest.mark.slow
async def test_R18_what_was_typed_is_saved_before_the_time_is_over(
    short_wrap_up: None, anna: Agent, visitors: list[Visitor]
) -> None:
    visitor = visitors[0]
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("a question")
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(["a question"])
    await anna.stops()
    await anna.does("end")
    await expect(anna.on_screen("countdown")).to_have_text("0:04 left")
    await anna.on_screen("code").fill("question")
    item = await anna.on_screen("conversation").get_attribute("data-item")

    await expect(anna.on_screen("item")).to_have_count(0)

    answer = await anna.context.request.get(f"{anna.url}/v1/items/{item}")
    assert (await answer.json())["classification"]["code"] == "question"
    await anna.logs_out()


ALERTS = """
  window.shown = []; window.tones = 0; let hidden = false;
  Object.defineProperty(document, "hidden", { get: () => hidden });
  window.look = (away) => { hidden = away; document.dispatchEvent(new Event("visibilitychange")); };
  window.Notification = class {
    static permission = "default";
    static async requestPermission() { return (this.permission = "granted"); }
    constructor(title, more) { shown.push([title, more.body]); this.tag = more.tag; window.last = this; }
    close() {}
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { tones += 1; start.call(this, at); };
"""
"""Notifications and tones are counted; `look(true)` puts the page out of sight."""


@pytest.mark.slow
async def test_out_of_sight_the_agent_is_told_of_what_comes_and_not_what_was_said(
    anna: Agent, visitors: list[Visitor]
) -> None:
    first, _ = visitors
    await anna.page.add_init_script(ALERTS)
    await anna.logs_in("anna")
    await anna.gets_ready()

    # nobody who did not ask for it is told
    await expect(anna.on_screen("alerts")).to_have_attribute("aria-pressed", "false")
    await anna.page.evaluate("look(true)")
    await first.enters()
    await first.opens_chat()
    await first.says("my secret")
    await expect(anna.page).to_have_title("(1) Parley desk")
    assert await anna.page.evaluate("[shown, tones]") == [[], 0]

    # R16: what came out of sight is unread until it is looked at
    await anna.page.evaluate("look(false)")
    await expect(anna.page).to_have_title("Parley desk")

    # who asked is told once of each message while away, without a word of it, and not while looking
    await anna.on_screen("alerts").click()
    await expect(anna.on_screen("alerts")).to_have_attribute("aria-pressed", "true")
    await first.says("seen at once")
    await anna.sees(["my secret", "seen at once"])
    await anna.page.evaluate("look(true)")
    await first.says("another secret")
    await expect(anna.page).to_have_title("(1) Parley desk")
    assert await anna.page.evaluate("[shown, tones]") == [[["Parley desk", "New message: Support"]], 2]

    # the notification leads to the chat; and what the agent wanted holds on the next day
    await anna.page.evaluate("look(false); last.onclick()")
    await expect(anna.page).to_have_title("Parley desk")
    await anna.on_screen("alerts").click()
    await expect(anna.on_screen("alerts")).to_have_attribute("aria-pressed", "false")
    await first.ends()
    await anna.does("complete")
    await anna.logs_out()


async def test_R31_who_has_no_desk_is_told_so(anna: Agent) -> None:
    await anna.page.goto(f"{anna.url}/desk")
    for user, password, told in (
        ("anna", "wrong", "Company, user or password is wrong."),
        ("otto", "demo", "This user has no desk. Log in as an agent."),
    ):
        await anna.on_screen("login-tenant").fill("demo")
        await anna.on_screen("login-user").fill(user)
        await anna.on_screen("login-password").fill(password)
        await anna.on_screen("login-submit").click()
        await expect(anna.page.get_by_text(told)).to_be_visible()

    # and again when the page is opened with that login
    await anna.page.reload()
    await expect(anna.on_screen("login")).to_be_visible()
    await expect(anna.on_screen("notices")).to_contain_text("This user has no desk.")


async def test_before_the_login_there_is_nothing_to_complain_about(anna: Agent) -> None:
    await anna.page.goto(f"{anna.url}/desk")
    await expect(anna.on_screen("login")).to_be_visible()
    await anna.page.wait_for_timeout(500)
    await expect(anna.on_screen("notices")).to_be_empty()
    assert anna.wrong == []
