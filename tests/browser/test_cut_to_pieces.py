"""R21, R22, R30: a chat over a network that is cut to pieces. Both sides write all the time, in two tabs each; everything
is there once, in order, in every tab and in the CRM."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from protocol import interaction, log_in

from .people import Agent, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

SHORT, LONG = 9, 30
"""How many messages each side writes; the short form is over before the silence."""
PAUSE_S = 0.4
CUTS = {3: "both", 5: "visitor", 7: "agent", 9: "visitor", 17: "both", 19: "agent", 21: "visitor", 23: "agent", 25: "both", 28: "visitor"}  # fmt: skip
"""Before which message the sockets are cut, and whose."""
SILENCE_BEFORE, SILENCE_S = 10, 20
HEARD_WITHIN_S = 40
"""A page notices within so long that a connection is silent: a sign of life each 25 s at most, 10 s of patience."""
RELOADS = (5, 21)
SECOND_TAB = range(18, 25)
"""Which messages the visitor writes in the other tab."""
PATHS = {"visitor": b"GET /v1/chat", "agent": b"GET /v1/agent"}


class Way:
    """The network between the pages and the server, byte by byte: it can cut sockets, or fall silent without closing
    anything. A connection that has been silent stays so, as bytes of it are missing."""

    def __init__(self, url: str) -> None:
        self.url = ""
        self.cuts = self.silenced = 0
        self._target = int(url.rpartition(":")[2])
        self._open: dict[asyncio.StreamWriter, bytes] = {}
        self._silent: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._swallows = False

    async def __aenter__(self) -> Way:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in [*self._open, *self._silent]:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self, whose: str) -> None:
        """Resets the sockets of one side, or of both."""
        paths = tuple(PATHS.values() if whose == "both" else [PATHS[whose]])
        for writer, first in list(self._open.items()):
            if first.startswith(paths):
                writer.transport.abort()
                self.cuts += 1

    async def swallow(self, seconds: float) -> None:
        """For so long nothing arrives, in either direction, and nothing is closed. Then sockets are found dead by those who
        ask for a sign of life; whatever else was open is reset."""
        self.silenced += sum(self._is_socket(writer) for writer in self._open)
        self._swallows = True
        self._silent |= set(self._open)
        await asyncio.sleep(seconds)
        self._swallows = False
        for writer in self._silent & set(self._open):
            if not self._is_socket(writer):
                writer.transport.abort()

    def _is_socket(self, writer: asyncio.StreamWriter) -> bool:
        return self._open[writer].startswith(tuple(PATHS.values()))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._open[writer] = first = await reader.read(65536)
        if self._swallows:
            self._silent.add(writer)
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            if writer not in self._silent:
                back.write(first)
            ways = [asyncio.ensure_future(self._carry(*ends, writer)) for ends in ((reader, back), (there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if writer in self._silent:
                await ways[0]  # the page does not hear that the server has given it up
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            back.transport.abort()
        writer.transport.abort()
        self._open.pop(writer, None)

    async def _carry(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, of: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if of not in self._silent:
                    to.write(data)
                    await to.drain()


@pytest_asyncio.fixture(loop_scope="session")
async def way(parley_url: str) -> AsyncIterator[Way]:
    async with Way(parley_url) as way:
        yield way


@pytest.fixture
def wrong() -> list[str]:
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, way: Way, wrong: list[str]) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, way.url, wrong)
    yield visitor
    await visitor.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, way: Way, wrong: list[str]) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, way.url, wrong)
    yield anna
    await anna.leaves()


@pytest.mark.parametrize("each", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)])
async def test_R21_R22_R30_cut_to_pieces_everything_arrives_once_and_in_order(
    way: Way, visitor: Visitor, anna: Agent, wrong: list[str], parley_url: str, each: int
) -> None:
    began = time.monotonic()
    # given a chat that each side has open in two tabs
    await anna.logs_in("anna")
    await anna.gets_ready()
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("v 1")
    await anna.sees(["v 1"])
    desks = [anna.page, await anna.opens_tab()]
    await anna.page.goto(f"{anna.url}/desk")
    await anna.sees(["v 1"])
    anna.page = desks[0]
    tabs = [visitor.page, await visitor.opens_tab()]
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.sees(["v 1"])

    # when both write on while sockets are cut, the network is silent for a while, and the visitor reloads in mid-send
    silence: asyncio.Task[None] | None = None
    for number in range(1, each + 1):
        if number in CUTS:
            if silence is not None:
                await silence
                await noticed(desks, tabs)
                silence = None
            way.cut(CUTS[number])
        if number == SILENCE_BEFORE:
            silence = asyncio.create_task(way.swallow(SILENCE_S))
        if number > 1:
            visitor.page = tabs[number in SECOND_TAB]
            await visitor.says(f"v {number}")
        if number in RELOADS:
            await visitor.page.reload()
        await anna.answers(f"a {number}")
        await asyncio.sleep(PAUSE_S)
    assert way.cuts >= {SHORT: 8, LONG: 20}[each], "both sides' sockets have been cut"
    assert way.silenced == {SHORT: 0, LONG: 4}[each], "two tabs of each side have been silenced"

    # then everything is there once, in the order in which each wrote it, and all tabs show the same
    await anna.page.get_by_test_id("message").nth(2 * each - 1).wait_for()
    everything = await shown(desks[0])
    assert [text for text in everything if text[0] == "v"] == [f"v {number}" for number in range(1, each + 1)]
    assert [text for text in everything if text[0] == "a"] == [f"a {number}" for number in range(1, each + 1)]
    for page in tabs:
        await visitor.sees(everything, page)
    for page in desks:
        anna.page = page
        await anna.sees(everything)

    # and in the CRM
    item = await anna.on_screen("conversation").get_attribute("data-item")
    assert item is not None
    await anna.stops()
    await anna.does("end")
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)
    record = await interaction(parley_url, item, (await log_in(parley_url, "anna"))["token"])
    assert [line["text"] for line in record["transcript"]] == everything
    await anna.logs_out()
    assert [text for text in wrong if "WebSocket" not in text and "net::ERR" not in text] == []
    assert time.monotonic() - began < 90


async def noticed(desks: list[Page], tabs: list[Page]) -> None:
    """Every page has noticed the silence and has come back from it: nothing is on its way any more."""
    for page in desks:
        await expect(page.get_by_test_id("pending")).to_have_count(0, timeout=HEARD_WITHIN_S * 1000)
    for page in tabs:
        await expect(page.locator("#pending .message")).to_have_count(0, timeout=HEARD_WITHIN_S * 1000)


async def shown(desk: Page) -> list[str]:
    texts = desk.get_by_test_id("message").get_by_test_id("text")
    found: list[str] = await texts.evaluate_all("nodes => nodes.map(node => node.textContent)")
    return found
