"""The database of an installation: a role and a schema for each service, and a role that may only read.

A service's role owns its own schema and sees nothing of the others'. The operators' role, and that of their service, read all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from parley_chassis.store import StoreDown
from parley_chassis.store.connecting import connect
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from .secrets_folder import OPERATORS, SERVICES

OPS = "ops"
"""The operators' service: it reads every schema, and writes its own."""

Did = list[tuple[str, str]]
"""What was looked at, each with `made`, `changed` or `kept`."""


def name_of(url: str) -> str:
    """The database's name. Raises ValueError where the URL has none."""
    try:
        found = conninfo_to_dict(url).get("dbname")
    except psycopg.Error as error:
        raise ValueError(f"this is no address of a PostgreSQL database: {error}") from None
    if not found:
        raise ValueError("the address names no database: write postgresql://USER@HOST:PORT/parley")
    return str(found)


def role_of(database: str, whose: str) -> str:
    """A role's name. Roles are a server's, so that each of several installations on it has its own."""
    return f"{database}_{whose.replace('-', '_')}"


def install_database(url: str, passwords: dict[str, str]) -> Did:
    """All that an administrator of the server has to do; again and again with the same result. `url` is theirs. Raises StoreDown."""
    database = name_of(url)
    did: Did = []
    with _as_administrator(make_conninfo(url, dbname="postgres")) as connection:
        did.append((f"database {database}", _make_database(connection, database)))
        for whose, password in passwords.items():
            did.append((f"role {role_of(database, whose)}", _make_role(connection, role_of(database, whose), password)))
        # By default everybody on the server may connect, and make temporary tables.
        name = Identifier(database)
        connection.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        for whose in passwords:
            role = Identifier(role_of(database, whose))
            connection.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, role))
        reader = Identifier(role_of(database, OPERATORS))
        connection.execute(SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(reader))
    with _as_administrator(url) as connection:
        for service in SERVICES:
            did.append((f"schema {service.replace('-', '_')}", _make_schema(connection, database, service)))
    return did


@contextmanager
def _as_administrator(url: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with closing(connect(url)) as connection:
            yield connection
    except psycopg.Error as error:
        raise StoreDown(f"the database could not be set up: {error}") from error


def _make_database(connection: psycopg.Connection[Any], name: str) -> str:
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None:
        return "kept"
    connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return "made"


def _make_role(connection: psycopg.Connection[Any], role: str, password: str) -> str:
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None
    # Encrypted here, so that the server's log never has it.
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    text = f"{'ALTER' if known else 'CREATE'} ROLE {{}} WITH {rights} PASSWORD {{}}"
    connection.execute(SQL(text).format(Identifier(role), Literal(hashed)))
    return "kept" if known else "made"


def _make_schema(connection: psycopg.Connection[Any], database: str, service: str) -> str:
    name = service.replace("-", "_")
    schema, owner = Identifier(name), Identifier(role_of(database, service))
    readers = [role_of(database, whose) for whose in dict.fromkeys((OPERATORS, OPS)) if whose != service]
    known = connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (name,)).fetchone() is not None
    with connection.transaction():
        if known:
            connection.execute(SQL("ALTER SCHEMA {} OWNER TO {}").format(schema, owner))
            _hand_over(connection, name, role_of(database, service))
        else:
            connection.execute(SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(schema, owner))
        if service == "crm-logger":
            connection.execute(SQL("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA {}").format(schema))
        for reader in map(Identifier, readers):
            connection.execute(SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, reader))
            connection.execute(SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, reader))
            later = "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} GRANT SELECT ON TABLES TO {}"
            connection.execute(SQL(later).format(owner, schema, reader))
    return "kept" if known else "made"


def _hand_over(connection: psycopg.Connection[Any], schema: str, owner: str) -> None:
    """What one user for all services has made becomes the service's own: a function is put in anew at each start of a service. What is
    the service's already is left alone: a service that runs is not kept waiting."""
    others = (
        "SELECT format('TABLE %%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname = %s AND tableowner <> %s",
        "SELECT format('ROUTINE %%s', p.oid::regprocedure) FROM pg_proc p WHERE pronamespace = %s::regnamespace "
        "AND pg_get_userbyid(proowner) <> %s AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')",
        "SELECT format('TYPE %%s', t.oid::regtype) FROM pg_type t WHERE typnamespace = %s::regnamespace AND typtype = 'c' "
        "AND pg_get_userbyid(typowner) <> %s AND EXISTS (SELECT FROM pg_class WHERE oid = t.typrelid AND relkind = 'c')",
    )
    for found in others:
        for (what,) in connection.execute(found, (schema, owner)).fetchall():
            connection.execute(SQL(f"ALTER {what} OWNER TO {{}}").format(Identifier(owner)))
