"""The base of every message, and the pieces that messages share."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field

from .hours import Hours
from .instant import Instant
from .refusal import Code, Refused

Kind = Literal["call", "chat", "email", "task"]
Stage = Literal["waiting", "conversation", "wrap_up", "closed"]
Activity = Literal["active", "parked", "interrupted"]
Role = Literal["visitor", "agent", "supervisor", "admin", "ops", "source", "system"]

Key = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s/\x00]+$")]
"""An identifier within a tenant: 1 to 64 characters, no white space, no slash."""


class Shape(BaseModel):
    """A frozen piece of a message; unknown fields are ignored, so that fields may be added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Skills = dict[Key, Annotated[int, Field(ge=1, le=10)]]
"""What an item needs, or what an agent can do: each skill from 1 to 10."""


class Sender(Shape):
    """Who asked, and where the answer goes. `id` is the client's own: with role and user it is the idempotency key."""

    gateway: str
    connection: int
    id: str
    role: Role
    user: str | None = None
    name: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key within the stream that the command is for: no user's name has a slash, and a visitor has
        none at all."""
        return f"{self.user or ''}/{self.id}"


class Message(Shape):
    """Everything on the broker: what it is, whose it is, and the trace that it belongs to (W3C `traceparent`)."""

    type: str
    tenant: str
    traceparent: str | None = None


class Command(Message):
    """Something a client asks for. `sender` is None for what the system asks of itself."""

    sender: Sender | None = None

    def digest(self) -> int:
        """A number that differs when the content differs: the same command id with another content is a conflict."""
        content = sorted((name, value) for name, value in self.__dict__.items() if name not in _NOT_CONTENT)
        return crc32(repr(content).encode("utf-8", "surrogatepass"))


_NOT_CONTENT = frozenset({"sender", "traceparent", "tenant"})


class Said(Message):
    """Something that happened, as other services hear it.

    `source` (such as `session.3`) and `position` (rising within a source) make it possible to take each exactly once;
    `cause` is the idempotency key of the command that led to it.
    """

    source: str = ""
    position: int = 0
    at: Instant
    cause: str | None = None


class Reply(Shape):
    """The answer to one command: either `ack` (the frame's fields) or a refusal."""

    connection: int
    id: str
    ack: dict[str, Any] | None = None
    code: Code | None = None
    message: str | None = None
    facts: dict[str, Any] | None = None

    @classmethod
    def to(cls, sender: Sender, answer: dict[str, Any] | Refused) -> Reply:
        """The answer to a sender's command: the ack's fields, or a refusal."""
        if isinstance(answer, Refused):
            facts = answer.facts or None
            told = {"code": answer.code, "message": answer.message, "facts": facts}
            return cls(connection=sender.connection, id=sender.id, **told)
        return cls(connection=sender.connection, id=sender.id, ack=answer)


class TimerShown(Shape):
    """A timer on the wire: `ms` settled, and since when it runs (null while it stands)."""

    ms: int = 0
    running_since: Instant | None = None


class WrapUpShown(TimerShown):
    """The wrap-up's timer with its limit and how many extensions are left (R18)."""

    limit_ms: int | None = None
    extensions_left: int | None = None


class Classification(Shape):
    code: str
    note: str | None = None


class Item(Shape):
    """A work item as agents, telephone systems and operators see it."""

    item: str
    kind: Kind
    queue: str
    priority: int
    stage: Stage
    activity: Activity | None = None
    owner: str | None = None
    waiting_since: Instant
    handle: TimerShown
    wrap_up: WrapUpShown
    interrupted_by: str | None = None
    unread: int = 0
    contact: str | None = None
    name: str | None = None
    language: str | None = None
    subject: str | None = None
    classification: Classification | None = None
    answered: bool | None = None
    """A call that an agent has: whether it has been answered, or still rings (R15)."""

    def frame(self) -> dict[str, Any]:
        """As it stands in frames and HTTP answers: what it has not is left out, but a standing timer says so."""
        shown = self.model_dump(mode="json", exclude_none=True)
        shown["handle"].setdefault("running_since", None)
        shown["wrap_up"].setdefault("running_since", None)
        return shown


class WrapUpSettings(Shape):
    """R18: whether there is a wrap-up, its limit, one extension's length and how many there may be; `calls`: whether calls
    have one as well."""

    on: bool = True
    limit_s: int = Field(60, ge=1, le=86_400)
    extension_s: int = Field(60, ge=1, le=86_400)
    extensions: int = Field(3, ge=0, le=100)
    calls: bool = False

    def holds_for(self, kind: Kind) -> bool:
        """Whether an item of this kind has a wrap-up: a call only where that is set."""
        return self.on and (kind != "call" or self.calls)


class Routing(Shape):
    """Which policies a queue uses: the order in which items go, the choice of an agent, the choice of whom a call
    interrupts. `points_per_minute`: what `ageing` adds to a priority for each minute of waiting. `relax_after_s`: with
    `skills`, after each such time of waiting every level that is asked for counts one less."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: Literal["priority", "ageing"] = "priority"
    points_per_minute: int = Field(1, ge=0, le=1000)
    agent: Literal["longest_idle", "fewest_active", "round_robin", "skills", "last_agent"] = "longest_idle"
    relax_after_s: int = Field(30, ge=1, le=86_400)
    interrupt: Literal["least_recently_interrupted", "lowest_priority", "fewest_active"] = "least_recently_interrupted"


class QueueSettings(Shape):
    """What an administrator sets for a queue (R4, R5, R8, R10, R15, R18).

    `interrupts`: which kinds interrupt for this queue, never a chat; `interruptible`: which of its items may be
    interrupted, never a call (R15). `ring_s`: how long a call rings before it is given to somebody else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    distribution: Literal["push", "pick"] = "push"
    priority: dict[Kind, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    chats_per_agent: int = Field(1, ge=1, le=200)
    max_length: int | None = Field(None, ge=0, le=1_000_000)
    wait_without_agents: bool = True
    wrap_up: WrapUpSettings = WrapUpSettings(limit_s=60, extension_s=60, extensions=3)
    interrupts: tuple[Literal["call", "email", "task"], ...] = ("call",)
    interruptible: tuple[Literal["chat", "email", "task"], ...] = ("chat", "email", "task")
    ring_s: int = Field(20, ge=1, le=600)
    agents: tuple[Key, ...] = ()
    hours: Hours | None = None
    routing: Routing = Routing(points_per_minute=1, relax_after_s=30)

    def priority_of(self, kind: Kind) -> int:
        """The priority of a kind in this queue (R4): its own, or call 100 and everything else 50."""
        return self.priority.get(kind, 100 if kind == "call" else 50)
