"""R30: what was acknowledged survives the death of the process, the broker or the database; the chat goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from protocol import Agent, Visitor, interaction, log_in
from running import Demo
from servers import PrivatePostgreSQL, PrivateRabbitMQ, quorum_inboxes

from .conftest import Product

pytestmark = pytest.mark.stores


async def back(client: Visitor, after: int) -> None:
    """Connect again, as a widget does: until it works."""
    async with asyncio.timeout(30):
        while True:
            try:
                await client.connect()
                await client.resume(after)
                return
            except OSError:
                await asyncio.sleep(0.1)


async def at_desk(url: str) -> Agent:
    """Log in again, until it works."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await Agent.log_in(url, "anna")
            except (OSError, ConnectionError, httpx.TransportError):
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("how", ["killed", pytest.param("stopped", marks=pytest.mark.slow)])
async def test_R30_a_chat_goes_on_after_the_process_has_died(product: Product, how: str) -> None:
    visitor = await Visitor(product.url).connect()
    await visitor.start(token="demo-sales", text="before")
    anna = await Agent.log_in(product.url, "anna")
    await anna.ask("pick", item=visitor.chat)
    await anna.ask("message", item=visitor.chat, text="acknowledged")
    sent = await visitor.say("also acknowledged", id="unsure")
    await visitor.frame("event", seq=sent["seq"])
    handle = anna.inbox[visitor.chat]["handle"]
    await asyncio.to_thread(product.demo.kill if how == "killed" else product.demo.stop)
    assert visitor.closed is None or visitor.closed in (1006, 1012)
    await asyncio.to_thread(product.demo.start)
    await back(visitor, after=sent["seq"])
    assert await visitor.say("also acknowledged", id="unsure") == sent, "told again, it has no second effect"
    anna = await at_desk(product.url)
    assert anna.inbox[visitor.chat]["handle"] == handle, "the same inbox, the same timer"
    events = (await anna.ask("open", item=visitor.chat))["events"]
    texts = [event["text"] for event in events if event["kind"] == "message"]
    assert texts == ["before", "acknowledged", "also acknowledged"]
    await anna.ask("message", item=visitor.chat, text="after")
    await visitor.frame("event", text="after")
    assert [event["seq"] for event in visitor.events] == list(range(1, len(visitor.events) + 1))
    await anna.ask("end", item=visitor.chat)
    await anna.ask("complete", item=visitor.chat)
    record = await interaction(product.url, visitor.chat, (await log_in(product.url, "anna"))["token"])
    assert [line["text"] for line in record["transcript"]] == [*texts, "after"]
    await anna.ask("logout")


@pytest.fixture
def on_own_servers(
    own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL], demo_process: object
) -> Iterator[tuple[Demo, PrivateRabbitMQ, PrivatePostgreSQL]]:
    """A demonstration on servers that may be killed."""
    broker, database = own_servers
    env = {"PARLEY_BROKER_URL": broker.url, "PARLEY_DATABASE_URL": database.url}
    demo: Demo = demo_process(env)  # type: ignore[operator]
    for inbox in quorum_inboxes(ops=True):
        broker.settle(f"%2F_{inbox}")  # as RabbitMQ lists those of the virtual host "/"; other tests had others
    yield demo, broker, database
    demo.stop()


@pytest.mark.slow
@pytest.mark.parametrize("which", ["broker", "database"])
async def test_R30_a_chat_goes_on_in_its_sockets_after_a_server_has_died(
    on_own_servers: tuple[Demo, PrivateRabbitMQ, PrivatePostgreSQL], which: str
) -> None:
    demo, broker, database = on_own_servers
    server = broker if which == "broker" else database
    visitor = await Visitor(demo.url).connect()
    await visitor.start(token="demo-sales", text="before")
    anna = await Agent.log_in(demo.url, "anna")
    await anna.ask("pick", item=visitor.chat)
    await visitor.frame("event", kind="joined")
    await asyncio.to_thread(server.kill)
    typed = [asyncio.create_task(visitor.ask("message", text=f"typed meanwhile {number}")) for number in range(3)]
    await asyncio.sleep(0)
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(60):
        acks = await asyncio.gather(*typed)
    assert [ack["seq"] for ack in acks] == [3, 4, 5], "in order, and only once it was stored"
    await anna.until(
        lambda: [e["text"] for e in anna.chat(visitor.chat) if e["kind"] == "message"][-1:] == ["typed meanwhile 2"]
    )
    await anna.ask("message", item=visitor.chat, text="after")
    await visitor.frame("event", text="after")
    assert visitor.said() == [
        ("visitor", "before"),
        *(("visitor", f"typed meanwhile {number}") for number in range(3)),
        ("agent", "after"),
    ]
    await anna.ask("end", item=visitor.chat)
    await anna.ask("complete", item=visitor.chat)
    record = await interaction(demo.url, visitor.chat, (await log_in(demo.url, "anna"))["token"])
    assert len(record["transcript"]) == 5
    await anna.ask("logout")
