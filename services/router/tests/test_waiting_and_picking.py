"""R3, R4, R6, R19: what waits, in which order, and who picks it."""

from __future__ import annotations

import pytest
from floor_words import (
    classify,
    closed,
    complete,
    disconnected,
    ended,
    extend,
    floor,
    identify,
    inbox,
    item,
    log_out,
    logged_out,
    not_ready,
    online,
    owner_wrote,
    park,
    parked,
    pick,
    pick_queue,
    picked,
    put_queue,
    requested,
    requeued,
    resume,
    resumed,
    touched,
    waiting,
    waits,
    wrap_up,
)
from parley_router.domain import events as e

# --- R3, R4: waiting, in order ----------------------------------------------------------------------------------------


def test_R3_a_chat_request_waits_in_its_queue() -> None:
    story = floor.given(pick_queue()).when(requested("c1", at=7), at=9).then(waits("c1", at=7))
    assert waiting(story.state) == ["c1"]


def test_R3_what_the_visitor_wrote_first_stands_with_the_request() -> None:
    asked = requested("c1", at=7, subject="A broken cup")
    floor.given(pick_queue()).when(asked, at=9).then(waits("c1", at=7, subject="A broken cup"))


def test_R3_told_twice_it_waits_once() -> None:
    story = floor.given(pick_queue()).when(requested("c1", at=7)).when(requested("c1", at=7)).then_nothing()
    assert waiting(story.state) == ["c1"]


def test_R3_a_request_that_is_told_again_after_its_end_does_not_come_back() -> None:
    floor.given(pick_queue(), waits("c1"), closed("c1", 5, "visitor", "abandoned")).when(
        requested("c1", at=0)
    ).then_nothing()


def test_R3_a_chat_for_a_queue_that_nobody_has_set_up_waits_until_somebody_does() -> None:
    story = floor.given(online("anna")).when(requested("c1", at=1, queue="new"))
    story.then(waits("c1", at=1, queue="new"))
    story.when(put_queue("new", distribution="push"), at=5)
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_R4_higher_priority_goes_first_then_who_came_first() -> None:
    story = floor.given(
        pick_queue(),
        waits("old", at=1),
        waits("urgent", at=9, priority=90),
        waits("older", at=0),
        waits("low", priority=1),
    )
    assert waiting(story.state) == ["urgent", "older", "old", "low"]


def test_R4_a_request_that_arrives_late_is_ordered_by_the_time_of_entering() -> None:
    story = floor.given(pick_queue(), waits("late", at=20)).when(requested("early", at=10), at=30)
    assert waiting(story.state) == ["early", "late"]


def test_R4_chats_have_priority_50_unless_the_queue_or_the_chat_service_sets_its_own() -> None:
    story = floor.given(pick_queue("plain"), pick_queue("set", priority={"chat": 70}))
    story.when(requested("c1", at=1, queue="plain")).then(waits("c1", 1, "plain", priority=50))
    story.when(requested("c2", at=2, queue="set")).then(waits("c2", 2, "set", priority=70))
    story.when(requested("c3", at=3, queue="set", priority=0)).then(
        waits("c3", 3, "set", priority=0, own_priority=True)
    )


def test_R4_R20_after_a_log_out_a_chat_has_its_original_place() -> None:
    story = floor.given(
        pick_queue(), online("anna"), waits("first", at=1), waits("second", at=2), picked("first", "anna", 3)
    )
    assert waiting(story.state) == ["second"]
    story.when(log_out("anna"), at=100)
    assert waiting(story.state) == ["first", "second"]
    assert item(story.state, "first").waiting_since == 1


# --- R6: picking ------------------------------------------------------------------------------------------------------


def test_R6_an_agent_picks_what_waits() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"))
    story.when(pick("c1", "anna"), at=5).then(picked("c1", "anna", 5))
    assert inbox(story.state, "anna") == {"c1": "active"}
    assert waiting(story.state) == []


def test_R6_picking_what_one_has_already_changes_nothing() -> None:
    floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1)).when(
        pick("c1", "anna")
    ).then_nothing()


def test_R6_of_two_who_pick_one_gets_it_and_the_other_learns_who() -> None:
    story = floor.given(pick_queue(), online("anna"), online("ben"), waits("c1"))
    story.when(pick("c1", "ben"), at=5).then(picked("c1", "ben", 5))
    story.when(pick("c1", "anna"), at=5).then_refused("already_taken", agent="ben", name="Ben")
    assert inbox(story.state, "ben") == {"c1": "active"}
    assert inbox(story.state, "anna") == {}


def test_R6_also_a_chat_that_is_in_wrap_up_is_taken() -> None:
    floor.given(
        pick_queue(), online("anna"), online("ben"), waits("c1"), picked("c1", "ben", 1), wrap_up("c1", "ben", 2)
    ).when(pick("c1", "anna")).then_refused("already_taken", agent="ben", name="Ben")


def test_R6_only_from_queues_that_the_agent_serves() -> None:
    story = floor.given(pick_queue(agents=("ben",)), online("anna"), waits("c1"))
    story.when(pick("c1", "anna")).then_refused("forbidden")
    assert waiting(story.state) == ["c1"]


def test_R6_what_does_not_exist_or_is_over_cannot_be_picked() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"), closed("c1", 1, "visitor", "abandoned"))
    story.when(pick("c1", "anna")).then_refused("wrong_state")
    story.when(pick("c2", "anna")).then_refused("not_found")


def test_R6_who_is_not_ready_may_pick_and_who_is_logged_out_may_not() -> None:
    story = floor.given(pick_queue(), online("anna", ready=False), waits("c1"), waits("c2"))
    story.when(pick("c1", "anna"), at=1).then(picked("c1", "anna", 1))
    story.given(requeued("c1", "anna", 2), logged_out("anna", 2))
    story.when(pick("c2", "anna")).then_refused("wrong_state")
    story.when(pick("c2", "ben")).then_refused("wrong_state")


def test_R6_an_agent_who_owns_chats_picks_one_more_and_keeps_them() -> None:
    story = floor.given(pick_queue(chats_per_agent=3), online("anna"), waits("c1"), waits("c2"))
    story.when(pick("c1", "anna"), at=1).then(picked("c1", "anna", 1, several=True))
    story.when(pick("c2", "anna"), at=2).then(picked("c2", "anna", 2, several=True))
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active"}


def test_R6_at_the_limit_picking_one_more_parks_the_one_untouched_longest() -> None:
    story = floor.given(
        pick_queue(chats_per_agent=2),
        online("anna"),
        [waits(name) for name in ("c1", "c2", "c3")],
        picked("c1", "anna", 1, several=True),
        picked("c2", "anna", 2, several=True),
    )
    story.when(pick("c3", "anna"), at=9).then(parked("c1", "anna", 9, "limit"), picked("c3", "anna", 9, several=True))
    assert inbox(story.state, "anna") == {"c1": "parked", "c2": "active", "c3": "active"}


def test_R6_writing_touches_a_chat_so_that_the_other_one_is_parked() -> None:
    story = floor.given(
        pick_queue(chats_per_agent=2),
        online("anna"),
        [waits(name) for name in ("c1", "c2", "c3")],
        picked("c1", "anna", 1, several=True),
        picked("c2", "anna", 2, several=True),
    )
    story.when(owner_wrote("c1", "anna", at=5)).then(touched("c1", 5))
    story.when(pick("c3", "anna"), at=9).then(parked("c2", "anna", 9, "limit"), picked("c3", "anna", 9, several=True))


def test_R6_resuming_touches_a_chat_too() -> None:
    story = floor.given(
        pick_queue(chats_per_agent=2),
        online("anna"),
        [waits(name) for name in ("c1", "c2", "c3")],
        [picked("c1", "anna", 1, several=True), picked("c2", "anna", 2, several=True)],
        [parked("c1", "anna", 3), resumed("c1", "anna", 4)],
    )
    story.when(pick("c3", "anna"), at=9).then(parked("c2", "anna", 9, "limit"), picked("c3", "anna", 9, several=True))


def test_R6_resuming_at_the_limit_parks_the_one_untouched_longest() -> None:
    story = floor.given(
        pick_queue(), online("anna"), waits("c1"), waits("c2"), picked("c1", "anna", 1), parked("c1", "anna", 2)
    ).given(picked("c2", "anna", 3))
    story.when(resume("c1", "anna"), at=9).then(parked("c2", "anna", 9, "limit"), resumed("c1", "anna", 9))
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "parked"}


def test_R6_the_limit_is_each_queues_own_and_in_all_the_largest_of_those_that_the_agent_serves() -> None:
    """Of two queues, with limits 3 and 1: what is parked is what stands in the way of the one that is taken on."""
    story = floor.given(
        pick_queue("wide", chats_per_agent=3),
        pick_queue("narrow", chats_per_agent=1),
        online("anna"),
        [waits(name, queue="wide") for name in ("c1", "c2", "c5")],
        [waits(name, queue="narrow") for name in ("c3", "c4")],
        [picked("c1", "anna", 1, "wide", several=True), picked("c2", "anna", 2, "wide", several=True)],
    )
    story.when(pick("c3", "anna"), at=9).then(picked("c3", "anna", 9, "narrow", several=True))
    story.when(pick("c4", "anna"), at=10)
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active", "c3": "parked", "c4": "active"}
    story.when(pick("c5", "anna"), at=11)
    assert inbox(story.state, "anna") == {
        "c1": "parked",
        "c2": "active",
        "c3": "parked",
        "c4": "active",
        "c5": "active",
    }
    story.when(resume("c3", "anna"), at=12)
    assert inbox(story.state, "anna")["c4"] == "parked", "of the narrow queue there is one at a time"


def test_R6_parked_chats_and_wrap_ups_do_not_count_against_the_limit() -> None:
    story = floor.given(
        pick_queue(),
        online("anna"),
        [waits(name) for name in ("c1", "c2", "c3")],
        [picked("c1", "anna", 1), parked("c1", "anna", 2)],
        [picked("c2", "anna", 3), wrap_up("c2", "anna", 4)],
    )
    story.when(pick("c3", "anna"), at=9).then(picked("c3", "anna", 9))
    assert inbox(story.state, "anna") == {"c1": "parked", "c2": "active", "c3": "active"}


def test_R6_resuming_a_wrap_up_parks_no_chat() -> None:
    story = floor.given(
        pick_queue(),
        online("anna"),
        [waits("c1"), picked("c1", "anna", 1), parked("c1", "anna", 2), wrap_up("c1", "anna", 3)],
        [waits("c2"), picked("c2", "anna", 4)],
    )
    story.when(resume("c1", "anna"), at=9).then(resumed("c1", "anna", 9))


def test_R6_writing_in_the_chat_that_was_touched_last_is_no_event() -> None:
    story = floor.given(pick_queue(chats_per_agent=2), online("anna"), online("ben"), waits("c1"), waits("c2"))
    story.given(picked("c1", "anna", 1, several=True), picked("c2", "ben", 2, several=True))
    story.when(owner_wrote("c1", "anna", at=5)).then_nothing()


def test_R6_what_somebody_wrote_who_does_not_own_it_any_more_touches_nothing() -> None:
    story = floor.given(
        pick_queue(chats_per_agent=2), online("anna"), online("ben"), waits("c1"), waits("c2"), waits("c3")
    )
    story.given(picked("c1", "ben", 1), picked("c2", "ben", 2))
    story.when(owner_wrote("c1", "anna", at=5)).then_nothing()
    story.when(owner_wrote("c3", "anna", at=5)).then_nothing()
    story.when(owner_wrote("gone", "anna", at=5)).then_nothing()


def test_R6_the_session_is_told_to_report_touches_wherever_the_agent_may_have_several_chats() -> None:
    """Also for a chat of a queue with limit 1: another queue of the agent's may make room by parking it."""
    story = floor.given(
        pick_queue("narrow", chats_per_agent=1),
        pick_queue("wide", agents=("anna",), chats_per_agent=2),
        [online("anna"), online("ben")],
        [waits("c1", queue="narrow"), waits("c2", queue="narrow")],
    )
    story.when(pick("c1", "anna"), at=1).then(picked("c1", "anna", 1, "narrow", several=True))
    story.when(pick("c2", "ben"), at=1).then(picked("c2", "ben", 1, "narrow", several=False))


# --- R19: the visitor goes while waiting ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "outcome"), [("visitor", "abandoned"), ("absence", "visitor_left"), ("agent", "handled")]
)
def test_R19_R22_a_chat_that_ends_while_waiting_leaves_the_queue(who: str, outcome: str) -> None:
    """`agent`: the owner ended it and logged out, and the log-out was heard first."""
    story = floor.given(pick_queue(), online("anna"), waits("c1"))
    story.when(ended("c1", at=9, by=who)).then(closed("c1", 9, who, outcome))
    assert waiting(story.state) == []
    assert "c1" not in story.state.items
    story.when(ended("c1", at=9, by=who)).then_nothing()


def test_R19_the_end_of_a_chat_that_the_floor_does_not_know_is_nothing() -> None:
    floor.given(pick_queue()).when(ended("c1", at=9)).then_nothing()


# --- R31: refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        park,
        resume,
        extend,
        complete,
        lambda item, who: classify(item, who, "sale"),
        lambda item, who: identify(item, who, "kim"),
    ],
)
def test_R31_only_the_owner_works_on_an_item(command) -> None:
    story = floor.given(pick_queue(), online("anna"), online("ben"), waits("c1"), waits("c2"), picked("c1", "ben", 1))
    story.when(command("c1", "anna")).then_refused("not_yours")
    story.when(command("c2", "anna")).then_refused("not_yours")
    story.when(command("c3", "anna")).then_refused("not_found")
    story.when(command("c1", "cleo")).then_refused("wrong_state")


@pytest.mark.parametrize("command", [not_ready, log_out])
def test_R31_who_was_never_there_changes_nothing(command) -> None:
    story = floor.given(pick_queue())
    story.when(command("anna"))
    if command is not_ready:
        story.then_refused("wrong_state")
    else:
        story.then_nothing()


def test_R6_R21_who_is_disconnected_keeps_what_they_picked() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1), disconnected("anna", 2))
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_every_item_event_tells_kind_and_queue_again() -> None:
    """Each event can be understood alone."""
    story = floor.given(pick_queue("sales"), online("anna"), waits("c1", queue="sales"))
    story.when(pick("c1", "anna")).when(park("c1", "anna")).when(log_out("anna"))
    assert {(event.kind, event.queue) for event in story.happened if isinstance(event, e.ItemHappened)} == {
        ("chat", "sales")
    }
