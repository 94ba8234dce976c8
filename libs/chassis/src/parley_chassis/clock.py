"""The time of day, in milliseconds since 1970; tests put another in its place."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]


def system_clock() -> int:
    """Now, in whole milliseconds since 1970."""
    return time.time_ns() // 1_000_000
