"""The rules as visitors and agents live them, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from parley_contracts.instant import from_rfc3339
from protocol import Agent, RefusedByServer, Visitor, call, interaction, log_in

from .conftest import Product


async def configure(product: Product, queue: str, **settings: Any) -> None:
    """An administrator changes a queue."""
    admin = (await log_in(product.url, "ada"))["token"]
    old = await call(product.url, "GET", f"/v1/admin/queues/{queue}", admin)
    await call(product.url, "PUT", f"/v1/admin/queues/{queue}", admin, json={**old, **settings})


async def configure_tenant(product: Product, **settings: Any) -> None:
    """An administrator changes the tenant's settings."""
    admin = (await log_in(product.url, "ada"))["token"]
    old = await call(product.url, "GET", "/v1/admin/settings", admin)
    await call(product.url, "PUT", "/v1/admin/settings", admin, json={**old, **settings})


@asynccontextmanager
async def chatting(product: Product, token: str = "demo-sales", text: str = "hello") -> AsyncIterator[Visitor]:
    """A visitor with a chat that waits."""
    async with Visitor(product.url) as visitor:
        await visitor.start(token=token, text=text)
        yield visitor


@pytest.fixture
async def anna(product: Product) -> AsyncIterator[Agent]:
    """Anna at her desk, with an empty inbox; afterwards she logs out and everything left is ended."""
    agent = await Agent.log_in(product.url, "anna")
    yield agent
    if agent.closed is None:
        for item in list(agent.inbox.values()):
            if item["stage"] == "conversation":
                await agent.ask("end", item=item["item"])
        await agent.ask("logout")


async def test_R4_chats_wait_in_the_order_of_their_coming(product: Product, anna: Agent) -> None:
    async with chatting(product) as first, chatting(product) as second, chatting(product) as third:
        chats = [first.chat, second.chat, third.chat]
        await anna.until(lambda: len(anna.waiting) == 3)
        assert anna.waiting == chats
        assert (await third.frame("position", position=3))["estimated_wait_s"] > 0
        await first.ask("end")
        await third.frame("position", position=2)
        await second.ask("end")
        await third.ask("end")


async def test_R6_many_agents_pick_and_exactly_one_gets_it(product: Product) -> None:
    connections = [await Agent.log_in(product.url, name) for name in ("anna", "ben") for _ in range(10)]
    await configure(product, "sales", agents=["anna", "ben"])
    async with chatting(product) as visitor:
        results = await asyncio.gather(
            *(agent.ask("pick", item=visitor.chat) for agent in connections), return_exceptions=True
        )
        owner = (await connections[0].until(lambda: next((e for e in visitor.events if e["kind"] == "joined"), None)))[
            "name"
        ]
        won = [agent for agent, result in zip(connections, results, strict=True) if isinstance(result, dict)]
        lost = [result for result in results if isinstance(result, RefusedByServer)]
        assert len(won) == len(lost) == 10, "all connections of one agent, none of the other"
        assert {(refused.code, refused.frame["name"]) for refused in lost} == {("already_taken", owner)}
        assert len([event for event in visitor.events if event["kind"] == "joined"]) == 1
        await won[0].ask("end", item=visitor.chat)
        await won[0].ask("complete", item=visitor.chat)
    for name in ("anna", "ben"):
        await next(agent for agent in connections if agent.view["agent"]["id"] == name).ask("logout")  # type: ignore[index]


async def test_R6_picking_one_more_than_the_limit_parks_the_one_left_untouched_longest(
    product: Product, anna: Agent
) -> None:
    await configure(product, "sales", chats_per_agent=2)
    async with chatting(product) as first, chatting(product) as second, chatting(product) as third:
        await anna.ask("pick", item=first.chat)
        await anna.ask("pick", item=second.chat)
        await anna.ask("message", item=first.chat, text="so the second is the one left untouched")
        await anna.owns(first.chat)
        await anna.ask("pick", item=third.chat)
        await second.frame("event", kind="paused", reason="parked")
        assert (await anna.owns(second.chat, activity="parked"))["handle"]["running_since"] is None
        await anna.owns(first.chat, activity="active")
        await anna.ask("resume", item=second.chat)
        await first.frame("event", kind="paused")
        active = [item for item in anna.inbox.values() if item["activity"] == "active"]
        assert {item["item"] for item in active} == {second.chat, third.chat}
    await configure(product, "sales", chats_per_agent=1)


async def test_R7_a_push_queue_gives_the_first_chat_to_whoever_is_ready(product: Product, anna: Agent) -> None:
    async with chatting(product, "demo") as first, chatting(product, "demo") as second:
        await anna.ask("ready")
        await anna.owns(first.chat, activity="active")
        assert second.chat in anna.waiting, "one at a time is the default"
        await anna.ask("park", item=first.chat)
        await anna.owns(second.chat, activity="active")
        await anna.ask("not_ready", reason="break")
        assert anna.view is not None
        assert anna.view["agent"] == {"id": "anna", "name": "Anna", "state": "not_ready", "reason": "break"}


async def test_R16_a_parked_chat_gathers_unread_messages_and_stands_still(product: Product, anna: Agent) -> None:
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        parked = (await anna.ask("park", item=visitor.chat))["item"]
        assert parked["handle"]["running_since"] is None
        for number in (1, 2):
            await visitor.say(f"{number}")
        item = await anna.owns(visitor.chat, unread=2)
        assert item["handle"] == parked["handle"]
        with pytest.raises(RefusedByServer, match="wrong_state"):
            await anna.ask("message", item=visitor.chat, text="too early")
        resumed = (await anna.ask("resume", item=visitor.chat))["item"]
        assert (resumed["unread"], resumed["handle"]["ms"]) == (0, parked["handle"]["ms"])
        await visitor.frame("event", kind="resumed")
        await anna.ask("message", item=visitor.chat, text="here again")


async def test_R18_a_wrap_up_completes_by_itself_at_its_limit(product: Product, anna: Agent) -> None:
    await configure(product, "sales", wrap_up={"on": True, "limit_s": 1, "extension_s": 1, "extensions": 1})
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        item = (await anna.ask("end", item=visitor.chat))["item"]
        assert (item["stage"], item["wrap_up"]["limit_ms"], item["wrap_up"]["extensions_left"]) == ("wrap_up", 1_000, 1)
        item = (await anna.ask("extend", item=visitor.chat))["item"]
        assert (item["wrap_up"]["limit_ms"], item["wrap_up"]["extensions_left"]) == (2_000, 0)
        with pytest.raises(RefusedByServer, match="wrong_state"):
            await anna.ask("extend", item=visitor.chat)
        await anna.lost(visitor.chat)
        token = (await log_in(product.url, "anna"))["token"]
        assert (await interaction(product.url, visitor.chat, token))["wrap_up_ms"] == 2_000
    await configure(product, "sales", wrap_up={"on": True, "limit_s": 60, "extension_s": 60, "extensions": 3})


async def test_R19_the_visitor_ends_a_parked_chat_and_a_waiting_one(product: Product, anna: Agent) -> None:
    token = (await log_in(product.url, "anna"))["token"]
    async with chatting(product) as visitor, chatting(product) as waiting:
        await anna.ask("pick", item=visitor.chat)
        await anna.ask("park", item=visitor.chat)
        await visitor.ask("end")
        item = await anna.owns(visitor.chat, stage="wrap_up", activity="parked")
        assert item["wrap_up"]["running_since"] is None
        await anna.ask("resume", item=visitor.chat)
        await anna.ask("complete", item=visitor.chat)
        await waiting.ask("end")
        record = await interaction(product.url, waiting.chat, token)
        assert (record["outcome"], record["handle_ms"], record["ended_by"]) == ("abandoned", 0, "visitor")


async def test_R20_log_out_gives_everything_back_at_its_place(product: Product, anna: Agent) -> None:
    token = (await log_in(product.url, "anna"))["token"]
    async with chatting(product) as first, chatting(product) as second, chatting(product) as ended:
        await anna.ask("pick", item=ended.chat)
        await ended.ask("end")
        await anna.owns(ended.chat, stage="wrap_up")
        await anna.ask("pick", item=first.chat)
        await anna.ask("park", item=first.chat)
        spent = anna.inbox[first.chat]["handle"]["ms"]
        await anna.ask("logout")
        await first.frame("event", kind="requeued")
        assert anna.waiting[:2] == [first.chat, second.chat]
        record = await interaction(product.url, ended.chat, token)
        assert (record["outcome"], record.get("classification")) == ("handled", None)
        again = await Agent.log_in(product.url, "anna")
        await again.ask("pick", item=first.chat)
        assert (await again.owns(first.chat))["handle"]["ms"] == spent, "the timer keeps what was spent"
        for chat in (first, second):
            await chat.ask("end")
        await again.ask("logout")


async def test_R21_a_lost_connection_comes_back_to_the_same_inbox(product: Product, anna: Agent) -> None:
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        anna.cut()
        await visitor.say("are you there?")
        again = await Agent.log_in(product.url, "anna")
        assert again.inbox[visitor.chat]["activity"] == "active"
        events = (await again.ask("open", item=visitor.chat, after=0))["events"]
        assert [event["text"] for event in events if event["kind"] == "message"] == ["hello", "are you there?"]
        await again.ask("message", item=visitor.chat, text="here I am")
        await visitor.frame("event", text="here I am")
        await again.ask("end", item=visitor.chat)
        await again.ask("logout")


async def test_R21_after_the_grace_period_the_system_logs_out(product: Product) -> None:
    await configure_tenant(product, agent_grace_s=1)
    anna = await Agent.log_in(product.url, "anna")
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        anna.cut()
        await visitor.frame("event", kind="requeued")
        await visitor.ask("end")
    await configure_tenant(product, agent_grace_s=60)


async def test_R22_a_visitor_who_comes_back_is_in_the_same_chat(product: Product, anna: Agent) -> None:
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        visitor.cut()
        ack = await anna.ask("message", item=visitor.chat, text="still there?")
        await anna.until(lambda: any(entry["kind"] == "visitor_lost" for entry in anna.chat(visitor.chat)))
        async with Visitor(product.url) as tab:
            tab.chat, tab.secret = visitor.chat, visitor.secret
            answer = await tab.resume(after=0)
            assert (answer["stage"], answer["seq"]) == ("conversation", ack["seq"])
            await tab.frame("event", seq=ack["seq"])
            assert [event["seq"] for event in tab.events] == list(range(1, ack["seq"] + 1))
            await tab.say("yes")
            await anna.until(lambda: any(entry.get("text") == "yes" for entry in anna.chat(visitor.chat)))
            async with Visitor(product.url) as other:
                other.chat, other.secret = visitor.chat, visitor.secret
                await other.resume(after=ack["seq"])
                await other.frame("event", text="yes")
                assert len(other.events) == 1
                await tab.say("both see this")
                await other.frame("event", text="both see this")
                await tab.frame("event", text="both see this")
            await tab.ask("end")


async def test_R22_after_the_absence_limit_the_chat_ends(product: Product, anna: Agent) -> None:
    await configure_tenant(product, visitor_absence_s=1)
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        visitor.cut()
        await anna.owns(visitor.chat, stage="wrap_up")
        await anna.ask("complete", item=visitor.chat)
        token = (await log_in(product.url, "anna"))["token"]
        record = await interaction(product.url, visitor.chat, token)
        assert (record["outcome"], record["ended_by"]) == ("visitor_left", "absence")
    await configure_tenant(product, visitor_absence_s=300)


async def test_typing_and_read_marks_are_passed_on_and_never_stored(product: Product, anna: Agent) -> None:
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        await visitor.frame("event", kind="joined")
        await visitor.send("typing", on=True)
        assert (await anna.frame("typing", item=visitor.chat))["from"] == "visitor"
        await anna.send("typing", item=visitor.chat, on=True)
        assert (await visitor.frame("typing"))["on"] is True
        await anna.send("read", item=visitor.chat, seq=1)
        assert (await visitor.frame("read"))["seq"] == 1
        events = (await anna.ask("open", item=visitor.chat))["events"]
        assert {event["kind"] for event in events} == {"requested", "message", "joined"}


async def test_R17_an_items_timers_are_told_over_http_too(product: Product, anna: Agent) -> None:
    async with chatting(product) as visitor:
        await anna.ask("pick", item=visitor.chat)
        item = await call(product.url, "GET", f"/v1/items/{visitor.chat}", (await log_in(product.url, "pbx"))["token"])
        assert (item["owner"], item["activity"], item["stage"]) == ("anna", "active", "conversation")
        assert from_rfc3339(item["handle"]["running_since"]) >= from_rfc3339(item["waiting_since"])


async def test_a_missed_event_is_sent_again_on_resync(product: Product, anna: Agent) -> None:
    assert anna.view is not None
    version = anna.view["version"]
    async with chatting(product) as visitor:
        await anna.until(lambda: visitor.chat in anna.waiting)
        seen = [frame for frame in anna.frames if frame["type"] == "event"]
        again = Agent(product.url, "")
        again.__dict__.update(anna.__dict__ | {"view": None, "frames": []})
        anna.frames.clear()
        anna.view = None
        await anna.ask("resync", after=version)
        await anna.until(lambda: len([f for f in anna.frames if f["type"] == "event"]) >= len(seen))
        assert [frame for frame in anna.frames if frame["type"] == "event"][: len(seen)] == seen
        anna.frames.clear()
        await anna.ask("resync", after=10**9)
        await anna.frame("snapshot")
        assert visitor.chat in anna.waiting
        await visitor.ask("end")
