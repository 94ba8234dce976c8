"""The lines from a writer's partitions to the inboxes that they tell: what has been said there last, and how far it has been taken.

What is said carries the position of what was said there before it (`Said.before`), so that whoever takes it sees that something
is missing. Now and then a line's end is told as well (`Tide`); the answer (`Taken`) says how far the line has been stored. What a
lost broker had is so noticed by itself, and said again from the log (`resaying.py`).

Each few seconds the lines are saved as they are at one position of the log. After a crash they are brought from there to where
the log has been said by looking at it once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

from parley_contracts.commands import Taken, Tide
from parley_contracts.wire import encode

TIDE_AGAIN_S, SELDOM_S = 10.0, 80.0
"""An answer that has not come for so long is asked for again, then after twice as long each time, up to the second; at once where
the broker was lost."""


class LineRow(NamedTuple):
    """A line as the store keeps it."""

    inbox: str
    said: int
    taken: int


class _Line:
    __slots__ = ("again_s", "asked", "asked_at", "behind_since", "said", "taken")

    def __init__(self, said: int = 0, taken: int = 0) -> None:
        self.said, self.taken = said, taken
        self.asked, self.asked_at, self.again_s = 0, 0.0, TIDE_AGAIN_S
        self.behind_since = monotonic()


class Lines:
    """Of one writer: by partition and inbox."""

    def __init__(self, service: str) -> None:
        self._service, self.timeline = service, ""
        self._lines: dict[int, dict[str, _Line]] = {}

    def begin(self, partition: int, rows: Iterable[LineRow]) -> None:
        """The lines of a partition that is ours now, as they were saved."""
        self._lines[partition] = {row.inbox: _Line(row.said, row.taken) for row in rows}

    def forget(self, partitions: Iterable[int]) -> None:
        """Others say these now."""
        for partition in partitions:
            self._lines.pop(partition, None)

    def source(self, partition: int) -> str:
        """The name under which a partition's positions are counted."""
        return f"{self._service}.{partition}"

    def say(self, partition: int, inbox: str, position: int) -> int:
        """Something is said there; the position of what was said there before."""
        lines = self._lines.setdefault(partition, {})
        line = lines.get(inbox)
        if line is None:
            line = lines[inbox] = _Line()
        before = line.said
        if position > before:
            if line.taken >= before:
                line.behind_since = monotonic()
            line.said = position
        return min(before, position)

    def rows(self, partition: int) -> list[LineRow]:
        """The lines as they are to be saved."""
        return [LineRow(inbox, line.said, line.taken) for inbox, line in self._lines.get(partition, {}).items()]

    def all_lost(self) -> None:
        """The broker was away: what was asked may never have been heard."""
        for lines in self._lines.values():
            for line in lines.values():
                line.asked = 0

    def tides(self) -> list[tuple[str, bytes]]:
        """The ends of the lines that have not been taken to their ends, as messages to be sent after all that has been said."""
        now, told = monotonic(), []
        for partition, lines in self._lines.items():
            for inbox, line in lines.items():
                is_asked = line.asked == line.said
                if line.taken < line.said and not (is_asked and now - line.asked_at < line.again_s):
                    line.again_s = min(line.again_s * 2, SELDOM_S) if is_asked else TIDE_AGAIN_S
                    line.asked, line.asked_at = line.said, now
                    tide = Tide(
                        tenant="",
                        source=self.source(partition),
                        timeline=self.timeline or None,
                        position=line.said,
                        inbox=inbox,
                    )
                    told.append((inbox, encode(tide)))
        return told

    def heard(self, taken: Taken, partition: int) -> bool:
        """Somebody has stored a line so far; whether something of it was lost and must be said again."""
        line = self._lines.get(partition, {}).get(taken.inbox)
        if line is None or (taken.timeline or "") != self.timeline:
            return False
        if taken.position > line.taken:
            line.taken, line.behind_since = min(taken.position, line.said), monotonic()
        if taken.lacks:
            line.asked = 0  # whether it has been taken when it has been said again
        return taken.lacks and taken.position < line.said

    def lags(self) -> list[tuple[int, str, float]]:
        """Of each line that has not been taken to its end: partition, inbox, seconds since it has moved."""
        now = monotonic()
        return [
            (partition, inbox, now - line.behind_since)
            for partition, lines in self._lines.items()
            for inbox, line in lines.items()
            if line.taken < line.said
        ]
