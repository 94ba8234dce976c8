"""R36: what supervisors do on a floor, and agents who ask for their help.

Each act is one event, `Intervened`, that says everything about it; what it changes is worked out from that event and the floor (`consequences`), so that whoever
checks a log works out the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_contracts import supervision as s
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message

from . import events as e
from . import refusals as no
from .floor import Floor
from .moves import by_command, handed_over, item_event, leave_events, marks
from .state import Agent, WorkItem
from .whose import can_be_handed_a_call, can_take_call, item_named, logged_in, present


def _supervisor(floor: Floor, command: Command) -> Agent:
    """Who acts. Raises Refused `forbidden`, and `wrong_state` where they are logged out."""
    if command.sender is None or command.sender.role != "supervisor":
        raise Refused("forbidden", "Only supervisors do this: ask one of them.")
    return present(floor, command)


def _act(floor: Floor, command: Any, at: int, act: s.Act, **fields: Any) -> list[e.Happened]:
    who = _supervisor(floor, command)
    named = {"user": who.agent, "name": who.name, "act": act, "note": command.note, **fields}
    acted = e.Intervened(at=at, **marks(command), **named)
    return [acted, *consequences(floor, acted)]


def _supervise(floor: Floor, command: s.Supervise, at: int) -> list[e.Happened]:
    _supervisor(floor, command)
    item = item_named(floor, command.item)
    if item.kind != "chat":
        raise no.because("no_chat", "Only a chat can be watched: take the item over, or read it.")
    return _act(floor, command, at, command.act, agent=item.owner, item=item.item)


def _take_over(floor: Floor, command: s.TakeOver, at: int) -> list[e.Happened]:
    who = _supervisor(floor, command)
    return _give(floor, command, at, "take_over", who)


def _assign(floor: Floor, command: s.AssignItem, at: int) -> list[e.Happened]:
    _supervisor(floor, command)
    return _give(floor, command, at, "assign", logged_in(floor, command.agent))


def _give(floor: Floor, command: s.TakeOver | s.AssignItem, at: int, act: s.Act, taker: Agent) -> list[e.Happened]:
    item = _in_conversation(item_named(floor, command.item))
    if item.owner == taker.agent:
        return []
    if item.kind == "call":
        (can_take_call if act == "take_over" else can_be_handed_a_call)(taker)
    concerned = item.owner if item.owner is not None else taker.agent
    return _act(floor, command, at, act, agent=concerned, item=item.item, to_agent=taker.agent)


def _move(floor: Floor, command: s.MoveItem, at: int) -> list[e.Happened]:
    _supervisor(floor, command)
    item = _in_conversation(item_named(floor, command.item))
    if command.queue not in floor.queues:
        raise no.no_queue(command.queue)
    if command.queue == item.queue:
        return []
    return _act(floor, command, at, "move", agent=item.owner, item=item.item, queue=command.queue)


def _in_conversation(item: WorkItem) -> WorkItem:
    if item.stage == "wrap_up":
        raise no.over()
    return item


def _set_state(floor: Floor, command: s.SetAgentState, at: int) -> list[e.Happened]:
    _supervisor(floor, command)
    agent = logged_in(floor, command.agent)
    reason = command.reason if command.state == "not_ready" else None
    if (agent.state, agent.reason) == (command.state, reason):
        return []
    return _act(floor, command, at, "agent_state", agent=agent.agent, state=command.state, reason=reason)


def _log_out(floor: Floor, command: s.LogOutAgent, at: int) -> list[e.Happened]:
    _supervisor(floor, command)
    agent = floor.agents.get(command.agent)
    if agent is None:
        raise no.never_logged_in(command.agent)
    return [] if agent.state == "logged_out" else _act(floor, command, at, "agent_logout", agent=agent.agent)


def _set_queues(floor: Floor, command: s.SetAgentQueues, at: int) -> list[e.Happened]:
    _supervisor(floor, command)
    if command.agent not in floor.agents:
        raise no.never_logged_in(command.agent)
    for queue in command.queues:
        if queue not in floor.queues:
            raise no.no_queue(queue)
    if set(command.queues) == set(floor.served_by(command.agent)):
        return []
    queues = tuple(sorted(set(command.queues)))
    return _act(floor, command, at, "agent_queues", agent=command.agent, queues=queues)


def _help(floor: Floor, command: s.AskForHelp, at: int) -> list[e.Happened]:
    agent = present(floor, command)
    if not command.on:
        return [] if agent.help is None else [by_command(command, e.HelpOver, at, agent=agent.agent)]
    if command.item is not None and item_named(floor, command.item).owner != agent.agent:
        raise Refused("not_yours", "Another agent has it, or nobody: ask about an item of your own.")
    if agent.help is not None and (agent.help.item, agent.help.text) == (command.item, command.text):
        return []
    return [by_command(command, e.HelpAsked, at, agent=agent.agent, item=command.item, text=command.text)]


RULES: dict[type[Message], Callable[[Floor, Any, int], list[e.Happened]]] = {
    s.Supervise: _supervise,
    s.TakeOver: _take_over,
    s.AssignItem: _assign,
    s.MoveItem: _move,
    s.SetAgentState: _set_state,
    s.LogOutAgent: _log_out,
    s.SetAgentQueues: _set_queues,
    s.AskForHelp: _help,
}


# --- what follows -----------------------------------------------------------------------------------------------------


def consequences(floor: Floor, acted: e.Intervened) -> list[e.Happened]:
    """What a supervisor's act changes, on the floor as it was before it."""
    at = acted.at
    match acted.act:
        case "take_over" | "assign":
            return [*_helped(floor, acted), *_given(floor, acted, floor.agents[acted.to_agent or ""])]
        case "move":
            return _moved(floor, acted)
        case "agent_state" if acted.state == "ready":
            return [e.AgentSetReady(at=at, agent=acted.agent or "")]
        case "agent_state":
            return [e.AgentSetNotReady(at=at, agent=acted.agent or "", reason=acted.reason)]
        case "agent_logout":
            agent = floor.agents[acted.agent or ""]
            return [
                *leave_events(floor, agent, at, "agent"),
                e.AgentLoggedOut(at=at, agent=agent.agent, why="agent"),
            ]
        case "agent_queues":
            return _put_into(floor, acted)
    return _helped(floor, acted)


def _helped(floor: Floor, acted: e.Intervened) -> list[e.Happened]:
    """A supervisor who comes to the item that help was asked for is the answer."""
    agent = floor.agents.get(acted.agent or "")
    asked = agent.help if agent is not None else None
    if agent is None or asked is None or asked.item != acted.item:
        return []
    return [e.HelpOver(at=acted.at, agent=agent.agent)]


def _given(floor: Floor, acted: e.Intervened, taker: Agent) -> list[e.Happened]:
    item, at = floor.items[acted.item or ""], acted.at
    if item.owner is None:
        return handed_over(floor, taker, item, at, "picked")
    same: dict[str, Any] = {
        "agent": item.owner,
        "from_queue": item.queue,
        "priority": item.priority,
        "note": acted.note,
    }
    given: e.Happened = item_event(item, e.ItemTransferred, at, **same, to_agent=taker.agent)
    return [given, *handed_over(floor, taker, item, at)]


def _moved(floor: Floor, acted: e.Intervened) -> list[e.Happened]:
    item, queue = floor.items[acted.item or ""], acted.queue or ""
    priority = item.priority if item.own_priority else floor.queues[queue].settings.priority_of(item.kind)
    kind = e.ItemMoved if item.owner is None else e.ItemTransferred
    agent = acted.user if item.owner is None else item.owner
    where: dict[str, Any] = {
        "agent": agent,
        "from_queue": item.queue,
        "queue": queue,
        "priority": priority,
        "note": acted.note,
    }
    return [item_event(item, kind, acted.at, **where)]


def _put_into(floor: Floor, acted: e.Intervened) -> list[e.Happened]:
    """The queues' settings with and without the agent."""
    changed: list[e.Happened] = []
    for name, queue in floor.queues.items():
        agents = queue.settings.agents
        if (acted.agent in agents) == (name in acted.queues):
            continue
        others = [agent for agent in agents if agent != acted.agent]
        now = [*others, acted.agent] if name in acted.queues else others
        settings = {**queue.settings.stored(), "agents": now}
        changed.append(e.QueueSet(at=acted.at, queue=name, settings=settings, user=acted.user))
    return changed
