"""The bus on RabbitMQ, by FastStream: quorum inboxes, confirms, manual acknowledgement, a connection that returns.

What the defaults would lose is set here, in one place: messages are persistent, an unroutable one is an error, nothing
is acknowledged before its effect is stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aio_pika.exceptions import AMQPError, DeliveryError, PublishError
from faststream import AckPolicy
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from parley_contracts.topology import ANNOUNCEMENTS

from .port import DELIVERY_LIMIT, Bus, BusDown, Handler, Inbox, NoSuchInbox

HEARTBEAT_S = 10
CONFIRM_TIMEOUT_S = 15.0
STREAM_KEEPS = "7D"
STREAM_BYTES = 2_000_000_000

log = logging.getLogger("parley.bus")

_ANNOUNCEMENTS = RabbitExchange(ANNOUNCEMENTS, type=ExchangeType.FANOUT, durable=True)


_rabbit_queue: Callable[..., RabbitQueue] = RabbitQueue
"""Its overloads want the arguments as typed dictionaries that lack what is set here."""


def _queue(inbox: Inbox) -> RabbitQueue:
    if inbox.kind == "private":
        # Not durable is allowed only together with exclusive: RabbitMQ 4.3 refuses the other.
        return _rabbit_queue(inbox.name, durable=False, exclusive=True, auto_delete=False)
    if inbox.kind == "stream":
        limits: dict[str, Any] = {"x-max-age": STREAM_KEEPS, "x-max-length-bytes": STREAM_BYTES}
        return _rabbit_queue(inbox.name, queue_type=QueueType.STREAM, durable=True, arguments=limits)
    arguments: dict[str, Any] = {"x-delivery-limit": DELIVERY_LIMIT}
    if inbox.kind == "durable":
        arguments["x-single-active-consumer"] = True
    if inbox.dead is not None:
        arguments |= {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": inbox.dead}
    return _rabbit_queue(inbox.name, queue_type=QueueType.QUORUM, durable=True, arguments=arguments)


class _Delivery:
    __slots__ = ("_consumer", "_message", "body", "headers", "redelivered")

    def __init__(self, message: Any, consumer: _Consumer) -> None:
        self._message, self._consumer = message.raw_message, consumer
        self.body: bytes = message.body
        self.headers: dict[str, object] = message.headers
        self.redelivered = bool(message.raw_message.redelivered)

    async def ack(self) -> None:
        if self._consumer.out.pop(self._message.delivery_tag, None) is None:
            return  # it has been given back
        try:
            await self._message.ack()
        except (AMQPError, ConnectionError, RuntimeError) as error:
            log.info("an acknowledgement came too late, the message comes again", extra={"reason": str(error)})

    async def give_back(self) -> None:
        await self._message.nack(requeue=True)


class _Consumer:
    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.subscriber: Any = None
        self.out: dict[int, _Delivery] = {}

    def took(self, message: Any) -> _Delivery:
        """A delivery is in our hands until it is acknowledged, or given back."""
        delivery = _Delivery(message, self)
        self.out[message.raw_message.delivery_tag] = delivery
        return delivery

    async def cancel(self) -> None:
        # Cancelling alone would leave what is not acknowledged with this channel for as long as it lives.
        try:
            await self.subscriber.stop()
            for tag in sorted(self.out):
                await self.out.pop(tag).give_back()
        except (AMQPError, ConnectionError, RuntimeError) as error:
            self.out.clear()
            log.info("a consumer went with its connection", extra={"reason": str(error)})


async def _untouched(message: Any) -> Any:
    return message


class RabbitBus(Bus):
    """One process's connection to RabbitMQ at `url` (`amqp://user:password@host:port/vhost`)."""

    def __init__(self, url: str) -> None:
        separator = "&" if "?" in url else "?"
        self._broker = RabbitBroker(
            f"{url}{separator}heartbeat={HEARTBEAT_S}",
            default_channel=Channel(publisher_confirms=True, on_return_raises=True),
            reconnect_interval=1.0,
            timeout=10.0,
            apply_types=False,
            logger=None,
        )
        self._connection: Any = None
        self._returning: list[Callable[..., None]] = []

    async def start(self) -> None:
        while self._connection is None:
            try:
                await self._broker.start()
                self._connection = await self._broker.connect()
            except (OSError, AMQPError, TimeoutError) as error:
                log.warning("the broker does not answer yet", extra={"reason": str(error)})
                await asyncio.sleep(1)
        await self._broker.declare_exchange(_ANNOUNCEMENTS)

    async def stop(self) -> None:
        await self._broker.stop()
        self._connection = None

    async def declare(self, inbox: Inbox) -> None:
        if inbox.dead is not None:
            await self.declare(Inbox(inbox.dead, "shared"))
        while True:
            try:
                return await self._declare(_queue(inbox))
            except (AMQPError, ConnectionError, OSError, TimeoutError) as error:
                # A broker that has just come back may need a moment until its inboxes have leaders again.
                log.warning("not declared yet", extra={"inbox": inbox.name, "reason": str(error)})
                await asyncio.sleep(1)

    async def _declare(self, queue: RabbitQueue) -> None:
        # By aio-pika: what FastStream declares ahead keeps the declaring channel, and with it the wrong prefetch.
        async with asyncio.timeout(CONFIRM_TIMEOUT_S):
            channel = await self._connection.channel()
            try:
                await channel.declare_queue(
                    queue.name,
                    durable=queue.durable,
                    exclusive=queue.exclusive,
                    arguments=queue.arguments,
                    robust=False,
                )
            finally:
                if not channel.is_closed:
                    await channel.close()

    async def publish(self, inbox: str, body: bytes, headers: dict[str, object] | None = None) -> None:
        await self._publish(body, headers=headers, queue=inbox, mandatory=True, persist=True)

    async def announce(self, body: bytes) -> None:
        # Nobody there to hear it is no error.
        await self._publish(body, exchange=_ANNOUNCEMENTS, mandatory=False)

    async def _publish(self, body: bytes, **options: Any) -> None:
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                await self._broker.publish(body, content_type="application/json", **options)
        except (PublishError, DeliveryError) as error:
            frame = getattr(error, "frame", None)
            if type(frame).__name__ == "Nack":
                raise BusDown("the broker refused the message") from error
            raise NoSuchInbox(str(options.get("queue"))) from error
        except (AMQPError, ConnectionError, OSError, TimeoutError, RuntimeError) as error:
            raise BusDown(f"{type(error).__name__}: {error}") from error

    async def consume(self, inbox: Inbox, handler: Handler, prefetch: int = 200, priority: int = 0) -> _Consumer:
        if inbox.kind != "private":
            await self.declare(inbox)
        consumer = _Consumer(handler)
        consumer.subscriber = self._subscriber(inbox, consumer, prefetch, priority)
        await consumer.subscriber.start()
        return consumer

    def _subscriber(self, inbox: Inbox, consumer: _Consumer, prefetch: int, priority: int) -> Any:
        arguments: dict[str, Any] = {"x-stream-offset": "first"} if inbox.kind == "stream" else {}
        if priority:
            arguments["x-priority"] = priority
        # Each inbox has its channel, because the prefetch is the channel's. No context is injected and the decoder is
        # asynchronous: either would take a thread per message, and turn the order round.
        subscriber = self._broker.subscriber(
            _queue(inbox),
            _ANNOUNCEMENTS if inbox.kind == "private" else None,
            channel=Channel(prefetch_count=prefetch),
            consume_args=arguments or None,
            ack_policy=AckPolicy.MANUAL,
            decoder=_untouched,
            no_reply=True,
        )

        async def deliver(message: Any) -> None:
            await consumer.handler(consumer.took(message))

        subscriber(deliver)
        return subscriber

    def on_return(self, callback: Callable[[], None]) -> None:
        def returned(*_: Any) -> None:
            callback()

        self._connection.reconnect_callbacks.add(returned)
        self._returning.append(returned)  # the connection keeps only weak references

    def healthy(self) -> bool:
        connection = self._connection
        return connection is not None and connection.connected.is_set()
