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
from collections.abc import Callable
from typing import Any

from aio_pika import Channel, RobustConnection
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import DeliveryError, PublishError
from aiormq import spec
from aiormq.exceptions import ChannelPreconditionFailed
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from parley_contracts.topology import ANNOUNCEMENTS
from yarl import URL

from .addresses import addresses_of
from .channels import Channels, KeptChannel
from .losing import LOST, lost_or_done, only_our_cancellation, until_done
from .port import DELIVERY_LIMIT, Bus, BusDown, Handler, Inbox, NoSuchInbox, TooLarge
from .refusing import Refusing

CONFIRM_TIMEOUT_S = 15.0
STREAM_KEEPS = "7D"
STREAM_BYTES = 2_000_000_000

NO_LIMIT = 1 << 40
TOO_LARGE = re.compile(r"larger than (?:configured )?max size (\d+)")
"""How the broker refuses a message for its size."""

log = logging.getLogger("parley.bus")

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

    async def plain(self, *, confirms: bool) -> Channel:
        """A channel that is open, and that nobody but us opens anew. Raises LOST."""
        await self.connected.wait()
        channel = Channel(self, publisher_confirms=confirms, on_return_raises=confirms)
        await channel.initialize()
        return channel


async def _announces(channel: Channel) -> None:
    """The exchange of announcements is there; a broker that was replaced by an empty one has none."""
    await channel.declare_exchange(ANNOUNCEMENTS, "fanout", durable=True)


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
        with lost_or_done("an acknowledgement came too late, the message comes again"):
            await self._message.channel.basic_ack(self._message.delivery_tag or 0, wait=False)


class _Consumer:
    """One consumer on a channel of its own, because the prefetch is the channel's."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._channel: KeptChannel | None = None
        self.closed = False

    async def begin(self, channel: KeptChannel) -> None:
        """Consume on this channel. Raises LOST."""
        self._channel = await channel.opened()

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
        if self._channel is not None:
            with lost_or_done("a consumer went with its connection"):
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
        self._channels = Channels(self._returned)
        self._out: Any = None
        self._returning: list[Callable[[], None]] = []
        self._dead_inboxes: set[str] = set()
        self._answers = True
        self._most_bytes = NO_LIMIT
        self._refusing = Refusing()
        self._remedying = False

    async def start(self) -> None:
        await until_done(self._start, "the broker does not answer yet")

    async def _start(self) -> None:
        bare = str(self._addresses[0].with_query(None))
        self._broker = RabbitBroker(bare, timeout=self._connect_within_s, apply_types=False, logger=None)
        # FastStream hands it on to aio-pika's `connect_robust`, and has no parameter for it.
        self._broker._connection_kwargs["connection_class"] = self._make
        try:
            await self._broker.start()
            await self._broker.declare_exchange(_ANNOUNCEMENTS)
            connection = await self._broker.connect()
            self._out = await self._out_of(self._channels, connection)
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
    async def _out_of(channels: Channels, connection: Any) -> KeptChannel:
        async def open() -> AbstractChannel:
            channel = await connection.plain(confirms=True)
            await _announces(channel)
            return channel  # type: ignore[no-any-return]

        return await KeptChannel(channels, open, "what is sent").opened()

    async def _leave(self) -> None:
        await self._channels.tasks.stop()
        if self._broker is not None:
            with lost_or_done("the connection was lost before it was closed"):
                await self._broker.stop()
        while self._made:
            with lost_or_done("the connection was lost before it was closed"):
                await self._made.pop().close()

    async def stop(self) -> None:
        await self._leave()
        self._connection = None

    async def declare(self, inbox: Inbox) -> None:
        await self._declare_dead(inbox)
        await until_done(lambda: self._declare(inbox), "not declared yet", inbox=inbox.name)

    async def _declare_dead(self, inbox: Inbox) -> None:
        if inbox.dead is not None and inbox.dead not in self._dead_inboxes:
            self._dead_inboxes.add(inbox.dead)
            await self.declare(Inbox(inbox.dead, "shared"))

    async def _declare(self, inbox: Inbox) -> None:
        async with asyncio.timeout(CONFIRM_TIMEOUT_S):
            channel = await self._connection.plain(confirms=True)
            try:
                await channel.declare_queue(**_queue(inbox))
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
                with only_our_cancellation():
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
            with lost_or_done("the connection was lost before it was opened anew"):
                async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                    await (self._open_channel_anew(inbox) if self._refusing.remedies == 1 else self._reconnect(inbox))
        finally:
            self._remedying = False

    async def _open_channel_anew(self, inbox: str) -> None:
        log.warning("the broker refuses messages, the channel is opened anew", extra={"inbox": inbox})
        await self._out.end()

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
        consumer = _Consumer(handler)
        channel = KeptChannel(
            self._channels, lambda: self._consuming(inbox, consumer, prefetch, arguments or None), inbox.name
        )
        await until_done(lambda: consumer.begin(channel), "not consumed yet", inbox=inbox.name)
        return consumer

    async def _consuming(
        self, inbox: Inbox, consumer: _Consumer, prefetch: int, arguments: dict[str, Any] | None
    ) -> AbstractChannel:
        channel: Channel = await self._connection.plain(confirms=False)
        try:
            await channel.set_qos(prefetch)
            queue = await channel.declare_queue(**_queue(inbox))
            if inbox.kind == "private" and inbox.hears:
                await _announces(channel)
                await queue.bind(ANNOUNCEMENTS)
            await queue.consume(consumer.take, arguments=arguments)
        except BaseException:
            with lost_or_done("a channel went with its connection"):
                await channel.close()
            raise
        return channel

    def on_return(self, callback: Callable[[], None]) -> None:
        self._returning.append(callback)

    def _returned(self) -> None:
        for callback in self._returning:
            callback()

    def healthy(self) -> bool:
        connection = self._connection
        reached = connection is not None and connection.connected.is_set() and self._answers
        return reached and bool(self._channels) and not self._refusing
