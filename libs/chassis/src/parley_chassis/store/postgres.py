"""The store on PostgreSQL: one schema a service, in one database or many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import local
from typing import Any, cast
from weakref import WeakSet

import psycopg
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    NotSupportedError,
    PersistenceError,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresDatastore, PostgresProcessRecorder
from psycopg.pq import TransactionStatus
from psycopg.rows import args_row, dict_row
from psycopg.sql import SQL, Identifier

from ..lines import LineRow
from ..offload import Offload
from .arrays import Bigints, Byteas, Texts
from .connecting import ANSWER_WITHIN_S, PatientConnection, connect, connect_on_loop
from .leases import SqlLeases
from .letters import LetterBook
from .port import Commit, Logged, Membership, OpenStream, Stale, Store, StoreDown
from .sql import Cursor, Dialect, Tables, tracking_rows


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (IntegrityError, psycopg.IntegrityError) as error:
        raise Stale(str(error)) from error
    except (DataError, ProgrammingError, NotSupportedError):
        raise  # not the store's trouble but the statement's
    except (PersistenceError, psycopg.Error) as error:
        raise StoreDown(str(error)) from error


class _Connections:
    """In the place of the library's pool: one connection a thread, made anew by whoever finds it lost.

    A pool tries again in its own time, and after a silence hands out one dead connection after the other.
    """

    def __init__(self, url: str, configure: Callable[[Any], None]) -> None:
        self._url, self._configure = url, configure
        self._of_thread = local()
        self._all: WeakSet[PatientConnection] = WeakSet()

    def open(self, wait: bool = False, timeout: float = 0.0) -> None:
        """Each connection is opened when it is needed."""

    @contextmanager
    def connection(self) -> Iterator[PatientConnection]:
        """This thread's connection. Raises psycopg.Error."""
        found: PatientConnection | None = getattr(self._of_thread, "connection", None)
        if found is None or found.closed:
            found = connect(self._url, dict_row)
            self._configure(found)
            self._of_thread.connection = found
            self._all.add(found)
        try:
            yield found
        except psycopg.errors.ReadOnlySqlTransaction:
            found.close()  # it is not the one that is written to any more
            raise
        finally:
            if found.pgconn.transaction_status != TransactionStatus.IDLE:
                found.close()

    def close(self) -> None:
        """Close them all."""
        for connection in list(self._all):
            connection.close()


def open_datastore(url: str, schema: str, *, reading: bool = False, **options: Any) -> PostgresDatastore:
    """The library's datastore on the database at `url`, with connections that are patient but not for ever; with `reading` they
    can write nothing."""
    datastore = PostgresDatastore(dbname="", host="", port="", user="", password="", schema=schema, **options)
    datastore.pool.close()  # it knows nothing else of a URL
    configure = datastore.after_connect_func()

    def configure_to_write(connection: Any) -> None:
        configure(connection)
        # What an administrator's tool makes in a service's schema belongs to the service.
        connection.execute(
            "SELECT set_config('role', pg_get_userbyid(nspowner), false) FROM pg_namespace "
            "WHERE nspname = %s AND pg_has_role(nspowner, 'MEMBER')",
            (schema,),
        )

    def configure_to_read(connection: Any) -> None:
        configure(connection)
        # Not as an option of the connection: of several servers none would then count as one that takes what is written.
        connection.execute("SET default_transaction_read_only = on")

    datastore.pool = cast(Any, _Connections(url, configure_to_read if reading else configure_to_write))
    return datastore


def make_schema(connection: psycopg.Connection[Any], schema: str) -> None:
    """A schema, where it is missing. PostgreSQL refuses `IF NOT EXISTS` to a role that may make none, also where it is there."""
    if connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))


SERIAL = "BIGSERIAL PRIMARY KEY"
"""How a table's number is declared that goes upwards."""

LIVING = "'parley.living'"
"""The class of the advisory locks by which processes show that they live: gone with a process's connection, however it
ends, so that what it held is taken over at once. (One that is frozen keeps its lock; its leases run out.)"""


def _as_oid(text: str) -> str:
    """How pg_locks shows the lock on the hash of a text."""
    return f"(hashtext({text})::bigint & 4294967295)::oid"


def _gone(owner: str) -> str:
    """The condition under which nobody holds an owner's lock."""
    return (
        "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
        f"AND classid = {_as_oid(LIVING)} AND objid = {_as_oid(owner)})"
    )


def _dialect(schema: str) -> Dialect:
    return Dialect(prefix=f'"{schema}".', mark="%s")


class PostgresLeases(SqlLeases):
    """Each owner shows that it lives by an advisory lock on a connection of its own."""

    def __init__(self, url: str, schema: str, writing: Callable[[], AbstractContextManager[Cursor]]) -> None:
        super().__init__(_dialect(schema), writing, _gone)
        self._url = url
        self._life: psycopg.Connection[Any] | None = None

    def _show_life(self, owner: str) -> None:
        with _errors():
            if self._life is not None:
                try:
                    self._life.execute("SELECT 1")
                    return
                except psycopg.Error:
                    self._life.close()
            self._life = connect(self._url)
            # Shared: after a silence the server may not know yet that the connection before this one is gone.
            self._life.execute(f"SELECT pg_advisory_lock_shared(hashtext({LIVING}), hashtext(%s))", (owner,))

    def acquire(self, partition: int, owner: str, ttl_ms: int, now: int) -> int | None:
        if self._life is None:
            self._show_life(owner)
        return super().acquire(partition, owner, ttl_ms, now)

    def renew(self, owner: str, ttl_ms: int, now: int) -> Membership:
        self._show_life(owner)
        return super().renew(owner, ttl_ms, now)

    def close(self) -> None:
        if self._life is not None:
            self._life.close()


_COMMIT = """
CREATE OR REPLACE FUNCTION {schema}.commit_batch(
    fence_partitions integer[], fence_epochs bigint[],
    sources text[], source_positions bigint[],
    said_partitions integer[], said_positions bigint[],
    opened text[], opened_partitions integer[], opened_due bigint[], closed text[],
    streams text[], versions bigint[], topics text[], states bytea[]
) RETURNS bigint[] LANGUAGE plpgsql SET lock_timeout = '10s' AS $body$
DECLARE
    affected integer;
    positions bigint[];
BEGIN
    PERFORM FROM {schema}.leases JOIN unnest(fence_partitions, fence_epochs) AS fence (partition_no, epoch)
        USING (partition_no, epoch) FOR SHARE OF leases;
    GET DIAGNOSTICS affected = ROW_COUNT;
    IF affected <> cardinality(fence_partitions) THEN
        RAISE integrity_constraint_violation USING MESSAGE =
            format('one of the partitions %s has another owner: its epoch is not in %s', fence_partitions, fence_epochs);
    END IF;
    INSERT INTO {schema}.{tracking} AS known SELECT * FROM unnest(sources, source_positions)
        ON CONFLICT (application_name) DO UPDATE SET notification_id = excluded.notification_id
        WHERE known.notification_id < excluded.notification_id;
    GET DIAGNOSTICS affected = ROW_COUNT;
    IF affected <> cardinality(sources) THEN
        RAISE integrity_constraint_violation USING MESSAGE =
            format('one of the sources %s has been consumed beyond %s', sources, source_positions);
    END IF;
    INSERT INTO {schema}.published SELECT * FROM unnest(said_partitions, said_positions)
        ON CONFLICT (partition_no) DO UPDATE SET position = excluded.position;
    INSERT INTO {schema}.agenda SELECT * FROM unnest(opened, opened_partitions, opened_due)
        ON CONFLICT (stream) DO UPDATE SET due = excluded.due;
    DELETE FROM {schema}.agenda WHERE stream = ANY (closed);
    IF cardinality(streams) > 0 THEN
        -- Log positions become visible in their order: without the lock a reader could pass over an event for ever.
        LOCK TABLE {schema}.{events} IN EXCLUSIVE MODE;
        WITH inserted AS (
            INSERT INTO {schema}.{events} (originator_id, originator_version, topic, state)
            SELECT * FROM unnest(streams, versions, topics, states) RETURNING notification_id
        ) SELECT array_agg(notification_id ORDER BY notification_id) INTO positions FROM inserted;
    END IF;
    RETURN positions;
END
$body$
"""
"""A whole commit in one round trip: on the way there and back it costs a third of the same statements one by one."""

_CALL = (
    "SELECT {schema}.commit_batch(%s::integer[], %s::bigint[], %s::text[], %s::bigint[], %s::integer[], %s::bigint[], "
    "%s::text[], %s::integer[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bytea[])"
)


def _arguments(commit: Commit) -> tuple[Any, ...]:
    """A commit as the arguments of `commit_batch`."""
    events, opened = commit.events, commit.opened
    return (
        list(commit.fence),
        list(commit.fence.values()),
        list(commit.tracking),
        list(commit.tracking.values()),
        list(commit.published),
        list(commit.published.values()),
        [entry.stream for entry in opened],
        [entry.partition for entry in opened],
        [entry.due for entry in opened],
        commit.closed,
        Texts(str(event.originator_id) for event in events),
        Bigints(event.originator_version for event in events),
        Texts(event.topic for event in events),
        Byteas(event.state for event in events),
    )


class PostgresStore(Store):
    """`url` is a connection string; everything is kept in `schema`, which is made where it is missing. With `reading` nothing is
    made, and nothing can be written."""

    def __init__(self, url: str, schema: str, *, reading: bool = False) -> None:
        self._url, self._schema = url, schema
        self._writer: psycopg.AsyncConnection[Any] | None = None
        self._datastore = open_datastore(
            url,
            schema,
            reading=reading,
            originator_id_type="text",
            lock_timeout=10,
            idle_in_transaction_session_timeout=10,
        )
        with _errors():  # a recorder asks the database as soon as it is made
            self._recorder = PostgresProcessRecorder(self._datastore)
            self._snapshots = PostgresAggregateRecorder(self._datastore, events_table_name="snapshots")
        self._tables = Tables(_dialect(schema))
        self.leases: PostgresLeases = PostgresLeases(url, schema, self._transaction)
        self.letters = LetterBook(_dialect(schema), SERIAL, lambda write: self._transaction())
        names = {
            "schema": Identifier(schema),
            "events": Identifier(self._recorder.events_table_name),
            "tracking": Identifier(self._recorder.tracking_table_name),
        }
        self._call = SQL(_CALL).format(**names).as_string(None)  # once: psycopg would put it together at each call
        self._select_log = (
            SQL(
                "SELECT notification_id, originator_id, originator_version, topic, state FROM {schema}.{events} "
                "WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
            )
            .format(**names)
            .as_string(None)
        )
        if not reading:
            self._make(names)

    def _make(self, names: dict[str, Identifier]) -> None:
        """Schema, tables and the function that commits."""
        with _errors(), connect(self._url) as connection:
            # Two processes starting at once would both find nothing and both create: one waits for the other.
            connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (f"parley.{self._schema}",))
            make_schema(connection, self._schema)
            self._recorder.create_table()
            self._snapshots.create_table()
            self.leases.create()
            with self._transaction() as cursor:
                self._tables.create(cursor)
                self.letters.create(cursor)
                cursor.execute(SQL(_COMMIT).format(**names))

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with _errors(), self._datastore.transaction(commit=True) as cursor:
            yield cursor

    def commit(self, commit: Commit) -> Sequence[int]:
        with _errors(), self._datastore.transaction(commit=True) as cursor:
            cursor.execute(self._call, _arguments(commit), prepare=True, binary=True)
            (row,) = cursor.fetchall()
            self.letters.change(cursor, commit.letters, commit.settled)
            return row["commit_batch"] or []

    async def commit_soon(self, commit: Commit, offload: Offload) -> Sequence[int]:
        if commit.letters or commit.settled:  # seldom: more than one statement
            return await offload(self.commit, commit)
        # On the loop itself: handing a commit to a thread and back costs as much again as the commit.
        with _errors():
            try:
                if self._writer is None:
                    self._writer = await connect_on_loop(self._url)  # each of several servers has its own time
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    cursor = await self._writer.execute(self._call, _arguments(commit), prepare=True, binary=True)
                    row = await cursor.fetchone()
                    return row[0] or [] if row else []
            except psycopg.IntegrityError:
                raise
            except BaseException as error:
                self._drop_writer()
                if isinstance(error, TimeoutError):
                    raise psycopg.OperationalError("the database did not answer in time") from error
                raise

    def _drop_writer(self) -> None:
        """Whatever it would still answer belongs to nobody."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.pgconn.finish()

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

    def events_of(self, stream: str, topics: Sequence[str]) -> list[StoredEvent]:
        with self._transaction() as cursor:
            cursor.execute(
                SQL(
                    "SELECT originator_id, originator_version, topic, state FROM {}.{} WHERE originator_id = %s "
                    "AND topic = ANY(%s) ORDER BY originator_version"
                ).format(Identifier(self._schema), Identifier(self._recorder.events_table_name)),
                (stream, list(topics)),
                binary=True,
            )
            return [StoredEvent(**row) for row in cursor.fetchall()]

    def log(self, after: int, limit: int) -> Sequence[Logged]:
        with _errors(), self._datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=args_row(Logged))
            return cursor.execute(self._select_log, (after, limit), prepare=True, binary=True).fetchall()

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

    def lines(self, partition: int) -> tuple[int | None, list[LineRow]]:
        with self._transaction() as cursor:
            return self._tables.lines(cursor, partition)

    def save_lines(self, partition: int, at: int, lines: Sequence[LineRow]) -> None:
        with self._transaction() as cursor:
            self._tables.save_lines(cursor, partition, at, lines)

    def timeline(self) -> str:
        with self._transaction() as cursor:
            return self._tables.timeline(cursor)

    def begin_timeline(self, name: str, ends: dict[str, int]) -> None:
        with self._transaction() as cursor:
            self._tables.begin_timeline(cursor, name, ends, self._recorder.tracking_table_name)
            self.letters.begin_timeline(cursor, ends)

    def agenda(self, partition: int) -> list[OpenStream]:
        with self._transaction() as cursor:
            return self._tables.agenda(cursor, partition)

    def save_snapshot(self, snapshot: StoredEvent) -> None:
        with self._transaction() as cursor:
            self._tables.save_snapshot(
                cursor, str(snapshot.originator_id), snapshot.originator_version, snapshot.topic, snapshot.state
            )

    def snapshot(self, stream: str, before: int | None = None) -> StoredEvent | None:
        until = None if before is None else before - 1
        with _errors():
            return next(iter(self._snapshots.select_events(stream, lte=until, desc=True, limit=1)), None)

    def close(self) -> None:
        self._drop_writer()
        self.leases.close()
        self._datastore.close()
