"""What the loop of a service (`group_commit.py`) asks of whom it runs. `deciding.py` answers most of it for every service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from parley_contracts.pages import reply_parts
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Reply, Said, Sender
from parley_contracts.showings import ChatShown, FloorShown
from parley_contracts.topology import gateway_inbox
from parley_contracts.wire import encode

from .store import OpenStream
from .streams import Folding, Live

State = TypeVar("State")


class Out:
    """What is sent once the batch is stored, and after what the batch says to other services; and what the service does next."""

    __slots__ = ("next", "showings")

    def __init__(self) -> None:
        self.showings: list[tuple[str, bytes]] = []
        self.next: list[Message] = []
        """What the service tells itself, for a later batch: others get their turn between."""

    def send(self, inbox: str, message: Message) -> None:
        """Send a message there: a view to a gateway, or a question to a service that must first hear what is said."""
        self.showings.append((inbox, encode(message)))

    def reply(self, tenant: str, sender: Sender, answer: dict[str, Any] | Refused | Reply) -> None:
        """Answer whoever sent a command: with an ack's fields, or with a refusal."""
        reply = answer if isinstance(answer, Reply) else Reply.to(sender, answer)
        inbox = gateway_inbox(sender.gateway)
        self.showings += [(inbox, encoded) for encoded in reply_parts(tenant, reply)]

    def show(
        self, gateways: Iterable[str], shown: ChatShown | FloorShown, sender: Sender | None, reply: Reply | None
    ) -> bool:
        """Show something to these gateways, and with it the answer to the one among them that asked; whether it was among them."""
        plain: bytes | None = None
        answered = False
        for gateway in gateways:
            if sender is not None and reply is not None and gateway == sender.gateway:
                answered = True
                continue
            if plain is None:
                plain = encode(shown)
            self.showings.append((gateway_inbox(gateway), plain))
        if answered and sender is not None:
            # Not a copy of it, which would cost more than the encoding: nobody else is shown it after this.
            shown.__dict__["reply"] = reply
            self.send(gateway_inbox(sender.gateway), shown)
        return answered


class Presence(Protocol[State]):
    """What a service keeps in memory only: who is there, and who watches what."""

    def handle_partition(
        self, message: Message, at: int, peek: Callable[[str], Live[State] | None], out: Out
    ) -> list[Message]:
        """A message about a whole partition: what follows from it, as messages about streams.

        `peek` gives a stream's live state, None when it is not in memory.
        """

    def partitions_taken(self, agenda: list[OpenStream], at: int) -> None:
        """This process owns a partition now, with these open streams."""

    def partitions_lost(self, partitions: set[int]) -> None:
        """This process does not own these any more: what it knew of them by hearsay is old from now on."""

    def paused(self, ms: int) -> None:
        """This process did nothing for so long: who was heard of before has not been silent, the process was deaf."""

    def every_second(self, at: int) -> list[Message]:
        """Messages to itself, such as that somebody has not been heard of for too long."""


class Service(Folding[State], Presence[State], Protocol[State]):
    """What the loop asks: the service's name, how it folds, what it does with a message, what it says, what is due."""

    def inbox(self, partition: int) -> str:
        """The inbox of a partition."""

    def stream_of(self, message: Message) -> str | None:
        """The stream that a message is about; None for one about a whole partition (a gateway's lease)."""

    def handle(self, live: Live[State], message: Message, at: int, out: Out) -> None:
        """Decide, `live.apply` what happens, show what must be shown. Refusals are shown too, not raised."""

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        """What an event says to other services; from the event alone, because after a crash there is nothing else."""

    def hears(self, stream: str, item: str | None) -> list[str]:
        """The inboxes to which an event of a stream may speak, of which nothing is known but what it is about (None: nor that)."""

    def due(self, state: State) -> int | None:
        """When something is due in this stream by itself (milliseconds since 1970)."""

    def agenda(self, live: Live[State]) -> OpenStream | None:
        """Its row in the agenda; None when the stream is closed for good."""
