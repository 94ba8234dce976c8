"""What came of the items of a time: waits, who gave up, who was interrupted, how busy the agents were; and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, log
from random import Random
from typing import Any, NamedTuple

from parley_router.domain import events as e
from parley_router.domain.floor import Floor

HOUR = 3_600_000
FEWEST_BLOCKS = 8
SAMPLES = 300
GROWTH = log(1.01)
"""Waits are counted in classes each 1 % wider than the one before, where many samples of them are drawn."""


@dataclass(slots=True)
class Outcome:
    """One item: when it came, who had it first, how long it waited (until it was answered, or nobody waited any more), how long it
    was worked on, wrap-up included; milliseconds."""

    item: str
    kind: str
    queue: str
    at: int
    owner: str | None = None
    wait: int | None = None
    answered: bool = False
    abandoned: bool = False
    interruptions: int = 0
    worked: int = 0


class Outcomes:
    """Of all items that came in a time; told of each event before and after it is folded."""

    def __init__(self) -> None:
        self.items: dict[str, Outcome] = {}
        self.present_ms = 0
        self.busy_ms = 0
        self._since: dict[str, tuple[int, bool]] = {}
        """Of each agent who is logged in: since when they are busy, or not."""

    def begin(self, floor: Floor, at: int) -> None:
        """What is there already is not counted, but its agents are."""
        for name, agent in floor.agents.items():
            if agent.state != "logged_out":
                self._since[name] = (at, bool(agent.busy))

    def before(self, floor: Floor, event: e.Happened) -> None:
        """This is going to happen."""
        if isinstance(event, e.ItemClosed) and (found := self.items.get(event.item)) is not None:
            item = floor.items[event.item]
            found.worked = item.handle.at(event.at) + item.wrap_up.at(event.at)
            if not found.answered:
                found.wait, found.abandoned = event.at - found.at, event.outcome in ("abandoned", "visitor_left")

    def after(self, floor: Floor, event: e.Happened) -> None:
        """This has happened."""
        match event:
            case e.ItemQueued():
                self.items[event.item] = Outcome(event.item, event.kind, event.queue, event.at)
            case e.ItemAssigned() | e.CallAnswered():
                self._given(event)
            case e.ItemParked() if event.interrupted_by is not None and event.item in self.items:
                self.items[event.item].interruptions += 1
        name = getattr(event, "agent", None)
        if name is None and isinstance(event, e.ItemClosed):
            closed = floor.closed.get(event.item)
            name = closed.owner if closed is not None else None
        if name is not None:
            self._spent(floor, name, floor.last_at)

    def end(self, floor: Floor, at: int) -> None:
        """The time is over; who waits still has waited so long."""
        for name in list(self._since):
            self._spent(floor, name, at)
        for name, item in floor.items.items():
            if (found := self.items.get(name)) is not None:
                found.worked = item.handle.at(at) + item.wrap_up.at(at)

    def _given(self, event: e.ItemAssigned | e.CallAnswered) -> None:
        found = self.items.get(event.item)
        if found is None or found.answered:
            return
        if found.owner is None or isinstance(event, e.CallAnswered):
            found.owner = event.agent
        if isinstance(event, e.CallAnswered) or event.kind != "call":
            found.wait, found.answered = max(0, event.at - found.at), True

    def _spent(self, floor: Floor, name: str, at: int) -> None:
        since, busy = self._since.get(name, (at, False))
        agent = floor.agents.get(name)
        self.present_ms += (at - since) * (name in self._since)
        self.busy_ms += (at - since) * busy
        if agent is None or agent.state == "logged_out":
            self._since.pop(name, None)
        else:
            self._since[name] = (at, bool(agent.busy))


# --- figures ----------------------------------------------------------------------------------------------------------


class Figures(NamedTuple):
    """Of several items. `left`: who was neither answered nor gave up until the end. Waits in seconds; `service_level` and `occupancy` are shares; None where there is nothing to say it of."""

    offered: float
    answered: float
    abandoned: float
    left: float
    wait_p50: float | None
    wait_p95: float | None
    service_level: float | None
    interruptions: float
    occupancy: float | None


def quantile(waits: list[int], share: float) -> float | None:
    """The least wait in seconds that so many have not exceeded; `waits` in order, in milliseconds."""
    return waits[max(0, ceil(share * len(waits)) - 1)] / 1000 if waits else None


def figures(items: list[Outcome], within_ms: int, present_ms: int, worked_ms: int | None = None) -> Figures:
    """The figures of these items; `worked_ms`: how long somebody was busy with them, if not the sum of their own times."""
    waits = sorted(item.wait for item in items if item.answered and item.wait is not None)
    worked = sum(item.worked for item in items) if worked_ms is None else worked_ms
    return Figures(
        len(items),
        len(waits),
        (gone := sum(item.abandoned for item in items)),
        len(items) - len(waits) - gone,
        quantile(waits, 0.5),
        quantile(waits, 0.95),
        sum(wait <= within_ms for wait in waits) / len(items) if items else None,
        sum(item.interruptions for item in items),
        worked / present_ms if present_ms else None,
    )


def rows(outcomes: Outcomes) -> Iterator[tuple[tuple[str, str], list[Outcome]]]:
    """The items by queue and kind, and all of them last, as `("", "")`."""
    by: dict[tuple[str, str], list[Outcome]] = {}
    for item in outcomes.items.values():
        by.setdefault((item.queue, item.kind), []).append(item)
    yield from sorted(by.items())
    yield ("", ""), list(outcomes.items.values())


# --- history again --------------------------------------------------------------------------------------------------


OWNERS = 0.95
OFF = 0.05
"""A wait may be off by this share of what it was …"""
UNNOTICED_S = 0.1
"""… or by this: nobody notices, and the log does not say how long the services took to tell each other."""


class Reproduction(NamedTuple):
    """The same settings once more: the share of items that the same agent had first, and the waits then and now, in seconds."""

    owners: float
    compared: int
    p50: tuple[float, float]
    p95: tuple[float, float]

    @property
    def holds(self) -> bool:
        """Whether it is near enough to history."""
        return self.owners >= OWNERS and all(_near(*pair) for pair in (self.p50, self.p95))

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        waits = {"p50": list(self.p50), "p95": list(self.p95)}
        return {"owners": self.owners, "compared": self.compared, **waits, "holds": self.holds}


def _near(then: float, now: float) -> bool:
    return abs(now - then) <= max(OFF * then, UNNOTICED_S)


# --- how sure ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Block:
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    within: int = 0
    interruptions: int = 0
    worked: int = 0
    waits: dict[int, int] = field(default_factory=dict)


def block_ms(begin: int, end: int) -> int:
    """The length of the blocks that are drawn: an hour, or less where there would be too few."""
    return max(1, min(HOUR, (end - begin) // FEWEST_BLOCKS))


def intervals(
    items: list[Outcome], begin: int, end: int, within_ms: int, present_ms: int, seed: int
) -> dict[str, tuple[float, float]]:
    """By figure, its 95 % interval: bootstrap over the hours in which the items came. The same seed draws the same hours, whatever
    items there are."""
    size = block_ms(begin, end)
    blocks = [_Block() for _ in range((end - begin) // size + 1)]
    for item in items:
        _count(blocks[min(len(blocks) - 1, max(0, item.at - begin) // size)], item, within_ms)
    chance = Random(seed)
    found: dict[str, list[float]] = {}
    for _ in range(SAMPLES):
        drawn = chance.choices(range(len(blocks)), k=len(blocks))
        for name, value in _figures(blocks, drawn, present_ms)._asdict().items():
            if value is not None:
                found.setdefault(name, []).append(value)
    return {name: _middle(sorted(values)) for name, values in found.items()}


def _middle(values: list[float]) -> tuple[float, float]:
    last = len(values) - 1
    return values[round(0.025 * last)], values[round(0.975 * last)]


def _count(block: _Block, item: Outcome, within_ms: int) -> None:
    block.offered += 1
    block.abandoned += item.abandoned
    block.interruptions += item.interruptions
    block.worked += item.worked
    if item.answered and item.wait is not None:
        block.answered += 1
        block.within += item.wait <= within_ms
        width = round(log(item.wait) / GROWTH) if item.wait > 0 else -1
        block.waits[width] = block.waits.get(width, 0) + 1


def _figures(blocks: list[_Block], drawn: list[int], present_ms: int) -> Figures:
    whole = _Block()
    waits = whole.waits
    for number_of, times in Counter(drawn).items():
        one = blocks[number_of]
        whole.offered += times * one.offered
        whole.answered += times * one.answered
        whole.abandoned += times * one.abandoned
        whole.within += times * one.within
        whole.interruptions += times * one.interruptions
        whole.worked += times * one.worked
        for width, number in one.waits.items():
            waits[width] = waits.get(width, 0) + times * number
    return Figures(
        whole.offered,
        whole.answered,
        whole.abandoned,
        whole.offered - whole.answered - whole.abandoned,
        _counted(whole, 0.5),
        _counted(whole, 0.95),
        whole.within / whole.offered if whole.offered else None,
        whole.interruptions,
        whole.worked / present_ms if present_ms else None,
    )


def _counted(block: _Block, share: float) -> float | None:
    left = share * block.answered
    for width in sorted(block.waits):
        left -= block.waits[width]
        if left <= 0:
            return 0.0 if width < 0 else 1.01**width / 1000
    return None
