"""The broker at one address or several, with TLS and without; one that refuses; and a connection that is lost anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pika
import pytest
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, ConnectionClosed
from authority import Authority
from door import Door
from hypothesis import given
from hypothesis import strategies as st
from pamqp.exceptions import PAMQPException
from parley_chassis.bus import BusDown, losing, rabbit
from parley_chassis.bus.addresses import DEFAULTS, addresses_of
from parley_chassis.bus.rabbit import RabbitBus
from parley_chassis.bus.refusing import ENOUGH, REMEMBERED_S, Refusing

from .test_bus import Collector, inbox

WORDS = st.text("abcxyz0189", min_size=1, max_size=8)
PORTS = st.integers(1, 65535)


# --- the URL --------------------------------------------------------------------------------------------------------


def test_several_hosts_of_one_url_have_everything_else_in_common() -> None:
    first, second = addresses_of("amqps://me:p%40%2Cw@one:5671,two/v%2Fhost?cafile=/etc/ca.pem&heartbeat=9")
    assert [(one.scheme, one.host, one.port) for one in (first, second)] == [
        ("amqps", "one", 5671),
        ("amqps", "two", None),
    ]
    for one in (first, second):
        assert (one.user, one.password, one.raw_path) == ("me", "p@,w", "/v%2Fhost")
        assert dict(one.query) == {**DEFAULTS, "cafile": "/etc/ca.pem", "heartbeat": "9"}


def test_several_urls_have_each_their_own() -> None:
    found = addresses_of("amqp://a:b@one/x?name=n,amqps://c:d@[::1]:9,three/y?timeout=3")
    assert [(one.scheme, one.user, one.host, one.path) for one in found] == [
        ("amqp", "a", "one", "/x"),
        ("amqps", "c", "::1", "/y"),
        ("amqps", "c", "three", "/y"),
    ]
    assert [(one.query.get("name"), one.query["timeout"]) for one in found] == [("n", "10"), (None, "3"), (None, "3")]


@given(
    st.lists(st.tuples(WORDS.map("h{}".format), PORTS), min_size=1, max_size=4),
    st.dictionaries(st.one_of(WORDS, st.sampled_from(list(DEFAULTS))), WORDS),
)
def test_every_parameter_holds_at_every_host(hosts: list[tuple[str, int]], parameters: dict[str, str]) -> None:
    listed = ",".join(f"{host}:{port}" for host, port in hosts)
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    found = addresses_of(f"amqp://u:p@{listed}/v?{query}")
    assert [(one.host, one.port) for one in found] == hosts
    assert all(dict(one.query) == DEFAULTS | parameters for one in found)


@pytest.mark.parametrize("url", ["amqp://one:x/", "amqp://one,two:99999/", "http://one/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)port|PARLEY_BROKER_URL"):
        addresses_of(url)


# --- several brokers ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(url)
    async with asyncio.timeout(60):
        await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


def by(url: str, *doors: Door, scheme: str = "amqp", query: str = "") -> str:
    """The address of the broker at `url`, by these ways."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    return f"{scheme}://{user}@{','.join(door.host for door in doors)}{parts.path}?{query}"


async def published(bus: RabbitBus, to: str, body: bytes) -> None:
    """Again and again, as whoever has something to say does it."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await bus.publish(to, body)
            except BusDown:
                await asyncio.sleep(0.05)


@pytest.mark.servers
async def test_of_several_brokers_the_next_is_taken_when_one_is_lost(broker_url: str) -> None:
    async with Door.to(broker_url) as first, Door.to(broker_url) as second, Door.to(broker_url) as third:
        await first.shut()  # at the start already
        async with opened(by(broker_url, first, second, third)) as bus:
            assert (first.came, second.came, third.came) == (0, 1, 0)
            got, returned, box = Collector(), asyncio.Event(), inbox()
            bus.on_return(returned.set)
            await bus.consume(box, got)
            await bus.publish(box.name, b"1")
            await got.has(1)

            await second.shut()
            await published(bus, box.name, b"2")
            await got.has(2)
            assert third.came == 1
            async with asyncio.timeout(20):
                await returned.wait()

            await third.shut()
            await first.open()
            await published(bus, box.name, b"3")
            async with asyncio.timeout(20):
                while b"3" not in got.bodies:  # after what was not acknowledged in time, and comes again
                    await asyncio.sleep(0.01)
            assert (first.came, bus.healthy()) == (1, True)


@pytest.mark.servers
async def test_a_broker_that_lets_nobody_in_is_passed_over(broker_url: str) -> None:
    async with Door.to(broker_url) as door:
        wrong = broker_url.replace(urlsplit(broker_url).password or "", "wrong")
        async with opened(f"{wrong},{by(broker_url, door)}") as bus:
            await bus.declare(box := inbox())
            await bus.publish(box.name, b"hello")
        assert door.came == 1


@pytest.mark.servers
async def test_a_broker_with_a_certificate_of_ones_own_authority(broker_url: str, tmp_path: Path) -> None:
    ours, other = Authority(tmp_path / "ours"), Authority(tmp_path / "other", "Another")
    async with Door.to(broker_url, ours.certificate().context()) as door:
        async with opened(by(broker_url, door, scheme="amqps", query=f"cafile={ours.file}&name=secure")) as bus:
            got, box = Collector(), inbox()
            await bus.consume(box, got)
            await bus.publish(box.name, b"sealed")
            assert await got.has(1) == [b"sealed"]
        for query in ("", f"cafile={other.file}"):
            bus = RabbitBus(by(broker_url, door, scheme="amqps", query=query))
            with pytest.raises(ConnectionError, match=r"(?i)certificate"):
                await bus._start()
            assert not bus.healthy()


@pytest.mark.servers
async def test_a_certificate_for_another_host_is_refused_also_after_the_first_was_lost(
    broker_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path)
    right, wrong = authority.certificate().context(), authority.certificate("127.0.0.9").context()
    async with Door.to(broker_url, right) as first, Door.to(broker_url, wrong) as second:
        url = by(broker_url, first, second, scheme="amqps", query=f"cafile={authority.file}")
        async with opened(url) as bus:
            await bus.declare(box := inbox())
            await first.shut()
            async with asyncio.timeout(20):
                while not any("certificate" in getattr(record, "reason", "") for record in caplog.records):
                    await asyncio.sleep(0.01)
            assert (second.came, bus.healthy()) == (0, False)
            await first.open()
            await published(bus, box.name, b"to the right one")


# --- a broker that refuses ------------------------------------------------------------------------------------------


def test_remedies_are_due_after_five_refusals_then_five_more_then_ever_less_often() -> None:
    refusing = Refusing()
    due = [number for number in range(1, 81) if refusing.refused("a")]
    assert due == [ENOUGH * times for times in (1, 2, 4, 8, 16)]
    refusing.taken("a")
    assert not refusing
    assert [refusing.refused("a") for _ in range(ENOUGH)] == [False] * (ENOUGH - 1) + [True]
    assert refusing.remedies == 1


def test_what_is_taken_for_other_inboxes_is_no_comfort() -> None:
    refusing = Refusing()
    for _ in range(ENOUGH - 1):
        assert not refusing.refused("a")
        refusing.taken("b")
    assert refusing
    assert refusing.refused("a")


def test_an_inbox_that_nobody_writes_to_any_more_is_forgotten() -> None:
    now = [0.0]
    refusing = Refusing(lambda: now[0])
    refusing.refused("a")
    now[0] = REMEMBERED_S
    assert refusing
    now[0] += 0.1
    assert not refusing


@pytest.fixture
def limited(broker_url: str) -> Iterator[Callable[[], None]]:
    """The inbox `limited` takes one message, and refuses those beyond it; what is given empties it."""
    with closing(pika.BlockingConnection(pika.URLParameters(broker_url))) as connection:
        channel = connection.channel()
        channel.queue_declare("limited", durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        yield lambda: channel.queue_purge("limited")
        channel.queue_delete("limited")


@pytest.mark.servers
async def test_refused_again_and_again_the_channel_is_opened_anew_and_then_the_connection(
    broker_url: str, limited: Callable[[], None]
) -> None:
    async with (
        Door.to(broker_url) as first,
        Door.to(broker_url) as second,
        opened(by(broker_url, first, second)) as bus,
    ):
        await bus.declare(other := inbox())
        await bus.publish("limited", b"fills it")
        assert bus.healthy()

        async def refused() -> None:
            for _ in range(ENOUGH):
                with pytest.raises(BusDown, match="refused"):
                    await bus.publish("limited", b"more")
                await published(bus, other.name, b"taken meanwhile")
                assert not bus.healthy()

        channel = await bus._out.current()
        await refused()
        assert channel.is_closed
        assert (first.came, second.came) == (1, 0)
        await refused()
        assert (first.came, second.came) == (1, 1)

        limited()
        await bus.publish("limited", b"taken")
        assert bus.healthy()


# --- whatever a lost connection raises ------------------------------------------------------------------------------


class Broken:
    """In the place of the connection, a channel or a message's channel: all that is done on it fails, a number of times."""

    def __init__(self, error: BaseException, times: int, then: Any) -> None:
        self._error, self.left, self._then = error, times, then

    def __getattr__(self, name: str) -> Any:
        async def fail(*arguments: Any, **options: Any) -> Any:
            if self.left:
                self.left -= 1
                if isinstance(self._error, asyncio.CancelledError):
                    waiting = asyncio.get_running_loop().create_future()
                    waiting.cancel()
                    await waiting
                raise self._error
            return await getattr(self._then, name)(*arguments, **options)

        return fail


ERRORS: list[BaseException] = [
    RuntimeError("Connection was not opened"),
    ChannelInvalidStateError("channel closed"),
    ConnectionClosed(320, "CONNECTION_FORCED"),
    AMQPError("anything"),
    ConnectionResetError("reset"),
    OSError("no route"),
    TimeoutError("late"),
    PAMQPException("half a frame"),
    StopAsyncIteration(),
    asyncio.CancelledError(),
]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries again does it at once."""
    monkeypatch.setattr(losing, "TRY_AGAIN_S", 0.0)


@pytest.mark.servers
@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_lost_connection_ends_nobody_whatever_it_raises(broker_url: str, error: BaseException) -> None:
    async with opened(broker_url) as bus:
        whole, out = bus._connection, bus._out

        def broken(then: Any) -> Any:
            return Broken(error, 2, then)

        bus._connection = broken(whole)
        box, got = inbox(), Collector(acks=False)
        await bus.declare(box)
        assert bus._connection.left == 0
        bus._connection = broken(whole)
        consumer = await bus.consume(box, got)
        assert bus._connection.left == 0
        bus._connection = whole

        bus._out = broken(out)
        with pytest.raises(BusDown):
            await bus.publish(box.name, b"hello")
        with pytest.raises(BusDown):
            await bus.announce(b"hello")
        assert not bus.healthy()
        await bus.publish(box.name, b"hello")
        assert bus.healthy()

        await got.has(1)
        delivery: Any = got.deliveries[0]
        channel, delivery._message = delivery._message.channel, type("Message", (), {})()
        delivery._message.channel, delivery._message.delivery_tag = broken(channel), 1
        await delivery.ack()
        assert delivery._message.channel.left == 1
        consumer._channel, kept = broken(consumer._channel), consumer._channel
        await consumer.cancel()
        await kept.close()


@pytest.mark.servers
@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_broker_that_is_lost_while_a_service_starts_or_stops_ends_it_not(
    broker_url: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing: dict[str, int] = {"_out_of": 2, "stop": 1}
    real_out, real_stop = RabbitBus._out_of, rabbit.RabbitBroker.stop

    def failed(what: str) -> bool:
        failing[what] -= 1
        return failing[what] >= 0

    async def out_of(channels: Any, connection: Any) -> Any:
        return await (Broken(error, 1, None).anything() if failed("_out_of") else real_out(channels, connection))

    async def stop(broker: Any) -> Any:
        return await (Broken(error, 1, None).anything() if failed("stop") else real_stop(broker))

    monkeypatch.setattr(RabbitBus, "_out_of", staticmethod(out_of))
    monkeypatch.setattr(rabbit.RabbitBroker, "stop", stop)
    async with opened(broker_url) as bus:
        await bus.declare(box := inbox())
        await bus.publish(box.name, b"hello")
        failing["stop"] = 1
        (connection,) = bus._made  # those that were made in vain are gone
    assert connection.is_closed
