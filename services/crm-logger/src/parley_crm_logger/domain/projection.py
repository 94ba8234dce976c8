"""From what happened to rows: each event adds lines to a transcript, or sets facts of an interaction (R25) or of a contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from parley_contracts import chat_events as ce
from parley_contracts import work_events as w
from parley_contracts.shapes import Said

from .events import (
    Linked,
    MailboxRemoved,
    MailboxSet,
    MailReceived,
    MailWithdrawn,
    MailWritten,
    Recorded,
    contact_of,
    item_of,
    mailbox_of,
)
from .mails import seq_of

VERSION = 3
"""Of what events come to. It is raised when the same events come to other rows: by a change here, in `folding.py`, in
`stemming.py`, or in how rows are written. Columns count by themselves (`PROJECTION` in `schema.py`)."""


BEYOND_THE_FLOOR = 1 << 40
"""Answers to an e-mail have numbers of their own among its lines, behind those that are an event of the floor."""


class Line(NamedTuple):
    """One line of a transcript; `seq` None is an internal note, that the visitor never saw."""

    tenant: str
    item: str
    n: int
    seq: int | None
    at: int
    author: str
    agent: str | None
    name: str | None
    text: str


class Participant(NamedTuple):
    """An agent who handled the item; `since` the first time."""

    tenant: str
    item: str
    agent: str
    name: str
    since: int


class MailRow(NamedTuple):
    """By what a mail is found: `addresses` of those at the other end, in small letters; `hash` of one that came in; `agent` who wrote it."""

    tenant: str
    item: str
    n: int
    mail: str
    message_id: str
    addresses: str
    mailbox: str | None
    hash: str | None
    agent: str | None


class ThreadRow(NamedTuple):
    """To which conversation an item belongs, by the name of the conversation's first item; `since` orders its items."""

    tenant: str
    item: str
    thread: str
    since: int


Facts = dict[str, Any]
ItemSaid = ce.ChatSaid | w.WorkSaid


class Rows:
    """What a batch of events comes to, merged by interaction."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.participants: list[Participant] = []
        self.facts: dict[tuple[str, str], Facts] = {}
        self.contacts: dict[tuple[str, str], list[Recorded]] = {}
        self.withdrawn: list[tuple[str, str, int]] = []
        """Lines that are none any more, by tenant, item and `n`."""
        self.mails: list[MailRow] = []
        self.threads: list[ThreadRow] = []
        self.mailboxes: dict[tuple[str, str], MailboxSet | MailboxRemoved] = {}
        self.named_by_sources: set[tuple[str, str]] = set()
        """The items among them that are no chats: a telephone system names them itself, and may use a name again."""

    def set(self, event: ItemSaid, **facts: Any) -> None:
        """These facts of the interaction are so from now on."""
        self.facts.setdefault(key_of(event), {}).update(facts)
        if isinstance(event, w.WorkSaid):
            self.named_by_sources.add(key_of(event))

    def write(self, event: ce.ChatSaid, author: str, agent: str | None, name: str | None, text: str) -> None:
        """A line that the visitor saw."""
        self.lines.append(Line(*key_of(event), event.n, event.seq, event.at, author, agent, name, text))

    def note(self, event: ItemSaid, agent: str | None, name: str | None, text: str) -> None:
        """A line that the visitor never saw."""
        self.lines.append(Line(*key_of(event), _number(event), None, event.at, "note", agent, name, text))
        if isinstance(event, w.WorkSaid):
            self.named_by_sources.add(key_of(event))


def project(events: Iterable[Said | Recorded]) -> Rows:
    """The rows of these events, in their order."""
    rows = Rows()
    for event in events:
        if isinstance(event, Recorded):
            _project_recorded(event, rows)
        else:
            _project(event, rows)
    return rows


def _project_recorded(recorded: Recorded, rows: Rows) -> None:
    item, contact = item_of(recorded.stream), contact_of(recorded.stream)
    if item is not None and isinstance(recorded.event, Linked):
        rows.facts.setdefault(item, {})["contact"] = recorded.event.contact
    elif item is not None and isinstance(recorded.event, MailWritten | MailReceived):
        _project_mail(item, recorded.event, recorded.version, rows)
    elif item is not None and isinstance(recorded.event, MailWithdrawn):
        rows.withdrawn.append((*item, BEYOND_THE_FLOOR + recorded.event.answer))
    elif (mailbox := mailbox_of(recorded.stream)) is not None and isinstance(
        recorded.event, MailboxSet | MailboxRemoved
    ):
        rows.mailboxes[mailbox] = recorded.event
    elif contact is not None:
        rows.contacts.setdefault(contact, []).append(recorded)


def _project_mail(item: tuple[str, str], mail: MailWritten | MailReceived, place: int, rows: Rows) -> None:
    """A line of the transcript, and by what other mails find it. An item that begins with a mail of its own has no other first line."""
    tenant, name = item
    seq, n = seq_of(mail, place), BEYOND_THE_FLOOR + place
    if isinstance(mail, MailWritten):
        rows.lines.append(Line(tenant, name, n, seq, mail.at, "agent", mail.agent, mail.name, mail.text))
        others = " ".join(dict.fromkeys(each.lower() for each in (mail.to, *mail.cc)))
        rows.mails.append(MailRow(tenant, name, n, mail.mail, "", others, mail.mailbox, None, mail.agent))
        rows.threads.append(ThreadRow(tenant, name, mail.thread or name, mail.at))
        return
    rows.lines.append(Line(tenant, name, n, seq, mail.at, "visitor", None, mail.sender or None, mail.text))
    rows.mails.append(
        MailRow(tenant, name, n, mail.mail, mail.message_id, mail.address.lower(), mail.mailbox, mail.original, None)
    )
    for each in filter(None, (name, mail.otherwise)):
        rows.threads.append(ThreadRow(tenant, each, mail.thread, mail.at))


def _project(event: Said, rows: Rows) -> None:
    """A chat's events come from the session; those of calls, e-mails and tasks from the router, and mean the same (R25)."""
    match event:
        case ce.ChatMessagePosted():
            rows.write(event, event.author, event.agent, event.name, event.text)
        case ce.ChatNoteAdded() | w.WorkNoted():
            rows.note(event, event.agent, event.name, event.text)
        case ce.ChatRequested():
            rows.set(
                event,
                kind="chat",
                queue=event.queue,
                service=event.service,
                started_at=event.at,
                name=event.name,
                language=event.language,
                page=event.page,
                contact=event.contact,
                previous=event.previous,
                consent=event.consent,
                stage="waiting",
            )
        case w.WorkQueued():
            _project_queued(event, rows)
        case w.WorkAssigned(kind="call") | w.WorkAnswered() | w.WorkKept():
            _project_call(event, rows)
        case ce.ChatAssigned() | w.WorkAssigned():
            rows.participants.append(Participant(*key_of(event), event.agent, event.name, event.at))
            rows.set(event, queue=event.queue, stage="conversation", agent=event.agent)
        case ce.ChatRequeued() | w.WorkRequeued():
            rows.set(event, queue=event.queue, stage="waiting")
        case ce.ChatTransferred() | w.WorkTransferred():
            rows.set(event, queue=event.queue, stage="waiting")
            if event.note is not None:
                rows.note(event, event.agent, None, event.note)
        case ce.ChatEnded():
            rows.set(event, ended_at=event.at, ended_by=event.ended_by)
        case ce.ChatRated():
            rows.set(event, score=event.score, comment=event.comment, rated_at=event.at)
        case ce.ChatWrapUpStarted():
            rows.set(event, stage="wrap_up")
        case w.WorkWrapUpStarted():
            rows.set(event, stage="wrap_up", ended_at=event.at)
        case ce.ChatIdentified() | w.WorkIdentified():
            rows.set(event, contact=event.contact)
        case ce.ChatClassified() | w.WorkClassified():
            rows.set(event, code=event.code, note=event.note)
        case ce.ChatClosed() | w.WorkClosed():
            times = {"wait_ms": event.wait_ms, "handle_ms": event.handle_ms, "wrap_up_ms": event.wrap_up_ms}
            rows.set(event, stage="closed", closed_at=event.at, outcome=event.outcome, **times)
            if isinstance(event, ce.ChatClosed):
                rows.set(event, interruptions=event.interruptions)
        case _:
            pass  # parked, resumed, lost, returned, extended: their times are in the timers that `closed` settles


def _project_queued(event: w.WorkQueued, rows: Rows) -> None:
    """What is no chat begins with all that it says."""
    facts = {"kind": event.kind, "queue": event.queue, "started_at": event.at, "stage": "waiting"}
    rows.set(event, **facts, name=event.name, subject=event.subject)
    if event.contact is not None:
        rows.set(event, contact=event.contact)
    if event.conversation is not None:
        rows.threads.append(ThreadRow(*key_of(event), event.conversation, event.at))
    if event.text is not None:
        rows.lines.append(Line(*key_of(event), 1, 1, event.at, "visitor", None, event.name, event.text))


def _project_call(event: w.WorkAssigned | w.WorkAnswered | w.WorkKept, rows: Rows) -> None:
    """While it rings, nobody has spoken: who answers it handles it (R25)."""
    match event:
        case w.WorkAssigned():
            rows.set(event, queue=event.queue, stage="conversation")
        case w.WorkAnswered():
            rows.participants.append(Participant(*key_of(event), event.agent, event.name or event.agent, event.at))
            rows.set(event, agent=event.agent)
        case w.WorkKept():
            rows.set(event, desk_lost_at=event.at)


def key_of(event: ItemSaid) -> tuple[str, str]:
    """The tenant and the item (a chat's is its chat)."""
    return event.tenant, event.chat if isinstance(event, ce.ChatSaid) else event.item


def _number(event: ItemSaid) -> int:
    """What orders an item's lines: the event's number in its stream."""
    return event.n if isinstance(event, ce.ChatSaid) else event.version
