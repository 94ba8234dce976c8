"""Into an empty place: the product's own code makes the tables, the rows of a copy are loaded into them, and all of it is there at
once or nothing is."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from parley_chassis.clock import system_clock
from parley_chassis.store import NothingThere, StoreDown, open_store
from parley_chassis.store.connecting import connect_unhurried
from parley_crm_logger.store import open_crm
from parley_gateway.tenants import audit, oidc, second_factors
from psycopg.sql import SQL, Identifier

from .carried import CARRIED, LOGS
from .form import Broken, Cells, Event
from .reading import PostgresPlace, running

AT_ONCE = 5_000
EVENT_COLUMNS = ("originator_id", "originator_version", "topic", "state")
GATEWAY_TABLES = (*second_factors.MADE_BY, *oidc.MADE_BY, *audit.MADE_BY)

Rows = Iterable[Event | Cells]


class NotEmpty(ValueError):
    """Something is stored there already."""


class Target(Protocol):
    """A place that is empty until all is there. `url`: where what was loaded can be opened meanwhile."""

    url: str

    def load(self, rows: Rows) -> None:
        """Load all rows, in order. What `rows` raises leaves nothing there. Raises Broken, StoreDown."""

    def keep(self) -> None:
        """What was loaded is there to stay."""

    def undo(self) -> None:
        """Nothing is there, as before."""


def schema_of(log: str) -> str:
    """A service's schema, or file."""
    return log.replace("-", "_")


def _make(url: str) -> None:
    for log in LOGS:
        if log == "crm-logger":
            open_crm(url).close()
        else:
            open_store(url, log).close()


def _batches(rows: Rows) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    """Rows by log and table, as they stand one behind the other; the log itself is `stored_events`."""

    def place(row: Event | Cells) -> tuple[str, str]:
        return row.log, "stored_events" if isinstance(row, Event) else row.table

    for (log, table), some in groupby(rows, place):
        if (log, table) != ("crm-logger", "taken"):  # how far the CRM is taken is known when its tables are built
            yield log, table, (_values(row) for row in some)


def _values(row: Event | Cells) -> tuple[Any, ...]:
    if isinstance(row, Event):
        return row.position, row.stream, row.n, row.name, row.state
    return row.row


def columns_of(log: str, table: str) -> Sequence[str]:
    """The columns of a table beside a log, as they are called in either database."""
    if table == "tracking":
        return ("application_name", "notification_id")
    return list(next(each for each in CARRIED[log] if each.name == table).columns)


_GAP = "SELECT originator_id FROM {} GROUP BY originator_id HAVING count(*) <> max(originator_version) LIMIT 1"


def _lacking(log: str, stream: str) -> Broken:
    return Broken(
        f"the stream {stream} of the {log} lacks events: this is a part of a copy that cannot stand by itself"
    )


class SQLiteTarget:
    """Files in a folder; until all is there they are in another one beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for log in LOGS:
            if (path := folder / f"{schema_of(log)}.db").exists():
                raise NotEmpty(f"there is a {path} already: a copy goes into an empty place only. Name another folder")
        self._beside = folder.absolute().parent / f".{folder.absolute().name}.importing-{uuid4().hex[:8]}"
        self.url = f"sqlite:{self._beside}"

    def load(self, rows: Rows) -> None:
        _make(self.url)
        with self._connections() as files:
            for text in GATEWAY_TABLES:
                files["gateway"].execute(text.replace("$", ""))
            try:
                for log, table, values in _batches(rows):
                    self._insert(files[log], log, table, values)
            except sqlite3.IntegrityError as error:
                raise Broken(f"a row stands in the copy twice: {error}") from None
            for log, file in files.items():
                if gap := file.execute(_GAP.format("stored_events")).fetchone():
                    raise _lacking(log, gap[0])
                file.execute("COMMIT")

    @contextmanager
    def _connections(self) -> Iterator[dict[str, sqlite3.Connection]]:
        files: dict[str, sqlite3.Connection] = {}
        try:
            for log in LOGS:
                files[log] = sqlite3.connect(self._beside / f"{schema_of(log)}.db", isolation_level=None)
                files[log].execute("BEGIN IMMEDIATE")
            yield files
        except sqlite3.OperationalError as error:
            raise StoreDown(str(error)) from error
        finally:
            for file in files.values():
                file.close()

    def _insert(self, file: sqlite3.Connection, log: str, table: str, values: Iterator[tuple[Any, ...]]) -> None:
        columns = ("rowid", *EVENT_COLUMNS) if table == "stored_events" else columns_of(log, table)
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        while some := list(islice(values, AT_ONCE)):
            file.executemany(text, some)

    def keep(self) -> None:
        for log in LOGS:  # whatever stands beside a file is written into it, so that one name is the whole of it
            with closing(sqlite3.connect(self._beside / f"{schema_of(log)}.db")) as file:
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not self._folder.exists():
            self._beside.rename(self._folder)
            return
        moved: list[Path] = []
        try:
            for log in LOGS:
                path = self._folder / f"{schema_of(log)}.db"
                (self._beside / path.name).rename(path)
                moved.append(path)
        except OSError:
            for path in moved:
                path.unlink()
            raise
        shutil.rmtree(self._beside)

    def undo(self) -> None:
        shutil.rmtree(self._beside, ignore_errors=True)


class PostgresTarget:
    """Schemas in a database; the rows of all are committed at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._check()
        with _errors(), closing(connect_unhurried(url)) as connection:
            found = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
        self._made = [schema_of(log) for log in LOGS if (schema_of(log),) not in found]

    def _check(self) -> None:
        """Raises NotEmpty where a log or a letter is, or a service works."""
        try:
            place = PostgresPlace(self.url)
        except NothingThere:
            return
        with closing(place):
            if works := running(place, system_clock()):
                raise NotEmpty(f"still running there, or ended within the last 10 s: {', '.join(works)}. Stop it first")
            for log in LOGS:
                tables = [each.name for each in CARRIED[log] if not each.state]
                for table in ("stored_events", *tables):
                    if place.there(log, table) and list(place.ask(log, f"SELECT 1 FROM ${table} LIMIT 1")):
                        raise NotEmpty(
                            f"the database holds {table} of the {log} already: a copy goes into an empty place only. Name "
                            "another database"
                        )

    def load(self, rows: Rows) -> None:
        _make(self.url)
        with _errors(), closing(connect_unhurried(self.url)) as connection, connection.transaction():
            connection.execute("SELECT set_config('parley.tenant', '*', true)")
            with connection.cursor() as cursor:
                self._clear(cursor)
                for log, table, values in _batches(rows):
                    self._be_owner(cursor, schema_of(log))
                    self._copy(cursor, log, table, values)
                for log in LOGS:
                    self._finish(cursor, log)

    def _be_owner(self, cursor: psycopg.Cursor[Any], schema: str) -> None:
        """What is made and written in a service's schema is the service's."""
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT set_config('role', pg_get_userbyid(nspowner), true) FROM pg_namespace "
            "WHERE nspname = %s AND pg_has_role(nspowner, 'MEMBER')",
            (schema,),
        )

    def _clear(self, cursor: psycopg.Cursor[Any]) -> None:
        """What services note while their logs are empty; and the gateway's own tables are made."""
        for log in LOGS:
            self._be_owner(cursor, schema_of(log))
            for each in CARRIED[log]:
                if each.state and each.name != "taken":
                    table = Identifier(schema_of(log), _named(each.name))
                    where = " WHERE application_name <> '__migration__'" if each.name == "tracking" else ""
                    cursor.execute(SQL("DELETE FROM {}" + where).format(table))
            if log == "gateway":
                for text in GATEWAY_TABLES:
                    cursor.execute(text.replace("$", "gateway.").encode())

    def _copy(self, cursor: psycopg.Cursor[Any], log: str, table: str, values: Iterator[tuple[Any, ...]]) -> None:
        schema = schema_of(log)
        if table == "stored_events":
            text = SQL("COPY {} (notification_id, {}) FROM STDIN (FORMAT BINARY)").format(
                Identifier(schema, table), SQL(", ".join(EVENT_COLUMNS))
            )
            with cursor.copy(text) as into:
                into.set_types(["int8", "text", "int8", "text", "bytea"])
                for row in values:
                    into.write_row(row)
            return
        # Not by COPY: PostgreSQL takes none where rows are kept apart by company.
        columns = columns_of(log, table)
        text = SQL("INSERT INTO {} ({}) VALUES ({})").format(
            Identifier(schema, _named(table)),
            SQL(", ").join(map(Identifier, columns)),
            SQL(", ").join([SQL("%s")] * len(columns)),
        )
        while some := list(islice(values, AT_ONCE)):
            cursor.executemany(text, some)

    def _finish(self, cursor: psycopg.Cursor[Any], log: str) -> None:
        """What is numbered goes on behind what is there. Raises Broken where a stream lacks events."""
        schema = schema_of(log)
        self._be_owner(cursor, schema)
        cursor.execute(_GAP.format(f"{schema}.stored_events").encode())
        if gap := cursor.fetchone():
            raise _lacking(log, gap[0])
        for table, column in (("stored_events", "notification_id"), ("letters", "number")):
            cursor.execute(
                SQL("SELECT setval(pg_get_serial_sequence(%s, %s), max({})) FROM {} HAVING max({}) > 0").format(
                    Identifier(column), Identifier(schema, table), Identifier(column)
                ),
                (f"{schema}.{table}", column),
            )

    def keep(self) -> None:
        with _errors(), closing(connect_unhurried(self.url)) as connection:
            for log in LOGS:  # planners know nothing yet of what was loaded
                connection.execute(SQL("ANALYZE {}").format(Identifier(schema_of(log), "stored_events")))

    def undo(self) -> None:
        with _errors(), closing(connect_unhurried(self.url)) as connection, connection.transaction():
            for schema in self._made:
                connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))
            with connection.cursor() as cursor:
                for log in LOGS:
                    if schema_of(log) not in self._made:
                        self._empty(cursor, schema_of(log))

    def _empty(self, cursor: psycopg.Cursor[Any], schema: str) -> None:
        self._be_owner(cursor, schema)
        keep = ["projection", "generations", "leases", "members", "installation"]
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> ALL (%s)", (schema, keep)
        )
        for (table,) in cursor.fetchall():
            where = " WHERE application_name <> '__migration__'" if table == "notification_tracking" else ""
            cursor.execute(SQL("DELETE FROM {}" + where).format(Identifier(schema, table)))


def _named(table: str) -> str:
    return "notification_tracking" if table == "tracking" else table


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except psycopg.IntegrityError as error:
        raise Broken(f"a row stands in the copy twice: {error}".strip()) from None
    except psycopg.DataError as error:
        raise Broken(f"a row of the copy cannot be stored there: {error}".strip()) from None
    except psycopg.Error as error:
        raise StoreDown(str(error).strip()) from error


def target(url: str) -> SQLiteTarget | PostgresTarget:
    """The place at `url`. Raises NotEmpty, ValueError, StoreDown."""
    if url.startswith("sqlite:"):
        return SQLiteTarget(Path(url.removeprefix("sqlite:")))
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresTarget(url)
    raise ValueError(f"nothing is imported into {url.split(':')[0]}: use sqlite:FOLDER or postgresql://…")
