"""Answers from the log what the floor does not keep: how its queues became what they are (R5)."""

from __future__ import annotations

from typing import Any

from parley_chassis.answering import Answering
from parley_chassis.bus import Bus
from parley_chassis.offload import Offload
from parley_chassis.store import Store
from parley_chassis.tasks import Tasks
from parley_contracts.commands import AreYouThere, AskQueueChanges
from parley_contracts.shapes import Command
from parley_contracts.topology import ROUTER_QUESTIONS, floor_stream

from .domain.events import QueueRemoved, QueueSet
from .handlers import Router
from .views import queue_changes

TOPICS = Router.journal.topics(QueueSet, QueueRemoved)


class Questions:
    """None of it keeps the floors' work waiting: it reads the log in a thread of its own."""

    def __init__(self, store: Store, bus: Bus, tasks: Tasks) -> None:
        self._store = store
        self._calls = Offload("router-questions")
        self._answering = Answering(
            Router.name, ROUTER_QUESTIONS, "The router's log", self._answer, bus, tasks, at_once=10
        )

    async def start(self) -> None:
        """Take questions."""
        await self._answering.start()

    async def stop(self) -> None:
        """Take no more."""
        await self._answering.stop()
        self._calls.close()

    def troubles(self) -> list[str]:
        """Why questions have no answer; empty when they have."""
        return self._answering.troubles()

    async def _answer(self, question: Command) -> dict[str, Any]:
        if isinstance(question, AreYouThere):
            return await self._calls(dict)  # by the thread that all answers come from
        if not isinstance(question, AskQueueChanges):
            raise TypeError(f"nothing is known about {question.type}")
        return await self._calls(self._changes, question)

    def _changes(self, asked: AskQueueChanges) -> dict[str, Any]:
        stored = self._store.events_of(floor_stream(asked.tenant), TOPICS)
        events = [(each.originator_version, Router.journal.event(each.topic, each.state)) for each in stored]
        return {"changes": [change._asdict() for change in queue_changes(events, asked.before, asked.limit)]}
