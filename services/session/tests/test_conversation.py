"""R2, R3, R16, R19, R22, R30, R31: what is said in a chat, by whom, in which order, and how it ends."""

from __future__ import annotations

import pytest
from chat_words import (
    answer,
    assigned,
    chat,
    closed,
    end,
    ended,
    leave,
    lose,
    lost,
    note,
    noted,
    parked,
    posted,
    rate,
    rated,
    requested,
    requeued,
    resumed,
    returned,
    say,
    start,
    visitor,
    wake,
    watch,
    work_assigned,
    work_closed,
    work_parked,
    work_requeued,
    work_wrap_up,
    wrap_up,
)
from parley_chassis.service import Out
from parley_chassis.streams import Live
from parley_contracts import commands as c
from parley_contracts.pages import PAGE_BYTES
from parley_contracts.shapes import Command
from parley_contracts.showings import ChatShown
from parley_contracts.wire import pack as packed
from parley_contracts.wire import unpack
from parley_session.domain import decide as domain
from parley_session.domain import events as e
from parley_session.handlers import Session

TALKING = [requested(), assigned(1, 1_000)]
PARKED = [*TALKING, parked(2, 2_000)]
ENDED = [*TALKING, ended(2, 9_000), wrap_up(9_000)]
OVER = [*ENDED, closed(10_000, 1_000, 8_000, 1_000)]

# --- the start --------------------------------------------------------------------------------------------------------


def test_R2_R3_a_chat_starts_without_a_word() -> None:
    story = chat.given().when(start(), at=5).then(requested(5))
    assert (story.state.seq, story.state.stage, story.state.queue) == (0, "waiting", "help")


def test_R2_R3_a_chat_starts_with_a_first_message_as_number_1() -> None:
    story = chat.given().when(start(text="hello", name="Kim", language="de", page="/shop", priority=70), at=5)
    facts = {"name": "Kim", "language": "de", "page": "/shop", "priority": 70, "subject": "hello"}
    story.then(requested(5, **facts), posted(1, "hello", 5, name="Kim"))
    assert story.state.seq == 1


def test_R25_what_the_visitor_agreed_to_is_in_the_log() -> None:
    chat.given().when(start(consent="I agree."), at=5).then(requested(5, consent="I agree."))


def test_R30_told_twice_it_starts_once() -> None:
    story = chat.given().when(start(id="x", text="hello"), at=5)
    story.when(start(id="x", text="hello"), at=9).then_nothing()


def test_R31_the_same_id_with_another_content_is_a_conflict() -> None:
    story = chat.given().when(start(id="x", text="hello"), at=5)
    story.when(start(id="x", text="another"), at=9).then_refused("conflict")
    story.when(say("hello", id="x"), at=9).then_refused("conflict")


def test_R22_a_chats_secret_opens_it_until_some_time_after_its_end() -> None:
    running, over = chat.given(requested()), chat.given(OVER)
    for at in (0, 1_000_000_000):
        running.when(watch(secret_ms=5_000), at=at).then_nothing()
        over.when(watch(), at=at).then_nothing()
    end_ = over.state.last_at
    over.when(watch(secret_ms=5_000), at=end_ + 5_000).then_nothing()
    over.when(watch(secret_ms=5_000), at=end_ + 5_001).then_refused("unauthorized")


def test_R31_a_chat_that_has_started_cannot_be_started_again() -> None:
    chat.given(requested()).when(start()).then_refused("conflict")


@pytest.mark.parametrize(
    "command", [say("hello"), answer("hello"), note("hm"), leave(), end(), rate(5), watch(), lose(), wake()]
)
def test_R31_there_is_nothing_in_a_chat_that_was_never_started(command: Command) -> None:
    chat.given().when(command).then_refused("not_found")


# --- messages ---------------------------------------------------------------------------------------------------------


def test_the_visitor_writes_while_waiting_and_when_somebody_is_there() -> None:
    story = chat.given(requested(name="Kim"))
    story.when(say("hello?"), at=5).then(posted(1, "hello?", 5, name="Kim"))
    story.given(assigned(2, 6)).when(say("ah"), at=7).then(posted(3, "ah", 7, name="Kim"))


def test_the_owner_writes() -> None:
    chat.given(TALKING).when(answer("good day"), at=1_500).then(posted(2, "good day", 1_500, agent="anna"))


def test_R31_others_do_not_write_in_it() -> None:
    story = chat.given(TALKING)
    story.when(answer("mine!", "ben")).then_refused("not_yours")
    story.when(note("mine!", "ben")).then_refused("not_yours")
    story.when(end("ben")).then_refused("not_yours")
    story.given(requeued(2, 2_000)).when(answer("still here", "anna")).then_refused("not_yours")


def test_R16_the_owner_does_not_write_in_a_parked_chat() -> None:
    story = chat.given(PARKED).when(answer("soon")).then_refused("wrong_state")
    story.given(resumed(3, 3_000)).when(answer("now"), at=3_001).then(posted(4, "now", 3_001, agent="anna"))


def test_R31_nobody_writes_after_the_end() -> None:
    story = chat.given(ENDED)
    story.when(say("one more thing")).then_refused("wrong_state")
    story.when(answer("one more thing")).then_refused("wrong_state")
    story.given(closed(10_000, 1_000, 8_000, 1_000)).when(answer("hello?")).then_refused("wrong_state")
    story.when(say("hello?")).then_refused("wrong_state")


def test_R30_a_message_that_is_told_twice_is_posted_once() -> None:
    story = chat.given(TALKING).when(say("one", id="x"), at=2_000).when(say("one", id="x"), at=3_000).then_nothing()
    story.when(say("two", id="x"), at=3_000).then_refused("conflict")
    story.when(leave(id="x"), at=3_000).then_refused("conflict")
    assert story.state.seq == 2


def test_R30_a_message_that_is_told_again_after_the_end_gets_its_old_answer() -> None:
    story = chat.given(TALKING).when(say("one", id="x"), at=2_000).when(leave(), at=3_000)
    story.when(say("one", id="x"), at=4_000).then_nothing()
    done = story.state.commands[visitor("x").key]
    assert (done.seq, done.n, done.at) == (2, 3, 2_000)


def test_R30_ids_are_each_senders_own() -> None:
    story = chat.given(TALKING).when(say("one", id="x"), at=2_000)
    story.when(answer("two", id="x"), at=2_001).then(posted(3, "two", 2_001, agent="anna"))
    story.given(requeued(4, 3_000), assigned(5, 4_000, "ben"))
    story.when(answer("three", "ben", id="x"), at=5_000).then(posted(6, "three", 5_000, agent="ben"))


def test_R31_a_refused_message_does_not_use_up_its_id() -> None:
    story = chat.given(PARKED).when(answer("soon", id="x")).then_refused("wrong_state")
    story.given(resumed(3, 3_000)).when(answer("soon", id="x"), at=4_000).then(posted(4, "soon", 4_000, agent="anna"))


def test_R17_a_clock_that_goes_back_never_puts_a_message_before_the_one_before() -> None:
    chat.given(TALKING, posted(2, "one", 5_000)).when(say("two"), at=4_000).then(posted(3, "two", 5_000))


def test_R6_the_router_hears_of_the_owners_messages_where_it_asked_to() -> None:
    story = chat.given(requested(), assigned(1, 1_000, several=True))
    story.when(answer("hi"), at=2_000).then(posted(2, "hi", 2_000, agent="anna", reports_touch=True))
    story.when(say("hi"), at=3_000).then(posted(3, "hi", 3_000))


def test_R5_R6_the_router_hears_of_them_where_the_owner_has_several_whatever_was_set_at_the_assignment() -> None:
    story = chat.given(requested(), assigned(1, 1_000))
    several = answer("hi").model_copy(update={"touches": True})
    story.when(several, at=2_000).then(posted(2, "hi", 2_000, agent="anna", reports_touch=True))
    story.when(answer("hi again"), at=3_000).then(posted(3, "hi again", 3_000, agent="anna"))


# --- R16: unread ------------------------------------------------------------------------------------------------------


def test_R16_messages_to_a_parked_chat_are_counted_until_it_is_resumed() -> None:
    story = chat.given(PARKED)
    story.when(say("one"), at=3_000).then(posted(3, "one", 3_000, unread=1))
    story.when(say("two"), at=3_001).then(posted(4, "two", 3_001, unread=2))
    assert story.state.unread == 2
    story.given(resumed(5, 4_000))
    assert story.state.unread == 0
    story.when(say("three"), at=5_000).then(posted(6, "three", 5_000))
    story.given(parked(7, 6_000)).when(say("four"), at=7_000).then(posted(8, "four", 7_000, unread=1))


def test_R12_R16_messages_to_an_interrupted_chat_are_counted_too() -> None:
    story = chat.given(TALKING, parked(2, 2_000, "call", "k1"))
    story.when(say("hello?"), at=3_000).then(posted(3, "hello?", 3_000, unread=1))


def test_R16_R20_back_in_the_queue_nothing_is_counted() -> None:
    story = chat.given(PARKED, posted(3, "one", 2_500, unread=1), requeued(4, 3_000))
    assert story.state.unread == 0
    story.when(say("hello?"), at=4_000).then(posted(5, "hello?", 4_000))


# --- notes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("so_far", [TALKING, PARKED, ENDED])
def test_the_owner_notes_something_that_the_visitor_never_sees(so_far: list) -> None:
    story = chat.given(so_far)
    seq = story.state.seq
    story.when(note("careful", id="x"), at=9_500).then(noted("careful", 9_500))
    assert story.state.seq == seq
    story.when(note("careful", id="x"), at=9_600).then_nothing()
    story.when(note("careless", id="x"), at=9_600).then_refused("conflict")


def test_nothing_is_noted_in_a_closed_chat() -> None:
    chat.given(OVER).when(note("too late")).then_refused("wrong_state")


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("so_far", [[requested()], TALKING, PARKED])
def test_R19_the_visitor_ends_it_at_any_time(so_far: list) -> None:
    story = chat.given(so_far)
    seq = story.state.seq + 1
    story.when(leave(id="x"), at=9_000).then(ended(seq, 9_000, "visitor"))
    story.when(leave(id="x"), at=9_001).then_nothing()
    story.when(leave(), at=9_001).then_nothing()


def test_the_owner_ends_it_also_while_parked() -> None:
    chat.given(TALKING).when(end(), at=9_000).then(ended(2, 9_000, "agent", "anna"))
    chat.given(PARKED).when(end(), at=9_000).then(ended(3, 9_000, "agent", "anna"))


def test_whoever_ends_it_second_changes_nothing() -> None:
    story = chat.given(TALKING).when(leave(), at=9_000).when(end(), at=9_001).then_nothing()
    assert story.state.ended_by == "visitor"
    chat.given(OVER).when(end()).then_refused("wrong_state")


# --- R22: the visitor's presence --------------------------------------------------------------------------------------


def test_R22_a_visitor_is_lost_and_returns() -> None:
    story = chat.given(TALKING)
    story.when(lose(), at=5_000).then(lost(5_000))
    story.when(lose(), at=5_001).then_nothing()
    story.when(watch(), at=6_000).then(returned(6_000))
    story.when(watch(), at=6_001).then_nothing()
    assert story.state.absence_due is None


def test_R22_an_agents_window_is_not_the_visitor() -> None:
    chat.given(TALKING, lost(5_000)).when(watch(is_visitor=False), at=6_000).then_nothing()


def test_R22_after_the_absence_limit_the_chat_ends() -> None:
    story = chat.given(TALKING, lost(5_000))
    assert story.state.absence_due == 305_000
    story.when(wake(), at=304_999).then_nothing()
    story.when(wake(), at=305_000).then(ended(2, 305_000, "absence"))
    assert story.state.absence_due is None
    story.when(wake(), at=400_000).then_nothing()


def test_R22_the_absence_limit_is_the_tenants() -> None:
    story = chat.given().when(start(absence_s=7), at=0).when(lose(), at=1_000)
    assert story.state.absence_due == 8_000


def test_R22_each_absence_has_the_whole_limit() -> None:
    story = chat.given(TALKING, lost(5_000), returned(300_000), lost(301_000))
    story.when(wake(), at=305_000).then_nothing()
    assert story.state.absence_due == 601_000


def test_R22_who_is_there_is_not_ended() -> None:
    chat.given(TALKING).when(wake(), at=10**9).then_nothing()


def test_R22_after_the_end_nobody_is_missed() -> None:
    story = chat.given(TALKING, lost(5_000), ended(2, 6_000, "agent", "anna"))
    assert story.state.absence_due is None
    story.when(watch(), at=7_000).then_nothing()
    chat.given(ENDED).when(lose()).then_nothing()


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_R30_what_the_visitor_sees_is_numbered_without_gap_and_what_not_has_no_number() -> None:
    story = chat.given().when(start(text="hello"), at=0).given(assigned(2, 10))
    for step in (
        note("careful"),
        say("are you there?"),
        answer("yes"),
        lose(),
        watch(),
        work_parked(20),
        say("hello?"),
        note("hm"),
        work_requeued(30),
        leave(),
        lose(),
    ):
        story.when(step, at=25)
    assert [event.seq for event in story.happened if event.seq is not None] == list(range(1, 9))
    assert [n for n, _ in story.state.history] == list(range(1, len(story.happened) + 1))
    assert story.state.seq == 8


def test_a_message_that_a_chat_has_no_rule_for_is_a_programmers_mistake() -> None:
    with pytest.raises(TypeError, match="no rule"):
        chat.given(requested()).when(c.SetReady(tenant="acme"))
    with pytest.raises(TypeError, match="sender"):
        chat.given(requested()).when(c.PostMessage(tenant="acme", chat="c1", text="who?"))


# --- how it was -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", [ENDED[:-1], ENDED, OVER], ids=["just ended", "wrap-up", "closed"])
def test_R25_the_visitor_says_how_it_was_once_it_is_over(over: list[e.Happened]) -> None:
    story = chat.given(over).when(rate(4, "quick"), at=11_000).then(rated(4, 11_000, "quick"))
    assert story.state.seq == 2, "the visitor sees nothing of it"


def test_R25_another_rating_is_one_more_event() -> None:
    chat.given(OVER).when(rate(1), at=11_000).when(rate(5), at=12_000).then(rated(5, 12_000))


def test_R31_nobody_rates_before_it_is_over() -> None:
    chat.given(requested()).when(rate(5)).then_refused("wrong_state")
    chat.given(TALKING).when(rate(5)).then_refused("wrong_state")
    chat.given(PARKED).when(rate(5)).then_refused("wrong_state")
    chat.given([*TALKING, requeued(2, 2_000)]).when(rate(5)).then_refused("wrong_state")


def test_R31_nobody_rates_what_no_agent_ever_joined() -> None:
    abandoned = chat.given(requested()).when(leave(), at=2_000).when(rate(1)).then_refused("wrong_state")
    abandoned.when(work_closed(2_100, "abandoned", "abandoned")).when(rate(1)).then_refused("wrong_state")


def test_R31_an_agent_who_was_assigned_after_the_visitor_had_left_has_not_joined() -> None:
    story = chat.given(requested()).when(leave(), at=2_000).when(work_assigned(2_001)).when(work_wrap_up(2_002))
    story.when(rate(1)).then_refused("wrong_state")


def test_R31_who_was_talked_to_and_gave_up_waiting_again_may_rate() -> None:
    story = chat.given([*TALKING, requeued(2, 2_000)]).when(leave(), at=3_000)
    story.when(rate(2), at=4_000).then(rated(2, 4_000))


def test_R30_a_rating_that_is_told_twice_is_one() -> None:
    story = chat.given(OVER).when(rate(4, "quick", id="x"), at=11_000)
    story.when(rate(5, id="y"), at=11_500).when(rate(4, "quick", id="x"), at=12_000).then_nothing()
    story.when(rate(3, "quick", id="x"), at=12_000).then_refused("conflict")


def test_R32_a_long_chat_is_shown_in_pages_each_from_where_the_last_one_ended() -> None:
    session = Session()
    live = Live("acme/c1", session.new("acme/c1"), 0, session.evolve)
    live.apply(e.Requested(at=1, seq=None, service="s", queue="q", priority=50, absence_ms=1_000))
    for number in range(1, 101):
        live.apply(e.MessagePosted(at=number, seq=number, author="visitor", text="ß" * 4_000, unread=0))
    shown: list[ChatShown] = []
    beyond, more = 0, True
    while more:
        out = Out()
        session.handle(live, c.WatchChat(tenant="acme", chat="c1", gateway="g", beyond=beyond), 200, out)
        [(_, body)] = out.showings
        assert len(body) < PAGE_BYTES + 10_000
        [page] = unpack(packed([body]))
        assert isinstance(page, ChatShown)
        shown.append(page)
        beyond, more = page.n, page.more
    assert [entry.n for page in shown for entry in page.entries] == list(range(1, 102))
    assert (shown[-1].n, shown[-1].seq) == (101, 100)
    assert len(shown) > 3


def test_R31_R32_a_chat_can_become_so_long_and_no_longer_and_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "MOST_BYTES", 20)
    at_its_limit = [requested(), posted(1, "ß" * 5, 1)]
    assert chat.given(*at_its_limit).state.written == 10
    chat.given(*at_its_limit).when(say("x" * 10), at=2).then(posted(2, "x" * 10, 2))
    chat.given(*at_its_limit).when(say("x" * 11), at=2).then_refused("too_long")
    full = [*TALKING, posted(2, "x" * 20, 2_000)]
    chat.given(*full).when(answer("y"), at=3_000).then_refused("too_long")
    chat.given(*full).when(note("y"), at=3_000).then_refused("too_long")
    story = chat.given(*full).when(end(), at=9_000)
    assert story.state.ended_by == "agent"
