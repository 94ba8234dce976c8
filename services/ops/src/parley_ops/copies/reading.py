"""An installation's tables, read as they were at one instant, on SQLite and PostgreSQL. Nothing is made and nothing written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from parley_chassis.store import StoreDown, must_be_there, those_there
from parley_chassis.store.connecting import connect_unhurried
from parley_chassis.store.sqlite import only_to_read

from .carried import LOGS, Carried

AT_ONCE = 5_000
Row = tuple[Any, ...]


class Place(Protocol):
    """The tables of all services. `one_instant`: all services' are read as of the same one."""

    one_instant: bool

    def there(self, log: str, table: str) -> bool:
        """Whether a service has a table."""

    def ask(self, log: str, text: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows that answer a text, however many; `$` stands before a table's name, `?` for a parameter, `@` for the column
        of a log's positions."""

    def ordered(self, columns: str, texts: Sequence[str]) -> str:
        """Columns to order by, such that both databases come to the same order of texts."""

    def name_of(self, log: str, table: Carried) -> str:
        """What a table is called here."""

    def spelled(self, table: Carried) -> str:
        """Its columns, as they are called here, under the names of the copy."""


def _live(place: Place, log: str, name: str) -> str:
    """The CRM's tables have the number of their generation in their names."""
    ((live,),) = place.ask(log, "SELECT live FROM $projection WHERE one = 1")
    return f"{name}_{live}"


class SQLitePlace:
    """The files in a folder; one transaction a file."""

    one_instant = False

    def __init__(self, folder: Path) -> None:
        self._open: dict[str, sqlite3.Connection] = those_there(list(LOGS), lambda log: _file(folder, log))

    def there(self, log: str, table: str) -> bool:
        if log not in self._open:
            return False
        return bool(list(self.ask(log, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))))

    def ask(self, log: str, text: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        with _sqlite_errors(), closing(self._open[log].cursor()) as cursor:
            yield from cursor.execute(text.replace("$", "").replace("@", "rowid"), tuple(parameters))

    def ordered(self, columns: str, texts: Sequence[str]) -> str:
        return columns

    def name_of(self, log: str, table: Carried) -> str:
        return _live(self, log, table.name) if table.name == "taken" else table.name

    def spelled(self, table: Carried) -> str:
        tracked = "application_name AS source, notification_id AS position"
        return tracked if table.name == "tracking" else ", ".join(table.columns)

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()


def _file(folder: Path, log: str) -> sqlite3.Connection:
    must_be_there(f"sqlite:{folder}", log)
    path = str(folder / f"{log.replace('-', '_')}.db")
    with _sqlite_errors():
        connection = sqlite3.connect(only_to_read(path), uri=True, timeout=30, isolation_level=None)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # now, and not with the first question
    return connection


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreDown(str(error)) from error


class PostgresPlace:
    """The schemas of a database; one transaction for all."""

    one_instant = True

    def __init__(self, url: str) -> None:
        def found(log: str) -> str:
            must_be_there(url, log)
            return log.replace("-", "_")

        self._schemas: dict[str, str] = those_there(list(LOGS), found)
        self._asked = 0
        with _postgres_errors():
            self._connection = connect_unhurried(url)
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._connection.execute("SELECT set_config('parley.tenant', '*', true)")

    def there(self, log: str, table: str) -> bool:
        if log not in self._schemas:
            return False
        ((found,),) = self.ask(log, "SELECT to_regclass(?)::text", (f"{self._schemas[log]}.{table}",))
        return found is not None

    def ask(self, log: str, text: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        # Not `%` in these texts: what stands there goes to the server as it is.
        text = text.replace("$", f"{self._schemas[log]}.").replace("?", "%s").replace("@", "notification_id")
        self._asked += 1  # two logs may be read side by side
        with _postgres_errors(), self._connection.cursor(name=f"copy_{self._asked}") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(text.encode(), tuple(parameters), binary=True)
            yield from cursor

    def ordered(self, columns: str, texts: Sequence[str]) -> str:
        return ", ".join(f'{each} COLLATE "C"' if each in texts else each for each in columns.split(", "))

    def name_of(self, log: str, table: Carried) -> str:
        if table.name == "taken":
            return _live(self, log, table.name)
        return "notification_tracking" if table.name == "tracking" else table.name

    def spelled(self, table: Carried) -> str:
        tracked = "application_name AS source, notification_id AS position"
        return tracked if table.name == "tracking" else ", ".join(table.columns)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _postgres_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise StoreDown(str(error).strip()) from error


@contextmanager
def opened(url: str) -> Iterator[SQLitePlace | PostgresPlace]:
    """The place at `url`. Raises NothingThere, ValueError, StoreDown."""
    if not url.startswith(("sqlite:", "postgresql://", "postgres://")):
        raise ValueError(f"nothing is copied from {url.split(':')[0]}: use sqlite:FOLDER or postgresql://…")
    folder = Path(url.removeprefix("sqlite:"))
    place = SQLitePlace(folder) if url.startswith("sqlite:") else PostgresPlace(url)
    with closing(place):
        yield place


def events(place: Place, log: str) -> Iterator[Row]:
    """A service's log, in order: position, stream, number, name, bytes."""
    if place.there(log, "stored_events"):
        yield from place.ask(
            log, "SELECT @, originator_id, originator_version, topic, state FROM $stored_events ORDER BY @"
        )


def rows(place: Place, log: str, table: Carried) -> Iterator[Row]:
    """A table's rows, in the same order on either database."""
    if log == "crm-logger" and table.name == "taken" and not place.there(log, "projection"):
        return
    name = place.name_of(log, table)
    if not place.there(log, name):
        return
    inner = f"SELECT {place.spelled(table)} FROM ${name}"
    texts = [column for column, kind in table.columns.items() if kind == "text"]
    where = f" WHERE {table.where}" if table.where else ""
    columns = ", ".join(table.columns)
    order = place.ordered(table.order, texts)
    yield from place.ask(log, f"SELECT {columns} FROM ({inner}) AS carried{where} ORDER BY {order}")


def timeline(place: Place, log: str) -> str:
    """The life of a service's log (`Store.timeline`)."""
    if not place.there(log, "timelines"):
        return ""
    found = list(place.ask(log, "SELECT name FROM $timelines ORDER BY number DESC LIMIT 1"))
    return str(found[0][0]) if found else ""


def running(place: Place, now: int) -> list[str]:
    """The services of which a process works, or has ended without saying so within the last seconds."""
    held = "SELECT 1 FROM $leases WHERE expires_at >= ? AND owner <> '' LIMIT 1"
    return [log for log in LOGS if place.there(log, "leases") and list(place.ask(log, held, (now,)))]
