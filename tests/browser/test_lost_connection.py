"""What happens when the connection breaks at the worst moment: after the server stored, before anybody was told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, WebSocketRoute, expect

from .people import Agent, Person, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


class Network:
    """Between a page and the server. Each entry of `swallow` is a number of acknowledgements that still
    pass; the next one is lost together with its connection."""

    def __init__(self) -> None:
        self.swallow: list[int] = []
        self.connections = 0

    async def carry(self, person: Person, path: str) -> None:
        await person.context.route_web_socket(lambda url: url.endswith(path), self._connect)

    def _connect(self, page: WebSocketRoute) -> None:
        self.connections += 1
        server = page.connect_to_server()
        server.on_message(lambda message: self._pass_on(page, server, str(message)))

    async def _pass_on(self, page: WebSocketRoute, server: WebSocketRoute, message: str) -> None:
        if json.loads(message)["type"] == "ack" and self.swallow:
            if self.swallow[0] == 0:
                self.swallow.pop(0)
                await server.close()
                await page.close(code=3000)
                return
            self.swallow[0] -= 1
        page.send(message)


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, [])
    yield visitor
    await visitor.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    yield anna
    await anna.leaves()


@pytest.mark.slow
async def test_R22_R30_what_the_visitor_writes_arrives_once_and_in_order(visitor: Visitor, anna: Agent) -> None:
    network = Network()
    await network.carry(visitor, "/v1/chat")
    network.swallow = [0, 2]  # the answer to `start`; then, on the next connection, to the second message
    said = ["one", "two", "three", "four"]

    await visitor.enters()
    await visitor.opens_chat()
    for text in said:
        await visitor.says(text)

    await visitor.sees(said)
    assert network.swallow == []
    assert network.connections == 3
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(said)
    await anna.stops()
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()


@pytest.mark.slow
async def test_R21_R30_what_the_agent_writes_arrives_once_and_in_order(visitor: Visitor, anna: Agent) -> None:
    network = Network()
    await network.carry(anna, "/v1/agent")
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("hello")
    await anna.logs_in("anna")
    await anna.gets_ready()
    await anna.sees(["hello"])

    network.swallow = [0]  # the answer to the first of these
    for text in ("one", "two", "three"):
        await anna.answers(text)

    said = ["hello", "one", "two", "three"]
    await visitor.sees(said)
    await anna.sees(said)
    assert network.connections >= 2
    await anna.stops()
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    await anna.logs_out()
