"""R23: an item is given to another queue or to another agent; its history, age and timers go along."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import (
    S,
    add,
    admin,
    answer,
    complete,
    end,
    ended,
    floor,
    inbox,
    item,
    log_out,
    not_ready,
    online,
    park,
    parked,
    picked,
    pushed,
    put_queue,
    queue,
    requested,
    resume,
    rings,
    transfer,
    transferred,
    waiting,
    waits,
    wake,
    wrap_up,
)
from parley_chassis.stories import Story
from parley_contracts import commands as c
from parley_router.domain import events as e
from parley_router.domain.floor import Floor


def given(*happened: Any, **settings: Any) -> Story[Floor]:
    """Anna has the chat c1; Ben is there as well; a second queue is Cleo's, who is not."""
    chat = [waits("c1", 0), pushed("c1", "anna", 1 * S)]
    return floor.given(
        queue(**settings),
        queue("sales", agents=("cleo",)),
        online("anna"),
        chat,
        online("ben", 2 * S, ready=False),
        happened,
    )


def test_R23_to_a_queue_it_waits_there_with_its_age_and_its_timers() -> None:
    story = given(waits("s1", 1, queue="sales")).when(transfer("c1", "anna", "sales", note="wants two"), 5 * S)
    story.then(transferred("c1", "anna", 5 * S, "sales", note="wants two"))
    assert inbox(story.state, "anna") == {}
    assert waiting(story.state, "sales") == ["c1", "s1"], "R4: it entered before the other"
    assert item(story.state, "c1").handle == (4 * S, None)
    assert item(story.state, "c1").wait == (1 * S, 5 * S)
    assert (item(story.state, "c1").last_agent, item(story.state, "c1").given_by) == ("anna", "anna")


def test_R20_R23_after_a_transfer_a_log_out_returns_it_to_the_new_queue() -> None:
    story = given(online("cleo", 3 * S)).when(transfer("c1", "anna", "sales"), 5 * S)
    assert inbox(story.state, "cleo") == {"c1": "active"}
    story.when(log_out("cleo"), 9 * S)
    assert waiting(story.state, "sales") == ["c1"]
    assert item(story.state, "c1").waiting_since == 0


@pytest.mark.parametrize(("own", "priority"), [(False, 70), (True, 50)])
def test_R4_R23_without_a_priority_of_its_own_it_has_that_of_the_new_queue(own: bool, priority: int) -> None:
    story = floor.given(queue(), queue("sales", agents=("cleo",), priority={"chat": 70}), online("anna"))
    story.given(waits("c1", 0, own_priority=own), pushed("c1", "anna", 1 * S))
    story.when(transfer("c1", "anna", "sales"), 5 * S).then(
        transferred("c1", "anna", 5 * S, "sales", priority=priority)
    )


def test_R23_to_an_agent_it_is_theirs_at_once_and_active_though_they_are_not_ready() -> None:
    story = given().when(transfer("c1", "anna", to_agent="ben"), 5 * S)
    story.then(
        transferred("c1", "anna", 5 * S, to_agent="ben"),
        e.ItemAssigned(at=5 * S, item="c1", kind="chat", queue="help", agent="ben", name="Ben", how="transferred"),
    )
    assert inbox(story.state, "ben") == {"c1": "active"}
    assert item(story.state, "c1").handle == (4 * S, 5 * S)


def test_R6_R23_of_a_chat_from_a_queue_that_allows_several_the_touches_are_reported() -> None:
    story = floor.given(queue(agents=("anna",), chats_per_agent=2), queue("sales", agents=("ben",)), online("anna"))
    story.given(waits("c1", 0), pushed("c1", "anna", 1 * S), online("ben", ready=False))
    story.when(transfer("c1", "anna", to_agent="ben"), 5 * S)
    assert [event.reports_touch for event in story.last if isinstance(event, e.ItemAssigned)] == [True]


@pytest.mark.parametrize("busy", ["chat", "call", "wrap_up"])
def test_R6_R23_an_agent_who_has_no_room_gets_it_parked(busy: str) -> None:
    theirs = {
        "chat": [waits("c2", 1), picked("c2", "ben", 3 * S)],
        "call": [e.ItemQueued(at=3 * S, item="k1", kind="call", queue="help", priority=100), rings("k1", "ben", 3 * S)],
        "wrap_up": [waits("c2", 1), picked("c2", "ben", 3 * S), wrap_up("c2", "ben", 4 * S)],
    }[busy]
    story = given(*theirs).when(transfer("c1", "anna", to_agent="ben"), 5 * S)
    assert inbox(story.state, "ben")["c1"] == "parked"
    assert story.last[-1] == parked("c1", "ben", 5 * S, "transfer")
    assert [state for name, state in inbox(story.state, "ben").items() if name != "c1"] == ["active"]


def test_R23_parked_and_interrupted_chats_are_transferred_too() -> None:
    story = given().when(add("k1"), 3 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "k1": "active"}
    story.when(transfer("c1", "anna", "sales"), 5 * S).when(end("k1"), 9 * S)
    assert inbox(story.state, "anna") == {}
    assert item(story.state, "c1").interrupted_by is None


def test_R13_R23_a_call_that_is_transferred_is_over_for_its_agent() -> None:
    story = given().when(add("k1"), 3 * S).when(transfer("k1", "anna", "sales"), 5 * S)
    assert inbox(story.state, "anna") == {"c1": "active"}
    assert waiting(story.state, "sales") == ["k1"]
    assert item(story.state, "k1").answered is None


def test_R15_R23_a_call_is_transferred_to_a_free_agent_only() -> None:
    story = given().when(add("k1"), 3 * S)
    story.when(transfer("k1", "anna", to_agent="ben"), 5 * S).then_refused("wrong_state")
    story = given(e.AgentSetReady(at=2 * S, agent="ben"), waits("c2", 1), picked("c2", "ben", 2 * S)).when(
        add("k1"), 3 * S
    )
    owner = item(story.state, "k1").owner
    assert owner == "anna"
    story.when(transfer("k1", "anna", to_agent="ben"), 5 * S).then_refused("wrong_state")
    story.when(ended("c2", 6 * S), 6 * S).when(transfer("k1", "anna", to_agent="ben"), 7 * S).then_refused(
        "wrong_state"
    )


def test_R23_a_call_to_a_free_agent_rings_there() -> None:
    story = given().when(add("k1"), 3 * S).given(e.AgentSetReady(at=4 * S, agent="ben"))
    story.when(transfer("k1", "anna", to_agent="ben"), 5 * S)
    assert inbox(story.state, "ben") == {"k1": "active"}
    assert (item(story.state, "k1").answered, item(story.state, "k1").rings_until) == (False, 25 * S)
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_R31_what_cannot_be_transferred_is_refused() -> None:
    story = given(e.AgentLoggedOut(at=3 * S, agent="ben", why="agent"))
    story.when(transfer("c1", "anna", "nowhere"), 5 * S).then_refused("not_found")
    story.when(transfer("c1", "anna", "help"), 5 * S).then_refused("wrong_state")
    story.when(transfer("c1", "anna"), 5 * S).then_refused("bad_request")
    story.when(transfer("c1", "anna", "sales", "ben"), 5 * S).then_refused("bad_request")
    story.when(transfer("c1", "anna", to_agent="ben"), 5 * S).then_refused("wrong_state")
    story.when(transfer("c1", "anna", to_agent="nobody"), 5 * S).then_refused("not_found")
    story.when(transfer("c1", "anna", to_agent="anna"), 5 * S).then_refused("wrong_state")
    story.when(transfer("c1", "ben", "sales"), 5 * S).then_refused("wrong_state")
    given().when(transfer("c1", "ben", "sales"), 5 * S).then_refused("not_yours")
    given(wrap_up("c1", "anna", 4 * S)).when(transfer("c1", "anna", "sales"), 5 * S).then_refused("wrong_state")


def test_R23_R31_a_refusal_names_its_reason_and_whom_it_is_about() -> None:
    story = given(e.AgentLoggedOut(at=3 * S, agent="ben", why="agent"))
    away = {"why": "not_logged_in", "agent": "ben", "name": "Ben"}
    story.when(transfer("c1", "anna", to_agent="ben"), 5 * S).then_refused("wrong_state", **away)
    story.when(transfer("c1", "anna", to_agent="nobody"), 5 * S).then_refused("not_found", why="no_agent")
    story.when(transfer("c1", "anna", "nowhere"), 5 * S).then_refused("not_found", why="no_queue")
    story.when(transfer("c1", "anna", "help"), 5 * S).then_refused("wrong_state", why="same_queue")
    story.when(transfer("c1", "anna", to_agent="anna"), 5 * S).then_refused("wrong_state", why="yours_already")


# --- R23: not straight back -------------------------------------------------------------------------------------------


def given_away(sales: dict[str, Any], *more: Any, kind: str = "chat") -> Any:
    """Anna has c1 (or the call k1) of help; sales is served by anna and ben."""
    story = floor.given(
        queue("help", agents=("anna",)),
        queue("sales", agents=("anna", "ben"), **sales),
        online("anna"),
        [waits("c1"), pushed("c1", "anna", 1 * S)] if kind == "chat" else [],
        *more,
    )
    if kind == "call":
        story.when(add("k1"), 1 * S).when(answer("k1"), 2 * S)
    return story


@pytest.mark.parametrize("kind", ["chat", "call"])
@pytest.mark.parametrize("agent", ["last_agent", "longest_idle", "round_robin", "fewest_active"])
def test_R23_a_transferred_item_goes_to_somebody_else_whatever_the_policy(agent: str, kind: str) -> None:
    name = "c1" if kind == "chat" else "k1"
    story = given_away({"routing": {"agent": agent}}, online("ben", 3 * S), kind=kind)
    story.when(transfer(name, "anna", "sales"), 5 * S)
    assert item(story.state, name).owner == "ben"
    assert story.last[-1].why.passed["gave_it_away"] == ["anna"]


def test_R23_who_has_room_goes_before_who_gave_it_away_and_is_free() -> None:
    busy = [waits("c2", queue="sales"), pushed("c2", "ben", 4 * S, "sales")]
    story = given_away({"chats_per_agent": 3}, online("ben", 3 * S), busy)
    story.when(transfer("c1", "anna", "sales"), 5 * S)
    assert item(story.state, "c1").owner == "ben"


def test_R23_while_somebody_else_could_take_it_later_it_waits_for_them_and_others_go_on() -> None:
    busy = [waits("c2", queue="sales"), pushed("c2", "ben", 4 * S, "sales")]
    story = given_away({"wrap_up": {"on": False}}, online("ben", 3 * S), busy)
    story.when(transfer("c1", "anna", "sales"), 5 * S)
    assert item(story.state, "c1").owner is None
    story.when(requested("c3", 6 * S, "sales"), 6 * S)
    assert inbox(story.state, "anna") == {"c3": "active"}, "what is behind it and can be taken is taken"
    story.when(ended("c2", 7 * S), 7 * S)
    assert inbox(story.state, "ben") == {"c1": "active"}


@pytest.mark.parametrize("leaves", ["not ready", "logs out", "taken out", "not able"])
def test_R23_once_nobody_else_is_there_it_goes_back(leaves: str) -> None:
    busy = [waits("c2", queue="sales"), pushed("c2", "ben", 4 * S, "sales")]
    skills = e.AgentSkilled(at=3 * S, agent="ben", skills={"bikes": 9}, user="ada")
    needs = {"routing": {"agent": "skills"}} if leaves == "not able" else {}
    story = given_away(needs, online("ben", 3 * S), skills, busy)
    if leaves == "not able":
        story.when(admin(c.SetService, service="web", skills={"bikes": 5}), 4 * S)
        story.when(admin(c.SetSkills, agent="anna", skills={"bikes": 5}), 4 * S)
    story.when(transfer("c1", "anna", "sales"), 5 * S)
    assert item(story.state, "c1").owner is None
    match leaves:
        case "not ready":
            story.when(not_ready("ben"), 6 * S)
        case "logs out":
            story.when(log_out("ben"), 6 * S)
        case "taken out":
            story.when(put_queue("sales", agents=("anna",)), 6 * S)
        case _:
            story.when(admin(c.SetSkills, agent="ben", skills={}), 6 * S)
    assert item(story.state, "c1").owner == "anna"


def test_R23_a_call_that_nobody_answers_there_does_not_come_back_while_another_could_take_it() -> None:
    story = given_away({"ring_s": 5}, online("ben", 3 * S), kind="call")
    story.when(put_queue("sales", agents=("anna", "ben", "cleo"), ring_s=5), 3 * S)
    story.given(online("cleo", 4 * S), waits("c9", queue="sales"), pushed("c9", "cleo", 4 * S, "sales"))
    story.when(transfer("k1", "anna", "sales"), 5 * S)
    assert item(story.state, "k1").owner == "ben"
    story.when(wake(), 10 * S)
    assert item(story.state, "k1").owner == "cleo", "her chat is interrupted, though anna is free"


def test_R20_R23_what_its_new_owner_gives_back_may_go_to_anybody() -> None:
    story = given_away({}, online("ben", 3 * S)).when(transfer("c1", "anna", "sales"), 5 * S)
    story.when(log_out("ben"), 6 * S)
    assert item(story.state, "c1").owner == "anna"


# --- R23: given to somebody without room ------------------------------------------------------------------------------


@pytest.mark.parametrize("busy", ["chat", "call", "wrap_up"])
def test_R23_it_is_active_once_its_new_owner_has_room_before_any_other_is_pushed(busy: str) -> None:
    theirs = {
        "chat": [waits("c2", 1), picked("c2", "ben", 3 * S)],
        "call": [e.ItemQueued(at=3 * S, item="k1", kind="call", queue="help", priority=100), rings("k1", "ben", 3 * S)],
        "wrap_up": [waits("c2", 1), picked("c2", "ben", 3 * S), wrap_up("c2", "ben", 4 * S)],
    }[busy]
    story = floor.given(
        queue(wrap_up={"on": busy == "wrap_up", "limit_s": 60}),
        online("anna"),
        [waits("c1"), picked("c1", "anna", 1 * S)],
        online("ben", 2 * S),
        *theirs,
    )
    story.when(transfer("c1", "anna", to_agent="ben"), 5 * S).when(not_ready("anna"), 5 * S)
    story.when(requested("c7", 6 * S), 6 * S)
    assert inbox(story.state, "ben")["c1"] == "parked"
    match busy:
        case "chat":
            story.when(ended("c2", 7 * S), 7 * S)
        case "call":
            story.when(end("k1"), 7 * S)
        case _:
            story.when(complete("c2", "ben"), 7 * S)
    assert inbox(story.state, "ben") == {"c1": "active"}
    assert item(story.state, "c7").stage == "waiting"


def test_R16_R23_what_its_owner_parks_afterwards_stays_parked() -> None:
    story = floor.given(queue(wrap_up={"on": False}), online("anna"), [waits("c1"), picked("c1", "anna", 1 * S)])
    story.given(online("ben", 2 * S), [waits("c2", 1), picked("c2", "ben", 3 * S)])
    story.when(transfer("c1", "anna", to_agent="ben"), 5 * S).when(resume("c1", "ben"), 6 * S)
    assert inbox(story.state, "ben") == {"c1": "active", "c2": "parked"}
    story.when(park("c1", "ben"), 7 * S).when(wake(), 8 * S)
    assert inbox(story.state, "ben") == {"c1": "parked", "c2": "parked"}
