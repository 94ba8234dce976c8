"""A queue: its settings, what waits in it in order, and where each of its agents stands in it.

Only indexes: everything here follows from the settings, the items and the agents.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import NamedTuple

from parley_contracts.shapes import Kind
from sortedcontainers import SortedList

from .figures import Figures
from .policies import AGENT, INTERRUPT, Key, needs, order
from .queue_settings import Settings
from .room import has_room
from .state import Agent, WorkItem

Lane = tuple[Kind, tuple[tuple[str, int], ...], str | None]
"""Items that the same agents can take: of one kind, with the same needs, given away by the same agent or by nobody."""


class Placement(NamedTuple):
    """Where an agent stands: among the `free`, or among those with `room` for another chat; among those whom an item of a
    priority above `ceiling` may interrupt; and why they are passed over, where they are."""

    reason: str | None
    free: Key | None
    room: Key | None
    ceiling: int | None
    busy: Key | None


NOWHERE = Placement(None, None, None, None, None)


class Queue:
    """One queue. `items` counts the open items that are in it, waiting or owned; `given` those that wait and that somebody gave
    away (R23)."""

    __slots__ = (
        "busy",
        "figures",
        "free",
        "given",
        "items",
        "lanes",
        "passed",
        "placements",
        "queue",
        "room",
        "settings",
    )

    def __init__(self, queue: str, settings: Settings, items: int = 0) -> None:
        self.queue, self.settings, self.items = queue, settings, items
        self.lanes: dict[Lane, SortedList[Key]] = {}
        self.given = 0
        self.figures = Figures()
        self.free: SortedList[Key] = SortedList()
        self.room: SortedList[Key] = SortedList()
        self.busy: dict[int, SortedList[Key]] = {}
        self.placements: dict[str, Placement] = {}
        self.passed: dict[str, SortedList[str]] = {}
        """By reason, the agents who are passed over for it."""

    # --- what waits ---------------------------------------------------------------------------------------------------

    def add(self, item: WorkItem) -> None:
        """The item waits here, at its place (R4)."""
        self.lanes.setdefault(self._lane(item), SortedList()).add(order(item, self.settings.routing))
        self.given += item.given_by is not None

    def remove(self, item: WorkItem) -> None:
        """The item waits here no more."""
        lane = self._lane(item)
        self.lanes[lane].remove(order(item, self.settings.routing))
        self.given -= item.given_by is not None
        if not self.lanes[lane]:
            del self.lanes[lane]

    def _lane(self, item: WorkItem) -> Lane:
        return item.kind, needs(item, self.settings.routing), item.given_by

    @property
    def waiting(self) -> Iterator[str]:
        """The items that wait, in their order."""
        return (entry[-1] for entry in merge(*self.lanes.values()))

    def length(self, *kinds: Kind) -> int:
        """How many items of these kinds wait."""
        return sum(len(lane) for (kind, _, _), lane in self.lanes.items() if kind in kinds)

    # --- who is there -------------------------------------------------------------------------------------------------

    def place(self, agent: Agent) -> bool:
        """Put the agent where they stand now; whether they can be given something here that they could not before."""
        old, new = self.placements.get(agent.agent, NOWHERE), self._placement(agent)
        if new == old:
            return False
        self._take_out(agent.agent, old)
        self.placements[agent.agent] = new
        if new.reason is not None:
            self.passed.setdefault(new.reason, SortedList()).add(agent.agent)
        if new.free is not None:
            self.free.add(new.free)
        if new.room is not None:
            self.room.add(new.room)
        if new.ceiling is not None:
            self.busy.setdefault(new.ceiling, SortedList()).add(new.busy)
        return new.free is not None or new.room is not None or new.busy is not None

    def _placement(self, agent: Agent) -> Placement:
        reason = agent.unavailable
        if reason is not None:
            return Placement(reason, None, None, None, None)
        routing = self.settings.routing
        key = (*AGENT[routing.agent](agent), agent.agent)
        if not agent.working:
            return Placement(None, key, None, None, None)
        has_one = has_room(agent, self.queue, self.settings.chats_per_agent)
        busy = None
        if agent.ceiling is not None:
            busy = (*INTERRUPT[routing.interrupt](agent, agent.ceiling), agent.agent)
        return Placement("busy" if has_one else "at_limit", None, key if has_one else None, agent.ceiling, busy)

    def _take_out(self, agent: str, placement: Placement) -> None:
        if placement.reason is not None:
            self.passed[placement.reason].remove(agent)
        if placement.free is not None:
            self.free.remove(placement.free)
        if placement.room is not None:
            self.room.remove(placement.room)
        if placement.ceiling is not None:
            entries = self.busy[placement.ceiling]
            entries.remove(placement.busy)
            if not entries:
                del self.busy[placement.ceiling]
