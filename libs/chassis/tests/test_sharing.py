"""Several processes of one service: partitions are shared out evenly, and move in order when one comes or goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.partitions import LEASE_TTL_MS, Partitions
from parley_chassis.store import LeaseBook, Membership, Stale, StoreDown, leases, open_store
from parley_chassis.store.memory import MemoryLeases
from parley_contracts.topology import PARTITIONS

HALF, THIRD = PARTITIONS // 2, ceil(PARTITIONS / 3)


class Process:
    """One process's partitions, and what happens to them."""

    def __init__(self, world: World) -> None:
        self.world, self.turn = world, asyncio.Lock()
        self.arrived = 0
        self.bus = MemoryBus(world.broker)
        self.partitions = Partitions(
            "counting",
            lambda partition: f"counting.{partition}",
            world.leases,
            self.bus,
            lambda: world.now,
            self._arrived,
            self.turn,
        )
        self.handed_over: list[int] = []
        self.lost: list[int] = []

    def _arrived(self) -> None:
        self.arrived += 1

    @property
    def held(self) -> set[int]:
        return self.partitions.held

    async def look(self) -> None:
        """What every process does once a second."""
        await self.partitions.share_out(self)

    async def begin(self, taken: dict[int, int]) -> None:
        assert self.turn.locked()
        await self.partitions.open(taken)

    async def hand_over(self, partitions: list[int]) -> None:
        assert self.turn.locked()
        await self.partitions.pause(partitions)
        await self.partitions.release(partitions)
        self.handed_over += partitions

    async def lose(self, partitions: list[int]) -> None:
        await self.partitions.let_go(partitions)
        self.lost += partitions


class World:
    def __init__(self, leases: LeaseBook) -> None:
        self.broker, self.leases, self.now = MemoryBroker(), leases, 1_000

    async def process(self) -> Process:
        process = Process(self)
        await process.bus.start()
        await process.partitions.declare()
        await process.look()
        return process

    async def settle_once(self, *processes: Process) -> None:
        self.now += 1_000
        for process in processes:
            await process.look()

    async def settle(self, *processes: Process) -> None:
        for _ in range(2):
            await self.settle_once(*processes)
        held = [partition for process in processes for partition in process.held]
        assert sorted(held) == list(range(PARTITIONS)), "each partition has one owner"


class Lossy(MemoryLeases):
    """Of some calls the answer is lost; of some of these the call itself is carried out only later."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.chance, self.loses = chance, False
        self.late: list[Callable[[], object]] = []

    def _call(self, call: Callable[[], Any]) -> Any:
        while self.late and self.chance.random() < 0.5:
            self.late.pop(self.chance.randrange(len(self.late)))()
        if not self.loses or self.chance.random() < 0.6:
            return call()
        if self.chance.random() < 0.5:
            call()
        else:
            self.late.append(call)
        raise StoreDown("the answer is lost")

    def renew(self, owner: str, ttl_ms: int, now: int) -> Membership:
        found: Membership = self._call(lambda: super(Lossy, self).renew(owner, ttl_ms, now))
        return found

    def acquire(self, partition: int, owner: str, ttl_ms: int, now: int) -> int | None:
        epoch: int | None = self._call(lambda: super(Lossy, self).acquire(partition, owner, ttl_ms, now))
        return epoch

    def release(self, owner: str, partitions: Iterable[int]) -> None:
        self._call(lambda: super(Lossy, self).release(owner, list(partitions)))

    def epochs(self) -> dict[int, tuple[str, int]]:
        return {partition: (owner, epoch) for partition, (owner, epoch, _) in self._leases.items()}


@pytest.mark.parametrize("seed", range(40))
async def test_R33_whatever_answers_are_lost_in_the_end_each_partition_is_worked_on(seed: int) -> None:
    chance = Random(seed)
    leases = Lossy(chance)
    world = World(leases)
    processes = [await world.process() for _ in range(chance.randint(2, 3))]
    for _ in range(30):
        leases.loses = chance.random() < 0.8
        world.now += chance.choice([1_000, 1_000, 1_000, LEASE_TTL_MS + 1])
        process = chance.choice(processes)
        with suppress(StoreDown, Stale):
            if chance.random() < 0.2:
                async with process.turn:
                    await process.lose(await process.partitions.take_anew(process.held))
            else:
                await process.look()
    leases.loses = False
    while leases.late:
        leases.late.pop()()
    for _ in range(3):
        await world.settle_once(*processes)
    await world.settle(*processes)
    for process in processes:
        for partition in process.held:
            assert leases.epochs()[partition] == (process.partitions.owner, process.partitions.epoch(partition))


@pytest.fixture
async def world() -> World:
    return World(MemoryLeases())


async def test_partitions_are_shared_out_evenly_as_processes_come_and_go(world: World) -> None:
    one = await world.process()
    assert len(one.held) == PARTITIONS
    two = await world.process()
    assert two.held == set(), "nothing is free yet"
    await world.settle(one, two)
    assert (len(one.held), len(two.held)) == (HALF, HALF)
    three = await world.process()
    await world.settle(one, two, three)
    assert sorted(len(process.held) for process in (one, two, three)) == sorted((PARTITIONS - 2 * THIRD, THIRD, THIRD))
    await two.partitions.leave()
    await world.settle(one, three)
    assert (len(one.held), len(three.held)) == (HALF, HALF)
    assert one.lost == three.lost == [], "nobody lost anything: all was handed over"


async def test_what_is_kept_stays_where_it_is(world: World) -> None:
    one = await world.process()
    two = await world.process()
    await world.settle(one, two)
    before = set(one.held), set(two.held)
    await world.settle(one, two)
    assert (one.held, two.held) == before


async def test_a_process_that_died_is_replaced_when_its_lease_has_run_out(world: World) -> None:
    one, two = await world.process(), await world.process()
    await world.settle(one, two)
    world.now += LEASE_TTL_MS - 1
    await two.look()
    assert len(two.held) == HALF
    world.now += 2
    await two.look()
    assert len(two.held) == PARTITIONS


async def test_one_that_stood_still_finds_that_it_has_lost_its_partitions(world: World) -> None:
    one, two = await world.process(), await world.process()
    await world.settle(one, two)
    frozen = set(one.held)
    world.now += LEASE_TTL_MS + 1
    await two.look()
    await one.look()
    assert set(one.lost) == frozen
    await world.settle(one, two)
    assert (len(one.held), len(two.held)) == (HALF, HALF)


async def test_messages_come_to_the_one_who_holds_the_partition_and_none_is_lost_on_the_way(world: World) -> None:
    one = await world.process()
    for partition in range(PARTITIONS):
        await one.bus.publish(f"counting.{partition}", b"[]")
    await asyncio.sleep(0.01)
    assert one.arrived == PARTITIONS
    two = await world.process()
    await world.settle(one, two)
    await asyncio.sleep(0.01)
    arrived: list[int] = []
    for process in (one, two):
        while (taken := process.partitions.take_arrived()) is not None:
            partition, delivery = taken
            assert partition in process.held
            arrived.append(partition)
            await delivery.ack()
    assert sorted(arrived) == list(range(PARTITIONS)), (
        "each once, to its owner, although it had arrived elsewhere before"
    )


async def test_a_hand_over_that_failed_is_taken_up_again(world: World) -> None:
    one, two = await world.process(), await world.process()

    async def fail(partitions: list[int]) -> None:
        await one.partitions.pause(partitions)
        raise ConnectionError("the store is away")

    orderly, one.hand_over = one.hand_over, fail  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await one.look()
    await two.partitions.leave()  # and then there is nobody any more to hand it to
    one.hand_over = orderly  # type: ignore[method-assign]
    await world.settle(one)
    await one.bus.publish(f"counting.{PARTITIONS - 1}", b"[]")
    await asyncio.sleep(0.01)
    assert one.arrived == 1, "what was paused is consumed again"


@pytest.mark.servers
async def test_processes_share_by_the_database(database_url: str) -> None:
    stores = [open_store(database_url, "testing") for _ in range(3)]
    for number, store in enumerate(stores, 1):
        assert store.leases.renew(f"p{number}", LEASE_TTL_MS, 1_000).members == number
    assert stores[0].leases.acquire(3, "p1", LEASE_TTL_MS, 1_000) == 1
    stores[0].close()  # as with a process that was killed: it counts no more, without waiting for its lease
    while stores[1].leases.renew("p2", LEASE_TTL_MS, 1_000).members != 2:
        await asyncio.sleep(0.01)
    assert stores[1].leases.acquire(3, "p2", LEASE_TTL_MS, 1_000) == 2
    stores[1].leases.leave("p2")
    assert stores[2].leases.renew("p3", LEASE_TTL_MS, 1_000).members == 1
    assert stores[2].leases.acquire(3, "p3", LEASE_TTL_MS, 1_000) == 3
    for store in stores[1:]:
        store.close()


def test_data_of_another_number_of_partitions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "PARTITIONS", PARTITIONS * 2)
    open_store(f"sqlite:{tmp_path}", "testing").close()
    monkeypatch.undo()
    with pytest.raises(ValueError, match=f"written with {PARTITIONS * 2} partitions"):
        open_store(f"sqlite:{tmp_path}", "testing")
