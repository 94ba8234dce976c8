"""A run from its beginning to its table: history first, so that it is known whether the answer is worth anything."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from parley_contracts.instant import rfc3339
from parley_router.domain import events as e
from parley_router.domain.floor import Floor

from .changes import Changes, NoSuchChange
from .collector import collector_rests
from .outcomes import Figures, Outcome, Outcomes, Reproduction, block_ms, figures, intervals, quantile, rows
from .replaying import LEAST_GIVEN_UP, Replay
from .world import World

WITHIN_S = 20
Intervals = dict[str, tuple[float, float]]
"""By figure, its 95 % interval."""
Sides = dict[tuple[str, str], tuple[Figures, Intervals]]
"""By queue and kind, and for all (both empty), the figures and how sure they are."""


@dataclass(frozen=True)
class Row:
    """Before and after of one queue and kind, or of all (both empty), with the 95 % intervals of both."""

    queue: str
    kind: str
    before: Figures
    after: Figures
    before_95: Intervals
    after_95: Intervals

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "queue": self.queue or None,
            "kind": self.kind or None,
            "before": self.before._asdict(),
            "after": self.after._asdict(),
            "before_95": {name: list(pair) for name, pair in self.before_95.items()},
            "after_95": {name: list(pair) for name, pair in self.after_95.items()},
        }


@dataclass(frozen=True)
class Result:
    """What comes of it. `rows` are empty where history was not reproduced: then there is no answer."""

    tenant: str
    begin: int
    end: int
    events: int
    changes: Changes
    seed: int
    within_s: float
    reproduction: Reproduction
    rows: list[Row]
    assumptions: list[str]

    @property
    def answers(self) -> bool:
        """Whether history was reproduced."""
        return self.reproduction.holds

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "tenant": self.tenant,
            "from": rfc3339(self.begin),
            "until": rfc3339(self.end),
            "events": self.events,
            "changes": self.changes.shown(),
            "seed": self.seed,
            "within_s": self.within_s,
            "answers": self.answers,
            "reproduction": self.reproduction.shown(),
            "rows": [row.shown() for row in self.rows],
            "assumptions": self.assumptions,
        }


def run(
    world: World,
    changes: Changes,
    seed: int = 1,
    within_s: float = WITHIN_S,
    progress: Callable[[str, int, int], None] = lambda what, done, of: None,
    at_once: bool = False,
) -> Result:
    """Reproduce history, then let the world meet the floor under the changes. The same world, changes and seed give the same result.

    `within_s`: who is answered within so many seconds counts for the service level. `at_once`: history in a process of its own, for a
    caller without threads. A world that was asked before has been reproduced. Raises NoSuchChange.
    """
    for queue in changes.settings:
        _must_be_there(world, queue)
    changed = Replay(world, changes, seed)
    before: Sides | None = None
    with ExitStack() as used:
        used.enter_context(collector_rests())
        history = used.enter_context(_beside(world, seed, within_s)) if at_once and seed not in world.again else None
        if history is None and seed not in world.again:
            world.again[seed] = _again(world, seed, progress)
        after, came = None, Sides()
        if history is not None or world.again[seed].holds:
            after = changed.run(lambda done, of: progress("as asked", done, of))
            came = sides(world, after, within_s, seed)
        if history is not None:
            world.again[seed], before = history()
    found = world.again[seed]
    rows_of = []
    if found.holds and after is not None:
        then = before if before is not None else sides(world, world.history, within_s, seed)
        rows_of = table(world, after, within_s, seed, then, came)
    told = _assumptions(world, changes, changed)
    return Result(world.tenant, world.begin, world.end, world.events, changes, seed, within_s, found, rows_of, told)


def _again(
    world: World, seed: int, progress: Callable[[str, int, int], None] = lambda what, done, of: None
) -> Reproduction:
    same = Replay(world, Changes(), seed).run(lambda done, of: progress("history", done, of))
    return reproduction(world.history, same)


@contextmanager
def _beside(world: World, seed: int, within_s: float) -> Iterator[Callable[[], tuple[Reproduction, Sides]]]:
    """`_again` and the figures of history in a process of its own, which has the world as it is; what is yielded waits for it."""
    context = multiprocessing.get_context("fork")
    receives, sends = context.Pipe(duplex=False)

    def work() -> None:
        sends.send((_again(world, seed), sides(world, world.history, within_s, seed)))

    child = context.Process(target=work, daemon=True)
    child.start()
    sends.close()

    def result() -> tuple[Reproduction, Sides]:
        try:
            found: tuple[Reproduction, Sides] = receives.recv()
        except EOFError as error:
            raise OSError("the process that reproduces history has ended before it was done") from error
        return found

    try:
        yield result
    finally:
        child.kill()
        child.join()
        receives.close()


def reproduction(history: Outcomes, same: Outcomes) -> Reproduction:
    """How near a run with the same settings comes to history."""
    both = [
        (then, same.items[name])
        for name, then in history.items.items()
        if then.owner is not None and name in same.items
    ]
    owners = sum(then.owner == now.owner for then, now in both) / len(both) if both else 1.0
    waits = [
        sorted(item.wait for item in outcomes.items.values() if item.answered and item.wait is not None)
        for outcomes in (history, same)
    ]
    then_p50, now_p50 = (quantile(one, 0.5) or 0.0 for one in waits)
    then_p95, now_p95 = (quantile(one, 0.95) or 0.0 for one in waits)
    return Reproduction(owners, len(both), (then_p50, now_p50), (then_p95, now_p95))


def sides(world: World, outcomes: Outcomes, within_s: float, seed: int) -> Sides:
    """What came of the world's items in one run, or in history."""
    return {key: _side(world, outcomes, items, key, within_s, seed) for key, items in rows(outcomes)}


def _side(
    world: World, outcomes: Outcomes, items: list[Outcome], key: tuple[str, str], within_s: float, seed: int
) -> tuple[Figures, Intervals]:
    within, whole = round(within_s * 1000), key == ("", "")
    point = figures(items, within, outcomes.present_ms, outcomes.busy_ms if whole else None)
    sure = intervals(items, world.begin, world.end, within, outcomes.present_ms, seed)
    if whole:
        sure.pop("occupancy", None)
    return point, sure


def table(world: World, after: Outcomes, within_s: float, seed: int, history: Sides, changed: Sides) -> list[Row]:
    """Before and after by queue and kind."""
    found = []
    for key, (before, before_95) in history.items():
        now, now_95 = changed.get(key) or _side(world, after, [], key, within_s, seed)
        found.append(Row(*key, before, now, before_95, now_95))
    return found


def _must_be_there(world: World, queue: str) -> None:
    known = set(Floor.thaw(world.tenant, world.frozen).queues)
    known |= {event.queue for _, _, event in world.outside if isinstance(event, e.QueueSet)}
    if queue not in known:
        raise NoSuchChange(f"there is no queue {queue}: there are {', '.join(sorted(known)) or 'none'}")


def _assumptions(world: World, changes: Changes, changed: Replay) -> list[str]:
    """What was taken for granted, in sentences."""
    stretch = (
        f"Work takes {changes.factor:.0%} longer for each further chat at the same time."
        if changes.factor
        else "Work does not take longer when an agent has several chats at the same time (--factor says by how much)."
    )
    block = block_ms(world.begin, world.end) / 1000
    return [
        "Arrivals, presence, work, wrap-up, answering of calls, parking and picking are as they were.",
        stretch,
        "Who gave up gives up after the same time. How long the others would have waited is drawn: exponential, with the mean that "
        f"follows from those who gave up, where at least {LEAST_GIVEN_UP} of a queue and kind did; else they wait.",
        "Whoever gave up then and is served now is handled as somebody else of their queue and kind was.",
        *(
            [
                "Agents who are missing are those who came last; what they picked, whoever is ready and has the least picks."
            ]
            if changes.agents < 0
            else ["Agents who are added come, go and are ready as those whose doubles they are."]
            if changes.agents > 0
            else []
        ),
        *([f"{changed.sampled} of those who gave up are served now."] if changed.sampled else []),
        *(
            [f"{sum(changed.refused.values())} things that were asked then are refused now, and do not happen."]
            if changed.refused
            else []
        ),
        f"Intervals: bootstrap over blocks of {block:,.0f} s, 95 %. They do not cover these assumptions.",
    ]
