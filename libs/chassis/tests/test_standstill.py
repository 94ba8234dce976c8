"""R33: what stands still although something waits in it is said by /readyz, with its reason, and shown as a number.

The long waits are only made to seem long: the clock that counts them is moved.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from parley_chassis import partitions, standstill, tenure
from parley_chassis.answering import Answering
from parley_chassis.bus import BusDown, Inbox
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.courier import Courier
from parley_chassis.deciding import Deciding
from parley_chassis.partitions import LEASE_TTL_MS
from parley_chassis.service import Out
from parley_chassis.standstill import STUCK_AFTER_S
from parley_chassis.store import StoreDown
from parley_chassis.store.memory import MemoryLeases
from parley_chassis.tasks import Tasks
from parley_contracts.commands import AreYouThere, AskQueue, FloorHeld
from parley_contracts.shapes import Command, Message, Sender
from parley_contracts.showings import Replied
from parley_contracts.topology import PARTITIONS, gateway_inbox, partition_of
from parley_contracts.wire import encode, pack, unpack
from prometheus_client import REGISTRY
from test_group_commit import Counting, World
from test_projector import Told
from test_sharing import HALF
from test_sharing import World as SharingWorld

STUCK_S = STUCK_AFTER_S + 1
ASKING = Sender(gateway="g1", connection=1, id="there?", role="system", user="system")


class Later:
    """The clock that counts how long something waits; it can be moved on."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.by = 0.0
        real = standstill.monotonic
        for module in (standstill, tenure, partitions):
            patch.setattr(module, "monotonic", lambda: real() + self.by)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(monkeypatch)


async def until(found: Callable[[], Any]) -> Any:
    async with asyncio.timeout(10):
        while not (result := found()):
            await asyncio.sleep(0.01)
        return result


def shown(service: str, line: str) -> float:
    return REGISTRY.get_sample_value("parley_stuck_seconds", {"service": service, "line": line}) or 0.0


# --- batches ----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.listen()
    await world.start()
    yield world
    await world.crash()


async def test_R33_a_batch_that_is_not_completed_is_said(world: World, later: Later) -> None:
    assert world.loop is not None
    goes_on = threading.Event()
    plain = world.store.commit
    world.store.commit = lambda commit: (goes_on.wait(10), plain(commit))[1]  # type: ignore[method-assign]
    await world.send("1")
    await until(lambda: world.loop.partitions.arrived is False and world.loop._turn.locked())  # type: ignore[union-attr]
    assert world.loop.troubles() == []
    later.by = STUCK_S
    [trouble] = world.loop.troubles()
    assert trouble.startswith("batches: something waits, and none has been completed since 1")
    assert shown("counting", "batches") >= STUCK_S
    goes_on.set()
    await world.until(lambda: world.heard() == ["1"])
    assert await until(lambda: world.loop.troubles() == []), "by itself"  # type: ignore[union-attr]
    assert shown("counting", "batches") < STUCK_S


async def test_R33_what_has_arrived_and_is_not_taken_is_said(world: World, later: Later) -> None:
    assert world.loop is not None
    async with world.loop._turn:
        await world.send("1")
        await until(lambda: world.loop.partitions.arrived)  # type: ignore[union-attr]
        later.by = STUCK_S
        assert world.loop.troubles()[0].startswith("batches:")
    await world.until(lambda: world.heard() == ["1"])


async def test_R33_long_work_that_goes_on_is_no_standstill(world: World, later: Later) -> None:
    assert world.loop is not None
    async with world.loop._turn:
        later.by = STUCK_S
        world.loop._tenure.store_answers()
        assert world.loop.troubles() == []
        later.by += STUCK_S
        assert world.loop.troubles() != []


async def test_R33_a_projection_that_does_not_come_on_is_said(later: Later) -> None:
    told = Told()
    goes_on = threading.Event()
    plain = told.records.apply
    told.records.apply = lambda *args: (goes_on.wait(10), plain(*args))[1]  # type: ignore[method-assign]
    await told.bus.start()
    await told.projector.start()
    await told.tell("1")
    await until(told.projector._turn.locked)
    later.by = STUCK_S
    assert told.projector.troubles()[0].startswith("batches:")
    goes_on.set()
    await told.until(1)
    await told.projector.stop()
    await told.bus.stop()


# --- lines ------------------------------------------------------------------------------------------------------------


class Deaf(MemoryBus):
    """A broker that takes nothing for some inboxes."""

    def __init__(self) -> None:
        super().__init__(MemoryBroker())
        self.deaf: set[str] = set()
        self.hangs = False
        self.tried = 0

    async def publish(self, inbox: str, body: bytes, headers: dict[str, object] | None = None) -> None:
        while inbox in self.deaf:
            self.tried += 1
            if not self.hangs:
                raise BusDown("at 10.1.2.3")
            await asyncio.sleep(0.01)
        await super().publish(inbox, body, headers)


@pytest.mark.parametrize("hangs", [True, False])
async def test_R33_a_line_whose_first_is_not_delivered_is_said(later: Later, hangs: bool) -> None:
    bus, tasks = Deaf(), Tasks()
    await bus.start()
    for inbox in ("there.1", "there.2", "stream"):
        await bus.declare(Inbox(inbox))
    courier = Courier(bus, tasks)
    courier.show_for("sending")
    bus.deaf, bus.hangs = {"there.1", "stream"}, hangs
    courier.send("there.1", b'"1"')
    courier.send("there.2", b'"2"')
    courier.offer("stream", b'"a copy"')
    await until(lambda: bus.tried >= 2 and courier.waiting == 2)
    assert courier.troubles() == []
    later.by = STUCK_S
    assert [trouble.partition(" since ")[0] for trouble in courier.troubles()] == ["there.1: not delivered"]
    assert shown("sending", "there") >= STUCK_S
    assert shown("sending", "stream") >= STUCK_S, "nobody depends on a copy, but it is shown"
    bus.deaf = set()
    await until(lambda: courier.waiting == 0)
    assert courier.troubles() == []
    assert shown("sending", "there") == 0.0
    await tasks.stop()


async def test_R33_of_many_lines_a_few_are_named(later: Later) -> None:
    bus, tasks = Deaf(), Tasks()
    await bus.start()
    names = [f"there.{number}" for number in range(6)]
    bus.deaf = set(names)
    courier = Courier(bus, tasks)
    for name in names:
        courier.send(name, b'"1"')
    await until(lambda: bus.tried >= 6)
    later.by = STUCK_S
    assert len(courier.troubles()) == 4
    assert courier.troubles()[-1] == "3 more lines likewise"
    await bus.stop()
    assert courier.troubles() == [], "a broker that is away is a trouble of its own"
    await tasks.stop()


# --- partitions -------------------------------------------------------------------------------------------------------


async def test_R33_a_partition_that_nobody_works_on_is_said(later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "LOOK_AROUND_S", 0.0)
    world = SharingWorld(MemoryLeases())
    one = await world.process()
    world.leases.renew("another that lives, and takes nothing", LEASE_TTL_MS, world.now)
    await one.look()
    assert len(one.held) == HALF
    assert one.partitions.troubles() == [], "it may be on its way from one to the other"
    later.by = LEASE_TTL_MS / 1000 + 1
    await one.look()
    assert len(one.partitions.troubles()) == PARTITIONS - HALF
    assert "no process has worked on it since 1" in one.partitions.troubles()[0]
    assert REGISTRY.get_sample_value("parley_partitions_unheld", {"service": "counting"}) == PARTITIONS - HALF
    world.leases.leave("another that lives, and takes nothing")
    await one.look()
    assert one.partitions.troubles() == []
    assert REGISTRY.get_sample_value("parley_partitions_unheld", {"service": "counting"}) == 0


async def test_R33_a_partition_that_another_process_works_on_is_no_trouble(
    later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "LOOK_AROUND_S", 0.0)
    world = SharingWorld(MemoryLeases())
    one, two = await world.process(), await world.process()
    await world.settle(one, two)
    later.by = LEASE_TTL_MS / 1000 + 1
    await world.settle(one, two)
    assert one.partitions.troubles() == two.partitions.troubles() == []
    later.by *= 2
    await world.settle(one, two)
    assert one.partitions.troubles() == two.partitions.troubles() == []


# --- who asks whether anybody is there --------------------------------------------------------------------------------


class Here(Counting):
    """The counting service, and what each of our services does with a message about a whole partition."""

    def stream_of(self, message: Message) -> str | None:
        return None if isinstance(message, AreYouThere) else super().stream_of(message)

    def handle_partition(self, message: Message, at: int, peek: Any, out: Out) -> list[Message]:
        return Deciding.handle_partition(self, message, at, peek, out)  # type: ignore[arg-type]


async def test_R33_who_asks_whether_anybody_is_there_is_answered_with_the_batch_and_nothing_is_stored() -> None:
    world = World()
    await world.listen()
    await world.start(Here())
    replies: list[Replied] = []

    async def replied(delivery: Any) -> None:
        replies.extend(unpack(delivery.body))  # type: ignore[arg-type]
        await delivery.ack()

    await world.bus.consume(Inbox(gateway_inbox("g1"), "private"), replied)
    plain, goes_on = world.store.commit, threading.Event()
    world.store.commit = lambda commit: (goes_on.wait(10), plain(commit))[1]  # type: ignore[method-assign]
    await world.send("1")
    await until(lambda: world.loop._turn.locked())  # type: ignore[union-attr]
    question = pack([encode(AreYouThere(sender=ASKING))])
    await world.bus.publish(f"counting.{partition_of('a')}", question)
    await asyncio.sleep(0.1)
    assert replies == [], "it waits its turn like everybody"
    goes_on.set()
    [reply] = await until(lambda: replies)
    assert (reply.reply.id, reply.reply.ack) == ("there?", {})
    await world.until(lambda: world.heard() == ["1"])
    assert world.store.commits == 1
    assert world.dead == []
    await world.bus.publish(f"counting.{partition_of('a')}", pack([encode(AreYouThere())]))  # from nobody
    await world.bus.publish(f"counting.{partition_of('a')}", question)
    await until(lambda: len(replies) == 2)
    await world.crash()


async def test_a_message_about_a_partition_that_nobody_knows_is_refused() -> None:
    with pytest.raises(TypeError, match="floor_held"):
        Here().handle_partition(FloorHeld(tenant="t", version=1, type="floor_held"), 1, None, Out())


async def test_R33_a_question_that_is_in_hand_for_long_is_said(later: Later) -> None:
    bus, tasks, goes_on = MemoryBus(MemoryBroker()), Tasks(), asyncio.Event()

    async def answer(question: Command) -> dict[str, Any]:
        await goes_on.wait()
        return {}

    answering = Answering("asked", "asked.questions", "The log", answer, bus, tasks)
    await bus.start()
    await bus.declare(Inbox(gateway_inbox("g1"), "private"))
    await answering.start()
    await bus.publish("asked.questions", pack([encode(AskQueue(tenant="t", sender=ASKING))]))
    await until(lambda: answering._in_hand)
    assert answering.troubles() == []
    later.by = STUCK_S
    assert answering.troubles()[0].startswith("questions: one is in hand since 1")
    assert shown("asked", "questions") >= STUCK_S
    goes_on.set()
    await until(lambda: answering.troubles() == [])
    await answering.stop()
    await tasks.stop()


# --- the store --------------------------------------------------------------------------------------------------------


async def test_R33_a_loop_says_whatever_stands_still_in_it_and_that_its_store_answers_when_it_has_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.loop is not None
    assert world.loop._tenure._keeping is not None
    world.loop._tenure._keeping.cancel()
    world.store.troubles = [StoreDown("away")]
    await world.send("1")
    await until(lambda: world.loop.troubles() == ["store: away"])  # type: ignore[union-attr]
    await world.until(lambda: world.heard() == ["1"])
    assert world.loop.troubles() == []
    monkeypatch.setattr(world.loop.partitions, "troubles", lambda: ["a partition"])
    monkeypatch.setattr(world.loop.courier, "troubles", lambda: ["a line"])
    assert world.loop.troubles() == ["a partition", "a line"]


async def test_R33_an_answer_that_needs_no_store_does_not_say_that_the_store_is_there() -> None:
    world = World()
    await world.listen()
    await world.start(Here())
    assert world.loop is not None
    tenure_ = world.loop._tenure
    assert tenure_._keeping is not None
    tenure_._keeping.cancel()
    waiting = asyncio.create_task(tenure_.wait_for_store(StoreDown("away")))
    await asyncio.sleep(0)
    batches = asyncio.Event()
    plain = world.loop._turn_of_work

    async def counted() -> None:
        await plain()
        batches.set()

    world.loop._turn_of_work = counted  # type: ignore[method-assign]
    await world.bus.publish(f"counting.{partition_of('a')}", pack([encode(AreYouThere())]))
    async with asyncio.timeout(5):
        await batches.wait()
    assert world.loop.troubles() == ["store: away"]
    await waiting
    await world.crash()
