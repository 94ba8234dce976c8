"""Why an item went to whom it went, and why it waited: from the floor's own log, folded and asked at each change (R38)."""

from __future__ import annotations

from typing import Any, NamedTuple

from parley_contracts.instant import rfc3339
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.state import WorkItem
from parley_router.domain.waiting import kept

from .index.floors import FloorAt, Floors

MOST_EVENTS = 20_000
"""Of the floor that one answer folds. What waited for longer than that is told up to there."""
MOST_INTERVALS = 200
MOST_AHEAD = 1_000


class Interval(NamedTuple):
    """From one moment to another (milliseconds since 1970, None: still) the item waited, because each of these agents was kept from it
    by something. `ahead`: how many stood before it in its queue when the interval began."""

    since: int
    until: int | None
    because: dict[str, str]
    ahead: int | None

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        told: dict[str, Any] = {"from": rfc3339(self.since)}
        if self.until is not None:
            told["until"] = rfc3339(self.until)
        told["because"] = [{"agent": agent, "reason": reason} for agent, reason in self.because.items()]
        return told if self.ahead is None else {**told, "ahead": self.ahead}


class Waited(NamedTuple):
    """Why an item waited; `more`: up to here, there is more that would have to be folded."""

    intervals: list[Interval]
    more: bool


def is_waiting(item: WorkItem | None) -> bool:
    """Whether its wait goes on: nobody has it, or it rings at somebody (R15, R17)."""
    return item is not None and item.wait.running_since is not None


BEGINS = ("ItemQueued", "ItemRequeued", "ItemTransferred", "ItemAssigned")
"""What an item may wait after: an assignment, where it rings."""


class Move(NamedTuple):
    """An event of the floor that is about the item: its version, and whether the item may wait from then on."""

    version: int
    begins: bool

    @classmethod
    def of(cls, version: int, kind: str) -> Move:
        """That of an event of this name."""
        return cls(version, kind in BEGINS)


class _Telling:
    """Gathers intervals; those that follow each other for the same reasons are one."""

    def __init__(self, item: str) -> None:
        self._item = item
        self.intervals: list[Interval] = []
        self._open = False

    def look(self, floor: Floor, concerned: bool) -> None:
        """After each event of the floor; `concerned`: it may have changed who is kept by what."""
        item, now = floor.items.get(self._item), floor.last_at
        if item is None or not is_waiting(item):
            return self._close(now)
        if self._open and not concerned:
            return None
        because = kept(floor, item, now)
        if self._open and because == self.intervals[-1].because:
            return None
        self._close(now)
        self.intervals.append(Interval(now, None, because, _ahead(floor, item)))
        self._open = True
        return None

    def _close(self, now: int) -> None:
        if not self._open:
            return
        self._open = False
        last = self.intervals.pop()
        if last.since == now:
            return
        closed = last._replace(until=now)
        before = self.intervals[-1] if self.intervals else None
        if before is not None and before.until == closed.since and before.because == closed.because:
            self.intervals[-1] = before._replace(until=now)
        else:
            self.intervals.append(closed)


def _ahead(floor: Floor, item: WorkItem) -> int | None:
    if item.stage != "waiting":
        return None
    for place, name in enumerate(floor.queues[item.queue].waiting):
        if name == item.item:
            return place
        if place == MOST_AHEAD:
            return None
    return None


def _concerns(event: e.Happened, floor: Floor, item: str) -> bool:
    """Whether an event may change what keeps whom from the item: not where it is about an agent who does not serve its queue; of one that asks
    for skills every event may, as it asks for less with time."""
    waits = floor.items.get(item)
    agent = getattr(event, "agent", None)
    if waits is None or agent is None or waits.skills:
        return True
    return floor.serves(agent, waits.queue) or getattr(event, "item", None) == item


class _Folding:
    """A floor on its way through its log, that tells of one item."""

    def __init__(self, floors: Floors, tenant: str, item: str, version: int) -> None:
        self._floors, self._tenant, self._item = floors, tenant, item
        self._left = MOST_EVENTS
        self.telling = _Telling(item)
        self.at = floors.at_version(tenant, version)

    @property
    def waits(self) -> bool:
        """Whether the item waits now."""
        return is_waiting(self.at.floor.items.get(self._item))

    @property
    def tired(self) -> bool:
        """Whether one answer folds no more."""
        return self._left <= 0 or len(self.telling.intervals) >= MOST_INTERVALS

    def jump(self, version: int) -> None:
        """Go there by whatever way is shortest: nothing is told of what lies between."""
        if version != self.at.version:
            self._floors.give_back(self._tenant, self.at)
            self.at = self._floors.at_version(self._tenant, version)

    def fold(self, until: int) -> None:
        """Go there event by event."""
        floor = self.at.floor
        for version, event in self._floors.events(self._tenant, self.at.version, until):
            floor.evolve(event)
            self.telling.look(floor, _concerns(event, floor, self._item))
            self._left -= 1
            self.at = FloorAt(floor, version)
            if self.tired:
                break


def waited(floors: Floors, tenant: str, item: str, moves: list[Move]) -> Waited:
    """Why an item waited. `moves`: what happened to it on the floor, in order. What lies between, while somebody works on it, is not
    folded."""
    if not moves:
        return Waited([], more=False)
    folding = _Folding(floors, tenant, item, moves[0].version - 1)
    for move in (*moves, None):
        if folding.waits:
            folding.fold(floors.last(tenant) if move is None else move.version)
        elif move is not None and move.begins:
            folding.jump(move.version - 1)
            folding.fold(move.version)
        if folding.tired:
            break
    floors.give_back(tenant, folding.at)
    return Waited(folding.telling.intervals, folding.tired)
