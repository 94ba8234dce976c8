"""The crm-logger as the loops know it: a projection, and answers to questions about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from parley_chassis.bus import Bus, Consumer, Delivery, Inbox
from parley_chassis.courier import Courier
from parley_chassis.dead_letters import DeadLetters
from parley_chassis.offload import Offload
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.contacts import AskInteraction
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Reply, Said
from parley_contracts.showings import Replied
from parley_contracts.topology import CRM_QUESTIONS, crm_inbox, gateway_inbox
from parley_contracts.wire import encode

from .store import Crm, Interaction
from .views import interaction_shown

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

    def __init__(self, crm: Crm, bus: Bus, tasks: Tasks) -> None:
        self._crm, self._bus = crm, bus
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
        for message in await self._dead_letters.read(delivery, CRM_QUESTIONS):
            await self._answer(message)
        await delivery.ack()

    async def _answer(self, message: Message) -> None:
        if not isinstance(message, AskInteraction) or message.sender is None:
            return await self._dead_letters.put(message, CRM_QUESTIONS, TypeError("this is no question"), 1)
        sender = message.sender
        try:
            found = await self._look_up(message)
        except StoreDown as error:
            log.error("a question could not be answered", extra={"reason": str(error)})
            reply = Reply.to(sender, Refused("unavailable", "The CRM does not answer: try again."))
        else:
            nothing = Refused("not_found", "There is no such interaction.")
            reply = Reply.to(sender, nothing if found is None else interaction_shown(found))
        self._courier.send(gateway_inbox(sender.gateway), encode(Replied(tenant=message.tenant, reply=reply)))
        return None

    async def _look_up(self, question: AskInteraction) -> Interaction | None:
        """Tried again a few times: after a restart of the database the first connections are dead ones."""
        for _ in range(LOOK_UPS - 1):
            try:
                return await self._calls(self._crm.interaction, question.tenant, question.item)
            except StoreDown as error:
                log.warning("asked again", extra={"reason": str(error)})
                await asyncio.sleep(0.2)
        return await self._calls(self._crm.interaction, question.tenant, question.item)
