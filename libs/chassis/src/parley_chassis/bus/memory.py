"""The bus within one process: queues, prefetch, acknowledgement, redelivery, dead letters. What RabbitMQ does, as far
as the services rely on it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import count

from .port import DELIVERY_LIMIT, Bus, Handler, Inbox, NoSuchInbox, TooLarge

MOST_BYTES = 16 * 1024 * 1024
"""As RabbitMQ 4 has it."""


class _Message:
    __slots__ = ("body", "headers", "number", "returned")

    def __init__(self, number: int, body: bytes, headers: dict[str, object]) -> None:
        self.number, self.body, self.headers, self.returned = number, body, headers, 0


class MemoryBroker:
    """What would be the server: the inboxes. Share one between the buses of a process."""

    def __init__(self) -> None:
        self.queues: dict[str, _Queue] = {}
        self.numbers = count(1)

    def queue(self, inbox: Inbox) -> _Queue:
        found = self.queues.get(inbox.name)
        if found is None:
            if inbox.dead is not None:
                self.queue(Inbox(inbox.dead, "shared"))
            found = self.queues[inbox.name] = _Queue(self, inbox)
        return found

    def put(self, name: str, body: bytes, headers: dict[str, object]) -> None:
        if len(body) > MOST_BYTES:
            raise TooLarge(f"{len(body)} bytes are more than {MOST_BYTES}")
        queue = self.queues.get(name)
        if queue is None:
            raise NoSuchInbox(name)
        queue.put(_Message(next(self.numbers), body, headers))


class _Queue:
    """One inbox: what waits, what is out, who takes."""

    STREAM_KEEPS = 10_000

    def __init__(self, broker: MemoryBroker, inbox: Inbox) -> None:
        self.broker, self.inbox = broker, inbox
        self.waiting: deque[_Message] = deque(maxlen=self.STREAM_KEEPS if inbox.kind == "stream" else None)
        self.consumers: list[_Consumer] = []

    def put(self, message: _Message) -> None:
        self.waiting.append(message)
        if self.inbox.kind == "stream":
            for consumer in self.consumers:
                consumer.give(_Delivery(consumer, message))
        else:
            self.hand_out()

    def hand_out(self) -> None:
        if self.inbox.kind == "stream":
            return
        takers = self.consumers if self.inbox.kind == "shared" else self.consumers[:1]
        while self.waiting:
            free = [consumer for consumer in takers if len(consumer.out) < consumer.prefetch]
            if not free:
                return
            taker = min(free, key=lambda consumer: len(consumer.out))
            message = self.waiting.popleft()
            delivery = _Delivery(taker, message)
            taker.out[message.number] = delivery
            taker.give(delivery)

    def take_back(self, deliveries: list[_Delivery]) -> None:
        """Unacknowledged messages return to their places; too often returned, they are dead."""
        for delivery in sorted(deliveries, key=lambda out: out.message.number, reverse=True):
            message = delivery.message
            message.returned += 1
            if message.returned > DELIVERY_LIMIT and self.inbox.dead is not None:
                headers = {**message.headers, "x-parley-inbox": self.inbox.name, "x-parley-reason": "delivery_limit"}
                self.broker.put(self.inbox.dead, message.body, headers)
            else:
                self.waiting.appendleft(message)
        self.hand_out()


class _Delivery:
    def __init__(self, consumer: _Consumer, message: _Message) -> None:
        self._consumer, self.message = consumer, message
        self.body, self.headers = message.body, message.headers
        self.redelivered, self.returned = message.returned > 0, message.returned

    async def ack(self) -> None:
        self._consumer.acked(self.message.number)


class _Consumer:
    def __init__(self, queue: _Queue, handler: Handler, prefetch: int, on_cancel: Callable[[_Consumer], None]) -> None:
        self._queue, self._handler, self.prefetch, self._on_cancel = queue, handler, prefetch, on_cancel
        self.out: dict[int, _Delivery] = {}
        self._given: asyncio.Queue[_Delivery] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(), name=f"consumer of {queue.inbox.name}")
        queue.consumers.append(self)
        if queue.inbox.kind == "stream":
            for message in queue.waiting:
                self.give(_Delivery(self, message))
        queue.hand_out()

    def give(self, delivery: _Delivery) -> None:
        self._given.put_nowait(delivery)

    def acked(self, number: int) -> None:
        if self.out.pop(number, None) is not None:
            self._queue.hand_out()

    async def _run(self) -> None:
        while True:
            delivery = await self._given.get()
            await self._handler(delivery)

    async def cancel(self) -> None:
        if self not in self._queue.consumers:
            return
        self._queue.consumers.remove(self)
        self._task.cancel()
        out, self.out = list(self.out.values()), {}
        self._queue.take_back(out)
        self._on_cancel(self)


class MemoryBus(Bus):
    """One service's connection to a MemoryBroker."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._consumers: list[_Consumer] = []
        self._private: set[str] = set()
        self._started = False

    async def start(self) -> None:
        self._started = True

    async def stop(self) -> None:
        for consumer in list(self._consumers):
            await consumer.cancel()
        for name in self._private:
            self._broker.queues.pop(name, None)
        self._started = False

    async def declare(self, inbox: Inbox) -> None:
        self._broker.queue(inbox)
        if inbox.kind == "private":
            self._private.add(inbox.name)

    async def publish(self, inbox: str, body: bytes, headers: dict[str, object] | None = None) -> None:
        self._broker.put(inbox, body, headers or {})
        await asyncio.sleep(0)  # as a broker would: the publisher does not run on for ever

    async def announce(self, body: bytes) -> None:
        for queue in list(self._broker.queues.values()):
            if queue.inbox.kind == "private" and queue.inbox.hears:
                self._broker.put(queue.inbox.name, body, {})

    async def consume(self, inbox: Inbox, handler: Handler, prefetch: int = 200, priority: int = 0) -> _Consumer:
        await self.declare(inbox)
        consumer = _Consumer(self._broker.queue(inbox), handler, prefetch, self._consumers.remove)
        self._consumers.append(consumer)
        return consumer

    def on_return(self, callback: Callable[[], None]) -> None:
        """Within a process no connection is ever lost."""

    def healthy(self) -> bool:
        return self._started
