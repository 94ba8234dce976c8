"""What waits in one queue, in the order in which it goes."""

from __future__ import annotations

from collections.abc import Iterator

from parley_contracts.shapes import Item
from sortedcontainers import SortedDict

LENGTH_OF = ("chat", "call")
"""The kinds that a queue's maximum length is about: e-mails and tasks always get in."""

Key = tuple[int, int, str]


def order(item: Item, points_per_minute: int = 0) -> Key:
    """R4: priority first (higher first), then the time of first entering the queue; waiting adds points where the queue's
    priorities age."""
    aged = points_per_minute * item.waiting_since - item.priority * 60_000
    return (aged, item.waiting_since, item.item)


class Line:
    """The items of a queue that wait. Coming and going cost as much in a long line as in a short one, or nearly."""

    __slots__ = ("_items", "_points", "length")

    def __init__(self, points_per_minute: int) -> None:
        self._points = points_per_minute
        self._items: SortedDict[Key, Item] = SortedDict()
        self.length = 0
        """How many of them count for the queue's maximum length."""

    def __bool__(self) -> bool:
        return bool(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def add(self, item: Item) -> None:
        self._items[order(item, self._points)] = item
        self.length += item.kind in LENGTH_OF

    def remove(self, item: Item) -> None:
        """The item, as it was when it was added, waits no more."""
        del self._items[order(item, self._points)]
        self.length -= item.kind in LENGTH_OF

    def position(self, item: Item) -> int:
        """The place of an item that waits here; the next to go has 1."""
        place: int = self._items.index(order(item, self._points))
        return place + 1

    def age(self, points_per_minute: int) -> None:
        """The queue's priorities age so fast from now on."""
        if points_per_minute != self._points:
            self._points = points_per_minute
            self._items = SortedDict({order(item, points_per_minute): item for item in self})
