"""R15: each assignment of a call has its number, and an answer that belongs to an earlier one changes nothing. An answered call
stays with its agent until the telephone system says that it is over; ringing is no handle time (R17)."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest
from floor_words import (
    AGENTS,
    TENANT,
    S,
    add,
    agent,
    answer,
    by,
    call_closed,
    connect,
    disconnected,
    end,
    floor,
    inbox,
    item,
    log_out,
    miss,
    online,
    pbx,
    pick,
    put_queue,
    queue,
    ready,
    requested,
    waits,
    wake,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR


def about(command: Any, assignment: int | None) -> Any:
    return command.model_copy(update={"assignment": assignment})


def rung_on(**settings: Any) -> Any:
    """k1 rang anna in vain, and rings ben by its second assignment."""
    story = floor.given(queue(ring_s=2, **settings), online("anna"), online("ben", 1)).when(add("k1"), 9 * S)
    story.when(wake(), 11 * S)
    assert (item(story.state, "k1").owner, item(story.state, "k1").assignment) == ("ben", 2)
    return story


# --- whose answer it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [miss, answer, end])
def test_R15_what_belongs_to_an_earlier_assignment_changes_nothing(late: Any) -> None:
    story = rung_on()
    before = story.state.freeze()
    story.when(about(late("k1"), 1), 11_020).then_refused("wrong_state", assignment=2)
    assert story.state.freeze() == before


@pytest.mark.parametrize("number", [None, 2])
def test_R15_the_present_assignment_may_be_named_or_not(number: int | None) -> None:
    story = rung_on().when(about(answer("k1"), number), 12 * S)
    assert item(story.state, "k1").answered
    story.when(about(end("k1"), number), 13 * S)
    assert item(story.state, "k1").stage == "closed"
    story.when(about(end("k1", pbx("again")), number), 14 * S).then_nothing()
    story.when(about(end("k1", pbx("once more")), 1), 14 * S).then_refused("wrong_state", assignment=2)


def test_R15_a_call_that_waits_again_has_no_present_assignment() -> None:
    story = floor.given(queue(ring_s=2), online("anna")).when(add("k1"), 9 * S).when(wake(), 11 * S)
    for late in (answer, miss, end):
        story.when(about(late("k1"), 1), 12 * S).then_refused("wrong_state")
    story.when(end("k1"), 13 * S)
    assert item(story.state, "k1").stage == "closed", "whoever gives up is gone, whoever had been rung"


# --- the desk and the line --------------------------------------------------------------------------------------------


def answered(**settings: Any) -> Any:
    return floor.given(queue(**settings), online("anna", grace_s=2)).when(add("k1"), 9 * S).when(answer("k1"), 12 * S)


@pytest.mark.parametrize("how", ["connection lost", "log-out", "taken out of the queue"])
def test_R15_an_answered_call_stays_whatever_becomes_of_the_desk(how: str) -> None:
    story = answered().given(online("ben", 12 * S))
    match how:
        case "connection lost":
            story.given(disconnected("anna", 13 * S)).when(wake(), 15 * S)
        case "log-out":
            story.when(log_out("anna"), 13 * S)
        case _:
            story.when(put_queue(agents=("ben",)), 13 * S)
    assert (item(story.state, "k1").owner, item(story.state, "k1").answered) == ("anna", True)
    kept = [event for event in story.happened if isinstance(event, e.CallKept)]
    assert len(kept) == (how != "taken out of the queue")
    assert inbox(story.state, "ben") == {}
    story.when(end("k1"), 20 * S)
    closed = story.last[0]
    assert (closed.outcome, closed.wait_ms, closed.handle_ms) == ("handled", 3 * S, 8 * S)


def test_R15_R21_who_comes_back_finds_the_call_and_gets_no_other() -> None:
    story = answered().given(disconnected("anna", 13 * S)).when(wake(), 15 * S)
    assert agent(story.state, "anna").state == "logged_out"
    story.when(connect("anna", 2), 16 * S).when(ready("anna"), 17 * S).when(add("k2"), 18 * S)
    assert inbox(story.state, "anna") == {"k1": "active"}
    story.when(end("k1", by("anna")), 20 * S)
    assert item(story.state, "k1").stage == "closed"
    assert inbox(story.state, "anna") == {"k2": "active"}


def test_R15_R18_the_wrap_up_of_a_call_whose_desk_is_gone_has_nobody_and_is_none() -> None:
    story = answered(wrap_up={"limit_s": 60, "calls": True}).when(log_out("anna"), 13 * S).when(end("k1"), 20 * S)
    story.then(call_closed("k1", 20 * S, "logout", wait_ms=3 * S, handle_ms=8 * S))


def test_R5_nobody_is_removed_whose_call_goes_on() -> None:
    story = answered().when(log_out("anna"), 13 * S).when(put_queue(agents=("ben",)), 14 * S)
    forget = c.ForgetAgent(tenant=TENANT, sender=by("ada"), agent="anna")
    story.when(forget, 15 * S).then_refused("conflict")
    story.when(end("k1"), 16 * S)
    story.when(forget.model_copy(update={"sender": by("ada", "again")}), 17 * S)
    assert "anna" not in story.state.agents


# --- ringing is waiting -----------------------------------------------------------------------------------------------


def test_R17_R25_a_call_that_only_rang_has_no_handle_time() -> None:
    story = rung_on().when(end("k1"), 12 * S)
    story.then(call_closed("k1", 12 * S, "source", "abandoned", wait_ms=3 * S, handle_ms=0))


def test_R31_its_agent_does_not_end_a_ringing_call() -> None:
    story = rung_on().when(end("k1", by("ben")), 12 * S).then_refused("wrong_state")
    assert inbox(story.state, "ben") == {"k1": "active"}


# --- full is what has to wait -----------------------------------------------------------------------------------------


def test_R9_R10_a_queue_full_of_chats_takes_a_call_that_need_not_wait() -> None:
    story = floor.given(queue(max_length=2), online("anna"), waits("c1")).when(pick("c1", "anna"), 1 * S)
    for chat in ("c2", "c3"):
        story.when(requested(chat, 2 * S), 2 * S)
    story.when(add("k1"), 3 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "k1": "active"}
    story.when(add("k2"), 4 * S).then_refused("queue_full")


def test_R5_a_queue_in_which_nothing_may_wait_takes_what_need_not() -> None:
    story = floor.given(queue(max_length=0), online("anna")).when(add("k1"), 1 * S)
    assert inbox(story.state, "anna") == {"k1": "active"}
    story.when(add("k2"), 2 * S).then_refused("queue_full")
    floor.given(queue(max_length=0, distribution="pick"), online("anna")).when(add("k1"), 1 * S).then_refused(
        "queue_full"
    )


# --- any order, any delay ---------------------------------------------------------------------------------------------

Late = tuple[str, str, int]
steps = st.lists(
    st.tuples(st.sampled_from(["call", "say", "say", "say", "ready", "lost", "time"]), st.integers(0, 20)), max_size=60
)


@settings(
    max_examples=min(400, int(os.environ.get("PARLEY_TRIES", "200"))),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps)
def test_R15_whatever_the_telephone_system_answers_and_when_nobody_is_wrongly_not_ready(
    life: list[tuple[str, int]],
) -> None:
    """A telephone system that names assignments; what it has to say of each may come in any order and as late as it likes."""
    floor, at, calls = Floor(TENANT), 0, 0
    to_say: list[Late] = []
    answers: dict[tuple[str, int], str] = {}
    for message in (put_queue(ring_s=5), *(connect(name) for name in AGENTS), *(ready(name) for name in AGENTS)):
        turn(floor, message, at)
    for verb, number in life:
        at += number * S // 4
        said: Late | None = None
        for event in turn(floor, wake(), at):  # what is over by time
            note(event, answers, to_say)
        match verb:
            case "call":
                calls += 1
                happened = turn(floor, add(f"k{calls}"), at)
            case "say" if to_say:
                said = to_say.pop(number % len(to_say))
                command = {"answered": answer, "no answer": miss, "over": end}[said[0]](said[1])
                happened = turn(floor, about(command, said[2]), at)
            case "lost":
                name = AGENTS[number % len(AGENTS)]
                gone = c.DisconnectAgent(tenant=TENANT, agent=name, connection=f"{name}.1")
                happened = [*turn(floor, gone, at), *turn(floor, connect(name), at + 61 * S * (number % 2))]
            case "ready":
                happened = turn(floor, ready(AGENTS[number % len(AGENTS)]), at)
            case _:
                happened = turn(floor, wake(), at)
        at = max(at, floor.last_at)
        for event in happened:
            judge(event, said, answers, floor)
            note(event, answers, to_say)
        owners = [(name, known.agent) for known in floor.agents.values() for name in known.owned]
        assert len({name for name, _ in owners}) == len(owners), "no call with two agents"


def note(event: e.Happened, answers: dict[tuple[str, int], str], to_say: list[Late]) -> None:
    """The telephone system is told whom to ring, and by which assignment."""
    if isinstance(event, e.ItemAssigned):
        rung = sum(1 for known in answers if known[0] == event.item) + 1
        answers[event.item, rung] = event.agent
        to_say += [(what, event.item, rung) for what in ("answered", "no answer", "over")]


def judge(event: e.Happened, said: Late | None, answers: dict[tuple[str, int], str], floor: Floor) -> None:
    """Nobody but who was rung by this assignment is not ready for it, answers it, or has it ended."""
    theirs = answers.get(said[1:]) if said is not None else None
    if isinstance(event, e.AgentSetNotReady):
        by_time = said is None or said[0] != "no answer"
        assert by_time or event.agent == theirs, f"{event.agent} is not ready for a call that rang {theirs}"
    if isinstance(event, e.CallAnswered):
        assert (event.item, event.agent) == ((said or ("", "", 0))[1], theirs)
    if isinstance(event, e.ItemClosed) and event.outcome == "handled":
        assert event.item == (said or ("", "", 0))[1], "an answered call is over when the telephone system says so"


def turn(floor: Floor, message: Any, at: int) -> list[e.Happened]:
    followed: list[e.Happened] = []

    def happen(events: Any) -> Floor:
        followed.extend(events)
        for event in events:
            floor.evolve(event)
        return floor

    with suppress(Refused):
        FLOOR.turn(floor, message, at, happen)
    return followed
