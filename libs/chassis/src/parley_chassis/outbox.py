"""Says what has been stored: in the order of the log, confirmed, again after a crash. The log itself is the outbox."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from parley_contracts.shapes import Said
from parley_contracts.topology import EVENT_STREAM
from parley_contracts.wire import encode

from .courier import Courier
from .journal import Journal
from .store import Store

Says = Callable[[str, int, Any], list[tuple[str, Said]]]
"""From a stream's name, an event's version and the event: the messages to other services, at most one an inbox."""


@dataclass
class Outgoing:
    """What one commit leads to. `first` must have arrived before anything of the rest is sent, so that whoever is told
    of a cause finds its effects there already (an agent whose pick is acknowledged can write at once)."""

    first: list[tuple[str, bytes]] = field(default_factory=list)
    showings: list[tuple[str, bytes]] = field(default_factory=list)
    rest: list[tuple[str, bytes]] = field(default_factory=list)
    copies: list[bytes] = field(default_factory=list)
    """For the event stream: it is transport, what it lacks is in the log."""

    published: dict[int, int] = field(default_factory=dict)

    def say(self, position: int, partition: int, source: str, messages: list[tuple[str, Said]]) -> None:
        """Add what an event says, numbered by its place in the log."""
        numbered: dict[int, bytes] = {}
        for inbox, message in messages:
            encoded = numbered.get(id(message))  # most is said to several in the same words
            if encoded is None:
                encoded = encode(message.model_copy(update={"source": source, "position": position}))
                numbered[id(message)] = encoded
            if inbox == EVENT_STREAM:
                self.copies.append(encoded)
                continue
            goal = self.first if inbox.startswith(("session.", "router.")) else self.rest
            goal.append((inbox, encoded))
        self.published[partition] = position


class Outbox:
    """One process's way out; `settled` tells how far each partition has been said."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._queue: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._settling: asyncio.Queue[tuple[asyncio.Future[None], Outgoing]] = asyncio.Queue()
        self.settled: dict[int, int] = {}
        self.unsettled = 0
        self._pending: Counter[int] = Counter()

    def pending(self, partition: int) -> int:
        """How much of a partition has been put here and has not been said yet."""
        return self._pending[partition]

    def put(self, outgoing: Outgoing) -> None:
        """Send this after everything that was put before."""
        self.unsettled += 1
        self._pending.update(outgoing.published.keys())
        self._queue.put_nowait(outgoing)

    async def run(self) -> None:
        """Send, for ever."""
        while True:
            outgoing = await self._queue.get()
            if outgoing.first:
                await self._courier.deliver(outgoing.first)
            for inbox, encoded in outgoing.showings:
                self._courier.send(inbox, encoded)
            for encoded in outgoing.copies:
                self._courier.offer(EVENT_STREAM, encoded)
            self._settling.put_nowait((asyncio.ensure_future(self._courier.deliver(outgoing.rest)), outgoing))

    async def settle(self) -> None:
        """Note in order what has arrived, for ever."""
        while True:
            delivered, outgoing = await self._settling.get()
            await delivered
            self.settled.update(outgoing.published)
            self._pending.subtract(outgoing.published.keys())
            self.unsettled -= 1


SWEEP_AT_ONCE = 2_000


def read_unsaid(
    store: Store,
    journal: Journal,
    says: Says,
    service: str,
    partitions: dict[int, int],
    partition_of: Callable[[str], int],
) -> Outgoing:
    """What these partitions (with how far each has been said) stored and may not have said: after a crash; blocking."""
    outgoing = Outgoing()
    position = min(partitions.values())
    while True:
        log = store.log(position, SWEEP_AT_ONCE)
        for notification in log:
            position = notification.id
            stream = str(notification.originator_id)
            partition = partition_of(stream)
            if partition in partitions and position > partitions[partition]:
                event = journal.event(notification.topic, notification.state)
                messages = says(stream, notification.originator_version, event)
                outgoing.say(position, partition, f"{service}.{partition}", messages)
        if len(log) < SWEEP_AT_ONCE:
            break
    for partition in partitions:
        outgoing.published[partition] = position
    return outgoing
