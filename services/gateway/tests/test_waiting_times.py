"""R8: the estimated wait, from who is there and how long items take; measured over simulated days by `python -m bench.waits`."""

from __future__ import annotations

from typing import Any

import pytest
from gateway_words import agent, change, item, queue, snapshot
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.refusal import Refused
from parley_contracts.showings import Pace
from parley_gateway.shown.floor_view import FloorView
from parley_gateway.shown.waiting_times import Hands, Waits, places, rounded_s, starts

TURN = 120_000
PACE = {"chat": TURN, "call": 60_000}


def floor_of(*items: Any, agents: dict[str, str], chats: int = 1, **fields: Any) -> FloorView:
    """A queue that these agents serve, each in a state."""
    floor = FloorView("t")
    shown = queue("q", *agents).model_copy(update={"chats_per_agent": chats, "pace": Pace(turns=PACE), **fields})
    there = tuple(agent(name, state) for name, state in agents.items())
    floor.apply(snapshot(1, *items, agents=there, queues=(shown,)).changes[0])
    return floor


def busy(name: str, owner: str, kind: str = "chat", **fields: Any) -> Any:
    return item(name, kind, owner=owner, stage="conversation", activity="active", **fields)


def waiting(*names: str) -> list[Any]:
    return [item(name, waiting_since=number) for number, name in enumerate(names)]


def test_with_all_places_taken_one_is_free_every_turn_over_their_number() -> None:
    floor = floor_of(
        busy("c1", "anna"), busy("c2", "ben"), *waiting("w1", "w2", "w3"), agents={"anna": "ready", "ben": "ready"}
    )
    waits = floor.waits("q")
    assert [waits.of(position) for position in (1, 2, 3)] == [60, 120, 180]
    assert not waits.nobody_here


@pytest.mark.parametrize(("state", "there"), [("not_ready", False), ("logged_out", True)])
def test_who_is_not_ready_takes_nothing_and_nobody_there_is_told(state: str, there: bool) -> None:
    floor = floor_of(busy("c1", "anna"), *waiting("w1"), agents={"anna": "ready", "ben": state})
    assert floor.waits("q").of(1) == 120
    assert not floor.waits("q").nobody_here
    alone = floor_of(*waiting("w1", "w2"), agents={"ben": state})
    assert alone.waits("q").nobody_here is there
    assert [alone.waits("q").of(position) for position in (1, 2)] == [120, 240], "as if one came"


def test_a_burst_at_the_beginning_of_a_shift_is_no_pace() -> None:
    """F12: two chats given within a second say nothing about how long the third waits."""
    floor = floor_of(*waiting("c1", "c2", "c3"), agents={"anna": "ready", "ben": "ready"})
    for version, (name, owner) in enumerate((("c1", "anna"), ("c2", "ben")), 2):
        floor.apply(change(version, "assigned", busy(name, owner)))
    assert floor.waits("q").of(1) == 60


def test_places_behind_calls_and_wrap_ups_are_free_later() -> None:
    free, on_call, wrapping = Hands(0, 0, 0), Hands(0, 1, 0), Hands(0, 0, 1)
    assert places([free, on_call, wrapping], 1, PACE) == [0, 60_000, 20_000]
    assert places([Hands(1, 1, 0)], 2, PACE) == [60_000 + TURN, 60_000]
    assert places([Hands(5, 0, 0)], 2, PACE) == [60_000, TURN], "more than the limit is no more places"


def test_those_ahead_who_give_up_shorten_it() -> None:
    def first(patience_ms: int | None) -> int:
        pace = Pace(turns=PACE, patience_ms=patience_ms)
        return Waits([TURN], ["chat"] * 10, pace, anybody_here=True).of(10)

    assert first(None) > first(1_200_000) > first(300_000)
    assert first(10**9) == first(None)


def test_nothing_known_is_the_usual_and_a_pace_comes_with_the_end_of_an_item() -> None:
    floor = floor_of(busy("c1", "anna"), *waiting("w1"), agents={"anna": "ready"}, pace=Pace())
    assert floor.waits("q").of(1) == 300
    floor.apply(change(2, "closed", gone=("c0",), paces={"q": Pace(turns={"chat": 60_000})}))
    assert floor.waits("q").of(1) == 60


@given(
    st.lists(st.builds(Hands, st.integers(0, 4), st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=8),
    st.integers(1, 4),
    st.lists(st.sampled_from(["chat", "call", "email", "task"]), max_size=30),
)
def test_nobody_waits_less_than_who_is_ahead_and_another_agent_never_makes_it_longer(
    agents: list[Hands], chats: int, kinds: list[Any]
) -> None:
    found = starts(places(agents, chats, PACE), kinds, PACE)
    assert found == sorted(found)
    assert len(found) == len(kinds)
    more = starts(places([*agents, Hands(0, 0, 0)], chats, PACE), kinds, PACE)
    assert all(now <= before for now, before in zip(more, found, strict=True))


def test_far_behind_only_the_pace_counts_and_nothing_grows() -> None:
    waits = Waits([TURN] * 10, ["chat"] * 5_000, Pace(turns=PACE), anybody_here=True)
    assert waits.of(4_000) == pytest.approx(4_000 * 12, rel=0.01)
    assert waits.of(999) <= waits.of(1_001) + 60


def test_it_is_told_as_exactly_as_it_can_be_known() -> None:
    assert [rounded_s(ms) for ms in (0, 3_400, 12_300, 100_000, 1_000_000)] == [1, 3, 10, 105, 1_020]


@pytest.mark.parametrize(
    ("state", "distribution", "enters"),
    [("ready", "push", True), ("ready", "pick", False), ("not_ready", "push", False), ("logged_out", "push", False)],
)
def test_R5_a_queue_in_which_nothing_may_wait_takes_a_chat_that_need_not(
    state: str, distribution: str, enters: bool
) -> None:
    floor = floor_of(agents={"anna": state}, max_length=0, distribution=distribution)
    if enters:
        floor.admit("q")
        floor.apply(change(2, "assigned", busy("c1", "anna")))
    with pytest.raises(Refused) as refused:
        floor.admit("q")
    assert refused.value.code == "queue_full"
