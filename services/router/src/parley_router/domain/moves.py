"""What several decisions have in common: an item given, parked, taken back, returned, as events."""

from __future__ import annotations

from typing import Any, TypeVar

from parley_contracts.shapes import Command, Outcome

from . import events as e
from .floor import Floor
from .room import in_the_way
from .state import Agent, WorkItem

Event = TypeVar("Event", bound=e.ItemHappened)


def item_event(item: WorkItem, kind: type[Event], at: int, command: Command | None = None, **fields: Any) -> Event:
    """An event about an item: never before its last change, whatever the clocks of the processes say."""
    at = max(at, item.changed_at)
    if kind is e.ItemClosed and item.kind != "chat":
        spent = {"wait_ms": item.wait.at(at), "handle_ms": item.handle.at(at), "wrap_up_ms": item.wrap_up.at(at)}
        fields = {**fields, **spent}
    return kind(**{"at": at, "item": item.item, "kind": item.kind, "queue": item.queue, **marks(command), **fields})


def marks(command: Command | None) -> dict[str, Any]:
    """What marks an event as the one that carries out a client's command: its idempotency key, a digest of its content."""
    if command is None or command.sender is None:
        return {}
    return {"command_key": command.sender.key, "digest": command.digest()}


def user_of(command: Command) -> str:
    """Who asks: the user, or the role of somebody without a name."""
    return command.sender.user or command.sender.role if command.sender is not None else "system"


def by_command(command: Command, event: type[e.Happened], at: int, /, **fields: Any) -> e.Happened:
    """The event that carries out a client's command, marked with its idempotency key."""
    return event(at=at, **marks(command), **fields)


def outcome(item: WorkItem) -> Outcome:
    """How an item in wrap-up ends."""
    return "visitor_left" if item.ended_by == "absence" else "handled"


def assigned(
    floor: Floor,
    agent: Agent,
    item: WorkItem,
    at: int,
    how: str,
    command: Command | None = None,
    why: e.Why | None = None,
) -> list[e.Happened]:
    """The item is the agent's from now on; a call rings, and parks what the agent is busy with (R12)."""
    queues = [floor.queues[name] for name in floor.served_by(agent.agent)]
    reports_touch = floor.limit_of(item) > 1 or any(queue.settings.chats_per_agent > 1 for queue in queues)
    ring_ms = floor.queues[item.queue].settings.ring_s * 1000 if item.kind == "call" else None
    fields = {
        "agent": agent.agent,
        "name": agent.name,
        "reports_touch": reports_touch,
        "how": how,
        "ring_ms": ring_ms,
        "waits": item.kind == "call",
        "why": why,
    }
    given = item_event(item, e.ItemAssigned, at, command, **fields)
    return [*interrupted(floor, agent, item, at), given, *held_over(floor, agent, item, at)]


def handed_over(floor: Floor, taker: Agent, item: WorkItem, at: int, how: str = "transferred") -> list[e.Happened]:
    """R23: the item is this agent's from now on; parked, where they have no room for it."""
    events = assigned(floor, taker, item, at, how)
    if item.kind == "chat" and not floor.has_room(taker, item):
        events.append(item_event(item, e.ItemParked, at, agent=taker.agent, why="transfer"))
    return events


def interrupts(floor: Floor, item: WorkItem) -> bool:
    """Whether the item may interrupt an agent who is busy (R10), by its queue's settings."""
    return item.kind in floor.queues[item.queue].settings.interrupts


def interrupted(floor: Floor, agent: Agent, call: WorkItem, at: int) -> list[e.Happened]:
    """R12: a call parks all that the agent is busy with, and is the cause of it."""
    if call.kind != "call" and not interrupts(floor, call):
        return []
    active = [item for item in floor.owned(agent) if item.activity == "active" and item.item != call.item]
    why = "call" if call.kind == "call" else "item"
    fields: dict[str, Any] = {"agent": agent.agent, "why": why, "interrupted_by": call.item}
    return [item_event(item, e.ItemParked, at, **fields) for item in active]


def _chats(items: list[WorkItem]) -> list[WorkItem]:
    """Those that count against the limit of active chats."""
    return [item for item in items if item.kind == "chat" and item.stage == "conversation"]


def held_over(floor: Floor, agent: Agent, call: WorkItem, at: int) -> list[e.Happened]:
    """R13: what an earlier call had interrupted stays so: the next call goes first, and returns it."""
    fields: dict[str, Any] = {"agent": agent.agent, "interrupted_by": call.item}
    return [item_event(item, e.InterrupterChanged, at, **fields) for item in floor.to_return(agent)]


def make_room(floor: Floor, agent: Agent, item: WorkItem, at: int) -> list[e.Happened]:
    """R6: one more is picked or resumed: of the chats that stand in its way, the one left untouched longest is parked."""
    if item.kind != "chat" or item.stage == "wrap_up":
        return []
    way = in_the_way(agent, item.queue, floor.limit_of(item), floor.active_chats(agent))
    return [] if way is None else [item_event(way, e.ItemParked, at, agent=agent.agent, why="limit")]


def returned(floor: Floor, agent: Agent, at: int) -> list[e.Happened]:
    """R13, R14: the call is over, and exactly what it interrupted is back, in the order in which it was touched, whatever the
    limits are by now. What the agent has resumed or picked meanwhile makes room for it, as ever (R6)."""
    back = floor.to_return(agent)
    active, returned, parked = floor.active_chats(agent), list[WorkItem](), list[WorkItem]()
    for chat in _chats(back):
        way = in_the_way(agent, chat.queue, floor.limit_of(chat), active, returned)
        if way is not None:
            active.remove(way)
            parked.append(way)
        returned.append(chat)
    return [
        *(item_event(item, e.ItemParked, at, agent=agent.agent, why="limit") for item in parked),
        *(item_event(item, e.ItemResumed, at, agent=agent.agent, why="call_over") for item in back),
    ]


def taken_up(floor: Floor, agent: Agent, at: int) -> list[e.Happened]:
    """R23: the agent has room now for a chat that they were given when they had none: the one that they have had longest."""
    return [item_event(floor.to_take_up(agent)[0], e.ItemResumed, at, agent=agent.agent, why="room")]


def missed(floor: Floor, call: WorkItem, at: int, command: Command | None = None) -> list[e.Happened]:
    """R15: a call that is not answered in time goes back to its old place, and its agent is not ready."""
    back = item_event(call, e.ItemRequeued, at, command, agent=call.owner, why="no_answer")
    return [back, e.AgentSetNotReady(at=at, agent=call.owner or "", reason="no_answer")]


def leave_events(floor: Floor, agent: Agent, at: int, why: str) -> list[e.Happened]:
    """R20: everything goes back to its queue; what is in wrap-up has nobody left and is completed, unclassified. An answered
    call goes on without the desk (R15)."""
    events: list[e.Happened] = []
    for name in agent.owned:
        item = floor.items[name]
        if item.stage == "conversation" and item.answered:
            events.append(item_event(item, e.CallKept, at, agent=agent.agent, why=why))
        elif item.stage == "wrap_up":
            events.append(item_event(item, e.ItemClosed, at, outcome=outcome(item), why="logout"))
        else:
            events.append(item_event(item, e.ItemRequeued, at, agent=agent.agent, why=why))
    return events
