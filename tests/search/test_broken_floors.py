"""The search finds what is broken, and tells how it came to it: a floor with a mistake in it, one rule at a time.

Each mistake is put into the router's real functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_router.domain import decide as deciding
from parley_router.domain import events as e
from parley_router.domain import floor as floors
from parley_router.domain import moves, policies, queues, routing
from parley_router.domain.floor import Floor
from parley_router.domain.queues import NOWHERE
from parley_router.domain.state import Agent, WorkItem

from .explore import Search
from .judge import Broken
from .world import World

Patch = pytest.MonkeyPatch
TWO_CALLS = World(calls=2, chats=1)
ONE_CALL = World(calls=1, chats=2)
LOST = World(calls=0, chats=1, connections_get_lost=True)
GIVEN = World(calls=0, chats=2, queues=2, transfers=True, together=False)
TWO_LIMITS = World(agents=1, calls=0, chats=3, queues=2, chats_per_agent=1, chats_in_second=2)


def into_wrap_ups(patch: Patch) -> None:
    """R11 is forgotten: an agent in wrap-up counts as free."""
    real = Agent.unavailable.fget  # type: ignore[attr-defined]
    patch.setattr(Agent, "unavailable", property(lambda agent: None if real(agent) == "wrap_up" else real(agent)))


def a_second_call(patch: Patch) -> None:
    """R15 is forgotten: an agent on a call counts as free."""
    real = Agent.unavailable.fget  # type: ignore[attr-defined]
    patch.setattr(Agent, "unavailable", property(lambda agent: None if real(agent) == "on_call" else real(agent)))


def nothing_comes_back(patch: Patch) -> None:
    """R13 is forgotten: when the call is over, nothing is resumed."""
    patch.setattr(moves, "returned", lambda floor, agent, at: [])


def only_one_comes_back(patch: Patch) -> None:
    """R13 by half: of two that were interrupted one is resumed, the other stays parked."""
    real = moves.returned

    def returned(floor: Floor, agent: Agent, at: int) -> list[e.Happened]:
        first, *others = real(floor, agent, at)
        items = [floor.items[event.item] for event in others if isinstance(event, e.ItemResumed)]
        return [first, *(moves.item_event(item, e.ItemParked, at, agent=agent.agent, why="limit") for item in items)]

    patch.setattr(moves, "returned", returned)


def parked_ones_come_back_too(patch: Patch) -> None:
    """R13 too much: what the agent had parked is resumed with the rest."""

    def to_return(floor: Floor, agent: Agent) -> list[WorkItem]:
        return [
            item for item in floor.owned(agent) if item.activity in ("interrupted", "parked") and item.kind == "chat"
        ]

    patch.setattr(Floor, "to_return", to_return)


def the_busy_before_the_free(patch: Patch) -> None:
    """R9 is turned round: a call interrupts somebody as long as there is somebody to interrupt."""
    real = routing._taker

    def taker(floor: Floor, queue: Any, item: WorkItem, able: Any) -> Any:
        if item.kind == "call" and (entries := [first[0] for first in queue.busy.values()]):
            return routing.Taker(min(entries)[-1], "interrupted", ())
        return real(floor, queue, item, able)

    patch.setattr(routing, "_taker", taker)


def most_recently_interrupted(patch: Patch) -> None:
    """R10 is turned round: the same agent is interrupted again and again."""

    def key(agent: Agent, ceiling: int) -> tuple[int, ...]:
        return (-agent.interrupted_at, agent.idle_since)

    patch.setitem(policies.INTERRUPT, "least_recently_interrupted", key)


def shortest_idle(patch: Patch) -> None:
    """R7 is turned round: it goes to whoever has just become free."""
    patch.setitem(policies.AGENT, "longest_idle", lambda agent: (min(agent.working, 1), -agent.idle_since))


def one_more_than_the_limit(patch: Patch) -> None:
    """R6 off by one: picking and resuming park nobody."""
    patch.setattr(moves, "make_room", lambda floor, agent, item, at: [])


def the_wrong_one_is_parked(patch: Patch) -> None:
    """R6: the one touched last is parked."""
    real = Floor.active_chats
    patch.setattr(Floor, "active_chats", lambda floor, agent: real(floor, agent)[::-1])


def a_second_owner(patch: Patch) -> None:
    """R6: a pick does not ask whether somebody has it already; the item is left with both."""
    real = Floor._assign

    def assign(floor: Floor, item: WorkItem, agent: Agent, event: e.ItemAssigned) -> None:
        real(floor, item, agent, event)
        for other in floor.agents.values():
            other.owned[item.item] = None

    patch.setattr(Floor, "_assign", assign)


def log_out_keeps_the_parked(patch: Patch) -> None:
    """R20 by half: what is parked stays with whoever leaves."""
    real = moves.leave_events

    def left(floor: Floor, agent: Agent, at: int, why: str) -> list[e.Happened]:
        parked = {name for name in agent.owned if floor.items[name].activity == "parked"}
        return [event for event in real(floor, agent, at, why) if getattr(event, "item", None) not in parked]

    patch.setattr(moves, "leave_events", left)


def back_at_the_end(patch: Patch) -> None:
    """R20: what comes back to its queue has lost its place there."""
    real = Floor._take_back

    def take_back(floor: Floor, item: WorkItem, agent: Agent, event: Any) -> None:
        item.waiting_since = event.at
        real(floor, item, agent, event)

    patch.setattr(Floor, "_take_back", take_back)


def a_missed_call_comes_again(patch: Patch) -> None:
    """R15: whoever missed a call stays ready, and it rings there for ever."""
    real = moves.missed
    patch.setattr(moves, "missed", lambda *asked: real(*asked)[:1])


def never_completed(patch: Patch) -> None:
    """R18: the limit of a wrap-up has no effect."""
    patch.setattr(WorkItem, "wrap_up_ends", property(lambda item: None))


def grace_is_endless(patch: Patch) -> None:
    """R21: whoever is away stays logged in."""
    real = floors.Floor._due_of
    patch.setattr(Floor, "_due_of", lambda floor, kind, name: None if kind == "grace" else real(floor, kind, name))


def an_index_is_not_kept(patch: Patch) -> None:
    """An agent who parks is not offered again: the order that is kept is not what a restart would build."""
    real = Floor._recount

    def recount(floor: Floor, agent: Agent, at: int) -> None:
        before = agent.busy
        real(floor, agent, at)
        if agent.busy < before:
            for queue in floor.queues.values():
                queue._take_out(agent.agent, queue.placements.pop(agent.agent, NOWHERE))

    patch.setattr(Floor, "_recount", recount)


def the_timer_runs_on(patch: Patch) -> None:
    """R17: the handle time of a parked chat runs on."""
    real = Floor._move

    def move(floor: Floor, item: WorkItem, event: Any) -> None:
        handle = item.handle
        real(floor, item, event)
        if isinstance(event, e.ItemParked):
            item.handle = handle

    patch.setattr(Floor, "_move", move)


def resume_is_refused_in_a_call(patch: Patch) -> None:
    """R12: the agent may resume during a call, but it is refused."""
    real = deciding._resume

    def resume(floor: Floor, command: Any, at: int) -> list[e.Happened]:
        if floor.agents[command.sender.user].active_calls:
            raise Refused("wrong_state", "You are on a call: end it first.")
        return real(floor, command, at)

    rules: dict[Any, Any] = deciding.RULES
    patch.setitem(rules, c.Resume, resume)


def straight_back(patch: Patch) -> None:
    """R23 is forgotten: an item that was given away goes to whoever is idle longest, be it who gave it away."""
    patch.setattr(routing.Able, "_others", lambda able, queue, giver: False)


def left_lying(patch: Patch) -> None:
    """R23 by half: what somebody was given when they had no room stays parked."""
    patch.setattr(Floor, "to_take_up", lambda floor, agent: [])


def one_limit_for_all_queues(patch: Patch) -> None:
    """R6: all active chats count against the limit of the queue that is asked about."""
    patch.setattr(queues, "has_room", lambda agent, queue, limit: agent.active_chats < limit)


MISTAKES: list[tuple[Callable[[Patch], None], World, str]] = [
    (into_wrap_ups, ONE_CALL, "R11"),
    (a_second_call, TWO_CALLS, "R15"),
    (nothing_comes_back, ONE_CALL, "R13"),
    (only_one_comes_back, World(chats=2, chats_per_agent=2), "R13"),
    (parked_ones_come_back_too, ONE_CALL, "R13"),
    (the_busy_before_the_free, ONE_CALL, "R9"),
    (most_recently_interrupted, World(calls=2, chats=2), "R10"),
    (shortest_idle, ONE_CALL, "R7"),
    (one_more_than_the_limit, ONE_CALL, "R6"),
    (the_wrong_one_is_parked, World(calls=0, chats=3, chats_per_agent=2), "R6"),
    (a_second_owner, ONE_CALL, "in one place"),
    (log_out_keeps_the_parked, ONE_CALL, "R20"),
    (back_at_the_end, ONE_CALL, "R4"),
    (a_missed_call_comes_again, ONE_CALL, "R15"),
    (never_completed, ONE_CALL, "R18"),
    (grace_is_endless, LOST, "R21"),
    (an_index_is_not_kept, ONE_CALL, "restart"),
    (the_timer_runs_on, ONE_CALL, "R17"),
    (resume_is_refused_in_a_call, ONE_CALL, "refused"),
    (straight_back, GIVEN, "must not be given"),
    (left_lying, GIVEN, "R23"),
    (one_limit_for_all_queues, TWO_LIMITS, "R7"),
]


@pytest.mark.parametrize(("mistake", "world", "rule"), MISTAKES, ids=[mistake.__name__ for mistake, _, _ in MISTAKES])
def test_a_mistake_is_found_and_told(
    mistake: Callable[[Patch], None], world: World, rule: str, monkeypatch: Patch
) -> None:
    mistake(monkeypatch)
    with pytest.raises(Broken, match=rule) as broken:
        Search(world).run()
    story = str(broken.value).splitlines()
    print(*story, sep="\n")
    assert story[1].startswith("  1. ")
    assert len(story) <= 10, "the shortest story there is"
