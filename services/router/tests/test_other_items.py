"""R3: calls, e-mails and tasks on the floor, beside chats."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from floor_words import (
    TENANT,
    S,
    add,
    answer,
    by,
    classify,
    end,
    floor,
    identify,
    log_out,
    note,
    noted,
    online,
    pbx,
    pick,
    pick_queue,
    queue,
    waits,
)
from parley_contracts import commands as c
from parley_router.domain import events as e
from parley_router.domain.asides import MOST_NOTES


@pytest.mark.parametrize(("kind", "priority"), [("call", 100), ("email", 50), ("task", 50)])
def test_R3_R4_an_item_waits_with_the_priority_of_its_kind(kind: Any, priority: int) -> None:
    story = floor.given(pick_queue()).when(add("k1", kind), 5 * S)
    assert list(story.state.queues["help"].waiting) == ["k1"]
    assert story.state.items["k1"].priority == priority
    story.when(add("k1", kind), 6 * S).then_nothing()
    story.when(add("k1", kind, id="y"), 6 * S).then_nothing()
    story.when(add("k1", "task" if kind != "task" else "call", id="z"), 6 * S).then_refused("conflict")


def test_R4_its_own_priority_counts_before_the_kinds() -> None:
    story = floor.given(pick_queue(), waits("c1", 1)).when(add("k1", "task", priority=10), 2).when(add("k2", id="y"), 3)
    assert list(story.state.queues["help"].waiting) == ["k2", "c1", "k1"]


def test_R31_a_queue_that_is_not_there_is_not_found() -> None:
    floor.given(pick_queue()).when(add("k1", queue="nowhere")).then_refused("not_found")


def test_R7_no_chat_is_given_to_an_agent_on_a_call() -> None:
    story = floor.given(queue(chats_per_agent=2), online("anna")).when(add("k1"), 1)
    assert story.state.items["k1"].owner == "anna"
    story.given(waits("c1", 2)).when(c.Wake(tenant=TENANT, stream=TENANT), 3)
    assert story.state.items["c1"].owner is None


def test_R18_R25_an_email_has_a_wrap_up_a_call_has_none_and_both_tell_their_times() -> None:
    for kind, stage in (("email", "wrap_up"), ("call", "closed")):
        story = floor.given(pick_queue(), online("anna")).when(add("k1", kind), 10 * S)
        story.when(pick("k1", "anna"), 13 * S)
        if kind == "call":
            story.when(answer("k1"), 13 * S)
        story.when(end("k1"), 20 * S)
        item = story.state.items.get("k1") or story.state.closed["k1"]
        assert (item.stage, item.handle.ms, item.wait.ms) == (stage, 7 * S, 3 * S)
        story.when(end("k1", pbx("again")), 21 * S).then_nothing()
        if kind == "email":
            story.when(c.Complete(tenant=TENANT, sender=by("anna"), item="k1"), 25 * S)
        closed = story.happened[-1]
        assert isinstance(closed, e.ItemClosed)
        assert (closed.wait_ms, closed.handle_ms, closed.wrap_up_ms) == (3 * S, 7 * S, 5 * S if kind == "email" else 0)


def test_R19_who_gives_up_waiting_has_abandoned_the_call() -> None:
    story = floor.given(pick_queue()).when(add("k1"), 1 * S).when(end("k1"), 4 * S)
    closed = story.last[0]
    assert (closed.outcome, closed.wait_ms, closed.handle_ms) == ("abandoned", 3 * S, 0)


def test_R31_only_the_source_and_the_owner_end_an_item_and_nobody_a_chat_this_way() -> None:
    story = floor.given(pick_queue(), online("anna"), online("ben"), waits("c1", 1)).when(add("k1", "email"), 2)
    story.when(pick("k1", "anna"), 3)
    story.when(end("k1", by("ben"))).then_refused("not_yours")
    story.when(end("c1")).then_refused("wrong_state")
    story.when(end("k9")).then_refused("not_found")
    story.when(end("k1", by("anna")), 5)
    assert story.state.items["k1"].stage == "wrap_up"


def test_R20_log_out_gives_back_an_email_too() -> None:
    story = floor.given(pick_queue(), online("anna")).when(add("k1", "email"), 2).when(pick("k1", "anna"), 3)
    story.when(log_out("anna"), 5)
    assert list(story.state.queues["help"].waiting) == ["k1"]
    assert story.state.items["k1"].wait.running_since == 5


@pytest.mark.parametrize("kind", ["call", "email", "task"])
def test_R35_the_owner_notes_something_at_any_time_until_it_is_closed(kind: Any) -> None:
    story = floor.given(pick_queue(), online("anna"), online("ben")).when(add("k1", kind), 1)
    story.when(note("k1", "anna", "too early"), at=2).then_refused("not_yours")
    story.when(pick("k1", "anna"), 3)
    marked = {"kind": kind}
    first = note("k1", "anna", "careful")
    story.when(first, at=4).then(msgspec.structs.replace(noted("k1", "anna", 4, "careful"), **marked))
    story.when(first, at=5).then_nothing()
    story.when(note("k1", "anna", "careful"), at=6).then(
        msgspec.structs.replace(noted("k1", "anna", 6, "careful"), **marked)
    )
    story.when(note("k1", "ben", "not mine"), at=7).then_refused("not_yours")
    if kind == "call":
        story.when(answer("k1"), 8)
    else:
        story.when(c.Park(tenant=TENANT, sender=by("anna"), item="k1"), 8)
    story.when(note("k1", "anna", "later"), at=9)
    assert story.state.items["k1"].notes == 3
    story.when(end("k1"), 10)
    if kind != "call":
        story.when(note("k1", "anna", "in wrap-up"), at=11)
        story.when(c.Complete(tenant=TENANT, sender=by("anna"), item="k1"), 12)
    story.when(note("k1", "anna", "too late"), at=13).then_refused("wrong_state")


def test_R35_R36_a_supervisor_notes_something_about_what_another_has_or_nobody() -> None:
    story = floor.given(pick_queue(), online("anna"), online("sam")).when(add("k1", "task"), 1)
    story.when(note("k1", "sam", "first of all", role="supervisor"), at=2)
    story.when(pick("k1", "anna"), 3).when(note("k1", "sam", "call her", role="supervisor"), at=4)
    happened = story.last[0]
    assert isinstance(happened, e.ItemNoted)
    assert (happened.agent, happened.name, happened.text) == ("sam", "Sam", "call her")


def test_R31_R32_a_chats_notes_are_the_sessions_and_there_are_so_many_at_most() -> None:
    story = floor.given(pick_queue(), online("anna"), waits("c1", 1)).when(add("k1", "email"), 2)
    story.when(pick("c1", "anna"), 3).when(note("c1", "anna", "x")).then_refused("wrong_state")
    story.when(pick("k1", "anna"), 4)
    for _ in range(MOST_NOTES):
        story.when(note("k1", "anna", "x"), at=5)
    story.when(note("k1", "anna", "x"), at=6).then_refused("too_long")


@pytest.mark.parametrize("kind", ["call", "email", "task"])
def test_R18_R24_an_item_of_any_kind_is_classified_and_identified(kind: Any) -> None:
    story = floor.given(pick_queue(), online("anna")).when(add("k1", kind), 1).when(pick("k1", "anna"), 2)
    story.when(classify("k1", "anna", "", "half a note"), at=3).when(classify("k1", "anna", "order"), at=4)
    story.when(identify("k1", "anna", "kim"), at=5)
    item = story.state.items["k1"]
    assert (item.code, item.note, item.contact) == ("order", None, "kim")
