"""What waits for a client that does not read is bounded in bytes, and dropped when it is too much; who reads gets everything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from parley_chassis.tasks import Tasks
from parley_gateway.close_codes import TOO_SLOW
from parley_gateway.domain.identity import Identity
from parley_gateway.sockets import socket as module
from parley_gateway.sockets.asgi import Channel
from parley_gateway.sockets.source import SourceSocket

FRAME = "x" * 10_000


class Link:
    def join(self, sender: Any) -> int:
        return 1


class Client:
    """The other end: it takes frames while it `reads`."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.code: int | None = None
        self.reads = asyncio.Event()

    async def take(self, event: Any) -> None:
        await self.reads.wait()
        if event["type"] == "websocket.close":
            self.code = event["code"]
        else:
            self.got.append(event["text"])


@pytest.fixture
async def client() -> Client:
    return Client()


@pytest.fixture
async def socket(client: Client) -> SourceSocket:
    channel = Channel({"type": "websocket", "headers": []}, None, client.take)  # type: ignore[arg-type]
    return SourceSocket(channel, Link(), Tasks(), Identity("t", "pbx", "", "source", 0))  # type: ignore[arg-type]


async def stalled(socket: SourceSocket, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has been offered a frame, and has not taken it for a while."""
    monkeypatch.setattr(module, "TAKES_WITHIN_S", 0.0)
    socket.send_text("first")
    await asyncio.sleep(0.01)


async def test_who_does_not_read_is_closed_and_what_waits_is_dropped(
    client: Client, socket: SourceSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stalled(socket, monkeypatch)
    for _ in range(1_000):
        socket.send_text(FRAME)
        assert socket._unsent_bytes <= module.MOST_UNSENT_BYTES
    assert not socket._unsent
    client.reads.set()
    await asyncio.sleep(0.01)
    assert (client.got, client.code) == (["first"], TOO_SLOW)


async def test_frames_that_are_made_later_count_as_well(
    client: Client, socket: SourceSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stalled(socket, monkeypatch)

    def made() -> Iterator[str]:
        yield FRAME

    for _ in range(1_000):
        socket._later(made())
    assert len(socket._unsent) <= module.MOST_UNSENT_BYTES // module.UNMADE_BYTES
    client.reads.set()
    await asyncio.sleep(0.01)
    assert client.code == TOO_SLOW


async def test_who_reads_gets_what_comes_at_once_and_nothing_is_left_of_it(
    client: Client, socket: SourceSocket
) -> None:
    client.reads.set()
    for _ in range(200):
        socket.send_text(FRAME)
    await asyncio.sleep(0.05)
    assert (len(client.got), client.code, socket._unsent_bytes) == (200, None, 0)


async def test_there_is_an_end_for_everybody(client: Client, socket: SourceSocket) -> None:
    for _ in range(2_000):
        socket.send_text(FRAME)
    assert socket._unsent_bytes <= module.MOST_AT_ONCE_BYTES
    client.reads.set()
    await asyncio.sleep(0.05)
    assert client.code == TOO_SLOW
