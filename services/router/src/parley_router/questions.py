"""Answers from the log what the floor does not keep: how its queues became what they are (R5)."""

from __future__ import annotations

import logging

from parley_chassis.bus import Bus, Consumer, Delivery, Inbox
from parley_chassis.courier import Courier
from parley_chassis.dead_letters import DeadLetters
from parley_chassis.offload import Offload
from parley_chassis.store import Store, StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.commands import AskQueueChanges
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Reply
from parley_contracts.showings import Replied
from parley_contracts.topology import ROUTER_QUESTIONS, dead_inbox, floor_stream, gateway_inbox
from parley_contracts.wire import encode

from .domain.events import QueueRemoved, QueueSet
from .handlers import Router
from .views import QueueChange, queue_changes

log = logging.getLogger("parley.router")

TOPICS = Router.journal.topics(QueueSet, QueueRemoved)


class Questions:
    """Any number of processes share the inbox: all read the same log, and none keeps the floors' work waiting for it."""

    def __init__(self, store: Store, bus: Bus, tasks: Tasks) -> None:
        self._store, self._bus, self._tasks = store, bus, tasks
        self._courier = Courier(bus, tasks)
        self._calls = Offload("router-questions")
        self._dead_letters = DeadLetters(bus, Router.name)
        self._consumer: Consumer | None = None

    async def start(self) -> None:
        """Take questions."""
        inbox = Inbox(ROUTER_QUESTIONS, "shared", dead=dead_inbox(Router.name))
        self._consumer = await self._bus.consume(inbox, self._receive, prefetch=10)

    async def stop(self) -> None:
        """Take no more."""
        if self._consumer is not None:
            await self._consumer.cancel()
        self._calls.close()

    async def _receive(self, delivery: Delivery) -> None:
        self._tasks.start(self._work_on(delivery), "an answer")

    async def _work_on(self, delivery: Delivery) -> None:
        for message in await self._dead_letters.read(delivery, ROUTER_QUESTIONS):
            await self._answer(message)
        await delivery.ack()

    async def _answer(self, message: Message) -> None:
        if not isinstance(message, AskQueueChanges) or message.sender is None:
            return await self._dead_letters.put(message, ROUTER_QUESTIONS, TypeError("this is no question"), 1)
        sender = message.sender
        try:
            found = await self._calls(self._changes, message)
            reply = Reply.to(sender, {"changes": [change._asdict() for change in found]})
        except StoreDown as error:
            log.error("a question could not be answered", extra={"reason": str(error)})
            reply = Reply.to(sender, Refused("unavailable", "The router's log does not answer: try again."))
        self._courier.send(gateway_inbox(sender.gateway), encode(Replied(tenant=message.tenant, reply=reply)))
        return None

    def _changes(self, asked: AskQueueChanges) -> list[QueueChange]:
        stored = self._store.events_of(floor_stream(asked.tenant), TOPICS)
        events = [(each.originator_version, Router.journal.event(each.topic, each.state)) for each in stored]
        return queue_changes(events, asked.before, asked.limit)
