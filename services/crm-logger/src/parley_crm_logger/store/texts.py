"""The words of conversations that are over, with what the visitor was called and what it was about, by their stems: written with the rest, searched newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parley_contracts.reading import Reader

from ..domain.projection import BEYOND_THE_FLOOR, Rows
from ..domain.stemming import stems_of
from .database import Database
from .interactions import Place
from .reading import readable

LOOK_AT_FIRST = 2_000
_OVER = ("ended_at", "closed_at")


def write(db: Database, cursor: Any, generation: int, rows: Rows) -> None:
    """The stems of whatever is over now, or has got a note or an answer since.

    They follow from the rows alone, in however many batches these came, so that a generation that was built anew is equal.
    """
    touched = {key for key, facts in rows.facts.items() if any(facts.get(name) is not None for name in _OVER)}
    touched |= {(line.tenant, line.item) for line in rows.lines if line.seq is None or line.n >= BEYOND_THE_FLOOR}
    touched |= {(tenant, item) for tenant, item, _ in rows.withdrawn}
    by_tenant: dict[str, list[str]] = {}
    for tenant, item in touched:
        by_tenant.setdefault(tenant, []).append(item)
    for tenant, items in by_tenant.items():
        condition, values = db.among("item", items)
        over = db.ask(
            cursor,
            f"SELECT item, started_at, name, subject FROM $interactions_{generation} WHERE tenant = ? AND {condition} "
            "AND (ended_at IS NOT NULL OR closed_at IS NOT NULL)",
            (tenant, *values),
        )
        if not over:
            continue
        condition, values = db.among("item", [row["item"] for row in over])
        texts = {row["item"]: [said for said in (row["name"], row["subject"]) if said] for row in over}
        text = f"SELECT item, text FROM $lines_{generation} WHERE tenant = ? AND {condition}"
        for row in db.ask(cursor, text, (tenant, *values)):
            texts[row["item"]].append(row["text"])
        db.insert(
            cursor,
            f"texts_{generation}",
            ("tenant", "item", "at", "stems"),
            [(tenant, row["item"], row["started_at"], stems_of(texts[row["item"]])) for row in over],
            "ON CONFLICT (tenant, item) DO UPDATE SET at = excluded.at, stems = excluded.stems",
        )


def having(
    db: Database,
    cursor: Any,
    generation: int,
    tenant: str,
    groups: Sequence[Sequence[str]],
    contacts: Sequence[str] | None,
    after: Place | None,
    limit: int,
    *readers: Reader,
) -> list[Place]:
    """The newest interactions for all these readers, of some contacts or of all, beyond a place, that have one stem of each group."""
    has, stems = db.match(generation, groups)
    may, allowed = readable(db, generation, *readers)
    query = [stems, *allowed]
    beyond, place = ("AND (t.at, t.item) < (?, ?)", after) if after else ("", ())
    newest = "ORDER BY t.at DESC, t.item DESC LIMIT ?"

    def places(text: str, given: Sequence[Any]) -> list[Place]:
        return [Place(row["at"], row["item"]) for row in db.ask(cursor, text, given)]

    if contacts is not None:
        condition, names = db.among("contact", contacts)
        return places(
            f"WITH own AS MATERIALIZED (SELECT item FROM $interactions_{generation} WHERE tenant = ? AND {condition}) "
            f"SELECT t.at, t.item FROM own JOIN $texts_{generation} t ON t.tenant = ? AND t.item = own.item "
            f"WHERE {has} AND {may} {beyond} {newest}",
            (tenant, *names, tenant, *query, *place, limit),
        )
    # Of a common word the newest are soon found among the newest of all; of a rare one all are few. Which of the two it is,
    # the planner does not know.
    found = places(
        f"SELECT t.at, t.item FROM (SELECT * FROM $texts_{generation} t WHERE t.tenant = ? {beyond} "
        f"ORDER BY t.at DESC, t.item DESC LIMIT {LOOK_AT_FIRST}) t WHERE {has} AND {may} {newest}",
        (tenant, *place, *query, limit),
    )
    if len(found) == limit:
        return found
    # Whether it is theirs to read is asked of the newest alone, until there are enough.
    return places(
        f"WITH t AS MATERIALIZED (SELECT tenant, at, item FROM $texts_{generation} t WHERE t.tenant = ? AND {has} {beyond}) "
        f"SELECT t.at, t.item FROM (SELECT * FROM t ORDER BY at DESC, item DESC) t WHERE {may} {newest}",
        (tenant, stems, *place, *allowed, limit),
    )
