"""R34: what a broker lost is noticed and said again by itself; nothing is taken twice, out of order, or over a gap.

Session, router and a projection, each with a store of its own, on one broker within the process. Inboxes lose what waits in
them, as when a broker is replaced by an empty one, at any moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from parley_chassis import lines, saying, taking
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.group_commit import GroupCommit
from parley_chassis.letters import Letter
from parley_chassis.projector import Projector
from parley_chassis.store.memory import MemoryStore
from parley_contracts.chat_events import ChatRequested
from parley_contracts.commands import PutQueue, StartChat
from parley_contracts.shapes import Said, Sender
from parley_contracts.topology import chat_stream, crm_inbox, partition_of, router_inbox, session_inbox
from parley_contracts.wire import encode, pack
from parley_router.handlers import Router
from parley_session.handlers import Session

TENANT = "acme"


class Records:
    """A projection: which chats were requested, and by which place each was told."""

    name = "crm-logger"

    def __init__(self) -> None:
        self.taken: dict[str, int] = {}
        self.chats: list[str] = []
        self.letters = MemoryStore().letters

    def inbox(self, partition: int) -> str:
        return crm_inbox(partition)

    def timeline(self) -> str:
        return ""

    def positions(self) -> dict[str, int]:
        return dict(self.taken)

    def apply(
        self, events: Sequence[Said], positions: dict[str, int], letters: Sequence[Letter], settled: Sequence[int]
    ) -> None:
        assert not letters
        assert not settled
        self.chats += [event.chat for event in events if isinstance(event, ChatRequested)]
        self.taken.update(positions)


class Product:
    """The three, and what was asked of them."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.stores = {"session": MemoryStore(), "router": MemoryStore(), "crm-logger": MemoryStore()}
        self.records = Records()
        self.running: dict[str, Any] = {}
        self.chats: list[str] = []
        self.out = MemoryBus(self.broker)

    async def start(self, *names: str) -> None:
        await self.out.start()
        for name in names:
            bus = MemoryBus(self.broker)
            await bus.start()
            if name == "crm-logger":
                self.running[name] = Projector(self.records, self.stores[name].leases, bus)
            else:
                self.running[name] = GroupCommit(Session() if name == "session" else Router(), self.stores[name], bus)
            await self.running[name].start()

    async def stop(self, *names: str) -> None:
        for name in names:
            await self.running.pop(name).stop()

    async def sells(self) -> None:
        queue = {"name": "Sales", "agents": ["anna"], "distribution": "pick"}
        sender = Sender(gateway="g", connection=1, id="q", role="admin", user="ada")
        put = PutQueue(tenant=TENANT, sender=sender, queue="sales", settings=queue)
        await self.out.publish(router_inbox(partition_of(TENANT)), pack([encode(put)]))

    async def chat(self, count: int = 1) -> None:
        for _ in range(count):
            name = f"c{len(self.chats)}"
            self.chats.append(name)
            sender = Sender(gateway="g", connection=1, id=name, role="visitor")
            start = StartChat(
                tenant=TENANT, chat=name, sender=sender, service="s", queue="sales", absence_s=3_600, language=None
            )
            await self.out.publish(session_inbox(partition_of(chat_stream(TENANT, name))), pack([encode(start)]))

    def lose(self, *beginnings: str) -> None:
        for name, queue in self.broker.queues.items():
            if name.startswith(beginnings):
                queue.waiting.clear()

    def stored(self, service: str) -> int:
        return self.stores[service].end()

    async def until(self, found: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not found():
                await asyncio.sleep(0.02)

    async def is_whole(self) -> None:
        """Everything is on the floor and in the records, once."""
        floor = self.running["router"].streams
        try:
            await self.until(
                lambda: (
                    (live := floor.get(TENANT)) is not None
                    and len(live.state.items) == len(self.chats)
                    and len(self.records.chats) == len(self.chats)
                )
            )
        finally:
            live = floor.get(TENANT)
            assert sorted(live.state.items) == sorted(self.chats)
            assert sorted(self.records.chats) == sorted(self.chats)


@pytest_asyncio.fixture
async def three(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Product]:
    monkeypatch.setattr(saying, "TIDES_EVERY", 1)
    monkeypatch.setattr(lines, "TIDE_AGAIN_S", 0.0)
    monkeypatch.setattr(taking, "TOLD_AGAIN_S", 0.2)
    product = Product()
    await product.start("session", "router", "crm-logger")
    await product.sells()
    yield product
    await product.stop(*product.running)


async def test_R34_what_waited_for_consumers_that_were_down_comes_by_itself(three: Product) -> None:
    await three.chat(10)
    await three.is_whole()
    await three.stop("router", "crm-logger")
    before = three.stored("session")
    await three.chat(100)
    await three.until(lambda: three.stored("session") == before + 100)
    await three.until(lambda: not three.running["session"].outbox.unsettled)
    three.lose("router.", "crm-logger.")
    await three.start("router", "crm-logger")
    await three.is_whole()


async def test_R34_what_is_said_after_the_loss_does_not_hide_it(three: Product) -> None:
    await three.stop("router", "crm-logger")
    await three.chat(30)
    await three.until(lambda: three.stored("session") == 30)
    await three.until(lambda: not three.running["session"].outbox.unsettled)
    three.lose("router.", "crm-logger.")
    await three.chat(5)
    await three.start("router", "crm-logger")
    await three.chat(5)
    await three.is_whole()


@pytest.mark.parametrize("saved", [True, False])
async def test_R34_a_writer_that_was_restarted_knows_what_was_lost_before(
    three: Product, monkeypatch: pytest.MonkeyPatch, saved: bool
) -> None:
    await three.chat(5)
    await three.is_whole()
    await three.stop("router", "crm-logger")
    before = three.stored("session")
    monkeypatch.setattr(saying, "TIDES_EVERY", 1 if saved else 1_000)
    await three.chat(30)
    await three.until(lambda: three.stored("session") == before + 30)
    if saved:
        await asyncio.sleep(1.5)
    await three.stop("session")
    monkeypatch.setattr(saying, "TIDES_EVERY", 1)
    three.lose("router.", "crm-logger.", "session.")
    await three.start("session", "router", "crm-logger")
    await three.is_whole()


@pytest.mark.parametrize("seed", range(4))
async def test_R34_whatever_is_lost_and_whoever_restarts_everything_arrives_once(three: Product, seed: int) -> None:
    chance = Random(seed)
    for _ in range(12):
        match chance.choice(["chat", "chat", "lose", "restart", "pause"]):
            case "chat":
                await three.chat(chance.randint(1, 20))
            case "lose":
                three.lose(*chance.choice([("router.",), ("crm-logger.",), ("router.", "crm-logger.")]))
            case "restart":
                name = chance.choice(["session", "router", "crm-logger"])
                await three.stop(name)
                await three.chat(chance.randint(0, 5))
                await three.start(name)
            case _:
                await asyncio.sleep(chance.random() / 2)
    await three.is_whole()


class Stuck(MemoryBus):
    """Takes nothing for some inboxes."""

    stuck: tuple[str, ...] = ()

    async def publish(self, inbox: str, body: bytes, headers: dict[str, object] | None = None) -> None:
        while inbox.startswith(self.stuck):
            await asyncio.sleep(0.01)
        await super().publish(inbox, body, headers)


async def test_R34_who_takes_is_heard_of_although_another_line_stands_still(three: Product) -> None:
    await three.stop("session")
    bus = Stuck(three.broker)
    await bus.start()
    bus.stuck = ("crm-logger.",)
    session = three.running["session"] = GroupCommit(Session(), three.stores["session"], bus)
    await session.start()
    await three.chat(20)
    await three.until(lambda: three.stored("session") == 20)
    assert session.outbox.unsettled
    await three.until(lambda: not [inbox for _, inbox, _ in _lags(session) if inbox.startswith("router.")])
    assert [inbox for _, inbox, _ in _lags(session) if inbox.startswith("crm-logger.")]
    bus.stuck = ("nobody",)
    await three.is_whole()


def _lags(service: GroupCommit[Any]) -> list[tuple[int, str, float]]:
    return service._saying.lines.lags()


async def test_R34_lines_are_saved_while_there_is_always_something_to_say(three: Product) -> None:
    store, session = three.stores["session"], three.running["session"]
    async with asyncio.TaskGroup() as both:
        said = asyncio.Event()

        async def talks() -> None:
            while not said.is_set():
                await three.chat(3)
                await asyncio.sleep(0)

        talking = both.create_task(talks())
        for partition in range(2):
            await three.until(lambda partition=partition: (store.lines(partition)[0] or 0) > 0)  # type: ignore[misc]
        assert session.outbox.unsettled or not talking.done()
        said.set()
    three.lose("router.", "crm-logger.")
    await three.stop("session")
    await three.start("session")
    await three.is_whole()


async def test_R34_nothing_heaps_up_while_the_broker_is_away(three: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    await three.chat(5)
    await three.is_whole()
    session = three.running["session"]
    await three.until(lambda: not session.outbox.unsettled and not _lags(session))
    monkeypatch.setattr(session._saying._bus, "healthy", lambda: False)
    for partition, inbox in [(partition, "router.floors.0") for partition in session.partitions.held]:
        session._saying.lines.say(partition, inbox, 1 << 40)
    put: list[object] = []
    monkeypatch.setattr(session.outbox, "put", put.append)
    for second in range(3):
        await session._saying.upkeep(second)
    assert not put
    monkeypatch.setattr(session._saying._bus, "healthy", lambda: True)
    await session._saying.upkeep(1)
    assert len(put) == 1
