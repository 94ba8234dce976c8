"""What an agent has begun to write about an item and not sent (R35): one text an item, whoever has it in hand. It is no part of the record, and
belongs to no generation. It goes when an answer is sent, when the item is closed, and after 30 days."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from parley_contracts.contacts import LONGEST_DRAFT, KeepDraft
from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused

from ..domain.projection import Rows
from .database import Database

if TYPE_CHECKING:
    from .crm import Crm  # whose writing forgets drafts

KEPT_MS = 30 * 24 * 3_600_000


class Draft(NamedTuple):
    """What was written last, by whom, in milliseconds since 1970."""

    text: str
    agent: str
    at: int

    def shown(self) -> dict[str, Any]:
        """As agents get it: `text`, `agent`, `at` (RFC 3339)."""
        return {"text": self.text, "agent": self.agent, "at": rfc3339(self.at)}


def create(db: Database, cursor: Any) -> None:
    """The table, where it is missing."""
    db.do(
        cursor,
        "CREATE TABLE IF NOT EXISTS $drafts (tenant TEXT NOT NULL, item TEXT NOT NULL, text TEXT NOT NULL, "
        "agent TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (tenant, item))",
    )
    db.do(cursor, "CREATE INDEX IF NOT EXISTS drafts_old ON $drafts (tenant, at)")


def keep(crm: Crm, command: KeepDraft, at: int) -> dict[str, Any]:
    """Keep a text in place of the one before; an empty one is no draft. Raises Refused `wrong_state` where the item is closed."""
    agent = (command.sender.user or "") if command.sender is not None else ""
    db, tenant, item = crm.db, command.tenant, command.item
    with crm.transaction(write=True, tenant=tenant) as cursor:
        db.do(cursor, "DELETE FROM $drafts WHERE tenant = ? AND at < ?", (tenant, at - KEPT_MS))
        text = f"SELECT stage FROM $interactions_{crm.live(cursor)} WHERE tenant = ? AND item = ?"
        if any(row["stage"] == "closed" for row in db.ask(cursor, text, (tenant, item))):
            raise Refused("wrong_state", "It is closed: what you have written is kept in this window alone.")
        if not command.text:
            forget(db, cursor, tenant, [item])
        else:
            db.do(
                cursor,
                "INSERT INTO $drafts VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, item) DO UPDATE SET "
                "text = excluded.text, agent = excluded.agent, at = excluded.at",
                (tenant, item, command.text, agent, at),
            )
    return {"item": item, "at": rfc3339(at)}


def put_back(db: Database, cursor: Any, tenant: str, item: str, text: str, agent: str, at: int) -> str:
    """What was withdrawn is begun again, before what has been begun since; all of it."""
    since = of_item(db, cursor, tenant, item)
    whole = (text if since is None else f"{text}\n\n{since.text}")[:LONGEST_DRAFT]
    db.do(
        cursor,
        "INSERT INTO $drafts VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, item) DO UPDATE SET "
        "text = excluded.text, agent = excluded.agent, at = excluded.at",
        (tenant, item, whole, agent, at),
    )
    return whole


def of_item(db: Database, cursor: Any, tenant: str, item: str) -> Draft | None:
    """The draft of an item, where there is one."""
    text = "SELECT text, agent, at FROM $drafts WHERE tenant = ? AND item = ?"
    rows = db.ask(cursor, text, (tenant, item))
    return Draft(rows[0]["text"], rows[0]["agent"], int(rows[0]["at"])) if rows else None


def forget(db: Database, cursor: Any, tenant: str, items: Collection[str]) -> None:
    """These items have no draft any more."""
    if items:
        condition, values = db.among("item", list(items))
        db.do(cursor, f"DELETE FROM $drafts WHERE tenant = ? AND {condition}", (tenant, *values))


def forget_closed(db: Database, cursor: Any, rows: Rows) -> None:
    """What is written of items that are closed now takes their drafts with it."""
    over: dict[str, list[str]] = {}
    for (tenant, item), facts in rows.facts.items():
        if facts.get("stage") == "closed":
            over.setdefault(tenant, []).append(item)
    for tenant, items in over.items():
        forget(db, cursor, tenant, items)
