"""Commands: what clients, and services on their behalf, ask of the session and the router. Imperative names."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .shapes import AnyQueueSettings, Command, Key, Kind, Message, Said, Skills

# --- to whoever works on an inbox ------------------------------------------------------------------------------------


class AreYouThere(Command):
    """A gateway asks whether this inbox is answered: one of a partition, or one for questions. The answer goes the way of all
    answers; nothing is stored, and no stream is looked at."""

    type: Literal["are_you_there"] = "are_you_there"
    tenant: str = ""


# --- to the session: one chat each -----------------------------------------------------------------------------------


class ChatCommand(Command):
    """A command for one chat."""

    chat: str


class StartChat(ChatCommand):
    """A visitor asks for a chat (R2): the chat service's token has decided tenant and queue already."""

    type: Literal["start_chat"] = "start_chat"
    service: str
    queue: str
    priority: int | None = None
    text: str | None = None
    name: str | None = None
    language: str | None = None
    page: str | None = None
    absence_s: int = 300
    skills: Skills = Field(default_factory=dict)
    contact: str | None = None
    """Who the visitor is, where the company's website has vouched for them (R24)."""
    previous: str | None = None
    """The visitor's chat before this one, when they could show that it was theirs: its agent may be asked first."""
    consent: str | None = None
    """What the visitor agreed to before the chat, in the words that they were shown; None: they were not asked here."""
    dropped: dict[str, str] = Field(default_factory=dict)
    """What was said of the visitor and not taken as it was said, by its field: `unusable`, `cut`, `cleaned`, `unverified` or,
    where the CRM did not answer, `unavailable`."""


class PostMessage(ChatCommand):
    """The visitor, or the agent who owns the chat, says something."""

    type: Literal["post_message"] = "post_message"
    text: str
    touches: bool = False
    """Its agent has several active chats as it is said: the router is to know which was touched last (R6)."""


class AddNote(ChatCommand):
    """The owner writes an internal note; the visitor never sees it."""

    type: Literal["add_note"] = "add_note"
    text: str


class EndChat(ChatCommand):
    """The visitor or the owner ends the conversation."""

    type: Literal["end_chat"] = "end_chat"


class RateChat(ChatCommand):
    """The visitor says how the conversation was, from 1 to 5, once it is over; a later rating takes the earlier one's place.

    Refused with `wrong_state` before the end, and where no agent ever joined.
    """

    type: Literal["rate_chat"] = "rate_chat"
    score: Literal[1, 2, 3, 4, 5]
    comment: str | None = None


class WatchChat(ChatCommand):
    """A gateway wants a chat's entries from now on, and the next of those before: as many as a page holds.

    These are those after the visible number `after`, or those beyond the entry `beyond`; `since` says it of an agent's chat:
    those from its last assignment on, or none. With a sender, the reply is the ack of that client's `resume` or `open`.
    `visitor`: the visitor is connected there; `secret_ms`: how long after the end of the chat its secret still opens it.
    """

    type: Literal["watch_chat"] = "watch_chat"
    gateway: str
    after: int = 0
    beyond: int | None = None
    since: Literal["assigned", "now"] | None = None
    visitor: bool = False
    secret_ms: int | None = None


class AskChat(ChatCommand):
    """Is there this chat? Answered by a reply with `exists`, nothing is stored."""

    type: Literal["ask_chat"] = "ask_chat"


class VisitorGone(ChatCommand):
    """The visitor's last connection at this gateway is closed (R22)."""

    type: Literal["visitor_gone"] = "visitor_gone"
    gateway: str


class LoseVisitor(ChatCommand):
    """No gateway has the visitor any more, as of now (R22)."""

    type: Literal["lose_visitor"] = "lose_visitor"


class Wake(Message):
    """Time has passed for a stream: whatever is due there is decided now. Sent by a clock that is never cancelled."""

    type: Literal["wake"] = "wake"
    stream: str


class Signal(ChatCommand):
    """Typing or a read mark: passed on to the others in the chat, never stored."""

    type: Literal["signal"] = "signal"
    signal: Literal["typing", "read"]
    on: bool | None = None
    seq: int | None = None


class ChatHeld(Message):
    """One chat that a gateway shows: the last entry (`n`) and visible number (`seq`) that it has, and whether the visitor
    is connected there."""

    type: Literal["chat_held"] = "chat_held"
    chat: str
    n: int
    seq: int
    visitor: bool


class HoldChats(Message):
    """A gateway's lease on what it shows of one partition, said again every few seconds.

    It heals everything: a session process that took over learns who watches, and sends what was missed; a gateway that
    is gone stops saying it.
    """

    type: Literal["hold_chats"] = "hold_chats"
    gateway: str
    chats: tuple[ChatHeld, ...]


# --- to the router: one tenant's floor each --------------------------------------------------------------------------


class ConnectAgent(Command):
    """An agent's connection is open; the first one logs the agent in."""

    type: Literal["connect_agent"] = "connect_agent"
    agent: str
    name: str
    connection: str
    grace_s: int = 60


class DisconnectAgent(Command):
    """An agent's connection is gone; after the last one the grace period runs (R21)."""

    type: Literal["disconnect_agent"] = "disconnect_agent"
    agent: str
    connection: str


class SetReady(Command):
    type: Literal["set_ready"] = "set_ready"


class SetNotReady(Command):
    type: Literal["set_not_ready"] = "set_not_ready"
    reason: str | None = None


class LogOut(Command):
    """R20: everything that the agent owns goes back to its queue."""

    type: Literal["log_out"] = "log_out"


class ItemCommand(Command):
    """A command of an agent for one work item."""

    item: str


class Pick(ItemCommand):
    type: Literal["pick"] = "pick"


class Park(ItemCommand):
    type: Literal["park"] = "park"
    until: int | None = None  # when its agent is to be reminded of it


class Resume(ItemCommand):
    type: Literal["resume"] = "resume"


class Classify(ItemCommand):
    type: Literal["classify"] = "classify"
    code: str
    note: str | None = None


class NoteItem(ItemCommand):
    """R35: the owner or a supervisor writes an internal note about a call, an e-mail or a task; a chat's are the session's (`AddNote`)."""

    type: Literal["note_item"] = "note_item"
    text: str


class Extend(ItemCommand):
    type: Literal["extend"] = "extend"


class Complete(ItemCommand):
    type: Literal["complete"] = "complete"


class Transfer(ItemCommand):
    """R23: the owner gives the item to another queue or to another agent, with a note for whoever takes it."""

    type: Literal["transfer"] = "transfer"
    queue: str | None = None
    agent: str | None = None
    note: str | None = None


class Identify(ItemCommand):
    """R24: the owner says who the visitor is, or corrects it; None: nobody known. That there is such a contact, the gateway
    has asked before."""

    type: Literal["identify"] = "identify"
    contact: Key | None = None


class AddItem(ItemCommand):
    """R3: a telephone system or another source puts a call, an e-mail or a task into a queue."""

    type: Literal["add_item"] = "add_item"
    kind: Kind
    queue: str
    priority: int | None = None
    subject: str | None = None
    name: str | None = None
    text: str | None = None
    language: str | None = None
    skills: Skills = Field(default_factory=dict)
    due_at: int | None = None
    """Until when a task is to be done, in milliseconds since 1970."""
    receipt: bool | None = None
    """Whoever wrote it gets a receipt by e-mail (R8)."""


class AboutCall(ItemCommand):
    """What a telephone system says of a call; `assignment`: which one it is about, None for the present one (R15)."""

    assignment: int | None = None


class AnswerCall(AboutCall):
    """The telephone system says that the agent has answered the call: it rings no more (R15)."""

    type: Literal["answer_call"] = "answer_call"


class MissCall(AboutCall):
    """The telephone system says that the agent did not answer: the call goes back to its queue (R15)."""

    type: Literal["miss_call"] = "miss_call"


class EndItem(AboutCall):
    """The source, or the owner, ends an item that is no chat."""

    type: Literal["end_item"] = "end_item"


class AskItem(ItemCommand):
    """What does this item look like now? Answered by a reply, nothing is stored."""

    type: Literal["ask_item"] = "ask_item"
    forgiving: bool = False
    """Answer with no item, instead of `not_found`, when it has left the floor already."""


class PutQueue(Command):
    """R5: an administrator creates or changes a queue, effective at once."""

    type: Literal["put_queue"] = "put_queue"
    queue: str
    settings: AnyQueueSettings
    was: str | None = None
    """A tag of the settings that the change was made of; None: whatever they were."""


class RemoveQueue(Command):
    """R5: an administrator removes a queue in which nothing waits and of which nobody owns anything."""

    type: Literal["remove_queue"] = "remove_queue"
    queue: str


class SetSkills(Command):
    """R5: an administrator says what an agent can do, each skill from 1 to 10."""

    type: Literal["set_skills"] = "set_skills"
    agent: str
    skills: Skills


class SetService(Command):
    """R4, R5: an administrator has said what a chat service gives its chats: `priority`, None for their queue's usual one, and the
    `skills` that an agent needs. It holds for what waits already."""

    type: Literal["set_service"] = "set_service"
    service: Key
    priority: int | None = None
    skills: Skills = Field(default_factory=dict)


class ForgetAgent(Command):
    """R5: an administrator removes an agent who is logged out and in no queue."""

    type: Literal["forget_agent"] = "forget_agent"
    agent: Key


class AskQueue(Command):
    """What are a queue's settings? Answered by a reply, nothing is stored."""

    type: Literal["ask_queue"] = "ask_queue"
    queue: str | None = None


class AskQueueChanges(Command):
    """R5: who changed the queues, when? Goes to `ROUTER_QUESTIONS` and is answered by a reply, nothing is stored. The ack has
    `changes`, the newest first, at most `limit`, of those before version `before` of the floor: each with `version`, `at`
    (milliseconds since 1970), `by`, `queue`, and the settings `old` and `new` (None: there was no such queue, there is none
    any more)."""

    type: Literal["ask_queue_changes"] = "ask_queue_changes"
    before: int | None = None
    limit: int = Field(50, ge=1, le=500)


class WatchFloor(Message):
    """A gateway lacks something of a floor: it gets a snapshot, and every change from then on."""

    type: Literal["watch_floor"] = "watch_floor"
    gateway: str
    version: int = -1


class ShowFloor(Message):
    """The next page of a floor for a gateway that lacks it: what the router tells itself until all has been shown."""

    type: Literal["show_floor"] = "show_floor"
    gateway: str
    page: int


class Tide(Message):
    """A writer asks of a line: has everything been stored that was said in this inbox, up to `position`?"""

    type: Literal["tide"] = "tide"
    source: str
    timeline: str | None = None
    position: int
    inbox: str


class Taken(Message):
    """The answer of whoever takes from an inbox: everything that a source said there is stored up to `position`. `lacks`: it was
    told of something beyond, and what lies between has not come."""

    type: Literal["taken"] = "taken"
    source: str
    timeline: str | None = None
    position: int
    inbox: str
    lacks: bool = False


class NewerSaid(Said):
    """In the place of what an event says that its writer does not know: a newer version has stored it. What it is about waits
    until a writer that knows it is asked. `topic`: the event's stored name; None: it has nothing to say to this inbox."""

    type: Literal["newer.v1"] = "newer.v1"
    item: str | None = None
    topic: str | None = None


class SayAgain(Message):
    """A consumer asks a writer to say one thing again, which was said by one that did not know it."""

    type: Literal["say_again"] = "say_again"
    source: str
    position: int
    inbox: str


class FloorHeld(Message):
    """One floor that a gateway shows, and the version that it has (-1: nothing yet)."""

    type: Literal["floor_held"] = "floor_held"
    version: int


class HoldFloors(Message):
    """A gateway's lease on the floors of one partition that it shows, said again every few seconds.

    `nothing_on_its_way`: what was is lost, with the gateway's connection to the broker.
    """

    type: Literal["hold_floors"] = "hold_floors"
    gateway: str
    nothing_on_its_way: bool = False
    floors: tuple[FloorHeld, ...]
