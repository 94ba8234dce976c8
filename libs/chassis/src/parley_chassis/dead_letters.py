"""What cannot be answered or sent is put into the service's dead inbox, with the reason, and the rest goes on; it becomes a
letter there (`collecting.py`)."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from parley_contracts.shapes import Message
from parley_contracts.topology import dead_inbox
from parley_contracts.wire import encode, pack

from .bus import Bus, BusDown
from .letters import Unread
from .logs import facts_of
from .metrics import DEAD_LETTERS

TRIES = 5
HEAD_BYTES = 4_096

log = logging.getLogger("parley.dead_letters")


class DeadLetters:
    """Of one service."""

    def __init__(self, bus: Bus, service: str) -> None:
        self._bus, self._service = bus, service

    async def put(self, message: Message, inbox: str, failure: BaseException, tries: int) -> None:
        """Put a message there that failed each time it was tried."""
        body = message.body if isinstance(message, Unread) else pack([encode(message)])
        await self._put(body, inbox, f"{type(failure).__name__}: {failure}", tries, facts_of(message))

    async def too_large(self, inbox: str, encoded: bytes, reason: str) -> None:
        """Put there how a message begins that the broker will never take; the whole of it is said by the log."""
        head = {"type": "too_large", "bytes": len(encoded), "head": encoded[:HEAD_BYTES].decode(errors="replace")}
        await self._put(json.dumps([head]).encode(), inbox, reason, 1, {"bytes": len(encoded)})

    async def _put(self, body: bytes, inbox: str, reason: str, tries: int, facts: dict[str, Any]) -> None:
        DEAD_LETTERS.labels(self._service).inc()
        log.error("put with the dead letters", extra={**facts, "inbox": inbox, "reason": reason[:500], "tries": tries})
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
