"""Which store a URL names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import psycopg

from .connecting import connect
from .memory import MemoryStore
from .port import NothingThere, Store, StoreDown
from .postgres import PostgresStore
from .sqlite import SQLiteStore

Opened = TypeVar("Opened")
POSTGRESQL = ("postgresql://", "postgres://")


def open_store(url: str, service: str) -> Store:
    """The store of `service` at `url`: `memory:`, `sqlite:FOLDER` (one file a service) or `postgresql://…` (one schema
    a service, called after it).

    Raises ValueError for another kind of URL, StoreDown when it cannot be reached.
    """
    name = service.replace("-", "_")
    if url == "memory:":
        return MemoryStore()
    if url.startswith("sqlite:"):
        folder = Path(url.removeprefix("sqlite:"))
        folder.mkdir(parents=True, exist_ok=True)
        return SQLiteStore(str(folder / f"{name}.db"))
    if url.startswith(POSTGRESQL):
        return PostgresStore(url, name)
    raise _unknown(url)


def open_existing(url: str, service: str, *, reading: bool = True) -> Store:
    """The same for tools: it must be there, and nothing is made. With `reading` nothing can be written either, and a role that
    may only read is enough.

    Raises NothingThere, ValueError, StoreDown.
    """
    must_be_there(url, service)
    if not reading:
        return open_store(url, service)
    name = service.replace("-", "_")
    if url.startswith("sqlite:"):
        return SQLiteStore(str(Path(url.removeprefix("sqlite:")) / f"{name}.db"), reading=True)
    return PostgresStore(url, name, reading=True)


def must_be_there(url: str, service: str) -> None:
    """Raises NothingThere where a service has stored nothing yet, StoreDown where that cannot be found out, ValueError for another
    kind of URL."""
    name = service.replace("-", "_")
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:")) / f"{name}.db"
        if not path.is_file():
            raise NothingThere(
                f"there is no {path}: set PARLEY_DATA or PARLEY_DATABASE_URL to where the services store"
            )
    elif url.startswith(POSTGRESQL):
        try:
            with closing(connect(url)) as connection:
                found = connection.execute(
                    "SELECT current_database(), EXISTS (SELECT FROM pg_tables WHERE schemaname = %s AND tablename LIKE %s)",
                    (name, "%events"),
                ).fetchone()
        except psycopg.Error as error:
            raise StoreDown(str(error)) from error
        if found is not None and not found[1]:
            raise NothingThere(
                f"the database {found[0]} holds nothing of the {service}: set PARLEY_DATABASE_URL to the services' own"
            )
    else:
        raise _unknown(url)


def _unknown(url: str) -> ValueError:
    return ValueError(f"no store is known for {url.split(':')[0]}: use memory:, sqlite:FOLDER or postgresql://…")


def those_there(services: list[str], open_it: Callable[[str], Opened]) -> dict[str, Opened]:
    """What is open of several services, of which some may have stored nothing yet. Raises NothingThere where all have."""
    opened: dict[str, Opened] = {}
    missing: NothingThere | None = None
    for service in services:
        try:
            opened[service] = open_it(service)
        except NothingThere as error:
            missing = missing or error
    if missing is not None and not opened:
        raise missing
    return opened
