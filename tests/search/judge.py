"""What must be so after every step, worked out from the items and agents alone: nothing here asks the router's indexes.

Raises Broken with a sentence that names the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.state import Agent, WorkItem

from .world import Action, World


class Broken(Exception):
    """A rule does not hold; in which state (its canonical form), and after which action."""

    def __init__(self, sentence: str, key: bytes | None = None, action: Action | None = None) -> None:
        super().__init__(sentence, key, action)
        self.sentence, self.key, self.action = sentence, key, action

    def __str__(self) -> str:
        return self.sentence


def demand(holds: bool, sentence: str) -> None:
    """Raises Broken with this sentence unless it holds."""
    if not holds:
        raise Broken(sentence)


def active(floor: Floor, agent: Agent) -> list[WorkItem]:
    """What the agent is working on now."""
    return [item for item in floor.items.values() if item.owner == agent.agent and item.activity == "active"]


def here(agent: Agent) -> bool:
    """Logged in, connected and ready."""
    return agent.state == "ready" and bool(agent.connections)


def may_be_given(floor: Floor, agent: Agent, item: WorkItem) -> bool:
    """R7, R9-R11, R15: whether the router may give the waiting item to the agent, be it by an interruption."""
    settings = floor.queues[item.queue].settings
    mine = active(floor, agent)
    if not here(agent) or agent.agent not in settings.agents:
        return False
    if any(busy.kind == "call" or busy.stage == "wrap_up" for busy in mine):
        return False
    if item.kind == "chat":
        return len([busy for busy in mine if busy.kind == "chat"]) < settings.chats_per_agent
    return all(
        busy.priority < item.priority and busy.kind in floor.queues[busy.queue].settings.interruptible for busy in mine
    )


# --- each decision ----------------------------------------------------------------------------------------------------


def judge_decision(floor: Floor, events: Sequence[e.Happened], action: Action) -> None:
    """What one decision may contain, on the floor as it was before."""
    for event in events:
        match event:
            case e.ItemAssigned():
                _judge_assignment(floor, event, events)
            case e.ItemResumed(why="agent"):
                asked = (action.verb, action.agent, action.item) == ("resume", event.agent, event.item)
                demand(asked, f"R16: {event.item} is resumed, but {event.agent} has not asked for it")
            case e.ItemResumed():
                item, agent = floor.items[event.item], floor.agents[event.agent]
                demand(item.activity == "interrupted", f"R13: {event.item} is back, but no call had interrupted it")
                over = item.interrupted_by not in floor.items or floor.items[item.interrupted_by].owner != agent.agent
                demand(over, f"R13: {event.item} is back, but the call is not over")
                on_call = any(busy.kind == "call" for busy in active(floor, agent))
                demand(not on_call, f"R13: {event.item} is back, but {event.agent} is on a call")


def _judge_assignment(floor: Floor, event: e.ItemAssigned, events: Sequence[e.Happened]) -> None:
    agent, item = floor.agents[event.agent], floor.items[event.item]
    mine = [busy for busy in active(floor, agent) if busy is not item]
    moved = any(isinstance(other, e.ItemTransferred) and other.item == item.item for other in events)
    demand(item.owner is None or moved, f"R6: {item.item} is given to {agent.agent}, but {item.owner} has it")
    demand(agent.state != "logged_out", f"R20: {item.item} is given to {agent.agent}, who is logged out")
    if item.kind == "call":
        wrapping = any(busy.stage == "wrap_up" for busy in mine)
        demand(not wrapping, f"R11: {agent.agent} gets the call {item.item} in an active wrap-up")
        on_call = any(busy.kind == "call" for busy in mine)
        demand(not on_call, f"R15: {agent.agent} gets the call {item.item} during another call")
        parked = {other.item: other for other in events if isinstance(other, e.ItemParked)}
        owned = [other for other in floor.items.values() if other.owner == agent.agent]
        for busy in mine:
            cause = parked.get(busy.item)
            by_it = cause is not None and (cause.why, cause.interrupted_by) == ("call", item.item)
            # What an earlier call has interrupted comes back first (R13): what has no room beside it is parked for it.
            for_room = cause is not None and cause.why == "limit" and any(_to_come_back(o, agent) for o in owned)
            demand(by_it or for_room, f"R12: {busy.item} is not parked as interrupted by the call {item.item}")
    if event.how == "pushed":
        _judge_push(floor, agent, item, mine)


def _judge_push(floor: Floor, agent: Agent, item: WorkItem, mine: list[WorkItem]) -> None:
    """R4, R7, R9, R10: the first in order, and to whom it must go."""
    demand(floor.queues[item.queue].settings.distribution == "push", f"R5: {item.item} may only be picked")
    demand(may_be_given(floor, agent, item), f"R7, R9-R11, R15: {agent.agent} must not be given {item.item} now")
    for other in floor.items.values():
        if other.stage == "waiting" and other is not item and may_be_given(floor, agent, other):
            first = (-item.priority, item.waiting_since) < (-other.priority, other.waiting_since)
            demand(first, f"R4: {item.item} is given to {agent.agent} before {other.item}")
    others = [other for other in floor.agents.values() if other is not agent and may_be_given(floor, other, item)]
    free = [other for other in others if not active(floor, other)]
    if mine:
        demand(not free, f"R9: {item.item} goes to {agent.agent}, who is busy, although others are free")
        key = (lambda a: (a.interrupted_at, a.idle_since)) if item.kind == "call" else (lambda a: (a.idle_since,))
        first_of = all(key(agent) <= key(other) for other in others)
        demand(first_of, f"R7, R10: {item.item} goes to {agent.agent}, although it is somebody else's turn")
    else:
        longest = all(agent.idle_since <= other.idle_since for other in free)
        demand(longest, f"R7, R9: {item.item} goes to {agent.agent}, although somebody else is idle longer")


# --- what stands ------------------------------------------------------------------------------------------------------


def judge_floor(world: World, floor: Floor) -> None:
    """What must be so whenever nothing more happens by itself."""
    places = list(chain.from_iterable(queue.waiting for queue in floor.queues.values()))
    places += chain.from_iterable(agent.owned for agent in floor.agents.values())
    demand(sorted(places) == sorted(floor.items), f"each open item is in one place, but: {sorted(places)}")
    for item in floor.items.values():
        _judge_item(floor, item)
    for agent in floor.agents.values():
        _judge_agent(floor, agent)
    for item in floor.items.values():
        if item.stage == "waiting" and floor.queues[item.queue].settings.distribution == "push":
            for agent in floor.agents.values():
                idle = may_be_given(floor, agent, item)
                demand(not idle, f"R7, R9, R10: {item.item} waits, although {agent.agent} can be given it")


def _judge_item(floor: Floor, item: WorkItem) -> None:
    if item.stage == "waiting":
        nobodys = (item.owner, item.activity, item.interrupted_by) == (None, None, None)
        demand(nobodys, f"{item.item} waits and is somebody's")
        demand(item.item in floor.queues[item.queue].waiting, f"{item.item} waits in no queue")
    else:
        owner = floor.agents.get(item.owner or "")
        demand(owner is not None and item.item in owner.owned, f"{item.item} is nobody's and does not wait")
        demand(item.activity in ("active", "parked", "interrupted"), f"{item.item} has no activity")
    call = floor.items.get(item.interrupted_by or "")
    if item.activity == "interrupted":
        by_a_call = call is not None and call.kind == "call" and call.owner == item.owner
        demand(by_a_call, f"R13: {item.item} is interrupted by a call that is over")
    else:
        demand(item.interrupted_by is None, f"R13: {item.item} is not interrupted, but has an interrupter")
    runs = tuple(timer.running_since is not None for timer in (item.wait, item.handle, item.wrap_up))
    stage, working = item.stage, item.activity == "active"
    right = (stage == "waiting", stage == "conversation" and working, stage == "wrap_up" and working)
    demand(runs == right, f"R17: the wrong timer of {item.item} runs")


def _judge_agent(floor: Floor, agent: Agent) -> None:
    mine = [item for item in floor.items.values() if item.owner == agent.agent]
    calls = [item for item in mine if item.kind == "call" and item.activity == "active"]
    demand(len(calls) < 2, f"R15: {agent.agent} has two calls")
    if agent.state == "logged_out":
        demand(not mine, f"R20: {agent.agent} is logged out and owns {[item.item for item in mine]}")
    chats = [item for item in mine if item.activity == "active" and item.kind == "chat" and item.stage != "wrap_up"]
    limit = min((floor.queues[item.queue].settings.chats_per_agent for item in chats), default=0)
    demand(len(chats) <= limit, f"R6: {agent.agent} has more active chats than the queue allows")


# --- what may have changed --------------------------------------------------------------------------------------------


def judge_step(before: Floor, action: Action, after: Floor) -> None:
    """R4, R13, R16: what a step may have done to each item that is still open; R15, R18, R21: what it must have done."""
    _judge_time(before, action, after)
    for name, old in before.items.items():
        new = after.items.get(name)
        if new is None:
            continue
        demand(new.waiting_since == old.waiting_since, f"R4: {name} has lost its place")
        if action.verb == "transfer" and action.item == name:
            continue  # given away, and given to whom the router says: perhaps the same again
        if new.owner == old.owner and old.owner is not None and new.activity != old.activity:
            _judge_change(before, action, after, old, new)
        elif old.activity == "interrupted" and new.activity == "interrupted":
            call = after.items.get(old.interrupted_by or "")
            over = call is None or call.owner != old.owner
            demand(over or new.interrupted_by == old.interrupted_by, f"R13: {name} is interrupted by another call now")


def _judge_time(before: Floor, action: Action, after: Floor) -> None:
    for name in action.late:
        item = before.items.get(name)
        if item is None:
            demand(after.agents[name].state == "logged_out", f"R21: {name} does not come back, and stays logged in")
        elif item.stage == "wrap_up":
            demand(name not in after.items, f"R18: the wrap-up of {name} goes on after its limit")
    missed = [name for name in (action.item, *action.late) if name in before.items] if action.verb in MISSED else []
    for name in missed:
        item = before.items[name or ""]
        if item.stage == "conversation":
            new, agent = after.items.get(item.item), after.agents[item.owner or ""]
            demand(new is not None and new.owner != item.owner, f"R15: {name} is not answered, and is not taken back")
            demand(agent.state != "ready", f"R15: {agent.agent} does not answer {name}, and stays ready")


MISSED = ("miss", "time")


def _judge_change(before: Floor, action: Action, after: Floor, old: WorkItem, new: WorkItem) -> None:
    name, agent = old.item, after.agents[old.owner or ""]
    asked = action.item == name
    match old.activity, new.activity:
        case _, "interrupted":
            call = before.items.get(new.interrupted_by or "")
            given_again = action.verb == "transfer" and action.item == new.interrupted_by
            fresh = call is None or call.owner != old.owner or given_again
            demand(old.activity == "active", f"R12: {name} was not active, and is interrupted")
            demand(fresh, f"R12: {name} is interrupted by a call that {agent.agent} had already")
        case "interrupted", "active":
            call = after.items.get(old.interrupted_by or "")
            over = call is None or call.owner != old.owner
            demand(over or (asked and action.verb == "resume"), f"R13: {name} is back before the call is over")
        case "parked", "active":
            demand(asked and action.verb == "resume", f"R13: {name}, parked by the agent, is resumed by itself")
        case _, "parked" if not (asked and action.verb == "park"):
            demand(old.activity == "active", f"R13: {name} was interrupted, and is parked when the call is over")
            limit = after.queues[old.queue].settings.chats_per_agent
            chats = [item for item in active(after, agent) if item.kind == "chat" and item.stage != "wrap_up"]
            # Room is also kept for what a call has interrupted, and what comes back after the next one.
            held = [item for item in after.items.values() if _to_come_back(item, agent)]
            demand(limit in (len(chats), len(held)), f"R6: {name} is parked, although there was room for it")
            touched = all(old.touch < before.items[chat.item].touch for chat in chats if _stayed(before, chat))
            demand(touched, f"R6: {name} is parked, although another was left untouched longer")


def _to_come_back(item: WorkItem, agent: Agent) -> bool:
    mine = item.owner == agent.agent and item.activity == "interrupted"
    return mine and item.kind == "chat" and item.stage == "conversation"


def _stayed(before: Floor, chat: WorkItem) -> bool:
    old = before.items.get(chat.item)
    return old is not None and old.owner == chat.owner and old.activity == "active"
