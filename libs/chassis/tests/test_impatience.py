"""A connection that stands still is ended, whatever it stands still in; one that goes on slowly is not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any

import pytest
from parley_chassis import impatience
from parley_chassis.serving import Stopping, open_port, serve

MIB = 1024 * 1024


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Sends as much as the address says; a socket gets 64 MiB, frame by frame."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        for _ in range(1_024):
            await send({"type": "websocket.send", "bytes": bytes(65_536)})
        return
    size = int(scope["path"].strip("/") or 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    await send({"type": "http.response.body", "body": bytes(size)})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(impatience, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(impatience, "HEAD_WITHIN_S", 0.5)
    monkeypatch.setattr(impatience, "TAKEN_WITHIN_S", 0.5)
    stopping = Stopping()
    listening = open_port("127.0.0.1", 0)
    serving = asyncio.create_task(serve(application, listening, stopping, websockets=True))
    yield listening.getsockname()[1]
    stopping.tell()
    await serving


class Slow:
    """A client that takes nothing by itself, with a small buffer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self._loop = asyncio.get_running_loop()

    async def send(self, text: str) -> None:
        await self._loop.sock_sendall(self.socket, text.encode())

    async def take(self, most: int = 65_536) -> bytes:
        """What comes next; nothing at the end. Raises ConnectionError."""
        return await asyncio.wait_for(self._loop.sock_recv(self.socket, most), 5)

    async def ended(self) -> float:
        """How long it takes until the server has given it up, seen without reading."""
        began = monotonic()
        while monotonic() - began < 5:
            state = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
            if state not in (1, 4, 5):  # established, or half closed
                return monotonic() - began
            await asyncio.sleep(0.02)
        raise AssertionError("it is still open")

    async def refused(self, piece: str) -> float:
        """How long it can go on sending such pieces."""
        began = monotonic()
        try:
            while monotonic() - began < 5:
                await self.send(piece)
                await asyncio.sleep(0.05)
        except OSError:
            return monotonic() - began
        raise AssertionError("it may still send")


HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n"
)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        f"GET /{20 * MIB} HTTP/1.1\r\nHost: x\r\n\r\n",
        HANDSHAKE,
    ],
    ids=["nothing", "a word", "half a head", "no word of an answer", "no frame of a socket"],
)
async def test_who_stands_still_is_ended(port: int, sent: str) -> None:
    client = Slow(port)
    await client.send(sent)
    assert await client.ended() < 3


async def test_who_sends_a_head_letter_by_letter_is_ended(port: int) -> None:
    client = Slow(port)
    assert await client.refused("x") < 3


async def test_who_goes_on_with_a_body_that_nobody_reads_is_ended(port: int) -> None:
    client = Slow(port)
    await client.send("POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 300000000\r\n\r\n")
    assert b"200" in await client.take(), "the answer comes first"
    assert await client.refused("x" * 1_000) < 3


@pytest.mark.slow
async def test_who_reads_slowly_but_reads_gets_everything(port: int) -> None:
    client = Slow(port)
    await client.send(f"GET /{4 * MIB} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    got, began = 0, monotonic()
    while piece := await client.take():
        got += len(piece)
        await asyncio.sleep(0.01)
    assert got > 4 * MIB
    assert monotonic() - began > 0.5, "it took longer than who takes nothing is waited for"


async def test_a_connection_that_is_used_again_and_again_stays(port: int) -> None:
    client = Slow(port)
    for _ in range(12):
        await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await client.take()
        await asyncio.sleep(0.1)


def test_nothing_is_remembered_of_who_is_gone() -> None:
    class Gone:
        class transport:
            is_closing: Callable[[], bool] = staticmethod(lambda: False)
            get_write_buffer_size: Callable[[], int] = staticmethod(lambda: 0)

    connections: set[Any] = {Gone()}
    looking = impatience.Impatience(connections)
    looking.look(0)
    assert len(looking._seen) == 1
    connections.clear()
    looking.look(1)
    assert not looking._seen
