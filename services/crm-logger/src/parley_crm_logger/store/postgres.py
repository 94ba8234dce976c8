"""The CRM's tables in a schema of their own on PostgreSQL; parts of words are found with `pg_trgm`, stems with its text search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import psycopg
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    NotSupportedError,
    PersistenceError,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder
from parley_chassis.store import Logged, Stale, StoreDown
from parley_chassis.store.arrays import Bigints, Texts
from parley_chassis.store.connecting import connect
from parley_chassis.store.postgres import SERIAL, PostgresLeases, make_schema, open_datastore
from psycopg.sql import SQL

from .database import NOBODY, Database, Whose, held, setting
from .policies import keep_apart
from .schema import TABLES

SCHEMA = "crm_logger"
_LOG = f"{SCHEMA}.stored_events"
_ONE_INSTANT = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; "
    "SET LOCAL plan_cache_mode = force_custom_plan"  # a plan for any word would be none for a very common one
)


class PostgresDatabase(Database):
    """`schema` is made where it is missing, and so is the extension `pg_trgm`."""

    mark, prefix, lock, passing_over = "%s", f"{SCHEMA}.", "FOR SHARE", "FOR UPDATE SKIP LOCKED"
    serial = SERIAL
    types: ClassVar[dict[str, str]] = {
        "text": "TEXT",
        "word": 'TEXT COLLATE "C"',
        "number": "BIGINT",
        "stems": "TSVECTOR",
    }

    def __init__(self, url: str, *, reading: bool = False) -> None:
        super().__init__()
        self._url = url
        self._datastore = open_datastore(
            url, SCHEMA, reading=reading, originator_id_type="text", idle_in_transaction_session_timeout=30
        )
        self.leases: PostgresLeases = PostgresLeases(url, SCHEMA, lambda: self.transaction(write=True, tenant=NOBODY))
        self._trigrams = SCHEMA

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """What two processes that start at once would both do is done by one, while the other waits."""
        try:
            with connect(self._url) as connection:
                connection.execute(SQL("SELECT pg_advisory_lock(hashtext(%s))"), (f"parley.{SCHEMA}",))
                make_schema(connection, SCHEMA)
                self._trigrams = _schema_of_trigrams(connection)
                PostgresApplicationRecorder(self._datastore).create_table()
                self.leases.create()
                yield
        except (PersistenceError, psycopg.Error) as error:
            raise StoreDown(str(error)) from error

    @contextmanager
    def transaction(self, *, write: bool, tenant: str | Whose, one_instant: bool = False) -> Iterator[Any]:
        try:
            with self._datastore.transaction(commit=write) as cursor:
                if one_instant:  # before the first question, also that of `let_see`
                    cursor.execute(_ONE_INSTANT, prepare=False)
                self.let_see(cursor, tenant)
                yield cursor
        except (IntegrityError, psycopg.IntegrityError) as error:
            raise Stale(str(error)) from error
        except (DataError, ProgrammingError, NotSupportedError):
            raise  # not the store's trouble but the statement's
        except (PersistenceError, psycopg.Error) as error:
            raise StoreDown(str(error)) from error

    def close(self) -> None:
        self.leases.close()
        self._datastore.close()

    def let_see(self, cursor: Any, tenant: str | Whose) -> None:
        # For this transaction alone: the connection is another company's next.
        cursor.execute("SELECT set_config('parley.tenant', %s, true)", (setting(tenant),))

    def keep_apart(self, cursor: Any) -> None:
        keep_apart(cursor, SCHEMA)

    def among(self, column: str, values: Iterable[Any]) -> tuple[str, list[Any]]:
        return f"{column} = ANY(?)", [list(values)]

    def insert(
        self,
        cursor: Any,
        name: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        conflict: str = "ON CONFLICT DO NOTHING",
    ) -> None:
        # In one statement, a column an array: a fraction of the cost of row by row.
        shape = TABLES[name.rpartition("_")[0]].columns
        arrays = ", ".join("%s::bigint[]" if shape[column] == "number" else "%s::text[]" for column in columns)
        values = ", ".join(
            f"array_to_tsvector(string_to_array({column}, ' '))" if shape[column] == "stems" else column
            for column in columns
        )
        cursor.execute(
            f"INSERT INTO {SCHEMA}.{name} ({', '.join(columns)}) SELECT {values} "
            f"FROM unnest({arrays}) AS given ({', '.join(columns)}) {conflict}",
            [
                Bigints(values) if shape[column] == "number" else Texts(values)
                for column, values in zip(columns, zip(*rows, strict=True), strict=True)
            ],
        )

    def columns(self, cursor: Any, name: str) -> set[str]:
        rows = self.ask(
            cursor,
            "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
            (SCHEMA, name),
        )
        return {row["column_name"] for row in rows}

    def create_searches(self, cursor: Any, generation: int) -> None:
        # Most terms are one contact's; a sample of the table would make the planner believe that each is hundreds'.
        rows = self.ask(
            cursor,
            "SELECT 1 AS told FROM pg_attribute WHERE attrelid = ?::regclass AND attname = 'term' AND attoptions IS NULL",
            (f"{SCHEMA}.terms_{generation}",),
        )
        if rows:
            self.do(cursor, f"ALTER TABLE $terms_{generation} ALTER COLUMN term SET (n_distinct = -0.3)")
        self.do(
            cursor,
            f"CREATE INDEX IF NOT EXISTS parts_{generation}_inside ON $parts_{generation} "
            f"USING gin (term {self._trigrams}.gin_trgm_ops)",
        )
        self.do(
            cursor,
            f"CREATE INDEX IF NOT EXISTS texts_{generation}_inside ON $texts_{generation} USING gin (stems)",
        )

    def terms_with(self, cursor: Any, generation: int, tenant: str, part: str, limit: int) -> list[str]:
        found = self.ask(
            cursor,
            f"SELECT p.term FROM $parts_{generation} p WHERE p.term LIKE ? AND p.tenant = ? AND {held(generation)} LIMIT ?",
            (f"%{part}%", tenant, limit),
        )
        return [row["term"] for row in found]

    def match(self, generation: int, alternatives: Sequence[Sequence[str]]) -> tuple[str, str]:
        groups = ("(" + " | ".join(f"'{stem}'" for stem in group) + ")" for group in alternatives)
        return "t.stems @@ ?::tsquery", " & ".join(groups)

    # --- the contacts' log --------------------------------------------------------------------------------------------

    def lock_log(self, cursor: Any) -> None:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute(f"LOCK TABLE {_LOG} IN EXCLUSIVE MODE")

    def append(self, cursor: Any, events: Sequence[StoredEvent]) -> Sequence[int]:
        cursor.execute(
            f"INSERT INTO {_LOG} (originator_id, originator_version, topic, state) "
            "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bytea[]) RETURNING notification_id",
            [
                [event.originator_id for event in events],
                [event.originator_version for event in events],
                [event.topic for event in events],
                [event.state for event in events],
            ],
        )
        return [int(row["notification_id"]) for row in cursor.fetchall()]

    def streams(self, cursor: Any, streams: Sequence[str]) -> list[StoredEvent]:
        cursor.execute(
            f"SELECT originator_id, originator_version, topic, state FROM {_LOG} "
            "WHERE originator_id = ANY(%s) ORDER BY originator_id, originator_version",
            (list(streams),),
            binary=True,
        )
        return [StoredEvent(**row) for row in cursor.fetchall()]

    def log(self, after: int, limit: int) -> Sequence[Logged]:
        with self.transaction(write=False, tenant=NOBODY) as cursor:
            cursor.execute(
                f"SELECT notification_id AS id, originator_id, originator_version, topic, state FROM {_LOG} "
                "WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
                (after, limit),
                binary=True,
            )
            return [Logged(**row) for row in cursor.fetchall()]

    def end(self) -> int:
        with self.transaction(write=False, tenant=NOBODY) as cursor:
            cursor.execute(f"SELECT coalesce(max(notification_id), 0) AS last FROM {_LOG}")
            return int(cursor.fetchone()["last"])


def _schema_of_trigrams(connection: Any) -> str:
    """The schema that `pg_trgm` stands in; it is made here where it is missing. Raises StoreDown when that is not allowed."""
    try:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA {SCHEMA}")
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.UndefinedFile,
    ) as error:
        raise StoreDown(
            "the search for contacts needs PostgreSQL's extension pg_trgm (in the contrib package), and this database user "
            f"could not create it: CREATE EXTENSION pg_trgm, as its administrator, in this database ({error})"
        ) from error
    found = connection.execute(
        "SELECT nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'"
    ).fetchone()
    return f'"{found[0]}"'
