"""Says what has been stored: in the order of the log, confirmed, again after a crash. The log itself is the outbox."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from parley_contracts.shapes import Said
from parley_contracts.topology import EVENT_STREAM, decides
from parley_contracts.wire import encode

from .courier import Courier
from .journal import Journal
from .lines import Lines
from .store import Store

Says = Callable[[str, int, Any], list[tuple[str, Said]]]
"""From a stream's name, an event's version and the event: the messages to other services, at most one an inbox."""


def after(encoded: bytes, before: int) -> bytes:
    """An encoded message that says what was said there before it."""
    return b'%b,"before":%d}' % (encoded[:-1], before) if before else encoded


@dataclass
class Sayer:
    """Who says it: a service's lines, and which of them are being said again from the log."""

    lines: Lines
    is_said_again: Callable[[int, str], bool] = lambda partition, inbox: False

    def encoded(self, message: Said, partition: int, position: int) -> bytes:
        """A message with its place in the log; the message, which has just been made of its event, has it from then on."""
        # Not a copy of it: that would cost more than the encoding.
        message.__dict__.update(
            source=self.lines.source(partition), position=position, timeline=self.lines.timeline or None
        )
        return encode(message)


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

    def say(self, position: int, partition: int, messages: list[tuple[str, Said]], sayer: Sayer) -> None:
        """Add what an event says, numbered by its place in the log; a copy of it for the event stream."""
        encoded, of, lines = b"", None, sayer.lines
        for inbox, message in messages:
            if message is not of:  # most is said to several in the same words
                encoded, first = sayer.encoded(message, partition, position), of is None
                of = message
                if first:
                    self.copies.append(encoded)
            if inbox == EVENT_STREAM:
                continue
            before = lines.say(partition, inbox, position)
            if not sayer.is_said_again(partition, inbox):
                goal = self.first if decides(inbox) else self.rest
                goal.append((inbox, after(encoded, before)))
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
    sayer: Sayer,
    partitions: dict[int, int],
    known: dict[int, int],
    partition_of: Callable[[str], int],
) -> Outgoing:
    """What these partitions (with how far each has been said) stored and may not have said: after a crash; blocking.

    `known`: how far the lines of each are known; up to where they have been said, the log brings them there.
    """
    outgoing = Outgoing()
    position = min([*partitions.values(), *known.values()])
    while True:
        log = store.log(position, SWEEP_AT_ONCE)
        for notification in log:
            position = notification.id
            stream = str(notification.originator_id)
            partition = partition_of(stream)
            if partition not in partitions or position <= min(partitions[partition], known.get(partition, position)):
                continue
            event = journal.read(notification.topic, notification.state)
            messages = says(stream, notification.originator_version, event)
            if position > partitions[partition]:
                outgoing.say(position, partition, messages, sayer)
                continue
            for inbox, _ in messages:
                if inbox != EVENT_STREAM:
                    sayer.lines.say(partition, inbox, position)
        if len(log) < SWEEP_AT_ONCE:
            break
    for partition in partitions:
        outgoing.published[partition] = position
    return outgoing
