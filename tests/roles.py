"""A role of PostgreSQL that is no superuser: for a superuser no rows are kept apart, and a test on one shows nothing about that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal


@contextmanager
def as_own_role(url: str) -> Iterator[str]:
    """The same database, for a role that may make schemas there and nothing else. It goes at the end, with all that it has made."""
    password, parts = token_hex(8), urlsplit(url)
    database = parts.path[1:]
    name = f"{database}_own"
    role = Identifier(name)
    with psycopg.connect(url, autocommit=True) as administrator:
        _drop(administrator, name)  # of a run that was broken off
        administrator.execute(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, Literal(password)))
        administrator.execute(SQL("GRANT CONNECT, CREATE ON DATABASE {} TO {}").format(Identifier(database), role))
    try:
        yield parts._replace(netloc=f"{name}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as administrator:
            _drop(administrator, name)


def _drop(administrator: psycopg.Connection[Any], name: str) -> None:
    """Roles are the server's: they outlive a database."""
    if administrator.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None:
        administrator.execute(SQL("DROP OWNED BY {} CASCADE").format(Identifier(name)))
        administrator.execute(SQL("DROP ROLE {}").format(Identifier(name)))
