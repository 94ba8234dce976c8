"""A floor's snapshot of another version: the floor is folded from its log, and everything that is asked is done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent
from floor_words import TENANT, online, picked, queue, waits
from parley_chassis.bus import Delivery, Inbox
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.letters import Letter
from parley_chassis.metrics import SNAPSHOTS_DISCARDED
from parley_chassis.shape import shape_of
from parley_chassis.store import Commit, OpenStream, Store, open_store
from parley_chassis.streams import Live, fold_streams, snapshot_topic
from parley_contracts import commands as c
from parley_contracts.shapes import Message, Sender
from parley_contracts.showings import Replied
from parley_contracts.topology import (
    EVENT_STREAM,
    PARTITIONS,
    gateway_inbox,
    partition_of,
    router_inbox,
    session_inbox,
)
from parley_contracts.wire import encode, pack, unpack
from parley_router.app import build
from parley_router.domain.floor import Floor
from parley_router.domain.queue_settings import Settings
from parley_router.domain.state import Agent, Frozen, WorkItem
from parley_router.handlers import Router

HAPPENED = [queue(agents=("anna",), distribution="pick"), *online("anna"), waits("c1", 5), picked("c1", "anna", 6)]


def floor() -> Floor:
    state = Floor(TENANT)
    for event in HAPPENED:
        state.evolve(event)
    return state


def without(frozen: bytes, part: str, field: str) -> bytes:
    """As a version froze it that did not know a field yet."""
    fields = json.loads(frozen)
    for each in fields[part] if isinstance(fields[part], list) else [fields]:
        del each[field]
    return json.dumps(fields).encode()


OLD = {
    "a field of an item": without(floor().freeze(), "items", "changed_at"),
    "a field of an agent": without(floor().freeze(), "agents", "name"),
    "a field of the floor": without(floor().freeze(), "last_at", "touches"),
}


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The router's, of each kind."""
    url = {"memory": "memory:", "sqlite": f"sqlite:{tmp_path}"}.get(request.param)
    with closing(open_store(url or request.getfixturevalue("database_url"), "router")) as opened:
        yield opened


@pytest.mark.parametrize("frozen", OLD.values(), ids=OLD)
async def test_R29_a_tenant_whose_snapshot_is_of_another_shape_is_served_and_nothing_is_put_aside(
    store: Store, frozen: bytes
) -> None:
    with pytest.raises(msgspec.ValidationError):
        Floor.thaw(TENANT, frozen)
    broker = MemoryBroker()
    stored = [Router.journal.stored(TENANT, version, event) for version, event in enumerate(HAPPENED, 1)]
    agenda = {TENANT: OpenStream(TENANT, partition_of(TENANT), 0)}
    store.commit(Commit(events=stored, agenda=agenda))
    store.save_snapshot(StoredEvent(TENANT, len(HAPPENED), "Snapshot.1", frozen))
    before = SNAPSHOTS_DISCARDED.labels("router")._value.get()
    answers, letters = await asked(store, broker, c.Park(tenant=TENANT, item="c1", sender=anna()))
    assert [answer.code for answer in answers] == [None]
    assert letters == []
    assert SNAPSHOTS_DISCARDED.labels("router")._value.get() == before + 1
    live: Live[Floor] = fold_streams(store, Router(), [TENANT])[TENANT]
    assert live.state.items["c1"].activity == "parked"


def anna() -> Sender:
    return Sender(gateway="g1", connection=1, id="park-1", role="agent", user="anna", name="Anna")


async def asked(store: Store, broker: MemoryBroker, message: Message) -> tuple[list[Any], list[Letter]]:
    """What a router that starts now answers, and what it keeps as letters."""
    bus = MemoryBus(broker)
    replies: asyncio.Queue[Any] = asyncio.Queue()

    async def heard(delivery: Delivery) -> None:
        for shown in unpack(delivery.body):
            if isinstance(shown, Replied):
                await replies.put(shown.reply)
            elif (reply := getattr(shown, "reply", None)) is not None:
                await replies.put(reply)
        await delivery.ack()

    await bus.start()
    for partition in range(PARTITIONS):
        await bus.declare(Inbox(session_inbox(partition)))
    await bus.declare(Inbox(EVENT_STREAM, "stream"))
    await bus.consume(Inbox(gateway_inbox("g1")), heard)
    router_bus = MemoryBus(broker)
    await router_bus.start()
    router = build(store, router_bus)
    await router.start()
    await bus.publish(router_inbox(partition_of(TENANT)), pack([encode(message)]))
    async with asyncio.timeout(20):
        first = await replies.get()
    await router.stop()
    return [first], store.letters.page()


def test_the_shape_of_a_floors_snapshot_is_that_of_everything_in_it() -> None:
    assert snapshot_topic(Router()) == f"Snapshot.{shape_of(Frozen, Settings)}"
    frozen = json.loads(floor().freeze())
    assert set(frozen) == set(Frozen.__struct_fields__)
    assert set(frozen["items"][0]) <= set(WorkItem.__struct_fields__), "what is as usual is left out"
    assert set(frozen["agents"][0]) == set(Agent.__struct_fields__)
    assert set(frozen["queues"]["help"]) == set(Settings.__struct_fields__)
