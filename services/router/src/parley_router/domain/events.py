"""What can happen on a floor. Private to the router; what it says to others is in the contracts (`work.*`)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import field
from parley_contracts.shapes import EndedBy, Kind, Outcome
from parley_contracts.supervision import Act
from parley_contracts.tables import kinds_under


class Happened(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """`at` in milliseconds since 1970; `command_key` the idempotency key of the command that led to it, `digest` of its content,
    `trace` the trace context that it belongs to. A field is stored for ever by its first name (`field(name=…)`)."""

    at: int
    command_key: str | None = field(name="by", default=None)
    digest: int = 0
    trace: str | None = None


class QueueSet(Happened, frozen=True, kw_only=True):
    """R5: a queue was created or changed, by whom."""

    queue: str
    settings: dict[str, Any]
    user: str


class QueueRemoved(Happened, frozen=True, kw_only=True):
    """R5: a queue is no more; who removed it."""

    queue: str
    user: str


class AgentSkilled(Happened, frozen=True, kw_only=True):
    """R5: what an agent can do, each skill from 1 to 10, and who said so."""

    agent: str
    skills: dict[str, int]
    user: str


class AgentForgotten(Happened, frozen=True, kw_only=True):
    """R5: an agent is no more; who removed them."""

    agent: str
    user: str


class ServiceSet(Happened, frozen=True, kw_only=True):
    """R4, R5: what a chat service gives its chats: a priority of their own, None for their queue's usual one, and what an agent
    must be able to do; who said so."""

    service: str
    priority: int | None = None
    skills: dict[str, int] = {}
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


class Intervened(Happened, frozen=True, kw_only=True):
    """R36: a supervisor (`user`, called `name`) has acted on the floor, for the reason that they gave (`note`). `agent`: whom it concerns, who has the item, or to
    whom it goes where nobody had it; `to_agent`: to whom it goes. What it changes follows from this event (`supervision.consequences`), in the same decision."""

    user: str
    name: str
    act: Act
    agent: str | None = None
    item: str | None = None
    to_agent: str | None = None
    queue: str | None = None
    queues: tuple[str, ...] = ()
    state: Literal["ready", "not_ready"] | None = None
    reason: str | None = None
    note: str | None = None


class HelpAsked(Happened, frozen=True, kw_only=True):
    """R36: an agent asks their supervisors for help, about an item or in general."""

    agent: str
    item: str | None = None
    text: str | None = None


class HelpOver(Happened, frozen=True, kw_only=True):
    """R36: the agent needs help no more, or a supervisor has come."""

    agent: str


class AgentLoggedOut(Happened, frozen=True, kw_only=True):
    agent: str
    why: Literal["agent", "connection_lost"]


class ItemHappened(Happened, frozen=True, kw_only=True):
    """Something about one item; its kind and queue are said again, so that each event can be understood alone."""

    item: str
    kind: Kind
    queue: str


class ItemQueued(ItemHappened, frozen=True, kw_only=True):
    """A new item waits; `at` is the time of first entering, which orders it for good (R4).

    `own_priority`: the priority is the item's own, not its queue's usual one. `skills`: what an agent must be able to do;
    `last_agent`: who had the visitor's chat before this one; `service`: the chat service that it came by; `due_at`: until when a task is to be done;
    `conversation`: the first item of the conversation that an agent goes on with, and that is their own from the same decision on (`last_agent`); `receipt`: whoever wrote it gets one by e-mail (R8).
    """

    priority: int
    own_priority: bool = False
    name: str | None = None
    language: str | None = None
    subject: str | None = None
    text: str | None = None
    skills: dict[str, int] = {}
    last_agent: str | None = None
    contact: str | None = None
    service: str | None = None
    due_at: int | None = None
    conversation: str | None = None
    receipt: bool | None = None


class ItemReordered(ItemHappened, frozen=True, kw_only=True):
    """R4, R5: the settings that give an item its priority and what it needs have changed, and hold for it as well."""

    priority: int
    own_priority: bool = False
    skills: dict[str, int] = {}


class Why(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Why the router chose this agent: by which policy, out of whom, and why the others were passed over.

    `out_of`: `free` agents (no active item), agents with `room` for another chat, or such as can be `interrupted`.
    `passed`: by reason the first few agents, `more`: how many others there were for the same reason.
    """

    policy: str
    out_of: Literal["free", "room", "interrupted"]
    passed: dict[str, list[str]] = {}
    more: dict[str, int] = {}


class ItemAssigned(ItemHappened, frozen=True, kw_only=True):
    """An agent owns the item now. `reports_touch`: its owner may have several active chats, so the session says which one was
    touched last (R6). `ring_ms`: a call rings for so long (R15); `waits`: meanwhile whoever calls still waits (R17), which the first logs
    did not count so. `why`: the choice that the router made, where it was the router's."""

    agent: str
    name: str
    reports_touch: bool = field(name="several", default=False)
    how: Literal["pushed", "picked", "transferred"]
    ring_ms: int | None = None
    waits: bool = False
    why: Why | None = None


class CallAnswered(ItemHappened, frozen=True, kw_only=True):
    """R15: the agent has answered the call: waiting for it is over, and its handle time begins (R17)."""

    agent: str
    name: str | None = None


class CallKept(ItemHappened, frozen=True, kw_only=True):
    """R15: the agent's desk is gone, and the call goes on: it stays with its agent until the telephone system says that it is
    over."""

    agent: str
    why: Literal["agent", "connection_lost"]


class ItemParked(ItemHappened, frozen=True, kw_only=True):
    """`why`: `agent` (R16), `limit` (one more was picked or resumed, R6), `call` (interrupted,
    R12), `item` (interrupted by something else that its queue lets interrupt) or `transfer` (given to an agent who has no room for it now, R23)."""

    agent: str
    why: Literal["agent", "limit", "call", "item", "transfer"]
    interrupted_by: str | None = None


class FollowUpSet(ItemHappened, frozen=True, kw_only=True):
    """R16: the agent of a parked item is to be reminded of it at `until`."""

    agent: str
    until: int


class ItemReminded(ItemHappened, frozen=True, kw_only=True):
    """R16: the time has come at which the agent wanted to be reminded."""

    agent: str


class ItemResumed(ItemHappened, frozen=True, kw_only=True):
    """`why`: `agent` (R16), `call_over` (R13), or `room`: it had been given to its owner when they had none for it (R23)."""

    agent: str
    why: Literal["agent", "call_over", "room"]


class InterrupterChanged(ItemHappened, frozen=True, kw_only=True):
    """R13: a second call went first, so the item stays interrupted, by that call now."""

    agent: str
    interrupted_by: str


class ItemRequeued(ItemHappened, frozen=True, kw_only=True):
    """Back in its queue, at its original place (R20), or a call that was not answered in time (R15)."""

    agent: str
    why: Literal["agent", "connection_lost", "no_answer"]


class ItemTransferred(ItemHappened, frozen=True, kw_only=True):
    """R23: the owner `agent` gave the item away: it waits in `queue`, where it keeps its age; with `to_agent` it is theirs
    by the next event."""

    agent: str
    from_queue: str
    priority: int
    to_agent: str | None = None
    note: str | None = None


class WrapUpStarted(ItemHappened, frozen=True, kw_only=True):
    """The conversation is over; the owner completes the item (R18), active or parked as it was (R14, R19)."""

    agent: str
    limit_ms: int
    extensions: int
    ended_by: EndedBy = "agent"


class WrapUpExtended(ItemHappened, frozen=True, kw_only=True):
    agent: str
    extension_ms: int


class ItemIdentified(ItemHappened, frozen=True, kw_only=True):
    """R24: the owner has said who the visitor is; None: nobody known."""

    agent: str
    contact: str | None = None


class ItemClassified(ItemHappened, frozen=True, kw_only=True):
    agent: str
    code: str
    note: str | None = None


class ItemNoted(ItemHappened, frozen=True, kw_only=True):
    """R35: an internal note about a call, an e-mail or a task; who wrote it: its owner, or a supervisor."""

    agent: str
    name: str | None = None
    text: str


class ItemClosed(ItemHappened, frozen=True, kw_only=True):
    """The item is over. Its timers stand here when it is no chat: a chat's are settled by the session (R25)."""

    outcome: Outcome
    why: str
    wait_ms: int | None = None
    handle_ms: int | None = None
    wrap_up_ms: int | None = None


class ItemMoved(ItemHappened, frozen=True, kw_only=True):
    """R36: the supervisor `agent` put an item that waits into another `queue`, where it keeps its age. `to_agent` is nobody's: a transfer has one."""

    agent: str
    from_queue: str
    priority: int
    to_agent: str | None = None
    note: str | None = None


class UnreadCounted(ItemHappened, frozen=True, kw_only=True):
    """How many messages have come in while the item was parked (R16)."""

    count: int


class ItemTouched(ItemHappened, frozen=True, kw_only=True):
    """The owner wrote: of the owner's chats this one was touched last (R6)."""


class CommandSeen(Happened, frozen=True, kw_only=True):
    """A command found that it was so already. Remembered, so that it does nothing later either, when it comes again and
    it is not so any more (R30)."""


EVENTS: tuple[type[Happened], ...] = kinds_under(Happened)
