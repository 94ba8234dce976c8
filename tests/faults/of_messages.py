"""Faults of the messages themselves: delivered twice, and not to be digested."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley_chassis.bus import Delivery, Inbox, open_bus
from parley_contracts.chat_events import ChatMessagePosted
from parley_contracts.commands import PostMessage, SetReady
from parley_contracts.topology import PARTITIONS, crm_inbox, dead_inbox, router_inbox, session_inbox
from parley_contracts.wire import encode, pack

from .evidence import TENANT
from .world import World

TRIES = 5
HELD_UP_S = 1.0
ECHO = str(Path(__file__).with_name("echo.py"))
SERVICES = ("router", "session", "crm-logger")


@dataclass
class DeadLetter:
    """What came to the dead letters, when, and how often it had been tried."""

    service: str
    at: float
    body: bytes
    headers: dict[str, Any]


def poison(number: int, partition: int) -> dict[str, bytes]:
    """For each inbox something that fails each time it is tried."""
    posted = PostMessage(tenant=TENANT, chat=f"poison{number}", text="poison")
    ready = SetReady(tenant=f"poison{number}")
    line = ChatMessagePosted(
        tenant=TENANT,
        chat=f"poison{number}",
        n=1,
        author="visitor",
        text="\x00 cannot be stored",
        at=0,
        source=f"poison{number}",
        position=1,
    )
    return {
        router_inbox(partition): pack([encode(posted)]),
        session_inbox(partition): pack([encode(ready)]),
        crm_inbox(partition): pack([encode(line)]),
    }


RUBBISH = (b"no JSON", b'[{"type": "nonsense", "tenant": "demo"}]', b"[1, 2]")


async def everything_comes_twice(world: World) -> None:
    """Every broker message is delivered twice, others between, poison among them."""
    await world.open(launcher=(ECHO,))
    bus = open_bus(world.broker_url)
    await bus.start()
    dead: list[DeadLetter] = []
    for service in SERVICES:
        await bus.consume(Inbox(dead_inbox(service), "shared"), _receiver(service, dead))
    sent: dict[bytes, float] = {}
    rubbish = 0
    for number in range(world.times(3, 20)):
        partition = world.floor_partition if number % 2 else world.chance.randrange(PARTITIONS)
        world.tell(f"poison into the inboxes of partition {partition}")
        for inbox, body in poison(number, partition).items():
            sent[body] = time.monotonic()
            await bus.publish(inbox, body)
        for inbox in (router_inbox(partition), session_inbox(partition), crm_inbox(partition)):
            await bus.publish(inbox, world.chance.choice(RUBBISH))
            rubbish += 1
        await world.talks_on(1, 2)
    await world.until(lambda: len(dead) >= len(sent) + rubbish, "the dead letters", 30)
    for letter in dead:
        if letter.body in sent:
            world.measured(f"{letter.service} held up", letter.at - sent[letter.body], within=HELD_UP_S)
            if letter.headers.get("x-parley-tries") != TRIES:
                world.breaks(f"{letter.service}: dead after {letter.headers.get('x-parley-tries')} tries, not {TRIES}")
    if len(dead) != len(sent) + rubbish:
        world.breaks(f"{len(dead)} dead letters for {len(sent)} poisoned and {rubbish} unreadable messages")
    await bus.stop()


def _receiver(service: str, dead: list[DeadLetter]) -> Any:
    async def receive(delivery: Delivery) -> None:
        dead.append(DeadLetter(service, time.monotonic(), delivery.body, delivery.headers))
        await delivery.ack()

    return receive
