"""States in use, kept in memory and folded anew from snapshot and log when they are missing."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

from eventsourcing.persistence import StoredEvent
from parley_contracts.topology import partition_of

from .journal import Journal, Newer
from .metrics import SNAPSHOTS_DISCARDED
from .offload import Offload
from .store import SNAPSHOTS_KEPT, Store, StoreDown

log = logging.getLogger("parley.streams")
State = TypeVar("State")
NOTICES = 20


class Folding(Protocol[State]):
    """How a service folds its events: pure functions of its domain."""

    name: str
    journal: Journal
    snapshot_every: int | None
    """After so many events a snapshot is kept; None where streams are short."""
    snapshot_shape: str
    """What `shape_of` says of that which `freeze` writes; only with `snapshot_every`."""

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

    __slots__ = (
        "_evolve",
        "due",
        "gathered",
        "halted",
        "partition",
        "snapshot_version",
        "state",
        "stream",
        "version",
        "waits",
    )

    def __init__(self, stream: str, state: State, version: int, evolve: Callable[[State, Any], State]) -> None:
        self.stream, self.state, self.version = stream, state, version
        self.partition = partition_of(stream)
        self.snapshot_version = version
        self.due: int | None = None
        self.gathered: list[tuple[int, Any]] = []
        self.halted: str | None = None
        """Why nothing can be decided here: an event is of a newer version, or cannot be folded."""
        self.waits = False
        """Whether what is decided now waits for a letter: it is not known here how things really stand."""
        self._evolve = evolve

    def apply(self, event: Any) -> None:
        """It has happened: evolve, and gather the event for the commit."""
        self.version += 1
        self.state = self._evolve(self.state, event)
        self.gathered.append((self.version, event))


def snapshot_topic(folding: Folding[State]) -> str:
    """The stored name of a service's snapshots. It holds their shape: one that was made before the shape was changed has
    another."""
    return f"Snapshot.{folding.snapshot_shape}"


def fold_streams(store: Store, folding: Folding[State], streams: Iterable[str]) -> dict[str, Live[State]]:
    """Fold these streams from the store; blocking. Streams without events are there too, at version 0; one with an event that
    cannot be folded here is `halted` before it."""
    found: dict[str, Live[State]] = {}
    cold = list(streams)
    for stream in cold:
        thawed = _thawed(store, folding, stream) if folding.snapshot_every else None
        found[stream] = thawed or Live(stream, folding.new(stream), 0, folding.evolve)
    whole = [stream for stream in cold if found[stream].version == 0]
    events: list[StoredEvent] = store.streams(whole) if whole else []
    for stream in cold:
        if found[stream].version:
            events += store.streams([stream], after=found[stream].version)
    for stored in events:
        live = found[str(stored.originator_id)]
        if live.halted is None:
            _evolve(folding, live, stored)
    return found


def _evolve(folding: Folding[State], live: Live[State], stored: StoredEvent) -> None:
    event = folding.journal.read(stored.topic, stored.state)
    if isinstance(event, Newer):
        live.halted = f"holds {event.topic}, of a newer version"
    else:
        try:
            live.state = folding.evolve(live.state, event)
        except Exception as error:
            log.exception("an event cannot be folded", extra={"of": folding.name, "stream": live.stream})
            live.halted = f"{stored.topic} cannot be folded: {error!r}"
    if live.halted is not None:
        facts = {"of": folding.name, "stream": live.stream, "event": stored.topic, "version": stored.originator_version}
        log.error("a stream is halted: nothing is decided there", extra=facts)
        return
    live.version = stored.originator_version


def _thawed(store: Store, folding: Folding[State], stream: str) -> Live[State] | None:
    """From the newest snapshot that fits; None where none does, and the log is folded from its start.

    A snapshot is only a short cut: one of another shape, or that cannot be thawed for whatever reason, is not used.
    """
    before: int | None = None
    for _ in range(SNAPSHOTS_KEPT):
        snapshot = store.snapshot(stream, before)
        if snapshot is None:
            return None
        before = snapshot.originator_version
        if snapshot.topic != snapshot_topic(folding):
            _discard(folding, stream, f"it is {snapshot.topic}, and {snapshot_topic(folding)} is wanted")
            continue
        try:
            state = folding.thaw(stream, snapshot.state)
        except Exception as error:  # noqa: BLE001 - the log says the same
            _discard(folding, stream, repr(error))
            continue
        return Live(stream, state, before, folding.evolve)
    return None


def _discard(folding: Folding[State], stream: str, reason: str) -> None:
    SNAPSHOTS_DISCARDED.labels(folding.name).inc()
    facts = {"of": folding.name, "stream": stream, "reason": reason}
    log.warning("a snapshot does not fit and is not used", extra=facts)


async def keep_snapshot(store: Store, folding: Folding[State], live: Live[State], calls: Offload) -> None:
    """Keep a snapshot of a stream when it is time for one; those before the last are deleted."""
    every = folding.snapshot_every
    if every is None or live.version - live.snapshot_version < every:
        return
    frozen = folding.freeze(live.state)
    try:
        await calls(store.save_snapshot, StoredEvent(live.stream, live.version, snapshot_topic(folding), frozen))
        live.snapshot_version = live.version
    except StoreDown as error:  # the events are stored: the next one will be kept
        log.warning("no snapshot was kept", extra={"of": folding.name, "reason": str(error)})


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

    def peek(self, stream: str) -> Live[State] | None:
        """The live state; None where there is none, or it is halted."""
        live = self.get(stream)
        return None if live is None or live.halted is not None else live

    def notices(self) -> list[str]:
        """The streams in which nothing can be decided, and why; the first of them."""
        halted = (f"{stream}: {live.halted}" for stream, live in self._live.items() if live.halted is not None)
        return list(islice(halted, NOTICES))

    def forget_partitions(self, partitions: set[int]) -> None:
        """Another process owns these from now on."""
        self.forget([stream for stream, live in self._live.items() if live.partition in partitions])
