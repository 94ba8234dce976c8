"""R32: one message that fails is found by halves, tried a few times and put aside; everything else goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.dead_letters import TRIES
from parley_chassis.tries import Tries


@given(st.sets(st.integers(0, 39)), st.integers(0, 40), st.integers(1, 64))
def test_R32_exactly_those_that_fail_are_put_aside_each_after_its_tries(bad: set[int], count: int, most: int) -> None:
    left, done, aside, alone = list(range(count)), [], [], dict.fromkeys(range(count), 0)
    tries = Tries(most)
    while left:
        part = left[: tries.at_once]
        assert len(part) <= most
        if not bad.intersection(part):
            done += part
            del left[: len(part)]
            tries.succeeded()
            continue
        alone[part[0]] += len(part) == 1
        if tries.failed(len(part)):
            aside.append(left.pop(0))
    assert done == [number for number in range(count) if number not in bad]
    assert aside == [number for number in range(count) if number in bad]
    assert all(1 <= alone[number] <= TRIES == tries.made for number in aside)


@pytest.mark.parametrize("most", [1, 2, 1_000])
def test_R32_whose_fault_it_is_may_be_known(most: int) -> None:
    tries = Tries(most)
    assert [tries.failed(500, of_the_first=True) for _ in range(TRIES)] == [False] * (TRIES - 1) + [True]
    assert tries.at_once == 1
    tries.succeeded()
    assert tries.at_once == min(2, most)
