"""A way between services and a server that can be lost: `python -m faults.proxy PORT TARGET_PORT`.

SIGUSR1: from now on nothing arrives any more, in either direction, and nothing is closed: connections stay open and
silent, for good; new ones too. SIGUSR2: connections that are made from now on work again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from servers import free_port


class _Way:
    """Whether bytes arrive now. `number` counts the losses: a connection from before one never works again."""

    def __init__(self) -> None:
        self.open = True
        self.number = 0

    def lose(self) -> None:
        self.open, self.number = False, self.number + 1

    def find(self) -> None:
        self.open = True


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, alive: Callable[[], bool]) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            if alive():
                writer.write(data)
                await writer.drain()


async def _serve(port: int, target: int) -> None:
    way = _Way()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, way.lose)
    loop.add_signal_handler(signal.SIGUSR2, way.find)
    silent: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not way.open:
            silent.add(writer)
            return
        number = way.number
        try:
            there, back = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        ways = [_carry(reader, back, lambda: way.number == number), _carry(there, writer, lambda: way.number == number)]
        tasks = [asyncio.ensure_future(way_) for way_ in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if way.number != number:
            silent.update({writer, back})  # nobody hears that the other side has closed
            return
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.close()
        back.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


class Proxy:
    """The way to the server at an address, in a process of its own."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.port = free_port()
        assert parts.port is not None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "faults.proxy", str(self.port), str(parts.port)],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
            stdin=subprocess.DEVNULL,
        )

    def via(self, url: str) -> str:
        """The server's address by this way."""
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{self.port}"))

    def lose(self) -> None:
        """Nothing arrives any more, and nothing is closed."""
        self._process.send_signal(signal.SIGUSR1)

    def find(self) -> None:
        """New connections work again."""
        self._process.send_signal(signal.SIGUSR2)

    def close(self) -> None:
        """The way ends."""
        self._process.kill()
        self._process.wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
