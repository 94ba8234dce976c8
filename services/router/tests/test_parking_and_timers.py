"""R16-R19: parking and resuming, the two timers to the millisecond, and wrap-up."""

from __future__ import annotations

import pytest
from floor_words import (
    MINUTE,
    classified,
    classify,
    closed,
    complete,
    ended,
    extend,
    extended,
    floor,
    inbox,
    item,
    log_out,
    logged_out,
    online,
    park,
    parked,
    pick,
    pick_queue,
    picked,
    pushed,
    queue,
    requested,
    requeued,
    resume,
    resumed,
    unread,
    waits,
    wake,
    wrap_up,
    wrote_to_parked,
)
from parley_chassis.stories import Story
from parley_router.domain.floor import Floor

MINE = [pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1_000)]
WRAPPING = [*MINE, wrap_up("c1", "anna", 10_000)]


def handle_ms(story: Story[Floor], at: int) -> int:
    return item(story.state, "c1").handle.at(at)


def wrap_up_ms(story: Story[Floor], at: int) -> int:
    return item(story.state, "c1").wrap_up.at(at)


# --- R16: park and resume ---------------------------------------------------------------------------------------------


def test_R16_the_owner_parks_and_resumes() -> None:
    story = floor.given(MINE)
    story.when(park("c1", "anna"), at=4_000).then(parked("c1", "anna", 4_000))
    assert inbox(story.state, "anna") == {"c1": "parked"}
    story.when(resume("c1", "anna"), at=9_000).then(resumed("c1", "anna", 9_000))
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_R6_R16_with_more_room_than_is_needed_nobody_makes_room() -> None:
    three = [[waits(chat), picked(chat, "anna", 1_000)] for chat in ("c1", "c2", "c3")]
    story = floor.given(pick_queue(chats_per_agent=5), online("anna"), three, parked("c3", "anna", 2_000))
    story.when(resume("c3", "anna"), at=9_000).then(resumed("c3", "anna", 9_000))
    assert inbox(story.state, "anna") == dict.fromkeys(("c1", "c2", "c3"), "active")


def test_R16_what_is_parked_already_is_not_parked_again_nor_what_is_active_resumed() -> None:
    story = floor.given(MINE)
    story.when(resume("c1", "anna")).then_nothing()
    story.when(park("c1", "anna")).when(park("c1", "anna")).then_nothing()


def test_R16_a_parked_wrap_up_is_parked_and_resumed_likewise() -> None:
    story = floor.given(WRAPPING)
    story.when(park("c1", "anna"), at=11_000).then(parked("c1", "anna", 11_000))
    story.when(resume("c1", "anna"), at=12_000).then(resumed("c1", "anna", 12_000))
    assert item(story.state, "c1").stage == "wrap_up"


def test_R16_messages_to_a_parked_chat_are_counted_and_seen_when_it_is_resumed() -> None:
    story = floor.given(MINE, parked("c1", "anna", 2_000))
    story.when(wrote_to_parked("c1", 3_000, 1)).then(unread("c1", 3_000, 1))
    story.when(wrote_to_parked("c1", 3_500, 2)).then(unread("c1", 3_500, 2))
    assert item(story.state, "c1").unread == 2
    story.when(wrote_to_parked("c1", 3_500, 2)).then_nothing()
    story.when(resume("c1", "anna"), at=4_000)
    assert item(story.state, "c1").unread == 0


def test_R16_a_count_that_comes_too_late_is_nothing() -> None:
    story = floor.given(MINE)
    story.when(wrote_to_parked("c1", 3_000, 1)).then_nothing()
    story.given(parked("c1", "anna", 4_000), requeued("c1", "anna", 5_000))
    story.when(wrote_to_parked("c1", 6_000, 1)).then_nothing()
    story.when(wrote_to_parked("gone", 6_000, 1)).then_nothing()


def test_R16_R20_a_chat_that_goes_back_to_its_queue_has_nothing_unread() -> None:
    story = floor.given(MINE, parked("c1", "anna", 2_000), unread("c1", 3_000, 4))
    story.when(log_out("anna"), at=4_000)
    assert item(story.state, "c1").unread == 0


# --- R17: timers ------------------------------------------------------------------------------------------------------


def test_R17_handle_time_is_the_sum_of_the_active_intervals_to_the_millisecond() -> None:
    story = floor.given(MINE)
    assert handle_ms(story, at=1_001) == 1
    story.when(park("c1", "anna"), at=4_125)
    assert handle_ms(story, at=1_000_000) == 3_125
    story.when(resume("c1", "anna"), at=10_000)
    assert handle_ms(story, at=10_007) == 3_132
    story.when(ended("c1", at=12_001), at=12_050)
    assert handle_ms(story, at=1_000_000) == 3_125 + 2_001


def test_R17_wrap_up_time_is_a_timer_of_its_own_and_stands_while_parked() -> None:
    story = floor.given(MINE)
    story.when(ended("c1", at=12_001), at=12_001)
    story.when(park("c1", "anna"), at=20_000)
    assert wrap_up_ms(story, at=1_000_000) == 7_999
    story.when(resume("c1", "anna"), at=50_000)
    story.when(complete("c1", "anna"), at=50_003).then(closed("c1", 50_003, "completed"))
    assert wrap_up_ms(story, at=1_000_000) == 8_002
    assert handle_ms(story, at=1_000_000) == 11_001


def test_R17_waiting_is_not_handling_and_a_second_owner_goes_on_from_what_was_spent() -> None:
    story = floor.given(MINE, online("ben"))
    story.when(log_out("anna"), at=3_500)
    assert handle_ms(story, at=1_000_000) == 2_500
    story.when(pick("c1", "ben"), at=10_000)
    story.when(ended("c1", at=10_001))
    assert handle_ms(story, at=1_000_000) == 2_501


def test_R17_a_chat_that_is_parked_by_the_limit_stands_too() -> None:
    story = floor.given(MINE, waits("c2")).when(pick("c2", "anna"), at=1_777)
    assert handle_ms(story, at=1_000_000) == 777


def test_R17_clocks_that_go_back_never_make_a_negative_interval() -> None:
    story = floor.given(MINE)
    story.when(park("c1", "anna"), at=500).then(parked("c1", "anna", 1_000))
    story.when(resume("c1", "anna"), at=400).then(resumed("c1", "anna", 1_000))
    story.when(ended("c1", at=300)).then(wrap_up("c1", "anna", 1_000))
    story.when(complete("c1", "anna"), at=200).then(closed("c1", 1_000, "completed"))
    assert (handle_ms(story, 9_999), wrap_up_ms(story, 9_999)) == (0, 0)


def test_R17_what_another_service_told_with_an_older_time_happens_at_the_items_last_change() -> None:
    story = floor.given(MINE, parked("c1", "anna", 8_000))
    story.when(wrote_to_parked("c1", at=7_000, count=1)).then(unread("c1", 8_000, 1))
    story.when(ended("c1", at=7_500)).then(wrap_up("c1", "anna", 8_000))
    assert handle_ms(story, 99_999) == 7_000


def test_R17_a_request_from_a_clock_that_is_ahead_is_not_assigned_before_it_came() -> None:
    story = floor.given(queue(), online("anna"))
    story.when(requested("c1", at=5_000), at=2_000).then(waits("c1", 5_000), pushed("c1", "anna", 5_000))
    assert handle_ms(story, 5_010) == 10


# --- R18: wrap-up -----------------------------------------------------------------------------------------------------


def test_R18_the_end_of_the_conversation_begins_the_wrap_up_as_the_queue_has_it() -> None:
    story = floor.given(pick_queue(wrap_up={"limit_s": 30, "extensions": 1}), *MINE[1:])
    story.when(ended("c1", at=9_000, by="agent"), at=9_100)
    story.then(wrap_up("c1", "anna", 9_000, by="agent", limit_s=30, extensions=1))
    assert (item(story.state, "c1").stage, item(story.state, "c1").activity) == ("wrap_up", "active")
    story.when(ended("c1", at=9_000, by="agent"), at=9_100).then_nothing()


def test_R18_off_it_closes_with_the_end() -> None:
    story = floor.given(pick_queue(wrap_up={"on": False}), *MINE[1:])
    story.when(ended("c1", at=9_000)).then(closed("c1", 9_000, "no_wrap_up"))
    assert handle_ms(story, 99_999) == 8_000
    assert inbox(story.state, "anna") == {}


def test_R18_R22_off_a_visitor_who_stayed_away_is_the_outcome() -> None:
    story = floor.given(pick_queue(wrap_up={"on": False}), *MINE[1:])
    story.when(ended("c1", at=9_000, by="absence")).then(closed("c1", 9_000, "no_wrap_up", "visitor_left"))


def test_R18_R22_a_visitor_who_stayed_away_is_the_outcome_after_the_wrap_up_too() -> None:
    story = floor.given(MINE, wrap_up("c1", "anna", 10_000, by="absence"))
    story.when(complete("c1", "anna"), at=11_000).then(closed("c1", 11_000, "completed", "visitor_left"))


def test_R18_at_the_limit_it_completes_by_itself_exactly_then() -> None:
    story = floor.given(WRAPPING)
    assert story.state.next_due() == 70_000
    story.when(wake(), at=69_999).then_nothing()
    story.when(wake(), at=70_000).then(closed("c1", 70_000, "time_limit"))
    assert wrap_up_ms(story, 99_999) == 60_000
    assert story.state.next_due() is None
    story.when(wake(), at=70_001).then_nothing()


def test_R18_a_late_clock_does_not_make_the_wrap_up_longer() -> None:
    story = floor.given(WRAPPING).when(wake(), at=10 * MINUTE).then(closed("c1", 70_000, "time_limit"))
    assert wrap_up_ms(story, 99_999) == 60_000


def test_R18_parked_time_does_not_count_against_the_limit() -> None:
    story = floor.given(WRAPPING)
    story.when(park("c1", "anna"), at=15_000)
    assert story.state.next_due() is None
    story.when(wake(), at=10 * MINUTE).then_nothing()
    story.when(resume("c1", "anna"), at=20 * MINUTE)
    assert story.state.next_due() == 20 * MINUTE + 55_000
    story.when(wake(), at=20 * MINUTE + 54_999).then_nothing()
    story.when(wake(), at=20 * MINUTE + 55_000).then(closed("c1", 20 * MINUTE + 55_000, "time_limit"))
    assert wrap_up_ms(story, 99 * MINUTE) == 60_000


def test_R18_an_extension_makes_it_longer_until_all_are_used_up() -> None:
    story = floor.given(WRAPPING)
    for number in (1, 2, 3):
        story.when(extend("c1", "anna"), at=20_000).then(extended("c1", "anna", 20_000))
        assert item(story.state, "c1").extensions_left == 3 - number
        assert story.state.next_due() == 70_000 + number * MINUTE
    story.when(extend("c1", "anna"), at=20_000).then_refused("wrong_state")
    story.when(wake(), at=70_000).then_nothing()
    story.when(wake(), at=250_000).then(closed("c1", 250_000, "time_limit"))
    assert wrap_up_ms(story, 999_999) == 4 * MINUTE


def test_R18_an_extension_is_as_long_as_the_queue_has_it_and_also_for_what_is_parked() -> None:
    story = floor.given(pick_queue(wrap_up={"extension_s": 7}), WRAPPING[1:], parked("c1", "anna", 12_000))
    story.when(extend("c1", "anna"), at=13_000).then(extended("c1", "anna", 13_000, by_s=7))
    story.when(resume("c1", "anna"), at=100_000)
    assert story.state.next_due() == 100_000 + 65_000


def test_R18_a_queue_without_extensions_has_none() -> None:
    floor.given(MINE, wrap_up("c1", "anna", 2_000, extensions=0)).when(extend("c1", "anna")).then_refused("wrong_state")


def test_R18_there_is_nothing_to_extend_or_complete_during_the_conversation() -> None:
    story = floor.given(MINE)
    story.when(extend("c1", "anna")).then_refused("wrong_state")
    story.when(complete("c1", "anna")).then_refused("wrong_state")


def test_R18_the_agent_ends_it_early() -> None:
    story = floor.given(WRAPPING).when(complete("c1", "anna"), at=12_500).then(closed("c1", 12_500, "completed"))
    assert inbox(story.state, "anna") == {}
    story.when(complete("c1", "anna")).then_refused("wrong_state")
    story.when(wake(), at=10 * MINUTE).then_nothing()


def test_R18_a_parked_wrap_up_can_be_completed() -> None:
    story = floor.given(WRAPPING, parked("c1", "anna", 11_000))
    story.when(complete("c1", "anna"), at=90_000).then(closed("c1", 90_000, "completed"))
    assert wrap_up_ms(story, 99_999) == 1_000


@pytest.mark.parametrize("so_far", [MINE, WRAPPING, [*WRAPPING, parked("c1", "anna", 11_000)]])
def test_R18_the_agent_classifies_and_notes_and_may_correct_it(so_far: list) -> None:
    story = floor.given(so_far)
    story.when(classify("c1", "anna", "sale", "wants two"), at=20_000)
    story.then(classified("c1", "anna", 20_000, "sale", "wants two"))
    story.when(classify("c1", "anna", "sale", "wants two"), at=20_000).then_nothing()
    story.when(classify("c1", "anna", "complaint"), at=21_000).then(classified("c1", "anna", 21_000, "complaint"))
    assert (item(story.state, "c1").code, item(story.state, "c1").note) == ("complaint", None)


# --- R19: the visitor ends a parked chat ------------------------------------------------------------------------------


def test_R19_a_parked_chat_becomes_a_parked_wrap_up_whose_timer_stands() -> None:
    story = floor.given(MINE, parked("c1", "anna", 2_000))
    story.when(ended("c1", at=9_000)).then(wrap_up("c1", "anna", 9_000))
    assert (item(story.state, "c1").stage, item(story.state, "c1").activity) == ("wrap_up", "parked")
    assert (handle_ms(story, 99_999), wrap_up_ms(story, 99_999)) == (1_000, 0)
    assert story.state.next_due() is None
    story.when(resume("c1", "anna"), at=50_000)
    assert (handle_ms(story, 99_999), wrap_up_ms(story, 50_250)) == (1_000, 250)
    assert story.state.next_due() == 110_000


def test_R19_parked_without_wrap_up_it_closes() -> None:
    floor.given(pick_queue(wrap_up={"on": False}), *MINE[1:], parked("c1", "anna", 2_000)).when(
        ended("c1", at=9_000)
    ).then(closed("c1", 9_000, "no_wrap_up"))


def test_R19_R20_the_end_that_arrives_after_the_log_out_finds_the_chat_waiting() -> None:
    story = floor.given(MINE).when(log_out("anna"), at=5_000)
    story.then(requeued("c1", "anna", 5_000), logged_out("anna", 5_000))
    story.when(ended("c1", at=4_900), at=5_001).then(closed("c1", 5_000, "visitor", "abandoned"))
    assert handle_ms(story, 99_999) == 4_000
