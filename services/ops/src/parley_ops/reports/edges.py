"""Where the hours, days and weeks of a time zone begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from parley_contracts.hours import midnight

By = Literal["all", "hour", "day", "week"]
HOUR_S = 3_600


def edges(since: int, until: int, by: By, zone: ZoneInfo, most: int) -> list[int]:
    """The times (milliseconds since 1970) at which a report's parts begin, and its end: whole hours, days or weeks of the zone, the first and the last one
    as far as the report goes. A day of a change of clocks has 23 or 25 hours. Raises ValueError where they are more than `most`."""
    found = [since]
    while by != "all" and (following := _next(found[-1], by, zone)) < until:
        found.append(following)
        if len(found) > most:
            raise ValueError(f"more than {most} parts")
    return [*found, until]


def _next(at: int, by: By, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone)
    if by == "hour":
        ahead = int((local.utcoffset() or timedelta()).total_seconds())
        seconds = at // 1000
        return (seconds + HOUR_S - (seconds + ahead) % HOUR_S) * 1000
    days = 1 if by == "day" else 7 - local.weekday()
    return midnight(local.date() + timedelta(days=days), zone)
