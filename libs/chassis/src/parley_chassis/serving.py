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
from starlette.applications import Starlette

from .impatience import Impatience
from .probes import Troubles, probe_routes

SEND_BUFFER_BYTES = 256 * 1024
"""What the system keeps for a client that does not read: without a word it takes some megabytes for each."""

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


def open_port(host: str, port: int, setting: str = "PARLEY_PORT") -> socket.socket:
    """A listening socket; raises OSError with a sentence that says what to do when the port is taken: to set `setting`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OSError(f"{host}:{port} cannot be listened on ({error.strerror}): set {setting} to a free one") from error
    listening.listen(2048)
    return listening


def open_metrics_port(host: str, port: int) -> socket.socket | None:
    """A listening socket for operators, beside the one for everybody; None where no port is set. Raises OSError."""
    return open_port(host, port, "PARLEY_METRICS_PORT") if port else None


async def serve_probes(
    service: str,
    troubles: Troubles,
    listening: socket.socket | None,
    stopping: Stopping,
    notices: Troubles = list,
) -> None:
    """Serve a process's metrics, and its probes with every detail, until it is time to stop; nothing without a port."""
    if listening is not None:
        await serve(Starlette(routes=probe_routes(service, troubles, notices)), listening, stopping)


def _is_ours(record: logging.LogRecord) -> bool:
    """What a client did wrong, and was told, is no error of this process."""
    return not record.getMessage().startswith("Invalid UTF-8 sequence")


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
        http="h11",
        proxy_headers=False,  # whom they name is believed or not by the application
        ws_max_size=1 << 17,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_ours)
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    ending = asyncio.create_task(Impatience(server.server_state.connections).run())
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if before_stop is not None:
        await before_stop()
    server.should_exit = True
    await running
    waiting.cancel()
    ending.cancel()
