"""What a service tells the loop that it runs in (`group_commit.py`): its names, its folding, its handling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from parley_contracts.shapes import Message, Said
from parley_contracts.wire import encode

from .store import Due
from .streams import Folding, Live

State = TypeVar("State")


class Out:
    """Where a service puts what it wants shown to gateways once the batch is stored."""

    __slots__ = ("showings",)

    def __init__(self) -> None:
        self.showings: list[tuple[str, bytes]] = []

    def show(self, inbox: str, message: Message) -> None:
        """Send `message` there once this batch is stored, and after what the batch says to other services."""
        self.showings.append((inbox, encode(message)))


class Service(Folding[State], Protocol[State]):
    """What a service tells the loop: its names, its folding, and its handling."""

    name: str

    def inbox(self, partition: int) -> str:
        """The inbox of a partition."""

    def stream_of(self, message: Message) -> str | None:
        """The stream that a message is about; None for one about a whole partition (a gateway's lease)."""

    def handle(self, live: Live[State], message: Message, at: int, out: Out) -> None:
        """Decide, `live.apply` what happens, show what must be shown. Refusals are shown too, not raised."""

    def handle_wide(self, message: Message, at: int, peek: Callable[[str], Live[State] | None]) -> list[Message]:
        """A message about a whole partition: what follows from it, as messages about streams.

        `peek` is a stream's live state, None when it is not in memory.
        """

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        """What an event says to other services; from the event alone, because after a crash there is nothing else."""

    def due(self, state: State) -> int | None:
        """When something is due in this stream by itself (milliseconds since 1970)."""

    def agenda(self, live: Live[State]) -> Due | None:
        """Its row in the agenda; None when the stream is closed for good."""

    def took_over(self, agenda: list[Due], at: int) -> None:
        """This process owns a partition now, with these open streams."""

    def gave_up(self, partitions: set[int]) -> None:
        """This process does not own these any more: what it knew of them by hearsay is old from now on."""

    def stood_still(self, ms: int) -> None:
        """This process did nothing for so long: who was heard of before has not been silent, it was deaf."""

    def reflect(self, at: int) -> list[Message]:
        """Called every second: messages to itself, such as that somebody has not been heard of for too long."""
