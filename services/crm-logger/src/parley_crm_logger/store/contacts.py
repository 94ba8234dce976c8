"""Contacts and what they are found by: what is written, and how they are read (R24)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from parley_contracts.contacts import MOST_MERGED, MOST_MERGED_NOTES, Contact

from ..domain.events import ContactMerged, ContactPut, ContactUnmerged, Fields, Recorded
from ..domain.folding import near
from ..domain.persons import also, together
from ..domain.projection import Rows
from ..domain.terms import parts, terms
from .database import Database
from .schema import TABLES

COLUMNS = tuple(TABLES["contacts"].columns)
_CHANGES = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS if column not in ("tenant", "contact"))
LISTS = ("emails", "phones", "numbers")
"""Kept as JSON in one column; NULL where the row was written before there was the column."""

Row = dict[str, Any]


def write(db: Database, cursor: Any, generation: int, rows: Rows) -> None:
    """What has happened to contacts, and what each is found by from now on."""
    by_tenant: dict[str, dict[str, list[Recorded]]] = {}
    for (tenant, contact), happened in rows.contacts.items():
        by_tenant.setdefault(tenant, {})[contact] = happened
    for tenant, events in by_tenant.items():
        before = {row["contact"]: row for row in _rows(db, cursor, generation, tenant, list(events))}
        after = {name: _evolved(tenant, name, before.get(name), happened) for name, happened in events.items()}
        db.insert(
            cursor,
            f"contacts_{generation}",
            COLUMNS,
            [tuple(row[column] for column in COLUMNS) for row in after.values()],
            f"ON CONFLICT (tenant, contact) DO UPDATE SET {_CHANGES}",
        )
        was = {name: terms(fields_of(row)) for name, row in before.items()}
        now = {name: terms(fields_of(row)) for name, row in after.items()}
        _write_terms(db, cursor, generation, tenant, was, now)


def _evolved(tenant: str, contact: str, row: Row | None, happened: Iterable[Recorded]) -> Row:
    changed: Row = dict(row) if row is not None else {column: None for column in COLUMNS}
    changed |= {"tenant": tenant, "contact": contact}
    for recorded in happened:
        event = recorded.event
        changed["version"] = recorded.version
        match event:
            case ContactPut():
                changed |= as_columns(event.fields)
                changed["created_at"] = event.at if changed["created_at"] is None else changed["created_at"]
            case ContactMerged():
                changed["merged_into"] = event.into
            case ContactUnmerged():
                changed["merged_into"] = None
            case _:
                pass
    return changed


def as_columns(fields: Fields) -> Row:
    """A contact's fields as its row has them."""
    listed = {name: msgspec.json.encode(getattr(fields, name)).decode() for name in LISTS}
    return {name: getattr(fields, name) for name in Fields.__struct_fields__} | listed


def fields_of(row: Row) -> Fields:
    """A contact's fields, from its row."""
    listed = {name: tuple(msgspec.json.decode(row[name] or "[]")) for name in LISTS}
    return Fields(**{name: row[name] for name in Fields.__struct_fields__} | listed)


def _write_terms(
    db: Database, cursor: Any, generation: int, tenant: str, was: dict[str, set[str]], now: dict[str, set[str]]
) -> None:
    gone = [(name, term) for name, found in was.items() for term in sorted(found - now[name])]
    if gone:
        cursor.executemany(
            db.sql(f"DELETE FROM $terms_{generation} WHERE tenant = ? AND contact = ? AND term = ?"),
            [(tenant, name, term) for name, term in gone],
        )
    fresh = [(name, term) for name, found in now.items() for term in sorted(found - was.get(name, set()))]
    if fresh:
        rows = sorted((tenant, term, name) for name, term in fresh)
        db.insert(cursor, f"terms_{generation}", ("tenant", "term", "contact"), rows)
        words = sorted(set(parts(term for _, term in fresh)))
        if words:
            db.insert(cursor, f"parts_{generation}", ("tenant", "term"), [(tenant, word) for word in words])
        keys = sorted((tenant, key, word) for word in words for key in near(word))
        if keys:
            db.insert(cursor, f"near_{generation}", ("tenant", "key", "term"), keys)
    if gone:
        _forget(db, cursor, generation, tenant, sorted({term for _, term in gone}))


def _forget(db: Database, cursor: Any, generation: int, tenant: str, gone: list[str]) -> None:
    """Words that no contact has any more are found by nothing."""
    condition, values = db.among("term", gone)
    for table in ("parts", "near"):
        db.do(
            cursor,
            f"DELETE FROM ${table}_{generation} WHERE tenant = ? AND {condition} AND NOT EXISTS (SELECT 1 "
            f"FROM $terms_{generation} kept WHERE kept.tenant = ${table}_{generation}.tenant "
            f"AND kept.term = ${table}_{generation}.term)",
            (tenant, *values),
        )


# --- reading ---------------------------------------------------------------------------------------------------------


def _rows(db: Database, cursor: Any, generation: int, tenant: str, names: Sequence[str]) -> list[Row]:
    if not names:
        return []
    condition, values = db.among("contact", names)
    text = f"SELECT {', '.join(COLUMNS)} FROM $contacts_{generation} WHERE tenant = ? AND {condition}"
    return [dict(row) for row in db.ask(cursor, text, (tenant, *values))]


def by_name(db: Database, cursor: Any, generation: int, tenant: str, names: Sequence[str]) -> dict[str, Row]:
    """The rows of these contacts, by their names; those that there are not are left out."""
    return {row["contact"]: row for row in _rows(db, cursor, generation, tenant, names)}


def newest(db: Database, cursor: Any, generation: int, tenant: str, limit: int) -> list[str]:
    """The contacts created last that are not merged into another one."""
    text = (
        f"SELECT contact FROM $contacts_{generation} WHERE tenant = ? AND merged_into IS NULL "
        "ORDER BY created_at DESC, contact DESC LIMIT ?"
    )
    return [row["contact"] for row in db.ask(cursor, text, (tenant, limit))]


def in_order(db: Database, cursor: Any, generation: int, tenant: str, after: str, limit: int) -> list[str]:
    """Contacts in the order of their names in the log."""
    text = f"SELECT contact FROM $contacts_{generation} WHERE tenant = ? AND contact > ? ORDER BY contact LIMIT ?"
    return [row["contact"] for row in db.ask(cursor, text, (tenant, after, limit))]


def upwards(db: Database, cursor: Any, generation: int, tenant: str, names: Sequence[str]) -> dict[str, list[str]]:
    """Of each contact: itself, what it is merged into, what that is merged into, up to the one that stands for all; only
    contacts that there are."""
    if not names:
        return {}
    condition, values = db.among("contact", names)
    rows = db.ask(
        cursor,
        "WITH RECURSIVE up (start, contact, merged_into, depth) AS ("
        f"SELECT contact, contact, merged_into, 0 FROM $contacts_{generation} WHERE tenant = ? AND {condition} "
        f"UNION ALL SELECT up.start, c.contact, c.merged_into, up.depth + 1 FROM up JOIN $contacts_{generation} c "
        "ON c.tenant = ? AND c.contact = up.merged_into) SELECT start, contact FROM up ORDER BY start, depth",
        (tenant, *values, tenant),
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["start"], []).append(row["contact"])
    return found


def downwards(db: Database, cursor: Any, generation: int, tenant: str, names: Sequence[str]) -> dict[str, list[str]]:
    """Of each contact: all that are merged into it, and into those."""
    if not names:
        return {}
    condition, values = db.among("merged_into", names)
    rows = db.ask(
        cursor,
        "WITH RECURSIVE down (root, contact) AS ("
        f"SELECT merged_into, contact FROM $contacts_{generation} WHERE tenant = ? AND {condition} "
        f"UNION ALL SELECT down.root, c.contact FROM down JOIN $contacts_{generation} c "
        "ON c.tenant = ? AND c.merged_into = down.contact) SELECT root, contact FROM down ORDER BY root, contact",
        (tenant, *values, tenant),
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["root"], []).append(row["contact"])
    return found


def person(db: Database, cursor: Any, generation: int, tenant: str, contact: str) -> list[str]:
    """All contacts that are the same person as this one, the one that stands for all first; none where there is none such."""
    chain = upwards(db, cursor, generation, tenant, [contact]).get(contact)
    if chain is None:
        return []
    return [chain[-1], *downwards(db, cursor, generation, tenant, chain[-1:]).get(chain[-1], [])]


def shown(db: Database, cursor: Any, generation: int, tenant: str, names: Sequence[str]) -> list[Contact]:
    """These contacts as agents see them, in this order: each with the addresses, numbers and notes of all that are merged into it."""
    rows = by_name(db, cursor, generation, tenant, names)
    merged = downwards(db, cursor, generation, tenant, list(rows))
    others = by_name(db, cursor, generation, tenant, sorted({name for below in merged.values() for name in below}))
    return [_shown(rows[name], [others[each] for each in merged.get(name, ())]) for name in names if name in rows]


def _shown(row: Row, merged: Sequence[Row]) -> Contact:
    own, theirs = fields_of(row), [fields_of(each) for each in merged]
    said = msgspec.structs.asdict(together(own, theirs))
    said |= {name: said[name][:MOST_MERGED] for name in LISTS}
    said["notes"] = said["notes"] and said["notes"][:MOST_MERGED_NOTES]
    return Contact(
        contact=row["contact"],
        version=row["version"],
        merged_into=row["merged_into"],
        merged=tuple(each["contact"] for each in merged),
        also=tuple(also(own, theirs)) or None,
        **said,
    )
