"""R5: what administrators set takes effect at once; what would break something in use is refused."""

from __future__ import annotations

import pytest
from floor_words import (
    S,
    add,
    admin,
    floor,
    inbox,
    item,
    log_out,
    online,
    pick,
    picked,
    put_queue,
    queue,
    requested,
    waits,
)
from parley_contracts import commands as c
from parley_router.domain import events as e


def test_R5_R6_a_lower_limit_parks_nobody_and_lets_nothing_more_be_pushed() -> None:
    story = floor.given(queue(chats_per_agent=3), online("anna"))
    for number in (1, 2, 3):
        story.given(waits(f"c{number}", 0), picked(f"c{number}", "anna", number * S, several=True))
    story.when(put_queue(chats_per_agent=1), 9 * S)
    assert len(story.last) == 1
    assert inbox(story.state, "anna") == {"c1": "active", "c2": "active", "c3": "active"}
    story.when(requested("c4", 10 * S), 10 * S)
    assert item(story.state, "c4").owner is None
    story.when(pick("c4", "anna"), 11 * S)
    assert inbox(story.state, "anna") == {"c1": "parked", "c2": "active", "c3": "active", "c4": "active"}


@pytest.mark.parametrize(
    "change",
    [{"name": "Renamed"}, {"max_length": 9}, {"ring_s": 5}, {"chats_per_agent": 2}, {"agents": ("ben",)}],
    ids=str,
)
def test_R5_R6_no_change_of_a_queue_parks_anybody(change: dict) -> None:
    story = floor.given(queue(chats_per_agent=1), queue("sales", chats_per_agent=3), online("anna"))
    story.given(waits("c1"), picked("c1", "anna", 1 * S))
    for chat in ("c2", "c3"):
        story.given(waits(chat, 0, "sales"), picked(chat, "anna", 2 * S, "sales"))
    story.when(put_queue(**{"chats_per_agent": 1, **change}), 9 * S)
    assert inbox(story.state, "anna") == dict.fromkeys(("c1", "c2", "c3"), "active")


def test_R5_a_queue_that_is_not_in_use_is_removed_by_whom_is_told() -> None:
    story = floor.given(queue(), queue("old"), online("anna"))
    story.when(admin(c.RemoveQueue, queue="old"), 5 * S).then(e.QueueRemoved(at=5 * S, queue="old", user="ada"))
    assert set(story.state.queues) == {"help"}
    assert story.state.served_by("anna") == ["help"]
    story.when(admin(c.RemoveQueue, queue="old"), 6 * S).then_refused("not_found")


@pytest.mark.parametrize("stage", ["waiting", "owned", "wrap_up"])
def test_R5_a_queue_with_open_items_is_not_removed(stage: str) -> None:
    story = floor.given(queue(), online("anna"), waits("c1", 1))
    if stage != "waiting":
        story.given(picked("c1", "anna", 2 * S))
    story.when(admin(c.RemoveQueue, queue="help"), 5 * S).then_refused("conflict")
    if stage == "owned":
        story.when(log_out("anna"), 6 * S).when(admin(c.RemoveQueue, queue="help"), 7 * S).then_refused("conflict")


def test_R5_R23_a_queue_that_was_left_by_transfer_can_be_removed() -> None:
    story = floor.given(
        queue(), queue("sales"), online("anna", ready=False), waits("c1", 1), picked("c1", "anna", 2 * S)
    )
    story.given(
        e.ItemTransferred(at=3 * S, item="c1", kind="chat", queue="sales", agent="anna", from_queue="help", priority=50)
    )
    story.when(admin(c.RemoveQueue, queue="sales"), 5 * S).then_refused("conflict")
    story.when(admin(c.RemoveQueue, queue="help"), 5 * S)
    assert set(story.state.queues) == {"sales"}


def test_R5_an_agents_skills_are_an_event_with_who_and_when() -> None:
    story = floor.given(queue(), online("anna"))
    story.when(admin(c.SetSkills, agent="anna", skills={"french": 7}), 5 * S)
    story.then(e.AgentSkilled(at=5 * S, agent="anna", skills={"french": 7}, user="ada"))
    story.when(admin(c.SetSkills, agent="anna", skills={"french": 7}), 6 * S).then_nothing()
    story.when(admin(c.SetSkills, agent="nobody yet", skills={}), 7 * S).then_nothing()


def test_R5_skills_of_an_agent_who_was_never_there_are_kept_for_when_they_come() -> None:
    story = floor.given(queue()).when(admin(c.SetSkills, agent="anna", skills={"french": 7}), 5 * S)
    story.given(online("anna", 6 * S))
    assert story.state.agents["anna"].skills == {"french": 7}
    assert story.state.agents["anna"].name == "Anna"


def test_R5_an_agent_is_removed_only_when_logged_out_and_in_no_queue() -> None:
    forget = admin(c.ForgetAgent, agent="anna")
    story = floor.given(queue(), online("anna"))
    story.when(forget, 5 * S).then_refused("conflict")
    story.when(log_out("anna"), 6 * S)
    story.when(admin(c.ForgetAgent, agent="anna"), 7 * S).then_refused("conflict")
    story.when(put_queue(agents=("ben",)), 8 * S)
    story.when(admin(c.ForgetAgent, agent="anna"), 9 * S).then(e.AgentForgotten(at=9 * S, agent="anna", user="ada"))
    assert "anna" not in story.state.agents
    story.when(admin(c.ForgetAgent, agent="anna"), 10 * S).then_nothing()


def test_R5_a_change_of_the_order_takes_effect_on_what_waits_already() -> None:
    story = floor.given(queue(), waits("c1"), waits("c2", 600 * S, priority=55, own_priority=True))
    assert list(story.state.queues["help"].waiting) == ["c2", "c1"]
    ageing = {"order": "ageing", "points_per_minute": 1}
    story.when(put_queue(routing=ageing), 700 * S)
    assert list(story.state.queues["help"].waiting) == ["c1", "c2"]
    story.when(put_queue(), 701 * S)
    assert list(story.state.queues["help"].waiting) == ["c2", "c1"]


def test_R5_whoever_is_put_into_a_queue_is_given_what_waits_there() -> None:
    story = floor.given(queue(agents=("ben",)), online("anna"), waits("c1", 1)).when(put_queue(agents=("anna",)), 5 * S)
    assert item(story.state, "c1").owner == "anna"
    story.when(put_queue(agents=()), 6 * S).when(requested("c2", 7 * S), 7 * S)
    assert item(story.state, "c2").stage == "waiting"
    assert inbox(story.state, "anna") == {"c1": "active"}, "what she has stays hers"


@pytest.mark.parametrize(("longest", "code"), [(0, "queue_full"), (2, "queue_full"), (3, None), (None, None)])
def test_R8_a_call_finds_a_full_queue_but_an_email_always_gets_in(longest: int | None, code: str | None) -> None:
    story = floor.given(queue(max_length=longest), waits("c1", 1), waits("c2", 2))
    story.when(add("m1", "email"), 3 * S)
    assert item(story.state, "m1").stage == "waiting"
    story.when(add("k1"), 4 * S)
    if code is not None:
        story.then_refused(code)
    else:
        assert item(story.state, "k1").stage == "waiting"
