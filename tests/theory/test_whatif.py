"""What `parley whatif` answers beside Erlang A: a floor is recorded with some agents, asked about others, and theory knows both."""

from __future__ import annotations

from functools import cache

import pytest
from parley_ops.whatif import Changes, read_world
from parley_ops.whatif.outcomes import Outcomes
from parley_ops.whatif.replaying import Replay
from recorded import TENANT, recorded

from .comparison import SEED, mean_of_batches
from .formulas import ErlangA
from .simulation import Arrivals, Centre, Simulation

HANDLING_S, PATIENCE_S, LIMIT_S = 180.0, 240.0, 30.0
AGENTS, LOAD = 5, 0.9
PER_S = LOAD * AGENTS / HANDLING_S
ARRIVALS = 6_000


def differing(outcomes: Outcomes, theory: ErlangA) -> list[str]:
    """The figures of which theory lies outside of the 99 % confidence interval; the first tenth only fills the floor, and the last
    arrivals are those after which the log ends."""
    lives = [item for item in outcomes.items.values() if item.answered or item.abandoned]
    lives = lives[len(lives) // 10 :]
    figures = {
        "mean wait": (theory.mean_wait, [(item.wait or 0) / 1000 for item in lives]),
        "gave up": (theory.abandoned, [float(item.abandoned) for item in lives]),
        "in time": (
            theory.answered_within(LIMIT_S),
            [float(item.answered and (item.wait or 0) <= LIMIT_S * 1000) for item in lives],
        ),
    }
    found = []
    for name, (expected, values) in figures.items():
        mean, half_width = mean_of_batches(values)
        if abs(mean - expected) > half_width:
            found.append(f"{name}: {mean:.4g} ± {half_width:.2g}, theory {expected:.4g}")
    return found


@cache
def asked(arrivals: int, number: int) -> Outcomes:
    """What is answered about so many agents more, from a log of `AGENTS`."""
    centre = Centre(AGENTS, (Arrivals(PER_S, HANDLING_S, patience_s=PATIENCE_S),), LIMIT_S)
    world = read_world(TENANT, recorded(lambda: Simulation(centre, SEED).run(arrivals)))
    return Replay(world, Changes(agents=number), SEED).run()


@pytest.mark.parametrize("number", [-1, pytest.param(1, marks=pytest.mark.slow)])
def test_the_answer_about_other_agents_is_what_theory_says_of_them(number: int) -> None:
    assert differing(asked(ARRIVALS, number), ErlangA(AGENTS + number, PER_S, HANDLING_S, PATIENCE_S)) == []


def test_theory_about_the_agents_that_were_there_would_be_noticed() -> None:
    assert len(differing(asked(ARRIVALS, -1), ErlangA(AGENTS, PER_S, HANDLING_S, PATIENCE_S))) == 3


@pytest.mark.slow
@pytest.mark.parametrize("number", [-2, -1, 1, 2])
def test_the_same_of_more_arrivals(number: int) -> None:
    assert differing(asked(60_000, number), ErlangA(AGENTS + number, PER_S, HANDLING_S, PATIENCE_S)) == []
