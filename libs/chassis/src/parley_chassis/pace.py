"""A breath between two departures, so that what comes soon after one goes together with the next (docs/adr/0013)."""

from __future__ import annotations

import asyncio


class Pace:
    """Departures at least `gap_s` apart: whoever comes after a pause leaves at once, whoever comes soon after a departure
    leaves with the next one, together with all who came meanwhile."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._last = float("-inf")

    async def departure(self) -> None:
        """Returns at the next departure."""
        if not self._gap_s:
            return
        loop = asyncio.get_running_loop()
        wait = self._last + self._gap_s - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        if loop.time() >= self._last + self._gap_s:
            self._last = loop.time()
