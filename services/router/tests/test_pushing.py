"""R5, R7: the router assigns by itself; what an administrator sets is in force at once."""

from __future__ import annotations

import pytest
from floor_words import (
    AGENTS,
    S,
    closed,
    complete,
    connect,
    connected,
    disconnect,
    disconnected,
    ended,
    extended,
    floor,
    inbox,
    not_ready,
    online,
    park,
    parked,
    pick_queue,
    picked,
    pushed,
    put_queue,
    queue,
    ready,
    requested,
    resume,
    resumed,
    settings,
    waiting,
    waits,
    wake,
    wrap_up,
)
from parley_router.domain import events as e

# --- R7: who gets it --------------------------------------------------------------------------------------------------


def test_R7_a_chat_goes_to_an_available_agent_at_once() -> None:
    story = floor.given(queue(), online("anna"))
    story.when(requested("c1", at=5), at=6).then(waits("c1", 5), pushed("c1", "anna", 6))
    assert inbox(story.state, "anna") == {"c1": "active"}
    assert waiting(story.state) == []


def test_R7_an_agent_who_becomes_ready_gets_the_first_in_order() -> None:
    story = floor.given(
        queue(), online("anna", ready=False), waits("c1", 1), waits("c2", 2), waits("vip", 3, priority=90)
    )
    story.when(ready("anna"), at=9).then(e.AgentSetReady(at=9, agent="anna"), pushed("vip", "anna", 9))
    assert waiting(story.state) == ["c1", "c2"]


def test_R7_among_several_the_one_idle_longest() -> None:
    floor.given(queue(), online("ben", at=1), online("anna", at=2)).when(requested("c1", at=5), at=5).then(
        waits("c1", 5), pushed("c1", "ben", 5)
    )


def test_R7_idle_since_the_last_work_was_over_not_since_the_log_in() -> None:
    story = floor.given(
        queue(wrap_up={"on": False}),
        [online("ben", at=1), online("anna", at=2)],
        [waits("c1", 3), pushed("c1", "ben", 3), closed("c1", 50, "no_wrap_up")],
    )
    story.when(requested("c2", at=60), at=60).then(waits("c2", 60), pushed("c2", "anna", 60))
    story.when(requested("c3", at=70), at=70).then(waits("c3", 70), pushed("c3", "ben", 70))


def test_R7_idle_since_ready_again() -> None:
    story = floor.given(queue(), online("ben", at=1), online("anna", at=2))
    story.when(not_ready("ben"), at=3).when(ready("ben"), at=4)
    story.when(requested("c1", at=5), at=5).then(waits("c1", 5), pushed("c1", "anna", 5))


def test_R7_who_has_no_chat_goes_before_who_has_one() -> None:
    story = floor.given(queue(chats_per_agent=2), online("anna", at=1), waits("c1", 2), pushed("c1", "anna", 2))
    story.given(online("ben", at=30))
    story.when(requested("c2", at=40), at=40).then(waits("c2", 40), pushed("c2", "ben", 40, several=True))


def test_R7_several_at_once_go_out_in_order_one_to_each() -> None:
    story = floor.given(pick_queue(), online("ben", at=1), online("anna", at=2), [waits(f"c{n}", n) for n in (1, 2, 3)])
    story.when(put_queue(), at=9)
    story.then(_set(9), pushed("c1", "ben", 9), pushed("c2", "anna", 9))
    assert waiting(story.state) == ["c3"]


def test_R4_R7_of_two_queues_the_first_item_in_order_goes_first() -> None:
    story = floor.given(
        queue("late", agents=("anna",)),
        queue("early", agents=("anna",)),
        online("anna", ready=False),
        [waits("c1", 1, "early"), waits("c2", 2, "late")],
    )
    story.when(ready("anna"), at=9).then(e.AgentSetReady(at=9, agent="anna"), pushed("c1", "anna", 9, "early"))


def test_R7_R17_a_clock_that_goes_back_never_assigns_before_the_agent_was_ready() -> None:
    story = floor.given(queue(), online("anna", at=1_000, ready=False), waits("c1", 5))
    story.when(ready("anna"), at=400).then(e.AgentSetReady(at=1_000, agent="anna"), pushed("c1", "anna", 1_000))


# --- R7: who does not -------------------------------------------------------------------------------------------------

NOT_AVAILABLE = {
    "not logged in": [],
    "not ready": online("anna", ready=False),
    "not ready any more": [*online("anna"), e.AgentSetNotReady(at=1, agent="anna", reason="break")],
    "disconnected": [*online("anna"), disconnected("anna", 1)],
    "logged out": [*online("anna"), e.AgentLoggedOut(at=1, agent="anna", why="agent")],
    "in another queue only": online("zoe"),
    "at the limit": [*online("anna"), waits("old"), pushed("old", "anna", 1)],
    "in active wrap-up": [*online("anna"), waits("old"), pushed("old", "anna", 1), wrap_up("old", "anna", 2)],
}


@pytest.mark.parametrize("happened", NOT_AVAILABLE.values(), ids=NOT_AVAILABLE.keys())
def test_R7_nothing_goes_to_who_is_not_available(happened: list[e.Happened]) -> None:
    story = floor.given(queue(), happened).when(requested("c1", at=5), at=5).then(waits("c1", 5))
    assert waiting(story.state) == ["c1"]


def test_R7_in_a_pick_queue_nothing_is_assigned() -> None:
    floor.given(pick_queue(), online("anna")).when(requested("c1", at=5)).then(waits("c1", 5))


def test_R7_up_to_the_limit_and_no_further() -> None:
    story = floor.given(queue(chats_per_agent=2), online("anna"))
    for name in ("c1", "c2", "c3"):
        story.when(requested(name, at=5))
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active"}
    assert waiting(story.state) == ["c3"]


def test_R7_R16_parking_makes_room_for_the_next() -> None:
    story = floor.given(queue(), online("anna"), [waits("c1"), pushed("c1", "anna", 1)], waits("c2", 2))
    story.when(park("c1", "anna"), at=9).then(parked("c1", "anna", 9), pushed("c2", "anna", 9))
    assert inbox(story.state, "anna") == {"c1": "parked", "c2": "active"}


def test_R7_R18_a_wrap_up_keeps_the_next_away_until_it_is_completed_or_parked() -> None:
    story = floor.given(
        queue(), online("anna"), [waits("c1"), pushed("c1", "anna", 1)], [waits("c2", 2), waits("c3", 3)]
    )
    story.when(ended("c1", at=9), at=9).then(wrap_up("c1", "anna", 9))
    story.when(park("c1", "anna"), at=12).then(parked("c1", "anna", 12), pushed("c2", "anna", 12))
    story.when(ended("c2", at=15), at=15).when(complete("c2", "anna"), at=20)
    story.then(closed("c2", 20, "completed"), pushed("c3", "anna", 20))


def test_R7_R18_when_the_wrap_up_runs_out_the_next_comes() -> None:
    story = floor.given(
        queue(), online("anna"), [waits("c1"), pushed("c1", "anna", 1), wrap_up("c1", "anna", 2)], waits("c2", 3)
    )
    story.when(wake(), at=2 + 60 * S).then(closed("c1", 2 + 60 * S, "time_limit"), pushed("c2", "anna", 2 + 60 * S))


def test_R7_R18_without_wrap_up_the_next_comes_with_the_end() -> None:
    story = floor.given(
        queue(wrap_up={"on": False}), online("anna"), [waits("c1"), pushed("c1", "anna", 1)], waits("c2", 3)
    )
    story.when(ended("c1", at=9), at=9).then(closed("c1", 9, "no_wrap_up"), pushed("c2", "anna", 9))


def test_R7_who_resumes_beyond_the_limit_parks_and_gets_nothing_new() -> None:
    story = floor.given(queue(), online("anna"), [waits("c1"), pushed("c1", "anna", 1), parked("c1", "anna", 2)])
    story.given(waits("c2", 3), pushed("c2", "anna", 3), waits("c3", 4))
    story.when(resume("c1", "anna"), at=9).then(parked("c2", "anna", 9, "limit"), resumed("c1", "anna", 9))


def test_R7_R21_who_comes_back_gets_what_waits() -> None:
    story = floor.given(queue(), online("anna"), disconnected("anna", 1), waits("c1", 2))
    story.when(connect("anna", 2), at=9).then(connected("anna", 9, 2), pushed("c1", "anna", 9))


def test_R7_R21_who_still_has_another_connection_is_available() -> None:
    story = floor.given(queue(), online("anna"), connected("anna", 1, 2))
    story.when(disconnect("anna", 1), at=5)
    story.when(requested("c1", at=6), at=6).then(waits("c1", 6), pushed("c1", "anna", 6))


# --- R5: in force at once ---------------------------------------------------------------------------------------------


def _set(at: int, **fields) -> e.QueueSet:
    agents = fields.pop("agents", AGENTS)
    body = settings("help", agents, **fields).model_dump(mode="json")
    return e.QueueSet(at=at, queue="help", settings=body, user="ada")


def test_R5_a_queue_is_set_with_who_and_when() -> None:
    story = floor.given().when(put_queue(max_length=3), at=77).then(_set(77, max_length=3))
    assert story.state.queues["help"].settings.max_length == 3


def test_R5_setting_what_is_set_already_is_nothing() -> None:
    floor.given(queue()).when(put_queue()).then_nothing()


def test_R5_from_pick_to_push_assigns_what_waits() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1", 1))
    story.when(put_queue(), at=9).then(_set(9), pushed("c1", "anna", 9))


def test_R5_from_push_to_pick_assigns_no_more() -> None:
    story = floor.given(queue(), online("anna"))
    story.when(put_queue(distribution="pick"), at=9).when(requested("c1", at=10)).then(waits("c1", 10))


def test_R5_an_agent_who_is_put_into_the_queue_gets_what_waits() -> None:
    story = floor.given(queue(agents=()), online("anna"), waits("c1", 1))
    story.when(put_queue(agents=("anna",)), at=9).then(_set(9, agents=("anna",)), pushed("c1", "anna", 9))


def test_R5_an_agent_who_is_taken_out_keeps_their_chats_and_gets_no_more() -> None:
    story = floor.given(queue(chats_per_agent=2), online("anna"), waits("c1"), pushed("c1", "anna", 1))
    story.when(put_queue(agents=("ben",), chats_per_agent=2), at=9)
    story.when(requested("c2", at=10)).then(waits("c2", 10))
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_R5_raising_the_limit_assigns_what_waits() -> None:
    story = floor.given(
        queue(), online("anna"), [waits("c1"), pushed("c1", "anna", 1)], [waits("c2", 2), waits("c3", 3)]
    )
    story.when(put_queue(chats_per_agent=2), at=9)
    story.then(_set(9, chats_per_agent=2), pushed("c2", "anna", 9, several=True))


def test_R5_after_lowering_the_limit_nothing_is_pushed_above_it() -> None:
    story = floor.given(queue(chats_per_agent=3), online("anna"), waits("c1"), waits("c2"))
    story.given(pushed("c1", "anna", 1), pushed("c2", "anna", 1))
    story.when(put_queue(chats_per_agent=2), at=5).when(requested("c3", at=9)).then(waits("c3", 9))


def test_R5_R18_a_wrap_up_that_runs_keeps_the_limit_that_it_began_with() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1), wrap_up("c1", "anna", 2))
    story.when(put_queue(distribution="pick", wrap_up={"limit_s": 5, "extension_s": 7}), at=3)
    story.when(wake(), at=30 * S).then_nothing()
    assert story.state.next_due() == 2 + 60 * S
    story.given(extended("c1", "anna", 4, by_s=7))
    assert story.state.next_due() == 2 + 67 * S
