"""What a consumer has taken of each source: once, in order, without a gap, and only from the life of the log that is now.

A source's messages carry their place and the place of the one before (`Said`). What is known already is passed over; what does
not go on from what is known is left, and its writer is told from where on it has to be said again (R30, R34). How far
everything has been stored is answered to whoever asks (`Tide`).
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from time import monotonic
from typing import Literal

from parley_contracts.commands import Taken, Tide
from parley_contracts.shapes import Message, Said
from parley_contracts.topology import writer_inbox
from parley_contracts.wire import encode

from .letters import Unread, instead_of

TOLD_AGAIN_S = 2.0

Verdict = Literal["take", "known", "gap"]
Parcel = tuple[str, bytes]


class Taking:
    """Of one consumer. `positions`: how far each source has been stored; `passed`: what is kept as a letter, to be stored with
    the next batch, so that what is behind it does not wait for it for ever."""

    def __init__(self) -> None:
        self.timeline = ""
        self.positions: dict[str, int] = {}
        self.passed: dict[str, int] = {}
        self._told: dict[str, float] = {}

    @staticmethod
    def source(message: Said | Tide, partition: int) -> str:
        """The name under which the source of a message is counted that came for a partition."""
        return f"{message.source}>{partition}"

    def known(self, source: str, begun: Mapping[str, int]) -> int:
        """How far a source has been taken, with what is in hand but not stored yet."""
        return max(begun.get(source, 0), self.passed.get(source, 0), self.positions.get(source, 0))

    def judge(self, message: Said, source: str, begun: Mapping[str, int]) -> Verdict:
        """What is to be done with something that was said."""
        known = self.known(source, begun)
        if message.position <= known:
            return "known"
        return "gap" if (message.before or 0) > known else "take"

    def lacks(self, message: Said, source: str, inbox: str, begun: Mapping[str, int]) -> Parcel | None:
        """What the writer is told about a gap; None where it has been told lately."""
        now = monotonic()
        if now - self._told.get(source, 0.0) < TOLD_AGAIN_S:
            return None
        self._told[source] = now
        return self._taken(message.source, self.known(source, begun), inbox, lacks=True)

    def answer(self, tide: Tide, source: str, begun: Mapping[str, int]) -> Parcel | None:
        """What a writer is answered that asks how far it has been taken; None where it is of another life."""
        if (tide.timeline or "") != self.timeline:
            return None
        known = self.known(source, begun)
        return self._taken(tide.source, min(known, tide.position), tide.inbox, lacks=known < tide.position)

    def _taken(self, source: str, position: int, inbox: str, *, lacks: bool) -> Parcel | None:
        to = writer_inbox(source)
        if to is None:
            return None
        told = Taken(
            tenant="", source=source, timeline=self.timeline or None, position=position, inbox=inbox, lacks=lacks
        )
        return to, encode(told)

    def put_aside(self, message: Message, partition: int | None) -> None:
        """A message that could not be taken is kept as a letter: what is behind it goes on."""
        if isinstance(message, Said) and partition is not None and message.source:
            source = self.source(message, partition)
            self.passed[source] = max(message.position, self.passed.get(source, 0))

    def forget(self, partitions: set[int]) -> None:
        """Others take what comes for these from now on."""
        self.passed = {source: at for source, at in self.passed.items() if _partition(source) not in partitions}

    def passed_in(self, partitions: Container[int]) -> dict[str, int]:
        """What was put aside of these partitions, and is to be stored as passed."""
        return {source: at for source, at in self.passed.items() if _partition(source) in partitions}

    def stored(self, positions: Mapping[str, int]) -> None:
        """So far everything has been stored."""
        self.positions.update(positions)
        self.passed = {source: place for source, place in self.passed.items() if place > self.positions.get(source, 0)}

    def of_this_life(self, messages: list[Message]) -> list[Message]:
        """What comes from another life of its log is never taken for known: something stands in its place, to be kept apart."""
        return [self._other(one) if self._is_other(one) else one for one in messages]

    def _is_other(self, message: Message) -> bool:
        return isinstance(message, Said) and bool(message.source) and (message.timeline or "") != self.timeline

    def _other(self, message: Message) -> Unread:
        timeline = getattr(message, "timeline", None) or "the first"
        reason = f"it is of timeline {timeline!r}, not {self.timeline or 'the first'!r}"
        return instead_of(message, "other_timeline", reason)


def _partition(source: str) -> int:
    return int(source.rpartition(">")[2])
