"""The gateway's own tables beside its log, for what must be gone once it is gone: logins, links, second factors."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import psycopg
from parley_chassis.offload import Offload
from parley_chassis.store import StoreDown
from parley_chassis.store.connecting import connect
from parley_chassis.store.postgres import make_schema

Result = TypeVar("Result")
Row = tuple[Any, ...]

LEFT_ALONE_S = 1.0
"""So long a database that has failed is not asked again: whoever comes meanwhile is told at once."""
MOST_WAITING = 2_000
SCHEMA = "gateway"


class Asking:
    """A transaction. In SQL texts `$` stands before the name of a table, and `?` for a parameter."""

    def __init__(self, run: Callable[[str, Sequence[Any]], Any], prefix: str, mark: str) -> None:
        self._run, self._prefix, self._mark = run, prefix, mark
        self.answered = False
        """Whether the database has answered in this transaction."""

    def __call__(self, text: str, *parameters: Any) -> list[Row]:
        """The rows that answer a text; none where it gives none."""
        cursor = self._run(text.replace("$", self._prefix).replace("?", self._mark), parameters)
        self.answered = True
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


class Tables:
    """Tables at `url`: PostgreSQL, which all gateways share; `sqlite:FOLDER`; in memory. `made_by`: texts that make them where they
    are missing. With `reading` nothing can be written, and a role that may only read is enough."""

    def __init__(self, url: str, made_by: Sequence[str] = (), *, reading: bool = False) -> None:
        self._url, self._made_by, self._reading = url, made_by, reading
        self._calls = Offload("gateway-tables")
        self._connection: Any = None
        self._ask_from, self._waiting = 0.0, 0

    async def __call__(self, do: Callable[[Asking], Result]) -> Result:
        """What `do` returns, in one transaction. Raises StoreDown."""
        if monotonic() < self._ask_from or self._waiting >= MOST_WAITING:
            raise StoreDown("the database does not answer")
        self._waiting += 1
        try:
            return await self._calls(self._transaction, do)
        finally:
            self._waiting -= 1

    def _transaction(self, do: Callable[[Asking], Result]) -> Result:
        kept, asking = self._connection is not None, None
        try:
            with self._asking() as asking:
                return do(asking)
        except (psycopg.Error, sqlite3.Error) as error:
            if kept and isinstance(error, psycopg.OperationalError) and not (asking is not None and asking.answered):
                self._drop()  # the server has begun anew since: nothing was done, so it is done with a new connection
                return self._transaction(do)
            self._ask_from = monotonic() + LEFT_ALONE_S
            self._drop()
            raise StoreDown(str(error)) from error

    @contextmanager
    def _asking(self) -> Iterator[Asking]:
        shared = self._url.startswith(("postgresql://", "postgres://"))
        if self._connection is None or (shared and self._connection.closed):
            self._connection = self._postgres() if shared else self._sqlite()
        connection = self._connection
        if shared:
            with connection.transaction():
                yield Asking(lambda text, values: connection.execute(text.encode(), values), f"{SCHEMA}.", "%s")
            return
        connection.execute("BEGIN" if self._reading else "BEGIN IMMEDIATE")
        try:
            yield Asking(connection.execute, "", "?")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _postgres(self) -> Any:
        connection = connect(self._url)
        if self._reading:
            connection.execute("SET default_transaction_read_only = on")
            return connection
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('parley.gateway.tables'))")
            make_schema(connection, SCHEMA)
            for text in self._made_by:
                connection.execute(text.replace("$", f"{SCHEMA}.").encode())
        return connection

    def _sqlite(self) -> Any:
        path = ":memory:"
        if self._url.startswith("sqlite:"):
            folder = Path(self._url.removeprefix("sqlite:"))
            path = str(folder / "gateway.db")
            if self._reading:
                return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
            folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        for text in self._made_by:
            connection.execute(text.replace("$", ""))
        return connection

    def _drop(self) -> None:
        # What is in memory only is gone with its connection.
        if self._connection is not None and self._url.startswith(("postgresql://", "postgres://")):
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Ask no more."""
        self._calls.close()
        if self._connection is not None:
            self._connection.close()
