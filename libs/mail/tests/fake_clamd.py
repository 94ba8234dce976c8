"""A scanner that knows one thing bad: what speaks ClamAV's INSTREAM protocol and looks for EICAR's test file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from struct import unpack
from typing import Literal

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
Mood = Literal["well", "silent", "hangs up", "garbled", "endless", "small"]
SMALL = 100_000


class FakeClamd:
    """`received` are the files that came, whole."""

    def __init__(self, mood: Mood) -> None:
        self.mood = mood
        self.received: list[bytes] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood == "hangs up":
            return
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := unpack("!L", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
            if self.mood == "small" and len(content) > SMALL:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.received.append(content)
        if self.mood == "silent":
            await asyncio.sleep(3600)
        elif self.mood == "garbled":
            writer.write(b"\xff\xfe what\0")
        elif self.mood == "endless":
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        else:
            writer.write(b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
        await writer.drain()


@asynccontextmanager
async def clamd(mood: Mood = "well", path: Path | None = None) -> AsyncIterator[tuple[str, FakeClamd]]:
    """One that runs, and its address: a socket in the file system, or a port."""
    fake = FakeClamd(mood)
    if path is None:
        server = await asyncio.start_server(fake.answer, "127.0.0.1", 0)
        address = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        server = await asyncio.start_unix_server(fake.answer, path)
        address = f"unix://{path}"
    try:
        yield address, fake
    finally:
        server.close()
