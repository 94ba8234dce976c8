"""What the services rely on in a bus: the same class of tests holds RabbitMQ and the in-process twin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest
from parley_chassis.bus import Bus, BusDown, Delivery, Inbox, NoSuchInbox, TooLarge, open_bus
from parley_chassis.bus.memory import MemoryBroker
from parley_chassis.bus.rabbit import RabbitBus

Open = Callable[[], Awaitable[Bus]]


class Collector:
    """A consumer's handler that keeps what it gets, and acknowledges it or not."""

    def __init__(self, acks: bool = True) -> None:
        self.deliveries: list[Delivery] = []
        self._acks = acks
        self._changed = asyncio.Event()

    async def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._changed.set()
        if self._acks:
            await delivery.ack()

    @property
    def bodies(self) -> list[bytes]:
        return [delivery.body for delivery in self.deliveries]

    async def has(self, number: int) -> list[bytes]:
        async with asyncio.timeout(20):
            while len(self.deliveries) < number:
                self._changed.clear()
                await self._changed.wait()
        return self.bodies


async def nothing_more(collector: Collector, number: int) -> None:
    """Give the broker a moment, then nothing has come beyond `number`."""
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert len(collector.bodies) == number


def inbox(kind: str = "durable", dead: bool = False) -> Inbox:
    name = f"test.{uuid4().hex[:8]}"
    return Inbox(name, kind, dead=f"{name}.dead" if dead else None)  # type: ignore[arg-type]


class TestBus:
    """Run once on each bus."""

    @pytest.fixture(params=["memory", pytest.param("rabbit", marks=pytest.mark.servers)])
    async def connect(self, request: pytest.FixtureRequest) -> AsyncIterator[Open]:
        """Opens connections to one broker; they are closed at the end."""
        url = "memory:" if request.param == "memory" else request.getfixturevalue("broker_url")
        broker, opened = MemoryBroker(), []

        async def connect() -> Bus:
            bus = open_bus(url, broker)
            await bus.start()
            opened.append(bus)
            return bus

        yield connect
        for bus in opened:
            await bus.stop()

    async def test_what_was_sent_before_anybody_reads_is_delivered_in_order(self, connect: Open) -> None:
        bus, box, got = await connect(), inbox(), Collector()
        await bus.declare(box)
        for number in range(50):
            await bus.publish(box.name, b"%d" % number)
        await bus.consume(box, got)
        assert await got.has(50) == [b"%d" % number for number in range(50)]

    async def test_an_inbox_that_nobody_has_is_an_error(self, connect: Open) -> None:
        bus = await connect()
        with pytest.raises(NoSuchInbox):
            await bus.publish("test.nobody", b"lost")

    async def test_no_more_than_prefetch_are_out_at_a_time(self, connect: Open) -> None:
        bus, box, got = await connect(), inbox(), Collector(acks=False)
        await bus.declare(box)
        for number in range(5):
            await bus.publish(box.name, b"%d" % number)
        await bus.consume(box, got, prefetch=2)
        await got.has(2)
        await nothing_more(got, 2)
        await got.deliveries[0].ack()
        assert await got.has(3) == [b"0", b"1", b"2"]

    async def test_unacknowledged_messages_go_to_the_next_consumer_in_their_order(self, connect: Open) -> None:
        first, second, box = await connect(), await connect(), inbox()
        held, got = Collector(acks=False), Collector()
        await first.declare(box)
        for number in range(4):
            await first.publish(box.name, b"%d" % number)
        await first.consume(box, held)
        await held.has(4)
        await held.deliveries[0].ack()
        await second.consume(box, got)
        await nothing_more(got, 0)  # single active consumer: the first has the inbox
        await first.stop()
        assert await got.has(3) == [b"1", b"2", b"3"]
        assert all(delivery.redelivered for delivery in got.deliveries)

    async def test_a_cancelled_consumer_hands_over_and_may_consume_again(self, connect: Open) -> None:
        bus, box, got = await connect(), inbox(), Collector()
        consumer = await bus.consume(box, got)
        await bus.publish(box.name, b"1")
        await got.has(1)
        await consumer.cancel()
        await bus.publish(box.name, b"2")
        await nothing_more(got, 1)
        await bus.consume(box, got)
        assert await got.has(2) == [b"1", b"2"]

    async def test_a_cancelled_consumer_gives_back_what_it_has_not_acknowledged(self, connect: Open) -> None:
        first, second, box = await connect(), await connect(), inbox()
        held, got = Collector(acks=False), Collector()
        consumer = await first.consume(box, held)
        for number in range(4):
            await first.publish(box.name, b"%d" % number)
        await held.has(4)
        await held.deliveries[1].ack()
        await consumer.cancel()
        await second.consume(box, got)
        assert await got.has(3) == [b"0", b"2", b"3"]
        await held.deliveries[0].ack()  # too late: it is another's
        await nothing_more(got, 3)

    async def test_what_a_cancelled_consumer_gives_back_comes_before_what_is_newer(self, connect: Open) -> None:
        first, second, box = await connect(), await connect(), inbox()
        held, got = Collector(acks=False), Collector()
        consumer = await first.consume(box, held, prefetch=3)
        await second.consume(box, got)  # it waits, and takes over in the moment in which the first ends
        for number in range(10):
            await first.publish(box.name, b"%d" % number)
        await held.has(3)
        await consumer.cancel()
        assert await got.has(10) == [b"%d" % number for number in range(10)]

    async def test_a_newer_owners_priority_is_no_error_where_the_broker_does_not_mind_it(self, connect: Open) -> None:
        first, second, box = await connect(), await connect(), inbox()
        older, newer = Collector(), Collector()
        await first.consume(box, older, priority=1)
        await second.consume(box, newer, priority=2)
        await first.publish(box.name, b"1")
        async with asyncio.timeout(10):
            while not (older.deliveries or newer.deliveries):  # the first by RabbitMQ 3.10, the second by 4
                await asyncio.sleep(0.01)

    async def test_a_shared_inbox_gives_each_message_to_one_of_its_consumers(self, connect: Open) -> None:
        first, second, box = await connect(), await connect(), inbox("shared")
        one, two = Collector(), Collector()
        await first.consume(box, one, prefetch=1)
        await second.consume(box, two, prefetch=1)
        for number in range(20):
            await first.publish(box.name, b"%d" % number)
        async with asyncio.timeout(20):
            while len(one.bodies) + len(two.bodies) < 20:
                await asyncio.sleep(0.01)
        assert sorted(one.bodies + two.bodies) == sorted(b"%d" % number for number in range(20))

    async def test_an_announcement_reaches_every_private_inbox(self, connect: Open) -> None:
        first, second = await connect(), await connect()
        one, two = Collector(), Collector()
        await first.consume(inbox("private"), one)
        await second.consume(inbox("private"), two)
        await first.announce(b"to all")
        assert await one.has(1) == await two.has(1) == [b"to all"]

    async def test_a_private_inbox_is_gone_with_its_connection(self, connect: Open) -> None:
        first, second, box = await connect(), await connect(), inbox("private")
        got = Collector()
        await first.consume(box, got)
        await second.publish(box.name, b"hello")
        await got.has(1)
        await first.stop()
        with pytest.raises(NoSuchInbox):
            await second.publish(box.name, b"too late")

    async def test_a_message_that_keeps_coming_back_ends_with_the_dead_letters(self, connect: Open) -> None:
        sender, box, got = await connect(), inbox(dead=True), Collector()
        await sender.declare(box)
        await sender.publish(box.name, b"poison")
        assert box.dead is not None
        await sender.consume(Inbox(box.dead, "shared"), got)
        for _ in range(30):
            if got.bodies:
                break
            taker, held = await connect(), Collector(acks=False)
            await taker.consume(box, held)
            async with asyncio.timeout(5):
                while not (held.bodies or got.bodies):
                    await asyncio.sleep(0.01)
            await taker.stop()
        assert await got.has(1) == [b"poison"]

    async def test_a_message_that_is_too_large_is_an_error_of_its_own_and_hinders_no_other(self, connect: Open) -> None:
        bus = await connect()
        await bus.declare(Inbox("large"))

        async def send(*mebibytes: int) -> None:
            for each in mebibytes:
                await bus.publish("large", bytes(each * 1024 * 1024))

        with pytest.raises(TooLarge):
            await send(17, 129)  # beyond what RabbitMQ 4 and what RabbitMQ 3 takes
        for _ in range(50):
            try:
                await bus.publish("large", b"small")
                break
            except BusDown:  # the broker has closed the channel
                await asyncio.sleep(0.1)
        got: asyncio.Queue[bytes] = asyncio.Queue()

        async def take(delivery: Delivery) -> None:
            if len(delivery.body) < 10:
                got.put_nowait(delivery.body)
            await delivery.ack()

        await bus.consume(Inbox("large"), take)
        async with asyncio.timeout(20):
            assert await got.get() == b"small"

    async def test_the_event_stream_is_read_from_its_beginning_by_everyone(self, connect: Open) -> None:
        first, second, box = await connect(), await connect(), inbox("stream")
        await first.declare(box)
        for number in range(3):
            await first.publish(box.name, b"%d" % number)
        one, two = Collector(), Collector()
        await first.consume(box, one)
        await second.consume(box, two)
        assert await one.has(3) == await two.has(3) == [b"0", b"1", b"2"]


class GivenUp:
    """A channel on a connection that was silent for too long: whatever waits for it is cancelled, or waits on."""

    def __init__(self, cancels: bool) -> None:
        self._cancels = cancels

    async def get_underlay_channel(self) -> GivenUp:
        return self

    async def basic_publish(self, body: bytes, **options: object) -> None:
        waiting = asyncio.get_running_loop().create_future()
        if self._cancels:
            waiting.cancel()
        await waiting


async def test_a_connection_that_is_given_up_does_not_end_who_waits_for_it() -> None:
    bus = RabbitBus("amqp://nobody@127.0.0.1:1/")
    bus._out = GivenUp(cancels=True)
    with pytest.raises(BusDown, match="given up"):
        await bus.publish("session.chats.0", b"[]")
    bus._out = GivenUp(cancels=False)
    ours = asyncio.ensure_future(bus.publish("session.chats.0", b"[]"))
    await asyncio.sleep(0)
    ours.cancel()  # by whoever ends the task
    with pytest.raises(asyncio.CancelledError):
        await ours
