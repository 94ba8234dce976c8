"""The pieces of a floor: work items, agents, what is due, and all of it as it is kept in a snapshot."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec
from parley_contracts.shapes import Activity, EndedBy, Kind, Stage
from parley_contracts.timer import Timer

from .events import ItemQueued
from .figures import Figures


class WorkItem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One piece of work, waiting or owned. `touch` numbers the touches on this floor: a lower one is longer ago (R6).

    `assignment` numbers those of the item: the present one, or the last. `given_by`: who gave it to the queue, which it does not
    come straight back from (R23). `for_lack_of_room`: it was given to its owner when they had no room, and is active once they
    have. `service`: the chat service that it came by. `content`: a digest of what it was put here with (R30). `held`: how long it has kept a place of its
    present owner, active or interrupted (R8). `notes`: how many have been written about it (R35); `conversation`: the first item of
    the one that it goes on with.
    """

    item: str
    kind: Kind
    queue: str
    priority: int
    waiting_since: int
    changed_at: int
    own_priority: bool = False
    service: str | None = None
    content: int = 0
    assignment: int = 0
    given_by: str | None = None
    for_lack_of_room: bool = False
    stage: Stage = "waiting"
    activity: Activity | None = None
    owner: str | None = None
    last_agent: str | None = None
    interrupted_by: str | None = None
    answered: bool | None = None
    rings_until: int | None = None
    wait: Timer = Timer()
    handle: Timer = Timer()
    held: Timer = Timer()
    wrap_up: Timer = Timer()
    limit_ms: int | None = None
    extensions_left: int | None = None
    touched_at: int = 0
    touch: int = 0
    unread: int = 0
    ended_by: EndedBy | None = None
    name: str | None = None
    language: str | None = None
    subject: str | None = None
    text: str | None = None
    skills: dict[str, int] = {}
    due_at: int | None = None
    follow_up_at: int | None = None
    reminded: bool = False
    contact: str | None = None
    code: str | None = None
    note: str | None = None
    notes: int = 0
    conversation: str | None = None

    @property
    def wrap_up_ends(self) -> int | None:
        """When an active wrap-up reaches its limit (R18)."""
        if self.stage != "wrap_up" or self.wrap_up.running_since is None or self.limit_ms is None:
            return None
        return self.wrap_up.running_since + max(0, self.limit_ms - self.wrap_up.ms)


def waiting_item(event: ItemQueued) -> WorkItem:
    """The item that begins to wait with this event."""
    return WorkItem(
        item=event.item,
        kind=event.kind,
        queue=event.queue,
        priority=event.priority,
        own_priority=event.own_priority,
        waiting_since=event.at,
        changed_at=event.at,
        wait=Timer().started(event.at),
        name=event.name,
        language=event.language,
        subject=event.subject,
        text=event.text,
        skills=event.skills,
        due_at=event.due_at,
        last_agent=event.last_agent,
        contact=event.contact,
        service=event.service,
        content=event.digest,
        conversation=event.conversation,
    )


class Help(msgspec.Struct, frozen=True, omit_defaults=True):
    """That an agent has asked for help, when, about what, and what they said (R36)."""

    since: int
    item: str | None = None
    text: str | None = None


class Agent(msgspec.Struct, kw_only=True):
    """Who is there, what they own, and what they are busy with (counts of their active items). `since`: when their state or its reason began."""

    agent: str
    name: str
    state: Literal["ready", "not_ready", "logged_out"] = "logged_out"
    reason: str | None = None
    since: int = 0
    help: Help | None = None
    connections: list[str] = []
    lost_at: int | None = None
    grace_ms: int = 60_000
    skills: dict[str, int] = {}
    idle_since: int = 0
    interrupted_at: int = 0
    assigned: int = 0
    """The number, on this floor, of the last assignment that the agent was given."""
    owned: dict[str, None] = {}
    active_chats: int = 0
    active_in: dict[str, int] = {}
    """By queue, how many of the active chats are of it."""
    most_chats: int = 1
    """The largest limit of the queues that they serve (R6)."""
    active_others: int = 0
    active_wrap_ups: int = 0
    active_calls: int = 0
    ceiling: int | None = None
    """The highest priority among the active items, where a call may interrupt them all (R10)."""

    @property
    def working(self) -> int:
        """How many active items a call would have to interrupt."""
        return self.active_chats + self.active_others

    @property
    def busy(self) -> int:
        """How many active items of any kind."""
        return self.active_chats + self.active_others + self.active_wrap_ups + self.active_calls

    @property
    def grace_ends(self) -> int | None:
        """When an agent without a connection is logged out by the system (R21)."""
        gone = self.lost_at is not None and self.state != "logged_out"
        return self.lost_at + self.grace_ms if gone and self.lost_at is not None else None

    @property
    def unavailable(self) -> Reason | None:
        """Why nothing at all is given to the agent now (R7, R9, R11, R15); None when they can be given something."""
        if self.state == "logged_out":
            return "logged_out"
        if not self.connections:
            return "away"
        if self.active_calls:
            return "on_call"
        if self.active_wrap_ups:
            return "wrap_up"
        return "not_ready" if self.state == "not_ready" else None


Reason = Literal["logged_out", "away", "not_ready", "on_call", "wrap_up"]


class Due(NamedTuple):
    """Something that comes by itself: the limit of a `wrap_up` (R18), the end of ringing (`ring`, R15) or of a `grace`
    period (R21), a `follow_up` of a parked item (R16), or another `look` at a queue whose items ask for less by then."""

    at: int
    kind: Literal["wrap_up", "ring", "grace", "follow_up", "look"]
    name: str


class ChatServiceOf(msgspec.Struct, frozen=True):
    """What a chat service gives its chats: a priority of their own, and what their agent must be able to do."""

    priority: int | None = None
    skills: dict[str, int] = {}


class Day(msgspec.Struct, frozen=True):
    """The commands of one day since 1970, eight bytes each: their keys in order, and the digests of their content."""

    day: int
    keys: bytes
    digests: bytes


class Frozen(msgspec.Struct):
    """A floor as it is kept in a snapshot: what the indexes are built from."""

    queues: dict[str, dict[str, Any]]
    agents: list[Agent]
    items: list[WorkItem]
    closed: bytes
    last_at: int
    touches: int
    commands: list[Day]
    assignments: int = 0
    services: dict[str, ChatServiceOf] = {}
    figures: dict[str, Figures] = {}
