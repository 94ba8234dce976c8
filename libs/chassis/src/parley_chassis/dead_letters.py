"""What cannot be handled is put aside, with the reason, and the rest goes on."""

from __future__ import annotations

import asyncio
import logging

from parley_contracts.shapes import Message
from parley_contracts.topology import dead_inbox
from parley_contracts.wire import Unreadable, encode, pack, unpack, unpack_one_by_one

from .bus import Bus, BusDown, Delivery
from .metrics import DEAD_LETTERS

TRIES = 5

log = logging.getLogger("parley.dead_letters")


class DeadLetters:
    """Where a service puts its dead letters."""

    def __init__(self, bus: Bus, service: str) -> None:
        self._bus, self._service = bus, service

    async def read(self, delivery: Delivery, inbox: str) -> list[Message]:
        """The messages of a delivery; what is none is put with the dead letters."""
        try:
            return unpack(delivery.body)
        except Unreadable:
            pass
        try:
            parts = unpack_one_by_one(delivery.body)
        except Unreadable as error:
            await self._put(delivery.body, inbox, str(error), 1)
            return []
        for part in parts:
            if isinstance(part, Unreadable):
                await self._put(pack([part.body]), inbox, str(part), 1)
        return [part for part in parts if isinstance(part, Message)]

    async def put(self, message: Message, inbox: str, failure: BaseException, tries: int) -> None:
        """Put a message there that failed each time it was tried."""
        await self._put(pack([encode(message)]), inbox, f"{type(failure).__name__}: {failure}", tries)

    async def _put(self, body: bytes, inbox: str, reason: str, tries: int) -> None:
        DEAD_LETTERS.labels(self._service).inc()
        log.error("put with the dead letters", extra={"inbox": inbox, "reason": reason[:500], "tries": tries})
        headers: dict[str, object] = {
            "x-parley-inbox": inbox,
            "x-parley-reason": reason[:1000],
            "x-parley-tries": tries,
        }
        while True:
            try:
                return await self._bus.publish(dead_inbox(self._service), body, headers)
            except BusDown:
                await asyncio.sleep(0.5)
