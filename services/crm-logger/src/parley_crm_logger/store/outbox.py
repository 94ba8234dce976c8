"""Transcripts that are to be sent by e-mail: each once, tried again until the mail server has it or will not have it.

`waiting` → `taken` (a process talks to the mail server; after a crash it is tried again) → `sending` (the message itself is on
its way) → `sent`, `failed` (the server will not have it) or `unknown` (nobody knows whether the server has it: it is not
sent again, because never twice is more than surely once).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from parley_contracts.contacts import SendTranscript
from parley_contracts.refusal import Refused

from ..domain.contacts import is_address
from . import interactions
from .crm import Crm
from .database import Database

TAKEN_MS = 5 * 60_000
"""So long a process may talk to the mail server before another one takes the letter over."""
GIVE_UP_MS = 48 * 3_600_000
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 30_000, 2 * 3_600_000


class Letter(NamedTuple):
    """One letter as the outbox has it; `tries` counts this try too."""

    id: str
    tenant: str
    item: str
    address: str
    language: str
    asked_at: int
    tries: int


def create(db: Database, cursor: Any) -> None:
    """The outbox, where it is missing. It belongs to no generation: what was sent is not sent again by a rebuild."""
    db.do(
        cursor,
        "CREATE TABLE IF NOT EXISTS $outbox (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, item TEXT NOT NULL, "
        "address TEXT NOT NULL, language TEXT NOT NULL, asked_by TEXT NOT NULL, digest BIGINT NOT NULL, "
        "asked_at BIGINT NOT NULL, state TEXT NOT NULL, tries BIGINT NOT NULL, due_at BIGINT NOT NULL, reason TEXT)",
    )
    db.do(
        cursor,
        "CREATE INDEX IF NOT EXISTS outbox_due ON $outbox (due_at) WHERE state IN ('waiting', 'taken', 'sending')",
    )


def put(crm: Crm, command: SendTranscript, at: int) -> dict[str, Any]:
    """Put a letter into the outbox, once for the same command. Raises Refused: `bad_request`, `not_found`, `wrong_state`,
    `conflict`."""
    if not is_address(command.to) or not command.to.isascii():
        raise Refused("bad_request", "This is no e-mail address that a mail server would take: correct it.")
    by = "" if command.sender is None else command.sender.key
    id = sha256(f"{command.tenant}/{command.item}/{by}".encode("utf-8", "surrogatepass")).hexdigest()[:40]
    with crm.transaction(write=True) as cursor:
        _check_over(crm, cursor, command)
        crm.db.do(
            cursor,
            "INSERT INTO $outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, NULL) ON CONFLICT (id) DO NOTHING",
            (id, command.tenant, command.item, command.to, command.language, by, command.digest(), at, at),
        )
        (row,) = crm.db.ask(cursor, "SELECT digest FROM $outbox WHERE id = ?", (id,))
        if row["digest"] != command.digest():
            raise Refused(
                "conflict", "This command id was used for something else: give each command an id of its own."
            )
    return {"item": command.item, "to": command.to}


def _check_over(crm: Crm, cursor: Any, command: SendTranscript) -> None:
    found = interactions.whole(crm.db, cursor, crm.live(cursor), command.tenant, [command.item])
    if not found:
        raise Refused("not_found", "There is no such interaction.")
    (interaction,) = found
    if interaction.facts["ended_at"] is None and interaction.facts["stage"] != "closed":
        raise Refused("wrong_state", "The conversation is not over: send its transcript when it is.")
    if not any(line["seq"] is not None for line in interaction.lines):
        raise Refused("wrong_state", "Nothing was written in this conversation, so there is nothing to send.")


def take(crm: Crm, at: int) -> Letter | None:
    """The next letter that is due, for this process alone for a while; None where there is none."""
    db = crm.db
    with crm.transaction(write=True) as cursor:
        db.do(
            cursor,
            "UPDATE $outbox SET state = 'unknown', reason = 'the process that sent it ended before it knew' "
            "WHERE state = 'sending' AND due_at <= ?",
            (at,),
        )
        rows = db.ask(
            cursor,
            "UPDATE $outbox SET state = 'taken', tries = tries + 1, due_at = ? WHERE id = (SELECT id FROM $outbox "
            f"WHERE state IN ('waiting', 'taken') AND due_at <= ? ORDER BY due_at LIMIT 1 {db.passing_over}) "
            "RETURNING id, tenant, item, address, language, asked_at, tries",
            (at + TAKEN_MS, at),
        )
        return Letter(**{name: rows[0][name] for name in Letter._fields}) if rows else None


def sending(crm: Crm, letter: Letter, at: int) -> bool:
    """Note that the message goes out now; False when another process has taken the letter over."""
    return _settle(crm, letter, "taken", "sending", at + TAKEN_MS, None)


def settle(crm: Crm, letter: Letter, state: str, reason: str | None, at: int) -> None:
    """Note how it ended: `sent`, `failed`, `unknown`, or `waiting` to try again after a growing pause (`failed` when that
    has gone on for two days)."""
    if state == "waiting" and at - letter.asked_at > GIVE_UP_MS:
        state = "failed"
    pause = min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS * 4 ** min(letter.tries - 1, 10))
    _settle(crm, letter, None, state, at + pause, reason)


def _settle(crm: Crm, letter: Letter, was: str | None, state: str, due_at: int, reason: str | None) -> bool:
    condition = "state IN ('taken', 'sending')" if was is None else "state = 'taken'"
    with crm.transaction(write=True) as cursor:
        rows = crm.db.ask(
            cursor,
            f"UPDATE $outbox SET state = ?, due_at = ?, reason = ? WHERE id = ? AND tries = ? AND {condition} RETURNING id",
            (state, due_at, reason, letter.id, letter.tries),
        )
        return bool(rows)


def states(crm: Crm) -> dict[str, int]:
    """How many letters are in which state."""
    with crm.transaction(write=False) as cursor:
        rows = crm.db.ask(cursor, "SELECT state, count(*) AS letters FROM $outbox GROUP BY state")
        return {row["state"]: int(row["letters"]) for row in rows}
