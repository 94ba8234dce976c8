"""The tables that stand beside the library's, and what is done with them: the same SQL for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ..lines import LineRow
from .port import SNAPSHOTS_KEPT, OpenStream


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


_AT = "*"
"""In the place of an inbox: the position at which the lines were saved."""


class Tables:
    """Agenda, published positions and snapshots of one service; the table of snapshots is the library's."""

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

        cursor.execute(
            self._sql(
                "CREATE TABLE IF NOT EXISTS $lines (partition_no INTEGER NOT NULL, inbox TEXT NOT NULL, said BIGINT NOT NULL, "
                "taken BIGINT NOT NULL, PRIMARY KEY (partition_no, inbox))"
            )
        )
        cursor.execute(
            self._sql("CREATE TABLE IF NOT EXISTS $timelines (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        )

    def lines(self, cursor: Cursor, partition: int) -> tuple[int | None, list[LineRow]]:
        cursor.execute(self._sql("SELECT inbox, said, taken FROM $lines WHERE partition_no = ?"), (partition,))
        rows = {row["inbox"]: LineRow(row["inbox"], row["said"], row["taken"]) for row in cursor.fetchall()}
        whole = rows.pop(_AT, None)
        return None if whole is None else whole.said, list(rows.values())

    def save_lines(self, cursor: Cursor, partition: int, at: int, lines: Sequence[LineRow]) -> None:
        cursor.executemany(
            self._sql(
                "INSERT INTO $lines VALUES (?, ?, ?, ?) ON CONFLICT (partition_no, inbox) "
                "DO UPDATE SET said = excluded.said, taken = excluded.taken"
            ),
            [(partition, *row) for row in (*lines, LineRow(_AT, at, at))],
        )

    def timeline(self, cursor: Cursor) -> str:
        cursor.execute(self._sql("SELECT name FROM $timelines ORDER BY number DESC LIMIT 1"))
        row = cursor.fetchone()
        return str(row["name"]) if row else ""

    def begin_timeline(self, cursor: Cursor, name: str, ends: dict[str, int], tracking: str) -> None:
        cursor.execute(
            self._sql("INSERT INTO $timelines SELECT coalesce(max(number), 0) + 1, ? FROM $timelines"), (name,)
        )
        for source, end in ends.items():
            cursor.execute(
                self._sql(
                    f"UPDATE ${tracking} SET notification_id = ? WHERE application_name LIKE ? AND notification_id > ?"
                ),
                (end, f"{source}>%", end),
            )

    def published(self, cursor: Cursor, partition: int) -> int:
        cursor.execute(self._sql("SELECT position FROM $published WHERE partition_no = ?"), (partition,))
        row = cursor.fetchone()
        return int(row["position"]) if row else 0

    def agenda(self, cursor: Cursor, partition: int) -> list[OpenStream]:
        cursor.execute(self._sql("SELECT stream, partition_no, due FROM $agenda WHERE partition_no = ?"), (partition,))
        return [OpenStream(row["stream"], row["partition_no"], row["due"]) for row in cursor.fetchall()]

    def save_snapshot(self, cursor: Cursor, stream: str, version: int, topic: str, state: bytes) -> None:
        cursor.execute(
            self._sql(
                "INSERT INTO $snapshots (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?) ON CONFLICT "
                "(originator_id, originator_version) DO UPDATE SET topic = excluded.topic, state = excluded.state"
            ),
            (stream, version, topic, state),
        )
        cursor.execute(
            self._sql(
                "DELETE FROM $snapshots WHERE originator_id = ? AND originator_version NOT IN (SELECT originator_version "
                f"FROM $snapshots WHERE originator_id = ? ORDER BY originator_version DESC LIMIT {SNAPSHOTS_KEPT})"
            ),
            (stream, stream),
        )


def tracking_rows(rows: Sequence[Any]) -> dict[str, int]:
    """The library's tracking rows as positions by source, without its own bookkeeping row."""
    return {
        str(row["application_name"]): int(row["notification_id"])
        for row in rows
        if row["application_name"] != "__migration__"
    }
