"""Whose texts are for a reader (need to know): the condition that a search has, beside `Interaction.is_for`."""

from __future__ import annotations

from typing import Any

from parley_contracts.reading import Reader

from . import contacts
from .database import Database


def with_persons(db: Database, cursor: Any, generation: int, tenant: str, reader: Reader) -> Reader:
    """The reader with all contacts that are the same persons as theirs."""
    if reader.everything or not reader.contacts:
        return reader
    chains = contacts.upwards(db, cursor, generation, tenant, reader.contacts)
    heads = list(dict.fromkeys(chain[-1] for chain in chains.values()))
    merged = contacts.downwards(db, cursor, generation, tenant, heads)
    same = [*reader.contacts, *heads, *(name for names in merged.values() for name in names)]
    return reader.model_copy(update={"contacts": tuple(dict.fromkeys(same))})


def readable(db: Database, generation: int, *readers: Reader) -> tuple[str, list[Any]]:
    """The condition that the interaction of a row called `t` (by `tenant`, `item`) is one that the transaction sees, and for all these
    readers; and its parameters."""
    conditions = [_readable(db, generation, reader) for reader in readers]
    return " AND ".join(text for text, _ in conditions), [value for _, given in conditions for value in given]


def _readable(db: Database, generation: int, reader: Reader) -> tuple[str, list[Any]]:
    if reader.everything:
        its = f"SELECT 1 FROM $interactions_{generation} i WHERE i.tenant = t.tenant AND i.item = t.item"
        return f"({its} LIMIT 1) = 1", []
    items, queues = db.among("i.item", reader.items), db.among("i.queue", reader.queues)
    persons = db.among("i.contact", reader.contacts)
    ways = " OR ".join((items[0], queues[0], persons[0], "i.agent = ?"))
    return (
        f"(EXISTS (SELECT 1 FROM $interactions_{generation} i WHERE i.tenant = t.tenant AND i.item = t.item AND ({ways})) "
        f"OR EXISTS (SELECT 1 FROM $participants_{generation} p WHERE p.tenant = t.tenant AND p.item = t.item AND p.agent = ?))",
        [*items[1], *queues[1], *persons[1], reader.agent, reader.agent],
    )
