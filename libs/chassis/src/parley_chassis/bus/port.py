"""What a service needs of the bus."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

DELIVERY_LIMIT = 20
"""How often a message may come back unacknowledged (a process died holding it) before it is put with the dead letters.

High, because everything that a dying process held is counted, the innocent too; what a handler cannot digest is put
there after 5 tries by the handler's own loop.
"""


class BusDown(Exception):
    """The broker cannot be reached, or did not confirm in time; the message may have arrived or not."""


class NoSuchInbox(Exception):
    """Nobody has such an inbox: a gateway process that is gone, or a name that is wrong."""


class TooLarge(Exception):
    """The broker takes no message of this size, and never will."""


@dataclass(frozen=True)
class Inbox:
    """A broker queue.

    - `durable`: survives a restart of the broker, delivers to one consumer at a time, in order; what cannot be handled
      goes to the inbox `dead`, where one is named.
    - `shared`: durable, but any number of consumers share the work, in no order.
    - `private`: this process's alone, gone with its connection; gets announcements, unless it `hears` none.
    - `stream`: kept for a while and read by position or time, by any number of readers.
    """

    name: str
    kind: Literal["durable", "shared", "private", "stream"] = "durable"
    dead: str | None = None
    hears: bool = True


class Delivery(Protocol):
    """One broker message in somebody's hands until it is acknowledged; unacknowledged it comes back."""

    body: bytes
    headers: dict[str, object]
    redelivered: bool
    returned: int
    """How often it has come back unacknowledged, where the broker counts."""

    async def ack(self) -> None:
        """Done with it. Of a connection that is lost meanwhile, nothing happens: it has been given to another."""


class Consumer(Protocol):
    """Somebody who takes deliveries from an inbox."""

    async def cancel(self) -> None:
        """Take no more; what is not acknowledged goes back to its place."""


Handler = Callable[[Delivery], Awaitable[None]]


class Bus(ABC):
    """A connection to the broker that comes back by itself."""

    breath_s: float = 0.0
    """How far apart departures (messages to an inbox, batches) should be when one follows the other: what a message through
    this broker costs beside what is done with it. Whoever comes after a pause never waits."""

    @abstractmethod
    async def start(self) -> None:
        """Connect; keeps trying until the broker answers."""

    @abstractmethod
    async def stop(self) -> None:
        """Cancel all consumers and disconnect."""

    @abstractmethod
    async def declare(self, inbox: Inbox) -> None:
        """Make an inbox where it is missing, so that what is sent there is kept before anybody reads it."""

    @abstractmethod
    async def publish(self, inbox: str, body: bytes, headers: dict[str, object] | None = None) -> None:
        """Send to an inbox by name; returns when the broker has it safely. Raises NoSuchInbox, TooLarge, BusDown."""

    @abstractmethod
    async def announce(self, body: bytes) -> None:
        """Send to every private inbox. Raises BusDown."""

    @abstractmethod
    async def consume(self, inbox: Inbox, handler: Handler, prefetch: int = 200, priority: int = 0) -> Consumer:
        """Call `handler` with each delivery, in order, at most `prefetch` unacknowledged at a time.

        Of several consumers of a durable inbox one is active; where the broker can (RabbitMQ 4), it is one of the highest
        `priority`, elsewhere the one that came first.
        """

    @abstractmethod
    def on_return(self, callback: Callable[[], None]) -> None:
        """Call `callback` each time a lost connection is there again: what was for private inboxes meanwhile is lost."""

    @abstractmethod
    def healthy(self) -> bool:
        """Whether the broker can be spoken to now."""
