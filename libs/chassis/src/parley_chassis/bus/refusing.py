"""A broker that refuses messages again and again: when it is time to come to it anew.

A cluster that has lost a node may refuse whatever comes for an inbox by a channel from before, although the inbox has long
been led by another node; a channel that is opened anew is heard.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

ENOUGH = 5
"""So many refused messages for one inbox in a row, and something is opened anew."""

REMEMBERED_S = 30.0
"""So long after its last refusal an inbox counts as refused, unless a message for it is taken."""


class Refusing:
    """What is refused now. A remedy is due after `ENOUGH` refusals; if the first two change nothing, each further one waits
    twice as long as the one before: an inbox that is full for good must not cost everybody the connection."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}
        self._in_a_row: Counter[str] = Counter()
        self.remedies = 0

    def refused(self, inbox: str) -> bool:
        """A message for this inbox was refused; whether a remedy is due."""
        self._last[inbox] = self._clock()
        self._in_a_row[inbox] += 1
        if self._in_a_row[inbox] < ENOUGH << max(0, self.remedies - 1):
            return False
        self._in_a_row.clear()
        self.remedies += 1
        return True

    def taken(self, inbox: str) -> None:
        """The broker took a message for this inbox, or said that there is no such inbox."""
        if self._last:
            self._forget(inbox)

    def __bool__(self) -> bool:
        """Whether messages for some inbox are being refused."""
        now = self._clock()
        for inbox in [inbox for inbox, last in self._last.items() if now - last > REMEMBERED_S]:
            self._forget(inbox)
        return bool(self._last)

    def _forget(self, inbox: str) -> None:
        self._last.pop(inbox, None)
        self._in_a_row.pop(inbox, None)
        if not self._last:
            self.remedies = 0
