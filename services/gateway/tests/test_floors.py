"""The gateway's view of a floor: changes and snapshots put in place, in order, and cheaply."""

from __future__ import annotations

from typing import Any

import pytest
from gateway_words import agent, change, item, queue, snapshot
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Item
from parley_contracts.showings import FloorChange
from parley_gateway.shown.desk import Desk
from parley_gateway.shown.floor_view import FloorView
from parley_gateway.shown.line import order
from parley_gateway.shown.sources import source_frames

KINDS = {"a": "chat", "b": "call", "c": "call", "d": "email"}
ITEMS = st.builds(
    lambda name, **fields: item(name, KINDS[name], **fields),
    st.sampled_from([*KINDS]),
    queue=st.sampled_from(["q", "r"]),
    owner=st.sampled_from([None, "anna", "ben"]),
    priority=st.sampled_from([50, 100]),
    waiting_since=st.integers(0, 3),
)


def floor_with(*items: Item, **fields: Any) -> FloorView:
    floor = FloorView("t")
    floor.apply(snapshot(1, *items, **fields).changes[0])
    return floor


def seen(floor: FloorView) -> dict[str, Any]:
    """Everything that can be asked of it."""
    return {
        "items": floor.items,
        "waiting": {name: floor.waiting(name) for name in ("q", "r")},
        "lengths": {name: floor.length(name) for name in ("q", "r")},
    }


@given(st.lists(st.one_of(ITEMS, st.sampled_from([*KINDS]), st.lists(ITEMS, unique_by=lambda i: i.item))))
def test_a_floor_that_was_changed_equals_one_that_was_fetched_anew(steps: list[Any]) -> None:
    floor = floor_with()
    for version, step in enumerate(steps, 2):
        match step:
            case Item():
                floor.apply(change(version, "queued", step))
            case str():
                floor.apply(change(version, "closed", gone=(step,)))
            case list():
                floor.apply(snapshot(version, *step).changes[0])
    assert seen(floor) == seen(floor_with(*floor.items.values()))
    for name in ("q", "r"):
        waiting = [each for each in floor.items.values() if (each.stage, each.queue) == ("waiting", name)]
        assert floor.waiting(name) == sorted(waiting, key=order)
        assert floor.length(name) == sum(1 for each in waiting if each.kind in ("chat", "call"))


@given(st.lists(ITEMS, unique_by=lambda i: i.item), st.lists(ITEMS, unique_by=lambda i: i.item))
def test_R15_sources_are_told_the_differences_of_a_snapshot(before: list[Item], after: list[Item]) -> None:
    floor = floor_with(*before)
    fresh = snapshot(7, *after).changes[0]
    ringing = {each.item: each.owner for each in before if each.kind != "chat" and each.owner}
    for frame in source_frames(floor, fresh, floor.apply(fresh)):
        if frame["type"] == "assigned":
            assert frame["item"] not in ringing, "taken from the one before it is given to the next"
            ringing[frame["item"]] = frame["agent"]
        elif frame["type"] == "unassigned":
            assert ringing.pop(frame["item"]) == frame["agent"]
        else:
            ringing.pop(frame["item"], None)
    assert ringing == {each.item: each.owner for each in after if each.kind != "chat" and each.owner}


def test_R15_sources_are_told_of_each_change_and_not_of_chats() -> None:
    floor = floor_with(item("call", "call"), item("chat"), agents=(agent("anna"),))

    def step(version: int, kind: str, *items: Item, **fields: Any) -> list[tuple[Any, ...]]:
        made = change(version, kind, *items, **fields)
        return [
            tuple(frame.get(name) for name in ("type", "item", "agent", "why"))
            for frame in source_frames(floor, made, floor.apply(made))
        ]

    rings = item("call", "call", owner="anna", answered=False)
    assert step(2, "assigned", rings) == [("assigned", "call", "anna", None)]
    assert step(3, "answered", item("call", "call", owner="anna", answered=True)) == []
    assert step(4, "assigned", item("chat", owner="anna")) == []
    assert step(5, "requeued", item("call", "call")) == [("unassigned", "call", "anna", "requeued")]
    assert step(6, "assigned", rings) == [("assigned", "call", "anna", None)]
    assert step(7, "wrap_up_started", rings.model_copy(update={"stage": "wrap_up"})) == [
        ("unassigned", "call", "anna", "wrap_up_started")
    ]
    assert step(8, "closed", gone=("call", "chat")) == [("closed", "call", None, None)]
    assert step(9, "assigned", rings) == [("assigned", "call", "anna", None)]
    assert step(10, "closed", gone=("call",)) == [("closed", "call", None, None)], "over is all there is to say"


@pytest.mark.parametrize(
    ("waiting", "agents", "code"),
    [
        ([item("a"), item("b", "call")], [agent("anna")], "queue_full"),
        ([item("a"), item("b", "email"), item("c", "task"), item("d", owner="anna")], [agent("anna")], None),
        ([], [agent("anna", "logged_out")], "no_agents"),
        ([], [agent("ben")], "no_agents"),
        ([], [agent("anna", "not_ready")], None),
    ],
)
def test_R5_R8_who_may_enter_a_queue(waiting: list[Item], agents: list[Any], code: str | None) -> None:
    settings = queue("q", "anna", max_length=2, wait_without_agents=False)
    floor = floor_with(*waiting, agents=tuple(agents), queues=(settings,))
    if code is None:
        floor.admit("q")
        return
    with pytest.raises(Refused) as refused:
        floor.admit("q")
    assert refused.value.code == code


def test_R5_a_queue_or_an_agent_that_is_removed_is_gone_from_desks() -> None:
    floor = floor_with(agents=(agent("anna"),), queues=(queue("q", "anna"), queue("r", "anna")))
    desk = Desk(floor, "anna")

    def frame(made: FloorChange) -> dict[str, Any] | None:
        return desk.event(made, floor.apply(made))

    gone = frame(change(2, "queue_removed", queues_gone=("q", "nowhere")))
    assert gone is not None
    assert gone["changed"] == {"queues_gone": ["q"]}
    assert [each["queue"] for each in desk.snapshot(0)["queues"]] == ["r"]
    assert frame(change(3, "queue_removed", queues_gone=("elsewhere",))) is None
    floor.apply(change(4, "forgotten", agents_gone=("anna",)))
    assert floor.agents == {}


@pytest.mark.parametrize(("points", "first"), [(0, "new"), (1, "new"), (4, "old")])
def test_R4_R8_where_priorities_age_positions_count_waiting(points: int, first: str) -> None:
    floor = FloorView("t")
    old, new = item("old", priority=50, waiting_since=0), item("new", priority=80, waiting_since=10 * 60_000)
    floor.apply(change(1, "snapshot", old, new, queues=(queue(points_per_minute=points),)))
    assert floor.waiting("q")[0].item == first
