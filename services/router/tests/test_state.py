"""The pieces of a floor by themselves: how they begin, and what follows from their fields."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts.timer import Timer
from parley_router.domain.state import Agent, Frozen, WorkItem


def work(**fields: Any) -> WorkItem:
    return WorkItem(item="c1", kind="chat", queue="help", priority=50, waiting_since=5, changed_at=5, **fields)


def test_an_item_begins_waiting_untouched_and_with_nothing_said_of_it() -> None:
    item = work()
    assert (item.stage, item.activity, item.owner, item.last_agent) == ("waiting", None, None, None)
    assert (item.own_priority, item.touched_at, item.touch, item.unread) == (False, 0, 0, 0)
    assert item.wait == item.handle == item.wrap_up == Timer()


def test_an_agent_begins_logged_out_without_a_past() -> None:
    agent = Agent(agent="anna", name="Anna")
    assert (agent.state, agent.connections, agent.lost_at, agent.grace_ms) == ("logged_out", [], None, 60_000)
    assert (agent.idle_since, agent.interrupted_at, agent.assigned) == (0, 0, 0)
    assert agent.busy == agent.working == 0


def test_a_floor_of_before_the_assignments_were_numbered_has_none() -> None:
    assert Frozen({}, [], [], [], 0, 0, {}).assignments == 0


def test_R7_R9_whatever_an_agent_is_at_keeps_them_busy() -> None:
    each = ("active_chats", "active_others", "active_wrap_ups", "active_calls")
    assert [Agent(agent="anna", name="Anna", **{name: 2}).busy for name in each] == [2, 2, 2, 2]
    assert Agent(agent="anna", name="Anna", **dict.fromkeys(each, 1)).busy == 4


@pytest.mark.parametrize(("spent", "ends"), [(0, 70_000), (59_999, 10_001), (60_000, 10_000), (61_000, 10_000)])
def test_R18_a_wrap_up_ends_when_its_limit_is_spent_and_at_once_when_it_was(spent: int, ends: int) -> None:
    assert work(stage="wrap_up", limit_ms=60_000, wrap_up=Timer(spent, 10_000)).wrap_up_ends == ends


def test_R21_only_who_is_logged_in_and_lost_is_logged_out_by_the_system() -> None:
    assert Agent(agent="anna", name="Anna", lost_at=None, state="ready").grace_ends is None
    assert Agent(agent="anna", name="Anna", lost_at=7, state="logged_out").grace_ends is None
    assert Agent(agent="anna", name="Anna", lost_at=7, state="ready", grace_ms=5).grace_ends == 12
