"""Opening hours: when a queue or a chat service takes new chats (R8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 15
"""How far the next opening is looked for: two weeks of holidays, and a day for time zones."""

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone: use a name such as Europe/Berlin") from None


def _span(span: tuple[str, str]) -> tuple[str, str]:
    if span[0] >= span[1]:
        raise ValueError("must open before it closes; what goes past midnight is two spans")
    return span


Span = Annotated[tuple[Clock, Clock], AfterValidator(_span)]


class Hours(BaseModel):
    """Spans of local time by day of the week, such as `{"mon": [["09:00", "12:30"], ["13:00", "17:00"]]}`; a day that is
    not there is closed, and so is a date (`2026-12-25`) in `closed_on`. `timezone`: an IANA name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
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
            for opens, _ in sorted(self._spans(day)):
                hour, minute = opens.split(":")
                moment = datetime(day.year, day.month, day.day, int(hour) % 24, int(minute), tzinfo=zone)
                if (found := round(moment.timestamp() * 1000)) > at:
                    return found
        return None

    def _spans(self, day: date) -> tuple[tuple[str, str], ...]:
        return () if day in self.closed_on else self.week.get(DAYS[day.weekday()], ())
