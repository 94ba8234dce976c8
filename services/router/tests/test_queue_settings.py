"""R5, R29: whatever the log holds of a queue's settings, its floor can be folded; settings mean what the rules say."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import TENANT, floor, online, queue, ready, requested, settings
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from parley_contracts.shapes import QueueSettings
from parley_router import says, views
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.queue_settings import Settings, read
from parley_router.handlers import FLOOR

PLAIN = Settings().stored()
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NESTED = {name: st.sampled_from([*PLAIN[name], "of_tomorrow"]) for name in ("wrap_up", "routing")}
stored = st.dictionaries(st.sampled_from([*PLAIN, "of_tomorrow"]), anything, max_size=4) | st.one_of(
    *(st.dictionaries(st.just(name), st.dictionaries(fields, anything, max_size=3)) for name, fields in NESTED.items())
)


def test_R4_a_call_has_100_and_everything_else_50_unless_set() -> None:
    plain = Settings(name="Help")
    assert [plain.priority_of(kind) for kind in ("call", "chat", "email", "task")] == [100, 50, 50, 50]
    own = Settings(name="Help", priority={"chat": 80, "call": 0})
    assert (own.priority_of("chat"), own.priority_of("call"), own.priority_of("task")) == (80, 0, 50)


def test_R5_both_shapes_have_the_same_fields_and_the_same_defaults() -> None:
    """The public shape and the router's own: what is not set means the same in both."""
    assert Settings(name="Help").stored() == QueueSettings(name="Help").model_dump(mode="json")


def test_R5_what_an_administrator_sets_is_kept_as_it_was_set() -> None:
    hours = {"timezone": "Europe/Berlin", "week": {"mon": [["09:00", "17:00"]]}, "closed_on": []}
    wanted = settings(
        priority={"chat": 7}, max_length=3, hours=hours, wrap_up={"on": False}, routing={"order": "ageing"}
    )
    told = wanted.model_dump(mode="json")
    assert read(told).stored() == told
    assert QueueSettings.model_validate(read(told).stored()) == wanted


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"of_a_newer_version": {"deep": 1}}, {}),
        (
            {"routing": {"agent": "by_horoscope", "order": "ageing"}},
            {"routing": {**PLAIN["routing"], "order": "ageing"}},
        ),
        ({"routing": {"relax_after_s": 0}}, {}),
        ({"routing": "ageing"}, {}),
        ({"wrap_up": {"limit_s": "long", "extensions": 1}}, {"wrap_up": {**PLAIN["wrap_up"], "extensions": 1}}),
        ({"chats_per_agent": 0, "ring_s": 7}, {"ring_s": 7}),
        ({"chats_per_agent": 10_000}, {"chats_per_agent": 10_000}),
        ({"agents": None, "max_length": 5}, {"max_length": 5}),
    ],
)
def test_R29_a_setting_of_another_version_is_read_as_far_as_it_goes(fields: Any, expected: dict[str, Any]) -> None:
    assert read(fields).stored() == {**PLAIN, **expected}


@tries(suppress_health_check=[HealthCheck.too_slow])
@given(stored)
def test_R29_a_floor_is_folded_whatever_settings_its_log_holds(fields: dict[str, Any]) -> None:
    """Folded, decided on, said, shown, kept and read again; an old process beside a new one does not stand still."""
    story = floor.given(queue(), online("anna"))
    event = e.QueueSet(at=5, queue="help", settings=fields, user="ada")
    story.given(event, queue("other", at=6)).when(requested("c1", 7)).when(ready("anna"), at=9)
    state = story.state
    assert [said.type for _, said in says.says(TENANT, 3, event)] == ["queue.configured.v1"]
    assert views.change(state, event, 3).queues[0].queue == "help"
    assert views.queue_changes([(3, event)], None, 5)[0].new == state.queues["help"].settings.stored()
    assert Floor.thaw(TENANT, state.freeze()).freeze() == state.freeze()
    FLOOR.settle(state, 100_000_000, lambda events: [state.evolve(each) for each in events] and state)


def test_R8_hours_that_cannot_be_read_here_close_nothing() -> None:
    """A time zone that this machine does not know: the queue is shown without hours, its floor goes on."""
    story = floor.given(e.QueueSet(at=1, queue="help", settings={"hours": {"timezone": "Moon/Crater"}}, user="ada"))
    assert views.snapshot(story.state, 1).queues[0].hours is None
