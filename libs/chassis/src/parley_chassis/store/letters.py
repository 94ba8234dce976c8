"""Where a service's letters are kept: one table beside what the service writes, the same SQL for PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any, NamedTuple

from ..letters import Letter
from .port import Stale
from .sql import Cursor, Dialect

_OTHERWISE_CALLED = {"partition": "partition_no"}
_FIELDS = [field.name for field in fields(Letter)]
_COLUMNS = [_OTHERWISE_CALLED.get(name, name) for name in _FIELDS]
_ALL = ", ".join(_COLUMNS)
_NEW = [name for name in _COLUMNS if name != "number"]

AT_ONCE = 1_000

_CREATE = """
CREATE TABLE IF NOT EXISTS $letters (
    number {number}, identity TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, partition_no INTEGER NOT NULL,
    inbox TEXT NOT NULL, kind TEXT NOT NULL, holds INTEGER NOT NULL, type TEXT NOT NULL, tenant TEXT NOT NULL, trace TEXT,
    source TEXT NOT NULL, position BIGINT NOT NULL, reason TEXT NOT NULL, tries INTEGER NOT NULL, first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL, body BYTEA NOT NULL, state TEXT NOT NULL, decided_by TEXT, because TEXT)
"""

_KEEP = f"""
INSERT INTO $letters AS known ({", ".join(_NEW)}) VALUES ({", ".join("?" * len(_NEW))})
ON CONFLICT (identity) DO UPDATE SET kind = excluded.kind, type = excluded.type, reason = excluded.reason, tries = known.tries + excluded.tries,
    last_at = excluded.last_at, body = excluded.body, holds = excluded.holds, state = excluded.state
WHERE known.state <> 'discarded'
"""

_DUE = f"""
WITH heads AS (
    SELECT min(number) AS number FROM $letters WHERE holds = 1 AND state <> 'discarded' AND partition_no IN (@) GROUP BY stream
), due AS (
    SELECT stream FROM $letters WHERE number IN (SELECT number FROM heads) AND (state = 'retry' OR kind = 'behind')
)
SELECT {_ALL} FROM $letters WHERE partition_no IN (@) AND (
    (holds = 1 AND state <> 'discarded' AND stream IN (SELECT stream FROM due)) OR (holds = 0 AND state = 'retry')
) ORDER BY number LIMIT {AT_ONCE}
"""
"""A stream's letters are due when its first one is to be tried again, or is there only because of one that is gone."""


class Count(NamedTuple):
    """How many letters of a kind there are, and since when (milliseconds since 1970) the oldest of them."""

    kind: str
    letters: int
    oldest_at: int


class LetterBook:
    """`number`: how a column is declared that numbers rows upwards and gives no number twice. `transaction(write=...)` opens
    one that is ended with its block. Blocking; all raise StoreDown."""

    def __init__(
        self, dialect: Dialect, number: str, transaction: Callable[[bool], AbstractContextManager[Cursor]]
    ) -> None:
        self._sql, self._number, self._transaction = dialect, number, transaction

    def create(self, cursor: Cursor) -> None:
        """The table, where it is missing."""
        cursor.execute(self._sql(_CREATE.format(number=self._number)))
        cursor.execute(self._sql("CREATE INDEX IF NOT EXISTS letters_stream ON $letters (stream, number)"))

    # --- within a commit ----------------------------------------------------------------------------------------------

    def change(self, cursor: Cursor, kept: Sequence[Letter], settled: Sequence[int]) -> None:
        """Keep some and remove those that have been taken. Raises Stale when one of these is not there any more."""
        if settled:
            text = (
                f"DELETE FROM $letters WHERE number IN ({_numbers(settled)}) AND state <> 'discarded' RETURNING number"
            )
            cursor.execute(self._sql(text))
            if len(cursor.fetchall()) != len(settled):
                raise Stale(f"one of the letters {list(settled)} has been seen to by somebody else")
        if kept:
            cursor.executemany(self._sql(_KEEP), [_row(letter) for letter in kept])

    def begin_timeline(self, cursor: Cursor, ends: dict[str, int]) -> None:
        """The logs have been restored: what was said beyond their ends belongs to a life that is lost, and holds nobody."""
        for source, end in ends.items():
            cursor.execute(
                self._sql(
                    "UPDATE $letters SET kind = 'other_timeline', holds = 0 WHERE source = ? AND position > ? "
                    "AND state <> 'discarded'"
                ),
                (source, end),
            )

    def forget_said(self, cursor: Cursor) -> None:
        """What was said in order is in tables now that have been built anew from the logs."""
        cursor.execute(self._sql("DELETE FROM $letters WHERE holds = 1 AND state <> 'discarded'"))

    # --- what a service asks ------------------------------------------------------------------------------------------

    def keep(self, letters: Sequence[Letter]) -> None:
        """Keep letters that have no place in a line."""
        with self._transaction(True) as cursor:
            self.change(cursor, letters, ())

    def held(self, partitions: Collection[int]) -> dict[str, int]:
        """The streams of these partitions behind whose letters later ones wait, with their partitions."""
        return {
            str(row["stream"]): int(row["partition_no"])
            for row in self._ask(
                "SELECT DISTINCT stream, partition_no FROM $letters WHERE holds = 1 AND state <> 'discarded' "
                f"AND partition_no IN ({_numbers(partitions)})"
            )
        }

    def due(self, partitions: Collection[int]) -> list[Letter]:
        """What is to be tried again, in order; of each stream all that there is, as far as it goes."""
        return self._letters(_DUE.replace("@", _numbers(partitions)))

    def newer(self, partitions: Collection[int], after: int = 0) -> list[Letter]:
        """What an older version could not read, beyond a number, in order; a page of it."""
        where = f"kind = 'newer' AND state = 'kept' AND partition_no IN ({_numbers(partitions)}) AND number > ?"
        return self._letters(f"SELECT {_ALL} FROM $letters WHERE {where} ORDER BY number LIMIT {AT_ONCE}", (after,))

    def first_of(self, stream: str) -> Letter | None:
        """The letter of a stream that all others of it wait for."""
        where = "holds = 1 AND state <> 'discarded' AND stream = ?"
        found = self._letters(f"SELECT {_ALL} FROM $letters WHERE {where} ORDER BY number LIMIT 1", (stream,))
        return next(iter(found), None)

    def counts(self) -> list[Count]:
        """How many letters there are, by kind."""
        text = "SELECT kind, count(*) AS n, min(first_at) AS at FROM $letters WHERE state <> 'discarded' GROUP BY kind"
        return [Count(str(row["kind"]), int(row["n"]), int(row["at"])) for row in self._ask(text)]

    # --- what operators ask -------------------------------------------------------------------------------------------

    def page(self, after: int = 0, limit: int = 100, *, discarded: bool = False) -> list[Letter]:
        """Letters beyond a number, in order; with those that somebody has discarded, where these are asked for."""
        where = "number > ?" if discarded else "number > ? AND state <> 'discarded'"
        return self._letters(f"SELECT {_ALL} FROM $letters WHERE {where} ORDER BY number LIMIT ?", (after, limit))

    def get(self, number: int) -> Letter | None:
        """A letter by its number."""
        return next(iter(self._letters(f"SELECT {_ALL} FROM $letters WHERE number = ?", (number,))), None)

    def retry(self, numbers: Iterable[int]) -> None:
        """Have these tried again by whoever owns their partitions."""
        self._mark(numbers, "UPDATE $letters SET state = 'retry' WHERE number = ? AND state <> 'discarded'")

    def refuse(self, number: int, reason: str) -> None:
        """It was to be tried again, and cannot be."""
        text = "UPDATE $letters SET state = 'kept', reason = ? WHERE number = ? AND state = 'retry'"
        with self._transaction(True) as cursor:
            cursor.execute(self._sql(text), (reason, number))

    def discard(self, number: int, by: str, because: str) -> bool:
        """Take it as done, although it is not; what waits behind it goes on. False where it is gone meanwhile."""
        with self._transaction(True) as cursor:
            text = (
                "UPDATE $letters SET state = 'discarded', decided_by = ?, because = ? "
                "WHERE number = ? AND state <> 'discarded' RETURNING number"
            )
            cursor.execute(self._sql(text), (by, because, number))
            return bool(cursor.fetchall())

    # --- the questions themselves -------------------------------------------------------------------------------------

    def _mark(self, numbers: Iterable[int], text: str) -> None:
        rows = [(number,) for number in numbers]
        if rows:
            with self._transaction(True) as cursor:
                cursor.executemany(self._sql(text), rows)

    def _ask(self, text: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        with self._transaction(False) as cursor:
            cursor.execute(self._sql(text), parameters)
            return list(cursor.fetchall())

    def _letters(self, text: str, parameters: tuple[Any, ...] = ()) -> list[Letter]:
        return [_letter(row) for row in self._ask(text, parameters)]


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers) or "-1"


def _row(letter: Letter) -> tuple[Any, ...]:
    values = {name: getattr(letter, name) for name in _FIELDS if name != "number"} | {"holds": int(letter.holds)}
    return tuple(values.values())


def _letter(row: Any) -> Letter:
    values = {name: row[column] for name, column in zip(_FIELDS, _COLUMNS, strict=True)}
    return Letter(**values | {"holds": bool(values["holds"]), "body": bytes(values["body"])})
