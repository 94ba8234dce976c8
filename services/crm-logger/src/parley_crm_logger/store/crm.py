"""The CRM: its generations of tables, what is written into them and how they are compared.

A generation is a full set of tables under its number; `projection` says which one is live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from parley_chassis.letters import Letter
from parley_chassis.store import LeaseBook, LetterBook, Stale
from parley_chassis.store.sql import Dialect
from parley_contracts.shapes import Said

from ..domain.events import Recorded
from ..domain.projection import project
from . import contacts, drafts, interactions, mails, texts
from .database import EVERYBODY, NOBODY, Database, Whose
from .schema import PROJECTION, TABLES

AT_ONCE = 10_000


class Difference(NamedTuple):
    """A row that is not the same in two generations; None where it is missing."""

    table: str
    one: dict[str, Any] | None
    other: dict[str, Any] | None


class Projections(NamedTuple):
    """By which projection the live generation was built (None: not known), and which one this process has."""

    live: str | None
    here: str


Events = Sequence[Said | Recorded]
CatchUp = Callable[[dict[str, int]], Iterable[Events]]
"""From how far each source shall be taken, to the events that are still lacking, in order."""
Also = Callable[[Any, int], None]
"""What else is done in a transaction: its cursor, and the generation that is written or, of a swap, live from then on."""


class Crm:
    """Interactions, transcripts and contacts. Blocking: called off the loop."""

    name = "crm-logger"

    def __init__(self, db: Database, projection: str = PROJECTION) -> None:
        self.db, self._projection = db, projection
        self.letters = LetterBook(Dialect(db.prefix, db.mark), db.serial, self._for_everybody)
        """What the projection could not take."""

    @property
    def leases(self) -> LeaseBook:
        """Which process projects which partition."""
        return self.db.leases

    def transaction(
        self, *, write: bool, tenant: str | Whose, one_instant: bool = False
    ) -> AbstractContextManager[Any]:
        """As `Database.transaction`: for a company's rows, for EVERYBODY's or for NOBODY's. Raises Stale, StoreDown."""
        return self.db.transaction(write=write, tenant=tenant, one_instant=one_instant)

    def _for_everybody(self, write: bool) -> AbstractContextManager[Any]:
        return self.transaction(write=write, tenant=EVERYBODY)

    def close(self) -> None:
        """Give up the connections."""
        self.db.close()

    # --- generations --------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """The first generation, where there is none yet; what a live one of an older version lacks."""
        with self.transaction(write=True, tenant=EVERYBODY) as cursor:
            self.db.do(cursor, "CREATE TABLE IF NOT EXISTS $projection (one INTEGER PRIMARY KEY, live INTEGER)")
            self.db.do(
                cursor,
                "CREATE TABLE IF NOT EXISTS $generations (generation INTEGER PRIMARY KEY, projection TEXT NOT NULL)",
            )
            self.db.do(cursor, "CREATE TABLE IF NOT EXISTS $timelines (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            self.letters.create(cursor)
            first = "INSERT INTO $projection VALUES (1, 1) ON CONFLICT (one) DO NOTHING RETURNING live"
            if self.db.ask(cursor, first):
                self._note_projection(cursor, 1)
            self.db.create(cursor, self.live(cursor))

    def live(self, cursor: Any, lock: str = "") -> int:
        """The live generation; with `lock` it cannot be changed before this transaction ends."""
        (row,) = self.db.ask(cursor, f"SELECT live FROM $projection WHERE one = 1 {lock}")
        return int(row["live"])

    def live_generation(self) -> int:
        """The number of the generation that is served and written now."""
        with self.transaction(write=False, tenant=NOBODY) as cursor:
            return self.live(cursor)

    def create_generation(self) -> int:
        """A fresh, empty set of tables beside the live one; its number. The one before the live one goes only now:
        until then somebody may still have been reading it."""
        with self.transaction(write=True, tenant=NOBODY) as cursor:
            number = self.live(cursor) + 1
            self._drop(cursor, number)
            self._drop(cursor, number - 2)
            self.db.create(cursor, number)
            self._note_projection(cursor, number)
            return number

    def drop_generation(self, generation: int) -> None:
        """Remove a generation that is not live."""
        with self.transaction(write=True, tenant=NOBODY) as cursor:
            if self.live(cursor) == generation:
                raise ValueError(f"generation {generation} is live")
            self._drop(cursor, generation)

    def _drop(self, cursor: Any, generation: int) -> None:
        self.db.drop(cursor, generation)
        self.db.do(cursor, "DELETE FROM $generations WHERE generation = ?", (generation,))

    def _note_projection(self, cursor: Any, generation: int) -> None:
        self.db.do(cursor, "INSERT INTO $generations VALUES (?, ?)", (generation, self._projection))

    def projections(self) -> Projections:
        """By which projection the live generation was built, and which one this process has."""
        with self.transaction(write=False, tenant=NOBODY) as cursor:
            text = "SELECT g.projection FROM $projection p JOIN $generations g ON g.generation = p.live WHERE p.one = 1"
            rows = self.db.ask(cursor, text)
            return Projections(str(rows[0]["projection"]) if rows else None, self._projection)

    def make_live(self, generation: int, catch_up: CatchUp, also: Also = lambda cursor, generation: None) -> None:
        """Put a generation in the live one's place. `catch_up(goal)` gives the events that it lacks up to the
        live one's positions; nothing else is written meanwhile, so nothing is lost between. `also` is done with it, or
        neither."""
        with self.transaction(write=True, tenant=EVERYBODY) as cursor:
            live = self.live(cursor, self.db.lock.replace("SHARE", "UPDATE"))
            goal = self._taken(cursor, live)
            for events in catch_up(goal):
                self.write(cursor, generation, events)
            self.db.do(cursor, f"DELETE FROM $taken_{generation}")
            self.db.do(cursor, f"INSERT INTO $taken_{generation} SELECT * FROM $taken_{live}")
            self.db.do(cursor, "UPDATE $projection SET live = ? WHERE one = 1", (generation,))
            self.letters.forget_said(cursor)  # what they say is in the fresh tables
            also(cursor, generation)

    # --- writing ------------------------------------------------------------------------------------------------------

    def timeline(self) -> str:
        """The life of the logs that the tables are built from (`Store.timeline`)."""
        with self.transaction(write=False, tenant=NOBODY) as cursor:
            rows = self.db.ask(cursor, "SELECT name FROM $timelines ORDER BY number DESC LIMIT 1")
            return str(rows[0]["name"]) if rows else ""

    def begin_timeline(self, name: str, ends: dict[str, int]) -> None:
        """The logs, or these tables, have been restored; `ends` as in `Store.begin_timeline`."""
        with self.transaction(write=True, tenant=EVERYBODY) as cursor:
            number = "SELECT coalesce(max(number), 0) + 1, ? FROM $timelines"
            self.db.do(cursor, f"INSERT INTO $timelines {number}", (name,))
            taken = f"$taken_{self.live(cursor, self.db.lock)}"
            for source, end in ends.items():
                self.db.do(
                    cursor,
                    f"UPDATE {taken} SET position = ? WHERE source LIKE ? AND position > ?",
                    (end, f"{source}>%", end),
                )
            self.letters.begin_timeline(cursor, ends)

    def positions(self) -> dict[str, int]:
        """How far the live generation has taken each source."""
        with self.transaction(write=False, tenant=NOBODY) as cursor:
            return self._taken(cursor, self.live(cursor))

    def _taken(self, cursor: Any, generation: int) -> dict[str, int]:
        rows = self.db.ask(cursor, f"SELECT source, position FROM $taken_{generation}")
        return {str(row["source"]): int(row["position"]) for row in rows}

    def apply(
        self,
        events: Events,
        positions: dict[str, int],
        generation: int | None = None,
        *,
        letters: Sequence[Letter] = (),
        settled: Sequence[int] = (),
        also: Also | None = None,
    ) -> None:
        """Write what events come to, into the live generation or another, exactly once; `letters` and `settled` as in
        `Projection.apply`; `also`: what else is done in the same transaction. Raises Stale, StoreDown."""
        with self.transaction(write=True, tenant=EVERYBODY) as cursor:
            self.letters.change(cursor, letters, settled)
            number = self.live(cursor, self.db.lock) if generation is None else generation
            self.advance(cursor, number, positions)
            self.write(cursor, number, events)
            if also is not None:
                also(cursor, number)

    def advance(self, cursor: Any, generation: int, positions: dict[str, int]) -> None:
        """Write how far each source is taken now. Raises Stale when one has been taken that far already."""
        for source, position in positions.items():
            moved = self.db.ask(
                cursor,
                f"INSERT INTO $taken_{generation} AS taken VALUES (?, ?) ON CONFLICT (source) DO UPDATE "
                "SET position = excluded.position WHERE taken.position < excluded.position RETURNING position",
                (source, position),
            )
            if not moved:
                raise Stale(f"{source} has been taken beyond {position}")

    def write(self, cursor: Any, generation: int, events: Events) -> None:
        """Write what events come to."""
        rows = project(events)
        interactions.write(self.db, cursor, generation, rows)
        drafts.forget_closed(self.db, cursor, rows)
        contacts.write(self.db, cursor, generation, rows)
        mails.write(self.db, cursor, generation, rows)
        texts.write(self.db, cursor, generation, rows)

    # --- comparing ----------------------------------------------------------------------------------------------------

    def counts(self, generation: int) -> dict[str, int]:
        """How many rows each table of a generation has."""
        with self.transaction(write=False, tenant=EVERYBODY) as cursor:
            return {
                table: int(self.db.ask(cursor, f"SELECT count(*) AS rows FROM ${table}_{generation}")[0]["rows"])
                for table in TABLES
            }

    def compare(self, fresh: int, bring_to: Callable[[dict[str, int]], None]) -> Iterator[Difference]:
        """The rows in which a fresh generation differs from the live one, at one and the same point of the log.

        The live one is read as of one instant; `bring_to(positions)` rolls the fresh one forward to exactly there.
        """
        with self.transaction(write=False, tenant=EVERYBODY, one_instant=True) as cursor:
            live = self.live(cursor)
            bring_to(self._taken(cursor, live))
            with ThreadPoolExecutor(1, "fresh") as beside:  # a thread has one connection, and this one's sees the past
                for table in TABLES:
                    yield from self._differences(cursor, beside, table, live, fresh)

    def _differences(
        self, cursor: Any, beside: ThreadPoolExecutor, table: str, live: int, fresh: int
    ) -> Iterator[Difference]:
        """Page by page, in the order of the key: what is compared need not fit into the memory."""
        columns, key = ", ".join(TABLES[table].columns), TABLES[table].key
        of, marks = ", ".join(key), ", ".join("?" * len(key))

        def by_key(rows: Iterable[Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
            return {tuple(row[name] for name in key): dict(row) for row in rows}

        after: tuple[Any, ...] | None = None
        while True:
            beyond = f"({of}) > ({marks})" if after else "1 = 1"
            read = f"SELECT {columns} FROM ${table}_"
            page = self.db.ask(cursor, f"{read}{live} WHERE {beyond} ORDER BY {of} LIMIT {AT_ONCE}", after or ())
            last = tuple(page[-1][name] for name in key) if len(page) == AT_ONCE else None
            until = f"({of}) <= ({marks})" if last else "1 = 1"
            text = f"{read}{fresh} WHERE {beyond} AND {until}"
            rows = beside.submit(self._rows, text, (*(after or ()), *(last or ()))).result()
            left, right = by_key(page), by_key(rows)
            if left != right:
                for place in sorted(left.keys() | right.keys()):
                    if left.get(place) != right.get(place):
                        yield Difference(table, left.get(place), right.get(place))
            if last is None:
                return
            after = last

    def _rows(self, text: str, parameters: tuple[Any, ...]) -> list[Any]:
        with self.transaction(write=False, tenant=EVERYBODY) as cursor:
            return self.db.ask(cursor, text, parameters)
