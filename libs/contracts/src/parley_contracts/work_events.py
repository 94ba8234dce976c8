"""What the router says: who works on what (`work.*`), who is there (`agent.*`), what is set (`queue.*`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .shapes import Kind, Outcome, Said, Skills


class WorkSaid(Said):
    """`version` counts everything on the tenant's floor."""

    item: str
    kind: Kind
    queue: str
    version: int


class WorkQueued(WorkSaid):
    type: Literal["work.queued.v1"] = "work.queued.v1"
    priority: int
    subject: str | None = None
    name: str | None = None
    text: str | None = None
    language: str | None = None
    contact: str | None = None
    conversation: str | None = None
    """The first item of the conversation that it goes on with, where an agent began it."""
    receipt: bool | None = None
    """Whoever wrote it gets a receipt by e-mail."""


class WorkAssigned(WorkSaid):
    """An agent owns the item now. `reports_touch`: the owner may have several active chats, so the router needs to know
    which one was touched last (R6)."""

    type: Literal["work.assigned.v1"] = "work.assigned.v1"
    agent: str
    name: str
    how: Literal["pushed", "picked", "transferred"]
    reports_touch: bool = Field(False, alias="report_touch")


class WorkAnswered(WorkSaid):
    """The agent has answered the call (R15)."""

    type: Literal["work.answered.v1"] = "work.answered.v1"
    agent: str
    name: str | None = None


class WorkKept(WorkSaid):
    """The agent's desk is gone, and the call goes on: it stays theirs until the telephone system says that it is over (R15).
    `why`: `agent` logged out, or `connection_lost`."""

    type: Literal["work.kept.v1"] = "work.kept.v1"
    agent: str
    why: str


class WorkParked(WorkSaid):
    type: Literal["work.parked.v1"] = "work.parked.v1"
    agent: str
    why: str
    interrupted_by: str | None = None


class WorkResumed(WorkSaid):
    type: Literal["work.resumed.v1"] = "work.resumed.v1"
    agent: str
    why: str


class WorkRequeued(WorkSaid):
    type: Literal["work.requeued.v1"] = "work.requeued.v1"
    agent: str
    why: str


class WorkTransferred(WorkSaid):
    """R23: `agent` has given the item away; it waits in `queue` now, or is `to_agent`'s with the next event."""

    type: Literal["work.transferred.v1"] = "work.transferred.v1"
    agent: str
    from_queue: str
    to_agent: str | None = None
    note: str | None = None


class WorkWrapUpStarted(WorkSaid):
    type: Literal["work.wrap_up_started.v1"] = "work.wrap_up_started.v1"
    agent: str
    limit_ms: int
    extensions: int


class WorkWrapUpExtended(WorkSaid):
    type: Literal["work.wrap_up_extended.v1"] = "work.wrap_up_extended.v1"
    agent: str
    extension_ms: int


class WorkClassified(WorkSaid):
    type: Literal["work.classified.v1"] = "work.classified.v1"
    agent: str
    code: str
    note: str | None = None


class WorkNoted(WorkSaid):
    """R35: an internal note about a call, an e-mail or a task; `name`: of who wrote it."""

    type: Literal["work.noted.v1"] = "work.noted.v1"
    agent: str
    name: str | None = None
    text: str


class WorkIdentified(WorkSaid):
    """R24: the owner says who the visitor is, or corrects it; None: nobody known."""

    type: Literal["work.identified.v1"] = "work.identified.v1"
    agent: str
    contact: str | None = None


class WorkClosed(WorkSaid):
    """The item is over. A chat's timers are settled by the session; those of another kind of item stand here."""

    type: Literal["work.closed.v1"] = "work.closed.v1"
    outcome: Outcome
    why: str
    wait_ms: int | None = None
    handle_ms: int | None = None
    wrap_up_ms: int | None = None


class FloorSaid(Said):
    version: int


class AgentLoggedIn(FloorSaid):
    type: Literal["agent.logged_in.v1"] = "agent.logged_in.v1"
    agent: str


class AgentLoggedOut(FloorSaid):
    type: Literal["agent.logged_out.v1"] = "agent.logged_out.v1"
    agent: str
    why: Literal["agent", "connection_lost"]


class AgentReady(FloorSaid):
    type: Literal["agent.ready.v1"] = "agent.ready.v1"
    agent: str


class AgentNotReady(FloorSaid):
    type: Literal["agent.not_ready.v1"] = "agent.not_ready.v1"
    agent: str
    reason: str | None = None


class AgentSkilled(FloorSaid):
    """R5: what an agent can do, who said so; each skill from 1 to 10."""

    type: Literal["agent.skilled.v1"] = "agent.skilled.v1"
    agent: str
    skills: Skills
    user: str = Field(alias="by")


class AgentForgotten(FloorSaid):
    """R5: there is no such agent any more; who removed them."""

    type: Literal["agent.forgotten.v1"] = "agent.forgotten.v1"
    agent: str
    user: str = Field(alias="by")


class QueueRemoved(FloorSaid):
    """R5: there is no such queue any more; who removed it."""

    type: Literal["queue.removed.v1"] = "queue.removed.v1"
    queue: str
    user: str = Field(alias="by")


class QueueConfigured(FloorSaid):
    """R5: who set what; `at` says when. `settings` are those of `QueueSettings`, as the version knew them that set them."""

    type: Literal["queue.configured.v1"] = "queue.configured.v1"
    queue: str
    settings: dict[str, Any]
    user: str = Field(alias="by")
