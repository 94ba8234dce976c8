"""A breath between two departures: nobody who comes after a pause waits, and nobody is forgotten."""

from __future__ import annotations

import asyncio

import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.bus.port import Delivery, Inbox
from parley_chassis.courier import Courier
from parley_chassis.pace import Pace
from parley_chassis.tasks import Tasks


class Loop:
    """A clock that is put forward by whoever sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        monkeypatch.setattr(asyncio, "get_running_loop", lambda: self)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


async def test_who_comes_after_a_pause_leaves_at_once_and_the_next_a_gap_later(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, pace = Loop(monkeypatch), Pace(0.005)
    await pace.departure()
    loop.now = 0.002
    await pace.departure()
    assert loop.slept == [0.003], "the second waits for what is left of the gap"
    loop.now = 1.0
    await pace.departure()
    assert loop.slept == [0.003], "a pause is as good as a gap"


async def test_without_a_gap_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, pace = Loop(monkeypatch), Pace(0.0)
    for _ in range(3):
        await pace.departure()
    assert loop.slept == []


class Breathing(MemoryBus):
    """A bus through which a message costs something."""

    breath_s = 0.05


async def test_what_comes_within_a_breath_goes_together_and_in_order() -> None:
    bus = Breathing(MemoryBroker())
    tasks = Tasks()
    parcels: list[bytes] = []

    async def take(delivery: Delivery) -> None:
        parcels.append(delivery.body)
        await delivery.ack()

    await bus.start()
    await bus.consume(Inbox("session.chats.0"), take)
    courier = Courier(bus, tasks)
    courier.send("session.chats.0", b"1")
    async with asyncio.timeout(5):
        while len(parcels) < 1:
            await asyncio.sleep(0)
        for number in (b"2", b"3", b"4"):
            courier.send("session.chats.0", number)
            await asyncio.sleep(0)
        while len(parcels) < 2:
            await asyncio.sleep(0)
    assert parcels == [b"[1]", b"[2,3,4]"]
    await tasks.stop()
    await bus.stop()
