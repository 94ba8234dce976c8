"""The bus on RabbitMQ: quorum inboxes, confirms, manual acknowledgement, a connection that returns.

FastStream keeps the connection and the exchange; messages go by aio-pika and the channel beneath it, at half the cost
(docs/adr/0009). What the defaults would lose is set here, in one place: messages are persistent, an unroutable one is an
error, nothing is acknowledged before its effect is stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, DeliveryError, PublishError
from aiormq import spec
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from parley_contracts.topology import ANNOUNCEMENTS

from .port import DELIVERY_LIMIT, Bus, BusDown, Handler, Inbox, NoSuchInbox

HEARTBEAT_S = 5
"""aiormq gives a connection up after three times this, and a little: a silent broker is noticed within 20 s."""

CONFIRM_TIMEOUT_S = 15.0
STREAM_KEEPS = "7D"
STREAM_BYTES = 2_000_000_000

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


class _Delivery:
    __slots__ = ("_consumer", "_message", "body", "headers", "redelivered")

    def __init__(self, message: AbstractIncomingMessage, consumer: _Consumer) -> None:
        self._message, self._consumer = message, consumer
        self.body: bytes = message.body
        self.headers: dict[str, object] = message.headers  # type: ignore[assignment]
        self.redelivered = bool(message.redelivered)

    async def ack(self) -> None:
        if self._consumer.closed:
            return  # it has been given back
        try:
            with _only_our_cancellation():
                await self._message.channel.basic_ack(self._message.delivery_tag or 0, wait=False)
        except (AMQPError, ConnectionError, RuntimeError) as error:
            log.info("an acknowledgement came too late, the message comes again", extra={"reason": str(error)})


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
        try:
            with _only_our_cancellation():
                await self._channel.close()
        except (AMQPError, ConnectionError, RuntimeError) as error:
            log.info("a consumer went with its connection", extra={"reason": str(error)})


class RabbitBus(Bus):
    """One process's connection to RabbitMQ at `url` (`amqp://user:password@host:port/vhost`)."""

    breath_s = 0.005

    def __init__(self, url: str) -> None:
        separator = "&" if "?" in url else "?"
        self._broker = RabbitBroker(
            f"{url}{separator}heartbeat={HEARTBEAT_S}",
            reconnect_interval=1.0,
            timeout=10.0,
            apply_types=False,
            logger=None,
        )
        self._connection: Any = None
        self._out: Any = None
        self._announcements: Any = None
        self._returning: list[Callable[..., None]] = []
        self._dead_inboxes: set[str] = set()
        self._answers = True

    async def start(self) -> None:
        while self._connection is None:
            try:
                await self._broker.start()
                self._connection = await self._broker.connect()
            except (OSError, AMQPError, TimeoutError) as error:
                log.warning("the broker does not answer yet", extra={"reason": str(error)})
                await asyncio.sleep(1)
        self._announcements = await self._broker.declare_exchange(_ANNOUNCEMENTS)
        self._out = await self._connection.channel(publisher_confirms=True, on_return_raises=True)

    async def stop(self) -> None:
        await self._broker.stop()
        self._connection = None

    async def declare(self, inbox: Inbox) -> None:
        await self._declare_dead(inbox)
        while True:
            try:
                return await self._declare(inbox)
            except (AMQPError, ConnectionError, OSError, TimeoutError) as error:
                # A broker that has just come back may need a moment until its inboxes have leaders again.
                log.warning("not declared yet", extra={"inbox": inbox.name, "reason": str(error)})
                await asyncio.sleep(1)

    async def _declare_dead(self, inbox: Inbox) -> None:
        if inbox.dead is not None and inbox.dead not in self._dead_inboxes:
            self._dead_inboxes.add(inbox.dead)
            await self.declare(Inbox(inbox.dead, "shared"))

    async def _declare(self, inbox: Inbox) -> None:
        with _only_our_cancellation():
            await self._declare_in_time(inbox)

    async def _declare_in_time(self, inbox: Inbox) -> None:
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
        properties = spec.Basic.Properties(content_type="application/json", delivery_mode=2, headers=headers)
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                with _only_our_cancellation():
                    channel = await self._out.get_underlay_channel()
                    await channel.basic_publish(body, properties=properties, wait=False, **options)
                    self._answers = True
        except (PublishError, DeliveryError) as error:
            if type(error.frame).__name__ == "Nack":
                raise BusDown("the broker refused the message") from error
            raise NoSuchInbox(str(options.get("routing_key"))) from error
        except (AMQPError, ConnectionError, OSError, TimeoutError, RuntimeError) as error:
            self._answers = False
            raise BusDown(f"{type(error).__name__}: {error}") from error

    async def consume(self, inbox: Inbox, handler: Handler, prefetch: int = 200, priority: int = 0) -> _Consumer:
        await self._declare_dead(inbox)
        arguments: dict[str, Any] = {"x-stream-offset": "first"} if inbox.kind == "stream" else {}
        if priority:
            arguments["x-priority"] = priority
        while True:
            try:
                with _only_our_cancellation():
                    return await self._consume(inbox, handler, prefetch, arguments)
            except (AMQPError, ConnectionError, OSError, TimeoutError) as error:
                log.warning("not consumed yet", extra={"inbox": inbox.name, "reason": str(error)})
                await asyncio.sleep(1)

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
        return connection is not None and connection.connected.is_set() and self._answers
