"""R31, R32: how much one chat, one address, one chat service may ask for; whoever asks for more waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.refusal import Refused
from parley_gateway.settings import Settings
from parley_gateway.tenants.limits import Bucket, ChatPace, Limits, Pace, Rate

PACE = Pace(messages_per_s=5, burst=60, burst_bytes=262_144)


def taken(pace: ChatPace, at: int, size: int = 10, chat: str = "c") -> bool:
    try:
        pace.take("t", chat, size, PACE, at)
    except Refused as refusal:
        return not (refusal.code == "rate_limited" and refusal.facts["retry_after_ms"] > 0)
    return True


def test_a_burst_and_then_five_a_second() -> None:
    pace = ChatPace()
    assert sum(taken(pace, 0) for _ in range(100)) == 60
    assert sum(taken(pace, ms) for ms in range(0, 10_000, 10)) == pytest.approx(50, abs=1)
    assert sum(taken(pace, 60_000) for _ in range(100)) == 60, "after a pause there is a burst again"


def test_bytes_count_and_one_message_always_goes() -> None:
    pace = ChatPace()
    assert sum(taken(pace, 0, 16_000) for _ in range(60)) == 16
    assert taken(ChatPace(), 0, 1_000_000)


def test_each_chat_has_its_own_pace_and_few_are_remembered() -> None:
    pace = ChatPace(chats=2)
    for chat in ("a", "b", "c"):
        assert sum(taken(pace, 0, chat=chat) for _ in range(70)) == 60
    assert len(pace._used) == 2


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 16_000)), max_size=200))
def test_never_more_than_the_pace_and_who_waits_as_told_is_taken(steps: list[tuple[int, int]]) -> None:
    pace, at, messages, size_of_all = ChatPace(), 0, 0, 0
    for pause, size in steps:
        at += pause
        try:
            pace.take("t", "c", size, PACE, at)
        except Refused as refusal:
            at += refusal.facts["retry_after_ms"]
            pace.take("t", "c", size, PACE, at)
        messages, size_of_all = messages + 1, size_of_all + size
        assert messages <= 60 + 5 * at / 1000 + 1
        assert size_of_all <= 262_144 * (1 + at / 12_000) + 16_000


def refusal(take: Callable[..., None], *arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        take(*arguments)
    assert refused.value.code == "rate_limited"
    return refused.value


def test_R31_so_many_at_once_and_then_so_many_a_second_from_one_address() -> None:
    bucket = Bucket("of these", Rate(3, 0.05))
    for at in (0, 10, 20):
        bucket.take("a", at)
    assert refusal(bucket.take, "a", 1_000).facts["retry_after_s"] == 20
    bucket.take("b", 1_000)
    bucket.take("a", 21_000)
    refusal(bucket.take, "a", 21_005)


def test_R31_without_a_number_there_is_no_limit() -> None:
    bucket = Bucket("of these", Rate(0, 0))
    for _ in range(10_000):
        bucket.take("a", 0)


def test_R31_of_a_flood_of_addresses_only_the_last_are_remembered() -> None:
    bucket = Bucket("of these", Rate(1, 0.01), keys=100)
    for number in range(1_000):
        bucket.take(f"{number}", number)
    assert len(bucket._used) == 100
    refusal(bucket.take, "999", 1_000)


@given(st.lists(st.integers(0, 3_000), max_size=300), st.integers(1, 20), st.floats(0.1, 50))
def test_R31_never_more_than_the_rate_and_who_waits_as_told_is_taken(
    pauses: list[int], at_once: int, per_s: float
) -> None:
    bucket, at = Bucket("of these", Rate(at_once, per_s)), 0
    for taken, pause in enumerate(pauses, 1):
        at += pause
        try:
            bucket.take("a", at)
        except Refused as refused:
            at += refused.facts["retry_after_s"] * 1_000
            bucket.take("a", at)
        assert taken <= at_once + per_s * at / 1_000 + 1e-6


def test_R31_each_limit_counts_by_its_own_key() -> None:
    """A company whose token is flooded from everywhere, an address that floods every company, a chat that is opened again and
    again: none takes from the others."""
    usual = Settings(secret="")
    few = {name: 2 for name in Settings.model_fields if name.endswith("_at_once")}
    limits = Limits(usual.model_copy(update=few))
    for take, own, shared in (
        (limits.start, lambda n: (f"{n}", "t", 0), lambda n: ("a", f"t{n}", 0)),
        (limits.resume, lambda n: (f"{n}", "c", 0), lambda n: ("a", f"c{n}", 0)),
        (limits.leave_message, lambda n: (f"{n}", "t", 0), lambda n: ("a", f"t{n}", 0)),
        (
            limits.message,
            lambda n: (f"{n}", ("t", "s"), f"c{n}", 10, PACE, 0),
            lambda n: ("a", ("t", f"s{n}"), f"d{n}", 10, PACE, 0),
        ),
    ):
        for of in (own, shared):
            for number in (1, 2):
                take(*of(number))
            refusal(take, *of(3))
    limits = Limits(usual)
    for _ in range(100):
        limits.start("an office", "demo", 0)
    refusal(limits.start, "an office", "demo", 0)
    limits.start("an office", "demo", 500)
    limits.start("elsewhere", "demo", 500)
