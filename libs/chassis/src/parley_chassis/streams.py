"""States in use, kept in memory and folded anew from snapshot and log when they are missing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from eventsourcing.persistence import StoredEvent
from parley_contracts.topology import partition_of

from .journal import Journal
from .store import Store

State = TypeVar("State")


class Folding(Protocol[State]):
    """How a service folds its events: pure functions of its domain."""

    journal: Journal
    snapshot_every: int | None
    """After so many events a snapshot is kept; None where streams are short."""

    def new(self, stream: str) -> State:
        """The state before anything has happened."""

    def evolve(self, state: State, event: Any) -> State:
        """The state after an event; must not fail."""

    def freeze(self, state: State) -> bytes:
        """The state as bytes; only with `snapshot_every`."""

    def thaw(self, stream: str, frozen: bytes) -> State:
        """The state from its bytes; only with `snapshot_every`."""


class Live(Generic[State]):
    """One stream's state, the version that it is folded up to, and where new events are gathered."""

    __slots__ = ("_evolve", "due", "gathered", "partition", "snapshot_version", "state", "stream", "version")

    def __init__(self, stream: str, state: State, version: int, evolve: Callable[[State, Any], State]) -> None:
        self.stream, self.state, self.version = stream, state, version
        self.partition = partition_of(stream)
        self.snapshot_version = version
        self.due: int | None = None
        self.gathered: list[tuple[int, Any]] = []
        self._evolve = evolve

    def apply(self, event: Any) -> None:
        """It has happened: evolve, and gather the event for the commit."""
        self.version += 1
        self.state = self._evolve(self.state, event)
        self.gathered.append((self.version, event))


SNAPSHOT = "Snapshot.1"


def fold_streams(store: Store, folding: Folding[State], streams: Iterable[str]) -> dict[str, Live[State]]:
    """Fold these streams from the store; blocking. Streams without events are there too, at version 0."""
    found: dict[str, Live[State]] = {}
    cold = list(streams)
    for stream in cold:
        snapshot = store.snapshot(stream) if folding.snapshot_every else None
        if snapshot is None:
            found[stream] = Live(stream, folding.new(stream), 0, folding.evolve)
        else:
            state = folding.thaw(stream, snapshot.state)
            found[stream] = Live(stream, state, snapshot.originator_version, folding.evolve)
    whole = [stream for stream in cold if found[stream].version == 0]
    events: list[StoredEvent] = store.streams(whole) if whole else []
    for stream in cold:
        if found[stream].version:
            events += store.streams([stream], after=found[stream].version)
    for stored in events:
        live = found[str(stored.originator_id)]
        live.state = folding.evolve(live.state, folding.journal.event(stored.topic, stored.state))
        live.version = stored.originator_version
    return found


class Streams(Generic[State]):
    """The live states of one process, at most `most` of them: the longest unused is forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._live: OrderedDict[str, Live[State]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    def get(self, stream: str) -> Live[State] | None:
        """The live state, now the most recently used; None when it must be folded first."""
        live = self._live.get(stream)
        if live is not None:
            self._live.move_to_end(stream)
        return live

    def put(self, live: Live[State]) -> None:
        self._live[live.stream] = live

    def trim(self) -> None:
        """Forget what is too much; between batches only."""
        while len(self._live) > self._most:
            self._live.popitem(last=False)

    def forget(self, streams: Iterable[str]) -> None:
        """These are not as in the store: fold them anew when next needed."""
        for stream in streams:
            self._live.pop(stream, None)

    def forget_partitions(self, partitions: set[int]) -> None:
        """Another process owns these from now on."""
        self.forget([stream for stream, live in self._live.items() if live.partition in partitions])
