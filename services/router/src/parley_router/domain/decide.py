"""What follows from a command, given the floor: events, nothing (it is so already), or a refusal.

`decide` is a table from commands to small functions; `next_assignment` is what the router does by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_contracts import chat_events as chat
from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message

from . import events as e
from .floor import Agent, Floor, Queue, WorkItem, place


def decide(floor: Floor, message: Message, at: int) -> list[e.Happened]:
    """The events that a command or an upstream event leads to at `at`; the floor is not changed.

    An empty list: it is so already. Raises Refused.
    """
    rule = RULES.get(type(message))
    if rule is None:
        raise TypeError(f"the floor has no rule for {message.type}")
    if isinstance(message, Command) and message.sender is not None and _known(floor, message):
        return []
    return rule(floor, message, max(at, floor.last_at) if isinstance(message, Command) else at)


def next_assignment(floor: Floor, at: int) -> e.Happened | None:
    """R7: in a `push` queue the first item in order goes to the available agent who has been idle longest.

    Looks only at queues in which something has changed; call it, and apply what it returns, until it returns None.
    """
    first: WorkItem | None = None
    settled = []
    for name in floor.unsettled:
        queue = floor.queues[name]
        head = _first_assignable(queue) if queue.settings.distribution == "push" else None
        if head is None:
            settled.append(name)
        elif first is None or place(head) < place(first):
            first = head
    floor.unsettled.difference_update(settled)
    if first is None:
        return None
    agent = floor.agents[floor.queues[first.queue].available[0][2]]
    assigned: e.ItemAssigned = _about(
        first, e.ItemAssigned, max(at, floor.last_at), **_ownership(floor, agent, first), how="pushed"
    )
    return assigned


def _first_assignable(queue: Queue) -> WorkItem | None:
    """The first item in order that somebody can take now: a chat by whoever is available, anything else only by an agent
    with no active item (R9)."""
    if not queue.available:
        return None
    idle = queue.available[0][0] == 0
    return next((item for item in queue.waiting if idle or item.kind == "chat"), None)


# --- the floor's people -----------------------------------------------------------------------------------------------


def _connect(floor: Floor, command: c.ConnectAgent, at: int) -> list[e.Happened]:
    agent = floor.agents.get(command.agent)
    if agent is not None and command.connection in agent.connections:
        return []
    events: list[e.Happened] = []
    if agent is None or agent.state == "logged_out":
        events.append(e.AgentLoggedIn(at=at, agent=command.agent, name=command.name))
    events.append(
        e.AgentConnected(
            at=at,
            agent=command.agent,
            name=command.name,
            connection=command.connection,
            grace_ms=command.grace_s * 1000,
        )
    )
    return events


def _disconnect(floor: Floor, command: c.DisconnectAgent, at: int) -> list[e.Happened]:
    agent = floor.agents.get(command.agent)
    if agent is None or command.connection not in agent.connections:
        return []
    return [e.AgentDisconnected(at=at, agent=command.agent, connection=command.connection)]


def _ready(floor: Floor, command: c.SetReady, at: int) -> list[e.Happened]:
    agent = _present(floor, command)
    return [] if agent.state == "ready" else [_by(command, e.AgentSetReady, at, agent=agent.agent)]


def _not_ready(floor: Floor, command: c.SetNotReady, at: int) -> list[e.Happened]:
    agent = _present(floor, command)
    if agent.state == "not_ready" and agent.reason == command.reason:
        return []
    return [_by(command, e.AgentSetNotReady, at, agent=agent.agent, reason=command.reason)]


def _log_out(floor: Floor, command: c.LogOut, at: int) -> list[e.Happened]:
    agent = floor.agents.get(_user(command))
    if agent is None or agent.state == "logged_out":
        return []
    return [*leave(floor, agent, at, "agent"), _by(command, e.AgentLoggedOut, at, agent=agent.agent, why="agent")]


def leave(floor: Floor, agent: Agent, at: int, why: Any) -> list[e.Happened]:
    """R20: every chat goes back to its queue; one in wrap-up has no visitor left and is completed, unclassified."""
    events: list[e.Happened] = []
    for name in agent.owned:
        item = floor.items[name]
        if item.stage == "wrap_up":
            events.append(_about(item, e.ItemClosed, at, outcome=_outcome(item), why="logout"))
        else:
            events.append(_about(item, e.ItemRequeued, at, agent=agent.agent, why=why))
    return events


# --- an agent's work --------------------------------------------------------------------------------------------------


def _pick(floor: Floor, command: c.Pick, at: int) -> list[e.Happened]:
    agent, item = _present(floor, command), _item(floor, command.item)
    if not floor.serves(agent.agent, item.queue):
        raise Refused("forbidden", f"You do not serve the queue {item.queue}: an administrator can change that.")
    if item.owner == agent.agent:
        return []
    if item.owner is not None:
        winner = floor.agents[item.owner]
        raise Refused("already_taken", f"{winner.name} has taken it.", agent=winner.agent, name=winner.name)
    if item.stage != "waiting":
        raise Refused("wrong_state", "It does not wait any more.")
    assigned = _about(item, e.ItemAssigned, at, command, **_ownership(floor, agent, item), how="picked")
    return [*_make_room(floor, agent, item, at), assigned]


def _park(floor: Floor, command: c.Park, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if item.activity == "parked":
        return []
    return [_about(item, e.ItemParked, at, command, agent=agent.agent, why="agent")]


def _resume(floor: Floor, command: c.Resume, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if item.activity == "active":
        return []
    resumed = _about(item, e.ItemResumed, at, command, agent=agent.agent, why="agent")
    return [*_make_room(floor, agent, item, at), resumed]


def _make_room(floor: Floor, agent: Agent, item: WorkItem, at: int) -> list[e.Happened]:
    """R6: never more active chats than the queue's limit; those left untouched longest are parked."""
    if item.kind != "chat" or item.stage == "wrap_up":
        return []
    active = floor.active_chats(agent)
    excess = len(active) + 1 - floor.limit_of(item)
    return [_about(chat, e.ItemParked, at, agent=agent.agent, why="limit") for chat in active[: max(0, excess)]]


def _classify(floor: Floor, command: c.Classify, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if (item.code, item.note) == (command.code, command.note):
        return []
    return [_about(item, e.ItemClassified, at, command, agent=agent.agent, code=command.code, note=command.note)]


def _extend(floor: Floor, command: c.Extend, at: int) -> list[e.Happened]:
    agent, item = _owned(floor, command)
    if item.stage != "wrap_up":
        raise Refused("wrong_state", "It is not in wrap-up: there is nothing to extend.")
    if not item.extensions_left:
        raise Refused("wrong_state", "All extensions are used up: complete the wrap-up, or park it.")
    seconds = floor.queues[item.queue].settings.wrap_up.extension_s
    return [_about(item, e.WrapUpExtended, at, command, agent=agent.agent, extension_ms=seconds * 1000)]


def _add_item(floor: Floor, command: c.AddItem, at: int) -> list[e.Happened]:
    """R3: calls, e-mails and tasks wait in the same queue as chats."""
    known = floor.items.get(command.item) or floor.closed.get(command.item)
    if known is not None:
        if (known.kind, known.queue) != (command.kind, command.queue):
            raise Refused("conflict", "There is another item of this name: choose a new one.")
        return []
    queue = floor.queues.get(command.queue)
    if queue is None:
        raise Refused("not_found", f"There is no queue {command.queue}: an administrator can make it.")
    usual = queue.settings.priority_of(command.kind)
    return [
        e.ItemQueued(
            at=at,
            item=command.item,
            kind=command.kind,
            queue=command.queue,
            priority=usual if command.priority is None else command.priority,
            name=command.name,
            subject=command.subject,
        )
    ]


def _end_item(floor: Floor, command: c.EndItem, at: int) -> list[e.Happened]:
    """The source or the owner ends a call, an e-mail or a task; whoever gave up waiting has abandoned it."""
    item = floor.items.get(command.item)
    if item is None and command.item in floor.closed:
        return []
    by_source = command.sender is not None and command.sender.role == "source"
    item = _item(floor, command.item) if by_source else _owned(floor, command)[1]
    if item.kind == "chat":
        raise Refused("wrong_state", "A chat is ended by the visitor or its agent.")
    if item.stage == "wrap_up":
        return []
    if item.owner is None:
        return [_about(item, e.ItemClosed, at, command, outcome="abandoned", why="source")]
    wrap_up = floor.queues[item.queue].settings.wrap_up
    if item.kind == "call" or not wrap_up.on:
        return [_about(item, e.ItemClosed, at, command, outcome="handled", why="no_wrap_up")]
    limit = {"limit_ms": wrap_up.limit_s * 1000, "extensions": wrap_up.extensions}
    return [_about(item, e.WrapUpStarted, at, command, agent=item.owner, **limit)]


def _complete(floor: Floor, command: c.Complete, at: int) -> list[e.Happened]:
    _agent, item = _owned(floor, command)
    if item.stage != "wrap_up":
        raise Refused("wrong_state", "It is not in wrap-up: end the conversation first.")
    return [_about(item, e.ItemClosed, at, command, outcome=_outcome(item), why="completed")]


# --- what the session tells -------------------------------------------------------------------------------------------


def _requested(floor: Floor, said: chat.ChatRequested, at: int) -> list[e.Happened]:
    """R3: a chat request waits in the same queue as everything else."""
    if said.chat in floor.items or said.chat in floor.closed:
        return []
    queue = floor.queues.get(said.queue)
    usual = queue.settings.priority_of("chat") if queue is not None else 50
    return [
        e.ItemQueued(
            at=said.at,
            item=said.chat,
            kind="chat",
            queue=said.queue,
            priority=said.priority if said.priority is not None else usual,
            name=said.name,
            language=said.language,
        )
    ]


def _ended(floor: Floor, said: chat.ChatEnded, at: int) -> list[e.Happened]:
    """The conversation is over: abandoned while waiting (R19), else wrap-up as the queue has it (R18)."""
    item = floor.items.get(said.chat)
    if item is None or item.stage == "wrap_up":
        return []
    if item.owner is None:
        # Ended by an agent: the owner, whose log-out was heard first.
        outcome = {"absence": "visitor_left", "agent": "handled"}.get(said.by, "abandoned")
        return [_about(item, e.ItemClosed, said.at, outcome=outcome, why=said.by)]
    wrap_up = floor.queues[item.queue].settings.wrap_up
    if not wrap_up.on:
        outcome = "visitor_left" if said.by == "absence" else "handled"
        return [_about(item, e.ItemClosed, said.at, outcome=outcome, why="no_wrap_up")]
    return [
        _about(
            item,
            e.WrapUpStarted,
            said.at,
            agent=item.owner,
            limit_ms=wrap_up.limit_s * 1000,
            extensions=wrap_up.extensions,
            ended_by=said.by,
        )
    ]


def _unread(floor: Floor, said: chat.ChatUnread, at: int) -> list[e.Happened]:
    item = floor.items.get(said.chat)
    if item is None or item.activity in (None, "active") or item.unread == said.count:
        return []
    return [_about(item, e.UnreadCounted, said.at, count=said.count)]


def _touched(floor: Floor, said: chat.ChatTouched, at: int) -> list[e.Happened]:
    """Worth an event only where it changes which of the owner's chats was touched last."""
    item = floor.items.get(said.chat)
    if item is None or item.owner != said.agent or item.touch == floor.touches:
        return []
    mine = [floor.items[name].touch for name in floor.agents[said.agent].owned]
    return [] if item.touch == max(mine) else [_about(item, e.ItemTouched, said.at)]


# --- time, and settings -----------------------------------------------------------------------------------------------


def _wake(floor: Floor, command: c.Wake, at: int) -> list[e.Happened]:
    """What is due by itself: wrap-ups at their limit (R18), agents who have been away too long (R21).

    The wrap-ups first: whoever is away is logged out now, however long ago the grace period was over, and a wrap-up
    that has reached its limit by now was completed then.
    """
    events: list[e.Happened] = []
    closed: set[str] = set()
    for due, kind, name in sorted(floor.due(at), key=lambda entry: entry[1] != "wrap_up"):
        if kind == "wrap_up":
            item = floor.items[name]
            closed.add(name)
            events.append(_about(item, e.ItemClosed, due, outcome=_outcome(item), why="time_limit"))
        else:
            agent = floor.agents[name]
            leaving = leave(floor, agent, at, "connection_lost")
            events += [event for event in leaving if not (isinstance(event, e.ItemClosed) and event.item in closed)]
            events.append(e.AgentLoggedOut(at=at, agent=name, why="connection_lost"))
    return events


def _put_queue(floor: Floor, command: c.PutQueue, at: int) -> list[e.Happened]:
    queue = floor.queues.get(command.queue)
    if queue is not None and queue.settings == command.settings:
        return []
    settings = command.settings.model_dump(mode="json")
    return [_by(command, e.QueueSet, at, queue=command.queue, settings=settings, user=_user(command))]


RULES: dict[type[Message], Callable[[Floor, Any, int], list[e.Happened]]] = {
    c.ConnectAgent: _connect,
    c.DisconnectAgent: _disconnect,
    c.SetReady: _ready,
    c.SetNotReady: _not_ready,
    c.LogOut: _log_out,
    c.Pick: _pick,
    c.Park: _park,
    c.Resume: _resume,
    c.Classify: _classify,
    c.Extend: _extend,
    c.Complete: _complete,
    c.AddItem: _add_item,
    c.EndItem: _end_item,
    c.Wake: _wake,
    c.PutQueue: _put_queue,
    chat.ChatRequested: _requested,
    chat.ChatEnded: _ended,
    chat.ChatUnread: _unread,
    chat.ChatTouched: _touched,
}


# --- words ------------------------------------------------------------------------------------------------------------


def _user(command: Command) -> str:
    return command.sender.user or command.sender.role if command.sender is not None else "system"


def _by(command: Command, kind: type[e.Happened], at: int, **fields: Any) -> e.Happened:
    """The event that carries out a client's command, marked with its idempotency key."""
    if command.sender is None:
        return kind(at=at, **fields)
    return kind(at=at, by=command.sender.key, digest=command.digest(), **fields)


def _known(floor: Floor, command: Command) -> bool:
    """Whether this command has had its effect before. Raises Refused when its id was used for something else."""
    agent = floor.agents.get(_user(command))
    digest = agent.commands.get(command.sender.id) if agent is not None and command.sender is not None else None
    if digest is None:
        return False
    if digest != command.digest():
        raise Refused("conflict", "This id was used for another command: make a new id for each command.")
    return True


def _present(floor: Floor, command: Command) -> Agent:
    agent = floor.agents.get(_user(command))
    if agent is None or agent.state == "logged_out":
        raise Refused("wrong_state", "You are logged out: connect again first.")
    return agent


def _item(floor: Floor, name: str) -> WorkItem:
    item = floor.items.get(name)
    if item is None:
        if name in floor.closed:
            raise Refused("wrong_state", "It is closed.")
        raise Refused("not_found", "There is no such item.")
    return item


def _owned(floor: Floor, command: c.ItemCommand) -> tuple[Agent, WorkItem]:
    agent, item = _present(floor, command), _item(floor, command.item)
    if item.owner != agent.agent:
        raise Refused("not_yours", "Another agent has it, or nobody: pick it first.")
    return agent, item


def _about(item: WorkItem, kind: type[e.ItemHappened], at: int, command: Command | None = None, **fields: Any) -> Any:
    """An event about an item: never before its last change, whatever the clocks of the processes say."""
    marks: dict[str, Any] = {}
    if command is not None and command.sender is not None:
        marks = {"by": command.sender.key, "digest": command.digest()}
    at = max(at, item.changed_at)
    if kind is e.ItemClosed and item.kind != "chat":
        spent = {"wait_ms": item.wait.at(at), "handle_ms": item.handle.at(at), "wrap_up_ms": item.wrap_up.at(at)}
        fields = {**fields, **spent}
    return kind(at=at, item=item.item, kind=item.kind, queue=item.queue, **marks, **fields)


def _ownership(floor: Floor, agent: Agent, item: WorkItem) -> dict[str, Any]:
    several = any(
        queue.settings.chats_per_agent > 1 and agent.agent in queue.settings.agents for queue in floor.queues.values()
    )
    return {"agent": agent.agent, "name": agent.name, "several": several or floor.limit_of(item) > 1}


def _outcome(item: WorkItem) -> Any:
    return "visitor_left" if item.ended_by == "absence" else "handled"
