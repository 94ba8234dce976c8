"""Opening hours: when a queue or a chat service takes new chats (R8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 15
"""How far the next opening is looked for: two weeks of holidays, and a day for time zones."""

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


def zone_name(name: str) -> str:
    """An IANA name of a time zone. Raises ValueError where there is none of it."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone: use a name such as Europe/Berlin") from None


def midnight(day: date, zone: ZoneInfo) -> int:
    """When a day begins in a time zone, in milliseconds since 1970."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _span(span: tuple[str, str]) -> tuple[str, str]:
    if span[0] >= span[1]:
        raise ValueError("must open before it closes; what goes past midnight is two spans")
    return span


Span = Annotated[tuple[Clock, Clock], AfterValidator(_span)]


class Hours(BaseModel):
    """Spans of local time by day of the week, such as `{"mon": [["09:00", "12:30"], ["13:00", "17:00"]]}`; a day that is
    not there is closed, and so is a date (`2026-12-25`) in `closed_on`. `timezone`: an IANA name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Annotated[str, AfterValidator(zone_name)] = "UTC"
    week: dict[Day, tuple[Span, ...]]
    closed_on: tuple[date, ...] = ()

    def open_at(self, at: int) -> bool:
        """Whether it is open at `at` (milliseconds since 1970); a span ends before its second time."""
        local = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(self.timezone))
        clock = f"{local:%H:%M}"
        return any(opens <= clock < closes for opens, closes in self._spans(local.date()))

    def opens_at(self, at: int) -> int | None:
        """When it opens next, in milliseconds since 1970; None when that is not within the next two weeks."""
        zone = ZoneInfo(self.timezone)
        today = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()
        for ahead in range(LOOK_AHEAD_DAYS):
            day = today + timedelta(days=ahead)
            # What is open at one of these moments, and at none before, has just opened.
            moments = {moment for opens, _ in self._spans(day) for moment in _moments(day, opens, zone)}
            for moment in sorted({*moments, *_turns(day, zone)}):
                if moment > at and self.open_at(moment):
                    return moment
        return None

    def _spans(self, day: date) -> tuple[tuple[str, str], ...]:
        return () if day in self.closed_on else self.week.get(DAYS[day.weekday()], ())


def _moments(day: date, clock: str, zone: ZoneInfo) -> list[int]:
    """When clocks show this on that day, as milliseconds since 1970: twice where an hour is repeated."""
    hour, minute = map(int, clock.split(":"))
    once = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    return [round(once.replace(fold=fold).timestamp()) * 1000 for fold in (0, 1)]


def _turns(day: date, zone: ZoneInfo) -> list[int]:
    """When clocks are changed on that day: in the hour that is skipped or repeated something may open."""
    begin = round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
    hours = [begin + hour * 3_600 for hour in range(26)]
    found = []
    for before, after in pairwise(hours):
        offset = _offset(before, zone)
        if _offset(after, zone) != offset:
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
            found.append(after * 1000)
    return found


def _offset(at_s: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at_s, UTC).astimezone(zone).utcoffset()
