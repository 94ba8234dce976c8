"""Each attack is a function: it takes a target and a size, does its worst within bounds, and says what it came to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable

import httpx
from protocol import RefusedByServer, Visitor
from websockets.exceptions import InvalidStatus

from .target import MIB, Figures, Target

LONG = "\N{HEADPHONE}" * 4_000
NO_PACE = {"messages_per_s": 100_000, "burst": 1_000_000, "burst_bytes": 1_000_000_000}

HANDSHAKE = (
    "GET /v1/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n"
)


async def opened(target: Target, sent: bytes, small: bool = False) -> socket.socket | None:
    """A connection that has sent this; None where it was refused."""
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    if small:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    connection.setblocking(False)
    try:
        await loop.sock_connect(connection, ("127.0.0.1", target.port))
        await loop.sock_sendall(connection, sent)
    except OSError:
        connection.close()
        return None
    return connection


def is_open(connection: socket.socket) -> bool:
    """Whether the server still has it: seen without reading."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1


async def until_closed(connections: list[socket.socket], seconds: float) -> tuple[int, float]:
    """How many are still open after at most so long, and how long it took."""
    began = time.monotonic()
    while any(map(is_open, connections)) and time.monotonic() - began < seconds:
        await asyncio.sleep(0.1)
    left, took = sum(map(is_open, connections)), time.monotonic() - began
    for connection in connections:
        connection.close()
    return left, round(took, 1)


async def silent_sockets(target: Target, long: bool) -> Figures:
    """Sockets that are opened and say nothing."""
    tried = 10_000 if long else 1_500
    figures: Figures = {"tried": tried}
    async with target.peak(figures):
        made: list[socket.socket] = []
        for _ in range(0, tried, 500):
            made += filter(None, await asyncio.gather(*(opened(target, HANDSHAKE.encode()) for _ in range(500))))
        await asyncio.sleep(0.5)
        figures["bystander_ms"] = await target.bystander_ms()
        figures["open_after"], figures["seconds"] = await until_closed(made, 30)
    return figures


async def slow_heads(target: Target, long: bool) -> Figures:
    """Half a request, and then a letter now and then."""
    tried = 1_000 if long else 200
    figures: Figures = {"tried": tried}
    half = b"GET /v1/services/demo HTTP/1.1\r\nHost: x\r\nX-Slow: "
    async with target.peak(figures):
        made = [each for each in await asyncio.gather(*(opened(target, half) for _ in range(tried))) if each]

        async def drip() -> None:
            while True:
                await asyncio.sleep(1)
                for each in made:
                    with contextlib.suppress(OSError):
                        each.send(b"x")

        dripping = asyncio.create_task(drip())
        figures["bystander_ms"] = await target.bystander_ms()
        await asyncio.sleep(0)
        figures["open_after"], figures["seconds"] = await until_closed(made, 40)
        dripping.cancel()
    return figures


async def long_bodies(target: Target, long: bool) -> Figures:
    """A body that never seems to end, with its length said and without."""
    size = (300 if long else 60) * MIB
    figures: Figures = {"mib": size // MIB}
    heads = (f"Content-Length: {size}", "Transfer-Encoding: chunked")
    async with target.peak(figures):
        for number, head in enumerate(heads):
            sent, status = await _pour(
                target, f"POST /v1/login HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n", size, bool(number)
            )
            figures[f"sent_mib_{number}"] = round(sent / MIB, 1)
            figures[f"status_{number}"] = status
    return figures


async def _pour(target: Target, head: str, size: int, chunked: bool) -> tuple[int, int]:
    loop = asyncio.get_running_loop()
    connection = await opened(target, head.encode())
    assert connection is not None
    piece = (b"10000\r\n" if chunked else b"") + b"x" * 65_536 + (b"\r\n" if chunked else b"")
    sent, answer = 0, b""
    with contextlib.suppress(OSError, TimeoutError):
        while sent < size and not answer:
            await asyncio.wait_for(loop.sock_sendall(connection, piece), 5)
            sent += 65_536
            with contextlib.suppress(BlockingIOError):
                answer = connection.recv(4_096)
        answer = answer or await asyncio.wait_for(loop.sock_recv(connection, 4_096), 5)
    connection.close()
    return sent, int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0


async def unread_chats(target: Target, long: bool) -> Figures:
    """Readers who ask for all of a long chat and take nothing of it."""
    size, readers = (19 if long else 4) * 1_000_000, 50
    before = await target.admin("GET", "services/demo-sales")
    await target.admin("PUT", "services/demo-sales", json={**before, **NO_PACE})
    figures: Figures = {"readers": readers, "chat_mb": size / 1_000_000}
    try:
        async with Visitor(target.url) as writer:
            await writer.start(token="demo-sales")
            for begin in range(0, size // 16_000, 50):
                await asyncio.gather(*(writer.say(LONG[: 4_000 - 8] + f"{begin + n}") for n in range(50)))
            async with target.peak(figures):
                readers_ = [await _reader(target, writer) for _ in range(readers)]
                await asyncio.sleep(3)
                figures["bystander_ms"] = await target.bystander_ms()
                figures["open_after"], figures["seconds"] = await until_closed(readers_, 60)
            await writer.ask("end")
    finally:
        await target.admin("PUT", "services/demo-sales", json=before)
    return figures


async def _reader(target: Target, of: Visitor) -> socket.socket:
    """A socket that has resumed a chat, and does not read."""
    loop = asyncio.get_running_loop()
    connection = await opened(target, HANDSHAKE.encode(), small=True)
    assert connection is not None
    await loop.sock_recv(connection, 1_024)
    frame = f'{{"type":"resume","id":"r","chat":"{of.chat}","secret":"{of.secret}","after":0}}'.encode()
    await loop.sock_sendall(connection, b"\x81" + _length(len(frame)) + b"\0\0\0\0" + frame)
    return connection


def _length(bytes_: int) -> bytes:
    return bytes([0x80 | bytes_]) if bytes_ < 126 else bytes([0x80 | 126]) + bytes_.to_bytes(2, "big")


async def many_starts(target: Target, long: bool) -> Figures:
    """Chats, as many as one address can ask for."""
    tried = 2_000 if long else 400
    begun = time.monotonic()
    started = 0

    async def one() -> None:
        nonlocal started
        with contextlib.suppress(InvalidStatus, RefusedByServer):
            async with Visitor(target.url) as visitor:
                await visitor.start(token="demo-sales")
                started += 1
                await visitor.ask("end")

    for _ in range(0, tried, 50):
        await asyncio.gather(*(one() for _ in range(50)))
    return {"tried": tried, "started": started, "seconds": round(time.monotonic() - begun, 1)}


async def widget_misses(target: Target, long: bool) -> Figures:
    """Pinned widgets and other files that there are none of, by long names."""
    tried = 10_000 if long else 2_000
    figures: Figures = {"tried": tried}
    async with target.peak(figures), httpx.AsyncClient(base_url=target.url, trust_env=False) as client:
        for number in range(tried):
            path = (f"/widget/pinned/{number:016x}{'x' * 20_000}.js", f"/assets/{number}.js", f"/v1/services/{number}")
            await client.get(path[number % 3])
    return figures


async def wrong_passwords(target: Target, long: bool) -> Figures:
    """Guesses for one user, all at once, while another one logs in."""
    tried = 400 if long else 200
    figures: Figures = {"tried": tried}
    limits = httpx.Limits(max_connections=tried)
    async with httpx.AsyncClient(base_url=target.url, trust_env=False, timeout=60, limits=limits) as client:

        async def guess(user: str, password: str) -> int:
            return (
                await client.post("/v1/login", json={"tenant": "demo", "user": user, "password": password})
            ).status_code

        await guess("sam", "demo")
        guesses = [asyncio.ensure_future(guess("anna", f"guess {number}")) for number in range(tried)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        assert await guess("ben", "demo") == 200
        figures["other_user_ms"] = round((time.monotonic() - began) * 1000)
        answers = await asyncio.gather(*guesses)
    figures["looked_at"], figures["refused"] = answers.count(401), answers.count(429)
    figures["seconds"] = round(time.monotonic() - began, 1)
    return figures


async def spam_letters(target: Target, long: bool) -> Figures:
    """A text of the attacker's own, sent from the company's mail server to somebody who has nothing to do with it."""
    tried = 40 if long else 8
    codes: list[str] = []
    for number in range(tried):
        async with Visitor(target.url) as visitor:
            await visitor.start(token="demo-sales", text="open https://evil.example", name="Your bank")
            await visitor.ask("end")
            await asyncio.sleep(0.3)
            for _ in range(3):
                try:
                    await visitor.ask("transcript", to=f"victim{number % 3}@example.org")
                    codes.append("ack")
                except RefusedByServer as refused:
                    codes.append(str(refused.code))
    await asyncio.sleep(1)
    assert target.mailbox is not None
    return {"tried": len(codes), "accepted": codes.count("ack"), "letters": len(target.mailbox.letters)}


ATTACKS: dict[str, Callable[[Target, bool], Awaitable[Figures]]] = {
    each.__name__: each
    for each in (
        silent_sockets,
        slow_heads,
        long_bodies,
        unread_chats,
        many_starts,
        widget_misses,
        wrong_passwords,
        spam_letters,
    )
}
