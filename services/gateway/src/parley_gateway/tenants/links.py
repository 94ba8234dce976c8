"""Links by which somebody sets their password, once: invitations, and when they have forgotten it."""

from __future__ import annotations

import hashlib
from secrets import token_urlsafe
from typing import Literal, NamedTuple

from parley_chassis.clock import Clock, system_clock

from .tables import Asking, Tables

Kind = Literal["invitation", "reset"]

MADE_BY = (
    "CREATE TABLE IF NOT EXISTS $links (hash TEXT PRIMARY KEY, tenant TEXT NOT NULL, user_name TEXT NOT NULL, "
    "kind TEXT NOT NULL, mark TEXT NOT NULL, expires_at BIGINT NOT NULL)",
)
HOLDS_MS: dict[Kind, int] = {"invitation": 7 * 24 * 3_600_000, "reset": 24 * 3_600_000}


class Link(NamedTuple):
    """Whose it is. It holds as long as the password is the one of `mark`."""

    tenant: str
    user: str
    kind: Kind
    mark: str
    expires_at: int


class Links:
    """A user has one at most; the last one. Only its hash is stored."""

    def __init__(self, tables: Tables, clock: Clock = system_clock) -> None:
        self._tables, self.clock = tables, clock

    async def make(self, tenant: str, user: str, kind: Kind, mark: str) -> tuple[str, Link]:
        """The secret of a new link, in the place of the one before. Raises StoreDown."""
        now, secret = self.clock(), token_urlsafe(24)
        link = Link(tenant, user, kind, mark, now + HOLDS_MS[kind])

        def put(ask: Asking) -> None:
            ask("DELETE FROM $links WHERE (tenant = ? AND user_name = ?) OR expires_at <= ?", tenant, user, now)
            ask("INSERT INTO $links VALUES (?, ?, ?, ?, ?, ?)", _hash(secret), *link)

        await self._tables(put)
        return secret, link

    async def look(self, secret: str) -> Link | None:
        """Whose link it is; None where it has been used, is too old, or is none. Raises StoreDown."""
        text = "SELECT tenant, user_name, kind, mark, expires_at FROM $links WHERE hash = ? AND expires_at > ?"
        rows = await self._tables(lambda ask: ask(text, _hash(secret), self.clock()))
        return Link(*rows[0]) if rows else None

    async def use(self, secret: str) -> Link | None:
        """The same, and it can be used no more. Raises StoreDown."""
        text = (
            "DELETE FROM $links WHERE hash = ? AND expires_at > ? RETURNING tenant, user_name, kind, mark, expires_at"
        )
        rows = await self._tables(lambda ask: ask(text, _hash(secret), self.clock()))
        return Link(*rows[0]) if rows else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
