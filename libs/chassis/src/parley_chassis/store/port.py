"""What a service needs of its store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from eventsourcing.persistence import StoredEvent

from ..letters import Letter
from ..lines import LineRow
from ..offload import Offload

if TYPE_CHECKING:
    from .letters import LetterBook

SNAPSHOTS_KEPT = 2
"""Of each stream: the newest, and the one before it, for a process to which the newest does not fit."""


class Stale(Exception):
    """Somebody else has written since: the partition has another owner, or a stream another version."""


class NothingThere(ValueError):
    """A tool was told to open what nobody has made."""


class StoreDown(Exception):
    """The store cannot be reached, or refuses to write (a full disk); what was asked did not happen, or may have."""


class Logged(NamedTuple):
    """One event as it stands in the log, at its position `id`."""

    id: int
    originator_id: str
    originator_version: int
    topic: str
    state: bytes


class OpenStream(NamedTuple):
    """An open stream in the agenda: when something is due there (milliseconds since 1970), None for nothing yet."""

    stream: str
    partition: int
    due: int | None


@dataclass
class Commit:
    """Everything that one group commit writes, all of it or nothing.

    `fence` names the partitions that are written, with the epoch of their lease: if one has been taken over meanwhile,
    nothing is written. `tracking` is how far each upstream source has been consumed, `published` how far each partition
    has been said to the world, `agenda` which streams are open and when something is due there (None: closed). `letters` is
    what could not be taken and is passed over, `settled` the numbers of letters that have been taken after all.
    """

    fence: dict[int, int] = field(default_factory=dict)
    events: list[StoredEvent] = field(default_factory=list)
    tracking: dict[str, int] = field(default_factory=dict)
    published: dict[int, int] = field(default_factory=dict)
    agenda: dict[str, OpenStream | None] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)

    @property
    def opened(self) -> list[OpenStream]:
        """The streams that are open, with what is due there."""
        return [entry for entry in self.agenda.values() if entry is not None]

    @property
    def closed(self) -> list[str]:
        """The streams that are closed for good."""
        return [stream for stream, entry in self.agenda.items() if entry is None]


class Membership(NamedTuple):
    """Where a process stands among those of its service: the partitions that it holds with the epochs of their leases, and how
    many processes live."""

    held: dict[int, int]
    members: int


class LeaseBook(ABC):
    """Which process works on which partition of a service. Blocking: called off the loop.

    Owners are names of processes, times are milliseconds since 1970 by the callers' clocks. All raise StoreDown.
    """

    @abstractmethod
    def renew(self, owner: str, ttl_ms: int, now: int) -> Membership:
        """Say that this process lives, and prolong all its leases."""

    @abstractmethod
    def acquire(self, partition: int, owner: str, ttl_ms: int, now: int) -> int | None:
        """Take the lease on a partition: its new epoch, or None while another owner's lease holds."""

    @abstractmethod
    def release(self, owner: str, partitions: Iterable[int]) -> None:
        """Give leases back at once."""

    @abstractmethod
    def leave(self, owner: str) -> None:
        """This process works no more: everything that it held is free at once."""

    @abstractmethod
    def owners(self, now: int) -> dict[int, str]:
        """Who holds which partition now."""


class Store(ABC):
    """One service's log, its positions, its agenda, its letters and the leases on its partitions. Blocking: called off the
    loop."""

    leases: LeaseBook
    letters: LetterBook

    @abstractmethod
    def commit(self, commit: Commit) -> Sequence[int]:
        """Write it all in one transaction; the log positions of the events, in order. Raises Stale, StoreDown."""

    async def commit_soon(self, commit: Commit, offload: Offload) -> Sequence[int]:
        """As `commit`, from the event loop: by `offload`, or without a thread where the store can."""
        return await offload(self.commit, commit)

    @abstractmethod
    def streams(self, streams: Sequence[str], after: int = 0) -> list[StoredEvent]:
        """The events of these streams beyond version `after`, each stream in order."""

    @abstractmethod
    def events_of(self, stream: str, topics: Sequence[str]) -> list[StoredEvent]:
        """A stream's events of these stored names (`Name.version`), in order: few of many. Looks at the whole stream, so it
        is for questions that are asked seldom."""

    @abstractmethod
    def log(self, after: int, limit: int) -> Sequence[Logged]:
        """Events of all streams beyond a log position, in the order in which they were committed."""

    @abstractmethod
    def end(self) -> int:
        """The position of the newest event; 0 when there is none."""

    @abstractmethod
    def tracking(self) -> dict[str, int]:
        """How far each upstream source has been consumed."""

    @abstractmethod
    def published(self, partition: int) -> int:
        """How far a partition's events have been said to the world."""

    @abstractmethod
    def lines(self, partition: int) -> tuple[int | None, list[LineRow]]:
        """A partition's lines, and the log position at which they were saved; None where they never were."""

    @abstractmethod
    def save_lines(self, partition: int, at: int, lines: Sequence[LineRow]) -> None:
        """Keep a partition's lines as they were at a log position, in one transaction."""

    @abstractmethod
    def timeline(self) -> str:
        """The life of this log: empty at first, another name after each time that it was restored."""

    @abstractmethod
    def begin_timeline(self, name: str, ends: dict[str, int]) -> None:
        """The log has been restored. `ends`: how far the sources go now; what is known beyond belongs to another life."""

    @abstractmethod
    def agenda(self, partition: int) -> list[OpenStream]:
        """The open streams of a partition."""

    @abstractmethod
    def save_snapshot(self, snapshot: StoredEvent) -> None:
        """Keep a folded state, in the place of one of the same version; `originator_version` is the version that it was folded
        up to. Of the stream's snapshots the last `SNAPSHOTS_KEPT` are left."""

    @abstractmethod
    def snapshot(self, stream: str, before: int | None = None) -> StoredEvent | None:
        """The newest snapshot of a stream; the newest before that of version `before`."""

    @abstractmethod
    def close(self) -> None:
        """Give up the connections."""
