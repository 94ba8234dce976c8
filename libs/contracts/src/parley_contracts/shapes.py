"""The base of every message, and the pieces that messages share."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field

from .hours import Hours
from .instant import Instant
from .refusal import Code, Refused

Kind = Literal["call", "chat", "email", "task"]
Stage = Literal["waiting", "conversation", "wrap_up", "closed"]
Activity = Literal["active", "parked", "interrupted"]
Outcome = Literal["handled", "abandoned", "visitor_left"]
EndedBy = Literal["visitor", "agent", "absence", "system"]
Role = Literal["visitor", "agent", "supervisor", "admin", "ops", "source", "system"]

Key = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s/\x00]+$")]
"""An identifier within a tenant: 1 to 64 characters, no white space, no slash."""


class Shape(BaseModel):
    """A frozen piece of a message; unknown fields are ignored, so that fields may be added. A field that has got a better name
    here goes on the wire by its first one (`alias`), so that versions beside each other understand each other."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, serialize_by_alias=True)


Skills = dict[Key, Annotated[int, Field(ge=1, le=10)]]
"""What an item needs, or what an agent can do: each skill from 1 to 10."""


class Sender(Shape):
    """Who asked, and where the answer goes. `id` is the client's own; `within` names what it is unique within, where that is less
    than the user: a login, or a connection. With role, user and that it is the idempotency key."""

    gateway: str
    connection: int
    id: str
    role: Role
    user: str | None = None
    name: str | None = None
    within: str | None = None
    content: int | None = None
    """A digest of what the client itself sent, of nothing that the server added: what tells a retry from another command."""

    @property
    def key(self) -> str:
        """The idempotency key within the stream that the command is for: no user's name has a slash, and a visitor has
        none at all."""
        return f"{self.user or ''}/{self.id}" if self.within is None else f"{self.user or ''}/{self.within}/{self.id}"


class Message(Shape):
    """Everything on the broker: what it is, whose it is, and the trace that it belongs to (W3C `traceparent`)."""

    type: str
    tenant: str
    traceparent: str | None = None


class Command(Message):
    """Something a client asks for. `sender` is None for what the system asks of itself."""

    sender: Sender | None = None

    def digest(self) -> int:
        """A number that differs when what the client sent differs: the same command id with another content is a conflict. It
        stays the same whatever is set otherwise meanwhile (R30)."""
        sent = self.sender.content if self.sender is not None else None
        return self.own_digest() if sent is None else sent

    def own_digest(self) -> int:
        """The same of the command as it stands here, with what the server added: what stands in older logs."""
        values = self.__dict__
        content = [
            (name, values[name])
            for name in _content(type(self))
            if name not in _LATER or values[name] not in (None, ())
        ]
        return crc32(repr(content).encode("utf-8", "surrogatepass"))


_NOT_CONTENT = frozenset(
    {
        "sender",
        "traceparent",
        "tenant",
        "reader",
        "dropped",
        "touches",
        "standing",
        "usual_to",
        "usual_subject",
        "queue_now",
        "conversation_now",
        "most_attached",
    }
)
"""Who asks, on whose behalf, and what we made of it: the same when it is said again, whatever has become of them meanwhile."""


_LATER = frozenset({"assignment", "was", "cc", "attachments", "until", "forward", "forward_language", "receipt"})
"""Fields that commands have got later: where they are not given, the digest is as it was before there were any."""


@cache
def _content(kind: type[Command]) -> tuple[str, ...]:
    """The fields that are a command's content, in an order that does not depend on the version."""
    return tuple(sorted(kind.model_fields.keys() - _NOT_CONTENT))


class Said(Message):
    """Something that happened, as other services hear it.

    `source` (such as `session.3`) and `position` (rising within a source) make it possible to take each exactly once;
    `before`, the position of what was said there before it, to see that something is missing. `timeline`: the life of the
    log that it comes from; a restored log has another. `command_key` is the idempotency key of the command that led to it.
    """

    source: str = ""
    position: int = 0
    before: int | None = None
    timeline: str | None = None
    at: Instant
    command_key: str | None = Field(None, alias="cause")


PLACE = ("source", "position", "before", "timeline")
"""What says where in a log something was said: it is given when it is said."""


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
    due_at: Instant | None = None
    """Until when a task is to be done."""
    follow_up_at: Instant | None = None
    """When its owner wants to be reminded of it; `reminded`: they have been."""
    reminded: bool | None = None
    conversation: str | None = None
    """The first item of the conversation that an agent goes on with (R35)."""
    classification: Classification | None = None
    assignment: int | None = None
    """Of an owned item: the number of its assignment, from 1 on (R15)."""
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


class AnyRouting(Shape):
    """Which policies a queue uses: the order in which items go, the choice of an agent, the choice of whom a call
    interrupts. `points_per_minute`: what `ageing` adds to a priority for each minute of waiting. `relax_after_s`: with
    `skills`, after each such time of waiting every level that is asked for counts one less."""

    order: Literal["priority", "ageing"] = "priority"
    points_per_minute: int = Field(1, ge=0, le=1000)
    agent: Literal["longest_idle", "fewest_active", "round_robin", "skills", "last_agent"] = "longest_idle"
    relax_after_s: int = Field(30, ge=1, le=86_400)
    interrupt: Literal["least_recently_interrupted", "lowest_priority", "fewest_active"] = "least_recently_interrupted"


class Routing(AnyRouting):
    """The same as an administrator may set it: what is not known is refused (R31)."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class AnyQueueSettings(Shape):
    """What an administrator sets for a queue (R4, R5, R8, R10, R15, R18), as it is sent: a field of another version is left out.

    `interrupts`: which kinds interrupt for this queue, never a chat; `interruptible`: which of its items may be
    interrupted, never a call (R15). `ring_s`: how long a call rings before it is given to somebody else. `reply_target_s`: within what time a
    customer should have an answer, `mail_reply_target_s`: to an e-mail; desks mark who has waited longer.
    """

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
    reply_target_s: int = Field(60, ge=1, le=86_400)
    mail_reply_target_s: int = Field(14_400, ge=1, le=2_592_000)
    agents: tuple[Key, ...] = ()
    hours: Hours | None = None
    routing: AnyRouting = AnyRouting(points_per_minute=1, relax_after_s=30)


class QueueSettings(AnyQueueSettings):
    """The same as an administrator may set it: what is not known is refused (R31)."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    routing: Routing = Routing(points_per_minute=1, relax_after_s=30)
