"""R10, R12, R17, R35: half an answer at the desk: a call comes, another window, another agent, and it is there to the letter."""

from __future__ import annotations

import asyncio
from typing import Any

import protocol
import pytest
from e2e.people import telephone
from parley_contracts.instant import from_rfc3339
from playwright.async_api import Browser, expect

from .people import Agent
from .test_desk_letters import leave, picks

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["found"], indirect=True, scope="module"),
]

HALF = "Dear Jonas,\n\n  a new cup – “blue” – is on its way <b>today</b>; it"
WRITER = "jonas.becker@example.net"
STARTS, STOPS = {"ItemAssigned", "ItemResumed"}, {"ItemParked", "WrapUpStarted"}


async def kept(url: str, user: str, item: str, text: str | None) -> None:
    """Until the server has this draft, as its owner is shown it."""
    token = (await protocol.log_in(url, user))["token"]
    async with asyncio.timeout(protocol.PATIENCE_S):
        while (await protocol.call(url, "GET", f"/v1/interactions/{item}", token)).get("draft", {}).get("text") != text:
            await asyncio.sleep(0.1)


async def events_of(url: str, item: str) -> list[dict[str, Any]]:
    """Its events in the logs, once it is closed there."""
    token = (await protocol.log_in(url, "otto"))["token"]
    async with asyncio.timeout(protocol.PATIENCE_S):
        while True:
            found = await protocol.call(url, "GET", f"/v1/ops/events?chat={item}&limit=500", token)
            if any(event["type"] == "ItemClosed" for event in found["events"]):
                return list(found["events"])
            await asyncio.sleep(0.1)


def worked_ms(events: list[dict[str, Any]]) -> int:
    """The sum of the intervals in which it was active."""
    spent, since = 0, None
    for event in events:
        if event["type"] in STARTS:
            since = from_rfc3339(event["at"])
        elif event["type"] in STOPS and since is not None:
            spent, since = spent + from_rfc3339(event["at"]) - since, None
    return spent


async def done(agent: Agent) -> None:
    await agent.does("end")
    await agent.does("complete")
    await expect(agent.on_screen("item")).to_have_count(0)
    await agent.logs_out()
    await agent.leaves()
    assert agent.wrong == []


async def test_R10_R12_R13_R17_a_call_leaves_half_an_answer_and_its_clock_exact(
    browser: Browser, parley_url: str
) -> None:
    item = await leave(parley_url, "My cup arrived broken.", WRITER)
    anna = await Agent.arrives(browser, parley_url, [])
    await anna.logs_in("anna")
    await picks(anna, item)
    await anna.gets_ready()
    await anna.on_screen("answer-text").press_sequentially(HALF[:20])
    await anna.on_screen("answer-text").fill(HALF)
    async with telephone(parley_url) as pbx:
        call = await pbx.place("support", **{"from": "+49 30 5550123"})
        await expect(anna.on_screen("call-banner")).to_be_visible()
        await kept(parley_url, "anna", item, HALF)
        await pbx.say(call, "answered")
        await pbx.say(call, "ended")
        await expect(anna.on_screen("conversation")).to_have_attribute("data-item", item)
        await expect(anna.on_screen("answer-text")).to_have_value(HALF)
        await anna.stops()
        await done(anna)
    events = await events_of(parley_url, item)
    sam = (await protocol.log_in(parley_url, "sam"))["token"]
    record = await protocol.interaction(parley_url, item, sam)
    assert [event["type"] for event in events if event["type"] in STARTS | STOPS] == [
        *("ItemAssigned", "ItemParked", "ItemResumed", "WrapUpStarted")
    ]
    assert record["handle_ms"] == worked_ms(events) > 0


async def test_R35_what_one_has_begun_the_next_agent_finds(browser: Browser, parley_url: str) -> None:
    anna = await Agent.arrives(browser, parley_url, [])
    await anna.logs_in("anna")
    await anna.gets_ready()
    async with telephone(parley_url) as source:
        item = await source.place("support", "email", subject="Cup", text="It broke.", **{"from": WRITER})
        await expect(anna.on_screen("conversation")).to_have_attribute("data-item", item)
        await anna.on_screen("answer-text").fill(HALF)
        await kept(parley_url, "anna", item, HALF)
        await anna.logs_out()
        ben = await Agent.arrives(browser, parley_url, [])
        await ben.logs_in("ben")
        await ben.gets_ready()
        await expect(ben.on_screen("conversation")).to_have_attribute("data-item", item)
        await expect(ben.on_screen("answer-text")).to_have_value(HALF)
        await expect(ben.on_screen("begun-by")).to_contain_text("Begun by Anna")
        await ben.stops()

        # in a second window, too; what is written last is kept, and the other is told
        second = await ben.context.new_page()
        await second.goto(f"{parley_url}/desk")
        await expect(second.get_by_test_id("answer-text")).to_have_value(HALF)
        await second.get_by_test_id("answer-text").fill("Dear Jonas, sorry.")
        await second.get_by_test_id("answer-text").blur()
        await expect(ben.on_screen("answer-text")).to_have_value("Dear Jonas, sorry.")
        await expect(ben.on_screen("notices")).to_contain_text("another window")
        await kept(parley_url, "ben", item, "Dear Jonas, sorry.")
        await second.close()

        # what is deleted is no draft
        await ben.on_screen("answer-text").fill("")
        await ben.on_screen("answer-text").blur()
        await kept(parley_url, "ben", item, None)
        await done(ben)
    await anna.leaves()
    assert anna.wrong == []


async def test_R35_a_chats_answer_is_begun_in_one_browser_and_ended_in_another(
    browser: Browser, parley_url: str
) -> None:
    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(token="demo-sales", text="hello")
        first = await Agent.arrives(browser, parley_url, [])
        await first.logs_in("anna")
        await picks(first, visitor.chat)
        await first.on_screen("composer").fill("Hello, how")
        await kept(parley_url, "anna", visitor.chat, "Hello, how")
        second = await Agent.arrives(browser, parley_url, [])
        await second.logs_in("anna")
        await second.page.locator(f"[data-item='{visitor.chat}']").get_by_test_id("item-open").click()
        await expect(second.on_screen("composer")).to_have_value("Hello, how")
        await second.answers("Hello, how can I help?")
        await kept(parley_url, "anna", visitor.chat, None)
        await first.leaves()
        await done(second)
    assert first.wrong == []
