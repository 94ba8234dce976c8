"""Letters with a link by which somebody sets their password. The link stands here until the letter has gone, and no longer."""

from __future__ import annotations

from typing import Any, NamedTuple

from parley_contracts.contacts import SendLink

from .database import Database

KEPT_MS = 3 * 24 * 3_600_000
"""No letter is tried for so long."""


class LinkLetter(NamedTuple):
    """A letter of the outbox, by its id, and what is in it."""

    id: str
    path: str
    what: str
    user_name: str
    asked_at: int


def create(db: Database, cursor: Any) -> None:
    """The table, where it is missing. It belongs to no generation, like the outbox."""
    db.do(
        cursor,
        "CREATE TABLE IF NOT EXISTS $links (id TEXT PRIMARY KEY, path TEXT NOT NULL, what TEXT NOT NULL, "
        "user_name TEXT NOT NULL, asked_at BIGINT NOT NULL)",
    )


def put(db: Database, cursor: Any, id: str, command: SendLink, at: int) -> None:
    """What is in a letter that is to go out."""
    db.do(cursor, "DELETE FROM $links WHERE asked_at < ?", (at - KEPT_MS,))
    db.do(
        cursor,
        "INSERT INTO $links VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (id, command.path, command.what, command.user, at),
    )


def of(db: Database, cursor: Any, id: str) -> LinkLetter | None:
    """What is in a letter; None where it is another kind of letter."""
    rows = db.ask(cursor, f"SELECT {', '.join(LinkLetter._fields)} FROM $links WHERE id = ?", (id,))
    return LinkLetter(**{name: rows[0][name] for name in LinkLetter._fields}) if rows else None


def forget(db: Database, cursor: Any, id: str) -> None:
    """It has gone, or never will."""
    db.do(cursor, "DELETE FROM $links WHERE id = ?", (id,))
