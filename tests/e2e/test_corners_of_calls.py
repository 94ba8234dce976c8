"""R15, R30: what real telephone systems say late, twice or of a desk that is gone; over HTTP, sockets and the CRM's record."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from protocol import Agent, RefusedByServer, Visitor, call, log_in

from .conftest import Product
from .people import Admin, at_desk, telephone


async def refusal(awaitable: Any) -> str:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable
    return str(refused.value.code)


async def record(url: str, item: str, **wanted: Any) -> dict[str, Any]:
    """The CRM's record once it stands like this."""
    sam = (await log_in(url, "sam"))["token"]
    async with asyncio.timeout(20):
        while True:
            with suppress(RefusedByServer):  # not there yet
                shown = await call(url, "GET", f"/v1/interactions/{item}", sam)
                if all(shown.get(name) == value for name, value in wanted.items()):
                    return dict(shown)
            await asyncio.sleep(0.1)


async def test_R15_what_belongs_to_an_earlier_assignment_changes_nothing(product: Product) -> None:
    """The switch rings as long as the queue says, so its `no_answer` comes when somebody else is rung already."""
    ada = await Admin.log_in(product.url)
    async with (
        telephone(product.url) as pbx,
        at_desk(product.url, "anna") as anna,
        at_desk(product.url, "ben") as ben,
        ada.changed("queues/support", ring_s=1),
    ):
        await anna.ask("ready")
        await asyncio.sleep(0.05)
        await ben.ask("ready")
        phone = await pbx.place()
        first = await pbx.frame("assigned", item=phone)
        second = await pbx.frame("assigned", item=phone, assignment=2)
        assert (first["assignment"], first["agent"], second["agent"]) == (1, "anna", "ben")
        assert (await ben.owns(phone))["assignment"] == 2
        assert await refusal(pbx.say(phone, "no_answer", 1)) == "wrong_state"
        assert await refusal(pbx.say(phone, "answered", 1)) == "wrong_state"
        assert (ben.view["agent"]["state"], (await pbx.look(phone))["answered"]) == ("ready", False)
        assert (await pbx.say(phone, "answered", 2))["answered"] is True
        assert (await pbx.say(phone, "ended", 2))["stage"] == "closed"


async def test_R15_R25_an_answered_call_whose_desk_is_lost_is_nobody_elses_and_handled(product: Product) -> None:
    ada = await Admin.log_in(product.url)
    async with (
        ada.changed("settings", agent_grace_s=1),
        telephone(product.url) as pbx,
        at_desk(product.url, "ben") as ben,
    ):
        anna = await Agent(product.url, (await log_in(product.url, "anna"))["token"]).connect()
        await anna.ask("ready")
        phone = await pbx.place()
        await pbx.frame("assigned", item=phone, agent="anna")
        await pbx.say(phone, "answered")
        await anna.close()
        await ben.ask("ready")
        await asyncio.sleep(1.5)
        shown = await pbx.look(phone)
        assert (shown["owner"], shown["answered"]) == ("anna", True)
        assert pbx.told(phone) == [("assigned", "anna")]
        await pbx.say(phone, "ended")
        facts = await record(product.url, phone, outcome="handled", agent="anna")
        assert "desk_lost_at" in facts
        assert [one["agent"] for one in facts["participants"]] == ["anna"]


async def test_R17_R25_a_call_that_only_rang_was_handled_by_nobody(product: Product) -> None:
    async with telephone(product.url) as pbx, at_desk(product.url, "ben") as ben:
        await ben.ask("ready")
        phone = await pbx.place()
        await pbx.frame("assigned", item=phone, agent="ben")
        await asyncio.sleep(0.3)
        assert await refusal(ben.ask("end", item=phone)) == "wrong_state"
        await pbx.say(phone, "ended")
        facts = await record(product.url, phone, outcome="abandoned")
        assert (facts["handle_ms"], facts["participants"]) == (0, [])
        assert facts["wait_ms"] >= 300
        assert "agent" not in facts


async def test_R30_the_same_call_again_is_the_same_whatever_has_become_of_it(product: Product) -> None:
    async with telephone(product.url) as pbx, at_desk(product.url, "anna") as anna:
        await anna.ask("ready")
        fields = {"item": f"again-{uuid4().hex[:8]}", "from": "+49 30 5550100", "subject": "A cup"}
        phone = await pbx.place(**fields)
        await pbx.frame("assigned", item=phone, agent="anna")
        await pbx.say(phone, "answered")
        await anna.ask("transfer", item=phone, queue="sales")
        assert await pbx.place(**fields) == phone, "though it is in another queue now"
        assert await refusal(pbx.place(**{**fields, "from": "+49 30 5550199"})) == "conflict"
        await pbx.say(phone, "ended")
        assert await pbx.place(**fields) == phone
        assert (await pbx.look(phone))["stage"] == "closed"
        assert await refusal(pbx.place(**{**fields, "subject": "Another"})) == "conflict"


async def test_R23_who_may_not_see_a_chat_any_more_hears_no_more_of_it(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna, at_desk(product.url, "ben") as ben, Visitor(product.url) as kim:
        await kim.start(text="hello")
        await ben.ask("pick", item=kim.chat)
        await ben.ask("open", item=kim.chat)
        await ben.ask("transfer", item=kim.chat, queue="sales")
        await anna.ask("pick", item=kim.chat)
        heard = len(ben.frames)
        await kim.say("something that is not for ben")
        await anna.ask("note", item=kim.chat, text="nor is this")
        await anna.frame("chat", kind="note")
        await asyncio.sleep(0.3)
        later = [frame for frame in ben.frames[heard:] if frame.get("item") == kim.chat and frame["type"] == "chat"]
        assert [frame for frame in later if frame["kind"] in ("message", "note")] == []
        assert await refusal(ben.ask("open", item=kim.chat)) == "forbidden"
        await anna.ask("end", item=kim.chat)


async def test_R5_R23_an_agent_who_is_taken_out_of_a_queue_hears_no_more_of_its_chats(product: Product) -> None:
    ada = await Admin.log_in(product.url)
    async with (
        at_desk(product.url, "anna") as anna,
        at_desk(product.url, "ben") as ben,
        Visitor(product.url) as kim,
    ):
        await kim.start(text="hello")
        await anna.ask("pick", item=kim.chat)
        await ben.ask("open", item=kim.chat)
        await kim.say("for whom it may concern")
        await ben.frame("chat", kind="message", text="for whom it may concern")
        async with ada.changed("queues/support", agents=["anna"]):
            heard = len(ben.frames)
            await kim.say("for anna alone")
            await anna.frame("chat", kind="message", text="for anna alone")
            await asyncio.sleep(0.3)
            assert [f for f in ben.frames[heard:] if f.get("text") == "for anna alone"] == []
        await anna.ask("end", item=kim.chat)
