"""A snapshot is a short cut and no more: one that does not fit is not used, and nothing is lost by that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent
from parley_chassis.journal import Journal
from parley_chassis.metrics import SNAPSHOTS_DISCARDED
from parley_chassis.offload import Offload
from parley_chassis.shape import shape_of
from parley_chassis.store import SNAPSHOTS_KEPT, Commit, Store, open_store
from parley_chassis.streams import Live, fold_streams, keep_snapshot, snapshot_topic

STREAM, EVERY = "acme", 10


class Added(msgspec.Struct, frozen=True):
    number: int


class Sum(msgspec.Struct):
    total: int = 0
    largest: int = 0


class Old(msgspec.Struct):
    total: int = 0


class Summing:
    """Folds numbers."""

    name = "summing"
    journal = Journal((Added,))
    snapshot_every: int | None = EVERY

    def __init__(self, shape: type[msgspec.Struct] = Sum) -> None:
        self.snapshot_shape = shape_of(shape)
        self.thawed: list[int] = []
        self.read = 0

    def new(self, stream: str) -> Sum:
        return Sum()

    def evolve(self, state: Sum, event: Any) -> Sum:
        self.read += 1
        return Sum(state.total + event.number, max(state.largest, event.number))

    def freeze(self, state: Sum) -> bytes:
        return msgspec.json.encode(state)

    def thaw(self, stream: str, frozen: bytes) -> Sum:
        state = msgspec.json.decode(frozen, type=Sum)
        self.thawed.append(state.total)
        return state


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store, with 25 numbers in a stream."""
    url = {"memory": "memory:", "sqlite": f"sqlite:{tmp_path}"}.get(request.param)
    with closing(open_store(url or request.getfixturevalue("database_url"), "summing")) as opened:
        add(opened, 1, 25)
        yield opened


def add(store: Store, first: int, last: int) -> None:
    stored = [Summing.journal.stored(STREAM, number, Added(number)) for number in range(first, last + 1)]
    store.commit(Commit(events=stored))


def snapshot(version: int, state: Any, topic: str | None = None) -> StoredEvent:
    return StoredEvent(STREAM, version, topic or snapshot_topic(Summing()), msgspec.json.encode(state))


def up_to(version: int) -> Sum:
    return Sum(sum(range(version + 1)), version)


def fold(store: Store, folding: Summing | None = None) -> tuple[Live[Sum], Summing, int]:
    """The stream's state; how it was folded; how many snapshots did not fit."""
    folding = folding or Summing()
    before = discarded()
    live = fold_streams(store, folding, [STREAM])[STREAM]
    return live, folding, discarded() - before


def discarded() -> int:
    return int(SNAPSHOTS_DISCARDED.labels("summing")._value.get())


async def keep(store: Store, live: Live[Sum]) -> None:
    calls = Offload("testing")
    try:
        await keep_snapshot(store, Summing(), live, calls)
    finally:
        calls.close()


def test_one_that_fits_saves_reading_what_it_holds(store: Store) -> None:
    store.save_snapshot(snapshot(20, up_to(20)))
    live, folding, unfit = fold(store)
    assert (live.state, live.version, live.snapshot_version) == (up_to(25), 25, 20)
    assert (folding.read, unfit) == (5, 0)


UNFIT = {
    "from before there were shapes": snapshot(20, Old(210), "Snapshot.1"),
    "another shape": snapshot(20, Old(210), snapshot_topic(Summing(Old))),
    "another shape that can be read, wrongly": snapshot(20, Sum(7, 7), "Snapshot.0123456789abcdef"),
    "not to be thawed": snapshot(20, {"total": "many"}),
    "no JSON at all": StoredEvent(STREAM, 20, snapshot_topic(Summing()), b"\x00{"),
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
def test_one_that_does_not_fit_is_counted_and_the_log_is_folded(
    store: Store, unfit: StoredEvent, caplog: pytest.LogCaptureFixture
) -> None:
    store.save_snapshot(unfit)
    live, folding, discarded = fold(store)
    assert (live.state, live.version, live.snapshot_version) == (up_to(25), 25, 0)
    assert (folding.read, discarded) == (25, 1)
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "does not fit" in warning.getMessage()
    assert vars(warning)["stream"] == STREAM


def test_the_one_before_is_used_where_the_newest_does_not_fit(store: Store) -> None:
    """After an upgrade that was taken back."""
    store.save_snapshot(snapshot(10, up_to(10)))
    store.save_snapshot(UNFIT["another shape"])
    live, folding, discarded = fold(store)
    assert (live.state, live.snapshot_version) == (up_to(25), 10)
    assert (folding.thawed, folding.read, discarded) == ([55], 15, 1)


async def test_after_one_that_did_not_fit_the_next_is_kept_at_once_and_the_old_ones_go(store: Store) -> None:
    store.save_snapshot(UNFIT["from before there were shapes"])
    live, _, _ = fold(store)
    await keep(store, live)
    again, folding, discarded = fold(store)
    assert (again.state, again.snapshot_version, folding.read, discarded) == (up_to(25), 25, 0, 0)
    add(store, 26, 40)
    live, _, _ = fold(store)
    await keep(store, live)
    assert versions(store) == [40, 25]


async def test_one_at_the_version_of_one_that_does_not_fit_takes_its_place(store: Store) -> None:
    store.save_snapshot(snapshot(25, Old(325), "Snapshot.1"))
    live, _, discarded = fold(store)
    assert discarded == 1
    await keep(store, live)
    again, _, discarded = fold(store)
    assert (again.state, again.snapshot_version, discarded) == (up_to(25), 25, 0)


def test_of_a_stream_the_last_are_left_and_of_others_all(store: Store) -> None:
    store.save_snapshot(StoredEvent("other", 3, "Snapshot.1", b"{}"))
    for version in (5, 10, 15, 20):
        store.save_snapshot(snapshot(version, up_to(version)))
    assert versions(store) == [20, 15]
    assert len(versions(store)) == SNAPSHOTS_KEPT
    assert versions(store, "other") == [3]


def versions(store: Store, stream: str = STREAM) -> list[int]:
    found: list[int] = []
    while (one := store.snapshot(stream, found[-1] if found else None)) is not None:
        found.append(one.originator_version)
    return found


def test_a_snapshot_is_named_by_its_shape() -> None:
    assert snapshot_topic(Summing()) == f"Snapshot.{shape_of(Sum)}"
    assert snapshot_topic(Summing(Old)) != snapshot_topic(Summing())
    assert json.loads(UNFIT["another shape"].state) == {"total": 210}
