"""What this process remembers of what clients send: so much at most, whoever sends how much."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from parley_contracts.refusal import Refused

from .metrics import LIMITED

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MOST_KEYS = 10_000


class Bounded(Generic[Key, Value]):
    """The last `most` keys that were looked up or set, with their values; beyond that the longest unused goes."""

    __slots__ = ("_kept", "most")

    def __init__(self, most: int = 0) -> None:
        self.most = most or MOST_KEYS
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The key's value, which is used now; None where there is none, or none any more."""
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def set(self, key: Key, value: Value) -> Value:
        """Remember a value; the same one is returned."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return value

    def forget(self, key: Key) -> None:
        """There is nothing to be remembered of this key."""
        self._kept.pop(key, None)

    def items(self) -> Iterator[tuple[Key, Value]]:
        """What is remembered, the longest unused first."""
        return iter(list(self._kept.items()))

    def __len__(self) -> int:
        return len(self._kept)


class Places:
    """How many are here at the same time, by key. `most` 0: as many as come. What is remembered ends with who is here."""

    __slots__ = ("_here", "_most", "_told")

    def __init__(self, most: int, told: str) -> None:
        self._most, self._told = most, told
        self._here: dict[Hashable, int] = {}

    def enter(self, key: Hashable) -> None:
        """One more. Raises Refused `rate_limited`."""
        if 0 < self._most <= self._here.get(key, 0):
            LIMITED.labels("sockets").inc()
            raise Refused("rate_limited", self._told, retry_after_s=10)
        self._here[key] = self._here.get(key, 0) + 1

    def leave(self, key: Hashable) -> None:
        """One less, of those who entered."""
        left = self._here.pop(key) - 1
        if left:
            self._here[key] = left
