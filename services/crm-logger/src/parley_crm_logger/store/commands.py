"""Commands for contacts, links and identities: read, decided, logged and written to the live tables in one transaction, so
that an answer means stored, and whoever reads next sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from parley_chassis.journal import Journal
from parley_chassis.store import Stale
from parley_contracts.contacts import (
    AnswerMail,
    ContactCommand,
    IdentifyVisitor,
    ImportContacts,
    ImportRow,
    LinkInteraction,
    MergeContact,
    PutContact,
    WithdrawMail,
)
from parley_contracts.instant import rfc3339
from parley_contracts.mails import MOST_MAILBOXES, PutMailbox, RemoveMailbox, SetMasking
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command

from ..domain import contacts as of_contacts
from ..domain import links, mailboxes, mails
from ..domain.events import (
    EVENTS,
    AttachedFile,
    Fields,
    Happened,
    MailWritten,
    Recorded,
    contact_stream,
    identity_stream,
    link_stream,
    mail_stream,
    mailbox_stream,
)
from ..domain.once import is_done, mark, version_of
from ..domain.persons import own_part, together, without
from . import contacts, drafts, interactions, outbox, uploads
from . import mails as kept_mails
from .crm import Crm
from .reading import with_persons

JOURNAL = Journal(EVENTS)
SOURCE = "crm-logger.contacts"
"""The name under which a generation keeps how far it has taken the contacts' log."""
TRIES = 3

State = TypeVar("State")
Answer = dict[str, Any]
CHANGES = (
    ContactCommand,
    ImportContacts,
    LinkInteraction,
    IdentifyVisitor,
    AnswerMail,
    WithdrawMail,
    PutMailbox,
    RemoveMailbox,
    SetMasking,
)


def carry_out(crm: Crm, command: Command, at: int, hold_ms: int = 0) -> Answer:
    """What a command led to, as its ack says it; `at` in milliseconds since 1970, `hold_ms`: how long an answer to an e-mail
    waits before it goes out. Raises Refused, StoreDown."""
    for _ in range(TRIES - 1):
        try:
            return _Turn.of(crm, command, at, hold_ms)
        except Stale:
            continue
    return _Turn.of(crm, command, at, hold_ms)


class _Turn:
    """One command's transaction. Nobody else decides meanwhile: what is read stays so until it is written."""

    def __init__(self, crm: Crm, cursor: Any, at: int, hold_ms: int) -> None:
        self._crm, self._cursor, self._at, self._hold_ms = crm, cursor, at, hold_ms
        self._generation = crm.live(cursor, crm.db.lock)
        crm.db.lock_log(cursor)

    @classmethod
    def of(cls, crm: Crm, command: Command, at: int, hold_ms: int) -> Answer:
        with crm.transaction(write=True, tenant=command.tenant) as cursor:
            return cls(crm, cursor, at, hold_ms)._answer(command)

    def _answer(self, command: Command) -> Answer:
        match command:
            case ContactCommand():
                return self._contact(command)
            case ImportContacts():
                return self._import(command)
            case LinkInteraction():
                return self._link(command)
            case IdentifyVisitor():
                return self._identify(command)
            case AnswerMail():
                return self._answer_mail(command)
            case WithdrawMail():
                return self._withdraw_mail(command)
            case PutMailbox():
                return self._put_mailbox(command)
            case RemoveMailbox():
                return self._remove_mailbox(command)
            case SetMasking():
                return self._set_masking(command)
            case _:
                raise TypeError(f"{type(command).__name__} is no command for contacts")

    # --- what is decided ----------------------------------------------------------------------------------------------

    def _contact(self, command: ContactCommand) -> Answer:
        stream = contact_stream(command.tenant, command.contact)
        state = self._fold(stream, of_contacts.Contact(), of_contacts.evolve)
        chain = self._chain(command.tenant, command.into) if isinstance(command, MergeContact) else []
        own, others = None, dict[str, Fields]()
        if isinstance(command, PutContact) and state.fields is not None and not is_done(state.done, command):
            merged = self._merged(command.tenant, [command.contact]).get(command.contact, {})
            fields = of_contacts.checked(command.fields)
            own = own_part(fields, state.fields, list(merged.values()))
            others = without(fields, state.fields, merged)
        happened = of_contacts.decide(state, command, self._at, chain, own, beside=bool(others))
        recorded = _recorded(stream, state.version, happened)
        marks = mark(command, self._at)
        for name, fields in others.items():
            its_stream = contact_stream(command.tenant, name)
            its = self._fold(its_stream, of_contacts.Contact(), of_contacts.evolve)
            recorded += _recorded(its_stream, its.version, of_contacts.put_row(its, marks, fields))
        self._write(recorded)
        after = _folded(state, happened, of_contacts.evolve)
        return {"contact": command.contact, "version": version_of(after.done, command, after.version)}

    def _import(self, command: ImportContacts) -> Answer:
        streams = {row.contact: contact_stream(command.tenant, row.contact) for row in command.rows}
        states = self._fold_all(list(streams.values()), of_contacts.Contact(), of_contacts.evolve)
        merged = self._merged(command.tenant, list(streams))
        marks, recorded, problems = mark(command, self._at), list[Recorded](), list[Answer]()
        kept = dict[str, None]()
        for row in command.rows:
            stream = streams[row.contact]
            state = states[stream]
            try:
                fields = _of_row(row, state, list(merged.get(row.contact, {}).values()))
                happened = of_contacts.put_row(state, marks, fields)
            except Refused as refusal:
                problems.append({"line": row.line, "message": refusal.message})
                continue
            recorded += _recorded(stream, state.version, happened)
            states[stream] = _folded(state, happened, of_contacts.evolve)
            kept[stream] = None
        self._write(recorded)
        outcomes = [of_contacts.outcome_of_row(states[stream], marks) for stream in kept]
        counts = {outcome: outcomes.count(outcome) for outcome in ("created", "changed", "same")}
        return {**counts, "problems": problems} if problems else counts

    def _link(self, command: LinkInteraction) -> Answer:
        stream = link_stream(command.tenant, command.item)
        state = self._fold(stream, links.Link(), links.evolve_link)
        tables = (self._crm.db, self._cursor, self._generation, command.tenant)
        now = interactions.link_state(*tables, command.item, with_persons(*tables, command.reader))
        known = command.contact is None or bool(self._chain(command.tenant, command.contact))
        happened = links.link(state, command, self._at, now, known)
        self._write(_recorded(stream, state.version, happened))
        return {"item": command.item, "contact": command.contact}

    def _identify(self, command: IdentifyVisitor) -> Answer:
        stream = identity_stream(command.tenant, command.service, command.subject)
        state = self._fold(stream, links.Identity(), links.evolve_identity)
        name = state.contact or links.name_for(command)
        its_stream = contact_stream(command.tenant, name)
        contact = self._fold(its_stream, of_contacts.Contact(), of_contacts.evolve)
        used, created = links.identify(state, contact, command, self._at)
        self._write(
            [*_recorded(stream, state.version, used), *_recorded(its_stream, contact.version, created)],
        )
        return {"contact": name}

    def _answer_mail(self, command: AnswerMail) -> Answer:
        """The answer is in the log and in the outbox, or in neither."""
        stream = mail_stream(command.tenant, command.item)
        state = self._fold(stream, mails.Mails(), mails.evolve_mails)
        tables = (self._crm.db, self._cursor, self._generation, command.tenant)
        about = kept_mails.conversation(tables, command.item, command.queue_now, command.conversation_now)
        files: tuple[AttachedFile, ...] = ()
        if command.attachments and not is_done(state.done, command):
            agent = (command.sender.user or "") if command.sender is not None else ""
            files = uploads.files(self._crm.db, self._cursor, command.tenant, agent, command.attachments)
        forwarded = None if command.forward is None else kept_mails.entry(tables, command.item, state, command.forward)
        written = mails.answer(state, command, self._at, about, files, forwarded)
        self._write(_recorded(stream, state.version, written))
        for each in written:
            outbox.put_answer(self._crm, self._cursor, command, each, self._hold_ms)
            drafts.forget(self._crm.db, self._cursor, command.tenant, [command.item])
        after = _folded(state, written, mails.evolve_mails)
        place = version_of(after.done, command, after.version)
        mail = after.all[place - 1]
        seq = mails.seq_of(mail, place) if isinstance(mail, MailWritten) else place
        return {"item": command.item, "seq": seq, "at": rfc3339(mail.at)}

    def _withdraw_mail(self, command: WithdrawMail) -> Answer:
        """It is out of the outbox, in the log, and a draft again, or nothing of it."""
        tables = (self._crm.db, self._cursor)
        stream = mail_stream(command.tenant, command.item)
        state = self._fold(stream, mails.Mails(), mails.evolve_mails)
        withdrawn = mails.withdraw(state, command, self._at)
        found = state.answer(command.seq)
        text = found[1].said if found is not None else ""
        for each in withdrawn:
            if not outbox.withdraw(*tables, command.tenant, each.mail):
                raise mails.too_late()
            text = drafts.put_back(*tables, command.tenant, command.item, text, each.agent or "", self._at)
        self._write(_recorded(stream, state.version, withdrawn))
        return {"item": command.item, "seq": command.seq, "text": text}

    def _put_mailbox(self, command: PutMailbox) -> Answer:
        stream = mailbox_stream(command.tenant, command.mailbox)
        state = self._fold(stream, mailboxes.Kept(), mailboxes.evolve_mailbox)
        tables = (self._crm.db, self._cursor, self._generation, command.tenant)
        happened = mailboxes.put(state, command, self._at)
        others = [each for each in kept_mails.mailboxes(tables) if each.mailbox != command.mailbox]
        if happened and any(each.address.lower() == command.settings.address.lower() for each in others):
            raise Refused("conflict", f"Another mailbox has the address {command.settings.address}.")
        if happened and len(others) >= MOST_MAILBOXES:
            raise Refused("too_long", f"There are {MOST_MAILBOXES} mailboxes: remove one first.")
        self._write(_recorded(stream, state.version, happened))
        return {"mailbox": command.mailbox}

    def _set_masking(self, command: SetMasking) -> Answer:
        tables = (self._crm.db, self._cursor, self._generation, command.tenant)
        for row in kept_mails.mailboxes(tables):
            stream = mailbox_stream(command.tenant, row.mailbox)
            state = self._fold(stream, mailboxes.Kept(), mailboxes.evolve_mailbox)
            self._write(_recorded(stream, state.version, mailboxes.masking(state, command, self._at)))
        return {}

    def _remove_mailbox(self, command: RemoveMailbox) -> Answer:
        stream = mailbox_stream(command.tenant, command.mailbox)
        state = self._fold(stream, mailboxes.Kept(), mailboxes.evolve_mailbox)
        tables = (self._crm.db, self._cursor, self._generation, command.tenant)
        there = bool(kept_mails.mailboxes(tables, command.mailbox))
        self._write(_recorded(stream, state.version, mailboxes.remove(state, command, self._at, there)))
        return {"mailbox": command.mailbox}

    # --- what is read and written -------------------------------------------------------------------------------------

    def _merged(self, tenant: str, names: Sequence[str]) -> dict[str, dict[str, Fields]]:
        """Of each contact: those that are merged into it, with their fields."""
        tables = (self._crm.db, self._cursor, self._generation, tenant)
        below = contacts.downwards(*tables, list(dict.fromkeys(names)))
        rows = contacts.by_name(*tables, sorted({name for found in below.values() for name in found}))
        return {name: {each: contacts.fields_of(rows[each]) for each in found} for name, found in below.items()}

    def _chain(self, tenant: str, contact: str) -> list[str]:
        found = contacts.upwards(self._crm.db, self._cursor, self._generation, tenant, [contact])
        return found.get(contact, [])

    def _fold(self, stream: str, state: State, evolve: Callable[[State, Happened], State]) -> State:
        return self._fold_all([stream], state, evolve)[stream]

    def _fold_all(
        self, streams: Sequence[str], state: State, evolve: Callable[[State, Happened], State]
    ) -> dict[str, State]:
        states = dict.fromkeys(streams, state)
        for stored in self._crm.db.streams(self._cursor, streams):
            stream = str(stored.originator_id)
            states[stream] = evolve(states[stream], JOURNAL.event(stored.topic, bytes(stored.state)))
        return states

    def _write(self, recorded: Sequence[Recorded]) -> None:
        if not recorded:
            return
        stored = [JOURNAL.stored(each.stream, each.version, each.event) for each in recorded]
        positions = self._crm.db.append(self._cursor, stored)
        self._crm.advance(self._cursor, self._generation, {SOURCE: max(positions)})
        self._crm.write(self._cursor, self._generation, recorded)


def _recorded(stream: str, version: int, happened: Sequence[Happened]) -> list[Recorded]:
    return [Recorded(stream, version + number, event) for number, event in enumerate(happened, 1)]


def _folded(state: State, happened: Sequence[Happened], evolve: Callable[[State, Happened], State]) -> State:
    for event in happened:
        state = evolve(state, event)
    return state


def _of_row(row: ImportRow, state: of_contacts.Contact, merged: list[Fields]) -> Fields:
    """What of a row is the contact's own. An export has everything of those that are merged into it, a file of another program nothing of
    them: neither takes anything from them. Raises Refused."""
    fields = of_contacts.checked(row.fields)
    if state.fields is None:
        return fields
    unsaid = (*row.unsaid, *(["numbers"] if "phones" in row.unsaid else []))
    stays = together(state.fields, merged)
    kept = {name: getattr(stays, name) for name in unsaid if name in Fields.__struct_fields__}
    return own_part(msgspec.structs.replace(fields, **kept), state.fields, merged)
