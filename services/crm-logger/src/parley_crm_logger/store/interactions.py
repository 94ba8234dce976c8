"""Interactions, their lines and participants: what is written, and how they are read (R25, R26)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from parley_contracts.reading import Reader

from ..domain.links import LinkState
from ..domain.projection import BEYOND_THE_FLOOR, Line, Participant, Rows
from .database import Database
from .schema import TABLES

log = logging.getLogger(__name__)


class Interaction(NamedTuple):
    """One interaction as it stands in the CRM: its facts by name, its agents, its lines."""

    facts: dict[str, Any]
    participants: list[dict[str, Any]]
    lines: list[dict[str, Any]]

    def is_for(self, reader: Reader) -> bool:
        """Whether its texts are for the reader (`store/reading.py` says the same to the database)."""
        facts = self.facts
        agents = {facts["agent"], *(row["agent"] for row in self.participants)}
        return reader.reads(facts["item"], facts["queue"], agents, facts["contact"])


def write(db: Database, cursor: Any, generation: int, rows: Rows) -> None:
    """What events come to, by the columns that they set."""
    _leave_closed_alone(db, cursor, generation, rows)
    by_columns: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for key, facts in rows.facts.items():
        by_columns.setdefault(tuple(facts), []).append((*key, *facts.values()))
    for columns, values in by_columns.items():
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
        db.insert(
            cursor,
            f"interactions_{generation}",
            ("tenant", "item", *columns),
            values,
            f"ON CONFLICT (tenant, item) DO UPDATE SET {changes}",
        )
    if rows.lines:
        db.insert(cursor, f"lines_{generation}", Line._fields, rows.lines)
    for place in rows.withdrawn:
        db.do(cursor, f"DELETE FROM $lines_{generation} WHERE tenant = ? AND item = ? AND n = ?", place)
    if rows.participants:
        db.insert(cursor, f"participants_{generation}", Participant._fields, rows.participants)


_AFTERWARDS = frozenset({"contact", "code", "note"})
"""What may be said of an item that is over."""


def _leave_closed_alone(db: Database, cursor: Any, generation: int, rows: Rows) -> None:
    """R25: a record that is closed is not overwritten, also where a telephone system uses a name again that it has used before."""
    by_tenant: dict[str, list[str]] = {}
    for tenant, item in rows.named_by_sources:
        by_tenant.setdefault(tenant, []).append(item)
    for tenant, items in by_tenant.items():
        condition, values = db.among("item", items)
        text = f"SELECT item FROM $interactions_{generation} WHERE tenant = ? AND stage = 'closed' AND {condition}"
        for row in db.ask(cursor, text, (tenant, *values)):
            key = tenant, row["item"]
            facts = rows.facts.pop(key, {})
            if left := {name: fact for name, fact in facts.items() if name in _AFTERWARDS}:
                rows.facts[key] = left
            here = [line for line in rows.lines if line[:2] != key or line.n > BEYOND_THE_FLOOR]
            if len(left) < len(facts) or len(here) < len(rows.lines):
                rows.lines = here
                rows.participants = [agent for agent in rows.participants if agent[:2] != key]
                log.warning("said of an item that is over: its record stays as it is", extra={"item": row["item"]})


def link_state(db: Database, cursor: Any, generation: int, tenant: str, item: str, reader: Reader) -> LinkState:
    """The stage of an interaction, whose it is, and whether it is for the reader."""
    found = whole(db, cursor, generation, tenant, [item], NO_LINES)
    if not found:
        return LinkState(None, None, readable=False)
    return LinkState(found[0].facts["stage"], found[0].facts["contact"], found[0].is_for(reader))


class Span(NamedTuple):
    """Lines of an interaction: those beyond `after`, up to `to`."""

    after: int
    to: int


NO_LINES = Span(0, 0)


def sizes(db: Database, cursor: Any, generation: int, tenant: str, items: Sequence[str]) -> dict[str, int]:
    """How many characters the lines of these interactions have, where they have any."""
    condition, values = db.among("item", items)
    text = f"SELECT item, sum(length(text)) AS size FROM $lines_{generation} WHERE tenant = ? AND {condition} GROUP BY item"
    return {row["item"]: row["size"] for row in db.ask(cursor, text, (tenant, *values))}


def span(
    db: Database, cursor: Any, generation: int, tenant: str, item: str, after: int, most: int
) -> tuple[Span, bool]:
    """The lines beyond `after` that have about `most` characters together, at least one; and whether there are more."""
    text = f"SELECT n, length(text) AS size FROM $lines_{generation} WHERE tenant = ? AND item = ? AND n > ? ORDER BY n"
    size, to = 0, after
    for row in db.ask(cursor, text, (tenant, item, after)):
        size += row["size"]
        if to > after and size > most:
            return Span(after, to), True
        to = row["n"]
    return Span(after, to), False


def whole(
    db: Database, cursor: Any, generation: int, tenant: str, items: Sequence[str], lines_of: Span | None = None
) -> list[Interaction]:
    """These interactions of a tenant with everything, or with these lines, in this order; those that there are not are left
    out."""
    if not items:
        return []
    condition, values = db.among("item", items)
    where, given = f"WHERE tenant = ? AND {condition}", (tenant, *values)

    def rows(table: str, order: str, within: str = "", span: Sequence[int] = ()) -> dict[str, list[dict[str, Any]]]:
        by_item: dict[str, list[dict[str, Any]]] = {}
        columns = ", ".join(TABLES[table].columns)
        text = f"SELECT {columns} FROM ${table}_{generation} {where} {within} ORDER BY {order}"
        for row in db.ask(cursor, text, (*given, *span)):
            by_item.setdefault(row["item"], []).append(dict(row))
        return by_item

    facts, participants = rows("interactions", "item"), rows("participants", "since, agent")
    lines = rows("lines", "n") if lines_of is None else rows("lines", "n", "AND n > ? AND n <= ?", lines_of)
    return [
        Interaction(facts[item][0], participants.get(item, []), lines.get(item, [])) for item in items if item in facts
    ]


class Place(NamedTuple):
    """A place in a list of interactions, newest first: behind the one that started at `at`."""

    at: int
    item: str


Condition = tuple[str, Sequence[Any]]
"""A text for a database, and its parameters."""


def of_contacts(
    db: Database,
    cursor: Any,
    generation: int,
    tenant: str,
    contacts: Sequence[str],
    after: Place | None,
    limit: int,
    kind: str | None = None,
    further: Condition = ("", ()),
) -> list[Place]:
    """The newest interactions of some contacts, beyond a place; `further`: what a row, called `t`, must be as well."""
    conditions, given = "tenant = ? AND contact = ?", [*([kind] if kind else []), *further[1]]
    conditions += " AND kind = ?" if kind else ""
    conditions += f" AND {further[0]}" if further[0] else ""
    conditions += " AND (started_at, item) < (?, ?)" if after else ""
    # Each contact's newest by themselves: with one condition for all, everything they ever had would be sorted.
    one = (
        f"SELECT * FROM (SELECT started_at AS at, item FROM $interactions_{generation} t WHERE {conditions} "
        f"ORDER BY started_at DESC, item DESC LIMIT {limit}) AS newest"
    )
    found: list[Place] = []
    for first in range(0, len(contacts), 100):
        some = contacts[first : first + 100]
        values = [value for contact in some for value in (tenant, contact, *given, *(after or ()))]
        found += [
            Place(row["at"], row["item"]) for row in db.ask(cursor, " UNION ALL ".join([one] * len(some)), values)
        ]
    return sorted(found, reverse=True)[:limit]


def chain_of_chats(db: Database, cursor: Any, generation: int, tenant: str, item: str, most: int = 50) -> list[str]:
    """The contacts of the same browser's chats before this one, the latest first."""
    rows = db.ask(
        cursor,
        "WITH RECURSIVE before (item, contact, depth) AS ("
        f"SELECT previous, CAST(NULL AS TEXT), 0 FROM $interactions_{generation} "
        "WHERE tenant = ? AND item = ? "
        f"UNION ALL SELECT i.previous, i.contact, before.depth + 1 FROM before JOIN $interactions_{generation} i "
        "ON i.tenant = ? AND i.item = before.item WHERE before.depth < ?) "
        "SELECT contact FROM before WHERE contact IS NOT NULL ORDER BY depth",
        (tenant, item, tenant, most),
    )
    return list(dict.fromkeys(row["contact"] for row in rows))
