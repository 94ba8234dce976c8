"""What a gateway is told for its sockets: entries of chats, changes of the floor, replies. Never stored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .hours import Hours
from .instant import Instant
from .shapes import Item, Kind, Message, Reply, Shape, Stage
from .supervision import Act


class Entry(Message):
    """One entry of a chat: `fields` for everyone in it, `internal` beside them for agents; `seq` None: agents only."""

    type: Literal["entry"] = "entry"
    n: int
    seq: int | None = None
    last_seq: int
    at: Instant
    kind: str
    fields: dict[str, Any]
    internal: dict[str, Any] | None = None


class ChatShown(Message):
    """Entries of a chat, in order, for whoever shows it at this gateway; `reply` answers the one who caused them.

    `n` and `seq`: where the chat stands after them; with `more` there are entries beyond, which are asked for next.
    `only`: the connection that asked for the entries again (a `resume` or `open`), None for what is new to all.
    """

    type: Literal["chat_shown"] = "chat_shown"
    chat: str
    entries: tuple[Entry, ...] = ()
    n: int
    seq: int
    more: bool = False
    stage: Stage
    queue: str
    owner: str | None = None
    only: int | None = None
    reply: Reply | None = None


class SignalShown(Message):
    type: Literal["signal_shown"] = "signal_shown"
    chat: str
    signal: Literal["typing", "read"]
    author: Literal["visitor", "agent"]
    connection: int | None = None
    on: bool | None = None
    seq: int | None = None


class HelpShown(Shape):
    """That an agent has asked for help, since when, about what, and what they said (R36)."""

    since: Instant
    item: str | None = None
    text: str | None = None


class Intervention(Shape):
    """What a supervisor has done, to whom or what, and the reason that they gave (R36)."""

    user: str
    name: str
    act: Act
    agent: str | None = None
    item: str | None = None
    to_agent: str | None = None
    queue: str | None = None
    why: str | None = None


class AgentShown(Message):
    """An agent as the floor has it."""

    type: Literal["agent_shown"] = "agent_shown"
    agent: str
    name: str
    state: Literal["ready", "not_ready", "logged_out"]
    reason: str | None = None
    since: Instant | None = None
    """When their state or its reason began."""
    help: HelpShown | None = None


class Pace(Shape):
    """What a queue's waiting times are worked out from (R8), in milliseconds: by kind how long an item has a place of its agent, wrap-up
    and interruptions and all; how long people wait before they give up, None where nobody has."""

    turns: dict[Kind, int] = Field(default_factory=dict)
    patience_ms: int | None = None


class QueueShown(Message):
    """A queue as the floor has it: enough to know who serves it."""

    type: Literal["queue_shown"] = "queue_shown"
    queue: str
    name: str
    agents: tuple[str, ...]
    max_length: int | None = None
    wait_without_agents: bool = True
    hours: Hours | None = None
    points_per_minute: int = 0
    """What a minute of waiting adds to the priority of what waits here (R4)."""
    chats_per_agent: int = 1
    distribution: str = "push"
    reply_target_s: int = 60
    mail_reply_target_s: int = 14_400
    pace: Pace = Field(default_factory=lambda: Pace())


class FloorChange(Message):
    """One event of the floor as whole pieces to put in place of the old ones. `gone`: items that are not open now."""

    type: Literal["floor_change"] = "floor_change"
    version: int
    at: Instant
    kind: str
    items: tuple[Item, ...] = ()
    gone: tuple[str, ...] = ()
    agents: tuple[AgentShown, ...] = ()
    queues: tuple[QueueShown, ...] = ()
    agents_gone: tuple[str, ...] = ()
    queues_gone: tuple[str, ...] = ()
    paces: dict[str, Pace] = Field(default_factory=dict)
    """By queue, its pace, where that is new."""
    intervention: Intervention | None = None


class FloorShown(Message):
    """Changes of a floor, in order; with `snapshot` the single change holds everything there is, or a page of it: they come
    in order from `page` 0 to the one without `more`, each as things stand when it is made, changes between them."""

    type: Literal["floor_shown"] = "floor_shown"
    snapshot: bool = False
    page: int = 0
    more: bool = False
    changes: tuple[FloorChange, ...] = ()
    reply: Reply | None = None


class Replied(Message):
    """An answer that changed nothing: a refusal, or the same answer again."""

    type: Literal["replied"] = "replied"
    reply: Reply


class ReplyPart(Message):
    """A part of an answer that is too large for one message: the texts of parts 0 to `of` - 1 are the answer, encoded."""

    type: Literal["reply_part"] = "reply_part"
    connection: int
    id: str
    part: int
    of: int
    text: str


class PartitionTaken(Message):
    """A process has taken over a partition: gateways say again what they show of it."""

    type: Literal["partition_taken"] = "partition_taken"
    service: str
    partition: int


class InboxThere(Message):
    """Somebody answers at this inbox: said every few seconds of those that an installation may be without, so that a gateway sends
    nothing where nobody ever comes."""

    type: Literal["inbox_there"] = "inbox_there"
    inbox: str


class LoginsEnded(Message):
    """These logins of a tenant's users hold no more: gateways close their sockets."""

    type: Literal["logins_ended"] = "logins_ended"
    logins: tuple[str, ...]


class ContactsChanged(Message):
    """These contacts have other names now, perhaps, or are merged otherwise; none named: any may be. Gateways ask again for those that
    they show (R24)."""

    type: Literal["contacts_changed"] = "contacts_changed"
    contacts: tuple[str, ...] = ()


class DirectoryChanged(Message):
    """A tenant's services, agents or settings have changed: gateways read them again."""

    type: Literal["directory_changed"] = "directory_changed"
