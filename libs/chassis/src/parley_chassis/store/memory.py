"""The store in memory, on the library's plain-Python recorder: for tests of what stands on a store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.popo import POPOProcessRecorder

from ..lines import LineRow
from .letters import LetterBook
from .port import SNAPSHOTS_KEPT, Commit, LeaseBook, Logged, Membership, OpenStream, Stale, Store
from .sqlite import DIALECT, SERIAL


class MemoryLeases(LeaseBook):
    """Leases in a dictionary."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._leases: dict[int, tuple[str, int, int]] = {}
        self._members: dict[str, int] = {}

    def epoch(self, partition: int) -> int:
        """The epoch of the newest lease; 0 when there has been none."""
        return self._leases.get(partition, ("", 0, 0))[1]

    def renew(self, owner: str, ttl_ms: int, now: int) -> Membership:
        with self._lock:
            held = {number: lease[1] for number, lease in self._leases.items() if lease[0] == owner}
            for number, epoch in held.items():
                self._leases[number] = (owner, epoch, now + ttl_ms)
            self._members = {name: seen for name, seen in self._members.items() if seen >= now - ttl_ms} | {owner: now}
            return Membership(held, len(self._members))

    def acquire(self, partition: int, owner: str, ttl_ms: int, now: int) -> int | None:
        with self._lock:
            holder, epoch, expires_at = self._leases.get(partition, ("", 0, -1))
            if holder not in ("", owner) and expires_at >= now:
                return None
            self._leases[partition] = (owner, epoch + 1, now + ttl_ms)
            return epoch + 1

    def release(self, owner: str, partitions: Iterable[int]) -> None:
        with self._lock:
            for number in partitions:
                if self._leases.get(number, ("", 0, 0))[0] == owner:
                    self._leases[number] = ("", self._leases[number][1], -1)

    def leave(self, owner: str) -> None:
        with self._lock:
            self.release(owner, list(self._leases))
            self._members.pop(owner, None)

    def owners(self, now: int) -> dict[int, str]:
        return {number: lease[0] for number, lease in self._leases.items() if lease[2] >= now}


class MemoryStore(Store):
    """Keeps everything in this process and forgets it with it."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._recorder = POPOProcessRecorder()
        self._snapshots: dict[str, dict[int, StoredEvent]] = {}
        self.leases: MemoryLeases = MemoryLeases()
        self._agenda: dict[str, OpenStream] = {}
        self._published: dict[int, int] = {}
        self._tracking: dict[str, int] = {}
        self._lines: dict[int, tuple[int | None, list[LineRow]]] = {}
        self._timeline = ""
        self._letters_db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._letters_db.row_factory = sqlite3.Row
        self.letters = LetterBook(DIALECT, SERIAL, self._letters_transaction)
        with self._letters_transaction(True) as cursor:
            self.letters.create(cursor)

    @contextmanager
    def _letters_transaction(self, write: bool) -> Iterator[Any]:
        with self._lock:
            cursor = self._letters_db.cursor()
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def commit(self, commit: Commit) -> Sequence[int]:
        with self._lock:
            for partition, epoch in commit.fence.items():
                if self.leases.epoch(partition) != epoch:
                    raise Stale(f"partition {partition} has another owner")
            for source, position in commit.tracking.items():
                if self._tracking.get(source, -1) >= position:
                    raise Stale(f"{source} has been consumed beyond {position}")
            positions: Sequence[int] = []
            try:
                with self._letters_transaction(True) as cursor:
                    self.letters.change(cursor, commit.letters, commit.settled)
                    positions = self._recorder.insert_events(commit.events) or []
            except IntegrityError as error:
                raise Stale(str(error)) from error
            for source, position in commit.tracking.items():
                self._recorder.insert_tracking(Tracking(source, position))
            self._tracking.update(commit.tracking)
            self._published.update(commit.published)
            for stream, entry in commit.agenda.items():
                if entry is None:
                    self._agenda.pop(stream, None)
                else:
                    self._agenda[stream] = entry
            return positions

    def streams(self, streams: Sequence[str], after: int = 0) -> list[StoredEvent]:
        with self._lock:
            return [event for stream in streams for event in self._recorder.select_events(stream, gt=after or None)]

    def events_of(self, stream: str, topics: Sequence[str]) -> list[StoredEvent]:
        return [event for event in self.streams([stream]) if event.topic in topics]

    def log(self, after: int, limit: int) -> Sequence[Logged]:
        with self._lock:
            found = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
            return [
                Logged(one.id, str(one.originator_id), one.originator_version, one.topic, one.state) for one in found
            ]

    def end(self) -> int:
        with self._lock:
            return self._recorder.max_notification_id() or 0

    def tracking(self) -> dict[str, int]:
        return dict(self._tracking)

    def published(self, partition: int) -> int:
        return self._published.get(partition, 0)

    def lines(self, partition: int) -> tuple[int | None, list[LineRow]]:
        return self._lines.get(partition, (None, []))

    def save_lines(self, partition: int, at: int, lines: Sequence[LineRow]) -> None:
        self._lines[partition] = (at, list(lines))

    def timeline(self) -> str:
        return self._timeline

    def begin_timeline(self, name: str, ends: dict[str, int]) -> None:
        self._timeline = name
        for tracked, position in self._tracking.items():
            self._tracking[tracked] = min(position, ends.get(tracked.partition(">")[0], position))
        with self._letters_transaction(True) as cursor:
            self.letters.begin_timeline(cursor, ends)

    def agenda(self, partition: int) -> list[OpenStream]:
        return [entry for entry in self._agenda.values() if entry.partition == partition]

    def save_snapshot(self, snapshot: StoredEvent) -> None:
        with self._lock:
            kept = self._snapshots.setdefault(str(snapshot.originator_id), {})
            kept[snapshot.originator_version] = snapshot
            for version in sorted(kept)[:-SNAPSHOTS_KEPT]:
                del kept[version]

    def snapshot(self, stream: str, before: int | None = None) -> StoredEvent | None:
        with self._lock:
            kept = self._snapshots.get(stream, {})
            newest = max((version for version in kept if before is None or version < before), default=None)
            return None if newest is None else kept[newest]

    def close(self) -> None:
        self._letters_db.close()
