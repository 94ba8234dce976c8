"""The tables that stand beside the library's, and what is done with them: the same SQL for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from .port import Due


class Cursor(Protocol):
    """What a psycopg and an sqlite3 cursor have in common."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...
    def executemany(self, query: Any, params: Any, /) -> Any: ...
    def fetchall(self) -> Any: ...
    def fetchone(self) -> Any: ...


class Dialect(NamedTuple):
    """What differs: `prefix` stands before each table's name (a schema and a dot, or nothing) in the place of `$`, `mark`
    is the parameter mark in the place of `?`."""

    prefix: str
    mark: str

    def __call__(self, text: str) -> str:
        return text.replace("$", self.prefix).replace("?", self.mark)


class Tables:
    """Agenda and published positions of one service."""

    def __init__(self, dialect: Dialect) -> None:
        self._sql = dialect

    def create(self, cursor: Cursor) -> None:
        """The tables, where they are missing."""
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

    def published(self, cursor: Cursor, partition: int) -> int:
        cursor.execute(self._sql("SELECT position FROM $published WHERE partition_no = ?"), (partition,))
        row = cursor.fetchone()
        return int(row["position"]) if row else 0

    def agenda(self, cursor: Cursor, partition: int) -> list[Due]:
        cursor.execute(self._sql("SELECT stream, partition_no, due FROM $agenda WHERE partition_no = ?"), (partition,))
        return [Due(row["stream"], row["partition_no"], row["due"]) for row in cursor.fetchall()]


def tracking_rows(rows: Sequence[Any]) -> dict[str, int]:
    """The library's tracking rows as positions by source, without its own bookkeeping row."""
    return {
        str(row["application_name"]): int(row["notification_id"])
        for row in rows
        if row["application_name"] != "__migration__"
    }
