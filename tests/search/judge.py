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
    if item.given_by == agent.agent and _anybody_else(floor, item):
        return False
    if item.kind == "chat":
        return not mine or not _stand_in_the_way(floor, agent, item, [busy for busy in mine if busy.kind == "chat"])
    return all(
        busy.priority < item.priority and busy.kind in floor.queues[busy.queue].settings.interruptible for busy in mine
    )


def _anybody_else(floor: Floor, item: WorkItem) -> bool:
    """R23: whether somebody but who gave it away could take it, now or once they have room."""
    served_by = floor.queues[item.queue].settings.agents
    return any(here(floor.agents[name]) for name in served_by if name in floor.agents and name != item.given_by)


def _stand_in_the_way(floor: Floor, agent: Agent, item: WorkItem, chats: Sequence[WorkItem]) -> list[WorkItem]:
    """R6: which of these active chats of the agent leave no room for the item: those of its queue, or all of them."""
    settings = floor.queues[item.queue].settings
    same = [chat for chat in chats if chat.queue == item.queue]
    if len(same) >= settings.chats_per_agent:
        return same
    served = [queue.settings for queue in floor.queues.values() if agent.agent in queue.settings.agents]
    largest = max((each.chats_per_agent for each in served), default=1)
    return list(chats) if len(chats) >= largest else []


def talking(floor: Floor, agent: Agent) -> list[WorkItem]:
    """The agent's active chats in conversation."""
    return [item for item in active(floor, agent) if item.kind == "chat" and item.stage == "conversation"]


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
            case e.ItemResumed(why="room"):
                item, agent = floor.items[event.item], floor.agents[event.agent]
                demand(
                    item.for_lack_of_room, f"R23: {event.item} is taken up, but was not given to {event.agent} parked"
                )
                busy = any(other.kind == "call" or other.stage == "wrap_up" for other in active(floor, agent))
                room = not busy and not _stand_in_the_way(floor, agent, item, talking(floor, agent))
                demand(room, f"R6: {event.item} is taken up, but {event.agent} has no room")
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
        for busy in mine:
            cause = parked.get(busy.item)
            by_it = cause is not None and (cause.why, cause.interrupted_by) == ("call", item.item)
            demand(by_it, f"R12: {busy.item} is not parked as interrupted by the call {item.item}")
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
    if item.for_lack_of_room:
        taker = floor.agents[item.owner or ""]
        taken = any(other.kind == "call" or other.stage == "wrap_up" for other in active(floor, taker))
        room = not taken and not _stand_in_the_way(floor, taker, item, talking(floor, taker))
        demand(not room, f"R23: {item.item} stays parked, although {taker.agent} has room for it")
    runs = tuple(timer.running_since is not None for timer in (item.wait, item.handle, item.wrap_up))
    stage, working = item.stage, item.activity == "active"
    rings = stage == "conversation" and item.answered is False
    right = (
        stage == "waiting" or rings,
        stage == "conversation" and working and not rings,
        stage == "wrap_up" and working,
    )
    demand(runs == right, f"R17: the wrong timer of {item.item} runs")


def _judge_agent(floor: Floor, agent: Agent) -> None:
    mine = [item for item in floor.items.values() if item.owner == agent.agent]
    calls = [item for item in mine if item.kind == "call" and item.activity == "active"]
    demand(len(calls) < 2, f"R15: {agent.agent} has two calls")
    if agent.state == "logged_out":
        theirs = [item.item for item in mine if not (item.answered and item.stage == "conversation")]
        demand(not theirs, f"R20: {agent.agent} is logged out and owns {theirs}")


# --- what may have changed --------------------------------------------------------------------------------------------


def judge_step(before: Floor, action: Action, after: Floor) -> None:
    """R4, R13, R16: what a step may have done to each item that is still open; R15, R18, R21: what it must have done."""
    _judge_time(before, action, after)
    if action.verb in ("pick", "resume"):
        _judge_taking_on(before, action, after)
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


def _judge_taking_on(before: Floor, action: Action, after: Floor) -> None:
    """R6: of the chats that stand in the way of the one that is picked or resumed, the one left untouched longest is parked."""
    item, agent = before.items[action.item or ""], before.agents[action.agent or ""]
    if item.kind != "chat" or item.stage == "wrap_up" or item.activity == "active":
        return
    way = _stand_in_the_way(before, agent, item, talking(before, agent))
    now = {chat.item: after.items[chat.item].activity for chat in talking(before, agent) if chat.item in after.items}
    parked = [name for name, activity in now.items() if activity == "parked"]
    first = min(way, key=lambda chat: chat.touch, default=None)
    demand(
        parked == ([] if first is None else [first.item]),
        f"R6: {agent.agent} takes {item.item} on, and {parked} is parked for it, not {first.item if first else 'nothing'}",
    )


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
            by_itself = old.for_lack_of_room
            demand(
                by_itself or (asked and action.verb == "resume"),
                f"R13: {name}, parked by the agent, is resumed by itself",
            )
        case _, "parked" if not (asked and action.verb == "park"):
            demand(old.activity == "active", f"R13: {name} was interrupted, and is parked when the call is over")
            way = _stand_in_the_way(after, agent, old, talking(after, agent))
            demand(bool(way), f"R6: {name} is parked, although there was room for it")
            touched = all(old.touch < before.items[chat.item].touch for chat in way if _stayed(before, chat))
            demand(touched, f"R6: {name} is parked, although another was left untouched longer")


def _stayed(before: Floor, chat: WorkItem) -> bool:
    old = before.items.get(chat.item)
    return old is not None and old.owner == chat.owner and old.activity == "active"
