"""The words of the session's tests: what can have happened in a chat, and what can be said to it. Times in milliseconds."""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec
from parley_chassis.stories import Stories
from parley_contracts import commands as c
from parley_contracts import work_events as w
from parley_contracts.shapes import Sender
from parley_session.domain import events as e
from parley_session.handlers import CHAT as DECIDER

TENANT, CHAT = "acme", "c1"
STREAM = f"{TENANT}/{CHAT}"
_ids = count(1)


def unmarked(event: e.Happened) -> e.Happened:
    """The event without the mark of the command that led to it."""
    return msgspec.structs.replace(event, command_key=None, digest=0)


chat = Stories(DECIDER, STREAM, plain=unmarked)

# --- what has happened ------------------------------------------------------------------------------------------------


def requested(at: int = 0, **fields: Any) -> e.Requested:
    return e.Requested(**{"at": at, "service": "web", "queue": "help", **fields})


def posted(seq: int, text: str, at: int, agent: str | None = None, **fields: Any) -> e.MessagePosted:
    """By the visitor, unless by an agent."""
    name = None if agent is None else agent.title()
    author: Any = "visitor" if agent is None else "agent"
    return e.MessagePosted(
        **{"at": at, "seq": seq, "author": author, "text": text, "agent": agent, "name": name, **fields}
    )


def noted(text: str, at: int, agent: str = "anna") -> e.NoteAdded:
    return e.NoteAdded(at=at, agent=agent, name=agent.title(), text=text)


def assigned(seq: int | None, at: int, agent: str = "anna", queue: str = "help", several: bool = False) -> e.Assigned:
    return e.Assigned(at=at, seq=seq, agent=agent, name=agent.title(), queue=queue, reports_touch=several)


def parked(seq: int | None, at: int, why: str = "agent", call: str | None = None, agent: str = "anna") -> e.Parked:
    return e.Parked(at=at, seq=seq, agent=agent, why=why, interrupted_by=call)


def resumed(seq: int | None, at: int, why: str = "agent", agent: str = "anna") -> e.Resumed:
    return e.Resumed(at=at, seq=seq, agent=agent, why=why)


def requeued(seq: int | None, at: int, why: str = "agent", agent: str = "anna", queue: str = "help") -> e.Requeued:
    return e.Requeued(at=at, seq=seq, agent=agent, queue=queue, why=why)


def lost(at: int) -> e.VisitorLost:
    return e.VisitorLost(at=at)


def returned(at: int) -> e.VisitorReturned:
    return e.VisitorReturned(at=at)


def ended(seq: int, at: int, who: Any = "visitor", agent: str | None = None) -> e.Ended:
    return e.Ended(at=at, seq=seq, ended_by=who, agent=agent)


def rated(score: int, at: int, comment: str | None = None) -> e.Rated:
    return e.Rated(at=at, score=score, comment=comment)


def wrap_up(at: int, agent: str = "anna") -> e.WrapUpStarted:
    return e.WrapUpStarted(at=at, agent=agent, limit_ms=60_000, extensions=3)


def closed(at: int, wait: int, handle: int, wrap_up: int, **fields: Any) -> e.Closed:
    about = {"outcome": "handled", "why": "completed", "started_at": 0, **fields}
    return e.Closed(at=at, wait_ms=wait, handle_ms=handle, wrap_up_ms=wrap_up, **about)


# --- what is asked ----------------------------------------------------------------------------------------------------


def visitor(id: str | None = None) -> Sender:
    id = id if id is not None else f"id-{next(_ids)}"
    return Sender(gateway="g1", connection=1, id=id, role="visitor")


def by(agent: str, id: str | None = None) -> Sender:
    return visitor(id).model_copy(update={"role": "agent", "user": agent, "name": agent.title()})


def _command(kind: Any, sender: Sender | None, **fields: Any) -> Any:
    return kind(tenant=TENANT, chat=CHAT, sender=sender, **fields)


def start(id: str | None = None, **fields: Any) -> c.StartChat:
    return _command(c.StartChat, visitor(id), **{"service": "web", "queue": "help", **fields})


def say(text: str, id: str | None = None) -> c.PostMessage:
    """The visitor says it."""
    return _command(c.PostMessage, visitor(id), text=text)


def answer(text: str, agent: str = "anna", id: str | None = None) -> c.PostMessage:
    """The agent says it."""
    return _command(c.PostMessage, by(agent, id), text=text)


def note(text: str, agent: str = "anna", id: str | None = None) -> c.AddNote:
    return _command(c.AddNote, by(agent, id), text=text)


def leave(id: str | None = None) -> c.EndChat:
    """The visitor ends it."""
    return _command(c.EndChat, visitor(id))


def rate(score: Any, comment: str | None = None, id: str | None = None) -> c.RateChat:
    """The visitor says how it was."""
    return _command(c.RateChat, visitor(id), score=score, comment=comment)


def end(agent: str = "anna", id: str | None = None) -> c.EndChat:
    """The agent ends it."""
    return _command(c.EndChat, by(agent, id))


def watch(is_visitor: bool = True, secret_ms: int | None = None) -> c.WatchChat:
    return _command(c.WatchChat, None, gateway="g1", visitor=is_visitor, secret_ms=secret_ms)


def lose() -> c.LoseVisitor:
    return _command(c.LoseVisitor, None)


def wake() -> c.Wake:
    return c.Wake(tenant=TENANT, stream=STREAM)


def work(kind: Any, at: int, queue: str = "help", **fields: Any) -> Any:
    """What the router decided."""
    return kind(tenant=TENANT, item=CHAT, kind="chat", queue=queue, version=9, at=at, **fields)


def work_assigned(at: int, agent: str = "anna", queue: str = "help", report_touch: bool = False) -> w.WorkAssigned:
    fields = {"agent": agent, "name": agent.title(), "how": "picked", "reports_touch": report_touch}
    return work(w.WorkAssigned, at, queue, **fields)


def work_parked(at: int, why: str = "agent", call: str | None = None, agent: str = "anna") -> w.WorkParked:
    return work(w.WorkParked, at, agent=agent, why=why, interrupted_by=call)


def work_resumed(at: int, why: str = "agent", agent: str = "anna") -> w.WorkResumed:
    return work(w.WorkResumed, at, agent=agent, why=why)


def work_requeued(at: int, why: str = "agent", agent: str = "anna", queue: str = "help") -> w.WorkRequeued:
    return work(w.WorkRequeued, at, queue, agent=agent, why=why)


def work_wrap_up(at: int, agent: str = "anna") -> w.WorkWrapUpStarted:
    return work(w.WorkWrapUpStarted, at, agent=agent, limit_ms=60_000, extensions=3)


def work_closed(at: int, outcome: str = "handled", why: str = "completed") -> w.WorkClosed:
    return work(w.WorkClosed, at, outcome=outcome, why=why)


# --- what is looked at ------------------------------------------------------------------------------------------------


def naive_timers(history: list[e.Happened], until: int) -> tuple[int, int, int]:
    """R17: wait, handle and wrap-up time up to `until`, as a plain sum over the intervals between the events."""
    sums = {"wait": 0, "handle": 0, "wrap_up": 0, "none": 0}
    since, doing, wrapping = 0, "none", False
    for event in history:
        match event:
            case e.Requested():
                now = "wait"
            case e.Assigned():
                now = "handle"
            case e.Parked():
                now = "none" if doing != "wait" else "wait"
            case e.Resumed():
                now = "wrap_up" if wrapping else "handle"
            case e.Requeued() | e.Transferred():
                now = "wait"
            case e.WrapUpStarted():
                wrapping, now = True, "wrap_up" if doing == "handle" else "none"
            case e.Closed():
                now = "none"
            case _:
                continue
        sums[doing] += event.at - since
        since, doing = event.at, now
    sums[doing] += until - since
    return sums["wait"], sums["handle"], sums["wrap_up"]
