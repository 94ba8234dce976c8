"""Conversations that are over, as somebody looks for them at the desk (R26, R35): newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parley_contracts.contact_values import normalised
from parley_contracts.reading import Reader

from ..domain.folding import is_numberish
from ..domain.stemming import groups
from . import search, texts
from .database import Database
from .interactions import Place, of_contacts
from .reading import readable

_OVER = "(t.ended_at IS NOT NULL OR t.closed_at IS NOT NULL)"


def closed_by(
    db: Database,
    cursor: Any,
    generation: int,
    tenant: str,
    agent: str,
    after: Place | None,
    limit: int,
    *readers: Reader,
) -> list[Place]:
    """What an agent had at the end, closed last first, beyond a place; each place is of when it was closed."""
    may, allowed = readable(db, generation, *readers)
    beyond = "AND (t.closed_at, t.item) < (?, ?)" if after else ""
    text = (
        f"SELECT t.closed_at AS at, t.item FROM $interactions_{generation} t WHERE t.tenant = ? AND t.agent = ? "
        f"AND t.closed_at IS NOT NULL AND t.stage = 'closed' {beyond} AND {may} "
        "ORDER BY t.closed_at DESC, t.item DESC LIMIT ?"
    )
    rows = db.ask(cursor, text, (tenant, agent, *(after or ()), *allowed, limit))
    return [Place(row["at"], row["item"]) for row in rows]


def found(
    db: Database,
    cursor: Any,
    generation: int,
    tenant: str,
    query: str,
    region: str,
    after: Place | None,
    limit: int,
    *readers: Reader,
) -> list[Place]:
    """The newest in which the words of a query stand, of the contacts whom it names, of the number that it is, and the one whose id it is.

    Each of these tells its newest: the newest of all are among them.
    """
    tables = db, cursor, generation, tenant
    places = set(texts.having(*tables, groups(query), None, after, limit, *readers))
    for number in normalised(query, region) if all(map(is_numberish, query.split())) else ():
        places.update(texts.having(*tables, groups(number), None, after, limit, *readers))
    may, allowed = readable(db, generation, *readers)
    if names := search.named(*tables, query, region):
        places.update(of_contacts(*tables, names, after, limit, further=(f"{_OVER} AND {may}", allowed)))
    if "\x00" not in query:  # no database takes it, and no id has it
        places.update(_of_id(*tables, query.strip(), after, (may, allowed)))
    return sorted(places, reverse=True)[:limit]


def _of_id(
    db: Database,
    cursor: Any,
    generation: int,
    tenant: str,
    item: str,
    after: Place | None,
    may: tuple[str, Sequence[Any]],
) -> list[Place]:
    text = (
        f"SELECT t.started_at AS at, t.item FROM $interactions_{generation} t "
        f"WHERE t.tenant = ? AND t.item = ? AND {_OVER} AND {may[0]}"
    )
    places = [Place(row["at"], row["item"]) for row in db.ask(cursor, text, (tenant, item, *may[1]))]
    return [place for place in places if after is None or place < after]
