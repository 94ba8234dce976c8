"""The words of the router's tests: what can have happened on a floor, and what can be asked of it. Times in milliseconds."""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec
from parley_chassis.stories import Stories
from parley_contracts import chat_events as ce
from parley_contracts import commands as c
from parley_contracts.shapes import QueueSettings, Sender
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.state import Agent, WorkItem
from parley_router.handlers import FLOOR

TENANT = "acme"
S = 1000
MINUTE = 60 * S
AGENTS = ("anna", "ben", "cleo")
_ids = count(1)


def unmarked(event: e.Happened) -> e.Happened | None:
    """The event without the mark of the command that led to it, and without the reasons for a choice; that a command found
    it so already is no story's business."""
    if isinstance(event, e.CommandSeen):
        return None
    event = msgspec.structs.replace(event, command_key=None, digest=0)
    return msgspec.structs.replace(event, why=None) if isinstance(event, e.ItemAssigned) else event


floor = Stories(FLOOR, TENANT, plain=unmarked)

# --- what has happened ------------------------------------------------------------------------------------------------


def settings(name: str = "help", agents: tuple[str, ...] = AGENTS, **fields: Any) -> QueueSettings:
    return QueueSettings(name=name.title(), agents=agents, **fields)


def queue(name: str = "help", at: int = 0, agents: tuple[str, ...] = AGENTS, **fields: Any) -> e.QueueSet:
    """A queue in which the router assigns."""
    return e.QueueSet(at=at, queue=name, settings=settings(name, agents, **fields).model_dump(mode="json"), user="ada")


def pick_queue(name: str = "help", **fields: Any) -> e.QueueSet:
    """A queue in which agents choose only."""
    return queue(name, distribution="pick", **fields)


def online(agent: str, at: int = 0, ready: bool = True, grace_s: int = 60) -> list[e.Happened]:
    """Logged in and connected as `<agent>.1`."""
    here: list[e.Happened] = [
        e.AgentLoggedIn(at=at, agent=agent, name=agent.title()),
        connected(agent, at, 1, grace_s),
    ]
    return [*here, e.AgentSetReady(at=at, agent=agent)] if ready else here


def connected(agent: str, at: int, number: int = 1, grace_s: int = 60) -> e.AgentConnected:
    return e.AgentConnected(
        at=at, agent=agent, name=agent.title(), connection=f"{agent}.{number}", grace_ms=grace_s * 1000
    )


def disconnected(agent: str, at: int, number: int = 1) -> e.AgentDisconnected:
    return e.AgentDisconnected(at=at, agent=agent, connection=f"{agent}.{number}")


def logged_out(agent: str, at: int, why: Any = "agent") -> e.AgentLoggedOut:
    return e.AgentLoggedOut(at=at, agent=agent, why=why)


def waits(item: str, at: int = 0, queue: str = "help", priority: int = 50, **fields: Any) -> e.ItemQueued:
    fields = {"service": "web", **fields}
    return e.ItemQueued(at=at, item=item, kind="chat", queue=queue, priority=priority, **fields)


def call_waits(item: str, at: int = 0, queue: str = "help", priority: int = 100, **fields: Any) -> e.ItemQueued:
    return e.ItemQueued(at=at, item=item, kind="call", queue=queue, priority=priority, **fields)


def rings(
    item: str, agent: str, at: int, how: Any = "pushed", ring_s: int = 20, several: bool = False
) -> e.ItemAssigned:
    """A call that an agent has been given, and has not answered yet."""
    fields = {
        "agent": agent,
        "name": agent.title(),
        "reports_touch": several,
        "how": how,
        "ring_ms": ring_s * 1000,
        "waits": True,
    }
    return e.ItemAssigned(at=at, item=item, kind="call", queue="help", **fields)


def interrupted(item: str, agent: str, at: int, by: str) -> e.ItemParked:
    return parked(item, agent, at, "call", interrupted_by=by)


def back(item: str, agent: str, at: int, queue: str = "help") -> e.ItemResumed:
    """Resumed by itself, since the call is over."""
    return _about(e.ItemResumed, item, at, queue, agent=agent, why="call_over")


def held_over(item: str, agent: str, at: int, by: str) -> e.InterrupterChanged:
    return _about(e.InterrupterChanged, item, at, "help", agent=agent, interrupted_by=by)


def call_closed(item: str, at: int, why: str = "no_wrap_up", outcome: str = "handled", **spent: int) -> e.ItemClosed:
    times = {"wait_ms": 0, "handle_ms": 0, "wrap_up_ms": 0, **spent}
    return e.ItemClosed(at=at, item=item, kind="call", queue="help", outcome=outcome, why=why, **times)


def call_back(item: str, agent: str, at: int) -> list[e.Happened]:
    """A call that was not answered: it waits again, and its agent is not ready."""
    requeued = e.ItemRequeued(at=at, item=item, kind="call", queue="help", agent=agent, why="no_answer")
    return [requeued, e.AgentSetNotReady(at=at, agent=agent, reason="no_answer")]


def transferred(item: str, agent: str, at: int, queue: str = "help", **fields: Any) -> e.ItemTransferred:
    fields = {"from_queue": "help", "priority": 50, **fields}
    return _about(e.ItemTransferred, item, at, queue, agent=agent, **fields)


def _about(kind: type[e.ItemHappened], item: str, at: int, queue: str, **fields: Any) -> Any:
    return kind(at=at, item=item, kind="chat", queue=queue, **fields)


def picked(item: str, agent: str, at: int, queue: str = "help", several: bool = False) -> e.ItemAssigned:
    fields = {"agent": agent, "name": agent.title(), "reports_touch": several, "how": "picked"}
    return _about(e.ItemAssigned, item, at, queue, **fields)


def pushed(item: str, agent: str, at: int, queue: str = "help", several: bool = False) -> e.ItemAssigned:
    return msgspec.structs.replace(picked(item, agent, at, queue, several), how="pushed")


def parked(item: str, agent: str, at: int, why: str = "agent", queue: str = "help", **fields: Any) -> e.ItemParked:
    return _about(e.ItemParked, item, at, queue, agent=agent, why=why, **fields)


def resumed(item: str, agent: str, at: int, queue: str = "help") -> e.ItemResumed:
    return _about(e.ItemResumed, item, at, queue, agent=agent, why="agent")


def requeued(item: str, agent: str, at: int, why: str = "agent", queue: str = "help") -> e.ItemRequeued:
    return _about(e.ItemRequeued, item, at, queue, agent=agent, why=why)


def wrap_up(
    item: str, agent: str, at: int, by: str = "visitor", limit_s: int = 60, extensions: int = 3, queue: str = "help"
) -> e.WrapUpStarted:
    fields = {"agent": agent, "limit_ms": limit_s * 1000, "extensions": extensions, "ended_by": by}
    return _about(e.WrapUpStarted, item, at, queue, **fields)


def extended(item: str, agent: str, at: int, by_s: int = 60, queue: str = "help") -> e.WrapUpExtended:
    return _about(e.WrapUpExtended, item, at, queue, agent=agent, extension_ms=by_s * 1000)


def classified(item: str, agent: str, at: int, code: str, note: str | None = None) -> e.ItemClassified:
    return _about(e.ItemClassified, item, at, "help", agent=agent, code=code, note=note)


def noted(item: str, agent: str, at: int, text: str) -> e.ItemNoted:
    return _about(e.ItemNoted, item, at, "help", agent=agent, name=agent.title(), text=text)


def identified(item: str, agent: str, at: int, contact: str | None) -> e.ItemIdentified:
    return _about(e.ItemIdentified, item, at, "help", agent=agent, contact=contact)


def closed(item: str, at: int, why: str, outcome: str = "handled", queue: str = "help") -> e.ItemClosed:
    return _about(e.ItemClosed, item, at, queue, outcome=outcome, why=why)


def unread(item: str, at: int, number: int) -> e.UnreadCounted:
    return _about(e.UnreadCounted, item, at, "help", count=number)


def touched(item: str, at: int) -> e.ItemTouched:
    return _about(e.ItemTouched, item, at, "help")


# --- what is asked ----------------------------------------------------------------------------------------------------


def by(agent: str, id: str | None = None) -> Sender:
    """Sent by this agent, under a fresh id unless one is given."""
    id = id if id is not None else f"id-{next(_ids)}"
    return Sender(gateway="g1", connection=1, id=id, role="agent", user=agent, name=agent.title())


def pick(item: str, agent: str, id: str | None = None) -> c.Pick:
    return c.Pick(tenant=TENANT, sender=by(agent, id), item=item)


def park(item: str, agent: str, id: str | None = None, until: int | None = None) -> c.Park:
    return c.Park(tenant=TENANT, sender=by(agent, id), item=item, until=until)


def resume(item: str, agent: str, id: str | None = None) -> c.Resume:
    return c.Resume(tenant=TENANT, sender=by(agent, id), item=item)


def extend(item: str, agent: str, id: str | None = None) -> c.Extend:
    return c.Extend(tenant=TENANT, sender=by(agent, id), item=item)


def complete(item: str, agent: str, id: str | None = None) -> c.Complete:
    return c.Complete(tenant=TENANT, sender=by(agent, id), item=item)


def classify(item: str, agent: str, code: str, note: str | None = None, id: str | None = None) -> c.Classify:
    return c.Classify(tenant=TENANT, sender=by(agent, id), item=item, code=code, note=note)


def note(item: str, agent: str, text: str, id: str | None = None, role: str = "agent") -> c.NoteItem:
    sender = by(agent, id).model_copy(update={"role": role})
    return c.NoteItem(tenant=TENANT, sender=sender, item=item, text=text)


def identify(item: str, agent: str, contact: str | None, id: str | None = None) -> c.Identify:
    return c.Identify(tenant=TENANT, sender=by(agent, id), item=item, contact=contact)


def ready(agent: str, id: str | None = None) -> c.SetReady:
    return c.SetReady(tenant=TENANT, sender=by(agent, id))


def not_ready(agent: str, reason: str | None = None, id: str | None = None) -> c.SetNotReady:
    return c.SetNotReady(tenant=TENANT, sender=by(agent, id), reason=reason)


def log_out(agent: str, id: str | None = None) -> c.LogOut:
    return c.LogOut(tenant=TENANT, sender=by(agent, id))


def connect(agent: str, number: int = 1, grace_s: int = 60) -> c.ConnectAgent:
    fields = {"agent": agent, "name": agent.title(), "connection": f"{agent}.{number}", "grace_s": grace_s}
    return c.ConnectAgent(tenant=TENANT, sender=by(agent), **fields)


def disconnect(agent: str, number: int = 1) -> c.DisconnectAgent:
    return c.DisconnectAgent(tenant=TENANT, agent=agent, connection=f"{agent}.{number}")


def put_queue(name: str = "help", agents: tuple[str, ...] = AGENTS, id: str | None = None, **fields: Any) -> c.PutQueue:
    sender = by("ada", id).model_copy(update={"role": "admin"})
    return c.PutQueue(tenant=TENANT, sender=sender, queue=name, settings=settings(name, agents, **fields))


def wake() -> c.Wake:
    return c.Wake(tenant=TENANT, stream=TENANT)


def _said(kind: Any, chat: str, at: int, **fields: Any) -> Any:
    return kind(tenant=TENANT, chat=chat, n=1, at=at, **fields)


def requested(chat: str, at: int, queue: str = "help", priority: int | None = None, **fields: Any) -> ce.ChatRequested:
    return _said(ce.ChatRequested, chat, at, service="web", queue=queue, priority=priority, **fields)


def ended(chat: str, at: int, by: str = "visitor") -> ce.ChatEnded:
    return _said(ce.ChatEnded, chat, at, ended_by=by)


def wrote_to_parked(chat: str, at: int, count: int) -> ce.ChatUnread:
    return _said(ce.ChatUnread, chat, at, count=count)


def owner_wrote(chat: str, agent: str, at: int) -> ce.ChatTouched:
    return _said(ce.ChatTouched, chat, at, agent=agent)


def pbx(id: str | None = None) -> Sender:
    """Sent by the telephone system."""
    id = id if id is not None else f"id-{next(_ids)}"
    return Sender(gateway="g1", connection=1, id=id, role="source", user="pbx")


def add(item: str, kind: Any = "call", id: str | None = None, **fields: Any) -> c.AddItem:
    return c.AddItem(tenant=TENANT, sender=pbx(id), item=item, kind=kind, queue=fields.pop("queue", "help"), **fields)


def answer(item: str, id: str | None = None) -> c.AnswerCall:
    return c.AnswerCall(tenant=TENANT, sender=pbx(id), item=item)


def miss(item: str, id: str | None = None) -> c.MissCall:
    return c.MissCall(tenant=TENANT, sender=pbx(id), item=item)


def end(item: str, sender: Sender | None = None) -> c.EndItem:
    return c.EndItem(tenant=TENANT, sender=sender or pbx(), item=item)


def transfer(item: str, agent: str, to: str | None = None, to_agent: str | None = None, note: str | None = None) -> Any:
    return c.Transfer(tenant=TENANT, sender=by(agent), item=item, queue=to, agent=to_agent, note=note)


def supervise(kind: type[Any], id: str | None = None, **fields: Any) -> Any:
    """A command of the supervisor sam."""
    return kind(tenant=TENANT, sender=by("sam", id).model_copy(update={"role": "supervisor"}), **fields)


def intervened(act: Any, at: int, **fields: Any) -> e.Intervened:
    return e.Intervened(at=at, user="sam", name="Sam", act=act, **fields)


def admin(kind: type[Any], **fields: Any) -> Any:
    """A command of the administrator."""
    return kind(tenant=TENANT, sender=by("ada").model_copy(update={"role": "admin"}), **fields)


# --- what is looked at ------------------------------------------------------------------------------------------------


def waiting(floor: Floor, queue: str = "help") -> list[str]:
    """What waits in a queue, in order."""
    return list(floor.queues[queue].waiting)


def inbox(floor: Floor, agent: str) -> dict[str, str | None]:
    """What the agent owns, with its activity."""
    return {name: floor.items[name].activity for name in floor.agents[agent].owned}


def item(floor: Floor, name: str) -> WorkItem:
    """An item, open or closed."""
    return floor.items.get(name) or floor.closed[name]


def agent(floor: Floor, name: str) -> Agent:
    return floor.agents[name]
