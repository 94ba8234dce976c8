"""The loop of a service: exactly once, in order, nothing lost; what cannot be handled is put aside.

A small service counts: each `Pick` of an item adds one to its counter, and says so to the inbox `out`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from parley_chassis.bus import Delivery, Inbox
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.group_commit import REFUSED_STALE, GroupCommit
from parley_chassis.journal import Journal
from parley_chassis.letters import Letter
from parley_chassis.partitions import LEASE_TTL_MS
from parley_chassis.service import Out
from parley_chassis.store import Commit, OpenStream, Stale, StoreDown
from parley_chassis.store.memory import MemoryStore
from parley_chassis.streams import Live
from parley_contracts.chat_events import ChatTouched
from parley_contracts.commands import Pick, Wake
from parley_contracts.shapes import Message, Said
from parley_contracts.topology import PARTITIONS, partition_of
from parley_contracts.wire import encode, pack, unpack


class Counted(msgspec.Struct, frozen=True):
    at: int
    by: str


class Rang(msgspec.Struct, frozen=True):
    at: int


class Counter:
    """A stream's state."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.ring_at: int | None = None
        self.rung = 0


class Counting:
    """The service. `break_on` names commands that it cannot digest."""

    name = "counting"
    journal = Journal((Counted, Rang))
    snapshot_shape = "a-list-of-texts"

    def __init__(self, snapshot_every: int | None = None) -> None:
        self.snapshot_every = snapshot_every
        self.break_on: set[str] = set()
        self.handled: list[str] = []
        self.given_up: set[int] = set()
        self.thawed = 0

    def new(self, stream: str) -> Counter:
        return Counter()

    def evolve(self, state: Counter, event: Any) -> Counter:
        if isinstance(event, Counted):
            state.seen.append(event.by)
            if event.by.startswith("ring"):
                state.ring_at = int(event.by.partition("@")[2])
        else:
            state.ring_at, state.rung = None, state.rung + 1
        return state

    def freeze(self, state: Counter) -> bytes:
        return ",".join(state.seen).encode()

    def thaw(self, stream: str, frozen: bytes) -> Counter:
        self.thawed += 1
        state = Counter()
        state.seen = frozen.decode().split(",")
        return state

    def inbox(self, partition: int) -> str:
        return f"counting.{partition}"

    def stream_of(self, message: Message) -> str | None:
        return message.chat if isinstance(message, ChatTouched) else message.item  # type: ignore[attr-defined]

    def handle(self, live: Live[Counter], message: Message, at: int, out: Out) -> None:
        if isinstance(message, Wake):
            if live.state.ring_at is not None and live.state.ring_at <= at:
                live.apply(Rang(at))
            return
        by = message.agent if isinstance(message, ChatTouched) else message.traceparent or ""  # type: ignore[attr-defined]
        self.handled.append(by)
        live.apply(Counted(at, by))
        if by in self.break_on:
            raise RuntimeError(f"cannot digest {by}")

    def handle_partition(
        self, message: Message, at: int, peek: Callable[[str], Live[Counter] | None], out: Out
    ) -> list[Message]:
        return []

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        by = event.by if isinstance(event, Counted) else "rang"
        return [("out", ChatTouched(tenant="t", at=event.at, chat=stream, n=version, agent=by))]

    def due(self, state: Counter) -> int | None:
        return state.ring_at

    def agenda(self, live: Live[Counter]) -> OpenStream | None:
        return OpenStream(live.stream, live.partition, live.state.ring_at)

    def partitions_taken(self, agenda: list[OpenStream], at: int) -> None:
        pass

    def partitions_lost(self, partitions: set[int]) -> None:
        self.given_up |= partitions

    def paused(self, ms: int) -> None:
        pass

    def every_second(self, at: int) -> list[Message]:
        return []


class TroubledStore(MemoryStore):
    """Refuses its next commits, as a store that is away or written by another."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = []
        self.after_writing: list[Exception] = []
        self.indigestible: bytes | None = None
        self.commits = 0

    def commit(self, commit: Commit) -> Any:
        self.commits += bool(commit.events)
        if self.indigestible is not None and any(self.indigestible in event.state for event in commit.events):
            raise ValueError("there is no place for that")
        if self.troubles and commit.events:
            raise self.troubles.pop(0)
        positions = super().commit(commit)
        if self.after_writing and commit.events:
            raise self.after_writing.pop(0)
        return positions


class World:
    """A broker, a store, the service in one process or after another."""

    def __init__(self) -> None:
        self.broker, self.store = MemoryBroker(), TroubledStore()
        self.bus = MemoryBus(self.broker)
        self.service = Counting()
        self.now = 1_000
        self.said: list[ChatTouched] = []
        self._changed = asyncio.Event()
        self.loop: GroupCommit[Counter] | None = None

    async def start(self, service: Counting | None = None) -> None:
        """A process begins."""
        self.service = service or self.service
        bus = MemoryBus(self.broker)
        await bus.start()
        self.loop = GroupCommit(self.service, self.store, bus, clock=lambda: self.now)
        await self.loop.start()

    async def crash(self) -> None:
        """It is gone in the middle of things; its leases run out."""
        assert self.loop is not None
        await self.loop.tasks.stop()
        await self.loop.bus.stop()
        self.now += 10_001

    async def listen(self) -> None:
        """Whoever is told what the service says; what is said again after a crash is dropped by its position."""

        async def heard(delivery: Delivery) -> None:
            for said in unpack(delivery.body):
                assert isinstance(said, ChatTouched)
                last = max((known.position for known in self.said if known.source == said.source), default=0)
                if said.position > last:
                    self.said.append(said)
            self._changed.set()
            await delivery.ack()

        await self.bus.start()
        await self.bus.consume(Inbox("out"), heard)

    async def send(self, *names: str, stream: str = "a") -> None:
        """Commands, all in one broker message."""
        messages = [encode(Pick(tenant="t", item=stream, traceparent=name)) for name in names]
        await self.bus.publish(f"counting.{partition_of(stream)}", pack(messages))

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not done():
                self._changed.clear()
                with suppress(TimeoutError):  # what is stored and not said changes nothing that is heard
                    await asyncio.wait_for(self._changed.wait(), 0.02)

    @property
    def dead(self) -> list[Letter]:
        """What is kept as letters."""
        return self.store.letters.page()

    def heard(self) -> list[str]:
        return [said.agent for said in self.said]

    def stored(self, stream: str = "a") -> list[str]:
        return [msgspec.json.decode(e.state).get("by", "rang") for e in self.store.streams([stream])]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.listen()
    yield world
    if world.loop is not None:
        await world.crash()


async def test_what_arrives_is_stored_in_order_and_said_in_order(world: World) -> None:
    await world.start()
    await world.send("1", "2", "3")
    await world.send("4")
    await world.until(lambda: len(world.said) == 4)
    assert world.heard() == world.stored() == ["1", "2", "3", "4"]
    assert [said.position for said in world.said] == sorted({said.position for said in world.said})
    assert {said.source for said in world.said} == {f"counting.{partition_of('a')}"}


async def test_what_arrived_together_is_one_commit(world: World) -> None:
    await world.start()
    before = world.store.end()
    commits: list[int] = []
    plain = world.store.commit
    world.store.commit = lambda commit: (commits.append(len(commit.events)), plain(commit))[1]  # type: ignore[method-assign]
    await world.send(*(str(number) for number in range(50)))
    await world.until(lambda: len(world.said) == 50)
    assert world.store.end() - before == 50
    assert [size for size in commits if size] == [50]


async def test_R30_an_upstream_event_that_comes_twice_has_one_effect(world: World) -> None:
    await world.start()
    said = ChatTouched(tenant="t", at=1, chat="a", n=1, agent="once", source="up.1", position=5)
    inbox = f"counting.{partition_of('a')}"
    await world.bus.publish(inbox, pack([encode(said)] * 2))
    await world.bus.publish(inbox, pack([encode(said)]))
    await world.send("then")
    await world.until(lambda: len(world.said) == 2)
    assert world.stored() == ["once", "then"]
    await world.crash()
    await world.start(Counting())
    await world.bus.publish(inbox, pack([encode(said)]))  # also after a restart
    await world.send("at last")
    await world.until(lambda: len(world.said) == 3)
    assert world.stored() == ["once", "then", "at last"]


async def test_R30_poison_is_tried_five_times_then_put_aside_and_the_others_go_on(world: World) -> None:
    await world.start()
    world.service.break_on = {"poison"}
    await world.send("1", "poison", "2")
    await world.send("3", stream="b")
    await world.until(lambda: len(world.said) == 3 and len(world.dead) == 1)
    assert world.stored() == ["1", "2"]
    assert world.stored("b") == ["3"]
    assert world.service.handled.count("poison") >= 5
    letter = world.dead[0]
    assert (letter.kind, letter.tries, letter.stream, letter.type) == ("failed", 5, "t/a", "pick")
    assert "cannot digest poison" in letter.reason
    assert letter.inbox == f"counting.{partition_of('a')}"
    assert [message.traceparent for message in unpack(letter.body)] == ["poison"]


BESIDE = next(name for name in "bcdefghijk" if partition_of(name) == partition_of("a"))
"""A stream of the same partition as `a`."""


def upstream(*agents: str, other: str = "a") -> bytes:
    """What another service says, each naming what was said before it; the last is about another chat, where one is named."""
    chats = ["a"] * (len(agents) - 1) + [other]
    said = [
        ChatTouched(tenant="t", at=1, chat=chat, n=1, agent=agent, source="up.1", position=place, before=place - 1)
        for place, (agent, chat) in enumerate(zip(agents, chats, strict=True), 1)
    ]
    return pack([encode(each) for each in said])


async def test_R34_poison_from_upstream_counts_as_passed_also_after_a_restart(world: World) -> None:
    await world.start()
    world.service.break_on = {"poison"}
    inbox = f"counting.{partition_of('a')}"
    await world.bus.publish(inbox, upstream("1", "poison", "2"))
    await world.until(lambda: len(world.said) == 1 and len(world.dead) == 2)
    await world.crash()
    await world.start(Counting())
    await world.bus.publish(inbox, upstream("1", "poison", "2", "3", other=BESIDE))
    await world.until(lambda: len(world.said) == 2)
    assert (world.stored(), world.stored(BESIDE)) == (["1"], ["3"]), "nothing over a gap, and the poison is no gap"


async def test_R34_nothing_is_taken_over_a_gap(world: World) -> None:
    await world.start()
    inbox = f"counting.{partition_of('a')}"
    later = ChatTouched(tenant="t", at=1, chat="a", n=3, agent="3", source="up.1", position=3, before=2)
    await world.bus.publish(inbox, pack([encode(later)]))
    await world.bus.publish(inbox, upstream("1", "2", "3"))
    await world.until(lambda: len(world.said) == 3)
    assert world.stored() == ["1", "2", "3"]


async def test_R30_who_came_with_poison_is_not_stored_one_by_one(world: World) -> None:
    await world.start()
    world.service.break_on = {"poison"}
    names = [str(number) for number in range(400)]
    await world.send(*names[:200], "poison", *names[200:])
    await world.until(lambda: len(world.said) == 400 and len(world.dead) == 1)
    assert world.stored() == names
    assert world.service.handled.count("poison") == 5
    assert world.store.commits < 20


async def test_R30_what_the_store_cannot_take_is_found_by_halves(world: World) -> None:
    await world.start()
    world.store.indigestible = b'"poison"'
    names = [str(number) for number in range(400)]
    await world.send(*names[:300], "poison", *names[300:])
    await world.until(lambda: len(world.said) == 400 and len(world.dead) == 1)
    assert world.stored() == names == world.heard()
    assert world.dead[0].tries == 5
    assert "there is no place for that" in world.dead[0].reason
    assert world.store.commits < 60


async def test_R30_bytes_that_are_no_message_are_put_aside_and_the_others_go_on(world: World) -> None:
    await world.start()
    inbox = f"counting.{partition_of('a')}"
    good = encode(Pick(tenant="t", item="a", traceparent="good"))
    await world.bus.publish(inbox, b"not json")
    await world.bus.publish(inbox, pack([b'{"type":"dance"}', good]))
    await world.until(lambda: len(world.said) == 1 and len(world.dead) == 2)
    assert world.stored() == ["good"]
    assert [letter.body for letter in world.dead] == [b"not json", b'[{"type":"dance"}]'], "as it may be sent again"


async def test_R30_a_store_that_is_away_is_waited_for(world: World) -> None:
    await world.start()
    world.store.troubles = [StoreDown("away"), StoreDown("away")]
    await world.send("1", "2")
    await world.until(lambda: len(world.said) == 2)
    assert world.stored() == world.heard() == ["1", "2"]
    assert world.loop is not None
    assert world.loop.troubles() == []


async def test_R30_a_commit_whose_answer_was_lost_is_not_made_twice(world: World) -> None:
    await world.start()
    said = ChatTouched(tenant="t", at=1, chat="a", n=1, agent="once", source="up.1", position=5)
    world.store.after_writing = [StoreDown("the answer was lost")]
    await world.bus.publish(f"counting.{partition_of('a')}", pack([encode(said)]))
    await world.send("2")
    await world.until(lambda: "2" in world.heard())
    assert world.stored() == ["once", "2"]
    assert world.heard() == ["once", "2"], "it was stored, so it is said"


async def test_R30_a_commit_that_was_given_up_cannot_be_carried_out_late(world: World) -> None:
    await world.start()
    assert world.loop is not None
    epoch = world.loop.partitions.epoch(partition_of("a"))
    assert epoch is not None
    world.store.troubles = [StoreDown("the answer was lost")]
    await world.send("1")
    await world.until(lambda: world.heard() == ["1"])
    late = world.service.journal.stored("b", 1, Counted(0, "late"))
    with pytest.raises(Stale):
        world.store.commit(Commit(fence={partition_of("a"): epoch}, events=[late]))


async def test_what_was_written_by_another_is_read_again_and_decided_anew(world: World) -> None:
    await world.start()
    await world.send("1")
    await world.until(lambda: len(world.said) == 1)
    world.store.commit(Commit(events=[world.service.journal.stored("a", 2, Counted(0, "by another"))]))
    await world.send("3")
    await world.until(lambda: "3" in world.heard())
    assert world.stored() == ["1", "by another", "3"]


async def test_who_has_lost_the_partition_writes_nothing_more(world: World) -> None:
    await world.start()
    await world.send("1")
    await world.until(lambda: len(world.said) == 1)
    partition = partition_of("a")
    world.store.leases.release(world.loop.partitions.owner, [partition])  # type: ignore[union-attr]
    assert world.store.leases.acquire(partition, "another", 10_000, world.now) is not None
    await world.send("2")
    assert world.loop is not None
    async with asyncio.timeout(10):
        while partition in world.loop.partitions:
            await asyncio.sleep(0.02)
    assert world.stored() == ["1"]


async def test_what_another_wrote_while_it_had_the_partition_is_known_when_it_comes_back(world: World) -> None:
    """A stream that was folded after the partition was lost, for a message that was in hand still, is not kept."""
    await world.start()
    assert world.loop is not None
    await world.send("1")
    await world.until(lambda: len(world.said) == 1)
    partition, leases, owner = partition_of("a"), world.store.leases, world.loop.partitions.owner
    leases.release(owner, [partition])
    assert leases.acquire(partition, "another", 10_000, world.now) is not None
    world.loop.send_to_self(Pick(tenant="t", item="a", traceparent="not ours"))
    async with asyncio.timeout(10):
        while partition in world.loop.partitions:
            await asyncio.sleep(0.02)
    world.loop.send_to_self(Pick(tenant="t", item="a", traceparent="not ours either"))
    await asyncio.sleep(0.1)
    world.store.commit(Commit(events=[world.service.journal.stored("a", 2, Counted(0, "by another"))]))
    leases.release("another", [partition])
    async with asyncio.timeout(10):
        while partition not in world.loop.partitions:
            await asyncio.sleep(0.02)
    asked = REFUSED_STALE.labels("counting")._value.get()
    await world.send("3")
    await world.until(lambda: "3" in world.heard())
    assert world.stored() == ["1", "by another", "3"]
    assert REFUSED_STALE.labels("counting")._value.get() == asked, "it was decided on what is there, at once"


async def test_a_partition_that_another_had_in_between_is_begun_anew(world: World) -> None:
    await world.start()
    assert world.loop is not None
    partitions = world.loop.partitions
    partition, leases = partition_of("a"), world.store.leases
    async with world.loop._turn:
        leases.release(partitions.owner, [partition])
        assert leases.acquire(partition, "another", 10_000, world.now) is not None
        leases.release("another", [partition])
        assert await partitions.take_anew([partition]) == [partition]
        others = [number for number in partitions.held if number != partition]
        assert await partitions.take_anew(others) == [], "nobody else had those"


async def test_who_could_not_look_for_the_length_of_a_lease_answers_nothing_before_it_has_looked(world: World) -> None:
    """A refusal is not fenced by a commit: whoever stood still may not refuse what its successor would do."""
    await world.start()
    assert world.loop is not None
    partitions, partition = world.loop.partitions, partition_of("a")
    async with world.loop._turn:
        world.store.leases.release(partitions.owner, [partition])
        assert world.store.leases.acquire(partition, "another", 10_000, world.now) is not None
        partitions._looked_at -= LEASE_TTL_MS / 1000
        assert not partitions.sure
        await world.send("1")
        handled = list(world.service.handled)
        await asyncio.sleep(0.05)
        await world.loop._turn_of_work()
        assert partitions.sure
        assert (world.service.handled, partition in partitions) == (handled, False)


async def test_what_came_to_the_wrong_inbox_is_put_aside_and_not_lost(world: World) -> None:
    await world.start()
    astray = pack([encode(Pick(tenant="t", item="a", traceparent="astray"))])
    await world.bus.publish(f"counting.{(partition_of('a') + 1) % PARTITIONS}", astray)
    await world.until(lambda: len(world.dead) == 1)
    assert world.stored() == []


async def test_R30_what_was_stored_and_not_said_is_said_by_the_next(world: World) -> None:
    await world.start()
    await world.send("1")
    await world.until(lambda: len(world.said) == 1)
    await world.crash()
    for version in (2, 3):  # stored, and then the process was gone before it could say so
        world.store.commit(Commit(events=[world.service.journal.stored("a", version, Counted(0, str(version)))]))
    await world.start(Counting())
    await world.until(lambda: world.heard()[-2:] == ["2", "3"])
    positions = [said.position for said in world.said]
    assert positions[-2:] == [2, 3]


async def test_R30_what_was_not_acknowledged_comes_to_the_next(world: World) -> None:
    world.store.troubles = [StoreDown("away")] * 1_000
    await world.start()
    await world.send("1", "2")
    await asyncio.sleep(0.05)
    await world.crash()
    world.store.troubles = []
    await world.start(Counting())
    await world.until(lambda: len(world.said) == 2)
    assert world.stored() == ["1", "2"]


async def test_what_is_due_is_decided_by_itself_also_after_a_restart(world: World) -> None:
    await world.start()
    await world.send("ring@5000")
    await world.until(lambda: len(world.said) == 1)
    await world.send("2")
    await world.until(lambda: len(world.said) == 2)
    assert "rang" not in world.stored()
    await world.crash()
    assert world.now > 5_000
    await world.start(Counting())
    await world.until(lambda: "rang" in world.heard())
    assert world.stored() == ["ring@5000", "2", "rang"]


async def test_a_snapshot_saves_reading_the_whole_stream(world: World) -> None:
    await world.start(Counting(snapshot_every=10))
    await world.send(*(str(number) for number in range(12)))
    await world.until(lambda: len(world.said) == 12)
    await world.send("12")
    await world.until(lambda: len(world.said) == 13)
    await world.crash()
    again = Counting(snapshot_every=10)
    await world.start(again)
    await world.send("13")
    await world.until(lambda: len(world.said) == 14)
    assert again.thawed == 1
    live = world.loop.streams.get("a") if world.loop else None
    assert live is not None
    assert live.state.seen == [str(number) for number in range(14)]


async def test_a_stale_write_names_its_partition() -> None:
    store = MemoryStore()
    with pytest.raises(Stale, match="partition 3"):
        store.commit(Commit(fence={3: 1}))
