"""What can happen in a chat. Private to the session; what it says to others is in the contracts (`chat.*`).

`seq` numbers what the visitor sees: 1, 2, 3 … without a gap; None is internal. Who works on the chat is decided by the
router; it is recorded here with the router's timestamps, so that this one stream holds the chat's whole life (R17).
"""

from __future__ import annotations

import msgspec
from msgspec import field
from parley_contracts.chat_events import From
from parley_contracts.shapes import EndedBy, Outcome
from parley_contracts.tables import kinds_under


class Happened(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """`at` in milliseconds since 1970; `command_key` the idempotency key of the command that led to it, `digest` of its content,
    `trace` the trace context that it belongs to. A field is stored for ever by its first name (`field(name=…)`)."""

    at: int
    seq: int | None = None
    command_key: str | None = field(name="by", default=None)
    digest: int = 0
    trace: str | None = None


class Requested(Happened, frozen=True, kw_only=True):
    """A visitor asked for a chat. `consent`: what they agreed to before, in the words that they were shown. `dropped`: what the website said
    of them that could not be taken as it was, by its field, and why. `subject`: the first words of what they wrote first, for whoever sees it wait."""

    service: str
    queue: str
    priority: int | None = None
    name: str | None = None
    language: str | None = None
    page: str | None = None
    absence_ms: int = 300_000
    skills: dict[str, int] = {}
    previous: str | None = None
    contact: str | None = None
    consent: str | None = None
    dropped: dict[str, str] = {}
    subject: str | None = None


class MessagePosted(Happened, frozen=True, kw_only=True):
    """`unread`: how many of the visitor's messages wait unread in the parked chat, this one included (R16).
    `reports_touch`: the router wants to know that the owner wrote (R6)."""

    author: From
    text: str
    agent: str | None = None
    name: str | None = None
    unread: int = 0
    reports_touch: bool = field(name="touched", default=False)


class NoteAdded(Happened, frozen=True, kw_only=True):
    agent: str
    text: str
    name: str | None = None


class Assigned(Happened, frozen=True, kw_only=True):
    agent: str
    name: str
    queue: str
    reports_touch: bool = field(name="several", default=False)


class Parked(Happened, frozen=True, kw_only=True):
    agent: str
    why: str
    interrupted_by: str | None = None


class Resumed(Happened, frozen=True, kw_only=True):
    agent: str
    why: str


class Requeued(Happened, frozen=True, kw_only=True):
    agent: str
    queue: str
    why: str


class Transferred(Happened, frozen=True, kw_only=True):
    """R23: `agent` gave the chat to the queue `queue`, or to `to_agent`."""

    agent: str
    queue: str
    to_agent: str | None = None
    note: str | None = None


class VisitorLost(Happened, frozen=True, kw_only=True):
    """No connection of the visitor is left (R22)."""


class VisitorReturned(Happened, frozen=True, kw_only=True):
    """The visitor is connected again (R22)."""


class Ended(Happened, frozen=True, kw_only=True):
    """`ended_by`: who ended the conversation; `agent`: which one, where it was an agent."""

    ended_by: EndedBy = field(name="who")
    agent: str | None = None


class Rated(Happened, frozen=True, kw_only=True):
    """The visitor said how it was, from 1 to 5; the last one counts. Internal: `seq` is None."""

    score: int
    comment: str | None = None


class WrapUpStarted(Happened, frozen=True, kw_only=True):
    agent: str
    limit_ms: int
    extensions: int


class WrapUpExtended(Happened, frozen=True, kw_only=True):
    agent: str
    extension_ms: int


class Classified(Happened, frozen=True, kw_only=True):
    agent: str
    code: str
    note: str | None = None


class Identified(Happened, frozen=True, kw_only=True):
    """R24: the owner has said who the visitor is; None: nobody known."""

    agent: str
    contact: str | None = None


class Closed(Happened, frozen=True, kw_only=True):
    """The chat is over for everybody, with its three timers settled (R17, R25)."""

    outcome: Outcome
    why: str
    started_at: int
    wait_ms: int
    handle_ms: int
    wrap_up_ms: int
    interruptions: int = 0


EVENTS: tuple[type[Happened], ...] = kinds_under(Happened)
