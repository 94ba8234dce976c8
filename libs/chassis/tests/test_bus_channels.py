"""R30: whatever ends a channel, alone or with its connection, early or late: it is opened anew, and everything goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from typing import Any

import pika
import pytest
from door import Door
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.bus import losing
from parley_chassis.bus.channels import Channels, KeptChannel
from parley_chassis.bus.rabbit import RabbitBus

from .test_bus import Collector, inbox
from .test_bus_addresses import by, opened, published

# --- with channels that only pretend --------------------------------------------------------------------------------


class Pretended:
    """A channel, and what is beneath it."""

    def __init__(self) -> None:
        self.closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_consumer_cancel_callbacks: set[Callable[[object], None]] = set()

    @property
    def is_closed(self) -> bool:
        return self.closing.done()

    async def get_underlay_channel(self) -> Pretended:
        return self

    async def close(self) -> None:
        if not self.is_closed:
            self.closing.set_result(None)

    def cancels_its_consumer(self) -> None:
        for callback in self.on_consumer_cancel_callbacks:
            callback(None)


ENDS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(range(3)), min_size=1),
        st.sampled_from(["closed", "twice", "cancelled", "ended", "closed while it opens"]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=5,
)
"""Of three channels: which end, how, and how often opening them fails."""


@given(ENDS)
def test_R30_whatever_ends_channels_in_the_end_each_is_open_and_the_return_is_told(
    ends: list[tuple[set[int], str, int]],
) -> None:
    asyncio.run(asyncio.wait_for(_played(ends), 20))


async def _played(ends: list[tuple[set[int], str, int]]) -> None:
    returns: list[bool] = []
    made: list[list[Pretended]] = [[], [], []]
    failures, closes = [0, 0, 0], [False, False, False]
    channels = Channels(lambda: returns.append(bool(channels)))

    def opening(number: int) -> Callable[[], Awaitable[Any]]:
        async def open() -> Any:
            await asyncio.sleep(0)
            if failures[number]:
                failures[number] -= 1
                raise ConnectionError("not yet")
            made[number].append(Pretended())
            if closes[number]:
                closes[number] = False
                await made[number][-1].close()
            return made[number][-1]

        return open

    kept = [await KeptChannel(channels, opening(number), f"channel {number}").opened() for number in range(3)]
    before, losing.TRY_AGAIN_S = losing.TRY_AGAIN_S, 0.0
    try:
        for which, how, times in ends:
            told, count = len(returns), [len(each) for each in made]
            for number in which:
                failures[number], closes[number] = times, how == "closed while it opens"
                channel = made[number][-1]
                if how == "cancelled":
                    channel.cancels_its_consumer()
                elif how == "ended":
                    await kept[number].end()
                else:
                    await channel.close()
                if how == "twice":
                    channel.cancels_its_consumer()
            for _ in range(60):
                await asyncio.sleep(0)
            for number in range(3):
                current: Any = await kept[number].current()
                assert current is made[number][-1]
                assert not current.is_closed
                assert sum(not one.is_closed for one in made[number]) == 1
                assert (len(made[number]) > count[number]) == (number in which)
            assert len(returns) > told
            assert channels
    finally:
        losing.TRY_AGAIN_S = before
        await channels.tasks.stop()
    assert all(returns)


# --- on a broker ----------------------------------------------------------------------------------------------------


async def _by_an_error_of_what_is_sent(bus: RabbitBus, consumer: Any, url: str, name: str) -> None:
    channel = await bus._out.get_underlay_channel()
    await channel.basic_publish(b"", exchange="there-is-no-such-exchange", routing_key="x", wait=False)


async def _by_an_error_of_what_is_consumed(bus: RabbitBus, consumer: Any, url: str, name: str) -> None:
    channel = await consumer._channel.get_underlay_channel()
    await channel.basic_ack(4_711, wait=False)


async def _by_the_queue_that_is_deleted(bus: RabbitBus, consumer: Any, url: str, name: str) -> None:
    def delete() -> None:
        with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
            connection.channel().queue_delete(name)

    await asyncio.to_thread(delete)


WAYS = [_by_an_error_of_what_is_sent, _by_an_error_of_what_is_consumed, _by_the_queue_that_is_deleted]


@pytest.mark.servers
@pytest.mark.parametrize("ends", WAYS, ids=lambda way: way.__name__.strip("_"))
async def test_R30_a_channel_that_ends_alone_is_opened_anew(broker_url: str, ends: Any) -> None:
    async with opened(broker_url) as bus:
        got, box, returned = Collector(), inbox(), asyncio.Event()
        bus.on_return(returned.set)
        consumer = await bus.consume(box, got)
        await bus.publish(box.name, b"before")
        await got.has(1)
        with suppress(*losing.LOST):
            await ends(bus, consumer, broker_url, box.name)
        async with asyncio.timeout(20):
            await returned.wait()
        assert bus.healthy()
        await published(bus, box.name, b"afterwards")
        async with asyncio.timeout(20):
            while b"afterwards" not in got.bodies:
                await asyncio.sleep(0.01)


@pytest.mark.servers
async def test_R30_the_return_is_told_when_what_comes_can_be_heard_again(broker_url: str) -> None:
    async with Door.to(broker_url) as door, opened(by(broker_url, door)) as bus:
        private, got = inbox("private"), Collector()
        heard: list[bool] = []
        returned = asyncio.Event()
        bus.on_return(lambda: (heard.append(bus.healthy()), returned.set()))  # type: ignore[func-returns-value]
        for kind in ("durable", "durable", "shared"):
            await bus.consume(inbox(kind), Collector())
        await bus.consume(private, got)
        await door.shut()
        await door.open()
        async with asyncio.timeout(30):
            await returned.wait()
        await bus.publish(private.name, b"what is asked on the return is answered to here")
        await got.has(1)
    assert heard == [True]
