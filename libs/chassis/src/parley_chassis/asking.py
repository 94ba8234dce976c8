"""Asks another service something, on this process's own behalf, and waits for the answer in an inbox of its own."""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from uuid import uuid4

from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Reply, Sender
from parley_contracts.showings import FloorShown, Replied
from parley_contracts.topology import gateway_inbox
from parley_contracts.wire import Unreadable, encode, unpack

from .bus import Bus, Delivery, Inbox
from .courier import Courier
from .tasks import Tasks

ANSWER_WITHIN_S = 15.0

log = logging.getLogger("parley.asking")


class Asking:
    """A service that asks. `user`: under whose name; its commands' ids are unique within it."""

    def __init__(self, service: str, user: str, bus: Bus, tasks: Tasks) -> None:
        self._name = f"{service}-{uuid4().hex[:10]}"
        self._user, self._bus, self._courier = user, bus, Courier(bus, tasks)
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}

    async def start(self) -> None:
        """Open the inbox."""
        await self._bus.consume(Inbox(gateway_inbox(self._name), "private", hears=False), self._receive)

    async def ask(self, inbox: str, command: Command, id: str) -> Reply:
        """The answer to a command whose idempotency key is `id`. Raises Refused, TimeoutError: then it may have had its effect, and is asked again."""
        number = next(self._numbers)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        sender = Sender(gateway=self._name, connection=number, id=id, role="source", user=self._user)
        try:
            self._courier.send(inbox, encode(command.model_copy(update={"sender": sender})))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                reply = await answer
        finally:
            del self._waiting[number]
        if reply.code is not None:
            raise Refused(reply.code, reply.message or "", **(reply.facts or {}))
        return reply

    async def _receive(self, delivery: Delivery) -> None:
        try:
            for message in unpack(delivery.body):
                if isinstance(message, Replied | FloorShown) and message.reply is not None:
                    waiting = self._waiting.get(message.reply.connection)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(message.reply)
        except Unreadable as error:
            log.error("an unreadable answer", extra={"reason": str(error)[:500]})
        await delivery.ack()
