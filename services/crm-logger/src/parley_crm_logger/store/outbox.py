"""Transcripts, links and answers that are to be sent by e-mail: each once, tried again until the mail server has it or will not have it.

`waiting` → `taken` (a process talks to the mail server; after a crash it is tried again) → `sending` (the message itself is on
its way) → `sent`, `failed` (the server will not have it) or `unknown` (nobody knows whether the server has it: it is not
sent again, because never twice is more than surely once).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from parley_contracts import contact_values as judge
from parley_contracts.contacts import AnswerMail, ConfirmTranscript, SendLink, SendTranscript
from parley_contracts.reading import not_yours
from parley_contracts.refusal import Refused

from ..domain import mails
from ..domain.events import MailWritten
from ..domain.receipts import Wanted
from . import confirmations, contacts, interactions, links
from .crm import Crm
from .database import EVERYBODY, Database
from .reading import with_persons

TAKEN_MS = 15_000
"""So long a letter is a process's own unless the process holds it again: what a process that died had taken waits no longer."""
SENDING_MS = 5 * 60_000
"""So long the mail server may take to answer the message itself; then nobody knows what became of the letter."""
GIVE_UP_MS = 48 * 3_600_000
HOUR_MS = 3_600_000
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 30_000, 2 * 3_600_000


class Rules(NamedTuple):
    """Which letters go out. `public_url`: where the installation is reached from outside, for links that confirm an address; without it
    only contacts' own addresses get letters. `per_recipient`, `per_company`: how many within an hour. `hold_ms`: how long an answer waits, in which it can be withdrawn."""

    public_url: str = ""
    per_recipient: int = 5
    per_company: int = 500
    hold_ms: int = 0


USUAL = Rules()


class Letter(NamedTuple):
    """One letter as the outbox has it; `tries` counts this try too."""

    id: str
    tenant: str
    item: str
    address: str
    language: str
    asked_at: int
    tries: int

    @property
    def envelope(self) -> str:
        """The address as mail servers take it."""
        return judge.as_sent(self.address) or self.address


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
    # By the hour and not by the address: `lower` is nothing that PostgreSQL would ask of a row before its policy.
    db.do(cursor, "DROP INDEX IF EXISTS $outbox_address")
    db.do(cursor, "CREATE INDEX IF NOT EXISTS outbox_asked ON $outbox (asked_at)")
    db.do(cursor, "CREATE INDEX IF NOT EXISTS outbox_tenant ON $outbox (tenant, asked_at)")


def put(crm: Crm, command: SendTranscript, at: int, rules: Rules = USUAL) -> dict[str, Any]:
    """Put a letter into the outbox, once for the same command: the transcript where the address is the contact's own or was confirmed,
    else one that asks its owner. Raises Refused: `bad_request`, `not_found`, `wrong_state`, `forbidden`, `rate_limited`, `conflict`."""
    if judge.as_sent(command.to) is None:
        raise Refused("bad_request", "This is no e-mail address that a mail server would take: correct it.")
    by = "" if command.sender is None else command.sender.key
    id = sha256(f"{command.tenant}/{command.item}/{by}".encode("utf-8", "surrogatepass")).hexdigest()[:40]
    ack: dict[str, Any] = {"item": command.item, "to": command.to}
    with crm.transaction(write=True, tenant=command.tenant) as cursor:
        interaction = _over(crm, cursor, command)
        told = crm.db.ask(cursor, "SELECT digest FROM $outbox WHERE id = ?", (id,))
        if told and told[0]["digest"] != command.digest():
            raise Refused(
                "conflict", "This command id was used for something else: give each command an id of its own."
            )
        asks = confirmations.of(crm.db, cursor, id) is not None
        if not told:
            if not interaction.is_for(with_persons(crm.db, cursor, crm.live(cursor), command.tenant, command.reader)):
                raise not_yours()
            asks = not _is_theirs(crm, cursor, command, interaction.facts["contact"])
            if asks and not rules.public_url:
                raise Refused("forbidden", "A transcript goes to an address of the contact: ask your agent.")
            _check_pace(crm, cursor, command, at, rules)
            if asks:
                confirmations.ask(crm.db, cursor, id, *_asked_of(command), at)
            _insert(crm, cursor, id, *_asked_of(command), by, command.digest(), at)
    return {**ack, "confirm": True} if asks else ack


def put_link(crm: Crm, command: SendLink, at: int, rules: Rules = USUAL) -> dict[str, Any]:
    """Put a letter with a link into the outbox, once for the same command. Raises Refused: `bad_request`, `rate_limited`, `unavailable`."""
    if judge.as_sent(command.to) is None:
        raise Refused("bad_request", "This is no e-mail address that a mail server would take: correct it.")
    if not rules.public_url:
        raise Refused("unavailable", "Links need the installation's own address: PARLEY_PUBLIC_URL names it.")
    by = "" if command.sender is None else command.sender.key
    id = sha256(f"link/{command.tenant}/{by}".encode("utf-8", "surrogatepass")).hexdigest()[:40]
    with crm.transaction(write=True, tenant=command.tenant) as cursor:
        if not crm.db.ask(cursor, "SELECT id FROM $outbox WHERE id = ?", (id,)):
            _check_pace(crm, cursor, command, at, rules)
            links.put(crm.db, cursor, id, command, at)
            _insert(crm, cursor, id, command.tenant, "", command.to, command.language, by, command.digest(), at)
    return {"to": command.to}


def put_answer(crm: Crm, cursor: Any, command: AnswerMail, mail: MailWritten, hold_ms: int = 0) -> None:
    """Put an answer to an e-mail into the outbox, in the transaction that stores it; it is due in `hold_ms`."""
    by = mail.command_key or ""
    _insert(crm, cursor, mail.mail, command.tenant, command.item, mail.to, "", by, mail.digest, mail.at, hold_ms)


def put_receipts(crm: Crm, cursor: Any, wanted: Sequence[Wanted], rules: Rules) -> None:
    """Put receipts into the outbox, once each, in the transaction in which the record hears of the messages. Who has had too many letters within the
    hour gets none: the message is there all the same."""
    for each in wanted:
        if _is_paced(crm, cursor, each.tenant, each.address, each.at, rules):
            _insert(crm, cursor, each.id, each.tenant, each.item, each.address, each.language, "", 0, each.at)


def withdraw(db: Database, cursor: Any, tenant: str, id: str) -> bool:
    """Take a letter out again that no process has taken so far; False where one has. Whoever comes first wins: the row is either's."""
    untried = "DELETE FROM $outbox WHERE tenant = ? AND id = ? AND state = 'waiting' AND tries = 0 RETURNING id"
    return bool(db.ask(cursor, untried, (tenant, id)))


def held(db: Database, cursor: Any, tenant: str, ids: Sequence[str]) -> dict[str, int]:
    """By its name, until when each of these letters is held back, of those that nobody has tried to send."""
    condition, values = db.among("id", ids)
    text = f"SELECT id, due_at FROM $outbox WHERE tenant = ? AND state = 'waiting' AND tries = 0 AND due_at > asked_at AND {condition}"
    return {row["id"]: int(row["due_at"]) for row in db.ask(cursor, text, (tenant, *values))}


def became(db: Database, cursor: Any, tenant: str, ids: Sequence[str]) -> dict[str, str]:
    """By its name, what has become of each of these letters."""
    condition, values = db.among("id", ids)
    rows = db.ask(cursor, f"SELECT id, state FROM $outbox WHERE tenant = ? AND {condition}", (tenant, *values))
    return {row["id"]: row["state"] for row in rows}


def _asked_of(command: SendTranscript) -> tuple[str, str, str, str]:
    """Whose conversation goes where, in which language."""
    return command.tenant, command.item, command.to, command.language


def confirm(crm: Crm, command: ConfirmTranscript, at: int) -> dict[str, Any]:
    """Put the transcript into the outbox that its reader was asked about, once. Raises Refused `not_found`."""
    # Whose it is stands behind the code, which is a secret.
    with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        found = confirmations.confirm(crm.db, cursor, command.code, at)
        id = sha256(f"confirmed/{found.id}".encode()).hexdigest()[:40]
        _insert(crm, cursor, id, found.tenant, found.item, found.address, found.language, "", 0, at)
    return {}


def _insert(
    crm: Crm,
    cursor: Any,
    id: str,
    tenant: str,
    item: str,
    address: str,
    language: str,
    by: str,
    digest: int,
    at: int,
    hold_ms: int = 0,
) -> None:
    crm.db.do(
        cursor,
        "INSERT INTO $outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, NULL) ON CONFLICT (id) DO NOTHING",
        (id, tenant, item, address, language, by, digest, at, at + hold_ms),
    )


def _over(crm: Crm, cursor: Any, command: SendTranscript) -> interactions.Interaction:
    """The conversation, which is over. Raises Refused."""
    found = interactions.whole(crm.db, cursor, crm.live(cursor), command.tenant, [command.item])
    if not found:
        raise Refused("not_found", "There is no such interaction.")
    (interaction,) = found
    if interaction.facts["ended_at"] is None and interaction.facts["stage"] != "closed":
        raise Refused("wrong_state", "The conversation is not over: send its transcript when it is.")
    if not any(line["seq"] is not None for line in interaction.lines):
        raise Refused("wrong_state", "Nothing was written in this conversation, so there is nothing to send.")
    if not interaction.participants:
        raise Refused("wrong_state", "No agent was in this conversation: there is no transcript of it to send.")
    return interaction


def _is_theirs(crm: Crm, cursor: Any, command: SendTranscript, contact: str | None) -> bool:
    """Whether the address is the contact's, or its owner has said yes."""
    if confirmations.is_confirmed(crm.db, cursor, command.tenant, command.item, command.to):
        return True
    if contact is None:
        return False
    generation = crm.live(cursor)
    same = contacts.person(crm.db, cursor, generation, command.tenant, contact)
    known = contacts.shown(crm.db, cursor, generation, command.tenant, same)
    return command.to.lower() in {address.lower() for each in known for address in each.emails}


def _check_pace(crm: Crm, cursor: Any, command: SendTranscript | SendLink, at: int, rules: Rules) -> None:
    """Whoever receives letters, or sends them, has had enough of them for now. Raises Refused `rate_limited`."""
    if not _is_paced(crm, cursor, command.tenant, command.to, at, rules):
        raise Refused("rate_limited", "So many letters were sent within the hour: wait an hour.", retry_after_s=3_600)


def _is_paced(crm: Crm, cursor: Any, tenant: str, address: str, at: int, rules: Rules) -> bool:
    # Who is known to two companies is sent no more than who is known to one.
    with crm.db.for_everybody(cursor, tenant):
        received = _within_the_hour(crm, cursor, "lower(address)", address.lower(), at)
    return received < rules.per_recipient and _within_the_hour(crm, cursor, "tenant", tenant, at) < rules.per_company


def _within_the_hour(crm: Crm, cursor: Any, column: str, value: str, at: int) -> int:
    # What agents write to customers is not counted: nobody can have it sent who is not in the company.
    text = f"SELECT count(*) AS letters FROM $outbox WHERE {column} = ? AND asked_at > ? AND id NOT LIKE ?"
    (row,) = crm.db.ask(cursor, text, (value, at - HOUR_MS, f"{mails.NAMED}%"))
    return int(row["letters"])


def take(crm: Crm, at: int) -> Letter | None:
    """The next letter that is due, for this process alone for a while; None where there is none."""
    db = crm.db
    with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
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


def hold(crm: Crm, letter: Letter, at: int) -> None:
    """Keep a letter that was taken, while the mail server takes its time; nothing where another process has taken it over."""
    with crm.transaction(write=True, tenant=letter.tenant) as cursor:
        text = "UPDATE $outbox SET due_at = ? WHERE id = ? AND tries = ? AND state = 'taken'"
        crm.db.do(cursor, text, (at + TAKEN_MS, letter.id, letter.tries))


def sending(crm: Crm, letter: Letter, at: int) -> bool:
    """Note that the message goes out now; False when another process has taken the letter over."""
    return _settle(crm, letter, "taken", "sending", at + SENDING_MS, None)


def settle(crm: Crm, letter: Letter, state: str, reason: str | None, at: int) -> None:
    """Note how it ended: `sent`, `failed`, `unknown`, or `waiting` to try again after a growing pause (`failed` when that
    has gone on for two days)."""
    if state == "waiting" and at - letter.asked_at > GIVE_UP_MS:
        state = "failed"
    pause = min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS * 4 ** min(letter.tries - 1, 10))
    _settle(crm, letter, None, state, at + pause, reason)
    if state != "waiting":
        with crm.transaction(write=True, tenant=letter.tenant) as cursor:
            links.forget(crm.db, cursor, letter.id)


def _settle(crm: Crm, letter: Letter, was: str | None, state: str, due_at: int, reason: str | None) -> bool:
    condition = "state IN ('taken', 'sending')" if was is None else "state = 'taken'"
    with crm.transaction(write=True, tenant=letter.tenant) as cursor:
        rows = crm.db.ask(
            cursor,
            f"UPDATE $outbox SET state = ?, due_at = ?, reason = ? WHERE id = ? AND tries = ? AND {condition} RETURNING id",
            (state, due_at, reason, letter.id, letter.tries),
        )
        return bool(rows)


def states(crm: Crm) -> dict[str, int]:
    """How many letters are in which state."""
    with crm.transaction(write=False, tenant=EVERYBODY) as cursor:
        rows = crm.db.ask(cursor, "SELECT state, count(*) AS letters FROM $outbox GROUP BY state")
        return {row["state"]: int(row["letters"]) for row in rows}
