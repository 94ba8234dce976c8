"""Answers to questions: one loop for every service that is asked about its log or its tables.

Any number of processes share the inbox: all read the same. Questions are answered side by side, so that a search that takes
long keeps nobody else waiting. A question that cannot be answered is put with the dead letters, with the reason, and whoever
asked is told; it stops no process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from time import monotonic
from typing import Any

from parley_contracts.pages import reply_parts
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message, Reply
from parley_contracts.showings import InboxThere
from parley_contracts.topology import dead_inbox, gateway_inbox
from parley_contracts.wire import encode, pack

from .bus import Bus, BusDown, Consumer, Delivery, Inbox
from .courier import Courier
from .dead_letters import DeadLetters
from .intake import unavailable
from .keeping import read
from .letters import Unread
from .logs import facts_of
from .metrics import STUCK_SECONDS
from .standstill import STUCK_AFTER_S, seconds_since
from .store import Stale, StoreDown
from .tasks import Tasks

TRIES = 4
"""After a restart of the database the first connections are dead ones."""
BETWEEN_TRIES_S = 0.2
SAID_EVERY_S = 1.0

Answer = Callable[[Command], Awaitable[dict[str, Any]]]
"""A question's answer, as the fields of its ack. Raises Refused, StoreDown, Stale."""

log = logging.getLogger("parley.answering")


class Answering:
    """Takes the questions of one inbox. `whose` names, in refusals, who does not answer: "The CRM". `says_so`: gateways are told every few
    seconds that somebody is here, and send nothing without it."""

    def __init__(
        self,
        service: str,
        inbox: str,
        whose: str,
        answer: Answer,
        bus: Bus,
        tasks: Tasks,
        *,
        at_once: int = 50,
        says_so: bool = False,
    ) -> None:
        self._inbox = Inbox(inbox, "shared", dead=dead_inbox(service))
        self._whose, self._answer, self._says_so = whose, answer, says_so
        self._bus, self._tasks, self._at_once = bus, tasks, at_once
        self._dead_letters = DeadLetters(bus, service)
        self._courier = Courier(bus, tasks, put_aside=self._dead_letters.too_large)
        self._consumer: Consumer | None = None
        self._numbers = count()
        self._in_hand: dict[int, float] = {}
        """Questions that are being answered, and since when."""
        STUCK_SECONDS.labels(service, "questions").set_function(self._oldest_s)

    async def start(self) -> None:
        """Take questions."""
        self._consumer = await self._bus.consume(self._inbox, self._receive, prefetch=self._at_once)
        if self._says_so:
            self._tasks.start(self._say_so(), f"somebody is at {self._inbox.name}")

    async def stop(self) -> None:
        """Take no more."""
        if self._consumer is not None:
            await self._consumer.cancel()

    async def _say_so(self) -> None:
        there = pack([encode(InboxThere(tenant="", inbox=self._inbox.name))])
        while True:
            if not self.troubles():
                try:
                    await self._bus.announce(there)
                except BusDown as error:  # it is said again
                    log.info("not announced", extra={"inbox": self._inbox.name, "reason": str(error)})
            await asyncio.sleep(SAID_EVERY_S)

    def troubles(self) -> list[str]:
        """Why questions have no answer; empty when they have."""
        late = [f"questions: one is in hand since {self._oldest_s():.0f} s"] if self._oldest_s() > STUCK_AFTER_S else []
        return late + self._courier.troubles()

    def _oldest_s(self) -> float:
        return seconds_since(min(self._in_hand.values(), default=None))

    async def _receive(self, delivery: Delivery) -> None:
        self._tasks.start(self._take(delivery), "an answer")

    async def _take(self, delivery: Delivery) -> None:
        for message in read(delivery.body):
            number = next(self._numbers)
            self._in_hand[number] = monotonic()
            try:
                await self._reply(message)
            finally:
                del self._in_hand[number]
        await delivery.ack()

    async def _reply(self, message: Message) -> None:
        sender = message.sender if isinstance(message, Command) else None
        if isinstance(message, Unread):
            await self._dead_letters.put(message, self._inbox.name, ValueError(message.reason), 1)
            for inbox, encoded in unavailable(message.tenant, message.sender) or []:
                self._courier.send(inbox, encoded)
            return None
        if not isinstance(message, Command) or sender is None:
            return await self._dead_letters.put(message, self._inbox.name, TypeError("this is no question"), 1)
        told: dict[str, Any] | Refused
        try:
            told = await self._tried(message)
        except Refused as refusal:
            told = refusal
        except (StoreDown, Stale) as error:
            log.error("a question could not be answered", extra=facts_of(message, reason=str(error)))
            told = Refused("unavailable", f"{self._whose} does not answer: try again.")
        except Exception as error:
            log.exception("a question failed", extra=facts_of(message))
            await self._dead_letters.put(message, self._inbox.name, error, 1)
            told = Refused(
                "unavailable", f"{self._whose} could not answer this: it has been put aside to be looked at."
            )
        for encoded in reply_parts(message.tenant, Reply.to(sender, told)):
            self._courier.send(gateway_inbox(sender.gateway), encoded)
        return None

    async def _tried(self, question: Command) -> dict[str, Any]:
        for _ in range(TRIES - 1):
            try:
                return await self._answer(question)
            except (StoreDown, Stale) as error:
                log.warning("asked again", extra=facts_of(question, reason=str(error)))
                await asyncio.sleep(BETWEEN_TRIES_S)
        return await self._answer(question)
