"""The small pieces that everything is built from: timers, instants, priorities, partitions, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley_contracts.instant import from_rfc3339, rfc3339
from parley_contracts.refusal import CODES, HTTP_STATUS
from parley_contracts.shapes import QueueSettings
from parley_contracts.timer import Timer
from parley_contracts.topology import PARTITIONS, partition_of
from pydantic import ValidationError

# --- R17: timers ------------------------------------------------------------------------------------------------------


def test_R17_a_timer_sums_its_intervals_and_stands_between_them() -> None:
    timer = Timer().started(1_000)
    assert timer.at(1_007) == 7
    timer = timer.stopped(1_250)
    assert (timer, timer.at(9_999)) == (Timer(250, None), 250)
    assert timer.started(2_000).stopped(2_001) == Timer(251, None)


def test_R17_starting_twice_or_stopping_twice_changes_nothing() -> None:
    assert Timer().started(5).started(9) == Timer(0, 5)
    assert Timer().started(5).stopped(7).stopped(9) == Timer(2, None)


def test_R17_a_stop_before_the_start_adds_nothing() -> None:
    assert Timer(10).started(100).stopped(40) == Timer(10, None)


@settings(derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=20))
def test_R17_any_intervals_add_up_exactly(intervals: list[tuple[int, int]]) -> None:
    timer, at = Timer(), 0
    for pause, length in intervals:
        timer = timer.started(at + pause).stopped(at + pause + length)
        at += pause + length
    assert timer == Timer(sum(length for _, length in intervals), None)


# --- instants ---------------------------------------------------------------------------------------------------------


@settings(derandomize=True, database=None)
@given(st.integers(0, 253_402_300_799_999))
def test_instants_survive_as_text_to_the_millisecond(at: int) -> None:
    assert from_rfc3339(rfc3339(at)) == at


def test_instants_are_utc_with_milliseconds_and_order_as_text() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert from_rfc3339("2026-01-31T10:30:00.1259+01:00") == 1_769_851_800_125
    assert rfc3339(999) < rfc3339(1_000) < rfc3339(1_001)
    with pytest.raises(ValueError, match="zone"):
        from_rfc3339("2026-01-31T10:30:00")


# --- R5, R18: settings ------------------------------------------------------------------------------------------------


def test_R5_R7_R18_what_is_not_set_is_as_the_rules_have_it() -> None:
    plain = QueueSettings(name="Help")
    assert (plain.distribution, plain.chats_per_agent, plain.max_length) == ("push", 1, None)
    wrap_up = plain.wrap_up
    assert (wrap_up.on, wrap_up.limit_s, wrap_up.extension_s, wrap_up.extensions) == (True, 60, 60, 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"chats_per_agent": 0},
        {"chats_per_agent": 201},
        {"max_length": -1},
        {"distribution": "shout"},
        {"priority": {"fax": 5}},
        {"priority": {"chat": 1001}},
        {"wrap_up": {"limit_s": 0}},
        {"agents": ["two words"]},
        {"colour": "red"},
    ],
)
def test_R5_R31_settings_that_make_no_sense_are_refused(fields: dict) -> None:
    with pytest.raises(ValidationError):
        QueueSettings.model_validate({"name": "Help", **fields})


# --- partitions and refusals ------------------------------------------------------------------------------------------


def test_a_streams_partition_is_the_same_for_ever() -> None:
    assert PARTITIONS == 4
    assert [partition_of(stream) for stream in ("acme", "acme/c1", "acme/c2", "ümlaut/ß")] == [2, 1, 3, 0]


def test_R31_each_code_has_its_http_status() -> None:
    assert set(HTTP_STATUS) == set(CODES)
    assert all(400 <= status < 600 for status in HTTP_STATUS.values())
