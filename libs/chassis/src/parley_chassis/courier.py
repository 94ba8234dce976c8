"""Sends messages, packed: a broker message carries whatever is ready for an inbox when the last one was confirmed.

Alone, a message waits for nobody; under load the batches grow by themselves. No fixed size; but between two departures
there is a breath, so that the next broker message carries more: as long as the bus asks for, longer where no person waits
(records, copies).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import monotonic

from parley_contracts.wire import pack

from .bus import Bus, BusDown, NoSuchInbox, TooLarge
from .metrics import CONFIRM_SECONDS, NOT_OFFERED, PARCEL, STUCK_SECONDS, UNDELIVERABLE
from .pace import Pace
from .standstill import seconds_since, stuck_lines
from .tasks import Tasks

MOST_MESSAGES = 1_000
MOST_BYTES = 1_000_000
MOST_OFFERED = 10_000
UNHURRIED_S = 0.1

log = logging.getLogger("parley.courier")


PutAside = Callable[[str, bytes, str], Awaitable[None]]
"""Keeps a message that cannot be delivered: `(inbox, encoded, reason)`."""


async def _only_logged(inbox: str, encoded: bytes, reason: str) -> None:
    """For whoever has no place of its own: what it sends is asked for again."""


class Courier:
    """Per inbox one message on its way at a time, so that order holds also when one must be sent again.

    While the broker is away everything waits (as long as `most_waiting` allows) and is sent when it is back. `on_gone`
    is told of private inboxes that nobody has any more; what was for them is dropped. `unhurried` are the beginnings of
    the names of inboxes where no person waits. `put_aside` keeps what the broker will never take.
    """

    def __init__(
        self,
        bus: Bus,
        tasks: Tasks,
        on_gone: Callable[[str], None] | None = None,
        unhurried: tuple[str, ...] = (),
        put_aside: PutAside | None = None,
    ) -> None:
        self._bus, self._tasks, self._unhurried = bus, tasks, unhurried
        self._unhurried_pace, self._pace = Pace(UNHURRIED_S), Pace(bus.breath_s)
        self._on_gone = on_gone or (lambda inbox: None)
        self._put_aside = put_aside or _only_logged
        self._waiting: dict[str, deque[tuple[bytes, asyncio.Future[None] | None]]] = {}
        self._dispensable: set[str] = set()
        self._since: dict[str, float] = {}
        """By inbox, since when the first in line is on its way."""
        self._shown_for: str | None = None
        self._shown: set[str] = set()
        self.waiting = 0

    def show_for(self, service: str) -> None:
        """Show what stands still among this service's metrics, from now on."""
        self._shown_for = service

    def troubles(self) -> list[str]:
        """The lines that stand still although somebody depends on them; none while the broker is known to be away."""
        if not self._bus.healthy():
            return []
        return stuck_lines({inbox: at for inbox, at in self._since.items() if inbox not in self._dispensable})

    def _stuck_s(self, to: str) -> float:
        return max((seconds_since(at) for inbox, at in self._since.items() if _goal(inbox) == to), default=0.0)

    def _show(self, to: str) -> None:
        if self._shown_for is not None and to not in self._shown:
            self._shown.add(to)
            STUCK_SECONDS.labels(self._shown_for, to).set_function(partial(self._stuck_s, to))

    def offer(self, inbox: str, encoded: bytes) -> None:
        """Send a copy that nothing depends on: if this inbox cannot take it for long, it is left out."""
        queue = self._waiting.get(inbox)
        if queue is not None and len(queue) >= MOST_OFFERED:
            NOT_OFFERED.labels(inbox).inc()
            return
        self._dispensable.add(inbox)
        self._put(inbox, encoded, None)

    def send(self, inbox: str, encoded: bytes) -> None:
        """Send one encoded message, some time soon, after what was sent there before."""
        self._put(inbox, encoded, None)

    async def deliver(self, parcels: Iterable[tuple[str, bytes]]) -> None:
        """Send encoded messages, and return when the broker has them all safely."""
        last: dict[str, asyncio.Future[None]] = {}
        loop = asyncio.get_running_loop()
        grouped: dict[str, list[bytes]] = {}
        for inbox, encoded in parcels:
            grouped.setdefault(inbox, []).append(encoded)
        for inbox, messages in grouped.items():
            for encoded in messages[:-1]:
                self._put(inbox, encoded, None)
            last[inbox] = loop.create_future()
            self._put(inbox, messages[-1], last[inbox])
        for future in last.values():
            await future

    def _put(self, inbox: str, encoded: bytes, done: asyncio.Future[None] | None) -> None:
        queue = self._waiting.get(inbox)
        self.waiting += 1
        if queue is None:
            self._waiting[inbox] = queue = deque(((encoded, done),))
            self._tasks.start(self._run(inbox, queue), f"courier to {inbox}")
        else:
            queue.append((encoded, done))

    def _pace_of(self, inbox: str) -> Pace | None:
        if inbox.startswith(self._unhurried):
            return self._unhurried_pace
        # What a batch comes to leaves for a gateway at once: the batches have their own pace.
        return None if inbox.startswith("gateway.") else self._pace

    async def _run(self, inbox: str, queue: deque[tuple[bytes, asyncio.Future[None] | None]]) -> None:
        to = _goal(inbox)
        self._show(to)
        pace = self._pace_of(inbox)
        try:
            while queue:
                self._since[inbox] = monotonic()
                if pace is not None:
                    await pace.departure()
                batch = self._ready(queue)
                PARCEL.labels(to).observe(len(batch))
                with CONFIRM_SECONDS.labels(to).time():
                    await self._send(inbox, [encoded for encoded, _ in batch])
                self.waiting -= len(batch)
                for _, done in batch:
                    if done is not None and not done.done():
                        done.set_result(None)
        finally:
            self._waiting.pop(inbox, None)
            self._since.pop(inbox, None)

    def _ready(
        self, queue: deque[tuple[bytes, asyncio.Future[None] | None]]
    ) -> list[tuple[bytes, asyncio.Future[None] | None]]:
        batch: list[tuple[bytes, asyncio.Future[None] | None]] = []
        size = 0
        while queue and len(batch) < MOST_MESSAGES and size < MOST_BYTES:
            batch.append(queue.popleft())
            size += len(batch[-1][0])
        return batch

    async def _send(self, inbox: str, messages: list[bytes]) -> None:
        pause = 0.1
        while True:
            try:
                return await self._bus.publish(inbox, pack(messages))
            except TooLarge as error:
                return await self._send_what_fits(inbox, messages, error)
            except NoSuchInbox:
                if inbox in self._dispensable:
                    return NOT_OFFERED.labels(inbox).inc()
                if inbox.startswith("gateway."):
                    log.info("nobody has this inbox any more", extra={"inbox": inbox})
                    return self._on_gone(inbox)
                log.error("an inbox that should exist does not", extra={"inbox": inbox})
            except BusDown as error:
                log.warning("not sent yet", extra={"inbox": inbox, "reason": str(error)})
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _send_what_fits(self, inbox: str, messages: list[bytes], error: TooLarge) -> None:
        """Each alone; the one that the broker will never take is put aside, so that the line goes on (R32)."""
        if len(messages) > 1:
            for message in messages:
                await self._send(inbox, [message])
                self._since[inbox] = monotonic()
            return
        UNDELIVERABLE.labels(_goal(inbox)).inc()
        log.error("too large for the broker", extra={"inbox": inbox, "bytes": len(messages[0]), "reason": str(error)})
        await self._put_aside(inbox, messages[0], str(error))


def _goal(inbox: str) -> str:
    """Whom an inbox belongs to, as metrics name it."""
    return inbox.partition(".")[0]
