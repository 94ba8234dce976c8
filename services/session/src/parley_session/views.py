"""A chat's events as entries: for the visitor what is theirs, for agents the internal facts beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley_contracts.showings import Entry

from .domain import events as e
from .domain.chat import Chat


def entry(chat: Chat, n: int, event: e.Happened, last_seq: int) -> Entry:
    """One event as it is shown; `last_seq` is the number of the last visible one up to it."""
    kind, fields, internal = _shown(chat, n, event)
    return Entry(
        tenant="",
        n=n,
        seq=event.seq,
        last_seq=last_seq,
        at=event.at,
        kind=kind,
        fields=fields,
        internal=internal,
    )


ASSIGNED = ("joined", "assigned")
"""The kinds of entries that give a chat to an agent."""


def entries(chat: Chat, after: int, beyond: int = 0) -> Iterator[Entry]:
    """The entries beyond the visible number `after`, with the internal ones from there on; of these, those beyond `beyond`."""
    last = 0
    for n, event in chat.history:
        if event.seq is not None:
            last = event.seq
        if n > beyond and (last > after or (event.seq is None and last == after)):
            yield entry(chat, n, event, last)


def assigned_at(chat: Chat) -> int:
    """The number of the entry before the one that gave the chat to its last agent; 0 where none did."""
    for n, event in reversed(chat.history):
        if _shown(chat, n, event)[0] in ASSIGNED:
            return n - 1
    return 0


def _shown(chat: Chat, n: int, event: e.Happened) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
    seen = event.seq is not None
    match event:
        case e.MessagePosted():
            fields = {"message": f"{chat.stream.partition('/')[2]}.{n}", "from": event.author, "text": event.text}
            if event.name is not None:
                fields["name"] = event.name
            return "message", fields, {"agent": event.agent} if event.agent else None
        case e.Requested():
            facts: dict[str, Any] = {"queue": event.queue, "service": event.service, "name": event.name}
            facts |= {"language": event.language, "page": event.page, "consent": event.consent}
            facts |= {"dropped": event.dropped or None}
            return "requested", {}, _present(**facts)
        case e.NoteAdded():
            return "note", {}, _present(agent=event.agent, name=event.name, text=event.text)
        case e.Assigned():
            internal = {"agent": event.agent, "queue": event.queue, "name": event.name}
            return ("joined", {"name": event.name}, internal) if seen else ("assigned", {}, internal)
        case e.Parked():
            internal = _present(agent=event.agent, why=event.why, interrupted_by=event.interrupted_by)
            reason = "call" if event.why == "call" else "parked"
            return ("paused", {"reason": reason}, internal) if seen else ("parked", {}, internal)
        case e.Resumed():
            return "resumed", {}, {"agent": event.agent, "why": event.why}
        case e.Requeued():
            return "requeued", {}, {"agent": event.agent, "queue": event.queue, "why": event.why}
        case e.Transferred():
            internal = _present(agent=event.agent, queue=event.queue, to_agent=event.to_agent, note=event.note)
            return "transferred", {}, internal
        case e.Ended():
            return "ended", {"by": event.ended_by}, _present(agent=event.agent)
        case e.Rated():
            return "rated", {}, _present(score=event.score, comment=event.comment)
        case e.VisitorLost():
            return "visitor_lost", {}, None
        case e.VisitorReturned():
            return "visitor_returned", {}, None
        case e.WrapUpStarted():
            return "wrap_up_started", {}, {"agent": event.agent, "limit_ms": event.limit_ms}
        case e.WrapUpExtended():
            return "wrap_up_extended", {}, {"agent": event.agent, "extension_ms": event.extension_ms}
        case e.Classified():
            return "classified", {}, _present(agent=event.agent, code=event.code, note=event.note)
        case e.Identified():
            return "identified", {}, {"agent": event.agent, "contact": event.contact}
        case e.Closed():
            return "closed", {}, {"outcome": event.outcome, "why": event.why}
        case _:
            return type(event).__name__, {}, None


def _present(**facts: Any) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
