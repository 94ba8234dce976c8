"""The benchmark of the floor alone measures what it says: a floor that stays at its size, and one that is back whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from parley_contracts.shapes import Routing
from parley_router.domain import events as e

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.growth import DEFAULT, POLICIES, Day, restart
from bench.growth_gateway import EVENTS_OF_A_LIFE, QUICK_SIZES, Size, tables, us_per_event


@pytest.mark.parametrize("routing", [DEFAULT, *POLICIES.values()], ids=["defaults", *POLICIES])
def test_the_floor_stays_at_its_size_and_all_of_the_mix_comes_about(routing: Routing) -> None:
    day = Day(waiting=60, agents=8, routing=routing, keep=True)
    day.happened.clear()
    for message in day.work(1_500):
        day.tell(message)
    waiting = sum(queue.length("chat") for queue in day.floor.queues.values())
    assert 55 <= waiting <= 65
    assert len(day.floor.items) <= 65 + 8 * 6
    kinds = {type(event) for event in day.happened}
    assert {e.ItemAssigned, e.ItemParked, e.ItemResumed, e.WrapUpStarted, e.ItemClosed, e.CallAnswered} <= kinds
    causes = {event.why for event in day.happened if isinstance(event, e.ItemParked | e.ItemResumed)}
    assert {"agent", "limit", "call", "call_over"} <= causes


def test_R29_a_restart_gives_back_what_was_there() -> None:
    found = restart(waiting=50, agents=5, events=3_000)
    assert found["events"] >= 3_000
    assert found["after_snapshot"] == 1_999


async def test_an_event_at_the_gateway_is_told_to_whom_it_concerns_and_to_nobody_else() -> None:
    """The measurement itself looks at who was given a text, and at the floor afterwards."""
    row = await us_per_event(Size(items=40, serving=3, beside=4, elsewhere=5), seconds=0.01)
    assert row["texts"] == round((EVENTS_OF_A_LIFE + 2 * 2) / EVENTS_OF_A_LIFE, 2)
    rows = {what: [row for _ in sizes] for what, sizes in QUICK_SIZES.items()}
    shown = tables({"machine": {"cores": 1, "processor": "any", "python": "3.11"}, "sizes": rows})
    assert shown.count("| 40 | 3 | 4 | 5 |") == sum(map(len, QUICK_SIZES.values()))
