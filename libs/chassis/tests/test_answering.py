"""R31, R32: a question that fails is answered `unavailable`, put aside with its reason, and keeps nobody else waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from parley_chassis import answering
from parley_chassis.answering import TRIES, Answering
from parley_chassis.bus import Delivery, Inbox
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.commands import AskQueue, Pick
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Sender
from parley_contracts.topology import dead_inbox, gateway_inbox
from parley_contracts.wire import encode, pack, unpack


class World:
    """Somebody who asks, and a service that answers; `failures` are raised one after the other, for the queue `broken`."""

    def __init__(self) -> None:
        self.bus = MemoryBus(MemoryBroker())
        self.ended: list[BaseException] = []
        self.tasks = Tasks(self.ended.append)
        self.failures: list[Exception] = []
        self.answered = 0
        self.dead: list[Delivery] = []
        self._replies: asyncio.Queue[Any] = asyncio.Queue()
        self._letters: asyncio.Queue[Delivery] = asyncio.Queue()
        self.answering = Answering("asked", "asked.questions", "The log", self._answer, self.bus, self.tasks)

    async def start(self) -> None:
        await self.bus.start()
        await self.answering.start()
        await self.bus.consume(Inbox(gateway_inbox("g1"), "private"), self._replied)
        await self.bus.consume(Inbox(dead_inbox("asked"), "durable"), self._put_aside)

    async def stop(self) -> None:
        await self.answering.stop()
        await self.tasks.stop()
        await self.bus.stop()

    async def _answer(self, question: Command) -> dict[str, Any]:
        assert isinstance(question, AskQueue)
        if question.queue == "broken" and self.failures:
            raise self.failures.pop(0)
        self.answered += 1
        return {"queue": question.queue}

    async def _replied(self, delivery: Delivery) -> None:
        for message in unpack(delivery.body):
            self._replies.put_nowait(message.reply)  # type: ignore[attr-defined]
        await delivery.ack()

    async def _put_aside(self, delivery: Delivery) -> None:
        self._letters.put_nowait(delivery)
        await delivery.ack()

    async def ask(self, *queues: str) -> dict[str, Any]:
        """Asks about these queues in one broker message; the answers by the question's id."""
        asked = [AskQueue(tenant="t", sender=_sender(queue), queue=queue) for queue in queues]
        await self.bus.publish("asked.questions", pack([encode(question) for question in asked]))
        async with asyncio.timeout(5):
            replies = [await self._replies.get() for _ in queues]
        return {reply.id: reply for reply in replies}

    async def letter(self) -> Delivery:
        async with asyncio.timeout(5):
            return await self._letters.get()


def _sender(id: str) -> Sender:
    return Sender(gateway="g1", connection=1, id=id, role="admin", user="ada")


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(answering, "BETWEEN_TRIES_S", 0)
    world = World()
    await world.start()
    yield world
    await world.stop()


async def test_R32_a_question_that_fails_is_put_aside_and_stops_nothing(world: World) -> None:
    world.failures = [KeyError("what nobody expected")]
    replies = await world.ask("broken", "help")
    assert replies["broken"].code == "unavailable"
    assert replies["help"].ack == {"queue": "help"}, "the next one in the same broker message is answered"
    letter = await world.letter()
    assert "what nobody expected" in str(letter.headers["x-parley-reason"])
    assert letter.headers["x-parley-inbox"] == "asked.questions"
    assert (await world.ask("later"))["later"].ack == {"queue": "later"}
    assert world.ended == [], "no process stops for a question"


async def test_R31_a_refusal_is_an_answer(world: World) -> None:
    world.failures = [Refused("not_found", "There is no such queue.")]
    assert (await world.ask("broken"))["broken"].code == "not_found"


async def test_R30_a_store_that_comes_back_is_asked_again_and_one_that_does_not_is_said(world: World) -> None:
    world.failures = [StoreDown("restarting")] * (TRIES - 1)
    assert (await world.ask("broken"))["broken"].ack == {"queue": "broken"}
    world.failures = [StoreDown("away")] * TRIES
    reply = (await world.ask("broken"))["broken"]
    assert (reply.code, reply.message) == ("unavailable", "The log does not answer: try again.")


async def test_R32_what_is_no_question_is_put_aside(world: World) -> None:
    bodies = [pack([encode(Pick(tenant="t", item="c1"))]), b'[{"type":"nonsense"}]', b"\xff not even JSON"]
    for body in bodies:
        await world.bus.publish("asked.questions", body)
        await world.letter()
    assert (await world.ask("help"))["help"].ack == {"queue": "help"}
    assert world.answered == 1
