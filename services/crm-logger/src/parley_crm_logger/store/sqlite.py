"""The CRM's tables in one SQLite file; parts of words and stems are found with FTS5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder
from parley_chassis.store import Logged, Stale, StoreDown
from parley_chassis.store.sqlite import SERIAL, ImmediateDatastore, SQLiteLeases, only_to_read

from .database import NOBODY, Database, Whose
from .schema import Table

_FIND = {"parts": ("term", "trigram"), "texts": ("stems", "unicode61")}
"""By table: the column that is searched inside, and how FTS5 takes it apart."""


class SQLiteDatabase(Database):
    """In a file, which is made where it is missing; with `reading` nothing is made, and nothing can be written."""

    mark, prefix, lock, passing_over, serial = "?", "", "", "", SERIAL
    types: ClassVar[dict[str, str]] = {"text": "TEXT", "word": "TEXT", "number": "BIGINT", "stems": "TEXT"}

    def __init__(self, path: str, *, reading: bool = False) -> None:
        super().__init__()
        self._datastore = ImmediateDatastore(
            only_to_read(path) if reading else path, lock_timeout=30, pool_size=3, originator_id_type="text"
        )
        self._recorder = SQLiteApplicationRecorder(self._datastore)
        self.leases = SQLiteLeases(lambda: self.transaction(write=not reading, tenant=NOBODY))
        if not reading:
            self._recorder.create_table()
            self.leases.create()

    @contextmanager
    def transaction(self, *, write: bool, tenant: str | Whose, one_instant: bool = False) -> Iterator[Any]:
        try:
            with self._datastore.transaction(commit=write) as cursor:
                yield cursor
        except IntegrityError as error:
            raise Stale(str(error)) from error
        except PersistenceError as error:
            raise StoreDown(str(error)) from error

    def close(self) -> None:
        self._datastore.close()

    def let_see(self, cursor: Any, tenant: str | Whose) -> None:
        """Nothing: SQLite keeps no rows apart."""

    def keep_apart(self, cursor: Any) -> None:
        """Nothing: SQLite keeps no rows apart."""

    def among(self, column: str, values: Iterable[Any]) -> tuple[str, list[Any]]:
        listed = list(values)
        return f"{column} IN ({', '.join('?' * len(listed))})", listed

    def insert(
        self,
        cursor: Any,
        name: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        conflict: str = "ON CONFLICT DO NOTHING",
    ) -> None:
        marks = ", ".join("?" * len(columns))
        cursor.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks}) {conflict}", rows)

    def with_key(self, columns: list[str], shape: Table) -> list[str]:
        # A number of its own for each row: FTS5 refers to it, and the one that every row has changes with a VACUUM.
        if shape.searched:
            return ["id INTEGER PRIMARY KEY", *columns, f"UNIQUE ({', '.join(shape.key)})"]
        return super().with_key(columns, shape)

    def columns(self, cursor: Any, name: str) -> set[str]:
        return {row["name"] for row in self.ask(cursor, f"PRAGMA table_info({name})")}

    def create_searches(self, cursor: Any, generation: int) -> None:
        for table, (column, tokenizer) in _FIND.items():
            name, find = f"{table}_{generation}", f"{table}_find_{generation}"
            take_out = f"INSERT INTO {find} ({find}, rowid, {column}) VALUES ('delete', old.id, old.{column});"
            put_in = f"INSERT INTO {find} (rowid, {column}) VALUES (new.id, new.{column});"
            self.do(
                cursor,
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {find} USING fts5({column}, content='{name}', content_rowid='id', "
                f"tokenize='{tokenizer}')",
            )
            for event, steps in (("INSERT", put_in), ("DELETE", take_out), ("UPDATE", take_out + put_in)):
                self.do(
                    cursor,
                    f"CREATE TRIGGER IF NOT EXISTS {find}_{event.lower()} AFTER {event} ON {name} BEGIN {steps} END",
                )

    def drop(self, cursor: Any, generation: int) -> None:
        for table in _FIND:
            self.do(cursor, f"DROP TABLE IF EXISTS {table}_find_{generation}")
        super().drop(cursor, generation)

    def terms_with(self, cursor: Any, generation: int, tenant: str, part: str, limit: int) -> list[str]:
        found = self.ask(
            cursor,
            f"SELECT p.term FROM parts_find_{generation} f JOIN parts_{generation} p ON p.id = f.rowid "
            f"WHERE f.term MATCH ? AND p.tenant = ? LIMIT ?",
            (f'"{part}"', tenant, limit),
        )
        return [row["term"] for row in found]

    def match(self, generation: int, alternatives: Sequence[Sequence[str]]) -> tuple[str, str]:
        find = f"texts_find_{generation}"
        groups = ("(" + " OR ".join(f'"{stem}"' for stem in group) + ")" for group in alternatives)
        return f"t.id IN (SELECT rowid FROM {find} WHERE {find} MATCH ?)", " AND ".join(groups)

    # --- the contacts' log --------------------------------------------------------------------------------------------

    def lock_log(self, cursor: Any) -> None:
        """A writing transaction is alone with the file anyway."""

    def append(self, cursor: Any, events: Sequence[StoredEvent]) -> Sequence[int]:
        return self._recorder._insert_events(cursor, events) or []

    def streams(self, cursor: Any, streams: Sequence[str]) -> list[StoredEvent]:
        condition, values = self.among("originator_id", streams)
        rows = self.ask(
            cursor,
            "SELECT originator_id, originator_version, topic, state FROM stored_events "
            f"WHERE {condition} ORDER BY originator_id, originator_version",
            values,
        )
        return [StoredEvent(*row) for row in rows]

    def log(self, after: int, limit: int) -> Sequence[Logged]:
        with self.transaction(write=False, tenant=NOBODY) as cursor:
            rows = self.ask(
                cursor,
                "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events WHERE rowid > ? "
                "ORDER BY rowid LIMIT ?",
                (after, limit),
            )
            return [Logged(*row) for row in rows]

    def end(self) -> int:
        return self._recorder.max_notification_id() or 0
