"""Routing policies: small, named, replaceable (R5). A queue's settings name those that it uses.

Each is a key to sort by, so that a queue can keep its items and agents in order: an event then costs the logarithm of
their number.

A new policy is a function here, its name in `queue_settings.py` and in the contracts' `Routing`, and, where it passes agents over for a reason of
its own, a sentence for that reason in `parley why`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .queue_settings import Routing
from .state import Agent, WorkItem

MINUTE = 60_000
Key = tuple[Any, ...]

# --- the order of a queue (R4) ----------------------------------------------------------------------------------------


def score(item: WorkItem, routing: Routing, at: int) -> int:
    """What decides who goes first, at `at`: the priority, in 60,000ths of a point, and what waiting has added to it."""
    points = routing.points_per_minute if routing.order == "ageing" else 0
    return item.priority * MINUTE + points * (at - item.waiting_since)


def order(item: WorkItem, routing: Routing) -> Key:
    """An item's place among those of its queue: the higher score first, then the time of first entering.

    All items of a queue age alike, so the order of two of them never changes: any moment will do for the score.
    """
    return (-score(item, routing, 0), item.waiting_since, item.item)


# --- the choice of an agent (R7, R9) ----------------------------------------------------------------------------------


def longest_idle(agent: Agent) -> Key:
    """Agents without an active item first; among them the one idle longest."""
    return (min(agent.working, 1), agent.idle_since)


def fewest_active(agent: Agent) -> Key:
    """The agent with the fewest active items; among several the one idle longest."""
    return (agent.working, agent.idle_since)


def round_robin(agent: Agent) -> Key:
    """In turn: the agent whose last assignment is longest ago, busy or not."""
    return (agent.assigned,)


AGENT: dict[str, Callable[[Agent], Key]] = {
    "longest_idle": longest_idle,
    "fewest_active": fewest_active,
    "round_robin": round_robin,
    "skills": longest_idle,
    "last_agent": longest_idle,
}
"""By the name of the policy, the order in which agents are asked. `skills` passes over who cannot do it (`able_to`),
`last_agent` asks that agent first."""

PASSED_OVER = {
    "longest_idle": "idle_shorter",
    "fewest_active": "more_active",
    "round_robin": "served_more_recently",
    "skills": "idle_shorter",
    "last_agent": "idle_shorter",
}
"""Why somebody who could have been given the item was not."""


def needs(item: WorkItem, routing: Routing) -> tuple[tuple[str, int], ...]:
    """What the item asks of an agent, in a queue that goes by skills."""
    return tuple(sorted(item.skills.items())) if routing.agent == "skills" else ()


def relaxed(item: WorkItem, routing: Routing, at: int) -> int:
    """By how much every level that the item asks for counts less, for having waited."""
    return max(0, at - item.waiting_since) // (routing.relax_after_s * 1000)


def relaxes_at(item: WorkItem, routing: Routing, at: int) -> int | None:
    """When the item asks for less than at `at`; None when it asks for nothing any more."""
    steps = relaxed(item, routing, at)
    if steps >= max(item.skills.values(), default=0):
        return None
    return item.waiting_since + (steps + 1) * routing.relax_after_s * 1000


def able_to(skills: Mapping[str, int], needed: tuple[tuple[str, int], ...], less: int) -> bool:
    """Whether these skills are enough for what is needed, each level `less` by so much."""
    return all(skills.get(skill, 0) >= level - less for skill, level in needed)


# --- the choice of whom to interrupt (R10) ----------------------------------------------------------------------------


def least_recently_interrupted(agent: Agent, ceiling: int) -> Key:
    """Whoever was interrupted longest ago, or never; among several the one busy longest."""
    return (agent.interrupted_at, agent.idle_since)


def lowest_priority(agent: Agent, ceiling: int) -> Key:
    """Whoever works on the least important items; among several as above."""
    return (ceiling, agent.interrupted_at, agent.idle_since)


def fewest_interrupted(agent: Agent, ceiling: int) -> Key:
    """Whoever has the fewest items to park; among several as above."""
    return (agent.working, agent.interrupted_at, agent.idle_since)


INTERRUPT: dict[str, Callable[[Agent, int], Key]] = {
    "least_recently_interrupted": least_recently_interrupted,
    "lowest_priority": lowest_priority,
    "fewest_active": fewest_interrupted,
}

INTERRUPT_PASSED_OVER = {
    "least_recently_interrupted": "interrupted_more_recently",
    "lowest_priority": "higher_priority",
    "fewest_active": "more_active",
}
