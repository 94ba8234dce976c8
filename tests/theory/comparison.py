"""What is compared with theory: the centres, the formulas that speak about them, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import fmean, variance
from typing import Any

from .formulas import ErlangA, ErlangC, cobham, cobham_alone, interrupted
from .simulation import Arrivals, Centre, Life, Simulation

BATCHES = 20
T_99 = 2.861
"""Student's t for 99 %, both sides, and BATCHES - 1 = 19 degrees of freedom."""
SEED = 1


@dataclass(frozen=True)
class Figure:
    """One figure that theory gives: of which items, and what of their lives."""

    name: str
    unit: str
    theory: float
    of: Callable[[Life], float]
    stream: int | None = None


@dataclass(frozen=True)
class Case:
    """One centre, and what one theory says about it."""

    theory: str
    name: str
    centre: Centre
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Verdict:
    """A figure measured: its mean, half the width of its 99 % confidence interval, and what theory says."""

    theory: str
    case: str
    figure: str
    unit: str
    expected: float
    measured: float
    half_width: float

    @property
    def agrees(self) -> bool:
        """Whether what theory says lies within the confidence interval."""
        return abs(self.measured - self.expected) <= self.half_width

    def as_json(self) -> dict[str, Any]:
        """For the kept results."""
        return {**asdict(self), "agrees": self.agrees}


def mean_of_batches(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half the width of its 99 % confidence interval by batch means: what follows one upon the other is not
    independent, the means of long batches nearly are."""
    size = len(values) // BATCHES
    means = [fmean(values[batch * size : (batch + 1) * size]) for batch in range(BATCHES)]
    return fmean(means), T_99 * sqrt(variance(means) / BATCHES)


def compare(case: Case, arrivals: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> list[Verdict]:
    """The case's figures over `arrivals` items, after a tenth as many that only fill the empty centre."""
    warm = arrivals // 10
    lives = Simulation(case.centre, seed).run(warm + arrivals, progress)[warm:]
    found = []
    for figure in case.figures:
        values = [figure.of(life) for life in lives if figure.stream in (None, life.stream)]
        mean, half_width = mean_of_batches(values)
        found.append(Verdict(case.theory, case.name, figure.name, figure.unit, figure.theory, mean, half_width))
    return found


# --- the cases --------------------------------------------------------------------------------------------------------

CHAT_S = 180.0
"""How long a chat is handled on average."""


def _wait(life: Life) -> float:
    return life.wait_s


def _whole(life: Life) -> float:
    return life.whole_s


def _abandoned(life: Life) -> float:
    return float(life.abandoned)


def _within(limit_s: float) -> Callable[[Life], float]:
    return lambda life: float(not life.abandoned and life.wait_s <= limit_s)


def erlang_c(agents: int, load: float, limit_s: float = 60) -> Case:
    """`load` is each agent's share of time that is taken."""
    per_s = load * agents / CHAT_S
    theory = ErlangC(agents, per_s, CHAT_S)
    figures = (
        Figure("mean wait", "s", theory.mean_wait, _wait),
        Figure(f"answered within {limit_s:g} s", "", theory.answered_within(limit_s), _within(limit_s)),
    )
    centre = Centre(agents, (Arrivals(per_s, CHAT_S),), limit_s)
    return Case("Erlang C", f"{agents} agents, load {load:g}", centre, figures)


def erlang_a(agents: int, load: float, handling_s: float, patience_s: float, limit_s: float = 30) -> Case:
    """As above; visitors give up after `patience_s` on average."""
    per_s = load * agents / handling_s
    theory = ErlangA(agents, per_s, handling_s, patience_s)
    figures = (
        Figure("mean wait", "s", theory.mean_wait, _wait),
        Figure(f"answered within {limit_s:g} s", "", theory.answered_within(limit_s), _within(limit_s)),
        Figure("gave up", "", theory.abandoned, _abandoned),
    )
    centre = Centre(agents, (Arrivals(per_s, handling_s, patience_s=patience_s),), limit_s)
    return Case("Erlang A", f"{agents} agents, load {load:g}, patience {patience_s:g} s", centre, figures)


def _calls_and_chats(agents: int, loads: tuple[float, float], handling: tuple[float, float], interrupt: bool) -> Centre:
    calls, chats = (load * agents / mean for load, mean in zip(loads, handling, strict=True))
    streams = (Arrivals(calls, handling[0], "call"), Arrivals(chats, handling[1]))
    return Centre(agents, streams, 60, calls_interrupt=interrupt)


def priorities(agents: int, loads: tuple[float, float], handling: tuple[float, float] = (CHAT_S, CHAT_S)) -> Case:
    """Calls before chats, and nobody is interrupted (Cobham). Several agents: all are handled alike."""
    centre = _calls_and_chats(agents, loads, handling, interrupt=False)
    rates = [stream.per_s for stream in centre.arrivals]
    if agents == 1:
        waits = cobham_alone(rates, handling)
    elif handling[0] == handling[1]:
        waits = cobham(agents, rates, handling[0])
    else:
        raise ValueError("Cobham's formula for several agents knows one handling time only")
    figures = (
        Figure("mean wait of calls", "s", waits[0], _wait, 0),
        Figure("mean wait of chats", "s", waits[1], _wait, 1),
    )
    times = "" if handling[0] == handling[1] else f" of {handling[0]:g} and {handling[1]:g} s"
    return Case("Cobham", f"{agents} agents, calls {loads[0]:g}, chats {loads[1]:g}{times}", centre, figures)


def interruption(loads: tuple[float, float], handling: tuple[float, float]) -> Case:
    """R10-R13: one agent, calls interrupt chats, which go on where they stood."""
    centre = _calls_and_chats(1, loads, handling, interrupt=True)
    times = interrupted([stream.per_s for stream in centre.arrivals], handling)
    figures = (
        Figure("mean wait of calls", "s", times[0] - handling[0], _wait, 0),
        Figure("mean life of chats", "s", times[1], _whole, 1),
        Figure("mean handle time of chats", "s", handling[1], lambda life: life.handle_s, 1),
    )
    return Case("interruption", f"1 agent, calls {loads[0]:g}, chats {loads[1]:g}", centre, figures)


CURVES = {1: (0.5, 0.7, 0.8, 0.9), 5: (0.6, 0.7, 0.8, 0.9), 20: (0.8, 0.85, 0.9, 0.95)}
"""By the number of agents, the loads at which Erlang C is looked at."""

CASES = (
    *(erlang_c(agents, load) for agents, loads in CURVES.items() for load in loads),
    erlang_a(1, 1, 180, 180),
    erlang_a(5, 0.9, 180, 240),
    erlang_a(10, 1.2, 180, 90),
    erlang_a(50, 0.96, 60, 120, limit_s=10),
    priorities(1, (0.2, 0.6)),
    priorities(1, (0.3, 0.4), (60, 240)),
    priorities(5, (0.3, 0.55)),
    priorities(20, (0.5, 0.4)),
    interruption((0.3, 0.4), (60, 180)),
    interruption((0.5, 0.25), (180, 180)),
)

SHORT = (erlang_c(5, 0.8), erlang_a(5, 0.9, 180, 240), priorities(5, (0.3, 0.5)), interruption((0.3, 0.4), (60, 180)))
"""One case of each theory, for the test suite."""
SHORT_ARRIVALS = 6_000
LONG_ARRIVALS = 200_000
