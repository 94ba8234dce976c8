"""R9 to R15: calls come first, interrupt only when nobody else is free, and give back what they took."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import (
    S,
    add,
    agent,
    answer,
    back,
    by,
    call_back,
    call_closed,
    call_waits,
    closed,
    complete,
    connect,
    connected,
    disconnected,
    end,
    ended,
    floor,
    held_over,
    inbox,
    interrupted,
    item,
    log_out,
    logged_out,
    miss,
    not_ready,
    online,
    park,
    parked,
    pick,
    pick_queue,
    picked,
    pushed,
    put_queue,
    queue,
    ready,
    requeued,
    resume,
    resumed,
    rings,
    transfer,
    waits,
    wake,
    wrap_up,
)
from parley_chassis.stories import Story
from parley_router.domain import events as e
from parley_router.domain.floor import Floor


def chatting(name: str = "anna", chat: str = "c1", at: int = 1 * S) -> list[e.Happened]:
    """An agent with one active chat."""
    return [*online(name), waits(chat, 0), pushed(chat, name, at)]


def on_call(name: str = "anna", call: str = "k1", at: int = 1 * S) -> list[e.Happened]:
    return [*online(name), call_waits(call, at), rings(call, name, at)]


def given(*happened: Any, **settings: Any) -> Story[Floor]:
    return floor.given(queue(**settings), *happened)


# --- R9: who is free --------------------------------------------------------------------------------------------------


def test_R9_a_call_goes_to_the_agent_idle_longest_who_has_no_active_item() -> None:
    story = given(online("anna", 5 * S), online("ben", 2 * S), online("cleo", 3 * S))
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S), rings("k1", "ben", 9 * S))


def test_R9_R10_a_busy_agent_gets_no_call_while_a_free_one_serves_the_queue() -> None:
    story = given(chatting("anna"), online("ben", 7 * S), chats_per_agent=5)
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S), rings("k1", "ben", 9 * S, several=True))
    assert inbox(story.state, "anna") == {"c1": "active"}


@pytest.mark.parametrize(
    "happened",
    [
        online("anna", ready=False),
        [*online("anna"), disconnected("anna", 2)],
        [*online("anna"), logged_out("anna", 2)],
        [],
    ],
    ids=["not ready", "away", "logged out", "never there"],
)
def test_R9_nobody_else_is_given_a_call(happened: list[e.Happened]) -> None:
    given(happened).when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))


def test_R9_nobody_is_given_a_call_of_a_queue_that_they_do_not_serve() -> None:
    story = floor.given(queue(agents=("ben",)), online("anna"))
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))


def test_R9_parked_items_do_not_keep_an_agent_from_a_call() -> None:
    story = given(chatting(), parked("c1", "anna", 2 * S))
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S), rings("k1", "anna", 9 * S))


def test_R5_R9_in_a_pick_queue_nobody_is_given_a_call() -> None:
    story = floor.given(pick_queue(), online("anna"))
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))
    story.when(pick("k1", "anna"), 10 * S).then(rings("k1", "anna", 10 * S, how="picked"))


# --- R10: interruption ------------------------------------------------------------------------------------------------


def test_R10_R12_if_nobody_is_free_all_active_items_of_a_busy_agent_are_parked_for_the_call() -> None:
    story = given(chatting(), waits("c2", 1), picked("c2", "anna", 3 * S, several=True), chats_per_agent=2)
    story.given(e.ItemQueued(at=3 * S, item="t1", kind="task", queue="help", priority=50))
    story.given(e.ItemAssigned(at=3 * S, item="t1", kind="task", queue="help", agent="anna", name="Anna", how="picked"))
    story.when(add("k1"), 9 * S).then(
        call_waits("k1", 9 * S),
        interrupted("c1", "anna", 9 * S, "k1"),
        interrupted("c2", "anna", 9 * S, "k1"),
        e.ItemParked(at=9 * S, item="t1", kind="task", queue="help", agent="anna", why="call", interrupted_by="k1"),
        rings("k1", "anna", 9 * S, several=True),
    )
    assert inbox(story.state, "anna") == {"c1": "interrupted", "c2": "interrupted", "t1": "interrupted", "k1": "active"}
    assert item(story.state, "c1").handle == (8 * S, None)


def test_R9_R10_a_chat_and_a_task_are_two_things_to_be_busy_with() -> None:
    task = {"item": "t1", "kind": "task", "queue": "help"}
    story = given(chatting(), online("ben", 8 * S))
    story.given(e.ItemQueued(at=3 * S, **task, priority=50))
    story.given(e.ItemAssigned(at=3 * S, **task, agent="anna", name="Anna", how="picked"))
    story.when(add("k1"), 9 * S)
    assert item(story.state, "k1").owner == "ben", "anna, idle longer by the clock, is not free"


def test_R10_the_least_recently_interrupted_is_chosen() -> None:
    story = given(chatting("anna"), chatting("ben", "c2"), chatting("cleo", "c3"))
    story.when(add("k1"), 9 * S).when(add("k2"), 10 * S).when(add("k3"), 11 * S)
    assert [item(story.state, call).owner for call in ("k1", "k2", "k3")] == ["anna", "ben", "cleo"]
    for call, at in (("k2", 12), ("k1", 13), ("k3", 14)):
        story.when(end(call), at * S)
    story.when(add("k4"), 20 * S)
    assert item(story.state, "k4").owner == "anna", "anna was interrupted first of all"
    story.when(add("k5"), 21 * S)
    assert item(story.state, "k5").owner == "ben"


@pytest.mark.parametrize(
    ("chat_priority", "call_priority", "interrupts"),
    [(50, 100, True), (99, 100, True), (100, 100, False), (120, 100, False)],
)
def test_R10_only_items_of_lower_priority_are_interrupted(
    chat_priority: int, call_priority: int, interrupts: bool
) -> None:
    story = given(online("anna"), waits("c1", 0, priority=chat_priority), pushed("c1", "anna", 1 * S))
    story.when(add("k1", priority=call_priority), 9 * S)
    assert item(story.state, "k1").owner == ("anna" if interrupts else None)


def test_R10_one_item_of_higher_priority_protects_the_others() -> None:
    story = given(chatting(), waits("c2", 1, priority=150), picked("c2", "anna", 2 * S), chats_per_agent=2)
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))


def test_R5_R10_a_kind_that_does_not_interrupt_waits() -> None:
    given(chatting(), interrupts=()).when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))


def test_R5_R10_what_cannot_be_interrupted_is_not() -> None:
    story = given(chatting(), interruptible=("email", "task"))
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))
    story.when(put_queue(interruptible=("chat",)), 10 * S)
    assert item(story.state, "k1").owner == "anna", "R5: a change takes effect at once"


def test_R5_R10_an_email_interrupts_where_that_is_set() -> None:
    story = given(chatting(), interrupts=("call", "email"))
    story.when(add("m1", "email", priority=80), 9 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "m1": "active"}
    story.when(add("k1"), 10 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "m1": "interrupted", "k1": "active"}
    story.when(end("k1"), 12 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "m1": "active"}, "R13: only what that call interrupted"
    story.when(end("m1"), 13 * S).when(complete("m1", "anna"), 14 * S)
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_R10_an_agent_who_is_not_ready_is_not_interrupted() -> None:
    story = given(chatting(), e.AgentSetNotReady(at=2 * S, agent="anna"))
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))
    story.when(ready("anna"), 10 * S)
    assert item(story.state, "k1").owner == "anna", "it is given the next agent who becomes interruptible"


def test_R10_a_call_that_waits_is_given_the_next_agent_before_any_chat() -> None:
    story = given(waits("c1", 1), waits("c2", 2), call_waits("k1", 3 * S))
    story.when(connect("anna"), 8 * S).when(ready("anna"), 9 * S)
    assert inbox(story.state, "anna") == {"k1": "active"}


# --- R11: wrap-up is protected ----------------------------------------------------------------------------------------


def wrapping(*more: e.Happened) -> Story[Floor]:
    return given(chatting(), wrap_up("c1", "anna", 5 * S, limit_s=600), *more)


def test_R11_no_call_in_an_active_wrap_up_however_long_it_waits() -> None:
    story = wrapping().when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))
    story.when(wake(), 500 * S).then_nothing()
    story.when(complete("c1", "anna"), 501 * S).then(closed("c1", 501 * S, "completed"), rings("k1", "anna", 501 * S))


def test_R11_a_parked_wrap_up_does_not_protect() -> None:
    story = wrapping().when(add("k1"), 9 * S)
    story.when(park("c1", "anna"), 10 * S).then(parked("c1", "anna", 10 * S), rings("k1", "anna", 10 * S))


def test_R11_the_wrap_up_of_one_chat_protects_the_other_active_chats() -> None:
    story = given(
        chatting(), waits("c2", 1), picked("c2", "anna", 2 * S), wrap_up("c1", "anna", 5 * S), chats_per_agent=2
    )
    story.when(add("k1"), 9 * S).then(call_waits("k1", 9 * S))


def test_R11_at_the_wrap_ups_limit_the_call_is_given() -> None:
    story = given(chatting(), wrap_up("c1", "anna", 5 * S, limit_s=60)).when(add("k1"), 9 * S)
    story.when(wake(), 65 * S).then(closed("c1", 65 * S, "time_limit"), rings("k1", "anna", 65 * S))


# --- R12, R13: during the call, and after it --------------------------------------------------------------------------


def during_call(*more: e.Happened, **settings: Any) -> Story[Floor]:
    """Anna has parked c0, and was interrupted at c1 by k1 at 9 s."""
    return given(
        online("anna"),
        [waits("c0", 0), pushed("c0", "anna", 1 * S), parked("c0", "anna", 2 * S)],
        [waits("c1", 1), pushed("c1", "anna", 3 * S)],
        [call_waits("k1", 9 * S), interrupted("c1", "anna", 9 * S, "k1"), rings("k1", "anna", 9 * S)],
        *more,
        **settings,
    )


def test_R13_exactly_what_the_call_interrupted_resumes_when_it_is_over() -> None:
    story = during_call().when(answer("k1"), 12 * S).when(end("k1"), 20 * S)
    story.then(call_closed("k1", 20 * S, wait_ms=3 * S, handle_ms=8 * S), back("c1", "anna", 20 * S))
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active"}
    assert item(story.state, "c1").handle == (6 * S, 20 * S)


def test_R12_R13_what_the_agent_resumed_during_the_call_stays_active() -> None:
    story = during_call().when(resume("c1", "anna"), 12 * S).then(resumed("c1", "anna", 12 * S))
    story.when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active"}
    assert item(story.state, "c1").handle == (6 * S, 12 * S)


def test_R13_what_the_agent_parked_during_the_call_stays_parked() -> None:
    story = during_call().when(park("c1", "anna"), 12 * S).then(parked("c1", "anna", 12 * S))
    story.when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "parked"}


def test_R6_R13_what_was_picked_during_the_call_makes_room_for_what_it_interrupted() -> None:
    story = during_call(waits("c2", 4)).when(pick("c2", "anna"), 12 * S)
    story.when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active", "c2": "parked"}


def test_R6_R13_where_there_is_room_for_both_nothing_is_parked() -> None:
    story = during_call(waits("c2", 4), chats_per_agent=2).when(pick("c2", "anna"), 12 * S)
    story.when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active", "c2": "active"}


def test_R6_R13_with_more_room_than_is_needed_nothing_is_parked_either() -> None:
    story = given(
        online("anna"),
        [waits(chat, 0) for chat in ("c1", "c2", "c3", "c4")],
        [pushed(chat, "anna", 1 * S) for chat in ("c1", "c2")],
        [call_waits("k1", 9 * S), *(interrupted(chat, "anna", 9 * S, "k1") for chat in ("c1", "c2"))],
        rings("k1", "anna", 9 * S),
        chats_per_agent=6,
    )
    story.when(pick("c3", "anna"), 12 * S).when(pick("c4", "anna"), 12 * S).when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == dict.fromkeys(("c1", "c2", "c3", "c4"), "active")


def test_R5_R6_R13_after_the_limit_was_lowered_all_that_was_interrupted_is_back() -> None:
    story = given(chatting(), waits("c2", 1), picked("c2", "anna", 3 * S), chats_per_agent=2)
    story.when(add("k1"), 9 * S).when(put_queue(chats_per_agent=1), 12 * S).when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active"}
    story.given(waits("c3", 20 * S)).when(wake(), 21 * S)
    assert item(story.state, "c3").stage == "waiting", "R7: above the limit nothing is pushed"


@pytest.mark.parametrize("over", ["ended", "missed", "given up", "time-out", "transferred"])
def test_R6_R13_with_queues_of_different_limits_all_that_was_interrupted_is_back_however_the_call_ended(
    over: str,
) -> None:
    story = floor.given(
        queue(chats_per_agent=1, ring_s=20),
        queue("sales", chats_per_agent=3),
        online("anna"),
        [waits("c1"), pushed("c1", "anna", 1 * S)],
        *([waits(chat, queue="sales"), pushed(chat, "anna", 2 * S, "sales")] for chat in ("c2", "c3")),
    )
    story.when(add("k1"), 9 * S)
    assert set(inbox(story.state, "anna").values()) == {"interrupted", "active"}
    if over in ("ended", "transferred"):
        story.when(answer("k1"), 10 * S)
    match over:
        case "missed":
            story.when(miss("k1"), 20 * S)
        case "time-out":
            story.when(wake(), 29 * S)
        case "transferred":
            story.given(online("ben", 11 * S)).when(transfer("k1", "anna", to_agent="ben"), 20 * S)
        case _:
            story.when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active", "c3": "active"}


def test_R13_an_agent_who_is_not_ready_any_more_gets_back_what_was_interrupted() -> None:
    story = during_call().when(not_ready("anna"), 12 * S).when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active"}


def test_R13_a_second_call_that_waits_goes_first_and_returns_what_the_first_interrupted() -> None:
    story = during_call(call_waits("k2", 10 * S)).when(end("k1"), 20 * S)
    story.then(
        call_closed("k1", 20 * S, "source", "abandoned", wait_ms=11 * S),
        rings("k2", "anna", 20 * S),
        held_over("c1", "anna", 20 * S, "k2"),
    )
    assert item(story.state, "c1").interrupted_by == "k2"
    story.when(end("k2"), 30 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active"}
    assert item(story.state, "c1").handle == (6 * S, 30 * S)


def test_R13_a_second_call_interrupts_what_was_resumed_during_the_first() -> None:
    story = during_call(call_waits("k2", 10 * S)).when(resume("c1", "anna"), 12 * S).when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "interrupted", "k2": "active"}
    assert item(story.state, "c1").interrupted_by == "k2"


def test_R6_R13_all_that_a_second_call_interrupts_comes_back_beyond_the_limit_too() -> None:
    story = floor.given(queue(), online("anna"), waits("c1"), waits("c2", 1), pushed("c1", "anna", 2))
    story.when(add("k1"), at=9 * S).when(pick("c2", "anna"), at=10 * S).when(add("k2"), at=11 * S)
    story.when(end("k1"), at=20 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "c2": "interrupted", "k2": "active"}
    story.when(end("k2"), at=30 * S)
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active"}


def test_R6_R13_a_second_call_interrupts_what_there_will_be_room_for() -> None:
    both = queue(chats_per_agent=2)
    story = floor.given(both, online("anna"), waits("c1"), pushed("c1", "anna", 1))
    story.when(add("k1"), at=9 * S).given(waits("c2", 9 * S)).when(pick("c2", "anna"), at=10 * S).when(
        add("k2"), at=11 * S
    )
    story.when(end("k1"), at=20 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "c2": "interrupted", "k2": "active"}
    story.when(end("k2"), at=30 * S)
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active"}


def test_R13_an_agent_who_is_not_ready_gets_no_second_call() -> None:
    story = during_call(call_waits("k2", 10 * S)).when(not_ready("anna"), 12 * S).when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active"}
    assert item(story.state, "k2").stage == "waiting"


def test_R13_a_chat_that_waits_does_not_go_before_what_was_interrupted() -> None:
    story = during_call(waits("c9", 4, priority=90)).when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active"}


def test_R14_a_chat_that_its_visitor_ends_during_the_call_resumes_in_wrap_up() -> None:
    story = during_call().when(ended("c1", 12 * S), 12 * S)
    story.then(wrap_up("c1", "anna", 12 * S))
    assert (item(story.state, "c1").stage, item(story.state, "c1").activity) == ("wrap_up", "interrupted")
    assert item(story.state, "c1").wrap_up == (0, None), "R17: the timer stands"
    story.when(end("k1"), 20 * S)
    assert (item(story.state, "c1").stage, item(story.state, "c1").activity) == ("wrap_up", "active")
    assert item(story.state, "c1").wrap_up == (0, 20 * S)


def test_R6_R14_a_wrap_up_that_is_back_takes_no_room_from_a_chat() -> None:
    story = during_call(waits("c2", 4)).when(ended("c1", 12 * S), 12 * S).when(pick("c2", "anna"), 13 * S)
    story.when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active", "c2": "active"}


def test_R14_without_a_wrap_up_a_chat_that_ends_during_the_call_is_closed() -> None:
    story = during_call(wrap_up={"on": False}).when(ended("c1", 12 * S), 12 * S)
    assert item(story.state, "c1").stage == "closed"
    story.when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c0": "parked"}


# --- R15: no second call, no answer -----------------------------------------------------------------------------------


def test_R15_an_agent_on_a_call_gets_no_other() -> None:
    story = given(on_call()).when(add("k2"), 9 * S).then(call_waits("k2", 9 * S))
    story.when(answer("k1"), 10 * S).when(wake(), 15 * S).then_nothing()


def test_R15_an_agent_on_a_call_cannot_pick_another() -> None:
    story = floor.given(pick_queue(), on_call(), call_waits("k2", 2 * S))
    story.when(pick("k2", "anna"), 3 * S).then_refused("wrong_state")


def test_R11_R15_a_call_cannot_be_picked_in_a_wrap_up() -> None:
    story = floor.given(pick_queue(), chatting(), wrap_up("c1", "anna", 5 * S), call_waits("k1", 6 * S))
    story.when(pick("k1", "anna"), 7 * S).then_refused("wrong_state")
    story.when(park("c1", "anna"), 8 * S).when(pick("k1", "anna"), 9 * S)
    assert inbox(story.state, "anna") == {"c1": "parked", "k1": "active"}


def test_R12_a_call_that_is_picked_interrupts_what_the_agent_is_busy_with() -> None:
    story = floor.given(pick_queue(), chatting(), call_waits("k1", 6 * S))
    story.when(pick("k1", "anna"), 7 * S).then(
        interrupted("c1", "anna", 7 * S, "k1"), rings("k1", "anna", 7 * S, how="picked")
    )
    story.when(end("k1"), 8 * S)
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_R12_a_call_cannot_be_picked_over_what_may_not_be_interrupted() -> None:
    story = floor.given(pick_queue(interruptible=()), chatting(), call_waits("k1", 6 * S))
    story.when(pick("k1", "anna"), 7 * S).then_refused("wrong_state")


@pytest.mark.parametrize("how", ["time", "telephone system"])
def test_R15_a_call_that_is_not_answered_goes_back_and_what_it_interrupted_resumes(how: str) -> None:
    at = 29 * S if how == "time" else 15 * S
    story = during_call()
    if how == "time":
        story.when(wake(), at - 1).then_nothing()
    story.when(wake() if how == "time" else miss("k1"), at)
    story.then(*call_back("k1", "anna", at), back("c1", "anna", at))
    assert item(story.state, "k1").waiting_since == 9 * S, "at its old place"
    assert (agent(story.state, "anna").state, agent(story.state, "anna").reason) == ("not_ready", "no_answer")


def test_R15_an_unanswered_call_goes_to_another_agent() -> None:
    story = given(on_call(at=9 * S), online("ben", 10 * S)).when(wake(), 29 * S)
    story.then(*call_back("k1", "anna", 29 * S), rings("k1", "ben", 29 * S))


def test_R15_an_answered_call_rings_no_more() -> None:
    story = given(on_call(at=9 * S)).when(answer("k1"), 12 * S)
    story.then(e.CallAnswered(at=12 * S, item="k1", kind="call", queue="help", agent="anna", name="Anna"))
    assert item(story.state, "k1").answered
    story.when(wake(), 100 * S).then_nothing()
    story.when(answer("k1"), 101 * S).then_nothing()
    story.when(miss("k1"), 102 * S).then_refused("wrong_state")


def test_R5_R15_each_queue_has_its_own_time_to_ring() -> None:
    story = given(online("anna"), ring_s=5).when(add("k1"), 9 * S)
    assert story.state.next_due() == 14 * S


@pytest.mark.parametrize("command", [answer, miss])
def test_R31_only_a_call_that_an_agent_has_is_answered_or_missed(command: Any) -> None:
    given().when(command("k1"), 1 * S).then_refused("not_found")
    given(call_waits("k1", 1)).when(command("k1"), 1 * S).then_refused("wrong_state")
    given(chatting()).when(command("c1"), 1 * S).then_refused("wrong_state")
    given(on_call(), call_closed("k1", 5 * S)).when(command("k1"), 6 * S).then_refused("wrong_state")


def test_R16_a_call_cannot_be_parked() -> None:
    given(on_call()).when(park("k1", "anna"), 5 * S).then_refused("wrong_state")


# --- R18: wrap-up of calls; ends --------------------------------------------------------------------------------------


def test_R18_a_call_is_over_when_its_wrap_up_is_where_that_is_on() -> None:
    calls = {"limit_s": 60, "extension_s": 60, "extensions": 3, "calls": True}
    story = during_call(wrap_up=calls).when(answer("k1"), 12 * S).when(end("k1"), 20 * S)
    assert item(story.state, "k1").stage == "wrap_up"
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "interrupted", "k1": "active"}
    story.when(add("k2"), 21 * S).then(call_waits("k2", 21 * S))
    story.when(end("k2"), 22 * S)
    story.when(complete("k1", "anna"), 30 * S)
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "active"}
    assert item(story.state, "k1").wrap_up == (10 * S, None)


def test_R18_a_call_has_no_wrap_up_unless_it_is_set() -> None:
    story = during_call(wrap_up={"limit_s": 60}).when(answer("k1"), 12 * S).when(end("k1"), 20 * S)
    assert item(story.state, "k1").stage == "closed"


def test_R18_a_calls_wrap_up_ends_at_its_limit_and_then_the_chat_is_back() -> None:
    calls = {"limit_s": 30, "calls": True}
    story = during_call(wrap_up=calls).when(answer("k1"), 12 * S).when(end("k1", by("anna")), 20 * S)
    story.when(wake(), 50 * S).then(
        call_closed("k1", 50 * S, "time_limit", wait_ms=3 * S, handle_ms=8 * S, wrap_up_ms=30 * S),
        back("c1", "anna", 50 * S),
    )


def test_R19_a_caller_who_gives_up_while_it_rings_has_abandoned_the_call() -> None:
    story = during_call().when(end("k1"), 12 * S)
    story.then(call_closed("k1", 12 * S, "source", "abandoned", wait_ms=3 * S), back("c1", "anna", 12 * S))


# --- R20, R21: leaving during a call ----------------------------------------------------------------------------------


def test_R20_who_logs_out_while_a_call_rings_owns_nothing() -> None:
    story = during_call().when(log_out("anna"), 12 * S)
    assert inbox(story.state, "anna") == {}
    assert {item(story.state, name).stage for name in ("c0", "c1", "k1")} == {"waiting"}
    assert item(story.state, "k1").answered is None
    assert item(story.state, "c1").handle == (6 * S, None)
    assert list(story.state.queues["help"].waiting) == ["k1", "c0", "c1"]
    story.when(wake(), 100 * S).then_nothing()


def test_R20_what_goes_back_by_log_out_is_given_to_others_calls_first() -> None:
    story = during_call(online("ben", 10 * S, ready=False)).when(log_out("anna"), 12 * S).when(ready("ben"), 13 * S)
    assert inbox(story.state, "ben") == {"k1": "active"}


def test_R21_during_the_grace_period_a_call_rings_on_and_interrupts_nobody_new() -> None:
    story = given(chatting(), disconnected("anna", 5 * S)).when(add("k1"), 9 * S)
    story.then(call_waits("k1", 9 * S))
    story.when(connect("anna", 2), 10 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "k1": "active"}


def test_R15_R21_after_the_grace_period_everything_is_back_in_its_queue_but_the_answered_call() -> None:
    answered = e.CallAnswered(at=10 * S, item="k1", kind="call", queue="help", agent="anna")
    story = during_call(answered, disconnected("anna", 10 * S)).when(wake(), 70 * S)
    story.then(
        requeued("c0", "anna", 70 * S, "connection_lost"),
        requeued("c1", "anna", 70 * S, "connection_lost"),
        e.CallKept(at=70 * S, item="k1", kind="call", queue="help", agent="anna", why="connection_lost"),
        logged_out("anna", 70 * S, "connection_lost"),
    )


def test_R15_R21_a_ringing_that_ends_with_the_grace_period_happens_once() -> None:
    story = during_call(disconnected("anna", 10 * S), ring_s=20).when(wake(), 200 * S)
    assert inbox(story.state, "anna") == {}
    assert agent(story.state, "anna").state == "logged_out"
    assert len([event for event in story.last if getattr(event, "item", "") == "k1"]) == 1


def test_R30_a_returning_connection_changes_nothing() -> None:
    story = during_call(connected("anna", 10 * S, 2))
    assert inbox(story.state, "anna") == {"c0": "parked", "c1": "interrupted", "k1": "active"}


# --- other things that interrupt --------------------------------------------------------------------------------------


def interrupted_by_an_email() -> Story[Floor]:
    story = given(chatting(), interrupts=("call", "email"), priority={"email": 90}).when(add("m1", "email"), 9 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "m1": "active"}
    return story


def test_R13_what_an_email_interrupted_is_back_when_that_is_parked() -> None:
    story = interrupted_by_an_email()
    assert next(event.why for event in story.happened if isinstance(event, e.ItemParked)) == "item"
    story.when(park("m1", "anna"), 12 * S)
    assert inbox(story.state, "anna") == {"c1": "active", "m1": "parked"}
    story.given(waits("c2", 13 * S)).when(wake(), 13 * S)
    assert item(story.state, "c2").stage == "waiting", "R7: nobody is given more than there is room for"


def test_R13_a_call_goes_first_and_returns_what_a_parked_email_had_interrupted() -> None:
    story = interrupted_by_an_email().given(call_waits("k1", 10 * S, priority=80)).when(park("m1", "anna"), 12 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "k1": "active", "m1": "parked"}
    story.when(answer("k1"), 13 * S).when(end("k1"), 20 * S)
    assert inbox(story.state, "anna") == {"c1": "active", "m1": "parked"}


def test_R17_a_ringing_call_that_is_interrupted_is_not_handled_before_it_is_answered() -> None:
    floor = Floor("acme")
    for event in (queue(), *online("anna"), call_waits("k1", 1 * S), rings("k1", "anna", 2 * S)):
        floor.evolve(event)
    ringing = floor.items["k1"]
    floor.evolve(interrupted("k1", "anna", 3 * S, by="m1"))
    floor.evolve(back("k1", "anna", 5 * S))
    assert (ringing.handle.at(9 * S), ringing.wait.at(9 * S)) == (0, 8 * S)
    floor.evolve(interrupted("k1", "anna", 9 * S, by="m1"))
    floor.evolve(e.CallAnswered(at=10 * S, item="k1", kind="call", queue="help", agent="anna"))
    assert (ringing.handle.at(20 * S), ringing.wait.at(20 * S)) == (0, 9 * S)
    floor.evolve(back("k1", "anna", 20 * S))
    assert ringing.handle.at(21 * S) == 1 * S
