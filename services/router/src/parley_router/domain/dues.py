"""What comes by itself, and when: limits of wrap-ups, the ends of ringing and of grace periods, another look at a queue."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from .state import Due


class Dues:
    """Noted when it is known, and dropped where it is not so any more: `due_of` says when something of a kind and name is due
    now, None when it is not."""

    def __init__(self, due_of: Callable[[str, str], int | None]) -> None:
        self._due_of = due_of
        self._wrap_ups: list[Due] = []
        self._others: list[Due] = []

    def note(self, due: Due) -> None:
        """This is due."""
        heapq.heappush(self._wrap_ups if due.kind == "wrap_up" else self._others, due)

    def next(self) -> int | None:
        """When something is due next."""
        tops = [due.at for heap in (self._wrap_ups, self._others) if (due := self._top(heap)) is not None]
        return min(tops, default=None)

    def overdue(self, at: int) -> Due | None:
        """What is due at `at`, one after the other, as they have their effect: wrap-ups first, since one that has reached
        its limit was completed then, while whoever is away is logged out only now."""
        for heap in (self._wrap_ups, self._others):
            due = self._top(heap)
            if due is not None and due.at <= at:
                return due
        return None

    def _top(self, heap: list[Due]) -> Due | None:
        while heap:
            if self._due_of(heap[0].kind, heap[0].name) == heap[0].at:
                return heap[0]
            heapq.heappop(heap)
        return None
