"""The CRM's tables on the stores that the library connects to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from eventsourcing.persistence import DataError, IntegrityError, NotSupportedError, PersistenceError, ProgrammingError
from parley_chassis.store import Stale, StoreDown
from parley_chassis.store.postgres import PostgresLeases, connect, open_datastore
from parley_chassis.store.sqlite import ImmediateDatastore, SQLiteLeases
from psycopg.sql import SQL, Identifier

from ..domain.projection import Line
from .tables import Crm


class SQLiteCrm(Crm):
    """In a file."""

    mark, prefix, lock, isolation = "?", "", "", ""

    def __init__(self, path: str) -> None:
        self._datastore = ImmediateDatastore(path, lock_timeout=30, pool_size=3)
        self.leases = SQLiteLeases(lambda: self.transaction(write=True))
        self.leases.create()
        self.prepare()

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Any]:
        try:
            with self._datastore.transaction(commit=write) as cursor:
                yield cursor
        except IntegrityError as error:
            raise Stale(str(error)) from error
        except PersistenceError as error:
            raise StoreDown(str(error)) from error

    def close(self) -> None:
        self._datastore.close()


class PostgresCrm(Crm):
    """In a schema of its own."""

    mark, prefix, lock = "%s", "crm_logger.", "FOR SHARE"
    isolation = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"

    def __init__(self, url: str) -> None:
        try:
            with connect(url) as connection:
                connection.execute("SELECT pg_advisory_lock(hashtext('parley.crm_logger'))")
                connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier("crm_logger")))
                self._datastore = open_datastore(url, "crm_logger", idle_in_transaction_session_timeout=30)
                self.leases: PostgresLeases = PostgresLeases(url, "crm_logger", lambda: self.transaction(write=True))
                self.leases.create()
                self.prepare()
        except psycopg.Error as error:
            raise StoreDown(str(error)) from error

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Any]:
        try:
            with self._datastore.transaction(commit=write) as cursor:
                yield cursor
        except (IntegrityError, psycopg.IntegrityError) as error:
            raise Stale(str(error)) from error
        except (DataError, ProgrammingError, NotSupportedError):
            raise  # not the store's trouble but the statement's
        except (PersistenceError, psycopg.Error) as error:
            raise StoreDown(str(error)) from error

    # What comes by the hundred goes in one statement, a column an array: a fraction of the cost of row by row.

    def _advance(self, cursor: Any, generation: int, positions: dict[str, int]) -> None:
        cursor.execute(
            f"INSERT INTO crm_logger.taken_{generation} AS taken SELECT * FROM unnest(%s::text[], %s::bigint[]) "
            "ON CONFLICT (source) DO UPDATE SET position = excluded.position WHERE taken.position < excluded.position",
            (list(positions), list(positions.values())),
        )
        if cursor.rowcount != len(positions):
            raise Stale(f"one of the sources {sorted(positions)} has been taken beyond these positions")

    def _write_lines(self, cursor: Any, generation: int, lines: Sequence[Line]) -> None:
        cursor.execute(
            f"INSERT INTO crm_logger.lines_{generation} (tenant, item, n, seq, at, author, agent, name, text) "
            "SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], "
            "%s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*lines, strict=True)],
            binary=True,
        )

    def close(self) -> None:
        self.leases.close()
        self._datastore.close()


def open_crm(url: str) -> Crm:
    """The CRM's tables at `url`: `sqlite:FOLDER` or `postgresql://…`.

    Raises ValueError for another kind of URL, StoreDown when it cannot be reached.
    """
    if url.startswith("sqlite:"):
        folder = Path(url.removeprefix("sqlite:"))
        folder.mkdir(parents=True, exist_ok=True)
        return SQLiteCrm(str(folder / "crm_logger.db"))
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresCrm(url)
    raise ValueError(f"no CRM store is known for {url.split(':')[0]}: use sqlite:FOLDER or postgresql://…")
