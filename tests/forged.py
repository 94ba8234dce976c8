"""Forged logs of a floor: one thing altered, removed, put in, or put elsewhere, the numbers of the stream made good again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from msgspec.structs import replace
from parley_router.domain import events as e
from parley_router.domain.origins import origin_of

Log = list[e.Happened]


class Forgery(NamedTuple):
    """A forged log, what was done to it, and the number of the event at which it was done, counted from 1."""

    what: str
    n: int
    log: Log


def by_itself(log: Sequence[e.Happened]) -> list[int]:
    """Where the floor decided by itself."""
    return [place for place, event in enumerate(log) if origin_of(event) == "by_itself"]


def pushed(log: Sequence[e.Happened]) -> list[int]:
    """Where the floor gave something to somebody by itself."""
    return [place for place in by_itself(log) if isinstance(log[place], e.ItemAssigned)]


def _put(log: Log, place: int, event: e.Happened) -> Log:
    return [*log[:place], event, *log[place + 1 :]]


def _why(log: Log, chance: Random) -> tuple[int, Log]:
    place = chance.choice(pushed(log))
    given: Any = log[place]
    why = given.why
    policy = "round_robin" if why.policy != "round_robin" else "longest_idle"
    out_of = "room" if why.out_of == "free" else "free"
    other = chance.choice((replace(why, policy=policy), replace(why, out_of=out_of), None))
    return place, _put(log, place, replace(given, why=other))


def _passed(log: Log, chance: Random) -> tuple[int, Log]:
    place = chance.choice(pushed(log))
    given: Any = log[place]
    passed = {reason: list(agents) for reason, agents in given.why.passed.items()}
    if passed and chance.random() < 0.7:
        reason = chance.choice(sorted(passed))
        if chance.random() < 0.5:
            del passed[reason]
        else:
            passed[reason].pop()
    else:
        passed["at_limit" if "at_limit" not in passed else "wrap_up_"] = ["nobody"]
    return place, _put(log, place, replace(given, why=replace(given.why, passed=passed)))


def _owner(log: Log, chance: Random) -> tuple[int, Log]:
    place = chance.choice(pushed(log))
    given: Any = log[place]
    others = sorted({getattr(event, "agent", given.agent) for event in log[:place]} - {given.agent})
    other = chance.choice(others or ["somebody"])
    return place, _put(log, place, replace(given, agent=other, name=other))


def _earlier(log: Log, chance: Random) -> tuple[int, Log]:
    place = chance.choice(by_itself(log))
    return place, _put(log, place, replace(log[place], at=log[place].at - chance.choice((1, 1_000, 600_000))))


def _later(log: Log, chance: Random) -> tuple[int, Log]:
    """After what was asked next."""
    places = [place for place in by_itself(log) if any(origin_of(event) == "asked" for event in log[place + 1 :])]
    place = chance.choice(places)
    asked = next(event for event in log[place + 1 :] if origin_of(event) == "asked")
    late = max(asked.at, max(event.at for event in log[: place + 1])) + chance.choice((1, 1_000))
    return place, _put(log, place, replace(log[place], at=late))


def _removed(log: Log, chance: Random) -> tuple[int, Log]:
    place = chance.choice(by_itself(log))
    return place, [*log[:place], *log[place + 1 :]]


def _added(log: Log, chance: Random) -> tuple[int, Log]:
    """A decision that was made once, made again elsewhere."""
    decision = log[chance.choice(by_itself(log))]
    place = chance.randrange(1, len(log))
    again = replace(decision, at=max(event.at for event in log[:place]))
    return place, [*log[:place], again, *log[place:]]


def _order(log: Log, chance: Random) -> tuple[int, Log]:
    """A decision and what stands before it, the other way round."""
    places = [place for place in by_itself(log) if place and log[place - 1] != log[place]]
    place = chance.choice(places)
    return place - 1, [*log[: place - 1], log[place], log[place - 1], *log[place + 1 :]]


def _asked_for(log: Log, chance: Random) -> tuple[int, Log]:
    """As if the agent had picked it."""
    place = chance.choice(pushed(log))
    given: Any = log[place]
    return place, _put(log, place, replace(given, how="picked", why=None, command_key="forged", digest=1))


FORGERS: tuple[Callable[[Log, Random], tuple[int, Log]], ...] = (
    _why,
    _passed,
    _owner,
    _earlier,
    _later,
    _removed,
    _added,
    _order,
    _asked_for,
)


def forge(log: Log, seed: int) -> Forgery:
    """The forgery of this seed. The log must hold decisions of the floor's own."""
    chance = Random(seed)
    forger = FORGERS[seed % len(FORGERS)]
    place, forged = forger(log, chance)
    return Forgery(forger.__name__[1:], place + 1, forged)
