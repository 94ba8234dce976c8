"""Races over real sockets: whoever is first has it, and nothing is ever in two hands, in none, or stuck."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from protocol import Agent, RefusedByServer, Source, Visitor, log_in

from .conftest import Product
from .people import Admin, at_desk, telephone

AGENTS = 50
SEEDS = range(12)
WINDOW_S = 0.06
"""Within so long the call comes and the agent acts, either first."""


@pytest.fixture
async def fifty(product: Product) -> AsyncIterator[list[Agent]]:
    """Agents of one queue, each at a desk of their own."""
    ada = await Admin.log_in(product.url)
    names = [f"agent-{number:02}" for number in range(AGENTS)]
    for name in names:  # one by one: a password's hash takes its time
        await ada.put(f"agents/{name}", name=name.title(), role="agent", password="one of many")
    await ada.put("queues/race", name="Race", distribution="pick", agents=names)
    await ada.put("services/race", token="race", queue="race", name="Race", without_origin=True)
    async with AsyncExitStack() as desks:
        agents = [await desks.enter_async_context(at_desk(product.url, name, "one of many")) for name in names]
        yield agents
    await ada.delete("services/race")
    await ada.delete("queues/race")
    for name in names:
        await ada.delete(f"agents/{name}")


@pytest.mark.slow
async def test_R6_fifty_pick_the_same_chat_and_one_has_it(product: Product, fifty: list[Agent]) -> None:
    for _ in range(3):
        async with Visitor(product.url) as visitor:
            await visitor.start(token="race", text="who is first?")
            await asyncio.gather(*(agent.until(lambda a=agent: visitor.chat in a.waiting) for agent in fifty))
            answers = await asyncio.gather(
                *(agent.ask("pick", item=visitor.chat) for agent in fifty), return_exceptions=True
            )
            won = [agent for agent, answer in zip(fifty, answers, strict=True) if isinstance(answer, dict)]
            lost = [answer.frame for answer in answers if isinstance(answer, RefusedByServer)]
            assert (len(won), len(lost)) == (1, AGENTS - 1), answers
            assert won[0].view is not None
            winner = won[0].view["agent"]
            assert {(frame["code"], frame["agent"], frame["name"]) for frame in lost} == {
                ("already_taken", winner["id"], winner["name"])
            }
            await asyncio.gather(*(agent.until(lambda a=agent: visitor.chat not in a.waiting) for agent in fifty))
            assert [agent for agent in fifty if visitor.chat in agent.inbox] == won
            await visitor.frame("event", kind="joined")
            joined = [event for event in visitor.events if event["kind"] == "joined"]
            assert [event["name"] for event in joined] == [winner["name"]]
            await won[0].ask("end", item=visitor.chat)
            await won[0].ask("complete", item=visitor.chat)


@pytest.fixture(scope="module")
def tokens(product: Product) -> dict[str, str]:
    """Logins for all the module's tests: a password takes its time."""
    users = ("anna", "ben", "pbx")
    return {user: asyncio.run(log_in(product.url, user))["token"] for user in users}


class Floor:
    """What two agents' desks and the telephone system say, held against each other."""

    def __init__(self, desks: list[Agent], pbx: Source) -> None:
        self.desks, self.pbx = desks, pbx

    def check(self) -> None:
        """At most one owner, never two calls, never a call beside an active wrap-up: in every state that was shown."""
        for desk in self.desks:
            for view in history(desk):
                items = list(view.values())
                calls = [item for item in items if item["kind"] == "call" and item["stage"] == "conversation"]
                assert len(calls) <= 1, calls
                active = [item for item in items if item["stage"] == "wrap_up" and item["activity"] == "active"]
                assert not (calls and active), (calls, active)

    def check_rings(self, phone: str) -> None:
        """As the telephone system was told: taken from one before it is given to the next."""
        holder = None
        for what, agent in self.pbx.told(phone):
            if what == "assigned":
                assert holder is None, self.pbx.told(phone)
                holder = agent
            else:
                holder = None


def history(desk: Agent) -> list[dict[str, dict[str, Any]]]:
    """The inbox after each frame that came."""
    inbox: dict[str, dict[str, Any]] = {}
    seen = []
    for frame in desk.frames:
        if frame["type"] == "snapshot":
            inbox = {item["item"]: item for item in frame["inbox"]}
        elif frame["type"] == "event" and "inbox" in frame["changed"]:
            change = frame["changed"]["inbox"]
            inbox = {name: item for name, item in inbox.items() if name not in change.get("drop", [])}
            inbox |= {item["item"]: item for item in change.get("put", [])}
        seen.append(inbox)
    return seen


async def later(moment: float, doing: Any) -> Any:
    """Do something after a moment; a refusal is an answer."""
    await asyncio.sleep(moment)
    try:
        return await doing
    except RefusedByServer as refused:
        return refused.code


@pytest.mark.parametrize("act", ["end", "park", "complete", "logout", "message", "transfer"])
@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[pytest.mark.slow][seed < 3 :]) for seed in SEEDS])
async def test_R10_R11_R12_R20_a_call_comes_while_the_agent_acts(
    product: Product, tokens: dict[str, str], act: str, seed: int
) -> None:
    chance = random.Random(f"{act} {seed}")
    async with (
        telephone(product.url, tokens["pbx"]) as pbx,
        at_desk(product.url, "ben", token=tokens["ben"]) as ben,
        at_desk(product.url, "anna", token=tokens["anna"]) as anna,
        Visitor(product.url) as visitor,
    ):
        await ben.ask("ready")
        await visitor.start(text="hello")
        chat = visitor.chat
        await ben.owns(chat, activity="active")
        if act == "complete":
            await ben.ask("end", item=chat)
        fields = {
            "logout": {},
            "message": {"item": chat, "text": "one moment"},
            "transfer": {"item": chat, "agent": "anna"},
        }.get(act, {"item": chat})
        phone, answer = await asyncio.gather(
            later(chance.uniform(0, WINDOW_S), pbx.place()), later(chance.uniform(0, WINDOW_S), ben.ask(act, **fields))
        )
        floor = Floor([ben, anna], pbx)

        # The call finds an agent: ben when he is left, else anna as soon as she is ready.
        if act == "logout":
            assert isinstance(answer, dict), answer
            assert ben.inbox == {}
            await visitor.frame("event", kind="requeued")
        if act == "end":
            await ben.owns(chat, stage="wrap_up")
        await anna.ask("ready")
        if act == "end" and (await ben.owns(chat))["activity"] == "active":
            await pbx.frame("assigned", item=phone, agent="anna")
        await pbx.frame("assigned", item=phone)
        floor.check()
        await pbx.say(phone, "answered")
        await pbx.say(phone, "ended")
        await pbx.frame("closed", item=phone)
        floor.check_rings(phone)

        # Nothing is stuck: the chat can be finished by whoever has it, or picked.
        await finish([ben, anna], pbx, chat)
        floor.check()


async def finish(desks: list[Agent], pbx: Source, chat: str) -> None:
    """Whoever has the chat finishes it; where nobody has it, it can be picked."""
    async with asyncio.timeout(30):
        while (item := await pbx.look(chat))["stage"] != "closed":
            owner = next((desk for desk in desks if item.get("owner") == desk_of(desk)), None)
            if owner is None:
                free = next(desk for desk in desks if desk.closed is None)
                await later(0, free.ask("pick", item=chat))
            elif item["activity"] != "active":
                await later(0, owner.ask("resume", item=chat))
            else:
                await later(0, owner.ask("complete" if item["stage"] == "wrap_up" else "end", item=chat))


def desk_of(desk: Agent) -> str:
    assert desk.view is not None
    return str(desk.view["agent"]["id"])
