"""Mails, conversations and mailboxes: what is written of them, and where a mail that comes in belongs (R3, R35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from parley_chassis.journal import Journal
from parley_contracts import contact_values as judge
from parley_contracts.refusal import Refused

from ..domain import receipts
from ..domain.arriving import Known
from ..domain.events import EVENTS, MailboxSet, MailReceived, mail_stream
from ..domain.forwarding import Forwarded
from ..domain.mails import NAMED, Conversation, Mails, evolve_mails
from ..domain.projection import MailRow, Rows, ThreadRow
from . import interactions
from .database import Database

_JOURNAL = Journal(EVENTS)
MOST_ITEMS = 50
"""Of one conversation, the newest, that a mail may go on with or that are shown."""

Tables = tuple[Database, Any, int, str]
"""The database, a cursor, the live generation, the tenant."""


def write(db: Database, cursor: Any, generation: int, rows: Rows) -> None:
    """What events come to."""
    if rows.mails:
        db.insert(cursor, f"mails_{generation}", MailRow._fields, rows.mails)
    if rows.threads:
        db.insert(cursor, f"threads_{generation}", ThreadRow._fields, rows.threads)
    for (tenant, mailbox), event in rows.mailboxes.items():
        db.do(cursor, f"DELETE FROM $mailboxes_{generation} WHERE tenant = ? AND mailbox = ?", (tenant, mailbox))
        if isinstance(event, MailboxSet):
            values = [event.address, event.queue, event.name, event.url, event.sealed, " ".join(event.mask)]
            columns = ("tenant", "mailbox", "address", "queue", "name", "url", "sealed", "mask", "enabled")
            db.insert(cursor, f"mailboxes_{generation}", columns, [(tenant, mailbox, *values, int(event.enabled))])


def of_item(db: Database, cursor: Any, tenant: str, item: str) -> Mails:
    """The mails of an item, as the log holds them."""
    return of_items(db, cursor, tenant, [item])[item]


def of_items(db: Database, cursor: Any, tenant: str, items: Sequence[str]) -> dict[str, Mails]:
    """The same of several."""
    found = {mail_stream(tenant, item): Mails() for item in items}
    for stored in db.streams(cursor, list(found)):
        stream = str(stored.originator_id)
        found[stream] = evolve_mails(found[stream], _JOURNAL.event(stored.topic, bytes(stored.state)))
    return {item: found[mail_stream(tenant, item)] for item in items}


# --- conversations ---------------------------------------------------------------------------------------------------


def thread_of(tables: Tables, item: str) -> str:
    """The conversation of an item: itself, where it is the first."""
    db, cursor, generation, tenant = tables
    text = f"SELECT thread FROM $threads_{generation} WHERE tenant = ? AND item = ?"
    rows = db.ask(cursor, text, (tenant, item))
    return str(rows[0]["thread"]) if rows else item


def items_of(tables: Tables, thread: str) -> list[str]:
    """The items of a conversation, the newest last, at most so many."""
    db, cursor, generation, tenant = tables
    text = f"SELECT item FROM $threads_{generation} WHERE tenant = ? AND thread = ? ORDER BY since DESC, item DESC LIMIT {MOST_ITEMS}"
    found = [str(row["item"]) for row in db.ask(cursor, text, (tenant, thread))]
    return [*([] if thread in found else [thread]), *reversed(found)]


def named_by(tables: Tables, ids: Sequence[str]) -> Known | None:
    """The conversation of the first of these Message-IDs that is known: one of ours begins with the mail's own name."""
    db, cursor, generation, tenant = tables
    ours = {each: each[1:].partition("@")[0] for each in ids if each.startswith(f"<{NAMED}")}
    item: str | None = None
    for id in ids:
        if (receipted := receipts.item_of(id)) is not None and interactions.whole(
            *tables, [receipted], interactions.NO_LINES
        ):
            item = receipted
            break
        column, value = ("mail", ours[id]) if id in ours else ("message_id", id)
        text = f"SELECT item FROM $mails_{generation} WHERE tenant = ? AND {column} = ? ORDER BY item LIMIT 1"
        rows = db.ask(cursor, text, (tenant, value))
        if rows:
            item = str(rows[0]["item"])
            break
    if item is None:
        return None
    thread = thread_of(tables, item)
    items = items_of(tables, thread)
    among, values = db.among("item", items)
    rows = db.ask(
        cursor,
        f"SELECT item, addresses, agent FROM $mails_{generation} WHERE tenant = ? AND {among} ORDER BY n",
        (tenant, *values),
    )
    others = {address for row in rows for address in row["addresses"].split()}
    heard = {each.facts["item"]: each.facts for each in interactions.whole(*tables, items, interactions.NO_LINES)}
    begun = [judge.address_in(facts["name"]) for facts in heard.values()]  # who left the message that began it
    others |= {address.lower() for address in begun if address is not None}
    newest = _newest(heard, items)
    agents = [row["agent"] for row in rows if row["item"] == newest.item and row["agent"]]
    last_agent = agents[-1] if agents else newest.agent
    return Known(newest.item, thread, newest.is_open, last_agent, newest.contact, frozenset(others))


class _Newest(NamedTuple):
    item: str
    is_open: bool
    agent: str | None
    contact: str | None


def _newest(heard: dict[str, dict[str, Any]], items: Sequence[str]) -> _Newest:
    """The newest of a conversation's items that the record has heard of. What it has not heard of yet is open: the floor knows better, and is asked."""
    for item in reversed(items):
        if (facts := heard.get(item)) is not None:
            return _Newest(item, facts["stage"] != "closed", facts["agent"], facts["contact"])
    return _Newest(items[-1], True, None, None)


def conversation(tables: Tables, item: str, queue: str | None, begun: str | None = None) -> Conversation:
    """What an item belongs to: the newest mail that came in, and the mailbox that answers come from: the one that it came into, or its queue's.
    `begun`: the conversation that its agent has begun it with, of which the tables may not have heard."""
    db, cursor, generation, tenant = tables
    thread = begun or thread_of(tables, item)
    every = of_items(db, cursor, tenant, items_of(tables, thread))
    received = [mail for mails in every.values() for mail in mails.all if isinstance(mail, MailReceived)]
    newest = max(received, key=lambda mail: mail.at, default=None)
    mailbox = newest.mailbox if newest is not None else None
    if mailbox is None and queue is not None:
        text = f"SELECT mailbox FROM $mailboxes_{generation} WHERE tenant = ? AND queue = ? AND enabled = 1 ORDER BY mailbox LIMIT 1"
        mailbox = next((str(row["mailbox"]) for row in db.ask(cursor, text, (tenant, queue))), None)
    return Conversation(thread, newest, mailbox)


def entry(tables: Tables, item: str, mails: Mails, seq: int) -> Forwarded:
    """An entry of an item, to be handed on. Raises Refused `not_found`."""
    db, cursor, generation, tenant = tables
    found = dict(mails.numbered()).get(seq)
    if isinstance(found, MailReceived):
        text = "\n\n".join(filter(None, (found.text, found.quoted)))
        files = tuple(each for each in found.files if not each.inline)
        return Forwarded(found.sender, found.at, found.subject, found.to, text, files)
    if found is not None:
        return Forwarded(found.name or "", found.at, found.subject, (found.to,), found.text, found.files)
    text = f"SELECT at, name, text FROM $lines_{generation} WHERE tenant = ? AND item = ? AND seq = ?"
    rows = db.ask(cursor, text, (tenant, item, seq))
    if not rows:
        raise Refused("not_found", "There is no such entry to forward.")
    return Forwarded(rows[0]["name"] or "", int(rows[0]["at"]), "", (), rows[0]["text"])


# --- mailboxes -------------------------------------------------------------------------------------------------------


class MailboxRow(NamedTuple):
    """A mailbox as it is set; `sealed`: its password; `mask`: what is masked in its mails, with spaces between."""

    tenant: str
    mailbox: str
    address: str
    queue: str
    name: str
    url: str
    sealed: str
    mask: str
    enabled: int


def mailboxes(tables: Tables, mailbox: str | None = None) -> list[MailboxRow]:
    """A tenant's mailboxes, or the one of this name."""
    db, cursor, generation, tenant = tables
    where, values = ("AND mailbox = ?", (tenant, mailbox)) if mailbox is not None else ("", (tenant,))
    return _rows(db, cursor, generation, f"WHERE tenant = ? {where} ORDER BY mailbox", values)


def somebody_has(db: Database, cursor: Any, generation: int, original: str) -> bool:
    """Whether a mail of anybody's is this file."""
    text = f"SELECT item FROM $mails_{generation} WHERE hash = ? LIMIT 1"
    return bool(db.ask(cursor, text, (original,)))


def every_mailbox(db: Database, cursor: Any, generation: int) -> list[MailboxRow]:
    """All companies' mailboxes that are to be followed."""
    return _rows(db, cursor, generation, "WHERE enabled = 1 AND url <> '' ORDER BY tenant, mailbox", ())


def _rows(db: Database, cursor: Any, generation: int, where: str, values: Sequence[Any]) -> list[MailboxRow]:
    text = f"SELECT {', '.join(MailboxRow._fields)} FROM $mailboxes_{generation} {where}"
    return [MailboxRow(**{name: row[name] for name in MailboxRow._fields}) for row in db.ask(cursor, text, values)]
