"""Where the index is: on PostgreSQL in the schema `ops`, beside the logs; on SQLite in a file of its own, to which the logs' files are
attached so that they can only be read."""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import psycopg
from eventsourcing.persistence import DataError, NotSupportedError, PersistenceError, ProgrammingError
from parley_chassis.store import Logged, StoreDown
from parley_chassis.store.connecting import ANSWER_WITHIN_S, connect
from parley_chassis.store.postgres import make_schema, open_datastore
from parley_chassis.store.sql import Dialect
from parley_chassis.store.sqlite import only_to_read

from ..reports import tables as reports
from .statements import LOGS, POSTGRES, SQLITE, Sources, rows_of

VERSION = 2
"""Of what stands in the index: another one is filled anew from the logs."""

PATHS = ("tenant", "type", "item", "agent", "queue", "contact", "trace")
"""What rows are found by, each in the order of their keys."""

_TABLES = (
    "CREATE @TABLE IF NOT EXISTS $rows (key BIGINT NOT NULL, log INTEGER NOT NULL, position BIGINT NOT NULL, "
    "tenant !, type !, n BIGINT NOT NULL, item !, agent !, queue !, contact !, trace !)",
    "CREATE @TABLE IF NOT EXISTS $places (log INTEGER PRIMARY KEY, position BIGINT NOT NULL, timeline TEXT NOT NULL, "
    "begins TEXT NOT NULL)",
    "CREATE @TABLE IF NOT EXISTS $built (version INTEGER PRIMARY KEY)",
    "CREATE @TABLE IF NOT EXISTS $floors (tenant TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, "
    "shape TEXT NOT NULL, state BYTEA NOT NULL, PRIMARY KEY (tenant, version))",
    *reports.statements(),
)
_NAMES = ("rows", "places", "built", "floors", *reports.NAMES)

_TIMELINE = "SELECT name FROM {}.timelines ORDER BY number DESC LIMIT 1"


INDEXED_WITHIN_S = 3600.0
"""So long a database index of all rows may take."""


class Life(NamedTuple):
    """Which log it is: the `timeline` that it is in, and what it `begins` with, as a digest; nothing while it is empty."""

    timeline: str
    begins: str = ""

    def goes_on_as(self, now: Life) -> bool:
        """Whether it is the same log still."""
        return self.timeline == now.timeline and self.begins in ("", now.begins)


class Unreadable(Exception):
    """Something in a log between two positions is no event."""


class Index(ABC):
    """The rows, and the logs that they are of. Blocking; all raise StoreDown."""

    sql: Dialect
    sources: Sources
    number_type: str
    kept: str
    """How tables are kept: the index is filled again where it is lost."""

    @abstractmethod
    def transaction(self, *, write: bool) -> AbstractContextManager[Any]:
        """A cursor whose rows have names; what was written is committed at its end."""

    @abstractmethod
    def close(self) -> None:
        """Give up the connections."""

    @abstractmethod
    def alone(self) -> AbstractContextManager[None]:
        """For whoever fills the index for the first time: others wait until it is done."""

    def ask(self, text: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of a question."""
        with self.transaction(write=False) as cursor:
            cursor.execute(self.sql(text), tuple(parameters))
            return list(cursor.fetchall())

    def _tables(self, cursor: Any) -> None:
        for text in _TABLES:
            cursor.execute(self.sql(text.replace("!", self.number_type).replace("@", self.kept)))

    def number(self) -> str:
        """The number of a parameter."""
        return self.sources.number.format("?")

    # --- the logs -----------------------------------------------------------------------------------------------------

    def end(self, log: str) -> int:
        """The position of a log's newest event; 0 when there is none."""
        found = self.ask(f"SELECT coalesce(max({self.sources.position}), 0) AS last FROM {self.sources.table[log]}")
        return int(found[0]["last"])

    def life(self, log: str) -> Life:
        """Which log it is: a restored one has another timeline, another one begins with another event."""
        timeline = ""
        if log != "crm-logger":  # whose timeline is that of what it consumes
            found = self.ask(_TIMELINE.format(self.sources.table[log].rpartition(".")[0]))
            timeline = str(found[0]["name"]) if found else ""
        position, table = self.sources.position, self.sources.table[log]
        first = self.ask(f"SELECT originator_id, state FROM {table} ORDER BY {position} LIMIT 1")
        begins = [f"{row['originator_id']}/".encode() + bytes(row["state"]) for row in first]
        return Life(timeline, *(blake2b(begin, digest_size=8).hexdigest() for begin in begins))

    def events(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Logged]:
        """Events by log and position."""
        found: dict[tuple[str, int], Logged] = {}
        position, named = self.sources.position, "originator_id, originator_version, topic, state"
        for log in LOGS:
            wanted = [place for of, place in places if of == log]
            if wanted:
                text = f"SELECT {position} AS id, {named} FROM {self.sources.table[log]} WHERE {position} IN ({', '.join('?' * len(wanted))})"
                for row in self.ask(text, wanted):
                    found[log, row["id"]] = _logged(row)
        return found

    def stream(self, log: str, stream: str, after: int, limit: int) -> list[Logged]:
        """The events of one stream beyond a version, in order, at most so many."""
        text = (
            f"SELECT {self.sources.position} AS id, originator_id, originator_version, topic, state FROM {self.sources.table[log]} "
            "WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version LIMIT ?"
        )
        return [_logged(row) for row in self.ask(text, (stream, after, limit))]

    # --- how far it goes ----------------------------------------------------------------------------------------------

    def places(self) -> dict[str, tuple[int, Life]]:
        """By log, up to which position it is indexed, and in which life."""
        rows = self.ask("SELECT * FROM $places")
        return {LOGS[row["log"]]: (row["position"], Life(row["timeline"], row["begins"])) for row in rows}

    def ends_alike(self, log: str, position: int) -> bool:
        """Whether the last row of a log is of the event that stands there."""
        rows = self.ask("SELECT key, n FROM $rows WHERE log = ? AND position = ?", (LOGS.index(log), position))
        stored = self.events([(log, position)]).get((log, position))
        if not rows:
            return True  # nothing of it is indexed
        return stored is not None and stored.originator_version == rows[0]["n"]

    def built(self) -> int | None:
        """By which version it has been filled once to the logs' ends."""
        return next((int(row["version"]) for row in self.ask("SELECT version FROM $built")), None)

    def empty(self) -> None:
        """Forget everything: it is filled anew."""
        with self.transaction(write=True) as cursor:
            for name in _NAMES:
                cursor.execute(self.sql(f"DROP TABLE IF EXISTS ${name}"))
            self._tables(cursor)

    def put(self, log: str, before: int, after: int, look_back: int, *, bare: bool = False) -> None:
        """Add what a log has between two positions, `after` included, to an index that nobody reads yet.

        Raises Unreadable, and nothing is added; with `bare` nothing of what stands there is read.
        """
        with self.transaction(write=True) as cursor:
            self._insert(cursor, log, before, after, look_back, bare)

    def add(self, log: str, before: int, after: int, look_back: int, life: Life, *, bare: bool = False) -> bool:
        """The same to one that is read; False, and nothing is added, where another process was there first."""
        with self.transaction(write=True) as cursor:
            cursor.execute(
                self.sql(
                    "UPDATE $places SET position = ?, begins = ? WHERE log = ? AND position = ? AND timeline = ? "
                    "AND begins IN ('', ?) RETURNING position"
                ),
                (after, life.begins, LOGS.index(log), before, life.timeline, life.begins),
            )
            if cursor.fetchone() is None:
                return False
            self._insert(cursor, log, before, after, look_back, bare)
        return True

    def _insert(self, cursor: Any, log: str, before: int, after: int, look_back: int, bare: bool) -> None:
        text = rows_of(self.sources, log, bare=bare)
        self._sort_in_memory(cursor)
        try:
            cursor.execute(self.sql(f"INSERT INTO $rows {text}"), (look_back, after, before))
        except (psycopg.DataError, sqlite3.OperationalError) as error:
            if isinstance(error, sqlite3.OperationalError) and "JSON" not in str(error):
                raise
            raise Unreadable(str(error)) from error

    def make_path(self, path: str) -> None:
        """Make rows findable by this, one of `PATHS`, or by their `place`."""
        with self.transaction(write=True) as cursor:
            if path == "place":
                text = "CREATE UNIQUE INDEX IF NOT EXISTS rows_place ON $rows (log, position)"
            else:
                where = "" if path in ("tenant", "type") else f" WHERE {path} IS NOT NULL"
                text = f"CREATE INDEX IF NOT EXISTS rows_{path} ON $rows ({path}, key){where}"
            with self._time_for(cursor):
                cursor.execute(self.sql(text))

    @abstractmethod
    def _sort_in_memory(self, cursor: Any) -> None:
        """What is sorted in this transaction is small."""

    @abstractmethod
    def _time_for(self, cursor: Any) -> AbstractContextManager[None]:
        """What is done here takes long, and may take much memory."""

    def finish(self, places: dict[str, tuple[int, Life]]) -> None:
        """It has been filled up to these positions, in these lives."""
        with self.transaction(write=True) as cursor:
            cursor.execute(self.sql("DELETE FROM $places"))
            cursor.executemany(
                self.sql("INSERT INTO $places VALUES (?, ?, ?, ?)"),
                [(LOGS.index(log), position, *life) for log, (position, life) in places.items()],
            )
            cursor.execute(self.sql("INSERT INTO $built VALUES (?) ON CONFLICT (version) DO NOTHING"), (VERSION,))
            cursor.execute(
                self.sql("ANALYZE $rows")
            )  # what is not known to be seldom is looked for as if it were usual


def _logged(row: Any) -> Logged:
    return Logged(row["id"], row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"]))


class SQLiteIndex(Index):
    """`folder`: where the services' files are. All calls wait for each other."""

    sql = Dialect(prefix="", mark="?")
    sources = SQLITE
    number_type = "TEXT"
    kept = ""

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        try:
            self._connection = sqlite3.connect(
                f"{(folder / 'ops.db').absolute().as_uri()}?mode=rwc", uri=True, check_same_thread=False, timeout=30
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.isolation_level = None
            self._connection.execute("PRAGMA journal_mode = WAL")
            for log in LOGS:
                name = log.replace("-", "_")
                self._connection.execute(f"ATTACH ? AS {name}", (only_to_read(str(folder / f"{name}.db")),))
            with self.transaction(write=True) as cursor:
                self._tables(cursor)
        except sqlite3.Error as error:
            raise StoreDown(str(error)) from error

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Any]:
        with self._lock:
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                try:
                    yield cursor
                except BaseException:
                    cursor.execute("ROLLBACK")
                    raise
                cursor.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreDown(str(error)) from error
            finally:
                cursor.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield  # one process at a time works on the files

    def _sort_in_memory(self, cursor: Any) -> None:
        pass

    @contextmanager
    def _time_for(self, cursor: Any) -> Iterator[None]:
        yield

    def close(self) -> None:
        self._connection.close()


class PostgresIndex(Index):
    """`url`: the services' database. The schema `ops` is the only thing in it that is written here."""

    sql = Dialect(prefix='"ops".', mark="%s")
    sources = POSTGRES
    number_type = "BIGINT"
    kept = "UNLOGGED "

    def __init__(self, url: str) -> None:
        self._url = url
        self._datastore = open_datastore(
            url, "ops", originator_id_type="text", lock_timeout=10, idle_in_transaction_session_timeout=60
        )
        with self._errors(), closing(connect(url)) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('parley.ops'))")
            make_schema(connection, "ops")
            with self.transaction(write=True) as cursor:
                self._tables(cursor)

    @staticmethod
    @contextmanager
    def _errors() -> Iterator[None]:
        try:
            yield
        except (DataError, ProgrammingError, NotSupportedError) as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable):  # another process makes the index anew
                raise StoreDown(str(error)) from error
            raise  # not the store's trouble but the statement's
        except (PersistenceError, psycopg.Error) as error:
            raise StoreDown(str(error)) from error

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Any]:
        with self._errors(), self._datastore.transaction(commit=write) as cursor:
            yield cursor

    def _sort_in_memory(self, cursor: Any) -> None:
        cursor.execute("SET LOCAL work_mem = '32MB'")

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._errors(), closing(connect(self._url)) as connection:
            while not connection.execute("SELECT pg_try_advisory_lock(hashtext('parley.ops.fill'))").fetchone()[0]:  # type: ignore[index]
                time.sleep(0.5)
            yield

    @contextmanager
    def _time_for(self, cursor: Any) -> Iterator[None]:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.connection.within_s = INDEXED_WITHIN_S
        try:
            yield
        finally:
            cursor.connection.within_s = ANSWER_WITHIN_S

    def close(self) -> None:
        self._datastore.close()


def open_index(url: str) -> Index:
    """The index of the installation whose logs are at `url`, made where it is missing. Raises StoreDown, ValueError."""
    if url.startswith("sqlite:"):
        return SQLiteIndex(Path(url.removeprefix("sqlite:")))
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresIndex(url)
    raise ValueError(f"no index can be made for {url.split(':')[0]}: use sqlite:FOLDER or postgresql://…")
