"""The rows of all floors, kept in the index: each floor's together with the number of its last event that they come from, in one
transaction. So they are there exactly once, whoever crashes, and made anew where the index is."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from parley_chassis.journal import UnknownEvent

from ..index.floors import Floors, lean
from ..index.table import Index
from .facts import Fact, Facts, Presence
from .tables import KEYS, OPEN, TABLES, columns_of

AT_ONCE = 5_000
"""Events of one floor that are taken in one transaction."""
VERSION = 1
"""Of what events come to: rows of another one are made anew."""

log = logging.getLogger("parley.ops")


class Reported:
    """The rows of an installation's floors. Blocking; all raise StoreDown."""

    def __init__(self, index: Index, floors: Floors) -> None:
        self._index, self._floors = index, floors
        self._known: dict[str, tuple[Facts, int]] = {}
        self._newer: set[str] = set()

    def take_next(self, tenant: str) -> int:
        """Take what comes next of a floor; how many events are left."""
        known = self._known.pop(tenant, None) or self._begin(tenant)
        if known is None:
            return 0
        facts, before = known
        after = before
        for _, event in self._floors.events(tenant, before, before + AT_ONCE):
            after += 1
            facts.follow(after, event)
        if not (self._write(tenant, facts, before, after) if after > before else self.reached(tenant) == after):
            return 1  # another process was there first, or the index is made anew: begin where it is
        facts.changed.clear()
        lean(facts.floor)
        self._known[tenant] = (facts, after)
        return self._floors.last(tenant) - after if after - before == AT_ONCE else 0

    def reached(self, tenant: str) -> int:
        """Up to which event of a floor its rows go."""
        found = self._index.ask("SELECT n FROM $reported WHERE tenant = ? AND version = ?", (tenant, VERSION))
        return int(found[0]["n"]) if found else 0

    def _begin(self, tenant: str) -> tuple[Facts, int] | None:
        with self._index.transaction(write=True) as cursor:
            self._forget_older(cursor, tenant)
        reached = self.reached(tenant)
        if reached > self._floors.last(tenant):
            with self._index.transaction(write=True) as cursor:
                self._forget(cursor, tenant)
            reached = 0
        try:
            at = self._floors.at_version(tenant, reached)
        except UnknownEvent as error:
            if tenant not in self._newer:
                log.warning("a floor has no reports", extra={"tenant": tenant, "reason": str(error)})
            self._newer.add(tenant)
            return None
        return Facts(at.floor, self._still_open(tenant)), reached

    def _still_open(self, tenant: str) -> Iterator[Fact]:
        for kind, name in TABLES.items():
            for row in self._index.ask(f"SELECT * FROM ${name} WHERE tenant = ? AND {OPEN[kind]} IS NULL", (tenant,)):
                yield msgspec.convert({column: row[column] for column in columns_of(kind)}, kind, strict=False)

    def _forget_older(self, cursor: Any, tenant: str) -> None:
        cursor.execute(self._index.sql("SELECT version FROM $reported WHERE tenant = ?"), (tenant,))
        found = cursor.fetchone()
        if found is None or found["version"] != VERSION:
            self._forget(cursor, tenant)

    def _forget(self, cursor: Any, tenant: str) -> None:
        for name in TABLES.values():
            cursor.execute(self._index.sql(f"DELETE FROM ${name} WHERE tenant = ?"), (tenant,))
        cursor.execute(self._index.sql("DELETE FROM $reported WHERE tenant = ?"), (tenant,))
        cursor.execute(
            self._index.sql("INSERT INTO $reported VALUES (?, 0, ?, 0) ON CONFLICT (tenant) DO NOTHING"),
            (tenant, VERSION),
        )

    def _write(self, tenant: str, facts: Facts, before: int, after: int) -> bool:
        presences = [fact for fact in facts.changed.values() if isinstance(fact, Presence) and fact.ended is not None]
        longest = max(((fact.ended or 0) - fact.began for fact in presences), default=0)
        with self._index.transaction(write=True) as cursor:
            cursor.execute(
                self._index.sql(
                    "UPDATE $reported SET n = ?, longest = CASE WHEN longest < ? THEN ? ELSE longest END "
                    "WHERE tenant = ? AND n = ? AND version = ? RETURNING n"
                ),
                (after, longest, longest, tenant, before, VERSION),
            )
            if cursor.fetchone() is None:
                return False
            for kind in TABLES:
                self._put(cursor, tenant, kind, [fact for key, fact in facts.changed.items() if key[0] is kind])
        return True

    def _put(self, cursor: Any, tenant: str, kind: type[Fact], facts: Iterable[Fact]) -> None:
        columns = columns_of(kind)
        marks = ", ".join("?" * (len(columns) + 1))
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in KEYS[kind])
        cursor.executemany(
            self._index.sql(
                f"INSERT INTO ${TABLES[kind]} (tenant, {', '.join(columns)}) VALUES ({marks}) "
                f"ON CONFLICT (tenant, {', '.join(KEYS[kind])}) DO UPDATE SET {changes}"
            ),
            [(tenant, *(_stored(getattr(fact, column)) for column in columns)) for fact in facts],
        )


def _stored(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
