"""The store in memory, on the library's plain-Python recorder: for tests of what stands on a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import RLock

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.popo import POPOAggregateRecorder, POPOProcessRecorder

from .port import Commit, Due, LeaseBook, Logged, Stale, Standing, Store


class MemoryLeases(LeaseBook):
    """Leases in a dictionary."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._leases: dict[int, tuple[str, int, int]] = {}
        self._members: dict[str, int] = {}

    def epoch(self, partition: int) -> int:
        """The epoch of the newest lease; 0 when there has been none."""
        return self._leases.get(partition, ("", 0, 0))[1]

    def renew(self, owner: str, ttl_ms: int, now: int) -> Standing:
        with self._lock:
            held = {number for number, lease in self._leases.items() if lease[0] == owner}
            for number in held:
                self._leases[number] = (owner, self._leases[number][1], now + ttl_ms)
            self._members = {name: seen for name, seen in self._members.items() if seen >= now - ttl_ms} | {owner: now}
            return Standing(held, len(self._members))

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
        self._snapshots = POPOAggregateRecorder()
        self.leases: MemoryLeases = MemoryLeases()
        self._agenda: dict[str, Due] = {}
        self._published: dict[int, int] = {}
        self._tracking: dict[str, int] = {}

    def commit(self, commit: Commit) -> Sequence[int]:
        with self._lock:
            for partition, epoch in commit.fence.items():
                if self.leases.epoch(partition) != epoch:
                    raise Stale(f"partition {partition} has another owner")
            for source, position in commit.tracking.items():
                if self._tracking.get(source, -1) >= position:
                    raise Stale(f"{source} has been consumed beyond {position}")
            try:
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

    def agenda(self, partition: int) -> list[Due]:
        return [entry for entry in self._agenda.values() if entry.partition == partition]

    def save_snapshot(self, snapshot: StoredEvent) -> None:
        self._snapshots.insert_events([snapshot])

    def snapshot(self, stream: str) -> StoredEvent | None:
        return next(iter(self._snapshots.select_events(stream, desc=True, limit=1)), None)

    def close(self) -> None:
        """Nothing is held."""
