"""Calls as a telephone system lives them: whom to ring, who answered, and what they interrupt (R9 to R15)."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest
from protocol import Agent, RefusedByServer, Source, Visitor, call, log_in

from .conftest import Product
from .people import Admin, at_desk, telephone


async def refusal(awaitable: object) -> str:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable  # type: ignore[misc]
    return str(refused.value.code)


async def test_R9_R15_a_call_rings_at_who_is_free_and_is_answered_and_ended(product: Product) -> None:
    async with telephone(product.url) as pbx, at_desk(product.url, "ben") as ben:
        phone = await pbx.place(**{"from": "+49 30 0000001", "subject": "A broken cup"})
        assert (await pbx.look(phone))["stage"] == "waiting"
        await ben.ask("ready")
        rings = await pbx.frame("assigned", item=phone)
        assert (rings["agent"], rings["name"], rings["queue"], rings["kind"]) == ("ben", "Ben", "support", "call")
        assert rings["answered"] is False
        shown = await ben.owns(phone, activity="active", answered=False)
        assert (shown["name"], shown["subject"]) == ("+49 30 0000001", "A broken cup")

        assert (await pbx.say(phone, "answered"))["answered"] is True
        await ben.owns(phone, answered=True)
        assert (await pbx.say(phone, "answered"))["answered"] is True, "told twice"
        assert await refusal(pbx.say(phone, "no_answer")) == "wrong_state"

        assert (await pbx.say(phone, "ended"))["stage"] == "closed"
        await ben.lost(phone)
        await pbx.frame("closed", item=phone)
        assert pbx.told(phone) == [("assigned", "ben"), ("closed", None)]


async def test_R10_R12_R13_a_call_interrupts_a_chat_which_is_back_when_it_is_over(product: Product) -> None:
    async with telephone(product.url) as pbx, at_desk(product.url, "ben") as ben, Visitor(product.url) as visitor:
        await ben.ask("ready")
        await visitor.start(text="hello")
        await ben.owns(visitor.chat, activity="active")

        phone = await pbx.place()
        await pbx.frame("assigned", item=phone, agent="ben")
        held = await ben.owns(visitor.chat, activity="interrupted")
        assert (held["interrupted_by"], held["handle"]["running_since"]) == (phone, None)
        await visitor.frame("event", kind="paused", reason="call")

        await pbx.say(phone, "answered")
        await pbx.say(phone, "ended")
        back = await ben.owns(visitor.chat, activity="active")
        assert "interrupted_by" not in back
        await visitor.frame("event", kind="resumed")
        await ben.ask("end", item=visitor.chat)
        await ben.ask("complete", item=visitor.chat)


async def test_R15_a_call_that_is_not_answered_goes_back_and_its_agent_is_not_ready(product: Product) -> None:
    async with telephone(product.url) as pbx, at_desk(product.url, "ben") as ben:
        await ben.ask("ready")
        phone = await pbx.place()
        await pbx.frame("assigned", item=phone)
        assert (await pbx.say(phone, "no_answer"))["stage"] == "waiting"
        gone = await pbx.frame("unassigned", item=phone)
        assert (gone["agent"], gone["why"]) == ("ben", "requeued")
        await ben.until(lambda: ben.view is not None and ben.view["agent"]["state"] == "not_ready")
        assert await refusal(pbx.say(phone, "answered")) == "wrong_state"
        await pbx.say(phone, "ended")
        assert pbx.told(phone) == [("assigned", "ben"), ("unassigned", "ben"), ("closed", None)]


async def test_R15_a_call_that_nobody_answers_in_time_goes_back_by_itself(product: Product) -> None:
    admin = await Admin.log_in(product.url)
    async with (
        admin.changed("queues/support", ring_s=1),
        telephone(product.url) as pbx,
        at_desk(product.url, "ben") as ben,
    ):
        await ben.ask("ready")
        phone = await pbx.place()
        await pbx.frame("unassigned", item=phone, agent="ben")
        await pbx.say(phone, "ended")


async def test_R15_a_telephone_system_that_was_away_is_told_whom_to_ring(product: Product) -> None:
    async with telephone(product.url) as first, at_desk(product.url, "ben") as ben, Visitor(product.url) as visitor:
        await ben.ask("ready")
        waits = await first.place("sales")
        phone = await first.place()
        await first.frame("assigned", item=phone)
        await visitor.start(token="demo-sales", text="chats are none of its affair")
        await first.close()
        async with telephone(product.url) as again:
            rings = await again.frame("assigned")
            assert (rings["item"], rings["agent"], rings["answered"]) == (phone, "ben", False)
            await again.say(phone, "answered")
        async with telephone(product.url) as later:
            assert (await later.frame("assigned"))["answered"] is True
            await later.say(phone, "ended")
            await later.frame("closed", item=phone)
            assert {frame["item"] for frame in later.frames} == {phone}, "what waits rings nowhere"
            await later.say(waits, "ended")
        await visitor.ask("end")


async def test_R18_a_call_in_wrap_up_has_nobody_on_the_line(product: Product) -> None:
    admin = await Admin.log_in(product.url)
    wrap_up = {**(await admin.get("queues/support"))["wrap_up"], "calls": True}
    async with (
        admin.changed("queues/support", wrap_up=wrap_up),
        telephone(product.url) as pbx,
        at_desk(product.url, "ben") as ben,
    ):
        await ben.ask("ready")
        phone = await pbx.place()
        await pbx.frame("assigned", item=phone)
        await pbx.say(phone, "answered")
        assert (await pbx.say(phone, "ended"))["stage"] == "wrap_up"
        assert (await pbx.frame("unassigned", item=phone))["why"] == "wrap_up_started"
        async with telephone(product.url) as again:
            await again.send("ping")
            await again.frame("pong")
            assert again.told(phone) == []
        await ben.ask("complete", item=phone)
        await pbx.frame("closed", item=phone)


async def test_R23_a_chat_is_transferred_to_a_queue_and_to_an_agent_with_a_note(product: Product) -> None:
    async with (
        at_desk(product.url, "anna") as anna,
        at_desk(product.url, "ben") as ben,
        Visitor(product.url) as visitor,
    ):
        await visitor.start(text="hello")
        await ben.ask("pick", item=visitor.chat)
        item = (await ben.ask("transfer", item=visitor.chat, queue="sales", note="wants to buy"))["item"]
        assert (item["queue"], item["stage"]) == ("sales", "waiting")
        await visitor.frame("event", kind="transferred")
        await anna.until(lambda: visitor.chat in anna.waiting)
        await anna.ask("pick", item=visitor.chat)
        notes = [entry for entry in (await anna.ask("open", item=visitor.chat))["events"] if "note" in entry]
        assert [entry["note"] for entry in notes] == ["wants to buy"]

        await anna.ask("transfer", item=visitor.chat, agent="ben")
        await ben.owns(visitor.chat)
        await visitor.frame("event", kind="joined", name="Ben")
        assert not any("wants to buy" in str(event) for event in visitor.events), "a note is internal"
        await ben.ask("end", item=visitor.chat)
        await ben.ask("complete", item=visitor.chat)


async def test_R23_R31_a_transfer_goes_to_exactly_one_who_is_there(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna, Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text="hello")
        await anna.ask("pick", item=visitor.chat)
        for fields, code in (
            ({}, "bad_request"),
            ({"queue": "support", "agent": "ben"}, "bad_request"),
            ({"queue": "support", "note": "x" * 4_001}, "bad_request"),
            ({"queue": "nowhere"}, "not_found"),
            ({"agent": "nobody"}, "not_found"),
            ({"agent": "anna"}, "wrong_state"),
        ):
            assert await refusal(anna.ask("transfer", item=visitor.chat, **fields)) == code
        assert (await anna.owns(visitor.chat))["queue"] == "sales"
        await visitor.ask("end")
        await anna.ask("complete", item=visitor.chat)


async def test_R8_the_position_counts_calls_and_e_mails_ahead(product: Product) -> None:
    async with telephone(product.url) as pbx, Visitor(product.url) as first, Visitor(product.url) as second:
        await first.start(token="demo-sales", text="first")
        await first.frame("position", position=1)
        await second.start(token="demo-sales", text="second")
        await second.frame("position", position=2)
        phone = await pbx.place("sales")
        mail = await pbx.place("sales", kind="email", priority=60)
        assert (await first.frame("position", position=3))["estimated_wait_s"] > 0
        await second.frame("position", position=4)
        async with Visitor(product.url) as tab:
            tab.chat, tab.secret = second.chat, second.secret
            await tab.resume(after=0)
            await tab.frame("position", position=4)
        for item in (phone, mail):
            await pbx.say(item, "ended")
        positions = [frame["position"] for frame in first.frames if frame["type"] == "position"]
        await first.until(lambda: [f["position"] for f in first.frames if f["type"] == "position"][-1] == 1)
        assert positions[0] == 1
        await first.ask("end")
        await second.ask("end")


async def test_R8_a_queue_that_is_full_of_chats_and_calls_takes_e_mails(product: Product) -> None:
    admin = await Admin.log_in(product.url)
    async with (
        admin.changed("queues/sales", max_length=1),
        telephone(product.url) as pbx,
        Visitor(product.url) as visitor,
    ):
        mails = [await pbx.place("sales", kind="email") for _ in range(2)]
        phone = await pbx.place("sales")
        assert await refusal(pbx.place("sales")) == "queue_full"
        with pytest.raises(RefusedByServer) as refused:
            await visitor.start(token="demo-sales", text="hello")
        assert (refused.value.code, refused.value.frame["leave_message"]) == ("queue_full", True)
        await pbx.say(phone, "ended")
        for item in [*mails, await pbx.place("sales", kind="task", text="what to do", skills={"pots": 2})]:
            await pbx.say(item, "ended")
        await visitor.start(token="demo-sales", text="hello")
        await visitor.ask("end")


async def test_what_an_e_mail_says_is_read_over_http(product: Product) -> None:
    async with telephone(product.url) as pbx:
        mail = await pbx.place("sales", kind="email", text="Dear all,\n\nwhere is it?")
        anna = (await log_in(product.url, "anna"))["token"]
        assert (await call(product.url, "GET", f"/v1/items/{mail}", anna))["text"] == "Dear all,\n\nwhere is it?"
        await pbx.say(mail, "ended")


async def test_R31_the_sources_socket_is_for_sources(product: Product) -> None:
    anna = (await log_in(product.url, "anna"))["token"]
    socket = await Source(product.url, anna).connect()
    assert (await socket.frame("error"))["code"] == "forbidden"
    for token in ("", "x"):
        stranger = await Source(product.url, token).connect()
        assert (await stranger.frame("error"))["code"] == "unauthorized"
    async with telephone(product.url) as pbx:
        await pbx.raw('{"type": "pick", "id": "1", "item": "x"}')
        assert (await pbx.frame("error"))["code"] == "bad_frame"
        await pbx.send("ping")
        await pbx.frame("pong")
        assert await refusal(pbx.say("nosuchcall", "answered")) == "not_found"
        mail = await pbx.place(kind="email")
        assert await refusal(pbx.say(mail, "answered")) == "wrong_state"
        await pbx.say(mail, "ended")
    assert await refusal(call(product.url, "POST", "/v1/items/x/answered", anna)) == "forbidden"


async def test_R3_an_agent_hears_of_a_call_as_of_a_chat(product: Product) -> None:
    async with telephone(product.url) as pbx:
        anna: Agent
        async with at_desk(product.url, "anna") as anna:
            phone = await pbx.place("sales")
            await anna.until(lambda: phone in anna.waiting)
            await anna.ask("pick", item=phone)
            await pbx.frame("assigned", item=phone, agent="anna")
            assert await refusal(anna.ask("end", item=phone)) == "wrong_state", "R31: it rings"
            await pbx.say(phone, "answered")
            await anna.ask("end", item=phone)
            await pbx.frame("closed", item=phone)


async def line(product: Product, *arguments: str) -> tuple[int, str]:
    """`parley call …`: its exit status and what it said."""
    command = (sys.executable, "-m", "parley_ops", "call", "--url", product.url, *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.slow
async def test_R12_R13_an_interruption_is_seen_with_nothing_but_the_command_line(product: Product) -> None:
    watching = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "parley_ops", "call", "--url", product.url, "watch", "--json"),
        stdout=asyncio.subprocess.PIPE,
    )

    async def heard() -> Any:
        assert watching.stdout is not None
        async with asyncio.timeout(30):
            return json.loads(await watching.stdout.readline())

    async with at_desk(product.url, "ben") as ben, Visitor(product.url) as visitor:
        await ben.ask("ready")
        await visitor.start(text="hello")
        await ben.owns(visitor.chat, activity="active")
        status, said = await line(product, "place", "--queue", "support", "--from", "+49 30 5550100", "--json")
        assert status == 0
        phone = json.loads(said)["item"]
        await ben.owns(visitor.chat, activity="interrupted")
        frame = await heard()
        assert (frame["type"], frame["item"], frame["agent"]) == ("assigned", phone, "ben")
        assert (await line(product, "answer", phone)) == (0, f"{phone}  support  conversation  ben, answered\n")
        assert "ben, answered" in (await line(product, "show", phone))[1]
        status, said = await line(product, "no-answer", phone)
        assert (status, "wrong_state" in said) == (1, True)
        assert (await line(product, "end", phone)) == (0, f"{phone}  support  closed\n")
        await ben.owns(visitor.chat, activity="active")
        assert (await heard())["type"] == "closed"
        await ben.ask("end", item=visitor.chat)
        await ben.ask("complete", item=visitor.chat)
    watching.terminate()
    await watching.wait()
    for arguments, says in (
        (("--user", "anna", "place", "--queue", "support"), "forbidden"),
        (("--password", "wrong", "watch"), "unauthorized"),
        (("place", "--queue", "nowhere"), "not_found"),
        (("--url", "http://127.0.0.1:9", "watch"), "is it running there?"),
    ):
        status, said = await line(product, *arguments)
        assert (status, says in said) == (1, True), said
