"""What can happen on a floor. Private to the router; what it says to others is in the contracts (`work.*`)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from parley_contracts.shapes import Kind


class Happened(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """`at` in milliseconds since 1970; `by` the idempotency key of the command that led to it, `digest` of its content,
    `trace` the trace context that it belongs to."""

    at: int
    by: str | None = None
    digest: int = 0
    trace: str | None = None


class QueueSet(Happened, frozen=True, kw_only=True):
    """R5: a queue was created or changed, by whom."""

    queue: str
    settings: dict[str, Any]
    user: str


class AgentLoggedIn(Happened, frozen=True, kw_only=True):
    agent: str
    name: str


class AgentConnected(Happened, frozen=True, kw_only=True):
    agent: str
    name: str
    connection: str
    grace_ms: int


class AgentDisconnected(Happened, frozen=True, kw_only=True):
    agent: str
    connection: str


class AgentSetReady(Happened, frozen=True, kw_only=True):
    agent: str


class AgentSetNotReady(Happened, frozen=True, kw_only=True):
    agent: str
    reason: str | None = None


class AgentLoggedOut(Happened, frozen=True, kw_only=True):
    agent: str
    why: Literal["agent", "connection_lost"]


class ItemHappened(Happened, frozen=True, kw_only=True):
    """Something about one item; its kind and queue are said again, so that each event can be understood alone."""

    item: str
    kind: Kind
    queue: str


class ItemQueued(ItemHappened, frozen=True, kw_only=True):
    """A new item waits; `at` is the time of first entering, which orders it for good (R4)."""

    priority: int
    name: str | None = None
    language: str | None = None
    subject: str | None = None


class ItemAssigned(ItemHappened, frozen=True, kw_only=True):
    """An agent owns the item now. `several`: its owner may have several active chats (R6)."""

    agent: str
    name: str
    several: bool = False
    how: Literal["pushed", "picked"]


class ItemParked(ItemHappened, frozen=True, kw_only=True):
    """`why`: `agent` (R16), `limit` (one more was picked or resumed, R6) or `call` (interrupted, R12)."""

    agent: str
    why: Literal["agent", "limit", "call"]
    interrupted_by: str | None = None


class ItemResumed(ItemHappened, frozen=True, kw_only=True):
    agent: str
    why: Literal["agent", "call_over"]


class ItemRequeued(ItemHappened, frozen=True, kw_only=True):
    """Back in its queue, at its original place (R20)."""

    agent: str
    why: Literal["agent", "connection_lost"]


class WrapUpStarted(ItemHappened, frozen=True, kw_only=True):
    """The conversation is over; the owner completes the item (R18), active or parked as it was (R14, R19)."""

    agent: str
    limit_ms: int
    extensions: int
    ended_by: str = "agent"


class WrapUpExtended(ItemHappened, frozen=True, kw_only=True):
    agent: str
    extension_ms: int


class ItemClassified(ItemHappened, frozen=True, kw_only=True):
    agent: str
    code: str
    note: str | None = None


class ItemClosed(ItemHappened, frozen=True, kw_only=True):
    """The item is over. Its timers stand here when it is no chat: a chat's are settled by the session (R25)."""

    outcome: Literal["handled", "abandoned", "visitor_left"]
    why: str
    wait_ms: int | None = None
    handle_ms: int | None = None
    wrap_up_ms: int | None = None


class UnreadCounted(ItemHappened, frozen=True, kw_only=True):
    """How many messages have come in while the item was parked (R16)."""

    count: int


class ItemTouched(ItemHappened, frozen=True, kw_only=True):
    """The owner wrote: of the owner's chats this one was touched last (R6)."""


class CommandSeen(Happened, frozen=True, kw_only=True):
    """A command found that it was so already. Remembered, so that it does nothing later either, when it comes again and
    it is not so any more (R30)."""


EVENTS: tuple[type[Happened], ...] = (
    QueueSet,
    AgentLoggedIn,
    AgentConnected,
    AgentDisconnected,
    AgentSetReady,
    AgentSetNotReady,
    AgentLoggedOut,
    ItemQueued,
    ItemAssigned,
    ItemParked,
    ItemResumed,
    ItemRequeued,
    WrapUpStarted,
    WrapUpExtended,
    ItemClassified,
    ItemClosed,
    UnreadCounted,
    ItemTouched,
    CommandSeen,
)
