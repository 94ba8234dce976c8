"""The words of conversations that are over, by their stems: written with the rest, searched newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..domain.projection import Rows
from ..domain.stemming import stems_of
from .database import Database
from .interactions import Place

_OVER = ("ended_at", "closed_at")


def write(db: Database, cursor: Any, generation: int, rows: Rows) -> None:
    """The stems of whatever is over now, or has got a note since.

    They follow from the lines alone, in however many batches these came, so that a generation that was built anew is equal.
    """
    touched = {key for key, facts in rows.facts.items() if any(facts.get(name) is not None for name in _OVER)}
    touched |= {(line.tenant, line.item) for line in rows.lines if line.seq is None}
    by_tenant: dict[str, list[str]] = {}
    for tenant, item in touched:
        by_tenant.setdefault(tenant, []).append(item)
    for tenant, items in by_tenant.items():
        condition, values = db.among("item", items)
        over = db.ask(
            cursor,
            f"SELECT item, started_at FROM $interactions_{generation} WHERE tenant = ? AND {condition} "
            "AND (ended_at IS NOT NULL OR closed_at IS NOT NULL)",
            (tenant, *values),
        )
        if not over:
            continue
        condition, values = db.among("item", [row["item"] for row in over])
        texts: dict[str, list[str]] = {}
        text = f"SELECT item, text FROM $lines_{generation} WHERE tenant = ? AND {condition}"
        for row in db.ask(cursor, text, (tenant, *values)):
            texts.setdefault(row["item"], []).append(row["text"])
        db.insert(
            cursor,
            f"texts_{generation}",
            ("tenant", "item", "at", "stems"),
            [(tenant, row["item"], row["started_at"], stems_of(texts.get(row["item"], []))) for row in over],
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
) -> list[Place]:
    """The newest interactions, of some contacts or of all, beyond a place, that have one stem of each group."""
    match, query = db.match(generation, groups)
    beyond = "AND (t.at, t.item) < (?, ?)" if after else ""
    given: list[Any] = [tenant, query, *(after or ())]
    whose = ""
    if contacts is not None:
        condition, values = db.among("i.contact", contacts)
        whose = (
            f"AND EXISTS (SELECT 1 FROM $interactions_{generation} i WHERE i.tenant = t.tenant AND i.item = t.item "
            f"AND {condition})"
        )
        given += values
    text = (
        f"SELECT t.at, t.item FROM $texts_{generation} t WHERE t.tenant = ? AND {match} {beyond} {whose} "
        "ORDER BY t.at DESC, t.item DESC LIMIT ?"
    )
    return [Place(row["at"], row["item"]) for row in db.ask(cursor, text, (*given, limit))]
