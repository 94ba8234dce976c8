"""From what happened to rows: each event adds lines to a transcript, or sets facts of an interaction (R25) or of a contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from parley_contracts import chat_events as ce
from parley_contracts import work_events as w
from parley_contracts.shapes import Said

from .events import Linked, Recorded, contact_of, item_of


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


Facts = dict[str, Any]


class Rows:
    """What a batch of events comes to, merged by interaction."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.participants: list[Participant] = []
        self.facts: dict[tuple[str, str], Facts] = {}
        self.contacts: dict[tuple[str, str], list[Recorded]] = {}

    def set(self, event: ce.ChatSaid | w.WorkSaid, **facts: Any) -> None:
        """These facts of the interaction are so from now on."""
        item = event.chat if isinstance(event, ce.ChatSaid) else event.item
        self.facts.setdefault((event.tenant, item), {}).update(facts)


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
    elif contact is not None:
        rows.contacts.setdefault(contact, []).append(recorded)


def _project(event: Said, rows: Rows) -> None:
    if isinstance(event, w.WorkSaid):
        _project_work(event, rows)
        return
    match event:
        case ce.ChatMessagePosted():
            rows.lines.append(
                Line(
                    event.tenant,
                    event.chat,
                    event.n,
                    event.seq,
                    event.at,
                    event.author,
                    event.agent,
                    event.name,
                    event.text,
                )
            )
        case ce.ChatNoteAdded():
            rows.lines.append(
                Line(event.tenant, event.chat, event.n, None, event.at, "note", event.agent, event.name, event.text)
            )
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
        case ce.ChatAssigned():
            rows.participants.append(Participant(event.tenant, event.chat, event.agent, event.name, event.at))
            rows.set(event, queue=event.queue, stage="conversation", agent=event.agent)
        case ce.ChatRequeued():
            rows.set(event, queue=event.queue, stage="waiting")
        case ce.ChatTransferred():
            rows.set(event, queue=event.queue, stage="waiting")
            if event.note is not None:
                rows.lines.append(
                    Line(event.tenant, event.chat, event.n, None, event.at, "note", event.agent, None, event.note)
                )
        case ce.ChatEnded():
            rows.set(event, ended_at=event.at, ended_by=event.by)
        case ce.ChatRated():
            rows.set(event, score=event.score, comment=event.comment, rated_at=event.at)
        case ce.ChatWrapUpStarted():
            rows.set(event, stage="wrap_up")
        case ce.ChatIdentified():
            rows.set(event, contact=event.contact)
        case ce.ChatClassified():
            rows.set(event, code=event.code, note=event.note)
        case ce.ChatClosed():
            rows.set(
                event,
                stage="closed",
                closed_at=event.at,
                outcome=event.outcome,
                wait_ms=event.wait_ms,
                handle_ms=event.handle_ms,
                wrap_up_ms=event.wrap_up_ms,
                interruptions=event.interruptions,
            )
        case _:
            pass  # parked, resumed, lost, returned, extended: their times are in the timers that `closed` settles


def _project_work(event: w.WorkSaid, rows: Rows) -> None:
    """Calls, e-mails and tasks: an interaction whose only lines are an e-mail's text and notes (R25)."""
    match event:
        case w.WorkQueued():
            facts = {"kind": event.kind, "queue": event.queue, "started_at": event.at, "stage": "waiting"}
            rows.set(event, **facts, name=event.name, subject=event.subject)
            if event.text is not None:
                rows.lines.append(
                    Line(event.tenant, event.item, 1, 1, event.at, "visitor", None, event.name, event.text)
                )
        case w.WorkAssigned():
            rows.participants.append(Participant(event.tenant, event.item, event.agent, event.name, event.at))
            rows.set(event, queue=event.queue, stage="conversation", agent=event.agent)
        case w.WorkRequeued():
            rows.set(event, queue=event.queue, stage="waiting")
        case w.WorkTransferred():
            rows.set(event, queue=event.queue, stage="waiting")
            if event.note is not None:
                rows.lines.append(
                    Line(event.tenant, event.item, event.version, None, event.at, "note", event.agent, None, event.note)
                )
        case w.WorkWrapUpStarted():
            rows.set(event, stage="wrap_up", ended_at=event.at)
        case w.WorkIdentified():
            rows.set(event, contact=event.contact)
        case w.WorkClassified():
            rows.set(event, code=event.code, note=event.note)
        case w.WorkClosed():
            times = {"wait_ms": event.wait_ms, "handle_ms": event.handle_ms, "wrap_up_ms": event.wrap_up_ms}
            rows.set(event, stage="closed", closed_at=event.at, outcome=event.outcome, **times)
        case _:
            pass  # parked, resumed, extended: their times are in the timers that `closed` settles
