"""What is open and what is due: the agenda's rows as they are stored, and a heap of the times at which streams wake up.

A time is never cancelled: when it comes, the state decides whether it still matters.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import Any

from parley_contracts.topology import partition_of

from .store import OpenStream
from .streams import Live


class Agenda:
    """The open streams of one process's partitions."""

    def __init__(self) -> None:
        self._rows: dict[str, OpenStream | None] = {}
        self._times: list[tuple[int, str]] = []

    def begin(self, rows: Iterable[OpenStream]) -> None:
        """A partition is ours, with these open streams."""
        for row in rows:
            self._rows[row.stream] = row
            if row.due is not None:
                heapq.heappush(self._times, (row.due, row.stream))

    def forget(self, partitions: set[int]) -> None:
        """Others own these partitions now; a time that still comes finds nothing of theirs."""
        self._rows = {stream: row for stream, row in self._rows.items() if partition_of(stream) not in partitions}

    def is_news(self, stream: str, row: OpenStream | None) -> bool:
        """Whether a stream's row is another than the stored one; None is the row of a stream that is closed."""
        return row != self._rows.get(stream)

    def stored(self, changes: Mapping[str, OpenStream | None]) -> None:
        """These rows have been stored."""
        for stream, row in changes.items():
            if row is None:
                self._rows.pop(stream, None)
            else:
                self._rows[stream] = row

    def note(self, live: Live[Any], due: int | None) -> None:
        """When a stream is due, by its state."""
        if due is not None and due != live.due:
            heapq.heappush(self._times, (due, live.stream))
        live.due = due

    @property
    def next_at(self) -> int | None:
        """When something is due next (milliseconds since 1970)."""
        return self._times[0][0] if self._times else None

    def is_due(self, at: int) -> bool:
        """Whether something is due at `at`."""
        return bool(self._times) and self._times[0][0] <= at

    def take_due(self, at: int) -> Iterable[str]:
        """The streams that are due at `at`, one after the other, each time once."""
        while self._times and self._times[0][0] <= at:
            yield heapq.heappop(self._times)[1]
