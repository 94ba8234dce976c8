"""Mails that have come in: taken once, and told to the floor until it has heard.

A mail is one transaction: its event, how far its mailbox is taken, and what the floor is to hear. After a crash the same mail is handed over again, and is
there already; what the floor has not heard is sent again, under the same name.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from parley_chassis.journal import Journal
from parley_contracts.mail_items import HearMail
from parley_contracts.refusal import Refused
from parley_mail.threads import keys

from ..domain import arriving
from ..domain.arriving import Arrived
from ..domain.events import EVENTS, MailReceived, Recorded, mail_stream
from ..domain.mails import Mails
from . import mails
from .crm import Crm
from .database import EVERYBODY, Database

JOURNAL = Journal(EVENTS)
SOURCE = "crm-logger.contacts"
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 1_000, 5 * 60_000


class Told(NamedTuple):
    """What the floor is to hear of a mail, for this process for a while."""

    mail: str
    tenant: str
    command: str
    tries: int


def create(db: Database, cursor: Any) -> None:
    """The tables, where they are missing. They belong to no generation: what was taken is not taken again by a rebuild."""
    db.do(
        cursor,
        "CREATE TABLE IF NOT EXISTS $collected (tenant TEXT NOT NULL, mailbox TEXT NOT NULL, validity BIGINT NOT NULL, "
        "uid BIGINT NOT NULL, PRIMARY KEY (tenant, mailbox))",
    )
    db.do(
        cursor,
        "CREATE TABLE IF NOT EXISTS $tellings (mail TEXT PRIMARY KEY, tenant TEXT NOT NULL, command TEXT NOT NULL, "
        "due_at BIGINT NOT NULL, tries BIGINT NOT NULL, reason TEXT)",
    )
    db.do(cursor, "CREATE INDEX IF NOT EXISTS tellings_due ON $tellings (due_at)")


def collected(crm: Crm, tenant: str, mailbox: str) -> tuple[int, int] | None:
    """Validity and UID of the mail that was taken or passed over last."""
    with crm.transaction(write=False, tenant=tenant) as cursor:
        text = "SELECT validity, uid FROM $collected WHERE tenant = ? AND mailbox = ?"
        rows = crm.db.ask(cursor, text, (tenant, mailbox))
        return (int(rows[0]["validity"]), int(rows[0]["uid"])) if rows else None


def take(crm: Crm, arrived: Arrived, at: int) -> dict[str, Any]:
    """Take a mail, once; the `item` that it is among, and whether it `opened` work. Raises Stale, StoreDown."""
    db = crm.db
    with crm.transaction(write=True, tenant=arrived.tenant) as cursor:
        generation = crm.live(cursor, db.lock)
        db.lock_log(cursor)
        tables = (db, cursor, generation, arrived.tenant)
        if arrived.uid and not _goes_on(db, cursor, arrived):
            return {}
        there = _known_already(tables, arrived)
        if there is not None:
            return there
        mail = arrived.mail
        known = None if mail is None else mails.named_by(tables, keys(mail, ()).ids)
        known = known if arriving.belongs(mail, known) else None
        before = Mails() if known is None else mails.of_item(db, cursor, arrived.tenant, known.item)
        taken = arriving.taken(arrived, known, before, at)
        stream = mail_stream(arrived.tenant, taken.item)
        version = before.version if known is not None and known.item == taken.item else 0
        recorded = Recorded(stream, version + 1, taken.event)
        positions = db.append(cursor, [JOURNAL.stored(recorded.stream, recorded.version, recorded.event)])
        crm.advance(cursor, generation, {SOURCE: max(positions)})
        crm.write(cursor, generation, [recorded])
        if taken.hears is not None:
            values = (arrived.name, arrived.tenant, taken.hears.model_dump_json(), at, 0)
            db.do(cursor, "INSERT INTO $tellings VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (mail) DO NOTHING", values)
        return {"item": taken.item, "opened": taken.hears is not None}


def _goes_on(db: Database, cursor: Any, arrived: Arrived) -> bool:
    """Note that the mailbox is taken up to this mail; False where it was already."""
    text = (
        "INSERT INTO $collected AS old VALUES (?, ?, ?, ?) ON CONFLICT (tenant, mailbox) DO UPDATE "
        "SET validity = excluded.validity, uid = excluded.uid "
        "WHERE old.validity <> excluded.validity OR old.uid < excluded.uid RETURNING uid"
    )
    return bool(db.ask(cursor, text, (arrived.tenant, arrived.mailbox, arrived.validity, arrived.uid)))


def _known_already(tables: mails.Tables, arrived: Arrived) -> dict[str, Any] | None:
    """The same bytes in the same mailbox are the same mail: a server has numbered anew, or the hook was told twice."""
    db, cursor, generation, tenant = tables
    text = f"SELECT item FROM $mails_{generation} WHERE tenant = ? AND mailbox = ? AND hash = ? ORDER BY item LIMIT 1"
    rows = db.ask(cursor, text, (tenant, arrived.mailbox, arrived.original)) if arrived.original is not None else []
    if not rows:
        return None
    item = str(rows[0]["item"])
    (same,) = (
        each
        for each in mails.of_item(db, cursor, tenant, item).all
        if isinstance(each, MailReceived) and (each.mailbox, each.original) == (arrived.mailbox, arrived.original)
    )
    return {"item": item, "opened": same.opens}


# --- what the floor is to hear ---------------------------------------------------------------------------------------


def due(crm: Crm, at: int, for_ms: int) -> Told | None:
    """The next that is due, for this process alone for a while; None where there is none."""
    db = crm.db
    with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        rows = db.ask(
            cursor,
            "UPDATE $tellings SET due_at = ?, tries = tries + 1 WHERE mail = (SELECT mail FROM $tellings "
            f"WHERE due_at <= ? ORDER BY due_at LIMIT 1 {db.passing_over}) RETURNING mail, tenant, command, tries",
            (at + for_ms, at),
        )
        return Told(**{name: rows[0][name] for name in Told._fields}) if rows else None


def heard(crm: Crm, told: Told) -> None:
    """The floor has it."""
    with crm.transaction(write=True, tenant=told.tenant) as cursor:
        crm.db.do(cursor, "DELETE FROM $tellings WHERE mail = ?", (told.mail,))


def later(crm: Crm, told: Told, reason: str, at: int) -> None:
    """The floor did not take it: after a growing pause it is told again, and nothing of it is lost meanwhile."""
    pause = min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS * 2 ** min(told.tries - 1, 20))
    with crm.transaction(write=True, tenant=told.tenant) as cursor:
        values = (at + pause, reason[:500], told.mail)
        crm.db.do(cursor, "UPDATE $tellings SET due_at = ?, reason = ? WHERE mail = ?", values)


def waiting(crm: Crm) -> list[str]:
    """Why mails wait for the floor, with their number; empty where none is refused."""
    with crm.transaction(write=False, tenant=EVERYBODY) as cursor:
        text = "SELECT tenant, reason, count(*) AS mails FROM $tellings WHERE reason IS NOT NULL GROUP BY tenant, reason ORDER BY tenant LIMIT 20"
        return [f"mails of {row['tenant']}: {row['mails']} wait: {row['reason']}" for row in crm.db.ask(cursor, text)]


def command_of(told: Told) -> HearMail:
    """What is to be told."""
    return HearMail.model_validate_json(told.command)


def mailbox_of(crm: Crm, tenant: str, mailbox: str) -> mails.MailboxRow:
    """A mailbox as it is set. Raises Refused `not_found`."""
    with crm.transaction(write=False, tenant=tenant) as cursor:
        found = mails.mailboxes((crm.db, cursor, crm.live(cursor), tenant), mailbox)
    if not found or not found[0].enabled:
        raise Refused("not_found", f"There is no mailbox {mailbox}, or it is switched off.")
    return found[0]
