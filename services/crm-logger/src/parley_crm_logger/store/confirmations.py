"""Addresses that whoever reads there has to confirm, before a transcript is sent to them: by a link in a letter that holds nothing of
the conversation."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any, NamedTuple

from parley_contracts.refusal import Refused

from .database import Database

VALID_MS = 48 * 3_600_000
"""So long a link can be used."""


class Confirmation(NamedTuple):
    """A letter that asks, by the id of the command that asked for the transcript, and what is asked for."""

    id: str
    code: str
    tenant: str
    item: str
    address: str
    language: str
    asked_at: int
    confirmed_at: int | None


def create(db: Database, cursor: Any) -> None:
    """The table, where it is missing. It belongs to no generation, like the outbox."""
    db.do(
        cursor,
        "CREATE TABLE IF NOT EXISTS $confirmations (id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, "
        "item TEXT NOT NULL, address TEXT NOT NULL, language TEXT NOT NULL, asked_at BIGINT NOT NULL, confirmed_at BIGINT)",
    )
    db.do(cursor, "CREATE INDEX IF NOT EXISTS confirmations_item ON $confirmations (tenant, item)")


def ask(db: Database, cursor: Any, id: str, tenant: str, item: str, address: str, language: str, at: int) -> None:
    """The owner of the address is to be asked. What was asked long ago is forgotten."""
    with db.for_everybody(cursor, tenant):
        db.do(cursor, "DELETE FROM $confirmations WHERE confirmed_at IS NULL AND asked_at < ?", (at - VALID_MS,))
    db.do(
        cursor,
        "INSERT INTO $confirmations VALUES (?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (id) DO NOTHING",
        (id, token_urlsafe(24), tenant, item, address, language, at),
    )


def of(db: Database, cursor: Any, id: str) -> Confirmation | None:
    """What a letter of this id asks; None where it asks nothing, for it is a transcript itself."""
    return _one(db, cursor, "id", id)


def is_confirmed(db: Database, cursor: Any, tenant: str, item: str, address: str) -> bool:
    """Whether the owner of the address has said that they want this conversation."""
    text = "SELECT address FROM $confirmations WHERE tenant = ? AND item = ? AND confirmed_at IS NOT NULL"
    return any(row["address"].lower() == address.lower() for row in db.ask(cursor, text, (tenant, item)))


def confirm(db: Database, cursor: Any, code: str, at: int) -> Confirmation:
    """Somebody who has the letter has used its link; again it is so already. Raises Refused `not_found`."""
    found = _one(db, cursor, "code", code)
    if found is None or (found.confirmed_at is None and at - found.asked_at > VALID_MS):
        raise Refused("not_found", "This link is not valid any more: ask for the transcript again.")
    db.do(cursor, "UPDATE $confirmations SET confirmed_at = ? WHERE code = ? AND confirmed_at IS NULL", (at, code))
    return found


def _one(db: Database, cursor: Any, column: str, value: str) -> Confirmation | None:
    text = f"SELECT {', '.join(Confirmation._fields)} FROM $confirmations WHERE {column} = ?"
    rows = db.ask(cursor, text, (value,))
    return Confirmation(**{name: rows[0][name] for name in Confirmation._fields}) if rows else None
