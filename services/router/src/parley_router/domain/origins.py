"""Where each event of a floor comes from: a command, another service's saying, or nobody: the floor did it by itself.

One row for each class of `events.py`. `within`: it stands in a decision beside the event that tells; that may be either.
What follows from a supervisor's act is read with it (`supervision.consequences`), whatever stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from . import events as e

Origin = Literal["asked", "heard", "by_itself", "within"]
"""`asked`: a command, at the floor's own time. `heard`: another service's saying, at that service's time."""


def _queued(event: e.ItemQueued) -> Origin:
    return "heard" if event.kind == "chat" else "asked"


def _assigned(event: e.ItemAssigned) -> Origin:
    return {"pushed": "by_itself", "picked": "asked"}.get(event.how, "within")  # type: ignore[return-value]


def _parked(event: e.ItemParked) -> Origin:
    return "asked" if event.why == "agent" else "within"


def _resumed(event: e.ItemResumed) -> Origin:
    return "asked" if event.why == "agent" else "by_itself"


def _requeued(event: e.ItemRequeued) -> Origin:
    if event.why != "no_answer":
        return "within"
    return "by_itself" if event.command_key is None else "asked"


def _not_ready(event: e.AgentSetNotReady) -> Origin:
    return "within" if event.reason == "no_answer" and event.command_key is None else "asked"


def _logged_out(event: e.AgentLoggedOut) -> Origin:
    return "asked" if event.why == "agent" else "by_itself"


def _unread(event: e.UnreadCounted) -> Origin:
    return "heard" if event.command_key is None else "asked"


def _wrap_up(event: e.WrapUpStarted) -> Origin:
    return "heard" if event.kind == "chat" else "asked"


def _help_over(event: e.HelpOver) -> Origin:
    return "within" if event.command_key is None else "asked"


def _closed(event: e.ItemClosed) -> Origin:
    if event.why == "time_limit":
        return "by_itself"
    if event.why == "logout" and event.command_key is None:
        return "within"
    return "heard" if event.kind == "chat" and event.why != "completed" else "asked"


ORIGINS: dict[type[e.Happened], Origin | Callable[[Any], Origin]] = {
    e.QueueSet: "asked",
    e.QueueRemoved: "asked",
    e.AgentSkilled: "asked",
    e.AgentForgotten: "asked",
    e.ServiceSet: "asked",
    e.AgentLoggedIn: "asked",
    e.AgentConnected: "asked",
    e.AgentDisconnected: "asked",
    e.AgentSetReady: "asked",
    e.AgentSetNotReady: _not_ready,
    e.AgentLoggedOut: _logged_out,
    e.ItemQueued: _queued,
    e.ItemReordered: "within",
    e.ItemAssigned: _assigned,
    e.CallAnswered: "asked",
    e.CallKept: "within",
    e.ItemParked: _parked,
    e.ItemResumed: _resumed,
    e.FollowUpSet: "asked",
    e.ItemReminded: "by_itself",
    e.InterrupterChanged: "within",
    e.ItemRequeued: _requeued,
    e.ItemTransferred: "asked",
    e.WrapUpStarted: _wrap_up,
    e.WrapUpExtended: "asked",
    e.ItemIdentified: "asked",
    e.ItemClassified: "asked",
    e.ItemNoted: "asked",
    e.ItemClosed: _closed,
    e.UnreadCounted: _unread,
    e.ItemTouched: "heard",
    e.Intervened: "asked",
    e.ItemMoved: "within",
    e.HelpAsked: "asked",
    e.HelpOver: _help_over,
    e.CommandSeen: "asked",
}


def origin_of(event: e.Happened) -> Origin:
    """Where this event comes from."""
    row = ORIGINS[type(event)]
    return row(event) if callable(row) else row
