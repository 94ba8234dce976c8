"""The recomputation by hand: short lists of events, and the rows that they make written out."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, TypeVar

from parley_router.domain import events as e
from random_days import Day

from figures.recomputed import Presence, Recomputed, Visit, Work, recompute, report

Row = TypeVar("Row")
S = 1_000


def chat(kind: type[e.ItemHappened], at: int, item: str = "c1", /, queue: str = "help", **fields: Any) -> e.Happened:
    """Something about a chat."""
    return kind(**{"at": at, "item": item, "kind": "chat", "queue": queue, **fields})


def call(kind: type[e.ItemHappened], at: int, item: str = "k1", /, queue: str = "help", **fields: Any) -> e.Happened:
    """Something about a call."""
    return kind(**{"at": at, "item": item, "kind": "call", "queue": queue, **fields})


ANNA: dict[str, Any] = {"agent": "anna", "name": "Anna"}
BEN: dict[str, Any] = {"agent": "ben", "name": "Ben"}
RINGS: dict[str, Any] = {"ring_ms": 20 * S, "waits": True, "how": "pushed"}
TO_SALES: dict[str, Any] = {"queue": "sales", "from_queue": "help", "priority": 50}


def rows(found: Recomputed, agent: str) -> list[tuple[Any, ...]]:
    """An agent's presence in short: state, reason, busy, from, until."""
    return [
        (row.state, row.reason, row.busy, row.began, row.ended)
        for (name, _n), row in found.presence.items()
        if name == agent
    ]


def test_a_plain_chat() -> None:
    found = recompute(
        [
            chat(e.ItemQueued, 1_000, priority=50, service="web"),
            chat(e.ItemAssigned, 4_000, **ANNA, how="pushed"),
            chat(e.ItemClassified, 5_000, agent="anna", code="question"),
            chat(e.ItemParked, 6_000, agent="anna", why="agent"),
            chat(e.ItemResumed, 9_000, agent="anna", why="agent"),
            chat(e.WrapUpStarted, 14_000, agent="anna", limit_ms=60_000, extensions=1),
            chat(e.ItemClassified, 15_000, agent="anna", code="order"),
            chat(e.ItemClosed, 20_000, outcome="handled", why="completed"),
        ]
    )
    visit = Visit("help", "chat", "web", "new", 1_000, 4_000, "anna", "pushed", 0, 20_000, "closed", "handled", 3_000)
    assert found.visits == {("c1", 1): visit}
    work = Work("help", "chat", "web", "anna", "pushed", 4_000, 4_000, 20_000, "closed")
    work.handle_ms, work.wrap_up_ms, work.parked_ms = 2_000 + 5_000, 6_000, 3_000
    work.parks, work.code = 1, "order"
    assert found.works == {("c1", 1): work}
    assert found.presence == {}  # nobody has logged in


def test_an_abandoned_chat_is_nobodys_work() -> None:
    found = recompute(
        [chat(e.ItemQueued, 1_000, priority=50), chat(e.ItemClosed, 9_000, outcome="abandoned", why="visitor")]
    )
    visit = Visit("help", "chat", None, "new", 1_000, left_at=9_000, ended="closed", outcome="abandoned", wait_ms=8_000)
    assert (found.visits, found.works) == ({("c1", 1): visit}, {})


def test_a_call_that_rings_is_not_answered_goes_back_and_is_answered() -> None:
    found = recompute(
        [
            e.AgentLoggedIn(at=0, **ANNA),
            e.AgentSetReady(at=0, agent="anna"),
            call(e.ItemQueued, 1_000, priority=100),
            call(e.ItemAssigned, 1_000, **ANNA, **RINGS),
            call(e.ItemRequeued, 21_000, agent="anna", why="no_answer"),
            e.AgentSetNotReady(at=21_000, agent="anna", reason="no_answer"),
            call(e.ItemAssigned, 30_000, **BEN, ring_ms=20_000, waits=True, how="picked"),
            call(e.CallAnswered, 34_000, agent="ben"),
            call(e.ItemClosed, 94_000, outcome="handled", why="no_wrap_up"),
        ]
    )
    visit = Visit("help", "call", None, "new", 1_000, 34_000, "ben", "picked", 1, 94_000, "closed", "handled", 33_000)
    assert found.visits == {("k1", 1): visit}
    assert found.works == {
        ("k1", 1): Work("help", "call", None, "anna", "pushed", 1_000, None, 21_000, "requeued"),
        ("k1", 2): Work("help", "call", None, "ben", "picked", 30_000, 34_000, 94_000, "closed", handle_ms=60_000),
    }
    assert rows(found, "anna") == [
        ("not_ready", None, False, 0, 0),
        ("ready", None, False, 0, 1_000),
        ("ready", None, True, 1_000, 21_000),
        ("ready", None, False, 21_000, 21_000),
        ("not_ready", "no_answer", False, 21_000, None),
    ]


def test_a_transfer_to_a_queue_and_one_to_an_agent() -> None:
    found = recompute(
        [
            chat(e.ItemQueued, 0, priority=50, service="web"),
            chat(e.ItemAssigned, 2_000, **ANNA, how="picked"),
            chat(e.ItemTransferred, 5_000, agent="anna", **TO_SALES),
            chat(e.ItemAssigned, 9_000, queue="sales", **BEN, how="pushed"),
            chat(
                e.ItemTransferred, 10_000, queue="sales", from_queue="sales", priority=50, agent="ben", to_agent="anna"
            ),
            chat(e.ItemAssigned, 10_000, queue="sales", **ANNA, how="transferred"),
            chat(e.ItemParked, 10_000, queue="sales", agent="anna", why="transfer"),
        ]
    )
    assert found.visits == {
        ("c1", 1): Visit(
            "help", "chat", "web", "new", 0, 2_000, "anna", "picked", 0, 5_000, "transferred", None, 2_000
        ),
        ("c1", 2): Visit(
            "sales", "chat", "web", "transferred", 5_000, 9_000, "ben", "pushed", 0, 10_000, "transferred", None, 4_000
        ),
        ("c1", 3): Visit("sales", "chat", "web", "handed", 10_000, 10_000, "anna", "transferred", wait_ms=0),
    }
    assert found.works == {
        ("c1", 1): Work("help", "chat", "web", "anna", "picked", 2_000, 2_000, 5_000, "transferred", handle_ms=3_000),
        ("c1", 2): Work("sales", "chat", "web", "ben", "pushed", 9_000, 9_000, 10_000, "transferred", handle_ms=1_000),
        ("c1", 3): Work("sales", "chat", "web", "anna", "transferred", 10_000, 10_000, parks=1),
    }


def test_a_supervisor_moves_what_waits() -> None:
    found = recompute(
        [
            chat(e.ItemQueued, 0, priority=50),
            chat(e.ItemMoved, 7_000, agent="eva", **TO_SALES),
            chat(e.ItemReordered, 8_000, queue="sales", priority=60),
        ]
    )
    assert found.visits == {
        ("c1", 1): Visit("help", "chat", None, "new", 0, left_at=7_000, ended="moved", wait_ms=7_000),
        ("c1", 2): Visit("sales", "chat", None, "moved", 7_000),
    }


def test_a_call_interrupts_a_chat_that_goes_on_afterwards() -> None:
    found = recompute(
        [
            e.AgentLoggedIn(at=0, **ANNA),
            chat(e.ItemQueued, 1_000, priority=50),
            chat(e.ItemAssigned, 1_000, **ANNA, how="pushed"),
            call(e.ItemQueued, 5_000, priority=100),
            chat(e.ItemParked, 5_000, agent="anna", why="call", interrupted_by="k1"),
            call(e.ItemAssigned, 5_000, **ANNA, **RINGS),
            call(e.CallAnswered, 8_000, agent="anna"),
            chat(e.InterrupterChanged, 9_000, agent="anna", interrupted_by="k2"),
            call(e.ItemClosed, 28_000, outcome="handled", why="no_wrap_up"),
            chat(e.ItemResumed, 28_000, agent="anna", why="call_over"),
        ]
    )
    handled = Work("help", "chat", None, "anna", "pushed", 1_000, 1_000, handle_ms=4_000, interrupted_ms=23_000)
    handled.interruptions = 1
    assert found.works["c1", 1] == handled  # what runs since 28 s is not settled
    assert found.works["k1", 1].handle_ms == 20_000
    assert rows(found, "anna") == [
        ("not_ready", None, False, 0, 1_000),
        ("not_ready", None, True, 1_000, 5_000),
        ("not_ready", None, False, 5_000, 5_000),
        ("not_ready", None, True, 5_000, 28_000),
        ("not_ready", None, False, 28_000, 28_000),
        ("not_ready", None, True, 28_000, None),
    ]


def test_what_is_parked_when_its_wrap_up_begins_begins_it_parked() -> None:
    found = recompute(
        [
            chat(e.ItemQueued, 0, priority=50),
            chat(e.ItemAssigned, 0, **ANNA, how="pushed"),
            chat(e.ItemParked, 1_000, agent="anna", why="agent"),
            chat(e.WrapUpStarted, 3_000, agent="anna", limit_ms=60_000, extensions=0),
            chat(e.ItemResumed, 6_000, agent="anna", why="agent"),
            chat(e.ItemParked, 10_000, agent="anna", why="call", interrupted_by="k1"),
            chat(e.ItemParked, 11_000, agent="anna", why="agent"),
            chat(e.ItemClosed, 13_000, outcome="visitor_left", why="logout"),
        ]
    )
    work = Work("help", "chat", None, "anna", "pushed", 0, 0, 13_000, "closed", parks=2, interruptions=1)
    work.handle_ms, work.wrap_up_ms, work.parked_ms, work.interrupted_ms = 1_000, 4_000, 5_000 + 2_000, 1_000
    assert found.works == {("c1", 1): work}


def test_clocks_that_go_backwards_take_nothing_away() -> None:
    found = recompute(
        [
            e.AgentLoggedIn(at=9_000, **ANNA),
            chat(e.ItemQueued, 10_000, priority=50),
            chat(e.ItemAssigned, 8_000, **ANNA, how="pushed"),
            chat(e.ItemParked, 7_000, agent="anna", why="agent"),
            chat(e.ItemResumed, 12_000, agent="anna", why="agent"),
            chat(e.ItemClosed, 11_000, outcome="handled", why="no_wrap_up"),
        ]
    )
    visit = Visit("help", "chat", None, "new", 10_000, 8_000, "anna", "pushed", 0, 11_000, "closed", "handled", 0)
    assert found.visits == {("c1", 1): visit}
    work = Work("help", "chat", None, "anna", "pushed", 8_000, 8_000, 11_000, "closed", parked_ms=5_000, parks=1)
    assert found.works == {("c1", 1): work}
    assert rows(found, "anna") == [
        ("not_ready", None, False, 9_000, 9_000),
        ("not_ready", None, True, 9_000, 9_000),
        ("not_ready", None, False, 9_000, 12_000),
        ("not_ready", None, True, 12_000, 12_000),
        ("not_ready", None, False, 12_000, None),
    ]


def test_a_name_that_is_used_again_goes_on_counting() -> None:
    found = recompute(
        [
            chat(e.ItemQueued, 0, priority=50, service="web"),
            chat(e.ItemAssigned, 1_000, **ANNA, how="pushed"),
            chat(e.ItemClosed, 2_000, outcome="handled", why="no_wrap_up"),
            chat(e.ItemQueued, 5_000, priority=50, service="shop"),
            chat(e.ItemAssigned, 6_000, **BEN, how="picked"),
        ]
    )
    assert [(key, visit.service, visit.began) for key, visit in found.visits.items()] == [
        (("c1", 1), "web", 0),
        (("c1", 2), "shop", 5_000),
    ]
    assert [(key, work.service, work.agent) for key, work in found.works.items()] == [
        (("c1", 1), "web", "anna"),
        (("c1", 2), "shop", "ben"),
    ]


def test_presence_with_spells_of_no_length_and_a_call_that_outlasts_its_desk() -> None:
    found = recompute(
        [
            e.AgentLoggedIn(at=0, **ANNA),
            e.AgentConnected(at=0, **ANNA, connection="a.1", grace_ms=60_000),
            e.AgentSetReady(at=0, agent="anna"),
            e.AgentSetNotReady(at=0, agent="anna", reason="lunch"),
            e.AgentSetNotReady(at=3_000, agent="anna", reason="desk"),
            call(e.ItemQueued, 4_000, priority=100),
            call(e.ItemAssigned, 4_000, **ANNA, **RINGS),
            call(e.CallAnswered, 5_000, agent="anna"),
            e.AgentDisconnected(at=6_000, agent="anna", connection="a.1"),
            call(e.CallKept, 9_000, agent="anna", why="connection_lost"),
            e.AgentLoggedOut(at=9_000, agent="anna", why="connection_lost"),
            e.AgentLoggedIn(at=20_000, **ANNA),
            call(e.ItemClosed, 25_000, outcome="handled", why="logout"),
            e.AgentLoggedOut(at=30_000, agent="anna", why="agent"),
            e.AgentForgotten(at=31_000, agent="anna", user="ada"),
        ]
    )
    assert found.presence == {
        ("anna", 1): Presence("not_ready", None, False, 0, 0),
        ("anna", 2): Presence("ready", None, False, 0, 0),
        ("anna", 3): Presence("not_ready", "lunch", False, 0, 3_000),
        ("anna", 4): Presence("not_ready", "desk", False, 3_000, 4_000),
        ("anna", 5): Presence("not_ready", "desk", True, 4_000, 9_000),
        ("anna", 6): Presence("not_ready", None, True, 20_000, 25_000),
        ("anna", 7): Presence("not_ready", None, False, 25_000, 30_000),
    }


TWO_BUCKETS = (
    e.AgentLoggedIn(at=0, **ANNA),
    e.AgentSetReady(at=10 * S, agent="anna"),
    chat(e.ItemQueued, 10 * S, "c1", priority=50, service="web"),
    chat(e.ItemAssigned, 40 * S, "c1", **ANNA, how="pushed"),
    chat(e.ItemQueued, 50 * S, "c2", priority=50, service="web"),
    chat(e.ItemClosed, 53 * S, "c2", outcome="abandoned", why="visitor"),
    chat(e.ItemQueued, 55 * S, "c3", priority=50),
    chat(e.ItemTransferred, 110 * S, "c1", agent="anna", **TO_SALES),
    chat(e.ItemAssigned, 120 * S, "c3", **ANNA, how="picked"),
    chat(e.ItemClosed, 130 * S, "c3", outcome="handled", why="no_wrap_up"),
)
"""A minute each, from 0 to 60 s and from 60 to 120 s; the last two events are after them."""
NO_VISITS = {
    **dict.fromkeys(("offered", "answered", "answered_in_target", "abandoned", "abandoned_short"), 0),
    **dict.fromkeys(("transferred_in", "moved_in", "requeues", "waiting", "left_otherwise"), 0),
    **dict.fromkeys(("service_level", "answer_ms", "longest_answer_ms")),
}
NO_WORKS = {
    "handled": 0,
    **dict.fromkeys(("handle_ms", "wrap_up_ms", "parked_ms", "interrupted_ms")),
    **dict.fromkeys(("interruptions", "transfers", "picked", "pushed", "transferred_to"), 0),
}
HANDED_ON = {"handled": 1, "handle_ms": 70 * S, "wrap_up_ms": 0, "parked_ms": 0, "interrupted_ms": 0}
HANDED_ON |= {"transfers": 1, "pushed": 1}
FIRST, SECOND = {"from": 0, "until": 60 * S}, {"from": 60 * S, "until": 120 * S}


def reported(of: Any) -> list[dict[str, Any]]:
    return report(recompute(TWO_BUCKETS), of, [0, 60 * S, 120 * S], target_ms=30 * S, short_ms=2 * S, until_now=115 * S)


def test_a_report_by_queue_across_two_buckets() -> None:
    # c1 after 30 s, c2 given up after 3 s, c3 after 65 s: each where it came in, though c3 is answered later.
    visits = {"offered": 3, "answered": 2, "answered_in_target": 1, "abandoned": 1, "service_level": 1 / 3}
    visits |= {"answer_ms": 47_500, "longest_answer_ms": 65 * S}
    in_sales = {"offered": 1, "transferred_in": 1, "waiting": 1}
    assert reported("queues") == [
        {"key": "help", "kind": "chat", **FIRST, **NO_VISITS, **visits, **NO_WORKS, **HANDED_ON},
        {"key": "sales", "kind": "chat", **SECOND, **NO_VISITS, **in_sales, **NO_WORKS},
    ]


def test_a_report_by_service_leaves_out_what_came_by_none() -> None:
    visits = {"offered": 2, "answered": 1, "answered_in_target": 1, "abandoned": 1, "service_level": 1 / 2}
    visits |= {"answer_ms": 30 * S, "longest_answer_ms": 30 * S}
    later = {"offered": 1, "transferred_in": 1, "waiting": 1}
    assert reported("services") == [
        {"key": "web", "kind": "chat", **FIRST, **NO_VISITS, **visits, **NO_WORKS, **HANDED_ON},
        {"key": "web", "kind": "chat", **SECOND, **NO_VISITS, **later, **NO_WORKS},
    ]


def test_a_report_by_agent_cuts_presence_at_the_edges() -> None:
    # Not ready to 10 s, free to 40 s, busy to 110 s, free to 120 s, busy to 130 s, free since: all over at the edge.
    first = {"logged_in_ms": 60 * S, "ready_ms": 50 * S, "not_ready_ms": 10 * S, "busy_ms": 20 * S, "occupancy": 0.4}
    second = {"logged_in_ms": 60 * S, "ready_ms": 60 * S, "not_ready_ms": 0, "busy_ms": 50 * S, "occupancy": 50 / 60}
    assert reported("agents") == [
        {"key": "anna", **FIRST, **NO_WORKS, **HANDED_ON, **first},
        {"key": "anna", **SECOND, **NO_WORKS, **second},
    ]
    still_there = report(recompute(TWO_BUCKETS[:2]), "agents", [0, 60 * S, 120 * S], 0, 0, until_now=25 * S)
    there = {"logged_in_ms": 25 * S, "ready_ms": 15 * S, "not_ready_ms": 10 * S, "busy_ms": 0, "occupancy": 0.0}
    assert still_there == [{"key": "anna", **FIRST, **NO_WORKS, **there}]


def by_item(found: dict[tuple[str, int], Row]) -> dict[str, list[Row]]:
    rows_of = defaultdict[str, list[Row]](list)
    for (item, _n), row in found.items():
        rows_of[item].append(row)
    return rows_of


def test_random_days_come_to_the_timers_of_the_items_that_are_closed() -> None:
    """Of calls and e-mails as their ItemClosed says them, of chats as the floor holds them."""
    checked = Counter[str]()
    for seed in range(12):
        day = Day(seed, skew_ms=(0, 5_000, -5_000, -120_000)[seed % 4])
        day.go_on(400)
        found = recompute(day.of_router())
        visits, works = by_item(found.visits), by_item(found.works)
        for event in day.of_router():
            if not isinstance(event, e.ItemClosed):
                continue
            item = day.floor.closed[event.item]
            timers = (item.wait.ms, item.handle.ms, item.wrap_up.ms)
            if event.kind != "chat":
                assert timers == (event.wait_ms, event.handle_ms, event.wrap_up_ms)
            handle_ms = sum(work.handle_ms for work in works[event.item])
            wrap_up_ms = sum(work.wrap_up_ms for work in works[event.item])
            assert (handle_ms, wrap_up_ms) == timers[1:]
            waited = sum(visit.wait_ms or 0 for visit in visits[event.item])
            # Whoever waits again after an answer, in the same visit, waits more than the visit says.
            again = any(visit.answered_at is not None and visit.requeues for visit in visits[event.item])
            assert waited <= timers[0] if again else waited == timers[0]
            kind = "chat" if event.kind == "chat" else "other"
            checked += Counter({f"{kind} handled": handle_ms > 0, f"{kind} wrapped up": wrap_up_ms > 0})
            checked += Counter({f"{kind} waited": waited > 0})
    assert {"chat handled", "chat wrapped up", "chat waited", "other handled", "other waited"} <= checked.keys()
