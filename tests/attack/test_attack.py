"""The short form of the attacks: each comes to nothing, and nobody else notices it."""

from __future__ import annotations

import pytest

from .__main__ import one

MOST_GROWTH_MIB = 50.0


@pytest.mark.slow
async def test_R31_sockets_that_say_nothing_are_closed_and_cost_little() -> None:
    found = await one("silent_sockets", False)
    assert found["open_after"] == 0
    assert found["grown_mib"] < MOST_GROWTH_MIB


@pytest.mark.slow
async def test_R31_slow_heads_end() -> None:
    found = await one("slow_heads", False)
    assert found["open_after"] == 0


async def test_R31_long_bodies_are_not_read() -> None:
    found = await one("long_bodies", False)
    assert (found["status_0"], found["status_1"]) == (413, 413)
    assert found["grown_mib"] < MOST_GROWTH_MIB


@pytest.mark.slow
async def test_R31_readers_who_do_not_read_are_cut_and_cost_little() -> None:
    found = await one("unread_chats", False)
    assert found["open_after"] == 0
    assert found["grown_mib"] < MOST_GROWTH_MIB


async def test_R31_one_address_does_not_start_any_number_of_chats() -> None:
    found = await one("many_starts", False)
    assert 100 <= found["started"] <= 100 + 2 * found["seconds"] + 2


@pytest.mark.slow
async def test_R31_files_that_there_are_none_of_are_not_remembered() -> None:
    assert (await one("widget_misses", False))["grown_mib"] < MOST_GROWTH_MIB / 2


async def test_R31_of_many_guesses_at_once_ten_are_looked_at() -> None:
    found = await one("wrong_passwords", False)
    assert found["looked_at"] <= 10 + found["seconds"] / 5
    assert found["looked_at"] + found["refused"] == found["tried"]


@pytest.mark.slow
async def test_R26_R31_nobody_gets_a_strangers_letter() -> None:
    assert await one("spam_letters", False) == pytest.approx({"tried": 24, "accepted": 0, "letters": 0})
