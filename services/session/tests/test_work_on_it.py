"""R12, R14, R16-R20, R25: what the router decided is recorded with its times, and the three timers follow from it."""

from __future__ import annotations

from chat_words import (
    answer,
    assigned,
    chat,
    closed,
    end,
    ended,
    leave,
    naive_timers,
    parked,
    requested,
    requeued,
    resumed,
    say,
    work,
    work_assigned,
    work_closed,
    work_parked,
    work_requeued,
    work_resumed,
    work_wrap_up,
    wrap_up,
)
from parley_chassis.stories import Story
from parley_contracts import work_events as w
from parley_session.domain import events as e
from parley_session.domain.chat import Chat


def timers(story: Story[Chat], at: int) -> tuple[int, int, int]:
    """Wait, handle and wrap-up time, as they show at `at`."""
    chat = story.state
    shown = (chat.wait.at(at), chat.handle.at(at), chat.wrap_up.at(at))
    assert shown == naive_timers(story.happened, at)
    return shown


def test_R6_who_works_on_it_is_recorded_with_the_routers_time() -> None:
    story = chat.given(requested())
    story.when(work_assigned(at=1_234), at=9_999).then(assigned(1, 1_234))
    assert (story.state.owner, story.state.stage, story.state.activity) == ("anna", "conversation", "active")
    story.when(work_parked(2_000), at=9_999).then(parked(2, 2_000))
    assert story.state.activity == "parked"
    story.when(work_resumed(3_000), at=9_999).then(resumed(3, 3_000))
    assert story.state.activity == "active"
    story.when(work_requeued(4_000, queue="other"), at=9_999).then(requeued(4, 4_000, queue="other"))
    assert (story.state.owner, story.state.stage, story.state.queue) == (None, "waiting", "other")


def test_that_it_waits_in_the_routers_queue_is_no_news() -> None:
    chat.given(requested()).when(work(w.WorkQueued, 5, priority=50)).then_nothing()


def test_R17_the_three_timers_to_the_millisecond() -> None:
    story = chat.given(requested(at=100))
    assert timers(story, 1_101) == (1_001, 0, 0)
    story.when(work_assigned(2_000))
    assert timers(story, 2_007) == (1_900, 7, 0)
    story.when(work_parked(5_125))
    assert timers(story, 99_000) == (1_900, 3_125, 0)
    story.when(work_resumed(10_000)).when(work_requeued(10_500))
    assert timers(story, 11_000) == (2_400, 3_625, 0)
    story.when(work_assigned(12_000, "ben")).when(leave(), at=12_050)
    assert timers(story, 12_060) == (3_400, 3_685, 0), "the router says when the conversation is over"
    story.when(work_wrap_up(12_050, "ben"))
    assert timers(story, 12_151) == (3_400, 3_675, 101)
    story.when(work_parked(13_000, agent="ben")).when(work_resumed(50_000, agent="ben"))
    assert timers(story, 50_001) == (3_400, 3_675, 951)
    story.when(work_closed(50_002)).then(closed(50_002, 3_400, 3_675, 952, started_at=100))
    assert timers(story, 999_999) == (3_400, 3_675, 952)


def test_R17_R25_closed_settles_the_timers_whatever_runs() -> None:
    story = chat.given(requested()).when(leave(), at=700)
    story.when(work_closed(700, "abandoned", "visitor"))
    story.then(closed(700, 700, 0, 0, outcome="abandoned", why="visitor"))
    story = chat.given(requested(), assigned(1, 300), ended(2, 800))
    story.when(work_closed(800, why="no_wrap_up")).then(closed(800, 300, 500, 0, why="no_wrap_up"))
    assert (story.state.stage, story.state.outcome, story.state.activity) == ("closed", "handled", None)


def test_R12_R25_interruptions_are_counted_and_other_parking_is_not() -> None:
    story = chat.given(requested(), assigned(1, 100))
    story.when(work_parked(200, "call", "k1")).then(parked(2, 200, "call", "k1"))
    assert story.state.activity == "interrupted"
    story.when(work_resumed(300, "call_over")).when(work_parked(400)).when(work_resumed(500))
    story.when(work_parked(600, "call", "k2")).when(leave(), at=650).when(work_wrap_up(650)).when(work_closed(700))
    story.then(closed(700, 100, 300, 0, interruptions=2))


def test_R14_R19_an_end_while_parked_is_a_parked_wrap_up_whose_timer_stands() -> None:
    story = chat.given(requested(), assigned(1, 100), parked(2, 200, "call", "k1"), ended(3, 300))
    story.when(work_wrap_up(300), at=301).then(wrap_up(300))
    assert (story.state.stage, story.state.activity) == ("wrap_up", "interrupted")
    assert timers(story, 900) == (100, 100, 0)
    story.when(work_resumed(1_000, "call_over"))
    assert timers(story, 1_010) == (100, 100, 10)


def test_R18_extensions_and_classifications_are_recorded() -> None:
    story = chat.given(requested(), assigned(1, 100), ended(2, 200), wrap_up(200))
    story.when(work(w.WorkWrapUpExtended, 300, agent="anna", extension_ms=60_000))
    story.then(e.WrapUpExtended(at=300, agent="anna", extension_ms=60_000))
    story.when(work(w.WorkClassified, 400, agent="anna", code="sale", note="two"))
    story.then(e.Classified(at=400, agent="anna", code="sale", note="two"))
    assert story.state.classification == ("sale", "two")


def test_R24_who_the_visitor_is_is_recorded_and_not_shown_to_them() -> None:
    story = chat.given(requested(contact="jo"), assigned(1, 100))
    assert story.state.contact == "jo"
    story.when(work(w.WorkIdentified, 200, agent="anna", contact="kim"))
    story.then(e.Identified(at=200, agent="anna", contact="kim"))
    assert (story.state.contact, story.last[0].seq) == ("kim", None)
    story.when(work(w.WorkIdentified, 300, agent="anna"))
    assert story.state.contact is None


def test_after_the_end_the_visitor_sees_nothing_any_more() -> None:
    story = chat.given(requested(), assigned(1, 100), ended(2, 200), wrap_up(200))
    for said in (work_parked(300), work_resumed(400), work_closed(500)):
        story.when(said)
        assert [event.seq for event in story.last] == [None]
    assert story.state.seq == 2


def test_an_assignment_that_crossed_the_end_is_recorded_and_not_shown() -> None:
    """The visitor left while the router was giving the chat to somebody."""
    story = chat.given(requested()).when(leave(), at=1_000)
    story.when(work_assigned(990)).then(assigned(None, 990))
    story.when(answer("hello?")).then_refused("wrong_state")
    story.when(work_wrap_up(1_000)).when(work_closed(2_000)).then(closed(2_000, 990, 10, 1_000))


def test_R20_a_log_out_that_crossed_the_end_is_recorded_and_not_shown() -> None:
    story = chat.given(requested(), assigned(1, 100)).when(end(), at=500)
    story.when(work_requeued(490)).then(requeued(None, 490))
    story.when(work_closed(500, why="agent")).then(closed(500, 110, 390, 0, why="agent"))


def test_R6_the_new_owner_writes_at_once_and_the_old_one_no_more() -> None:
    story = chat.given(requested(), assigned(1, 100)).when(work_requeued(200)).when(work_assigned(300, "ben"))
    story.when(answer("hello", "ben"), at=301)
    assert story.last[0].seq == 4
    story.when(answer("hello", "anna")).then_refused("not_yours")
    story.when(say("hello"), at=302)
    assert story.last[0].seq == 5
