"""The store on SQLite: one file a service, no server."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError, OperationalError, PersistenceError, StoredEvent
from eventsourcing.sqlite import SQLiteAggregateRecorder, SQLiteDatastore, SQLiteProcessRecorder

from ..lines import LineRow
from .leases import SqlLeases
from .letters import LetterBook
from .port import Commit, Logged, OpenStream, Stale, Store, StoreDown
from .sql import Cursor, Dialect, Tables, tracking_rows


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Stale(str(error)) from error
    except PersistenceError as error:
        raise StoreDown(str(error)) from error


DIALECT = Dialect(prefix="", mark="?")
SERIAL = "INTEGER PRIMARY KEY AUTOINCREMENT"
"""How a table's number is declared that goes upwards."""


class SQLiteLeases(SqlLeases):
    """One process at a time works on a file: whoever had a lease before is gone."""

    def __init__(self, writing: Callable[[], AbstractContextManager[Cursor]]) -> None:
        super().__init__(DIALECT, writing, lambda owner: "1 = 1")


class ImmediateDatastore(SQLiteDatastore):
    """Takes the write lock at the beginning of a writing transaction: one that has read first, and then finds that
    another process has written, cannot wait for it any more."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[Any]:
        with self.get_connection(commit=commit) as connection:
            try:
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
                try:
                    yield cursor
                except BaseException:
                    connection.rollback()
                    raise
                if commit:
                    connection.commit()
                else:
                    connection.rollback()
            except sqlite3.IntegrityError as error:
                raise IntegrityError(error) from error
            except sqlite3.Error as error:
                raise OperationalError(error) from error


class _Recorder(SQLiteProcessRecorder):
    """The library's recorder, writing the rest of a commit in the transaction of its events."""

    letters: LetterBook

    def _insert_events(self, c: Any, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        commit: Commit = kwargs["commit"]
        for partition, epoch in commit.fence.items():
            c.execute("SELECT epoch FROM leases WHERE partition_no = ?", (partition,))
            held = c.fetchone()
            if held is None or held["epoch"] != epoch:
                raise Stale(f"partition {partition} has another owner: the epoch is no longer {epoch}")
        c.executemany(
            "INSERT INTO published VALUES (?, ?) ON CONFLICT (partition_no) DO UPDATE SET position = excluded.position",
            commit.published.items(),
        )
        c.executemany(
            "INSERT INTO agenda VALUES (?, ?, ?) ON CONFLICT (stream) DO UPDATE SET due = excluded.due", commit.opened
        )
        c.executemany("DELETE FROM agenda WHERE stream = ?", [(stream,) for stream in commit.closed])
        for source, position in commit.tracking.items():
            c.execute(self.insert_tracking_statement, {"application_name": source, "notification_id": position})
            if c.fetchone() is None:
                raise Stale(f"{source} has been consumed beyond {position}")
        self.letters.change(c, commit.letters, commit.settled)
        return super()._insert_events(c, stored_events)


def only_to_read(path: str) -> str:
    """The name under which SQLite opens a file so that it can only be read."""
    return f"{Path(path).absolute().as_uri()}?mode=ro"


class SQLiteStore(Store):
    """`path` is the file's; it is made where it is missing. With `reading` nothing is made, and nothing can be written."""

    def __init__(self, path: str, *, reading: bool = False) -> None:
        self._datastore = ImmediateDatastore(
            only_to_read(path) if reading else path, lock_timeout=30, pool_size=3, originator_id_type="text"
        )
        self._recorder = _Recorder(self._datastore)
        self._snapshots = SQLiteAggregateRecorder(self._datastore, events_table_name="snapshots")
        self._tables = Tables(DIALECT)
        self.letters = LetterBook(DIALECT, SERIAL, lambda write: self._writing() if write else self._reading())
        self._recorder.letters = self.letters
        self.leases = SQLiteLeases(self._reading if reading else self._writing)
        if reading:
            return
        with _errors():
            self._recorder.create_table()
            self._snapshots.create_table()
            with self._writing() as cursor:
                self._tables.create(cursor)
                self.letters.create(cursor)
            self.leases.create()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with _errors(), self._datastore.transaction(commit=True) as cursor:
            yield cursor

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with _errors(), self._datastore.transaction(commit=False) as cursor:
            yield cursor

    def commit(self, commit: Commit) -> Sequence[int]:
        with _errors():
            return self._recorder.insert_events(commit.events, commit=commit) or []

    def streams(self, streams: Sequence[str], after: int = 0) -> list[StoredEvent]:
        found: list[StoredEvent] = []
        with _errors():
            for stream in streams:
                found.extend(self._recorder.select_events(stream, gt=after or None))
        return found

    def events_of(self, stream: str, topics: Sequence[str]) -> list[StoredEvent]:
        with self._reading() as cursor:
            cursor.execute(
                "SELECT originator_id, originator_version, topic, state "
                f"FROM {self._recorder.events_table_name} WHERE originator_id = ? "
                f"AND topic IN ({', '.join('?' * len(topics))}) ORDER BY originator_version",
                (stream, *topics),
            )
            return [StoredEvent(*row) for row in cursor.fetchall()]

    def log(self, after: int, limit: int) -> Sequence[Logged]:
        with self._reading() as cursor:
            cursor.execute(
                "SELECT rowid, originator_id, originator_version, topic, state "
                f"FROM {self._recorder.events_table_name} WHERE rowid > ? ORDER BY rowid LIMIT ?",
                (after, limit),
            )
            return [Logged(*row) for row in cursor.fetchall()]

    def end(self) -> int:
        with _errors():
            return self._recorder.max_notification_id() or 0

    def tracking(self) -> dict[str, int]:
        with self._reading() as cursor:
            cursor.execute("SELECT application_name, notification_id FROM tracking")
            return tracking_rows(cursor.fetchall())

    def published(self, partition: int) -> int:
        with self._reading() as cursor:
            return self._tables.published(cursor, partition)

    def lines(self, partition: int) -> tuple[int | None, list[LineRow]]:
        with self._reading() as cursor:
            return self._tables.lines(cursor, partition)

    def save_lines(self, partition: int, at: int, lines: Sequence[LineRow]) -> None:
        with self._writing() as cursor:
            self._tables.save_lines(cursor, partition, at, lines)

    def timeline(self) -> str:
        with self._reading() as cursor:
            return self._tables.timeline(cursor)

    def begin_timeline(self, name: str, ends: dict[str, int]) -> None:
        with self._writing() as cursor:
            self._tables.begin_timeline(cursor, name, ends, "tracking")
            self.letters.begin_timeline(cursor, ends)

    def agenda(self, partition: int) -> list[OpenStream]:
        with self._reading() as cursor:
            return self._tables.agenda(cursor, partition)

    def save_snapshot(self, snapshot: StoredEvent) -> None:
        with self._writing() as cursor:
            self._tables.save_snapshot(
                cursor, str(snapshot.originator_id), snapshot.originator_version, snapshot.topic, snapshot.state
            )

    def snapshot(self, stream: str, before: int | None = None) -> StoredEvent | None:
        until = None if before is None else before - 1
        with _errors():
            return next(iter(self._snapshots.select_events(stream, lte=until, desc=True, limit=1)), None)

    def close(self) -> None:
        self._datastore.close()
