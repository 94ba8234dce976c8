"""R36: a supervisor sees the floor as it is, and acts on it; the agent concerned sees who did what and why. On each store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from protocol import Agent, RefusedByServer, Source, Visitor

from .conftest import Product

pytestmark = pytest.mark.stores


class Floor:
    """Anna works on a chat; Ben is there; Sam supervises."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.visitor = Visitor(url)
        self.anna: Agent
        self.ben: Agent
        self.sam: Agent

    async def begin(self) -> None:
        await self.visitor.connect()
        await self.visitor.start(token="demo-sales", text="hello", name="Kim")
        self.anna = await Agent.log_in(self.url, "anna")
        self.ben = await Agent.log_in(self.url, "ben")
        self.sam = await Agent.log_in(self.url, "sam")
        await self.anna.until(lambda: self.visitor.chat in [*self.anna.waiting, *self.anna.inbox])
        if self.visitor.chat not in self.anna.inbox:
            await self.anna.ask("pick", item=self.visitor.chat)
        await self.anna.owns(self.visitor.chat, activity="active")

    async def end(self) -> None:
        for each in (self.anna, self.ben, self.sam):
            if each.closed is None:
                with suppress(RefusedByServer, ConnectionError):
                    await each.ask("logout")
            await each.close()
        await self.visitor.close()


@pytest_asyncio.fixture
async def floor(product: Product) -> AsyncIterator[Floor]:
    made = Floor(product.url)
    await made.begin()
    yield made
    await made.end()


def interventions(agent: Agent) -> list[dict[str, Any]]:
    """What an agent, or a supervisor, was shown of what supervisors did."""
    told = [frame["changed"].get("intervention") for frame in agent.frames if frame["type"] == "event"]
    return [each for each in told if each is not None]


def seen(sam: Agent, agent: str) -> dict[str, Any]:
    """An agent as a supervisor sees them."""
    assert sam.view is not None
    return next((each for each in sam.view["agents"] if each["id"] == agent), {})


def work(sam: Agent) -> dict[str, str]:
    """Who has what in hand, as a supervisor sees it."""
    assert sam.view is not None
    return {item["item"]: item["owner"] for item in sam.view["work"]}


async def refusal(who: Agent, kind: str, **fields: Any) -> str:
    try:
        await who.ask(kind, **fields)
    except RefusedByServer as refused:
        return str(refused.code)
    return ""


async def test_R36_the_floor_as_it_is(floor: Floor) -> None:
    sam, chat = floor.sam, floor.visitor.chat
    await sam.until(lambda: work(sam).get(chat) == "anna")
    assert sam.view is not None
    assert {queue["queue"] for queue in sam.view["queues"]} >= {"sales", "support"}
    assert next(queue for queue in sam.view["queues"] if queue["queue"] == "sales")["agents"] == ["anna"]
    assert seen(sam, "anna")["state"] == "not_ready"
    assert "since" in seen(sam, "anna")
    await floor.anna.ask("not_ready", reason="lunch")
    await sam.until(lambda: seen(sam, "anna").get("reason") == "lunch")


async def test_R36_watch_whisper_join_and_take_over(floor: Floor) -> None:
    sam, anna, chat = floor.sam, floor.anna, floor.visitor.chat
    told = await sam.ask("watch", id="w", item=chat, why="she is new")
    assert [event["text"] for event in told["events"] if event["kind"] == "message"] == ["hello"]
    done = {"by": {"id": "sam", "name": "Sam"}, "agent": "anna", "item": chat}
    await anna.until(lambda: {**done, "act": "watch", "why": "she is new"} in interventions(anna))
    assert floor.ben.view is not None
    assert interventions(floor.ben) == []

    await anna.ask("message", item=chat, text="good day")
    await sam.until(lambda: any(entry.get("text") == "good day" for entry in sam.chat(chat)))
    assert await refusal(sam, "message", item=chat, text="too early") == "not_yours"
    await sam.ask("whisper", id="x", item=chat, text="offer a voucher")
    await sam.ask("whisper", id="x", item=chat, text="offer a voucher")
    await anna.until(lambda: any(entry.get("text") == "offer a voucher" for entry in anna.chat(chat)))
    await asyncio.sleep(0.3)
    assert [entry["kind"] for entry in anna.chat(chat) if entry.get("text") == "offer a voucher"] == ["note"]
    assert ("agent", "offer a voucher") not in floor.visitor.said()

    await sam.ask("join", item=chat)
    await sam.ask("message", item=chat, text="I am Sam")
    await floor.visitor.until(lambda: ("agent", "I am Sam") in floor.visitor.said())
    assert chat in anna.inbox, "it is still hers"

    await sam.ask("take_over", item=chat, why="a complaint")
    await sam.owns(chat)
    await anna.lost(chat)
    assert interventions(anna)[-1] == {**done, "act": "take_over", "to_agent": "sam", "why": "a complaint"}
    assert await refusal(anna, "message", item=chat, text="mine") == "not_yours"
    await sam.ask("message", item=chat, text="now it is mine")


async def test_R36_assign_move_and_change_who_is_there(floor: Floor) -> None:
    sam, anna, ben, chat = floor.sam, floor.anna, floor.ben, floor.visitor.chat
    await sam.ask("assign", item=chat, agent="ben", why="anna is busy")
    await ben.owns(chat, activity="active")
    await anna.lost(chat)
    await ben.until(lambda: any(each["act"] == "assign" for each in interventions(ben)))
    await sam.ask("move", item=chat, queue="support")
    await ben.lost(chat)
    await sam.until(lambda: work(sam).get(chat) is None)
    await sam.ask("agent_state", agent="ben", state="ready", why="rush")
    await sam.until(lambda: seen(sam, "ben").get("state") == "ready")
    await sam.ask("agent_state", agent="ben", state="not_ready", reason="meeting")
    await sam.until(lambda: seen(sam, "ben").get("reason") == "meeting")
    await sam.ask("agent_queues", agent="ben", queues=["sales", "support"])
    await ben.until(lambda: {queue["queue"] for queue in (ben.view or {})["queues"]} == {"sales", "support"})
    await sam.ask("agent_queues", agent="ben", queues=["support"])
    await sam.ask("agent_logout", agent="ben", why="went home")
    await sam.until(lambda: seen(sam, "ben").get("state") == "logged_out")
    await ben.until(lambda: ben.closed == 4001)
    assert [each["act"] for each in interventions(sam)] == [
        "assign",
        "move",
        "agent_state",
        "agent_state",
        "agent_queues",
        "agent_queues",
        "agent_logout",
    ]


async def test_R36_help_is_asked_for_and_a_supervisor_comes(floor: Floor) -> None:
    sam, anna, chat = floor.sam, floor.anna, floor.visitor.chat
    await anna.ask("help", item=chat, text="what now?", on=True)
    await sam.until(lambda: seen(sam, "anna").get("help", {}).get("text") == "what now?")
    assert anna.view is not None
    await anna.until(lambda: (anna.view or {})["agent"].get("help", {}).get("item") == chat)
    await sam.ask("watch", item=chat)
    await anna.until(lambda: "help" not in (anna.view or {})["agent"])
    await sam.until(lambda: "help" not in seen(sam, "anna"))


async def test_R36_nobody_else_does_or_sees_any_of_it(floor: Floor) -> None:
    ben, chat = floor.ben, floor.visitor.chat
    acts: dict[str, dict[str, Any]] = {
        "watch": {"item": chat},
        "join": {"item": chat},
        "whisper": {"item": chat, "text": "psst"},
        "take_over": {"item": chat},
        "assign": {"item": chat, "agent": "ben"},
        "move": {"item": chat, "queue": "support"},
        "agent_state": {"agent": "anna", "state": "not_ready"},
        "agent_logout": {"agent": "anna"},
        "agent_queues": {"agent": "anna", "queues": []},
    }
    for kind, fields in acts.items():
        assert await refusal(ben, kind, **fields) == "forbidden", kind
    assert ben.view is not None
    assert "agents" not in ben.view
    assert "work" not in ben.view
    assert {queue["queue"] for queue in ben.view["queues"]} == {"support"}
    assert await refusal(floor.sam, "assign", item=chat, agent="nobody") == "not_found"
    assert await refusal(floor.sam, "move", item=chat, queue="nowhere") == "not_found"
    assert await refusal(floor.sam, "watch", item=chat, why="x" * 501) == "bad_request"


async def test_R36_a_call_is_not_watched_and_is_given_only_to_who_is_free(floor: Floor) -> None:
    source = await Source.log_in(floor.url)
    call = await source.place("sales")
    await floor.sam.until(lambda: call in floor.sam.waiting)
    assert await refusal(floor.sam, "watch", item=call) == "wrong_state"
    await floor.sam.ask("take_over", item=call)
    await floor.sam.owns(call, answered=False)
    await source.say(call, "ended")
    await source.close()
