"""The tables that stand beside the library's, and what is done with them: the same SQL for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from .port import Commit, Due, Stale


class Cursor(Protocol):
    """What a psycopg and an sqlite3 cursor have in common."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...
    def executemany(self, query: Any, params: Any, /) -> Any: ...
    def fetchall(self) -> Any: ...
    def fetchone(self) -> Any: ...


class Tables:
    """Leases, agenda and published positions of one service.

    `prefix` stands before each table's name (a schema and a dot, or nothing), `mark` is the parameter mark, `lock` what
    a SELECT says to keep a row from being changed until the transaction ends, `dead` the condition under which the owner
    of a lease is known to be gone before the lease has run out.
    """

    def __init__(self, prefix: str, mark: str, lock: str, dead: str) -> None:
        self._prefix, self._mark, self._lock, self._dead = prefix, mark, lock, dead

    def _sql(self, text: str) -> str:
        return text.replace("$", self._prefix).replace("?", self._mark)

    def create(self, cursor: Cursor) -> None:
        """The tables, where they are missing."""
        cursor.execute(
            self._sql(
                "CREATE TABLE IF NOT EXISTS $leases (partition_no INTEGER PRIMARY KEY, owner TEXT NOT NULL, "
                "epoch BIGINT NOT NULL, expires_at BIGINT NOT NULL)"
            )
        )
        cursor.execute(
            self._sql(
                "CREATE TABLE IF NOT EXISTS $agenda (stream TEXT PRIMARY KEY, partition_no INTEGER NOT NULL, due BIGINT)"
            )
        )
        cursor.execute(self._sql("CREATE INDEX IF NOT EXISTS agenda_partition ON $agenda (partition_no)"))
        cursor.execute(
            self._sql(
                "CREATE TABLE IF NOT EXISTS $published (partition_no INTEGER PRIMARY KEY, position BIGINT NOT NULL)"
            )
        )

    def write(self, cursor: Cursor, commit: Commit) -> None:
        """Everything of a commit but its events and tracking; raises Stale when a lease is gone."""
        if commit.fence:
            self._check_fence(cursor, commit.fence)
        if commit.published:
            cursor.executemany(
                self._sql(
                    "INSERT INTO $published VALUES (?, ?) "
                    "ON CONFLICT (partition_no) DO UPDATE SET position = excluded.position"
                ),
                list(commit.published.items()),
            )
        opened = [entry for entry in commit.agenda.values() if entry is not None]
        if opened:
            cursor.executemany(
                self._sql("INSERT INTO $agenda VALUES (?, ?, ?) ON CONFLICT (stream) DO UPDATE SET due = excluded.due"),
                opened,
            )
        closed = [(stream,) for stream, entry in commit.agenda.items() if entry is None]
        if closed:
            cursor.executemany(self._sql("DELETE FROM $agenda WHERE stream = ?"), closed)

    def _check_fence(self, cursor: Cursor, fence: dict[int, int]) -> None:
        marks = ", ".join("?" for _ in fence)
        cursor.execute(
            self._sql(f"SELECT partition_no, epoch FROM $leases WHERE partition_no IN ({marks}) {self._lock}"),
            list(fence),
        )
        held = {int(row["partition_no"]): int(row["epoch"]) for row in cursor.fetchall()}
        for partition, epoch in fence.items():
            if held.get(partition) != epoch:
                raise Stale(f"partition {partition} has another owner: epoch {held.get(partition)}, ours was {epoch}")

    def published(self, cursor: Cursor, partition: int) -> int:
        cursor.execute(self._sql("SELECT position FROM $published WHERE partition_no = ?"), (partition,))
        row = cursor.fetchone()
        return int(row["position"]) if row else 0

    def agenda(self, cursor: Cursor, partition: int) -> list[Due]:
        cursor.execute(self._sql("SELECT stream, partition_no, due FROM $agenda WHERE partition_no = ?"), (partition,))
        return [Due(row["stream"], row["partition_no"], row["due"]) for row in cursor.fetchall()]

    def acquire(self, cursor: Cursor, partition: int, owner: str, ttl_ms: int, now: int) -> int | None:
        """In a transaction of its own: the epoch rises with every taking, so that an old owner's commit is refused."""
        cursor.execute(
            self._sql(
                "INSERT INTO $leases VALUES (?, ?, 1, ?) ON CONFLICT (partition_no) DO UPDATE "
                "SET owner = excluded.owner, epoch = $leases.epoch + 1, expires_at = excluded.expires_at "
                f"WHERE $leases.expires_at < ? OR $leases.owner = excluded.owner OR {self._dead} RETURNING epoch"
            ),
            (partition, owner, now + ttl_ms, now),
        )
        row = cursor.fetchone()
        return int(row["epoch"]) if row else None

    def renew(self, cursor: Cursor, owner: str, ttl_ms: int, now: int) -> set[int]:
        cursor.execute(
            self._sql("UPDATE $leases SET expires_at = ? WHERE owner = ? RETURNING partition_no"), (now + ttl_ms, owner)
        )
        return {int(row["partition_no"]) for row in cursor.fetchall()}

    def release(self, cursor: Cursor, owner: str, partitions: Iterable[int]) -> None:
        for partition in partitions:
            cursor.execute(
                self._sql("UPDATE $leases SET owner = '', expires_at = 0 WHERE owner = ? AND partition_no = ?"),
                (owner, partition),
            )

    def owners(self, cursor: Cursor, now: int) -> dict[int, str]:
        cursor.execute(self._sql("SELECT partition_no, owner FROM $leases WHERE expires_at >= ?"), (now,))
        return {int(row["partition_no"]): str(row["owner"]) for row in cursor.fetchall()}


def tracking_rows(rows: Sequence[Any]) -> dict[str, int]:
    """The library's tracking rows as positions by source, without its own bookkeeping row."""
    return {
        str(row["application_name"]): int(row["notification_id"])
        for row in rows
        if row["application_name"] != "__migration__"
    }
