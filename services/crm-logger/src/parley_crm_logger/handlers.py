"""The crm-logger as the loops know it: a projection, and answers to questions about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from parley_chassis.bus import Bus, Consumer, Delivery, Inbox
from parley_chassis.clock import Clock, system_clock
from parley_chassis.courier import Courier
from parley_chassis.dead_letters import DeadLetters
from parley_chassis.offload import Offload
from parley_chassis.store import Stale, StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.contacts import SendTranscript
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message, Reply, Said
from parley_contracts.showings import Replied
from parley_contracts.topology import CRM_QUESTIONS, crm_inbox, gateway_inbox
from parley_contracts.wire import encode

from .answers import answer
from .mailer import Mailer
from .store import Crm, outbox

LOOK_UPS = 4

log = logging.getLogger("parley.crm-logger")


class CrmProjection:
    """What the projector needs to know."""

    name = "crm-logger"

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def inbox(self, partition: int) -> str:
        return crm_inbox(partition)

    def positions(self) -> dict[str, int]:
        return self._crm.positions()

    def apply(self, events: Sequence[Said], positions: dict[str, int]) -> None:
        self._crm.apply(events, positions)


class Questions:
    """Answers what gateways ask; any number of processes share the inbox."""

    def __init__(
        self, crm: Crm, bus: Bus, tasks: Tasks, mailer: Mailer | None = None, clock: Clock = system_clock
    ) -> None:
        self._crm, self._bus, self._tasks, self._mailer, self._clock = crm, bus, tasks, mailer, clock
        self._courier = Courier(bus, tasks)
        self._calls = Offload("crm-questions", threads=2)
        self._dead_letters = DeadLetters(bus, "crm-logger")
        self._consumer: Consumer | None = None

    async def start(self) -> None:
        """Take questions."""
        inbox = Inbox(CRM_QUESTIONS, "shared", dead="crm-logger.dead")
        self._consumer = await self._bus.consume(inbox, self._receive, prefetch=50)

    async def stop(self) -> None:
        """Take no more."""
        if self._consumer is not None:
            await self._consumer.cancel()
        self._calls.close()

    async def _receive(self, delivery: Delivery) -> None:
        # Not one after the other: a search that takes long keeps nobody else waiting.
        self._tasks.start(self._work_on(delivery), "an answer")

    async def _work_on(self, delivery: Delivery) -> None:
        for message in await self._dead_letters.read(delivery, CRM_QUESTIONS):
            await self._answer(message)
        await delivery.ack()

    async def _answer(self, message: Message) -> None:
        sender = message.sender if isinstance(message, Command) else None
        if not isinstance(message, Command) or sender is None:
            return await self._dead_letters.put(message, CRM_QUESTIONS, TypeError("this is no question"), 1)
        try:
            told: dict[str, Any] | Refused = await self._look_up(message)
        except Refused as refusal:
            told = refusal
        except (StoreDown, Stale) as error:
            log.error("a question could not be answered", extra={"reason": str(error)})
            told = Refused("unavailable", "The CRM does not answer: try again.")
        except Exception as error:
            log.exception("a question could not be understood", extra={"of": message.type})
            await self._dead_letters.put(message, CRM_QUESTIONS, error, 1)
            told = Refused("unavailable", "The CRM could not answer this: it has been put aside to be looked at.")
        reply = Reply.to(sender, told)
        self._courier.send(gateway_inbox(sender.gateway), encode(Replied(tenant=message.tenant, reply=reply)))
        return None

    async def _look_up(self, question: Command) -> dict[str, Any]:
        """Tried again a few times: after a restart of the database the first connections are dead ones."""
        for _ in range(LOOK_UPS - 1):
            try:
                return await self._told(question)
            except (StoreDown, Stale) as error:
                log.warning("asked again", extra={"reason": str(error)})
                await asyncio.sleep(0.2)
        return await self._told(question)

    async def _told(self, question: Command) -> dict[str, Any]:
        if not isinstance(question, SendTranscript):
            return await self._calls(answer, self._crm, question, self._clock())
        if self._mailer is None:
            raise Refused("unavailable", "No mail server is set for this installation: PARLEY_SMTP_URL names it.")
        told = await self._calls(outbox.put, self._crm, question, self._clock())
        self._mailer.wake()
        return told
