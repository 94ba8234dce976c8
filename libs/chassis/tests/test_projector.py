"""The loop of a service that builds tables from events: in batches, each once, what cannot be projected put aside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.letters import Letter
from parley_chassis.projector import Projector
from parley_chassis.store import Commit, Stale, StoreDown
from parley_chassis.store.memory import MemoryStore
from parley_contracts.chat_events import ChatNoteAdded
from parley_contracts.shapes import Said
from parley_contracts.wire import encode, pack
from prometheus_client import REGISTRY

INBOX = "records.0"


class Records:
    """Rows of what was told, with a row that it cannot take."""

    name = "records"

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.letters = self.store.letters
        self.rows: list[str] = []
        self.taken: dict[str, int] = {}
        self.batches = 0
        self.refuses = ""
        self.down = False
        self.life = ""

    def inbox(self, partition: int) -> str:
        return f"records.{partition}"

    def timeline(self) -> str:
        return self.life

    def positions(self) -> dict[str, int]:
        return dict(self.taken)

    def apply(
        self, events: Sequence[Said], positions: dict[str, int], letters: Sequence[Letter], settled: Sequence[int]
    ) -> None:
        self.batches += 1
        if self.down:
            raise StoreDown("away")
        texts = [event.text for event in events if isinstance(event, ChatNoteAdded)]
        if self.refuses in texts:
            raise ValueError("there is no row for that")
        if any(self.taken.get(source, 0) >= position for source, position in positions.items()):
            raise Stale("taken already")
        self.store.commit(Commit(letters=[*letters], settled=[*settled]))
        self.rows += texts
        self.taken.update(positions)


class Told:
    """A projector at work, and whoever tells it things."""

    def __init__(self) -> None:
        self.bus, self.records = MemoryBus(MemoryBroker()), Records()
        self.now = 5_001
        self.projector = Projector(self.records, self.records.store.leases, self.bus, clock=lambda: self.now)
        self.position = 0

    async def tell(self, *texts: str, poison: str = "poison") -> bytes:
        """Notes, all in one broker message, each about the same chat but the poison; its body, to be told again."""
        notes = []
        for text in texts:
            self.position += 1
            head = {"tenant": "t", "at": 1, "chat": "d" if text == poison else "c", "n": self.position, "agent": "anna"}
            place: dict[str, Any] = {"source": "session.0", "position": self.position, "before": self.position - 1}
            notes.append(ChatNoteAdded(**head, text=text, **place))  # type: ignore[arg-type]
        body = pack([encode(note) for note in notes])
        await self.bus.publish(INBOX, body)
        return body

    async def until(self, rows: int) -> None:
        async with asyncio.timeout(10):
            while len(self.records.rows) < rows:
                await asyncio.sleep(0.01)


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    told = Told()
    await told.bus.start()
    await told.projector.start()
    yield told
    await told.projector.stop()
    await told.bus.stop()


async def test_R30_what_is_told_twice_has_one_row(told: Told) -> None:
    body = await told.tell("1", "2")
    await told.until(2)
    await told.bus.publish(INBOX, body)
    await told.tell("3")
    await told.until(3)
    assert told.records.rows == ["1", "2", "3"]


async def test_R30_what_cannot_be_projected_is_found_by_halves_and_put_aside(told: Told) -> None:
    told.records.refuses = "poison"
    names = [str(number) for number in range(500)]
    await told.tell(*names[:300], "poison", *names[300:])
    await told.until(500)
    assert told.records.rows == names
    assert [(letter.tries, letter.stream) for letter in told.records.letters.page()] == [(5, "t/d")]
    assert told.records.batches < 40


def metric(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"parley_projection_{name}", {"service": "records"})


async def test_R29_how_far_the_projection_is_behind_is_a_metric(told: Told) -> None:
    told.records.down = True
    await told.tell("1", "2")
    async with asyncio.timeout(10):
        while not told.records.batches:
            await asyncio.sleep(0.01)
    assert (metric("behind_seconds"), metric("waiting_events")) == (5.0, 2.0)
    told.now += 60_000
    assert metric("behind_seconds") == 65.0
    before = metric("lag_seconds_sum") or 0.0
    told.records.down = False
    await told.until(2)
    await told.tell("3")
    await told.until(3)  # which is a batch of its own: the one before is done with
    assert (metric("lag_seconds_sum") or 0.0) - before >= 65.0
