"""What the session says: everything that happens in a chat, one stream a chat, in order (`chat.*`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .instant import Instant
from .shapes import EndedBy, Outcome, Said, Skills

From = Literal["visitor", "agent", "system"]


class ChatSaid(Said):
    """`n` counts everything in the chat's stream; `seq` what the visitor sees (None: internal)."""

    chat: str
    n: int
    seq: int | None = None


class ChatRequested(ChatSaid):
    type: Literal["chat.requested.v1"] = "chat.requested.v1"
    service: str
    queue: str
    priority: int | None = None
    name: str | None = None
    language: str | None = None
    page: str | None = None
    skills: Skills = Field(default_factory=dict)
    previous: str | None = None
    contact: str | None = None
    consent: str | None = None
    subject: str | None = None


class ChatMessagePosted(ChatSaid):
    type: Literal["chat.message_posted.v1"] = "chat.message_posted.v1"
    author: From
    agent: str | None = None
    name: str | None = None
    text: str


class ChatNoteAdded(ChatSaid):
    type: Literal["chat.note_added.v1"] = "chat.note_added.v1"
    agent: str
    name: str | None = None
    text: str


class ChatAssigned(ChatSaid):
    type: Literal["chat.assigned.v1"] = "chat.assigned.v1"
    agent: str
    name: str
    queue: str


class ChatParked(ChatSaid):
    """Parked by the agent, by the limit of active chats (R6), or interrupted by the call `interrupted_by` (R12)."""

    type: Literal["chat.parked.v1"] = "chat.parked.v1"
    agent: str
    why: str
    interrupted_by: str | None = None


class ChatResumed(ChatSaid):
    type: Literal["chat.resumed.v1"] = "chat.resumed.v1"
    agent: str
    why: str


class ChatRequeued(ChatSaid):
    type: Literal["chat.requeued.v1"] = "chat.requeued.v1"
    agent: str
    queue: str
    why: str


class ChatTransferred(ChatSaid):
    """R23: `agent` has given the chat to the queue `queue`, or to `to_agent`; the note is for agents alone."""

    type: Literal["chat.transferred.v1"] = "chat.transferred.v1"
    agent: str
    queue: str
    to_agent: str | None = None
    note: str | None = None


class ChatVisitorLost(ChatSaid):
    type: Literal["chat.visitor_lost.v1"] = "chat.visitor_lost.v1"


class ChatVisitorReturned(ChatSaid):
    type: Literal["chat.visitor_returned.v1"] = "chat.visitor_returned.v1"


class ChatEnded(ChatSaid):
    type: Literal["chat.ended.v1"] = "chat.ended.v1"
    ended_by: EndedBy = Field(alias="by")
    agent: str | None = None


class ChatWrapUpStarted(ChatSaid):
    type: Literal["chat.wrap_up_started.v1"] = "chat.wrap_up_started.v1"
    agent: str


class ChatWrapUpExtended(ChatSaid):
    type: Literal["chat.wrap_up_extended.v1"] = "chat.wrap_up_extended.v1"
    agent: str


class ChatClassified(ChatSaid):
    type: Literal["chat.classified.v1"] = "chat.classified.v1"
    agent: str
    code: str
    note: str | None = None


class ChatClosed(ChatSaid):
    """The chat is over for everybody: how, and its three timers in milliseconds, settled (R17, R25)."""

    type: Literal["chat.closed.v1"] = "chat.closed.v1"
    outcome: Outcome
    why: str
    started_at: Instant
    wait_ms: int
    handle_ms: int
    wrap_up_ms: int
    interruptions: int


class ChatIdentified(ChatSaid):
    """R24: `agent` says who the visitor is; None: nobody known."""

    type: Literal["chat.identified.v1"] = "chat.identified.v1"
    agent: str
    contact: str | None = None


class ChatRated(ChatSaid):
    """The visitor has said how it was: `score` from 1 to 5, with a comment of theirs. The last one counts."""

    type: Literal["chat.rated.v1"] = "chat.rated.v1"
    score: int
    comment: str | None = None


class ChatUnread(ChatSaid):
    """For the router: how many of the visitor's messages came in while the chat was parked (R16)."""

    type: Literal["chat.unread.v1"] = "chat.unread.v1"
    count: int


class ChatTouched(ChatSaid):
    """For the router: the owner wrote, so of the owner's chats this one was touched last (R6)."""

    type: Literal["chat.touched.v1"] = "chat.touched.v1"
    agent: str
