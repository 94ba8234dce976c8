"""The frames that the server sends: what AsyncAPI publishes, and what tests hold every frame to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from parley_contracts.refusal import Code
from parley_contracts.shapes import Item
from parley_contracts.supervision import Act
from pydantic import BaseModel, ConfigDict, Field

At = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", json_schema_extra={"format": "date-time"})
]
Seq = Annotated[int, Field(ge=1, description="1, 2, 3 … without a gap in one chat")]


class Out(BaseModel):
    """A frame from the server; fields may be added."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Ack(Out):
    """The command has been carried out and stored."""

    type: Literal["ack"]
    id: str


class Error(Out):
    """The command, or the frame (then `id` is null), has been refused; nothing has changed. `why`: the reason where the code has several,
    as a name that stays; `agent` and `name`: whom it is about."""

    type: Literal["error"]
    id: str | None
    code: Code
    message: str
    why: str | None = None


class Pong(Out):
    type: Literal["pong"]


class VisitorEvent(Out):
    """Something that the visitor sees."""

    type: Literal["event"]
    seq: Seq
    at: At
    kind: Literal["message", "joined", "paused", "resumed", "requeued", "transferred", "ended"]


class Position(Out):
    """Where the chat waits, and how long about (R8). `nobody_here`: none of the queue's agents is logged in, and the wait is as if one
    came; `leave_message`: a message can be left instead of waiting (`POST /v1/services/{token}/messages`)."""

    type: Literal["position"]
    position: Annotated[int, Field(ge=1)]
    estimated_wait_s: Annotated[int, Field(ge=0)]
    nobody_here: Literal[True] | None = None
    leave_message: Literal[True] | None = None


class VisitorTypingOut(Out):
    type: Literal["typing"]
    on: bool


class VisitorReadOut(Out):
    type: Literal["read"]
    seq: int


class Help(Out):
    """That the agent has asked for help (R36)."""

    since: At
    item: str | None = None
    text: str | None = None


class AgentOut(Out):
    id: str
    name: str
    state: Literal["ready", "not_ready", "logged_out"]
    reason: str | None = None
    since: Annotated[At, Field(description="When the state or its reason began; supervisors see it")] | None = None
    help: Help | None = None


PointsPerMinute = Annotated[
    int,
    Field(
        ge=0,
        description="What a minute of waiting adds to the priority: first is who has most (priority × 60,000 − points × "
        "waiting_since in ms), then who waits longest, then by `item`",
    ),
]


class DeskItem(Item):
    """A work item as desks show it."""

    contact_name: str | None = None
    """By what name the item's `contact` goes; it comes a moment after the contact, and again where it changes (R24)."""


Distribution = Annotated[
    Literal["push", "pick"], Field(description="Whether items are given to agents who are free, or picked")
]
AreReady = Annotated[int, Field(ge=0, description="How many of the queue's agents are ready")]


Serving = Annotated[list[str], Field(description="Who serves the queue; supervisors see it (R36)")]


class QueueOut(Out):
    queue: str
    name: str
    points_per_minute: PointsPerMinute = 0
    distribution: Distribution = "push"
    ready: AreReady = 0
    waiting: list[DeskItem]
    agents: Serving | None = None


class Snapshot(Out):
    """The whole desk."""

    type: Literal["snapshot"]
    version: Annotated[int, Field(ge=0)]
    at: At
    agent: AgentOut
    inbox: list[DeskItem]
    queues: list[QueueOut]
    agents: Annotated[list[AgentOut], Field(description="All agents; for supervisors (R36)")] | None = None
    work: Annotated[list[DeskItem], Field(description="All that agents have in hand; for supervisors (R36)")] | None = (
        None
    )


class Pieces(Out):
    """`put`: whole items in place of old ones; `drop`: items that are not there any more."""

    put: list[DeskItem] = []
    drop: list[str] = []


class QueuePieces(Pieces):
    name: str | None = None
    points_per_minute: PointsPerMinute | None = None
    distribution: Distribution | None = None
    ready: AreReady | None = None
    agents: Serving | None = None


class AgentPieces(Out):
    """For supervisors: whole agents in place of old ones, and those who are no more (R36)."""

    put: list[AgentOut] = []
    drop: list[str] = []


class Who(Out):
    id: str
    name: str


class InterventionOut(Out):
    """What a supervisor has done: those whom it concerns see it, and all supervisors (R36)."""

    by: Who
    act: Act
    agent: str | None = None
    item: str | None = None
    to_agent: str | None = None
    queue: str | None = None
    why: str | None = None


class Changed(Out):
    agent: AgentOut | None = None
    inbox: Pieces | None = None
    queues: dict[str, QueuePieces] | None = None
    queues_gone: list[str] = []
    agents: AgentPieces | None = None
    work: Pieces | None = None
    intervention: InterventionOut | None = None


class DeskEvent(Out):
    """What changed; applied to the view of the version before, it gives the view of this one."""

    type: Literal["event"]
    version: Annotated[int, Field(ge=1)]
    at: At
    kind: str
    changed: Changed


class ChatEntry(Out):
    """An entry of a chat, internal ones included: `n` counts all, `seq` is that of the last visible one."""

    type: Literal["chat"]
    item: str
    n: Annotated[int, Field(ge=1)]
    seq: Annotated[int, Field(ge=0)]
    at: At
    kind: str


class AgentTypingOut(Out):
    type: Literal["typing"]
    item: str
    from_: Annotated[Literal["visitor", "agent"], Field(alias="from")]
    on: bool


class AgentReadOut(Out):
    type: Literal["read"]
    item: str
    from_: Annotated[Literal["visitor", "agent"], Field(alias="from")]
    seq: int


class Assigned(Out):
    """An agent has the item now: a telephone system rings them (R9, R10), unless it is answered already."""

    type: Literal["assigned"]
    item: str
    agent: str
    name: Annotated[str, Field(description="The agent's name")]
    queue: str
    kind: Literal["call", "email", "task"]
    assignment: int
    at: At
    answered: bool


class Unassigned(Out):
    """The agent has the item no more; it waits again, is another's, or is only wrapped up. `why`: what happened."""

    type: Literal["unassigned"]
    item: str
    agent: str
    assignment: int
    at: At
    why: str


class Closed(Out):
    """The item is over."""

    type: Literal["closed"]
    item: str
    at: At


TO_VISITOR: tuple[type[Out], ...] = (Ack, Error, Pong, VisitorEvent, Position, VisitorTypingOut, VisitorReadOut)
TO_AGENT: tuple[type[Out], ...] = (Ack, Error, Pong, Snapshot, DeskEvent, ChatEntry, AgentTypingOut, AgentReadOut)
TO_SOURCE: tuple[type[Out], ...] = (Error, Pong, Assigned, Unassigned, Closed)


def _by_type(kinds: tuple[type[Out], ...]) -> dict[str, type[Out]]:
    return {kind.model_fields["type"].annotation.__args__[0]: kind for kind in kinds}  # type: ignore[union-attr]


_TYPES = {"visitor": _by_type(TO_VISITOR), "agent": _by_type(TO_AGENT), "source": _by_type(TO_SOURCE)}


def check(socket: Literal["visitor", "agent", "source"], frame: dict[str, Any]) -> Out:
    """The frame, when it is one that this socket may send. Raises KeyError, ValueError."""
    return _TYPES[socket][frame["type"]].model_validate(frame)
