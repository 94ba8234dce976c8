"""R20, R21: log-out, and a lost connection, which is none."""

from __future__ import annotations

from floor_words import (
    MINUTE,
    S,
    agent,
    closed,
    connect,
    connected,
    disconnect,
    disconnected,
    floor,
    inbox,
    item,
    log_out,
    logged_out,
    not_ready,
    online,
    parked,
    pick,
    pick_queue,
    picked,
    pushed,
    queue,
    ready,
    requeued,
    waiting,
    waits,
    wake,
    wrap_up,
)
from parley_router.domain import events as e

BUSY = [
    pick_queue(chats_per_agent=2),
    online("anna"),
    [waits("active", 10), waits("parked", 20), waits("wrapping", 30), waits("over", 40), waits("other", 15)],
    [picked("active", "anna", 100), picked("parked", "anna", 110), parked("parked", "anna", 120)],
    [picked("wrapping", "anna", 130), wrap_up("wrapping", "anna", 140)],
    [picked("over", "anna", 150), wrap_up("over", "anna", 160), parked("over", "anna", 170)],
]

# --- R20: log-out -----------------------------------------------------------------------------------------------------


def test_R20_everything_goes_back_to_its_place_and_wrap_ups_are_completed_unclassified() -> None:
    story = floor.given(BUSY).when(log_out("anna"), at=500)
    story.then(
        requeued("active", "anna", 500),
        requeued("parked", "anna", 500),
        closed("wrapping", 500, "logout"),
        closed("over", 500, "logout"),
        logged_out("anna", 500),
    )
    assert waiting(story.state) == ["active", "other", "parked"]
    assert inbox(story.state, "anna") == {}
    assert item(story.state, "wrapping").code is None
    assert agent(story.state, "anna").state == "logged_out"
    story.when(log_out("anna")).then_nothing()


def test_R20_timers_keep_what_was_spent_and_stand() -> None:
    story = floor.given(BUSY).when(log_out("anna"), at=500)
    assert item(story.state, "active").handle == (400, None)
    assert item(story.state, "parked").handle == (10, None)
    assert item(story.state, "wrapping").wrap_up == (360, None)
    assert item(story.state, "over").wrap_up == (10, None)


def test_R20_in_a_push_queue_the_next_agent_gets_it_not_the_one_who_leaves() -> None:
    story = floor.given(queue(), online("anna"), waits("c1"), pushed("c1", "anna", 1), online("ben", at=5))
    story.when(log_out("anna"), at=9).then(requeued("c1", "anna", 9), logged_out("anna", 9), pushed("c1", "ben", 9))


def test_R20_who_logs_in_again_is_not_ready_and_owns_nothing() -> None:
    story = floor.given(queue(), online("anna"), logged_out("anna", 5), waits("c1", 6))
    story.when(connect("anna", 2), at=9)
    story.then(e.AgentLoggedIn(at=9, agent="anna", name="Anna"), connected("anna", 9, 2))
    assert agent(story.state, "anna").state == "not_ready"
    story.when(ready("anna"), at=10).then(e.AgentSetReady(at=10, agent="anna"), pushed("c1", "anna", 10))


# --- coming, ready, not ready -----------------------------------------------------------------------------------------


def test_the_first_connection_logs_in_a_second_one_only_connects() -> None:
    story = floor.given(pick_queue())
    story.when(connect("anna"), at=5).then(e.AgentLoggedIn(at=5, agent="anna", name="Anna"), connected("anna", 5))
    story.when(connect("anna"), at=6).then_nothing()
    story.when(connect("anna", 2), at=7).then(connected("anna", 7, 2))


def test_ready_and_not_ready_with_a_reason_that_can_change() -> None:
    story = floor.given(pick_queue(), online("anna", ready=False))
    story.when(ready("anna"), at=1).then(e.AgentSetReady(at=1, agent="anna"))
    story.when(ready("anna"), at=2).then_nothing()
    story.when(not_ready("anna", "lunch"), at=3).then(e.AgentSetNotReady(at=3, agent="anna", reason="lunch"))
    story.when(not_ready("anna", "lunch"), at=4).then_nothing()
    story.when(not_ready("anna", "training"), at=5).then(e.AgentSetNotReady(at=5, agent="anna", reason="training"))
    story.when(ready("anna"), at=6)
    assert agent(story.state, "anna").reason is None
    story.when(ready("ben")).then_refused("wrong_state")


def test_R17_a_clock_that_goes_back_never_puts_an_agent_before_what_has_happened() -> None:
    story = floor.given(pick_queue(), online("anna", at=1_000, ready=False))
    story.when(ready("anna"), at=400).then(e.AgentSetReady(at=1_000, agent="anna"))
    story.when(disconnect("anna"), at=300).then(disconnected("anna", 1_000))


# --- R21: a lost connection -------------------------------------------------------------------------------------------


def test_R21_losing_the_connection_changes_nothing_in_the_inbox() -> None:
    story = floor.given(BUSY)
    before = inbox(story.state, "anna")
    story.when(disconnect("anna"), at=500).then(disconnected("anna", 500))
    assert inbox(story.state, "anna") == before
    assert agent(story.state, "anna").state == "ready"
    story.when(disconnect("anna"), at=501).then_nothing()
    story.when(disconnect("zoe"), at=501).then_nothing()


def test_R21_back_within_the_grace_period_the_inbox_is_the_same() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1), disconnected("anna", 500))
    story.when(wake(), at=500 + 60 * S - 1).then_nothing()
    story.when(connect("anna", 2), at=500 + 60 * S - 1).then(connected("anna", 500 + 60 * S - 1, 2))
    assert inbox(story.state, "anna") == {"c1": "active"}
    assert story.state.next_due() is None
    story.when(wake(), at=10 * MINUTE).then_nothing()


def test_R20_R21_after_it_the_system_logs_the_agent_out() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1), disconnected("anna", 500))
    assert story.state.next_due() == 500 + 60 * S
    story.when(wake(), at=500 + 60 * S).then(
        requeued("c1", "anna", 500 + 60 * S, "connection_lost"), logged_out("anna", 500 + 60 * S, "connection_lost")
    )
    assert waiting(story.state) == ["c1"]
    story.when(wake(), at=500 + 61 * S).then_nothing()


def test_R21_the_grace_period_is_the_tenants() -> None:
    story = floor.given(online("anna", grace_s=5), disconnected("anna", 500))
    assert story.state.next_due() == 5_500


def test_R21_of_several_connections_the_last_one_counts() -> None:
    story = floor.given(online("anna"), connected("anna", 1, 2))
    story.when(disconnect("anna", 1), at=500)
    assert story.state.next_due() is None
    story.when(disconnect("anna", 2), at=900)
    assert story.state.next_due() == 900 + 60 * S
    story.when(connect("anna", 3), at=1_000).when(disconnect("anna", 3), at=2_000)
    assert story.state.next_due() == 2_000 + 60 * S


def test_R21_who_logged_out_is_not_logged_out_again_when_the_connection_goes() -> None:
    story = floor.given(online("anna")).when(log_out("anna"), at=500)
    story.when(disconnect("anna"), at=501).then_nothing()
    assert story.state.next_due() is None


def test_R21_several_who_are_away_too_long_are_logged_out_in_the_order_of_their_going() -> None:
    story = floor.given(online("anna"), online("ben"), disconnected("ben", 500), disconnected("anna", 600))
    story.when(wake(), at=5 * MINUTE).then(
        logged_out("ben", 5 * MINUTE, "connection_lost"), logged_out("anna", 5 * MINUTE, "connection_lost")
    )


def test_R18_R21_a_wrap_up_that_ran_out_before_the_grace_period_was_completed_by_its_limit() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1), wrap_up("c1", "anna", 100))
    story.given(disconnected("anna", 500))
    story.when(wake(), at=5 * MINUTE).then(
        closed("c1", 100 + 60 * S, "time_limit"), logged_out("anna", 5 * MINUTE, "connection_lost")
    )


def test_R18_R21_a_clock_that_comes_late_finds_both_over_and_closes_the_item_once() -> None:
    """The grace period was over first, then the wrap-up's limit, and nobody was there to see either."""
    story = floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1), disconnected("anna", 500))
    story.given(wrap_up("c1", "anna", 10 * S))
    story.when(wake(), at=5 * MINUTE).then(
        closed("c1", 70 * S, "time_limit"), logged_out("anna", 5 * MINUTE, "connection_lost")
    )
    assert inbox(story.state, "anna") == {}


def test_R18_R21_the_grace_period_ends_a_wrap_up_whose_limit_is_still_to_come() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1"), picked("c1", "anna", 1), disconnected("anna", 500))
    story.given(wrap_up("c1", "anna", 10 * S))
    story.when(wake(), at=500 + 60 * S).then(
        closed("c1", 500 + 60 * S, "logout"), logged_out("anna", 500 + 60 * S, "connection_lost")
    )


def test_R20_picking_after_the_log_out_takes_the_first_again() -> None:
    story = floor.given(BUSY, online("ben")).when(log_out("anna"), at=500)
    story.when(pick("active", "ben"), at=600).then(picked("active", "ben", 600, several=True))
    assert item(story.state, "active").handle == (400, 600)


def test_R5_an_agent_by_another_name_is_still_there_and_keeps_everything() -> None:
    story = floor.given(queue(), online("anna"), waits("c1"), picked("c1", "anna", 1 * S))
    renamed = connect("anna").model_copy(update={"name": "Anna Berg"})
    story.when(renamed, 5 * S).when(wake(), 500 * S)
    known = agent(story.state, "anna")
    assert (known.name, known.state, known.connections) == ("Anna Berg", "ready", ["anna.1"])
    assert inbox(story.state, "anna") == {"c1": "active"}
