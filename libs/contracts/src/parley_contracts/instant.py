"""Points in time: whole milliseconds since 1970 inside, RFC 3339 UTC with milliseconds outside."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=4096)
def rfc3339(at: int) -> str:
    """Milliseconds since 1970 as `2026-01-31T09:30:00.125Z`."""
    return f"{_second(at // 1000)}.{at % 1000:03d}Z"


@lru_cache(maxsize=4096)
def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def from_rfc3339(text: str) -> int:
    """The milliseconds of an RFC 3339 time; fractions below a millisecond are cut off.

    Raises ValueError when the text is none or has no time zone.
    """
    if len(text) == 24 and text[19] == "." and text[23] == "Z" and text[20:23].isdecimal():  # as `rfc3339` writes it
        return _seconds(text[:19]) * 1000 + int(text[20:23])
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone, such as 2026-01-31T09:30:00Z")
    return int(moment.replace(microsecond=0).timestamp()) * 1000 + moment.microsecond // 1000


def _read(value: object) -> object:
    return from_rfc3339(value) if isinstance(value, str) else value


LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999: no time of ours is later."""

Instant = Annotated[
    int,
    BeforeValidator(_read),
    PlainSerializer(rfc3339, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339, UTC, milliseconds"}),
]
