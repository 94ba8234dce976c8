"""R33: the gateway knows which service does not answer it, says so, and lets nobody wait for what will not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from parley_chassis.bus import Delivery, Inbox
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.tasks import Tasks
from parley_contracts.commands import AreYouThere
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_contracts.showings import Replied
from parley_contracts.topology import (
    CRM_QUESTIONS,
    PARTITIONS,
    ROUTER_QUESTIONS,
    chat_stream,
    floor_stream,
    gateway_inbox,
    partition_of,
    router_inbox,
    session_inbox,
)
from parley_contracts.wire import encode, pack, unpack
from parley_gateway import service_watch
from parley_gateway.service_link import ServiceLink
from parley_gateway.service_watch import EVERY_S, MOST_UNANSWERED, SILENT_S, ServiceWatch
from prometheus_client import REGISTRY

INBOXES = [
    *(router_inbox(number) for number in range(PARTITIONS)),
    *(session_inbox(number) for number in range(PARTITIONS)),
    ROUTER_QUESTIONS,
    CRM_QUESTIONS,
]


class World:
    """A gateway's watch, its time, and services of which some answer."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.broker = MemoryBroker()
        self.bus, self.tasks, self.now = MemoryBus(self.broker), Tasks(), 1_000.0
        patch.setattr(service_watch, "monotonic", lambda: self.now)
        patch.setattr(service_watch, "TICK_S", 0)
        self.link = ServiceLink(self.bus, self.tasks)
        self.watch = ServiceWatch(self.link, self.bus)
        self.silent: set[str] = set()
        self._asking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.bus.start()
        await self.link.start()
        for inbox in INBOXES:
            await self.bus.consume(Inbox(inbox), lambda delivery, inbox=inbox: self._hear(inbox, delivery))
        self.asks()

    def asks(self) -> None:
        self._asking = self.tasks.start(self.watch.run(), "watch")  # type: ignore[arg-type]

    async def stands_still(self) -> None:
        """The gateway's process does nothing for a while."""
        assert self._asking is not None
        self._asking.cancel()
        with suppress(asyncio.CancelledError):
            await self._asking

    async def _hear(self, inbox: str, delivery: Delivery) -> None:
        for message in unpack(delivery.body):
            assert isinstance(message, AreYouThere)
            while inbox in self.silent:
                await asyncio.sleep(0)
            assert message.sender is not None
            answer = Replied(tenant="", reply=Reply.to(message.sender, {}))
            with suppress(Exception):
                await self.bus.publish(gateway_inbox(message.sender.gateway), pack([encode(answer)]))
        await delivery.ack()

    async def settles(self) -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    async def passes(self, seconds: float, step: float = 1.0) -> None:
        """So much time, in which what is asked is answered."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + step)
            await self.settles()

    def waiting(self, inbox: str) -> int:
        """What this gateway has asked there and nobody has taken."""
        queue = self.broker.queues[inbox]
        return len(queue.waiting) + sum(len(consumer.out) for consumer in queue.consumers)


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    world = World(monkeypatch)
    yield world
    world.silent.clear()
    await world.tasks.stop()
    await world.bus.stop()


async def test_R33_a_gateway_is_ready_when_every_service_has_answered_it(world: World) -> None:
    world.silent = {session_inbox(1), CRM_QUESTIONS}
    assert len(world.watch.troubles()) == 0, "without the broker nothing can be said of services"
    await world.start()
    await world.settles()
    assert world.watch.troubles() == [
        "session: no answer for partition 1 yet",
        "crm-logger: no answer for questions yet",
    ]
    assert world.watch.answers(CRM_QUESTIONS), "it may answer any moment"
    world.silent.clear()
    await world.settles()
    assert world.watch.troubles() == []


@pytest.mark.parametrize("inbox", [router_inbox(2), session_inbox(0), ROUTER_QUESTIONS, CRM_QUESTIONS])
async def test_R33_who_does_not_answer_any_more_is_named_within_15_s_and_is_not_when_it_does_again(
    world: World, inbox: str
) -> None:
    await world.start()
    await world.passes(60)
    assert world.watch.troubles() == []
    world.silent = {inbox}
    await world.passes(SILENT_S - 1)
    assert world.watch.troubles() == [], "it may be busy"
    await world.passes(EVERY_S + 2)
    [trouble] = world.watch.troubles()
    service, part = inbox.partition(".")[0], f"partition {inbox[-1]}" if inbox[-1].isdigit() else "questions"
    assert trouble.startswith(f"{service}: no answer for {part} since 1")
    assert not world.watch.answers(inbox)
    label = {"service": service, "partition": part.removeprefix("partition ")}
    assert (REGISTRY.get_sample_value("parley_unanswered_seconds", label) or 0) >= SILENT_S
    world.silent.clear()
    await world.settles()
    assert world.watch.troubles() == []
    assert world.watch.answers(inbox)
    assert REGISTRY.get_sample_value("parley_unanswered_seconds", label) == 0


async def test_R33_a_service_that_is_long_away_finds_few_questions_and_the_first_says_that_it_is_back(
    world: World,
) -> None:
    await world.start()
    world.silent = {router_inbox(0)}
    await world.passes(150, step=EVERY_S - 0.1)
    assert 5 < world.waiting(router_inbox(0)) < 12
    await world.passes(3_600, step=EVERY_S - 0.1)
    assert 12 < world.waiting(router_inbox(0)) <= MOST_UNANSWERED
    world.silent.clear()
    await world.settles()
    assert world.watch.troubles() == []
    await world.passes(EVERY_S * 4)
    assert world.watch.lines[router_inbox(0)].silent_s() == 0, "it is asked as often as before"


async def test_R33_nothing_waits_for_a_broker_that_is_away_and_all_are_asked_at_once_when_it_is_back(
    world: World,
) -> None:
    await world.start()
    await world.settles()
    await world.bus.stop()
    await world.passes(120)
    assert world.link._courier.waiting == 0
    assert not any(map(world.waiting, INBOXES))
    assert world.watch.troubles() == [], "that the broker is away is said already"
    assert not world.watch.answers(session_inbox(3)), "nobody is left waiting all the same"
    await world.bus.start()
    world.watch.returned()
    assert world.watch.answers(session_inbox(3))


async def test_R33_whoever_takes_a_partition_is_asked_at_once(world: World) -> None:
    await world.start()
    world.silent = {router_inbox(1)}
    await world.passes(600, step=EVERY_S - 0.1)
    asked = world.waiting(router_inbox(1))
    world.watch.taken("router", 1)
    await world.settles()
    assert world.waiting(router_inbox(1)) == asked + 1


async def test_R33_a_gateway_that_stood_still_accuses_nobody(world: World) -> None:
    await world.start()
    await world.passes(2 * EVERY_S)
    line = world.watch.lines[router_inbox(0)]
    line.asked("router.floors.0 never sent", world.now)
    await world.passes(EVERY_S - 1)
    world.now += 600
    await world.settles()
    assert world.watch.troubles() == []


async def test_R33_nobody_begins_what_nobody_will_answer(world: World) -> None:
    tenant, chat = "t", "c"
    session, router = (
        session_inbox(partition_of(chat_stream(tenant, chat))),
        router_inbox(partition_of(floor_stream(tenant))),
    )
    world.link.require_session(tenant, chat)
    world.link.require_router(tenant)
    world.watch.lines[session].asked(f"{session} 0", world.now - SILENT_S)
    with pytest.raises(Refused, match="does not answer"):
        world.link.require_session(tenant, chat)
    world.link.require_router(tenant)
    world.watch.lines[router].asked(f"{router} 0", world.now - SILENT_S)
    with pytest.raises(Refused, match="does not answer"):
        world.link.require_router(tenant)
    with pytest.raises(Refused, match="does not answer"):
        async with asyncio.timeout(1):
            await world.link.ask(router, AreYouThere(), "system", "system")
