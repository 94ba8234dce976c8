"""What stands still although something waits in it: since when, and when that is to be said (R33)."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Literal

STUCK_AFTER_S = 15.0
"""Nothing that works takes so long; whoever waits behind it is waiting for an answer."""

MOST_NAMED = 3


class Turn(asyncio.Lock):
    """A lock that knows since when it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.since: float | None = None

    async def acquire(self) -> Literal[True]:
        await super().acquire()
        self.since = monotonic()
        return True

    def release(self) -> None:
        self.since = None
        super().release()


def seconds_since(moment: float | None) -> float:
    """How long ago that was; 0 for never."""
    return 0.0 if moment is None else monotonic() - moment


def stuck_lines(since: dict[str, float]) -> list[str]:
    """One sentence for each line that stands still, the longest first; for many, how many more."""
    stuck = sorted((moment, line) for line, moment in since.items() if seconds_since(moment) > STUCK_AFTER_S)
    told = [f"{line}: not delivered since {seconds_since(moment):.0f} s" for moment, line in stuck[:MOST_NAMED]]
    return [*told, f"{len(stuck) - MOST_NAMED} more lines likewise"] if len(stuck) > MOST_NAMED else told
