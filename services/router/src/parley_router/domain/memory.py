"""What a floor remembers of what is over, for seven days: so whatever is sent again gets the same answer (R30).

A time, not a number: what a client may send again does not depend on how much others have done meanwhile. Both are kept
small, an item as its bytes and a command as sixteen of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from hashlib import blake2b

import msgspec

from .state import Day, WorkItem

DAY_MS = 86_400_000
KEPT_DAYS = 7
KEPT_MS = KEPT_DAYS * DAY_MS

_item_from = msgspec.msgpack.Decoder(WorkItem)
_kept_from = msgspec.msgpack.Decoder(list[tuple[str, int, bytes]])
_bytes_of = msgspec.msgpack.Encoder()


class ClosedItems(Mapping[str, WorkItem]):
    """The items that were closed within seven days, by name, the one that was closed longest ago first. Each is read anew
    whenever it is asked for."""

    def __init__(self, frozen: bytes = b"") -> None:
        kept = _kept_from.decode(frozen) if frozen else []
        self._kept: OrderedDict[str, tuple[int, bytes]] = OrderedDict((name, (at, item)) for name, at, item in kept)

    def add(self, item: WorkItem) -> None:
        """This item is closed."""
        self._kept[item.item] = (item.changed_at, _bytes_of.encode(item))

    def forget(self, now: int) -> None:
        """Those that have been closed for longer."""
        while self._kept and next(iter(self._kept.values()))[0] < now - KEPT_MS:
            self._kept.popitem(last=False)

    def last(self) -> str | None:
        """The one that was closed last."""
        return next(reversed(self._kept), None)

    def frozen(self) -> bytes:
        """As they are kept in a snapshot: in one piece, so that many cost no more than their bytes."""
        return _bytes_of.encode([(name, at, item) for name, (at, item) in self._kept.items()]) if self._kept else b""

    def __getitem__(self, name: str) -> WorkItem:
        return _item_from.decode(self._kept[name][1])

    def __contains__(self, name: object) -> bool:
        return name in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class Commands:
    """By idempotency key, a digest of the command that was carried out, for seven days or a day longer.

    Those of today are in a dictionary; those of each day before, in order, in two arrays.
    """

    def __init__(self, days: list[Day] | None = None) -> None:
        self._day = 0
        self._today: dict[int, int] = {}
        self._before: list[tuple[int, array[int], array[int]]] = []
        for day in days or ():
            self._before.append((day.day, array("Q", day.keys), array("Q", day.digests)))
        if self._before:
            self._day, keys, digests = self._before.pop()
            self._today = dict(zip(keys, digests, strict=True))

    def add(self, key: str, digest: int, now: int) -> None:
        """This command has had its effect; `now` never goes back."""
        day = now // DAY_MS
        if day > self._day:
            if self._today:
                self._before.append(self._packed())
            self._before = [kept for kept in self._before if kept[0] >= day - KEPT_DAYS]
            self._day, self._today = day, {}
        self._today[_number(key)] = digest

    def get(self, key: str) -> int | None:
        """The digest of the command of this key; None when there was none."""
        number = _number(key)
        if (digest := self._today.get(number)) is not None:
            return digest
        for _, keys, digests in reversed(self._before):
            place = bisect_left(keys, number)
            if place < len(keys) and keys[place] == number:
                return digests[place]
        return None

    def frozen(self) -> list[Day]:
        """As they are kept in a snapshot: the last one is today."""
        days = [*self._before, *([self._packed()] if self._today else [])]
        return [Day(day=day, keys=keys.tobytes(), digests=digests.tobytes()) for day, keys, digests in days]

    def _packed(self) -> tuple[int, array[int], array[int]]:
        keys = sorted(self._today)
        return self._day, array("Q", keys), array("Q", [self._today[key] for key in keys])

    def __len__(self) -> int:
        return len(self._today) + sum(len(keys) for _, keys, _ in self._before)


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
