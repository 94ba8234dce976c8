"""The telephone of the demonstration, and what a call does on the desk and in the widget (R9 to R15, R23)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from .people import Agent, Person, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]


class Telephone(Person):
    def on_screen(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    async def logs_in(self, user: str = "pbx") -> None:
        await self.page.goto(f"{self.url}/phone")
        for field, text in (("tenant", "demo"), ("user", user), ("password", "demo")):
            await self.on_screen(f"login-{field}").fill(text)
        await self.on_screen("login-submit").click()

    async def calls(self, number: str, queue: str = "support") -> None:
        await self.on_screen("number").fill(number)
        await self.on_screen("queue").fill(queue)
        await self.on_screen("place").click()

    async def is_told(self, *texts: str) -> None:
        await expect(self.on_screen("call-state")).to_have_text(list(texts))


@pytest_asyncio.fixture(loop_scope="session")
async def wrong() -> list[str]:
    """What went wrong in any browser."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Telephone]:
    phone = await Telephone.arrives(browser, parley_url, wrong)
    yield phone
    await phone.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, wrong)
    yield anna
    await anna.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, wrong)
    yield visitor
    await visitor.leaves()


async def test_R10_R12_R13_an_interruption_is_seen_from_all_three_sides(
    phone: Telephone, anna: Agent, visitor: Visitor, wrong: list[str]
) -> None:
    # given anna in a chat, and nobody else
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("a question about jugs")
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(["a question about jugs"])
    await visitor.is_told("Anna has joined")

    # R10, R12: a call takes her, the chat stands still and says why, and the call is before her
    await phone.logs_in()
    await phone.calls("+49 30 5550107")
    await phone.is_told("Rings at Anna")
    await anna.has_it("Ringing")
    await expect(anna.on_screen("call-banner")).to_contain_text("Call from +49 30 5550107: your telephone rings")
    await expect(anna.on_screen("held-chats")).to_have_text("1 chat is parked and resumes after the call.")
    await expect(anna.on_screen("inbox-interrupted").get_by_test_id("item")).to_have_count(1)
    await expect(anna.on_screen("park")).to_have_count(0)
    await expect(anna.on_screen("transfer")).to_have_count(0)
    await visitor.is_told("Anna is taking a call")
    await phone.on_screen("answer").click()
    await phone.is_told("Anna has answered")
    await anna.has_it("On the telephone")
    await expect(anna.on_screen("park")).to_have_count(0)
    await anna.on_screen("inbox-interrupted").get_by_test_id("item-open").click()
    await expect(anna.on_screen("held")).to_have_text(
        "Interrupted by the call from +49 30 5550107. It is back by itself when the call is over."
    )

    # a telephone that was reloaded finds its call again
    await phone.page.reload()
    await phone.is_told("Anna has answered")

    # R13: the call is over, the chat is back by itself
    await phone.on_screen("hang-up").click()
    await phone.is_told("Over")
    await anna.has_it("Active")
    await expect(anna.on_screen("held")).to_have_count(0)
    await expect(anna.on_screen("call-banner")).to_have_count(0)
    await expect(anna.on_screen("notices")).to_contain_text("The call is over. The chat with Visitor goes on.")
    await visitor.is_told("Anna is back")
    await phone.on_screen("forget").click()
    await expect(phone.on_screen("call")).to_have_count(0)
    await anna.stops()
    await visitor.ends()
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
    assert wrong == []


@pytest.mark.slow
async def test_R14_the_desk_says_what_opens_in_wrap_up_after_the_call(
    phone: Telephone, anna: Agent, visitor: Visitor, wrong: list[str]
) -> None:
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("only a short one")
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(["only a short one"])
    await phone.logs_in()
    await phone.calls("+49 30 5550109")
    await phone.on_screen("answer").click()
    await expect(anna.on_screen("call-banner")).to_contain_text("On the telephone with +49 30 5550109")

    await visitor.ends()

    await expect(anna.on_screen("held-wrap-ups")).to_have_text("1 wrap-up will open after the call.")
    await expect(anna.on_screen("held-chats")).to_have_count(0)
    await anna.on_screen("inbox-wrap-up").get_by_test_id("item-open").click()
    await expect(anna.on_screen("held")).to_contain_text("The wrap-up opens by itself when the call is over.")
    await expect(anna.on_screen("countdown")).to_contain_text("standing still")
    await anna.does("show-call")
    await anna.has_it("On the telephone")
    await anna.stops()
    await phone.on_screen("hang-up").click()
    await expect(anna.on_screen("notices")).to_contain_text("Visitor left meanwhile: the chat is in wrap-up.")
    await anna.has_it("Wrap-up")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
    assert wrong == []


@pytest.mark.slow
async def test_the_telephone_speaks_german_too(phone: Telephone) -> None:
    await phone.logs_in()
    await expect(phone.on_screen("place")).to_have_text("Call")
    await phone.on_screen("language").select_option("de")
    await expect(phone.on_screen("place")).to_have_text("Anrufen")


@pytest.mark.slow
async def test_R15_a_call_waits_is_not_answered_and_waits_again(
    phone: Telephone, anna: Agent, wrong: list[str]
) -> None:
    await phone.logs_in()
    await phone.calls("+49 30 5550108")
    await phone.is_told("Waits in support")
    await anna.logs_in("anna")
    await anna.gets_ready()
    await phone.is_told("Rings at Anna")
    await phone.on_screen("no-answer").click()
    await phone.is_told("Waits in support")
    await expect(anna.on_screen("availability")).to_have_attribute("data-state", "not_ready")
    await expect(anna.on_screen("queues").get_by_test_id("item")).to_have_count(1)
    await phone.on_screen("hang-up").click()
    await phone.is_told("Over")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
    assert wrong == []


@pytest.mark.slow
async def test_R23_a_chat_is_transferred_from_the_desk(anna: Agent, visitor: Visitor, wrong: list[str]) -> None:
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("I want to buy")
    await anna.logs_in("anna")
    await anna.on_screen("pick").click()
    await anna.sees(["I want to buy"])

    await anna.does("transfer")
    await expect(anna.on_screen("transfer-to")).to_be_focused()
    await anna.page.keyboard.press("Escape")
    await expect(anna.on_screen("transfer-form")).to_have_count(0)
    await anna.does("transfer")
    offered = anna.on_screen("transfer-to").locator("option")
    await expect(offered).to_contain_text(["Choose", "Sales – nobody ready, 0 waiting", "Ben – logged out"])
    await expect(offered.nth(2)).to_be_disabled()
    await anna.on_screen("transfer-to").select_option("queue:sales")
    await expect(anna.on_screen("transfer-warning")).to_be_hidden()
    await anna.on_screen("transfer-note").fill("wants the jug")
    await anna.does("transfer-submit")

    await visitor.is_told("You are being passed on")
    await anna.on_screen("queues").get_by_test_id("pick").click()
    await expect(anna.on_screen("handover")).to_contain_text("Passed on by Anna")
    await expect(anna.on_screen("handover")).to_contain_text("wants the jug")
    await expect(anna.on_screen("inbox").get_by_test_id("item")).to_contain_text("wants the jug")
    await expect(anna.on_screen("transferred").get_by_test_id("text")).to_have_text("wants the jug")
    await anna.answers("The jug is here.")
    await expect(anna.on_screen("handover")).to_have_count(0)
    await expect(visitor.page.get_by_text(re.compile("wants the jug"))).to_have_count(0)
    await visitor.ends()
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
    assert wrong == []


async def test_R31_who_is_no_telephone_system_is_told_so(phone: Telephone) -> None:
    await phone.logs_in("anna")
    await expect(phone.page.get_by_role("alert")).to_have_text(
        "This user is no telephone system. Log in as a source, such as pbx."
    )


async def test_R23_where_nobody_would_take_it_the_desk_says_so_and_asks(
    anna: Agent, visitor: Visitor, wrong: list[str], parley_url: str
) -> None:
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("I want to buy")
    async with httpx.AsyncClient(base_url=parley_url, trust_env=False) as ada:
        login = {"tenant": "demo", "user": "ada", "password": "demo"}
        ada.headers["Authorization"] = f"Bearer {(await ada.post('/v1/login', json=login)).json()['token']}"
        before = (await ada.get("/v1/admin/queues/sales")).json()
        shut = {**before, "hours": {"timezone": "UTC", "week": {}}}
        assert (await ada.put("/v1/admin/queues/sales", json=shut)).status_code == 200
        await anna.logs_in("anna")
        await anna.on_screen("pick").click()
        await anna.does("transfer")
        await expect(anna.on_screen("transfer-submit")).to_have_text("Transfer")
        await anna.on_screen("transfer-to").select_option("queue:sales")
        await expect(anna.on_screen("transfer-warning")).to_contain_text("closed now")
        await expect(anna.on_screen("transfer-submit")).to_have_text("Transfer all the same")
        await anna.page.screenshot(path="test-results/transfer-warning.png")
        await anna.does("transfer-submit")
        await visitor.is_told("You are being passed on|Number 1 in the queue")  # its place follows at once
        assert (await ada.put("/v1/admin/queues/sales", json=before)).status_code == 200
    await visitor.ends()
    assert anna.wrong == []
