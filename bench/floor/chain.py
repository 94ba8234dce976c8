"""Ways of carrying frames between two processes through RabbitMQ: one by one, batched, packed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
import msgspec
from aio_pika.abc import AbstractIncomingMessage
from aiormq import spec
from aiormq.abc import ChannelFrame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

MODES = ("one by one", "batched", "packed")
INBOX, REPLIES = "floor.in", "floor.out"
MOST = 1_000
FRAME_BYTES = 131_072 - 8
"""RabbitMQ takes no longer frames; a longer body comes in several."""

Parcel = tuple[int, bytes]
"""A connection's number, and a frame that came from there or goes there."""

_PERSISTENT = spec.Basic.Properties(delivery_mode=2)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[tuple[int, bytes]]).decode


async def channels(url: str, number: int) -> list[Any]:
    """Channels with confirms on one connection, and both quorum inboxes declared."""
    connection = await aio_pika.connect(url)
    opened: list[Any] = [await connection.channel(publisher_confirms=True) for _ in range(number)]
    for name in (INBOX, REPLIES):
        await opened[0].declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"})
    return opened


class Sending:
    """The way out. `send` returns at once; one by one the broker's confirm can be waited for."""

    def __init__(self, channel: Any, inbox: str, mode: str) -> None:
        self._channel, self._inbox, self._mode = channel, inbox, mode
        self._ready: deque[Parcel] = deque()
        self._wake = asyncio.Event()
        self._under: Any = None
        self._task = None if mode == "one by one" else asyncio.create_task(self._run())

    async def confirmed(self, parcels: list[Parcel]) -> None:
        """Publish these in one message, and wait until the broker has it safely."""
        message = aio_pika.Message(_pack(parcels), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self._channel.default_exchange.publish(message, self._inbox)

    def send(self, parcel: Parcel) -> None:
        """Publish with whatever else is ready."""
        self._ready.append(parcel)
        self._wake.set()

    async def _run(self) -> None:
        self._under = await self._channel.get_underlay_channel()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._ready:
                some = [self._ready.popleft() for _ in range(min(MOST, len(self._ready)))]
                bodies = [_pack(some)] if self._mode == "packed" else [_pack([parcel]) for parcel in some]
                await asyncio.gather(*await _publish(self._under, self._inbox, bodies))


async def _publish(under: Any, inbox: str, bodies: list[bytes]) -> list[asyncio.Future[Any]]:
    """Publish all of these in one write; their confirms. By the parts of which aiormq's own `basic_publish` is made,
    which writes each message by itself."""
    confirms: list[asyncio.Future[Any]] = []
    frames: list[Any] = []
    async with under.lock:
        for body in bodies:
            under.delivery_tag += 1
            confirm = under.confirmations[under.delivery_tag] = under.create_future()
            confirms.append(confirm)
            frames += (
                spec.Basic.Publish(routing_key=inbox),
                ContentHeader(properties=_PERSISTENT, body_size=len(body)),
            )
            frames += [ContentBody(body[at : at + FRAME_BYTES]) for at in range(0, len(body), FRAME_BYTES)]
        written = ChannelFrame.marshall(frames=frames, channel_number=under.number, drain_future=None)
        await under.write_queue.put(written)
    return confirms


async def take_each(channel: Any, inbox: str, take: Callable[[list[Parcel]], Awaitable[None]], prefetch: int) -> None:
    """Call `take` with each message's parcels in a task of its own, and acknowledge after it."""
    await channel.set_qos(prefetch_count=prefetch)

    async def took(message: AbstractIncomingMessage) -> None:
        await take(_unpack(message.body))
        await message.ack()

    await (await channel.get_queue(inbox, ensure=False)).consume(took)


async def take_all(channel: Any, inbox: str, take: Callable[[list[Parcel]], Awaitable[None]], prefetch: int) -> None:
    """Call `take` with the parcels of everything that has arrived, and acknowledge it in one go."""
    under = await channel.get_underlay_channel()
    await under.basic_qos(prefetch_count=prefetch)
    arrived: deque[Any] = deque()
    wake = asyncio.Event()

    async def took(message: Any) -> None:
        arrived.append(message)
        wake.set()

    await under.basic_consume(inbox, took)
    while True:
        await wake.wait()
        wake.clear()
        while arrived:
            some = [arrived.popleft() for _ in range(len(arrived))]
            await take([parcel for message in some for parcel in _unpack(message.body)])
            await under.basic_ack(some[-1].delivery_tag, multiple=True, wait=False)
