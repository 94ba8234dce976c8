"""The bus on RabbitMQ: quorum inboxes, confirms, manual acknowledgement, a connection that returns.

FastStream keeps the connection and the exchange; messages go by aio-pika and the channel beneath it, at half the cost
(docs/adr/0009). What the defaults would lose is set here, in one place: messages are persistent, an unroutable one is an
error, nothing is acknowledged before its effect is stored. Of several addresses the next one is tried whenever one cannot
be reached, is lost, or refuses messages for too long (docs/adr/0017).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aio_pika import RobustConnection
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError, PublishError
from aiormq import spec
from aiormq.exceptions import ChannelPreconditionFailed
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from parley_contracts.topology import ANNOUNCEMENTS
from yarl import URL

from .addresses import addresses_of
from .port import DELIVERY_LIMIT, Bus, BusDown, Handler, Inbox, NoSuchInbox, TooLarge
from .refusing import Refusing

LOST = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""What a lost connection may raise, whatever is done on it just then. By the library's own list, with the RuntimeError of
what was not opened yet or is closed already."""

CONFIRM_TIMEOUT_S = 15.0
TRY_AGAIN_S = 1.0
STREAM_KEEPS = "7D"
STREAM_BYTES = 2_000_000_000

NO_LIMIT = 1 << 40
TOO_LARGE = re.compile(r"larger than (?:configured )?max size (\d+)")
"""How the broker refuses a message for its size."""

log = logging.getLogger("parley.bus")
T = TypeVar("T")

_ANNOUNCEMENTS = RabbitExchange(ANNOUNCEMENTS, type=ExchangeType.FANOUT, durable=True)


def _queue(inbox: Inbox) -> dict[str, Any]:
    """How an inbox is declared."""
    if inbox.kind == "private":
        # Not durable is allowed only together with exclusive: RabbitMQ 4.3 refuses the other.
        return {"name": inbox.name, "durable": False, "exclusive": True, "arguments": None}
    if inbox.kind == "stream":
        arguments: dict[str, Any] = {
            "x-queue-type": "stream",
            "x-max-age": STREAM_KEEPS,
            "x-max-length-bytes": STREAM_BYTES,
        }
        return {"name": inbox.name, "durable": True, "arguments": arguments}
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}
    if inbox.kind == "durable":
        arguments["x-single-active-consumer"] = True
    if inbox.dead is not None:
        arguments |= {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": inbox.dead}
    return {"name": inbox.name, "durable": True, "arguments": arguments}


@contextmanager
def _only_our_cancellation() -> Iterator[None]:
    """A connection that is given up as stuck cancels whatever waits for it: for who waits that is a lost connection, and
    not the end of its own task. Raises ConnectionError then."""
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionError("the connection was given up") from error


@contextmanager
def _lost_or_done(otherwise: str) -> Iterator[None]:
    """For what a lost connection makes needless: `otherwise` is what is noted then."""
    try:
        with _only_our_cancellation():
            yield
    except LOST as error:
        log.info(otherwise, extra={"reason": str(error)})


async def _until_done(attempt: Callable[[], Awaitable[T]], meanwhile: str, **about: Any) -> T:
    """Again and again until the broker has done it: a connection that is lost comes back by itself."""
    while True:
        try:
            with _only_our_cancellation():
                return await attempt()
        except LOST as error:
            # A broker that has just come back may need a moment until its inboxes have leaders again.
            log.warning(meanwhile, extra={**about, "reason": str(error) or type(error).__name__})
            await asyncio.sleep(TRY_AGAIN_S)


class _Connection(RobustConnection):
    """Goes to the next of `addresses`, which begin with the one that is tried now, when one cannot be reached or is lost."""

    def __init__(self, addresses: deque[URL]) -> None:
        super().__init__(addresses[0])
        self._addresses = addresses

    async def _on_connection_close(self, closing: asyncio.Future[Any]) -> None:
        # The library calls it for an attempt that failed as well.
        if not self.close_called:
            reason = None if closing.cancelled() else closing.exception()
            about = {"broker": f"{self.url.host}:{self.url.port or ''}", "reason": str(reason)}
            log.warning("a broker is lost, or cannot be reached", extra=about)
            self._addresses.rotate(-1)
            self.url = self._addresses[0]
        await super()._on_connection_close(closing)


class _Delivery:
    __slots__ = ("_consumer", "_message", "body", "headers", "redelivered", "returned")

    def __init__(self, message: AbstractIncomingMessage, consumer: _Consumer) -> None:
        self._message, self._consumer = message, consumer
        self.body: bytes = message.body
        self.headers: dict[str, object] = message.headers  # type: ignore[assignment]
        self.redelivered = bool(message.redelivered)
        returned = self.headers.get("x-delivery-count", 0)
        self.returned = returned if isinstance(returned, int) else 0

    async def ack(self) -> None:
        if self._consumer.closed:
            return  # it has been given back
        with _lost_or_done("an acknowledgement came too late, the message comes again"):
            await self._message.channel.basic_ack(self._message.delivery_tag or 0, wait=False)


class _Consumer:
    """One consumer on a channel of its own, because the prefetch is the channel's."""

    def __init__(self, channel: AbstractChannel, handler: Handler) -> None:
        self._channel, self._handler = channel, handler
        self.closed = False

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Called in the order of arrival; a consumer that is closed takes nothing."""
        if not self.closed:
            try:
                await self._handler(_Delivery(message, self))
            except Exception:  # what is beneath would say nothing
                log.exception("a delivery could not be taken", extra={"inbox": message.routing_key})

    async def cancel(self) -> None:
        # With its channel all that is not acknowledged goes back to its place at once.
        self.closed = True
        with _lost_or_done("a consumer went with its connection"):
            await self._channel.close()


class RabbitBus(Bus):
    """One process's connection to RabbitMQ at `url` (`amqp://user:password@host:port/vhost`, or several: `addresses.py`)."""

    breath_s = 0.005

    def __init__(self, url: str) -> None:
        self._addresses = deque(addresses_of(url))
        self._connect_within_s = float(self._addresses[0].query["timeout"])
        self._broker: RabbitBroker | None = None
        self._made: list[_Connection] = []
        self._connection: Any = None
        self._out: Any = None
        self._announcements: Any = None
        self._returning: list[Callable[..., None]] = []
        self._dead_inboxes: set[str] = set()
        self._answers = True
        self._most_bytes = NO_LIMIT
        self._refusing = Refusing()
        self._remedying = False

    async def start(self) -> None:
        await _until_done(self._start, "the broker does not answer yet")

    async def _start(self) -> None:
        bare = str(self._addresses[0].with_query(None))
        self._broker = RabbitBroker(bare, timeout=self._connect_within_s, apply_types=False, logger=None)
        # FastStream hands it on to aio-pika's `connect_robust`, and has no parameter for it.
        self._broker._connection_kwargs["connection_class"] = self._make
        try:
            await self._broker.start()
            self._announcements = await self._broker.declare_exchange(_ANNOUNCEMENTS)
            connection = await self._broker.connect()
            self._out = await self._out_of(connection)
            self._connection = connection
        except BaseException:
            await self._leave()
            raise

    def _make(self, *_: Any, **__: Any) -> _Connection:
        """A connection by what its own address says."""
        made = _Connection(self._addresses)
        self._made.append(made)
        return made

    @staticmethod
    async def _out_of(connection: Any) -> Any:
        return await connection.channel(publisher_confirms=True, on_return_raises=True)

    async def _leave(self) -> None:
        if self._broker is not None:
            with _lost_or_done("the connection was lost before it was closed"):
                await self._broker.stop()
        while self._made:
            with _lost_or_done("the connection was lost before it was closed"):
                await self._made.pop().close()

    async def stop(self) -> None:
        await self._leave()
        self._connection = None

    async def declare(self, inbox: Inbox) -> None:
        await self._declare_dead(inbox)
        await _until_done(lambda: self._declare(inbox), "not declared yet", inbox=inbox.name)

    async def _declare_dead(self, inbox: Inbox) -> None:
        if inbox.dead is not None and inbox.dead not in self._dead_inboxes:
            self._dead_inboxes.add(inbox.dead)
            await self.declare(Inbox(inbox.dead, "shared"))

    async def _declare(self, inbox: Inbox) -> None:
        async with asyncio.timeout(CONFIRM_TIMEOUT_S):
            channel = await self._connection.channel()
            try:
                await channel.declare_queue(**_queue(inbox), robust=False)
            finally:
                if not channel.is_closed:
                    await channel.close()

    async def publish(self, inbox: str, body: bytes, headers: dict[str, object] | None = None) -> None:
        await self._publish(body, headers=headers, routing_key=inbox, mandatory=True)

    async def announce(self, body: bytes) -> None:
        # Nobody there to hear it is no error.
        await self._publish(body, exchange=ANNOUNCEMENTS, mandatory=False)

    async def _publish(self, body: bytes, headers: Any = None, **options: Any) -> None:
        if len(body) > self._most_bytes:
            raise TooLarge(f"{len(body)} bytes are more than the broker's {self._most_bytes}")
        properties = spec.Basic.Properties(content_type="application/json", delivery_mode=2, headers=headers)
        to = str(options.get("routing_key", ANNOUNCEMENTS))
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                with _only_our_cancellation():
                    channel = await self._out.get_underlay_channel()
                    await channel.basic_publish(body, properties=properties, wait=False, **options)
                    self._answers = True
                    self._refusing.taken(to)
        except (PublishError, DeliveryError) as error:
            if type(error.frame).__name__ == "Nack":
                await self._refused(to)
                raise BusDown("the broker refused the message") from error
            self._refusing.taken(to)
            raise NoSuchInbox(to) from error
        except LOST as error:
            # A channel that is closed for the size of a message takes with it whatever else is on its way there: so the
            # broker is asked only once.
            if isinstance(error, ChannelPreconditionFailed) and (limit := TOO_LARGE.search(str(error))) is not None:
                self._most_bytes = int(limit[1])
                raise TooLarge(str(error)) from error
            self._answers = False
            raise BusDown(f"{type(error).__name__}: {error}") from error

    async def _refused(self, inbox: str) -> None:
        """After several refusals in a row the channel is opened anew; if that changes nothing, the connection is."""
        if self._remedying or not self._refusing.refused(inbox):
            return
        self._remedying = True
        try:
            with _lost_or_done("the connection was lost before it was opened anew"):
                async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                    await (self._open_channel_anew(inbox) if self._refusing.remedies == 1 else self._reconnect(inbox))
        finally:
            self._remedying = False

    async def _open_channel_anew(self, inbox: str) -> None:
        log.warning("the broker refuses messages, the channel is opened anew", extra={"inbox": inbox})
        before, self._out = self._out, await self._out_of(self._connection)
        await before.close()

    async def _reconnect(self, inbox: str) -> None:
        log.warning("the broker refuses messages, the connection is opened anew", extra={"inbox": inbox})
        transport = self._connection.transport
        if transport is not None:
            await transport.connection.close(ConnectionError("the broker refused messages"))

    async def consume(self, inbox: Inbox, handler: Handler, prefetch: int = 200, priority: int = 0) -> _Consumer:
        await self._declare_dead(inbox)
        arguments: dict[str, Any] = {"x-stream-offset": "first"} if inbox.kind == "stream" else {}
        if priority:
            arguments["x-priority"] = priority
        return await _until_done(
            lambda: self._consume(inbox, handler, prefetch, arguments), "not consumed yet", inbox=inbox.name
        )

    async def _consume(self, inbox: Inbox, handler: Handler, prefetch: int, arguments: dict[str, Any]) -> _Consumer:
        async with asyncio.timeout(CONFIRM_TIMEOUT_S):
            channel = await self._connection.channel(publisher_confirms=False)
            consumer = _Consumer(channel, handler)
            try:
                await channel.set_qos(prefetch)
                queue = await channel.declare_queue(**_queue(inbox))
                if inbox.kind == "private":
                    await queue.bind(self._announcements)
                await queue.consume(consumer.take, arguments=arguments or None)
            except BaseException:
                await consumer.cancel()
                raise
            return consumer

    def on_return(self, callback: Callable[[], None]) -> None:
        def returned(*_: Any) -> None:
            callback()

        self._connection.reconnect_callbacks.add(returned)
        self._returning.append(returned)  # the connection keeps only weak references

    def healthy(self) -> bool:
        connection = self._connection
        reached = connection is not None and connection.connected.is_set() and self._answers
        return reached and not self._refusing
