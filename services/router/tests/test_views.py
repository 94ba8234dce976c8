"""How items, agents and queues are shown: every fact where the public protocol has it."""

from __future__ import annotations

from typing import Any

from floor_words import (
    classified,
    closed,
    floor,
    item,
    not_ready,
    online,
    parked,
    pick_queue,
    picked,
    resumed,
    unread,
    waits,
    wrap_up,
)
from parley_router import views
from parley_router.domain import events as e

PLAIN = {"item": "c1", "kind": "chat", "queue": "help", "priority": 50, "waiting_since": "1970-01-01T00:00:00.100Z"}
HANDLED = {"ms": 300, "running_since": None}


def test_a_waiting_item() -> None:
    asked = e.ItemQueued(
        at=100, item="c1", kind="chat", queue="help", priority=50, name="Kim", language="de", subject="A bicycle"
    )
    story = floor.given(pick_queue(), asked)
    assert views.item_shown(item(story.state, "c1")).frame() == {
        **PLAIN,
        "stage": "waiting",
        "handle": {"ms": 0, "running_since": None},
        "wrap_up": {"ms": 0, "running_since": None},
        "unread": 0,
        "name": "Kim",
        "language": "de",
        "subject": "A bicycle",
    }


def test_R12_R16_an_interrupted_chat_with_unread_messages() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1", 100), picked("c1", "anna", 200))
    story.given(parked("c1", "anna", 500, "call", interrupted_by="k1"), unread("c1", 600, 2))
    assert views.item_shown(item(story.state, "c1")).frame() == {
        **PLAIN,
        "stage": "conversation",
        "activity": "interrupted",
        "owner": "anna",
        "assignment": 1,
        "handle": HANDLED,
        "wrap_up": {"ms": 0, "running_since": None},
        "interrupted_by": "k1",
        "unread": 2,
    }


def test_R18_a_classified_wrap_up_with_both_timers() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1", 100), picked("c1", "anna", 200))
    story.given(wrap_up("c1", "anna", 500), parked("c1", "anna", 600), resumed("c1", "anna", 2_000))
    story.given(classified("c1", "anna", 2_500, "sale", "two"))
    assert views.item_shown(item(story.state, "c1")).frame() == {
        **PLAIN,
        "stage": "wrap_up",
        "activity": "active",
        "owner": "anna",
        "assignment": 1,
        "handle": HANDLED,
        "wrap_up": {
            "ms": 100,
            "running_since": "1970-01-01T00:00:02.000Z",
            "limit_ms": 60_000,
            "extensions_left": 3,
        },
        "unread": 0,
        "classification": {"code": "sale", "note": "two"},
    }


def test_an_item_that_is_closed_is_gone() -> None:
    story = floor.given(pick_queue(), waits("c1", 100)).given(over := closed("c1", 200, "visitor", "abandoned"))
    change = views.change(story.state, over, 7)
    assert (change.version, change.at, change.kind, change.items, change.gone) == (7, 200, "closed", (), ("c1",))


def test_agents_and_queues() -> None:
    story = floor.given(pick_queue(agents=("anna",), max_length=3, wait_without_agents=False), online("anna"))
    story.when(not_ready("anna", "lunch"), at=5)
    whole = views.snapshot(story.state, 4)
    assert [(a.agent, a.name, a.state, a.reason) for a in whole.agents] == [("anna", "Anna", "not_ready", "lunch")]
    assert [(q.queue, q.name, q.agents, q.max_length, q.wait_without_agents) for q in whole.queues] == [
        ("help", "Help", ("anna",), 3, False)
    ]


def test_R5_who_changed_the_queues_is_told_newest_first_with_what_was_before() -> None:
    def put(at: int, queue: str, user: str = "ada", **settings: Any) -> e.QueueSet:
        return e.QueueSet(at=at, queue=queue, settings={"name": queue, **settings}, user=user)

    events: list[tuple[int, e.Happened]] = [
        (1, put(10, "help", "system")),
        (2, put(20, "sale")),
        (7, put(70, "help", ring_s=5)),
        (8, e.AgentLoggedIn(at=80, agent="anna", name="Anna")),
        (9, e.QueueRemoved(at=90, queue="help", user="eve")),
        (12, put(99, "help")),
    ]
    found = views.queue_changes(events, None, 10)
    assert [(each.version, each.at, each.by, each.queue) for each in found] == [
        (12, 99, "ada", "help"),
        (9, 90, "eve", "help"),
        (7, 70, "ada", "help"),
        (2, 20, "ada", "sale"),
        (1, 10, "system", "help"),
    ]
    ring = [tuple(None if side is None else side["ring_s"] for side in (each.old, each.new)) for each in found]
    assert ring == [(None, 20), (5, None), (20, 5), (None, 20), (None, 20)]
    assert views.queue_changes(events, None, 2) == found[:2]
    assert views.queue_changes(events, 9, 2) == found[2:4]
    assert views.queue_changes([], None, 2) == []
