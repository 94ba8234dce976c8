"""A way to a server within the test's own process: it counts who comes, can be shut, and speaks TLS where it has a certificate."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from servers import free_port


class Door:
    """The way to `url`; it is open."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._there, self._tls = (parts.hostname, parts.port), tls
        self._server: asyncio.Server | None = None
        self._inside: set[asyncio.StreamWriter] = set()
        self.host = f"127.0.0.1:{free_port()}"
        self.came = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Door]:
        """One that is open until the end of the block."""
        door = cls(url, tls)
        await door.open()
        yield door
        await door.shut()

    async def open(self) -> None:
        """Let in whoever comes from now on."""
        host, port = self.host.split(":")
        self._server = await asyncio.start_server(self._enter, host, int(port), ssl=self._tls)

    async def shut(self) -> None:
        """As if the server had died: nobody comes in any more, and who is inside is out."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._inside):
            writer.transport.abort()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        there, back = await asyncio.open_connection(*self._there)
        self._inside |= {writer, back}
        try:
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        finally:
            self._inside -= {writer, back}

    @staticmethod
    async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
