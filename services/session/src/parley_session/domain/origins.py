"""Where each event of a chat comes from: a command, the router's saying, or the absence limit. One row for each class of
`events.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from . import events as e

Origin = Literal["asked", "heard", "by_itself"]
"""`asked`: a command. `heard`: what the router said, at the router's time. `by_itself`: a limit of time was reached."""


def _ended(event: e.Ended) -> Origin:
    return "by_itself" if event.ended_by == "absence" else "asked"


ORIGINS: dict[type[e.Happened], Origin | Callable[[Any], Origin]] = {
    e.Requested: "asked",
    e.MessagePosted: "asked",
    e.NoteAdded: "asked",
    e.Assigned: "heard",
    e.Parked: "heard",
    e.Resumed: "heard",
    e.Requeued: "heard",
    e.Transferred: "heard",
    e.VisitorLost: "asked",
    e.VisitorReturned: "asked",
    e.Ended: _ended,
    e.Rated: "asked",
    e.WrapUpStarted: "heard",
    e.WrapUpExtended: "heard",
    e.Classified: "heard",
    e.Identified: "heard",
    e.Closed: "heard",
}


def origin_of(event: e.Happened) -> Origin:
    """Where this event comes from."""
    row = ORIGINS[type(event)]
    return row(event) if callable(row) else row
