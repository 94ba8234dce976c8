"""R29: frames applied to a snapshot give what a fresh snapshot says, on random floors.

In Python here; the desk's own `apply` does the same floors under node (tests/js/test_same_view.py) and in a browser
(tests/browser/test_same_view.py).
"""

from __future__ import annotations

from typing import Any

import pytest
from protocol import apply
from random_floors import RandomFloor, story


def seen(view: dict[str, Any]) -> dict[str, Any]:
    """A desk without what has no meaning: the order of the inbox and of the queues, and the time."""
    return {
        "version": view["version"],
        "agent": view["agent"],
        "inbox": {item["item"]: item for item in view["inbox"]},
        "queues": {queue["queue"]: queue for queue in view["queues"]},
    }


@pytest.mark.parametrize("seed", range(60))
def test_R4_R29_frames_applied_equal_a_fresh_snapshot(seed: int) -> None:
    view: dict[str, Any] = {}
    for step in story(seed):
        if "fresh" in step:
            assert seen(view) == seen(step["fresh"])
        else:
            frame = step["frame"]
            assert not view or frame["version"] == view["version"] + 1
            view = frame if frame["type"] == "snapshot" else apply(view, frame)


@pytest.mark.parametrize("seed", range(20))
def test_R21_R29_what_was_missed_leads_to_the_same_desk(seed: int) -> None:
    floor = RandomFloor(seed)
    view = floor.fresh()
    views = [view]
    for _ in range(150):
        for frame in floor.happen():
            view = frame if frame["type"] == "snapshot" else apply(view, frame)
            views.append(view)
    helped = 0
    for old in views:
        missed = floor.desk.since(old["version"])
        if missed is None:
            continue  # a snapshot is sent
        helped += 1
        for event in missed:
            old = apply(old, event)
        assert seen(old) == seen(floor.fresh())
    assert helped > 1


def test_the_random_floors_have_everything_in_them() -> None:
    """No kind of change is missing, so that none goes unproved."""
    frames = [step["frame"] for seed in range(60) for step in story(seed) if "frame" in step]
    events = [frame["changed"] for frame in frames if frame["type"] == "event"]
    assert sum(frame["type"] == "snapshot" for frame in frames) > 60
    assert {name for changed in events for name in changed} == {"agent", "inbox", "queues", "queues_gone"}
    pieces = [piece for changed in events for piece in changed.get("queues", {}).values()]
    assert {name for piece in pieces for name in piece} >= {"name", "put", "drop"}
    assert {name for changed in events for name in changed.get("inbox", {})} == {"put", "drop"}
