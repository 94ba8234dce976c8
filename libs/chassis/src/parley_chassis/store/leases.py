"""Who works on which partition: leases and the list of living processes, the same SQL for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from parley_contracts.topology import PARTITIONS

from .port import LeaseBook, Membership
from .sql import Cursor, Dialect


class SqlLeases(LeaseBook):
    """Leases in the tables `leases` and `members`; each call is a transaction of its own.

    `writing` opens a transaction that is committed at its end. `dead(owner)` is the SQL condition under which the owner
    named by a column is known to be gone before its lease has run out.
    """

    def __init__(
        self, dialect: Dialect, writing: Callable[[], AbstractContextManager[Cursor]], dead: Callable[[str], str]
    ) -> None:
        self._sql, self._writing, self._dead = dialect, writing, dead

    def create(self) -> None:
        """The tables, where they are missing. Raises ValueError when the data was written with another number of
        partitions."""
        with self._writing() as cursor:
            cursor.execute(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS $leases (partition_no INTEGER PRIMARY KEY, owner TEXT NOT NULL, "
                    "epoch BIGINT NOT NULL, expires_at BIGINT NOT NULL)"
                )
            )
            cursor.execute(
                self._sql("CREATE TABLE IF NOT EXISTS $members (owner TEXT PRIMARY KEY, seen_at BIGINT NOT NULL)")
            )
            cursor.execute(
                self._sql("CREATE TABLE IF NOT EXISTS $installation (one INTEGER PRIMARY KEY, partitions INTEGER)")
            )
            cursor.execute(
                self._sql(
                    "INSERT INTO $installation SELECT 1, CASE WHEN count(*) > ? THEN count(*) ELSE ? END FROM $leases "
                    "WHERE 1 = 1 ON CONFLICT (one) DO NOTHING"
                ),
                (PARTITIONS, PARTITIONS),
            )
            cursor.execute(self._sql("SELECT partitions FROM $installation"))
            found = int(cursor.fetchone()["partitions"])
            if found != PARTITIONS:
                raise ValueError(
                    f"this data was written with {found} partitions, this version has {PARTITIONS}: it would find "
                    "nothing in its place. Use the version that wrote it, or begin with empty data."
                )

    def renew(self, owner: str, ttl_ms: int, now: int) -> Membership:
        with self._writing() as cursor:
            cursor.execute(
                self._sql("UPDATE $leases SET expires_at = ? WHERE owner = ? RETURNING partition_no, epoch"),
                (now + ttl_ms, owner),
            )
            held = {int(row["partition_no"]): int(row["epoch"]) for row in cursor.fetchall()}
            cursor.execute(
                self._sql("INSERT INTO $members VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET seen_at = ?"),
                (owner, now, now),
            )
            cursor.execute(
                self._sql(f"DELETE FROM $members WHERE owner <> ? AND (seen_at < ? OR {self._dead('$members.owner')})"),
                (owner, now - ttl_ms),
            )
            cursor.execute(self._sql("SELECT count(*) AS members FROM $members"))
            return Membership(held, int(cursor.fetchone()["members"]))

    def acquire(self, partition: int, owner: str, ttl_ms: int, now: int) -> int | None:
        # The epoch rises with every taking, so that an old owner's commit is refused.
        with self._writing() as cursor:
            cursor.execute(
                self._sql(
                    "INSERT INTO $leases VALUES (?, ?, 1, ?) ON CONFLICT (partition_no) DO UPDATE "
                    "SET owner = excluded.owner, epoch = $leases.epoch + 1, expires_at = excluded.expires_at "
                    "WHERE $leases.expires_at < ? OR $leases.owner = excluded.owner "
                    f"OR {self._dead('$leases.owner')} RETURNING epoch"
                ),
                (partition, owner, now + ttl_ms, now),
            )
            row = cursor.fetchone()
            return int(row["epoch"]) if row else None

    def release(self, owner: str, partitions: Iterable[int]) -> None:
        with self._writing() as cursor:
            for partition in partitions:
                cursor.execute(
                    self._sql("UPDATE $leases SET owner = '', expires_at = 0 WHERE owner = ? AND partition_no = ?"),
                    (owner, partition),
                )

    def leave(self, owner: str) -> None:
        with self._writing() as cursor:
            cursor.execute(self._sql("UPDATE $leases SET owner = '', expires_at = 0 WHERE owner = ?"), (owner,))
            cursor.execute(self._sql("DELETE FROM $members WHERE owner = ?"), (owner,))

    def owners(self, now: int) -> dict[int, str]:
        with self._writing() as cursor:
            cursor.execute(self._sql("SELECT partition_no, owner FROM $leases WHERE expires_at >= ?"), (now,))
            return {int(row["partition_no"]): str(row["owner"]) for row in cursor.fetchall()}

    def close(self) -> None:
        """Give up what it holds open."""
