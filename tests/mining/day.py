"""A minute at the demonstration that has of everything: people who write, wait, give up and come back, calls that interrupt, agents
who park, pass on and finish. Over the public protocol, against the running product."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from protocol import Agent, RefusedByServer, Source, Visitor

TICK_S = 0.05
LONGEST_S = 240.0


async def _visits(url: str, seed: int) -> None:
    """One visitor, from the button to the end."""
    rng = random.Random(seed)
    visitor = Visitor(url)
    await visitor.connect()
    try:
        await visitor.start(token="demo-sales" if rng.random() < 0.2 else "demo", text="Hello")
        patience = rng.uniform(2, 14)
        begun = asyncio.get_running_loop().time()
        while True:
            kinds = {event["kind"] for event in visitor.events}
            if kinds & {"ended", "closed"}:
                break
            waited = asyncio.get_running_loop().time() - begun
            if "joined" not in kinds and waited > patience:
                await visitor.ask("end")
            elif "joined" in kinds and rng.random() < 0.5:
                await visitor.say("and")
            elif rng.random() < 0.04:
                visitor.cut()
                await asyncio.sleep(0.3)
                await visitor.connect()
                await visitor.resume()
            await asyncio.sleep(rng.uniform(0.2, 0.8))
        if rng.random() < 0.3:
            await visitor.ask("rate", score=rng.randint(1, 5))
    except RefusedByServer:
        pass  # the chat was over at the same moment
    finally:
        await visitor.close()


async def _does(agent: Agent, rng: random.Random, item: dict[str, Any]) -> None:
    name, stage, activity = item["item"], item["stage"], item.get("activity")
    if stage == "wrap_up" and activity == "active":
        await agent.ask("classify", item=name, code=rng.choice(("question", "order")))
        await agent.ask("complete", item=name)
    elif activity == "parked" and rng.random() < 0.4:
        await agent.ask("resume", item=name)
    elif activity == "active" and stage == "conversation" and item["kind"] == "chat":
        does = rng.choices(("message", "note", "park", "transfer", "end"), (60, 5, 8, 5, 22))[0]
        more = {"message": {"text": "Yes"}, "note": {"text": "careful"}, "transfer": {"queue": "sales"}}
        await agent.ask(does, item=name, **more.get(does, {}))


async def _works(url: str, user: str, over: asyncio.Event) -> None:
    """An agent, until all is over."""
    rng = random.Random(user)
    agent = await Agent.log_in(url, user)
    await agent.ask("ready")
    while not over.is_set():
        await asyncio.sleep(rng.uniform(TICK_S, 6 * TICK_S))
        try:
            for item in list(agent.inbox.values()):
                await _does(agent, rng, item)
            if user == "anna" and agent.waiting and not agent.inbox:
                await agent.ask("pick", item=agent.waiting[0])
        except RefusedByServer:
            continue  # a call came between, or the visitor has gone
    await agent.ask("logout")
    await agent.close()


async def _rings(url: str, calls: int) -> None:
    """The telephone system: some calls are answered, some are not."""
    rng = random.Random(7)
    source = await Source.log_in(url)
    for _ in range(calls):
        await asyncio.sleep(rng.uniform(2, 5))
        item = await source.place()
        await asyncio.sleep(rng.uniform(0.3, 1.2))
        try:
            if rng.random() < 0.8:
                await source.say(item, "answered")
                await asyncio.sleep(rng.uniform(1, 3))
            await source.say(item, "ended")
        except RefusedByServer:
            await source.say(item, "ended")  # it waits still: nobody was free
    await source.close()


async def day(url: str, visitors: int, calls: int, say: Callable[[str], None] = lambda line: None) -> None:
    """All of it; returns when everything is done that was begun."""
    over = asyncio.Event()
    agents = [asyncio.create_task(_works(url, user, over)) for user in ("anna", "ben")]
    rng = random.Random(3)

    async def come() -> None:
        coming = []
        for number in range(visitors):
            coming.append(asyncio.create_task(_visits(url, number)))
            say(f"{number + 1} of {visitors} visitors")
            await asyncio.sleep(rng.uniform(0.4, 1.8))
        await asyncio.gather(*coming)

    async with asyncio.timeout(LONGEST_S):
        await asyncio.gather(come(), _rings(url, calls))
        await asyncio.sleep(3)  # what is left to be finished
        over.set()
        await asyncio.gather(*agents)
