"""R4, R5: a changed setting holds for what waits already. However administrators came to their settings, the floor equals one
that had them from the start."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from floor_words import (
    TENANT,
    S,
    add,
    admin,
    connect,
    floor,
    inbox,
    item,
    online,
    pick,
    put_queue,
    queue,
    ready,
    requested,
    waits,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR

QUEUES = ("help", "sales")
AGENTS = ("anna", "ben")

a_priority = st.integers(0, 120)
some_settings = st.fixed_dictionaries(
    {},
    optional={
        "distribution": st.sampled_from(["push", "pick"]),
        "priority": st.dictionaries(st.sampled_from(["call", "chat", "email", "task"]), a_priority),
        "chats_per_agent": st.integers(1, 3),
        "interrupts": st.sampled_from([("call",), (), ("call", "email")]),
        "interruptible": st.sampled_from([("chat",), (), ("chat", "email", "task")]),
        "max_length": st.sampled_from([None, 0, 5]),
        "ring_s": st.integers(1, 60),
        "wait_without_agents": st.booleans(),
        "wrap_up": st.fixed_dictionaries({"on": st.booleans(), "limit_s": st.integers(1, 90), "calls": st.booleans()}),
        "agents": st.sampled_from([AGENTS, ("anna",), ("ben",)]),
        "routing": st.fixed_dictionaries(
            {
                "order": st.sampled_from(["priority", "ageing"]),
                "points_per_minute": st.integers(0, 50),
                "agent": st.sampled_from(["longest_idle", "skills", "last_agent", "fewest_active", "round_robin"]),
                "interrupt": st.sampled_from(["least_recently_interrupted", "lowest_priority", "fewest_active"]),
            }
        ),
    },
)
some_skills = st.dictionaries(st.sampled_from(["french", "bikes"]), st.integers(1, 10), max_size=2)
a_change = st.one_of(
    st.tuples(st.just("queue"), st.sampled_from(QUEUES), some_settings),
    st.tuples(st.just("service"), st.just("web"), st.tuples(st.none() | a_priority, some_skills)),
    st.tuples(st.just("skills"), st.sampled_from(AGENTS), some_skills),
)
an_item = st.tuples(
    st.sampled_from(["chat", "chat", "call", "email", "task"]), st.sampled_from(QUEUES), st.none() | a_priority
)
lives = st.lists(st.one_of(a_change, st.tuples(st.just("item"), an_item, st.integers(0, 90))), min_size=2, max_size=25)


def change(step: tuple[str, Any, Any]) -> Message:
    what, name, value = step
    if what == "queue":
        return put_queue(name, **{"agents": AGENTS, **value})
    if what == "service":
        return admin(c.SetService, service=name, priority=value[0], skills=value[1])
    return admin(c.SetSkills, agent=name, skills=value)


class Life:
    """A floor whose agents are connected, and not ready before the end."""

    def __init__(self) -> None:
        self.floor, self.at, self.items = Floor(TENANT), 0, 0
        for agent in AGENTS:
            self.hears(connect(agent))
        for name in QUEUES:
            self.hears(put_queue(name, agents=AGENTS))

    def hears(self, message: Message) -> list[e.Happened]:
        followed: list[e.Happened] = []

        def happen(events: Sequence[e.Happened]) -> Floor:
            followed.extend(events)
            for event in events:
                self.floor.evolve(event)
            return self.floor

        with suppress(Refused):
            FLOOR.turn(self.floor, message, self.at, happen)
        return followed

    def comes(self, kind: str, name: str, own: int | None, ms: int) -> None:
        self.at += ms * S
        self.items += 1
        if kind == "chat":
            self.hears(requested(f"c{self.items}", self.at, name))
        else:
            self.hears(add(f"k{self.items}", kind, queue=name, priority=own))  # type: ignore[arg-type]

    def order(self) -> dict[str, Any]:
        """What waits where, in its order, and by what it goes."""
        return {
            name: [(one, self.floor.items[one].priority, self.floor.items[one].skills) for one in held.waiting]
            for name, held in self.floor.queues.items()
        }

    def given(self) -> list[tuple[str, str]]:
        """Who is given what, once all are ready."""
        found = []
        for agent in AGENTS:
            told = self.hears(ready(agent))
            found += [(event.item, event.agent) for event in told if isinstance(event, e.ItemAssigned)]
        return found


@settings(
    max_examples=min(300, int(os.environ.get("PARLEY_TRIES", "120"))),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(lives)
def test_R4_R5_the_floor_equals_one_that_had_the_last_settings_from_the_start(life: list[tuple[str, Any, Any]]) -> None:
    changed, settled = Life(), Life()
    last = {(step[0], step[1]): step for step in life if step[0] != "item"}
    for step in last.values():
        settled.hears(change(step))
    for step in life:
        if step[0] == "item":
            changed.comes(*step[1], step[2])
            if f"c{changed.items}" in changed.floor.items or f"k{changed.items}" in changed.floor.items:
                settled.comes(*step[1], step[2])
            else:  # a call that a full queue did not take under the settings of its time
                settled.at, settled.items = changed.at, changed.items
        else:
            changed.hears(change(step))
    for one in set(changed.floor.items) ^ set(settled.floor.items):
        (changed if one in changed.floor.items else settled).hears(gone(one))
    assert changed.order() == settled.order()
    assert changed.given() == settled.given()


def gone(call: str) -> Message:
    return c.EndItem(tenant=TENANT, sender=admin(c.AreYouThere).sender.model_copy(update={"role": "source"}), item=call)


# --- the examples -----------------------------------------------------------------------------------------------------


def test_R4_R5_a_queues_raised_priority_is_for_who_waits_too() -> None:
    story = floor.given(queue(), online("anna", ready=False), waits("c1", 1))
    story.when(put_queue(priority={"chat": 90}), 5 * S).when(requested("c2", 6 * S), 6 * S)
    assert list(story.state.queues["help"].waiting) == ["c1", "c2"]
    story.when(ready("anna"), 9 * S)
    assert inbox(story.state, "anna") == {"c1": "active"}


def test_R4_R5_a_chat_services_priority_is_for_who_waits_too_and_for_who_comes_later() -> None:
    story = floor.given(queue(), online("anna", ready=False), waits("c1", 1), waits("c2", 2, service="other"))
    story.when(admin(c.SetService, service="other", priority=90), 5 * S)
    assert list(story.state.queues["help"].waiting) == ["c2", "c1"]
    story.when(admin(c.SetService, service="web", priority=95), 6 * S)
    story.when(requested("c3", 7 * S), 7 * S)  # asked for before its session had heard of the change
    assert list(story.state.queues["help"].waiting) == ["c1", "c3", "c2"]
    story.when(admin(c.SetService, service="web"), 8 * S)
    assert list(story.state.queues["help"].waiting) == ["c2", "c1", "c3"]
    assert not item(story.state, "c1").own_priority


def test_R5_R10_a_call_that_waits_interrupts_once_calls_are_raised() -> None:
    story = floor.given(queue(priority={"call": 40}), online("anna"), waits("c1", 1)).when(pick("c1", "anna"), 2 * S)
    story.when(add("k1"), 3 * S)
    assert item(story.state, "k1").owner is None
    story.when(put_queue(priority={"call": 100}), 4 * S)
    assert inbox(story.state, "anna") == {"c1": "interrupted", "k1": "active"}


def test_R5_what_a_service_asks_of_an_agent_is_asked_for_who_waits_too() -> None:
    by_skills = {"routing": {"agent": "skills"}}
    story = floor.given(queue(**by_skills), online("anna", ready=False), waits("c1", 1))
    story.when(admin(c.SetService, service="web", skills={"french": 5}), 5 * S).when(ready("anna"), 6 * S)
    assert item(story.state, "c1").owner is None
    story.when(admin(c.SetService, service="web"), 7 * S)
    assert item(story.state, "c1").owner == "anna"


def test_R5_a_service_set_twice_is_set_once_and_what_has_a_priority_of_its_own_keeps_it() -> None:
    story = floor.given(queue(), waits("c1", 1)).when(add("k1", "email", priority=7), 2 * S)
    story.when(admin(c.SetService, service="web", priority=90), 5 * S)
    story.when(admin(c.SetService, service="web", priority=90), 6 * S).then_nothing()
    story.when(put_queue(priority={"email": 99, "chat": 98}), 7 * S)
    assert (item(story.state, "k1").priority, item(story.state, "c1").priority) == (7, 90)
