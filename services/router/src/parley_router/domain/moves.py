"""What several decisions have in common: an item given, parked, taken back, returned, as events."""

from __future__ import annotations

from typing import Any, TypeVar

from parley_contracts.shapes import Command, Outcome

from . import events as e
from .floor import Floor
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
        "why": why,
    }
    given = item_event(item, e.ItemAssigned, at, command, **fields)
    return [*interrupted(floor, agent, item, at), given, *held_over(floor, agent, item, at)]


def interrupts(floor: Floor, item: WorkItem) -> bool:
    """Whether the item may interrupt an agent who is busy (R10), by its queue's settings."""
    return item.kind in floor.queues[item.queue].settings.interrupts


def interrupted(floor: Floor, agent: Agent, call: WorkItem, at: int) -> list[e.Happened]:
    """R12: a call parks all that the agent is busy with, and is the cause of it.

    Where it goes before what an earlier call had interrupted (R13), what would have to give way to that afterwards is parked
    for it now: so no more is ever interrupted than can come back (R6).
    """
    if call.kind != "call" and not interrupts(floor, call):
        return []
    active = [item for item in floor.owned(agent) if item.activity == "active" and item.item != call.item]
    ways = _give_way(floor, agent, _chats(floor.to_return(agent)))
    fields: dict[str, Any] = {"agent": agent.agent, "why": "call", "interrupted_by": call.item}
    return [
        *(item_event(chat, e.ItemParked, at, agent=agent.agent, why="limit") for chat in ways),
        *(item_event(item, e.ItemParked, at, **fields) for item in active if item not in ways),
    ]


def _chats(items: list[WorkItem]) -> list[WorkItem]:
    """Those that count against the limit of active chats."""
    return [item for item in items if item.kind == "chat" and item.stage == "conversation"]


def _give_way(floor: Floor, agent: Agent, back: list[WorkItem]) -> list[WorkItem]:
    """R6: the active chats that have no room beside those that come back, the ones left untouched longest."""
    if not back:
        return []
    active = floor.active_chats(agent)
    excess = len(active) + len(back) - min(floor.limit_of(chat) for chat in back)
    return active[: max(0, excess)]


def held_over(floor: Floor, agent: Agent, call: WorkItem, at: int) -> list[e.Happened]:
    """R13: what an earlier call had interrupted stays so: the next call goes first, and returns it."""
    fields: dict[str, Any] = {"agent": agent.agent, "interrupted_by": call.item}
    return [item_event(item, e.InterrupterChanged, at, **fields) for item in floor.to_return(agent)]


def make_room(floor: Floor, agent: Agent, item: WorkItem, at: int) -> list[e.Happened]:
    """R6: never more active chats than the queue's limit; those left untouched longest are parked."""
    if item.kind != "chat" or item.stage == "wrap_up":
        return []
    active = floor.active_chats(agent)
    excess = len(active) + 1 - floor.limit_of(item)
    return [item_event(chat, e.ItemParked, at, agent=agent.agent, why="limit") for chat in active[: max(0, excess)]]


def returned(floor: Floor, agent: Agent, at: int) -> list[e.Happened]:
    """R13, R14: the call is over, and exactly what it interrupted is back, in the order in which it was touched.

    Within the limit, as ever (R6): what the agent has resumed or picked meanwhile is parked for it; if the limit has been
    lowered meanwhile, those left untouched longest stay parked.
    """
    back = floor.to_return(agent)
    chats = _chats(back)
    limit = min((floor.limit_of(chat) for chat in chats), default=0)
    too_many = chats[: max(0, len(chats) - limit)]
    parked = [*too_many, *_give_way(floor, agent, chats[len(too_many) :])]
    resumed = [item for item in back if item not in too_many]
    return [
        *(item_event(item, e.ItemParked, at, agent=agent.agent, why="limit") for item in parked),
        *(item_event(item, e.ItemResumed, at, agent=agent.agent, why="call_over") for item in resumed),
    ]


def missed(floor: Floor, call: WorkItem, at: int, command: Command | None = None) -> list[e.Happened]:
    """R15: a call that is not answered in time goes back to its old place, and its agent is not ready."""
    back = item_event(call, e.ItemRequeued, at, command, agent=call.owner, why="no_answer")
    return [back, e.AgentSetNotReady(at=at, agent=call.owner or "", reason="no_answer")]


def leave_events(floor: Floor, agent: Agent, at: int, why: str) -> list[e.Happened]:
    """R20: everything goes back to its queue; what is in wrap-up has nobody left and is completed, unclassified."""
    events: list[e.Happened] = []
    for name in agent.owned:
        item = floor.items[name]
        if item.stage == "wrap_up":
            events.append(item_event(item, e.ItemClosed, at, outcome=outcome(item), why="logout"))
        else:
            events.append(item_event(item, e.ItemRequeued, at, agent=agent.agent, why=why))
    return events
