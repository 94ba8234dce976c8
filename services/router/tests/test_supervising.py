"""R36: what supervisors do on the floor: each act says who and why, and what follows is as if the agents had done it."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import (
    TENANT,
    S,
    by,
    call_waits,
    disconnect,
    ended,
    floor,
    inbox,
    intervened,
    item,
    logged_out,
    online,
    parked,
    picked,
    pushed,
    queue,
    requeued,
    rings,
    supervise,
    transferred,
    unmarked,
    waiting,
    waits,
    wake,
)
from parley_chassis.stories import Story
from parley_contracts import supervision as s
from parley_contracts.shapes import QueueSettings
from parley_router.domain import events as e
from parley_router.domain.floor import Floor


def given(*happened: Any, ready: bool = False, **settings: Any) -> Story[Floor]:
    """Anna has the chat c1, Ben is there and has nothing, Sam supervises; sales is Cleo's, who is not here."""
    chat = [waits("c1", 0), pushed("c1", "anna", 1 * S)]
    people = [online("ben", 2 * S, ready=ready), online("sam", 2 * S, ready=False)]
    return floor.given(queue(**settings), queue("sales", agents=("cleo",)), online("anna"), chat, *people, happened)


def test_R36_it_is_given_to_another_agent_and_says_who_did_it_and_why() -> None:
    story = given().when(supervise(s.AssignItem, item="c1", agent="ben", note="anna is new"), 5 * S)
    story.then(
        intervened("assign", 5 * S, agent="anna", item="c1", to_agent="ben", note="anna is new"),
        transferred("c1", "anna", 5 * S, "help", to_agent="ben", note="anna is new"),
        e.ItemAssigned(at=5 * S, item="c1", kind="chat", queue="help", agent="ben", name="Ben", how="transferred"),
    )
    assert (inbox(story.state, "anna"), inbox(story.state, "ben")) == ({}, {"c1": "active"})
    assert item(story.state, "c1").handle == (4 * S, 5 * S), "R17: its time goes on"


def test_R36_what_waits_is_given_to_an_agent_who_is_not_ready() -> None:
    story = given(waits("c2", 3 * S, queue="sales")).when(supervise(s.AssignItem, item="c2", agent="ben"), 5 * S)
    story.then(intervened("assign", 5 * S, agent="ben", item="c2", to_agent="ben"), picked("c2", "ben", 5 * S, "sales"))
    assert inbox(story.state, "ben") == {"c2": "active"}


def test_R6_R36_who_has_no_room_gets_it_parked() -> None:
    story = given(waits("c2", 3 * S)).when(supervise(s.AssignItem, item="c2", agent="anna"), 5 * S)
    story.then(
        intervened("assign", 5 * S, agent="anna", item="c2", to_agent="anna"),
        picked("c2", "anna", 5 * S),
        parked("c2", "anna", 5 * S, "transfer"),
    )


def test_R36_a_supervisor_takes_it_over() -> None:
    story = given().when(supervise(s.TakeOver, item="c1", note="a complaint"), 5 * S)
    assert inbox(story.state, "sam") == {"c1": "active"}
    assert inbox(story.state, "anna") == {}
    story.when(supervise(s.TakeOver, item="c1"), 6 * S).then()


def test_R11_R36_a_call_is_handed_only_to_who_is_free() -> None:
    call = [call_waits("k1", 3 * S), rings("k1", "ben", 3 * S)]
    story = given(call, ready=True)
    story.when(supervise(s.AssignItem, item="k1", agent="anna"), 5 * S).then_refused("wrong_state")
    story.when(supervise(s.AssignItem, item="k1", agent="sam"), 5 * S).then_refused("wrong_state")
    story.when(supervise(s.AssignItem, item="k1", agent="cleo"), 5 * S).then_refused("not_found")
    story.when(supervise(s.TakeOver, item="k1"), 6 * S)
    assert inbox(story.state, "sam") == {"k1": "active"}, "at their own wish, as a pick"


def test_R4_R36_what_waits_is_moved_with_its_age() -> None:
    more = [waits("s1", 1 * S, queue="sales"), waits("c2", 500)]
    story = given(more).when(supervise(s.MoveItem, item="c2", queue="sales", note="too many here"), 5 * S)
    story.then(
        intervened("move", 5 * S, item="c2", queue="sales", note="too many here"),
        e.ItemMoved(
            at=5 * S,
            item="c2",
            kind="chat",
            queue="sales",
            agent="sam",
            from_queue="help",
            priority=50,
            note="too many here",
        ),
    )
    assert waiting(story.state, "sales") == ["c2", "s1"]
    assert waiting(story.state) == []
    assert item(story.state, "c2").wait == (0, 500), "R17: it has waited since it came"


def test_R23_R36_what_an_agent_has_is_moved_out_of_their_hands() -> None:
    story = given().when(supervise(s.MoveItem, item="c1", queue="sales"), 5 * S)
    story.then(
        intervened("move", 5 * S, agent="anna", item="c1", queue="sales"), transferred("c1", "anna", 5 * S, "sales")
    )
    assert waiting(story.state, "sales") == ["c1"]


def test_R7_R36_who_is_made_ready_is_given_what_waits() -> None:
    story = given(waits("c2", 3 * S)).when(supervise(s.SetAgentState, agent="ben", state="ready", note="rush"), 5 * S)
    story.then(
        intervened("agent_state", 5 * S, agent="ben", state="ready", note="rush"),
        e.AgentSetReady(at=5 * S, agent="ben"),
        pushed("c2", "ben", 5 * S),
    )
    story.when(supervise(s.SetAgentState, agent="ben", state="not_ready", reason="break"), 6 * S).then(
        intervened("agent_state", 6 * S, agent="ben", state="not_ready", reason="break"),
        e.AgentSetNotReady(at=6 * S, agent="ben", reason="break"),
    )
    story.when(supervise(s.SetAgentState, agent="ben", state="not_ready", reason="break"), 7 * S).then()


def test_R20_R36_who_is_logged_out_leaves_everything_to_the_others() -> None:
    story = given(ready=True).when(supervise(s.LogOutAgent, agent="anna", note="went home"), 5 * S)
    story.then(
        intervened("agent_logout", 5 * S, agent="anna", note="went home"),
        requeued("c1", "anna", 5 * S),
        logged_out("anna", 5 * S),
        pushed("c1", "ben", 5 * S),
    )
    story.when(supervise(s.LogOutAgent, agent="anna"), 6 * S).then()


def test_R5_R36_an_agents_queues_are_changed_and_hold_at_once() -> None:
    story = given(waits("s1", 3 * S, queue="sales"), ready=True)
    story.when(supervise(s.SetAgentQueues, agent="ben", queues=("sales",), note="sales is full"), 5 * S)
    acted, *changed = [unmarked(event) for event in story.last[:3]]
    assert acted == intervened("agent_queues", 5 * S, agent="ben", queues=("sales",), note="sales is full")
    served = {event.queue: QueueSettings(**event.settings).agents for event in changed if isinstance(event, e.QueueSet)}
    assert served == {"help": ("anna", "cleo"), "sales": ("cleo", "ben")}
    assert inbox(story.state, "ben") == {"s1": "active"}
    story.when(supervise(s.SetAgentQueues, agent="ben", queues=("nowhere",)), 6 * S).then_refused("not_found")


@pytest.mark.parametrize(
    "answered",
    [
        supervise(s.Supervise, item="c1", act="watch"),
        supervise(s.Supervise, item="c1", act="join"),
        supervise(s.TakeOver, item="c1"),
        supervise(s.AssignItem, item="c1", agent="ben"),
    ],
    ids=lambda command: f"{command.type} {getattr(command, 'act', '')}",
)
def test_R36_help_is_asked_for_until_a_supervisor_comes(answered: Any) -> None:
    asks = s.AskForHelp(tenant=TENANT, sender=by("anna"), item="c1", text="what now?", on=True)
    story = given().when(asks, 5 * S).then(e.HelpAsked(at=5 * S, agent="anna", item="c1", text="what now?"))
    assert story.state.agents["anna"].help is not None
    story.when(answered, 6 * S)
    assert e.HelpOver(at=6 * S, agent="anna") in story.last
    assert story.state.agents["anna"].help is None


def test_R36_help_is_taken_back_and_ends_with_the_log_out() -> None:
    def asks(on: bool, **fields: Any) -> s.AskForHelp:
        return s.AskForHelp(tenant=TENANT, sender=by("anna"), on=on, **fields)

    story = given().when(asks(False), 4 * S).then()
    story.when(asks(True), 5 * S).then(e.HelpAsked(at=5 * S, agent="anna"))
    story.when(asks(True), 5 * S).then()
    story.when(asks(False), 6 * S).then(e.HelpOver(at=6 * S, agent="anna"))
    story.when(asks(True), 7 * S).when(supervise(s.LogOutAgent, agent="anna"), 8 * S)
    assert story.state.agents["anna"].help is None
    story.when(s.AskForHelp(tenant=TENANT, sender=by("ben"), item="c1", on=True), 9 * S).then_refused("not_yours")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (s.Supervise, {"item": "c1", "act": "watch"}),
        (s.TakeOver, {"item": "c1"}),
        (s.AssignItem, {"item": "c1", "agent": "ben"}),
        (s.MoveItem, {"item": "c1", "queue": "sales"}),
        (s.SetAgentState, {"agent": "anna", "state": "not_ready"}),
        (s.LogOutAgent, {"agent": "anna"}),
        (s.SetAgentQueues, {"agent": "anna", "queues": ()}),
    ],
)
@pytest.mark.parametrize("role", ["agent", "admin", "source"])
def test_R36_nobody_else_does_what_supervisors_do(kind: Any, fields: Any, role: str) -> None:
    sender = by("ben").model_copy(update={"role": role})
    given().when(kind(tenant=TENANT, sender=sender, **fields), 5 * S).then_refused("forbidden")


def test_R31_R36_what_cannot_be_is_refused() -> None:
    story = given()
    story.when(supervise(s.Supervise, item="nothing", act="watch"), 5 * S).then_refused("not_found")
    story.when(supervise(s.MoveItem, item="c1", queue="nowhere"), 5 * S).then_refused("not_found")
    story.when(supervise(s.SetAgentState, agent="cleo", state="ready"), 5 * S).then_refused("not_found")
    story.when(supervise(s.LogOutAgent, agent="nobody"), 5 * S).then_refused("not_found")
    story.when(ended("c1", 6 * S), 6 * S)
    story.when(supervise(s.TakeOver, item="c1"), 7 * S).then_refused("wrong_state")


def test_R30_R36_told_twice_it_happens_once() -> None:
    story = given().when(supervise(s.TakeOver, id="x", item="c1"), 5 * S)
    story.when(supervise(s.AssignItem, item="c1", agent="ben"), 6 * S)
    story.when(supervise(s.TakeOver, id="x", item="c1"), 7 * S).then()
    assert inbox(story.state, "ben") == {"c1": "active"}


def test_R21_R36_a_supervisor_who_is_gone_does_nothing() -> None:
    story = given().when(disconnect("sam"), 5 * S).when(wake(), 70 * S)
    story.when(supervise(s.TakeOver, item="c1"), 71 * S).then_refused("wrong_state")
