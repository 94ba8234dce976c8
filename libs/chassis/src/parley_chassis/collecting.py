"""What came to a service's dead inbox becomes letters: what the broker gave up, and what was put there beside the two loops
(a question that failed, a message that is too large). Any process of the service may see to it."""

from __future__ import annotations

import asyncio
import logging

from parley_contracts.topology import PARTITIONS, dead_inbox

from .bus import Bus, Consumer, Delivery, Inbox
from .clock import Clock
from .keeping import read
from .letters import Letter, instead_of, letter
from .metrics import LETTERS_KEPT
from .offload import Offload
from .store import LetterBook, Stale, StoreDown

AGAIN_S = 1.0

log = logging.getLogger("parley.letters")


class Collecting:
    """Of one service in one process."""

    def __init__(self, bus: Bus, service: str, book: LetterBook, calls: Offload, clock: Clock) -> None:
        self._bus, self._service, self._book, self._calls, self._clock = bus, service, book, calls, clock
        self._consumer: Consumer | None = None

    async def start(self) -> None:
        """Take what comes there."""
        self._consumer = await self._bus.consume(Inbox(dead_inbox(self._service), "shared"), self._take, prefetch=20)

    async def stop(self) -> None:
        """Take no more; what is not kept yet stays there."""
        if self._consumer is not None:
            await self._consumer.cancel()

    async def _take(self, delivery: Delivery) -> None:
        letters = self._letters(delivery)
        while True:
            try:
                await self._calls(self._book.keep, letters)
                break
            except (StoreDown, Stale) as error:
                log.warning("letters cannot be kept yet", extra={"of": self._service, "reason": str(error)})
                await asyncio.sleep(AGAIN_S)
        LETTERS_KEPT.labels(self._service, "set_aside").inc(len(letters))
        await delivery.ack()

    def _letters(self, delivery: Delivery) -> list[Letter]:
        headers = delivery.headers or {}
        inbox = str(headers.get("x-parley-inbox") or headers.get("x-first-death-queue") or "?")
        reason = str(
            headers.get("x-parley-reason") or "the broker gave it up: whoever had it in hand was gone, again and again"
        )
        at, number = self._clock(), inbox.rpartition(".")[2]
        partition = int(number) % PARTITIONS if number.isdigit() else 0
        tries = headers.get("x-parley-tries")
        return [
            letter(
                instead_of(one, "set_aside", reason),
                partition=partition,
                inbox=inbox,
                at=at,
                kind="set_aside",
                tries=tries if isinstance(tries, int) else 0,
            )
            for one in read(delivery.body)
        ]
