"""The benchmark of the floor alone measures what it says: a floor that stays at its size, and one that is back whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from parley_contracts.shapes import Routing
from parley_router.domain import events as e

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.growth import DEFAULT, POLICIES, Day, restart


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
