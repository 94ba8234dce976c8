"""R8: opening hours, held against clocks that are looked at minute by minute, where hours are skipped and repeated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from parley_contracts.hours import DAYS, Hours

MINUTE = 60_000

TURNS = {  # a moment within the hour in which clocks are changed
    "Europe/Berlin spring": ("Europe/Berlin", "2026-03-29T01:00Z"),
    "Europe/Berlin autumn": ("Europe/Berlin", "2026-10-25T01:00Z"),
    "America/New_York spring": ("America/New_York", "2026-03-08T07:00Z"),
    "America/New_York autumn": ("America/New_York", "2026-11-01T06:00Z"),
    "Australia/Lord_Howe, half an hour": ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    "Australia/Lord_Howe back": ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    "Africa/Cairo at midnight": ("Africa/Cairo", "2026-04-23T22:00Z"),
    "America/Santiago at midnight": ("America/Santiago", "2026-09-06T04:00Z"),
    "Pacific/Apia, a day that was not": ("Pacific/Apia", "2011-12-30T10:00Z"),
    "no change": ("UTC", "2026-06-01T12:00Z"),
}
SPANS: list[list[list[str]]] = [
    [["09:00", "17:00"]],
    [["02:30", "06:00"]],
    [["02:10", "02:40"]],
    [["01:15", "01:45"], ["02:45", "03:15"]],
    [["00:30", "00:50"], ["02:00", "03:00"]],
    [["00:00", "24:00"]],
    [["23:30", "24:00"], ["00:00", "00:20"]],
    [["01:50", "03:10"]],
]


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("spans", SPANS, ids=str)
def test_the_next_opening_is_the_one_that_comes(turn: str, spans: Any) -> None:
    zone, moment = TURNS[turn]
    hours = Hours(timezone=zone, week={day: spans for day in DAYS})
    begin = at(moment) - 30 * 60 * MINUTE
    minutes = [begin + number * MINUTE for number in range(60 * 60)]
    opened = [hours.open_at(minute) for minute in minutes]
    opening: int | None = None
    for number in range(len(minutes) - 1, -1, -1):
        if number + 1 < len(minutes) and opened[number + 1] and not opened[number]:
            opening = minutes[number + 1]
        if not opened[number] and opening is not None and number % 7 == 0:
            assert hours.opens_at(minutes[number]) == opening, datetime.fromtimestamp(minutes[number] / 1000, UTC)


def test_an_opening_in_the_hour_that_is_skipped_is_when_clocks_go_on() -> None:
    hours = Hours(timezone="Europe/Berlin", week={"sun": (("02:30", "06:00"),)})
    assert hours.opens_at(at("2026-03-29T00:30Z")) == at("2026-03-29T01:00Z"), "it is three o'clock then"
    only_in_it = Hours(timezone="Europe/Berlin", week={"sun": (("02:10", "02:40"),)})
    assert only_in_it.opens_at(at("2026-03-29T00:30Z")) == at("2026-04-05T00:10Z"), "there is none on that day"


def test_an_hour_that_is_repeated_opens_twice() -> None:
    hours = Hours(timezone="Europe/Berlin", week={"sun": (("02:30", "02:40"),)})
    assert hours.opens_at(at("2026-10-25T00:00Z")) == at("2026-10-25T00:30Z")
    assert hours.opens_at(at("2026-10-25T00:45Z")) == at("2026-10-25T01:30Z")
