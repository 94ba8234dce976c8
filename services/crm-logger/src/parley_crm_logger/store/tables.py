"""The tables of one generation, and what is done with them: the same SQL for PostgreSQL and SQLite.

A generation is a full set of tables under its number; `projection` says which one is live.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from parley_chassis.store import LeaseBook, Stale
from parley_contracts.shapes import Said

from ..domain.projection import Line, Rows, project

FACTS = (
    "kind",
    "queue",
    "service",
    "stage",
    "started_at",
    "ended_at",
    "closed_at",
    "ended_by",
    "outcome",
    "agent",
    "name",
    "subject",
    "language",
    "page",
    "code",
    "note",
    "wait_ms",
    "handle_ms",
    "wrap_up_ms",
    "interruptions",
)
_NUMBERS = {"started_at", "ended_at", "closed_at", "wait_ms", "handle_ms", "wrap_up_ms", "interruptions"}
TABLES = {
    "interactions": "tenant, item",
    "lines": "tenant, item, n",
    "participants": "tenant, item, agent",
}


class Interaction(NamedTuple):
    """One interaction as it stands in the CRM: its facts by name, its agents, its lines."""

    facts: dict[str, Any]
    participants: list[dict[str, Any]]
    lines: list[dict[str, Any]]


class Difference(NamedTuple):
    """A row that is not the same in two generations; None where it is missing."""

    table: str
    one: dict[str, Any] | None
    other: dict[str, Any] | None


CatchUp = Callable[[dict[str, int]], Iterable[Sequence[Said]]]
"""From how far each source shall be taken, to the events that are still lacking, in order."""


class Crm(ABC):
    """Interactions and transcripts. Blocking: called off the loop."""

    name = "crm-logger"
    mark: str
    prefix: str
    lock: str
    isolation: str
    """What makes a transaction see one instant; nothing where it does so anyway."""

    leases: LeaseBook
    """Which process projects which partition."""

    @abstractmethod
    def transaction(self, *, write: bool) -> AbstractContextManager[Any]:
        """A cursor in a transaction. Raises Stale, StoreDown."""

    @abstractmethod
    def close(self) -> None:
        """Give up the connections."""

    def _sql(self, text: str) -> str:
        return text.replace("$", self.prefix).replace("?", self.mark)

    # --- generations --------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """The first generation, where there is none yet."""
        with self.transaction(write=True) as cursor:
            cursor.execute(self._sql("CREATE TABLE IF NOT EXISTS $projection (one INTEGER PRIMARY KEY, live INTEGER)"))
            cursor.execute(self._sql("INSERT INTO $projection VALUES (1, 1) ON CONFLICT (one) DO NOTHING"))
            self._create(cursor, 1)

    def _create(self, cursor: Any, generation: int) -> None:
        columns = ", ".join(f"{name} {'BIGINT' if name in _NUMBERS else 'TEXT'}" for name in FACTS)
        for statement in (
            f"CREATE TABLE IF NOT EXISTS $interactions_{generation} (tenant TEXT NOT NULL, item TEXT NOT NULL, "
            f"{columns}, PRIMARY KEY (tenant, item))",
            f"CREATE TABLE IF NOT EXISTS $lines_{generation} (tenant TEXT NOT NULL, item TEXT NOT NULL, "
            "n BIGINT NOT NULL, seq BIGINT, at BIGINT, author TEXT, agent TEXT, name TEXT, text TEXT, "
            "PRIMARY KEY (tenant, item, n))",
            f"CREATE TABLE IF NOT EXISTS $participants_{generation} (tenant TEXT NOT NULL, item TEXT NOT NULL, "
            "agent TEXT NOT NULL, name TEXT, since BIGINT, PRIMARY KEY (tenant, item, agent))",
            f"CREATE TABLE IF NOT EXISTS $taken_{generation} (source TEXT PRIMARY KEY, position BIGINT NOT NULL)",
        ):
            cursor.execute(self._sql(statement))

    def _live(self, cursor: Any, lock: str = "") -> int:
        """The live generation; with `lock` it cannot be changed before this transaction ends."""
        cursor.execute(self._sql(f"SELECT live FROM $projection WHERE one = 1 {lock}"))
        return int(cursor.fetchone()["live"])

    def live_generation(self) -> int:
        """The number of the generation that is served and written now."""
        with self.transaction(write=False) as cursor:
            return self._live(cursor)

    def create_generation(self) -> int:
        """A fresh, empty set of tables beside the live one; its number. The one before the live one goes only now:
        until then somebody may still have been reading it."""
        with self.transaction(write=True) as cursor:
            number = self._live(cursor) + 1
            self._drop(cursor, number)
            self._drop(cursor, number - 2)
            self._create(cursor, number)
            return number

    def drop_generation(self, generation: int) -> None:
        """Remove a generation that is not live."""
        with self.transaction(write=True) as cursor:
            if self._live(cursor) == generation:
                raise ValueError(f"generation {generation} is live")
            self._drop(cursor, generation)

    def _drop(self, cursor: Any, generation: int) -> None:
        for table in (*TABLES, "taken"):
            cursor.execute(self._sql(f"DROP TABLE IF EXISTS ${table}_{generation}"))

    def make_live(self, generation: int, catch_up: CatchUp) -> None:
        """Put a generation in the live one's place. `catch_up(goal)` gives the events that it lacks up to the
        live one's positions; nothing else is written meanwhile, so nothing is lost between."""
        with self.transaction(write=True) as cursor:
            live = self._live(cursor, self.lock.replace("SHARE", "UPDATE"))
            goal = self._taken(cursor, live)
            for events in catch_up(goal):
                self._write(cursor, generation, project(events))
            cursor.execute(self._sql(f"DELETE FROM $taken_{generation}"))
            cursor.execute(self._sql(f"INSERT INTO $taken_{generation} SELECT * FROM $taken_{live}"))
            cursor.execute(self._sql("UPDATE $projection SET live = ? WHERE one = 1"), (generation,))

    # --- writing ------------------------------------------------------------------------------------------------------

    def positions(self) -> dict[str, int]:
        """How far the live generation has taken each source."""
        with self.transaction(write=False) as cursor:
            return self._taken(cursor, self._live(cursor))

    def _taken(self, cursor: Any, generation: int) -> dict[str, int]:
        cursor.execute(self._sql(f"SELECT source, position FROM $taken_{generation}"))
        return {str(row["source"]): int(row["position"]) for row in cursor.fetchall()}

    def apply(self, events: Sequence[Said], positions: dict[str, int], generation: int | None = None) -> None:
        """Write what events come to, into the live generation or another, exactly once. Raises Stale, StoreDown."""
        rows = project(events)
        with self.transaction(write=True) as cursor:
            number = self._live(cursor, self.lock) if generation is None else generation
            self._advance(cursor, number, positions)
            self._write(cursor, number, rows)

    def _advance(self, cursor: Any, generation: int, positions: dict[str, int]) -> None:
        """Write how far each source is taken now. Raises Stale when one has been taken that far already."""
        for source, position in positions.items():
            cursor.execute(
                self._sql(
                    f"INSERT INTO $taken_{generation} VALUES (?, ?) ON CONFLICT (source) DO UPDATE "
                    f"SET position = excluded.position WHERE $taken_{generation}.position < excluded.position "
                    "RETURNING position"
                ),
                (source, position),
            )
            if cursor.fetchone() is None:
                raise Stale(f"{source} has been taken beyond {position}")

    def _write_lines(self, cursor: Any, generation: int, lines: Sequence[Line]) -> None:
        cursor.executemany(
            self._sql(
                f"INSERT INTO $lines_{generation} (tenant, item, n, seq, at, author, agent, name, text) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
            ),
            lines,
        )

    def _write(self, cursor: Any, generation: int, rows: Rows) -> None:
        by_columns: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for key, facts in rows.facts.items():
            by_columns.setdefault(tuple(facts), []).append((*key, *facts.values()))
        for columns, values in by_columns.items():
            marks = ", ".join("?" for _ in range(len(columns) + 2))
            changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
            cursor.executemany(
                self._sql(
                    f"INSERT INTO $interactions_{generation} (tenant, item, {', '.join(columns)}) VALUES ({marks}) "
                    f"ON CONFLICT (tenant, item) DO UPDATE SET {changes}"
                ),
                values,
            )
        if rows.lines:
            self._write_lines(cursor, generation, rows.lines)
        if rows.participants:
            cursor.executemany(
                self._sql(
                    f"INSERT INTO $participants_{generation} (tenant, item, agent, name, since) "
                    "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
                ),
                rows.participants,
            )

    # --- reading ------------------------------------------------------------------------------------------------------

    def interaction(self, tenant: str, item: str) -> Interaction | None:
        """One interaction of a tenant, whole; None where there is none."""
        with self.transaction(write=False) as cursor:
            live = self._live(cursor)
            where = self._sql("WHERE tenant = ? AND item = ?")
            cursor.execute(self._sql(f"SELECT * FROM $interactions_{live} ") + where, (tenant, item))
            row = cursor.fetchone()
            if row is None:
                return None
            cursor.execute(
                self._sql(f"SELECT * FROM $participants_{live} ") + where + " ORDER BY since", (tenant, item)
            )
            participants = [dict(found) for found in cursor.fetchall()]
            cursor.execute(self._sql(f"SELECT * FROM $lines_{live} ") + where + " ORDER BY n", (tenant, item))
            return Interaction(dict(row), participants, [dict(found) for found in cursor.fetchall()])

    def counts(self, generation: int) -> dict[str, int]:
        """How many rows each table of a generation has."""
        with self.transaction(write=False) as cursor:
            found = {}
            for table in TABLES:
                cursor.execute(self._sql(f"SELECT count(*) AS rows FROM ${table}_{generation}"))
                found[table] = int(cursor.fetchone()["rows"])
            return found

    def compare(self, fresh: int, bring_to: Callable[[dict[str, int]], None]) -> list[Difference]:
        """The rows in which a fresh generation differs from the live one, at one and the same point of the log.

        The live one is read as of one instant; `bring_to(positions)` rolls the fresh one forward to exactly there.
        """
        with self.transaction(write=False) as cursor:
            if self.isolation:
                cursor.execute(self.isolation)
            live = self._live(cursor)
            positions = self._taken(cursor, live)
            left = {table: self._rows(cursor, table, live) for table in TABLES}
            bring_to(positions)
        differences: list[Difference] = []
        with self.transaction(write=False) as cursor:
            for table, rows in left.items():
                other = self._rows(cursor, table, fresh)
                differences += [
                    Difference(table, rows.get(key), other.get(key))
                    for key in sorted(rows.keys() | other.keys())
                    if rows.get(key) != other.get(key)
                ]
        return differences

    def _rows(self, cursor: Any, table: str, generation: int) -> dict[tuple[Any, ...], dict[str, Any]]:
        names = TABLES[table].split(", ")
        cursor.execute(self._sql(f"SELECT * FROM ${table}_{generation}"))
        return {tuple(row[name] for name in names): dict(row) for row in cursor.fetchall()}
