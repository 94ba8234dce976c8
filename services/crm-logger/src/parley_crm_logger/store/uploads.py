"""Files that agents have handed in, until they go along with an answer. The name of one is of use to its agent alone."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any

from parley_contracts.mails import KeepUpload
from parley_contracts.refusal import Refused

from ..domain.events import AttachedFile
from .crm import Crm
from .database import Database

KEPT_MS = 24 * 3_600_000
MOST_WAITING = 200
"""Of one agent."""


def create(db: Database, cursor: Any) -> None:
    """The table, where it is missing. It belongs to no generation."""
    db.do(
        cursor,
        "CREATE TABLE IF NOT EXISTS $uploads (upload TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, "
        "name TEXT NOT NULL, type TEXT NOT NULL, size BIGINT NOT NULL, sha256 TEXT NOT NULL, at BIGINT NOT NULL)",
    )
    db.do(cursor, "CREATE INDEX IF NOT EXISTS uploads_agent ON $uploads (tenant, agent, at)")


def keep(crm: Crm, command: KeepUpload, at: int) -> dict[str, Any]:
    """Keep a file for a day; what was handed in long ago is forgotten. Raises Refused `too_long`."""
    agent = (command.sender.user or "") if command.sender is not None else ""
    db = crm.db
    with crm.transaction(write=True, tenant=command.tenant) as cursor:
        db.do(cursor, "DELETE FROM $uploads WHERE tenant = ? AND at < ?", (command.tenant, at - KEPT_MS))
        text = "SELECT count(*) AS files FROM $uploads WHERE tenant = ? AND agent = ?"
        (row,) = db.ask(cursor, text, (command.tenant, agent))
        if row["files"] >= MOST_WAITING:
            raise Refused(
                "too_long", f"You have handed in {MOST_WAITING} files that went along with nothing: send some."
            )
        upload = token_urlsafe(24)
        values = (upload, command.tenant, agent, command.name, command.media_type, command.size, command.sha256, at)
        db.do(cursor, "INSERT INTO $uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    return {"attachment": upload, "name": command.name, "type": command.media_type, "size": command.size}


def files(db: Database, cursor: Any, tenant: str, agent: str, uploads: Sequence[str]) -> tuple[AttachedFile, ...]:
    """The files of these names, in this order. Raises Refused `not_found`."""
    among, values = db.among("upload", uploads)
    text = f"SELECT upload, name, type, size, sha256 FROM $uploads WHERE tenant = ? AND agent = ? AND {among}"
    found = {row["upload"]: row for row in db.ask(cursor, text, (tenant, agent, *values))}
    if lacking := [upload for upload in uploads if upload not in found]:
        raise Refused("not_found", f"There is no file {lacking[0]} of yours any more: attach it again.")
    rows = (found[upload] for upload in dict.fromkeys(uploads))
    return tuple(AttachedFile(row["name"], row["type"], row["size"], row["sha256"]) for row in rows)
