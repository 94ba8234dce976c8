"""What follows from a command or an upstream event, given the chat: events, nothing (it is so already), or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_contracts import commands as c
from parley_contracts import work_events as w
from parley_contracts.once import told_before
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Sender
from parley_contracts.subject import subject_of
from parley_contracts.tables import Fields, same_named

from . import events as e
from .chat import Chat, size


def decide(chat: Chat, message: Message, at: int) -> list[e.Happened]:
    """The events that a message leads to; the chat is not changed.

    `at` is this process's time, never put before what has happened in the chat; an upstream event keeps its own.
    An empty list: it is so already. Raises Refused.
    """
    rule = RULES.get(type(message))
    if rule is None:
        raise TypeError(f"a chat has no rule for {message.type}")
    if not chat.exists and not isinstance(message, c.StartChat):
        raise Refused("not_found", "There is no such chat.")
    if isinstance(message, c.ChatCommand) and message.sender is not None:
        done = chat.commands.get(message.sender.key)
        if told_before(done.digest if done is not None else None, message):
            return []
    return rule(chat, message, max(at, chat.last_at))


# --- the conversation -------------------------------------------------------------------------------------------------


def _start(chat: Chat, command: c.StartChat, at: int) -> list[e.Happened]:
    if chat.exists:
        # By another id, or by this one within another connection: whoever asks now is a stranger to it.
        raise Refused(
            "conflict", "This id has begun a chat already: give each start an id of 22 random characters or more."
        )
    events: list[e.Happened] = [
        e.Requested(
            at=at,
            **_marks(command),
            service=command.service,
            queue=command.queue,
            priority=command.priority,
            name=command.name,
            language=command.language,
            page=command.page,
            absence_ms=command.absence_s * 1000,
            skills=command.skills,
            previous=command.previous,
            contact=command.contact,
            consent=command.consent,
            dropped=command.dropped,
            subject=subject_of(command.text) if command.text is not None else None,
        )
    ]
    if command.text is not None:
        events.append(e.MessagePosted(at=at, seq=1, author="visitor", name=command.name, text=command.text))
    return events


MOST_BYTES = 20_000_000
"""Of messages and notes in one chat: as many as people could write in days (R32)."""


def _fits(chat: Chat, text: str) -> None:
    if chat.written + size(text) > MOST_BYTES:
        raise Refused("too_long", "This chat is as long as a chat can be: end it, and start a new one.")


def _post(chat: Chat, command: c.PostMessage, at: int) -> list[e.Happened]:
    sender = _sender(command)
    if sender.role != "visitor":
        _may_write(chat, sender)
    if chat.ended_by is not None:
        raise Refused("wrong_state", "The chat has ended: start a new one.", why="over")
    _fits(chat, command.text)
    if sender.role == "visitor":
        unread = chat.unread + 1 if chat.activity in ("parked", "interrupted") else 0
        fields: dict[str, Any] = {"author": "visitor", "name": chat.name, "unread": unread}
    else:
        if chat.activity != "active":
            raise Refused("wrong_state", "The chat is parked: resume it, then write.", why="parked")
        touches = chat.reports_touch or command.touches
        fields = {"author": "agent", "agent": sender.user, "name": sender.name, "reports_touch": touches}
    return [e.MessagePosted(at=at, seq=chat.seq + 1, **_marks(command), text=command.text, **fields)]


def _note(chat: Chat, command: c.AddNote, at: int) -> list[e.Happened]:
    sender = _sender(command)
    _may_write(chat, sender)
    _fits(chat, command.text)
    return [e.NoteAdded(at=at, **_marks(command), agent=sender.user or "", name=sender.name, text=command.text)]


def _end(chat: Chat, command: c.EndChat, at: int) -> list[e.Happened]:
    sender = _sender(command)
    if sender.role != "visitor":
        _owned_by(chat, sender)
    if chat.ended_by is not None:
        return []
    ended_by = "visitor" if sender.role == "visitor" else "agent"
    return [e.Ended(at=at, seq=chat.seq + 1, **_marks(command), ended_by=ended_by, agent=sender.user)]  # type: ignore[arg-type]


def _rate(chat: Chat, command: c.RateChat, at: int) -> list[e.Happened]:
    """Only a conversation that there was and that is over; another rating is one more event, of which the last counts."""
    if not chat.is_over:
        raise Refused("wrong_state", "The conversation is still going on: rate it when it is over.")
    if not chat.joined:
        raise Refused("wrong_state", "No agent has joined this chat: there is nothing to rate.")
    return [e.Rated(at=at, **_marks(command), score=command.score, comment=command.comment)]


# --- the visitor's presence -------------------------------------------------------------------------------------------


def _watch(chat: Chat, command: c.WatchChat, at: int) -> list[e.Happened]:
    """R22: a visitor who connects again is back in the same chat, for as long as its secret opens it."""
    if command.secret_ms is not None and chat.is_over and at - chat.last_at > command.secret_ms:
        raise Refused("unauthorized", "This chat was over long ago, and cannot be opened any more: start a new one.")
    here = command.visitor and chat.absent_since is not None and chat.ended_by is None
    return [e.VisitorReturned(at=at)] if here else []


def _lose(chat: Chat, command: c.LoseVisitor, at: int) -> list[e.Happened]:
    """R22: from now on the visitor is away; the absence limit runs."""
    gone = chat.absent_since is None and chat.ended_by is None
    return [e.VisitorLost(at=at)] if gone else []


def _wake(chat: Chat, command: c.Wake, at: int) -> list[e.Happened]:
    """R22: after the absence limit the chat ends."""
    due = chat.absence_due
    return [e.Ended(at=at, seq=chat.seq + 1, ended_by="absence")] if due is not None and due <= at else []


# --- what the router decided ------------------------------------------------------------------------------------------


RECORDED: dict[type[w.WorkSaid], type[e.Happened]] = {
    w.WorkAssigned: e.Assigned,
    w.WorkParked: e.Parked,
    w.WorkResumed: e.Resumed,
    w.WorkRequeued: e.Requeued,
    w.WorkTransferred: e.Transferred,
    w.WorkWrapUpStarted: e.WrapUpStarted,
    w.WorkWrapUpExtended: e.WrapUpExtended,
    w.WorkClassified: e.Classified,
    w.WorkIdentified: e.Identified,
}
"""By what the router says, what the chat records of it: the fields of the same name, the router's time among them (R17)."""

SEEN = (e.Assigned, e.Parked, e.Resumed, e.Requeued, e.Transferred)
"""What the visitor sees of that, while there is a conversation to be seen."""

_RECORDS: dict[type[w.WorkSaid], tuple[type[e.Happened], Fields]] = {
    said: (event, same_named(said, event, ("seq", "command_key", "digest", "trace")))
    for said, event in RECORDED.items()
}


def _record(chat: Chat, said: w.WorkSaid, at: int) -> list[e.Happened]:
    event, fields = _RECORDS[type(said)]
    over = chat.ended_by is not None or chat.stage == "closed"
    return [event(seq=chat.seq + 1 if event in SEEN and not over else None, **fields(said))]


def _closed(chat: Chat, said: w.WorkClosed, at: int) -> list[e.Happened]:
    return [
        e.Closed(
            at=said.at,
            outcome=said.outcome,
            why=said.why,
            started_at=said.at if chat.started_at is None else chat.started_at,
            wait_ms=chat.wait.at(said.at),
            handle_ms=chat.handle.at(said.at),
            wrap_up_ms=chat.wrap_up.at(said.at),
            interruptions=chat.interruptions,
        )
    ]


def _nothing(chat: Chat, message: Message, at: int) -> list[e.Happened]:
    """The chat waits in its queue since it was requested; that the router has it now changes nothing here."""
    return []


RULES: dict[type[Message], Callable[[Chat, Any, int], list[e.Happened]]] = {
    c.StartChat: _start,
    c.PostMessage: _post,
    c.AddNote: _note,
    c.EndChat: _end,
    c.RateChat: _rate,
    c.WatchChat: _watch,
    c.LoseVisitor: _lose,
    c.Wake: _wake,
    w.WorkQueued: _nothing,
    **dict.fromkeys(RECORDED, _record),
    w.WorkClosed: _closed,
}


# --- words ------------------------------------------------------------------------------------------------------------


def _sender(command: c.ChatCommand) -> Sender:
    if command.sender is None:
        raise TypeError(f"{command.type} needs a sender")
    return command.sender


def _marks(command: c.ChatCommand) -> dict[str, Any]:
    return {"command_key": command.sender.key, "digest": command.digest()} if command.sender is not None else {}


def _may_write(chat: Chat, sender: Sender) -> None:
    """R36: beside the agent who has it, a supervisor may; whether they have joined it their gateway knows, and the floor has noted it. Raises Refused."""
    if sender.role != "supervisor" or chat.owner is None or chat.stage == "closed":
        _owned_by(chat, sender)


def _owned_by(chat: Chat, sender: Sender) -> None:
    if chat.stage == "closed":
        raise Refused("wrong_state", "The chat is closed.", why="closed")
    if chat.owner != sender.user:
        raise Refused("not_yours", "Another agent has it, or nobody: pick it first.")
