"""The real floor beside queueing theory, in short; and that a floor with another order would be noticed.

The long form is `make theory`.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from parley_contracts.shapes import Routing
from parley_router.domain import moves, queues
from parley_router.domain.policies import Key
from parley_router.domain.state import WorkItem

from .__main__ import main
from .chart import chart
from .comparison import (
    SEED,
    SHORT,
    SHORT_ARRIVALS,
    Case,
    Verdict,
    compare,
    erlang_a,
    erlang_c,
    interruption,
    mean_of_batches,
    priorities,
)
from .simulation import Simulation

RESULTS = Path(__file__).parent / "results.json"


def differing(verdicts: list[Verdict]) -> list[str]:
    return [verdict.figure for verdict in verdicts if not verdict.agrees]


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[] if case in (SHORT[0], SHORT[-1]) else [pytest.mark.slow]) for case in SHORT],
    ids=lambda case: f"{case.theory}, {case.name}",
)
def test_R4_R7_R9_R12_R13_the_floor_agrees_with_theory(case: Case) -> None:
    assert differing(compare(case, SHORT_ARRIVALS, SEED)) == []


def test_the_same_seed_gives_the_same_lives() -> None:
    case = SHORT[0]
    assert Simulation(case.centre, 7).run(500) == Simulation(case.centre, 7).run(500)
    assert Simulation(case.centre, 7).run(500) != Simulation(case.centre, 8).run(500)


@pytest.mark.slow
def test_last_come_first_served_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean wait is the same then: the share that is answered within a minute tells it."""

    def last_come(item: WorkItem, routing: Routing) -> Key:
        return (-item.priority, -item.waiting_since, item.item)

    monkeypatch.setattr(queues, "order", last_come)
    assert differing(compare(erlang_c(2, 0.9), SHORT_ARRIVALS, SEED)) == ["answered within 60 s"]


def test_chats_before_calls_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from parley_router.domain import policies

    monkeypatch.setattr(policies, "score", lambda item, routing, at: -item.priority)
    assert "mean wait of calls" in differing(compare(priorities(5, (0.3, 0.5)), SHORT_ARRIVALS, SEED))


@pytest.mark.slow
def test_calls_that_interrupt_where_they_must_not_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "interrupts", lambda floor, item: item.kind == "call")
    assert "mean wait of calls" in differing(compare(priorities(1, (0.2, 0.6)), SHORT_ARRIVALS, SEED))


@pytest.mark.slow
def test_calls_that_wait_where_they_interrupt_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "interrupts", lambda floor, item: False)
    assert "mean wait of calls" in differing(compare(interruption((0.3, 0.4), (60, 180)), SHORT_ARRIVALS, SEED))


def test_the_confidence_interval_by_hand() -> None:
    """Twenty batches of two, their means 0 and 1 in turn: the variance of the means is 20 · 0.25 / 19."""
    mean, half_width = mean_of_batches([0, 0, 1, 1] * 10)
    assert mean == pytest.approx(0.5)
    assert half_width == pytest.approx(2.861 * (20 * 0.25 / 19 / 20) ** 0.5)


def test_the_kept_results_are_long_enough_and_shown() -> None:
    """What the page says was measured at 200,000 arrivals or more, and its picture is of these figures."""
    kept = json.loads(RESULTS.read_text())
    assert kept["arrivals"] >= 200_000
    verdicts = [Verdict(*(found[key] for key in FIELDS)) for found in kept["figures"]]
    assert [verdict.agrees for verdict in verdicts] == [found["agrees"] for found in kept["figures"]]
    picture = chart(verdicts, kept["arrivals"])
    ElementTree.fromstring(picture)
    docs = Path(__file__).parents[2] / "docs"
    assert (docs / "images" / "theory.svg").read_text() == picture
    assert all(found["case"] in (docs / "routing.md").read_text() for found in kept["figures"])


FIELDS = ("theory", "case", "figure", "unit", "expected", "measured", "half_width")


def test_the_long_form_shows_each_figure(capsys: pytest.CaptureFixture[str]) -> None:
    main(["patience 180", "--arrivals", "400"])
    shown = capsys.readouterr().out
    assert all(figure.name in shown for figure in erlang_a(1, 1, 180, 180).figures)
