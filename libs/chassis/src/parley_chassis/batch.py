"""What a batch is made of, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from parley_contracts.shapes import Message

from .letters import Letter
from .service import Out
from .streams import Live


class Arrived(NamedTuple):
    """A message and the partition that it came for; None for what the service tells itself. `letter`: it is tried again."""

    partition: int | None
    message: Message
    letter: Letter | None = None


@dataclass
class Batch:
    """What the messages of one batch come to; `taken` are those that it is about."""

    out: Out = field(default_factory=Out)
    touched: dict[str, Live[Any]] = field(default_factory=dict)
    partitions: set[int] = field(default_factory=set)
    tracking: dict[str, int] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    taken: list[Arrived] = field(default_factory=list)

    def tell(self, parcel: tuple[str, bytes] | None) -> None:
        """Send this once the batch is stored, if there is something to send."""
        if parcel is not None:
            self.out.showings.append(parcel)

    def passes(self, source: str, position: int, partition: int) -> None:
        """What was said there is behind us with this batch."""
        self.tracking[source] = max(position, self.tracking.get(source, 0))
        self.partitions.add(partition)

    def settles(self, letter: Letter | None) -> None:
        """This letter has been taken after all."""
        if letter is not None:
            self.settled.append(letter.number)
            self.partitions.add(letter.partition)

    def keeps(self, letter: Letter) -> None:
        """This cannot be taken, and is kept."""
        self.letters.append(letter)
        self.partitions.add(letter.partition)


class Failure(NamedTuple):
    """Why a batch ended before its end; `of_the_first`: the first message that is left is the one that failed."""

    error: BaseException
    of_the_first: bool
