"""The store on PostgreSQL: one schema a service, in one database or many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    Notification,
    NotSupportedError,
    PersistenceError,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresDatastore, PostgresProcessRecorder
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from psycopg_pool import PoolTimeout

from .port import Commit, Due, Stale, Store, StoreDown
from .sql import Tables, tracking_rows

LIVING = "'parley.living'"
"""The class of the advisory locks by which processes show that they live: gone with a process's connection, however it
ends, so that what it held is taken over at once. (One that is frozen keeps its lock; its leases run out.)"""


def _as_oid(text: str) -> str:
    """How pg_locks shows the lock on the hash of a text."""
    return f"(hashtext({text})::bigint & 4294967295)::oid"


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (IntegrityError, psycopg.IntegrityError) as error:
        raise Stale(str(error)) from error
    except (DataError, ProgrammingError, NotSupportedError):
        raise  # not the store's trouble but the statement's
    except (PersistenceError, psycopg.Error, PoolTimeout) as error:
        raise StoreDown(str(error)) from error


class _Recorder(PostgresProcessRecorder):
    """The library's recorder, with the rest of a commit in the transaction of its events.

    The table lock stays: log positions must become visible in their order, or a reader passes over an event for ever.
    """

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore)
        self.tables = Tables(
            prefix=f'"{datastore.schema}".',
            mark="%s",
            lock="FOR SHARE",
            dead="NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
            f"AND classid = {_as_oid(LIVING)} AND objid = {_as_oid('$leases.owner')})",
        )
        # One array a column, not an array of composite rows: those are dumped as text, at five times the cost.
        self._insert = SQL(
            "INSERT INTO {schema}.{table} (originator_id, originator_version, topic, state) "
            "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bytea[]) RETURNING notification_id"
        ).format(schema=Identifier(datastore.schema), table=Identifier(self.events_table_name))

    def commit(self, commit: Commit) -> list[int]:
        """Everything in one transaction; see Store.commit."""
        with self.datastore.get_connection() as conn, conn.transaction(), conn.cursor() as cursor:
            self.tables.write(cursor, commit)
            for source, position in commit.tracking.items():
                cursor.execute(
                    self.insert_tracking_statement,
                    {"application_name": source, "notification_id": position},
                    prepare=True,
                )
                if cursor.fetchone() is None:
                    raise Stale(f"{source} has been consumed beyond {position}")
            if not commit.events:
                return []
            self._lock_table(cursor)
            cursor.execute(
                self._insert,
                (
                    [event.originator_id for event in commit.events],
                    [event.originator_version for event in commit.events],
                    [event.topic for event in commit.events],
                    [event.state for event in commit.events],
                ),
                prepare=True,
                binary=True,
            )
            return sorted(row["notification_id"] for row in cursor.fetchall())


class PostgresStore(Store):
    """`url` is a connection string; everything is kept in `schema`, which is made where it is missing."""

    def __init__(self, url: str, schema: str, connect_timeout_s: float = 5.0) -> None:
        self._url, self._schema = url, schema
        self._life: psycopg.Connection[Any] | None = None
        info: dict[str, Any] = conninfo_to_dict(url)
        with _errors(), psycopg.connect(url, connect_timeout=int(connect_timeout_s), autocommit=True) as connection:
            # Two processes starting at once would both find nothing and both create: one waits for the other.
            connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (f"parley.{schema}",))
            connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
            self._datastore = PostgresDatastore(
                dbname=str(info.get("dbname", "postgres")),
                host=str(info.get("host", "127.0.0.1")),
                port=str(info.get("port", 5432)),
                user=str(info.get("user", "postgres")),
                password=str(info.get("password", "")),
                schema=schema,
                originator_id_type="text",
                pool_size=2,
                max_overflow=4,
                connect_timeout=connect_timeout_s,
                lock_timeout=10,
                idle_in_transaction_session_timeout=10,
            )
            self._recorder = _Recorder(self._datastore)
            self._snapshots = PostgresAggregateRecorder(self._datastore, events_table_name="snapshots")
            self._tables = self._recorder.tables
            self._recorder.create_table()
            self._snapshots.create_table()
            with self._transaction() as cursor:
                self._tables.create(cursor)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with _errors(), self._datastore.transaction(commit=True) as cursor:
            yield cursor

    def commit(self, commit: Commit) -> Sequence[int]:
        with _errors():
            return self._recorder.commit(commit)

    def streams(self, streams: Sequence[str], after: int = 0) -> list[StoredEvent]:
        with self._transaction() as cursor:
            cursor.execute(
                SQL(
                    "SELECT originator_id, originator_version, topic, state FROM {}.{} WHERE originator_id = ANY(%s) "
                    "AND originator_version > %s ORDER BY originator_id, originator_version"
                ).format(Identifier(self._schema), Identifier(self._recorder.events_table_name)),
                (list(streams), after),
                binary=True,
            )
            return [StoredEvent(**row) for row in cursor.fetchall()]

    def log(self, after: int, limit: int) -> Sequence[Notification]:
        with _errors():
            found: Sequence[Notification] = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
            return found

    def end(self) -> int:
        with _errors():
            return self._recorder.max_notification_id() or 0

    def tracking(self) -> dict[str, int]:
        with self._transaction() as cursor:
            cursor.execute(
                SQL("SELECT application_name, notification_id FROM {}.{}").format(
                    Identifier(self._schema), Identifier(self._recorder.tracking_table_name)
                )
            )
            return tracking_rows(cursor.fetchall())

    def published(self, partition: int) -> int:
        with self._transaction() as cursor:
            return self._tables.published(cursor, partition)

    def agenda(self, partition: int) -> list[Due]:
        with self._transaction() as cursor:
            return self._tables.agenda(cursor, partition)

    def save_snapshot(self, snapshot: StoredEvent) -> None:
        with self._transaction() as cursor:
            cursor.execute(
                SQL("INSERT INTO {}.snapshots VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING").format(
                    Identifier(self._schema)
                ),
                (snapshot.originator_id, snapshot.originator_version, snapshot.topic, snapshot.state),
            )

    def snapshot(self, stream: str) -> StoredEvent | None:
        with _errors():
            return next(iter(self._snapshots.select_events(stream, desc=True, limit=1)), None)

    def _show_life(self, owner: str) -> None:
        """Hold the advisory lock that says that this owner lives, on a connection of its own."""
        with _errors():
            if self._life is not None:
                try:
                    self._life.execute("SELECT 1")
                    return
                except psycopg.Error:
                    self._life.close()
            self._life = psycopg.connect(self._url, connect_timeout=5, autocommit=True)
            self._life.execute(f"SELECT pg_advisory_lock(hashtext({LIVING}), hashtext(%s))", (owner,))

    def acquire(self, partition: int, owner: str, ttl_ms: int, now: int) -> int | None:
        if self._life is None:
            self._show_life(owner)
        with self._transaction() as cursor:
            return self._tables.acquire(cursor, partition, owner, ttl_ms, now)

    def renew(self, owner: str, ttl_ms: int, now: int) -> set[int]:
        self._show_life(owner)
        with self._transaction() as cursor:
            return self._tables.renew(cursor, owner, ttl_ms, now)

    def release(self, owner: str, partitions: Iterable[int]) -> None:
        with self._transaction() as cursor:
            self._tables.release(cursor, owner, partitions)

    def owners(self, now: int) -> dict[int, str]:
        with self._transaction() as cursor:
            return self._tables.owners(cursor, now)

    def close(self) -> None:
        if self._life is not None:
            self._life.close()
        self._datastore.close()
