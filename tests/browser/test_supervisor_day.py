"""R36: a supervisor's work in a real browser, against the real product, with an agent's desk beside it: each within a few acts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect
from protocol import Visitor, call, log_in

from .people import Agent, Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]


class Supervisor(Person):
    """Sam, at the page of the floor."""

    def on_screen(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    async def logs_in(self) -> None:
        await self.page.goto(f"{self.url}/supervisor")
        for name, value in (("tenant", "demo"), ("user", "sam"), ("password", "demo")):
            await self.on_screen(f"login-{name}").fill(value)
        await self.on_screen("login-submit").click()
        await expect(self.on_screen("queues")).to_be_visible()

    def queue(self, name: str) -> Locator:
        return self.page.locator(f'tr[data-queue="{name}"]')

    def agent(self, name: str) -> Locator:
        return self.page.locator(f'tr[data-agent="{name}"]')

    def item(self, item: str) -> Locator:
        return self.page.locator(f'[data-testid="item"][data-item="{item}"]')

    async def opens(self, row: Locator) -> None:
        await row.get_by_role("button").first.click()

    async def does(self, button: Locator, **fields: str) -> None:
        """An act by its form."""
        await button.click()
        form = self.on_screen("act-form")
        for name, value in fields.items():
            field = form.get_by_test_id(f"act-{name}")
            await (field.fill(value) if name in ("why", "reason") else field.select_option(value))
        await form.get_by_test_id("act-submit").click()
        await expect(form).to_have_count(0)


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    await anna.logs_in("anna")
    yield anna
    if await anna.on_screen("availability").count():
        await anna.logs_out()
    await anna.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def sam(browser: Browser, parley_url: str) -> AsyncIterator[Supervisor]:
    sam = await Supervisor.arrives(browser, parley_url, [])
    await sam.logs_in()
    yield sam
    await sam.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(parley_url: str) -> AsyncIterator[Visitor]:
    async with Visitor(parley_url) as visitor:
        await visitor.start(text="Where is my order?", name="Kim")
        yield visitor
        await visitor.ask("end")


async def test_R36_a_chat_is_watched_its_agent_is_told_something_and_it_is_taken_over(
    anna: Agent, sam: Supervisor, visitor: Visitor
) -> None:
    await anna.gets_ready()
    await expect(anna.on_screen("composer")).to_be_visible()
    await sam.opens(sam.agent("anna"))
    await sam.does(sam.item(visitor.chat).get_by_test_id("watch"), why="She is new.")
    await expect(sam.on_screen("watching").get_by_test_id("text").first).to_have_text("Where is my order?")
    await expect(anna.on_screen("notices")).to_contain_text("Sam reads along: Kim. She is new.")

    await anna.answers("I will have a look.")
    await expect(sam.on_screen("watching").get_by_test_id("text").nth(1)).to_have_text("I will have a look.")
    await sam.on_screen("whisper-text").fill("Offer a voucher.")
    await sam.on_screen("whisper-send").click()
    await expect(anna.on_screen("note").get_by_test_id("text")).to_have_text("Offer a voucher.")
    assert visitor.said()[-1] == ("agent", "I will have a look.")

    # the connection is gone for a moment: what is watched goes on, and nobody is told twice
    await sam.context.set_offline(True)
    await expect(sam.on_screen("connection")).to_be_visible()
    await sam.context.set_offline(False)
    await visitor.say("Are you there?")
    await expect(sam.on_screen("watching").get_by_test_id("text").last).to_have_text("Are you there?")
    await expect(anna.on_screen("notices").locator(".notice", has_text="reads along")).to_have_count(1)

    await sam.on_screen("watch-take-over").click()
    await sam.on_screen("act-form").get_by_test_id("act-submit").click()
    await expect(anna.on_screen("notices")).to_contain_text("Sam has taken over: Kim.")
    await expect(anna.on_screen("inbox").get_by_test_id("item")).to_have_count(0)
    await expect(sam.on_screen("doing").first).to_contain_text("Sam")
    assert sam.wrong == []
    assert anna.wrong == []


async def test_R36_help_is_asked_for_at_the_desk_and_answered(anna: Agent, sam: Supervisor, visitor: Visitor) -> None:
    await anna.gets_ready()
    await anna.on_screen("help-text").fill("May I give a refund?")
    await anna.on_screen("ask-help").click()
    await expect(sam.on_screen("help-call")).to_contain_text("May I give a refund?")
    await expect(anna.on_screen("help-asked")).to_be_visible()
    await sam.on_screen("help-open").click()
    await expect(sam.on_screen("watching").get_by_test_id("text").first).to_have_text("Where is my order?")
    await expect(sam.on_screen("help-call")).to_have_count(0)
    await expect(anna.on_screen("help-asked")).to_have_count(0)


async def test_R36_three_items_are_moved_together_and_an_agent_is_logged_out(
    anna: Agent, sam: Supervisor, parley_url: str
) -> None:
    token = (await log_in(parley_url, "pbx"))["token"]
    tasks = []
    for number in range(3):
        new: dict[str, Any] = {"kind": "task", "queue": "sales", "subject": f"Task {number}"}
        made = await call(parley_url, "POST", "/v1/items", token, json=new)
        tasks.append(made["item"])
    await sam.opens(sam.queue("sales"))
    for task in tasks:
        await sam.item(task).get_by_test_id("tick").check()
    await sam.does(sam.on_screen("move-ticked"), queue="support")
    await expect(sam.queue("sales").get_by_test_id("waiting-task")).to_have_text("0")
    await expect(sam.queue("support").get_by_test_id("waiting-task")).to_have_text("3")

    await sam.opens(sam.agent("anna"))
    await sam.does(sam.on_screen("agent-logout"), why="She went home.")
    await expect(anna.on_screen("login")).to_be_visible()
    await expect(sam.agent("anna")).to_have_count(0)
    for task in tasks:
        await call(parley_url, "POST", f"/v1/items/{task}/ended", token, json={})


async def test_R36_an_agent_gets_no_floor_and_a_supervisors_desk_shows_the_queues_that_they_serve(
    anna: Agent, browser: Browser, parley_url: str
) -> None:
    await anna.page.goto(f"{parley_url}/supervisor")
    await expect(anna.on_screen("login")).to_contain_text("supervisors")
    await expect(anna.on_screen("queues")).to_have_count(0)
    desk = await Agent.arrives(browser, parley_url, [])
    await desk.logs_in("sam")
    await expect(desk.on_screen("queue")).to_have_count(0)
    await desk.logs_out()
    await desk.leaves()
    await anna.page.goto(f"{parley_url}/desk")
    await expect(anna.on_screen("availability")).to_be_visible()
