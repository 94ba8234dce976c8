"""What follows from a command or an upstream event, given the chat: events, nothing (it is so already), or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_contracts import commands as c
from parley_contracts import work_events as w
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Sender

from . import events as e
from .chat import Chat


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
        if done is not None:
            if done.digest != message.digest():
                raise Refused("conflict", "This id was used for another command: make a new id for each command.")
            return []
    return rule(chat, message, max(at, chat.last_at))


# --- the conversation -------------------------------------------------------------------------------------------------


def _start(chat: Chat, command: c.StartChat, at: int) -> list[e.Happened]:
    if chat.exists:
        raise Refused("wrong_state", "This chat has been started already: resume it.")
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
        )
    ]
    if command.text is not None:
        events.append(e.MessagePosted(at=at, seq=1, author="visitor", name=command.name, text=command.text))
    return events


def _post(chat: Chat, command: c.PostMessage, at: int) -> list[e.Happened]:
    sender = _sender(command)
    if sender.role != "visitor":
        _owned_by(chat, sender)
    if chat.ended_by is not None:
        raise Refused("wrong_state", "The chat has ended: start a new one.")
    if sender.role == "visitor":
        unread = chat.unread + 1 if chat.activity in ("parked", "interrupted") else 0
        fields: dict[str, Any] = {"author": "visitor", "name": chat.name, "unread": unread}
    else:
        if chat.activity != "active":
            raise Refused("wrong_state", "The chat is parked: resume it, then write.")
        fields = {"author": "agent", "agent": sender.user, "name": sender.name, "touched": chat.several}
    return [e.MessagePosted(at=at, seq=chat.seq + 1, **_marks(command), text=command.text, **fields)]


def _note(chat: Chat, command: c.AddNote, at: int) -> list[e.Happened]:
    sender = _sender(command)
    _owned_by(chat, sender)
    return [e.NoteAdded(at=at, **_marks(command), agent=sender.user or "", name=sender.name, text=command.text)]


def _end(chat: Chat, command: c.EndChat, at: int) -> list[e.Happened]:
    sender = _sender(command)
    if sender.role != "visitor":
        _owned_by(chat, sender)
    if chat.ended_by is not None:
        return []
    who = "visitor" if sender.role == "visitor" else "agent"
    return [e.Ended(at=at, seq=chat.seq + 1, **_marks(command), who=who, agent=sender.user)]  # type: ignore[arg-type]


def _rate(chat: Chat, command: c.RateChat, at: int) -> list[e.Happened]:
    """Only a conversation that there was and that is over; another rating is one more event, of which the last counts."""
    if not chat.is_over:
        raise Refused("wrong_state", "The conversation is still going on: rate it when it is over.")
    if not chat.joined:
        raise Refused("wrong_state", "No agent has joined this chat: there is nothing to rate.")
    return [e.Rated(at=at, **_marks(command), score=command.score, comment=command.comment)]


# --- the visitor's presence -------------------------------------------------------------------------------------------


def _watch(chat: Chat, command: c.WatchChat, at: int) -> list[e.Happened]:
    """R22: a visitor who connects again is back in the same chat."""
    here = command.visitor and chat.absent_since is not None and chat.ended_by is None
    return [e.VisitorReturned(at=at)] if here else []


def _lose(chat: Chat, command: c.LoseVisitor, at: int) -> list[e.Happened]:
    """R22: from now on the visitor is away; the absence limit runs."""
    gone = chat.absent_since is None and chat.ended_by is None
    return [e.VisitorLost(at=at)] if gone else []


def _wake(chat: Chat, command: c.Wake, at: int) -> list[e.Happened]:
    """R22: after the absence limit the chat ends."""
    due = chat.absence_due
    return [e.Ended(at=at, seq=chat.seq + 1, who="absence")] if due is not None and due <= at else []


# --- what the router decided ------------------------------------------------------------------------------------------


def _visible(chat: Chat) -> int | None:
    """The next number that the visitor sees, while there is a conversation to be seen."""
    return chat.seq + 1 if chat.ended_by is None and chat.stage != "closed" else None


def _assigned(chat: Chat, said: w.WorkAssigned, at: int) -> list[e.Happened]:
    return [
        e.Assigned(
            at=said.at,
            seq=_visible(chat),
            agent=said.agent,
            name=said.name,
            queue=said.queue,
            several=said.report_touch,
        )
    ]


def _parked(chat: Chat, said: w.WorkParked, at: int) -> list[e.Happened]:
    return [
        e.Parked(at=said.at, seq=_visible(chat), agent=said.agent, why=said.why, interrupted_by=said.interrupted_by)
    ]


def _resumed(chat: Chat, said: w.WorkResumed, at: int) -> list[e.Happened]:
    return [e.Resumed(at=said.at, seq=_visible(chat), agent=said.agent, why=said.why)]


def _requeued(chat: Chat, said: w.WorkRequeued, at: int) -> list[e.Happened]:
    return [e.Requeued(at=said.at, seq=_visible(chat), agent=said.agent, queue=said.queue, why=said.why)]


def _transferred(chat: Chat, said: w.WorkTransferred, at: int) -> list[e.Happened]:
    return [
        e.Transferred(
            at=said.at,
            seq=_visible(chat),
            agent=said.agent,
            queue=said.queue,
            to_agent=said.to_agent,
            note=said.note,
        )
    ]


def _wrap_up_started(chat: Chat, said: w.WorkWrapUpStarted, at: int) -> list[e.Happened]:
    return [e.WrapUpStarted(at=said.at, agent=said.agent, limit_ms=said.limit_ms, extensions=said.extensions)]


def _wrap_up_extended(chat: Chat, said: w.WorkWrapUpExtended, at: int) -> list[e.Happened]:
    return [e.WrapUpExtended(at=said.at, agent=said.agent, extension_ms=said.extension_ms)]


def _classified(chat: Chat, said: w.WorkClassified, at: int) -> list[e.Happened]:
    return [e.Classified(at=said.at, agent=said.agent, code=said.code, note=said.note)]


def _identified(chat: Chat, said: w.WorkIdentified, at: int) -> list[e.Happened]:
    return [e.Identified(at=said.at, agent=said.agent, contact=said.contact)]


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
    w.WorkAssigned: _assigned,
    w.WorkParked: _parked,
    w.WorkResumed: _resumed,
    w.WorkRequeued: _requeued,
    w.WorkTransferred: _transferred,
    w.WorkWrapUpStarted: _wrap_up_started,
    w.WorkWrapUpExtended: _wrap_up_extended,
    w.WorkClassified: _classified,
    w.WorkIdentified: _identified,
    w.WorkClosed: _closed,
}


# --- words ------------------------------------------------------------------------------------------------------------


def _sender(command: c.ChatCommand) -> Sender:
    if command.sender is None:
        raise TypeError(f"{command.type} needs a sender")
    return command.sender


def _marks(command: c.ChatCommand) -> dict[str, Any]:
    return {"by": command.sender.key, "digest": command.digest()} if command.sender is not None else {}


def _owned_by(chat: Chat, sender: Sender) -> None:
    if chat.stage == "closed":
        raise Refused("wrong_state", "The chat is closed.")
    if chat.owner != sender.user:
        raise Refused("not_yours", "Another agent has it, or nobody: pick it first.")
