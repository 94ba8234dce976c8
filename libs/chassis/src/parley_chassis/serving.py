"""Running a process: serve HTTP and sockets until told to stop, then stop in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import uvicorn

log = logging.getLogger("parley.process")


class Stopping:
    """Becomes set when the process is told to stop (SIGTERM, SIGINT), or when a part of it fails for good."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.failure: BaseException | None = None

    def listen(self) -> None:
        """Take the signals from now on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._event.set)

    def failed(self, failure: BaseException) -> None:
        """A part has failed: the process stops, and whoever supervises it starts it anew from what is stored."""
        self.failure = self.failure or failure
        self._event.set()

    @property
    def told(self) -> bool:
        """Whether it is time to stop."""
        return self._event.is_set()

    def tell(self) -> None:
        """It is time to stop."""
        self._event.set()

    async def wait(self) -> None:
        """Until it is time to stop."""
        await self._event.wait()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process's order of stopping is ours."""

    def install_signal_handlers(self) -> None:
        """Nothing: Stopping has them."""

    def capture_signals(self) -> Any:
        return nullcontext()


def open_port(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError with a sentence that says what to do when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OSError(
            f"{host}:{port} cannot be listened on ({error.strerror}): set PARLEY_PORT to a free one"
        ) from error
    listening.listen(2048)
    return listening


async def serve(
    app: Any,
    listening: socket.socket,
    stopping: Stopping,
    before_stop: Callable[[], Awaitable[None]] | None = None,
    websockets: bool = False,
) -> None:
    """Serve until it is time to stop; `before_stop` runs first, while the sockets are still open.

    `websockets`: the app has some; it then brings the library for them.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="websockets-sansio" if websockets else "none",
        ws_max_size=1 << 20,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if before_stop is not None:
        await before_stop()
    server.should_exit = True
    await running
    waiting.cancel()
