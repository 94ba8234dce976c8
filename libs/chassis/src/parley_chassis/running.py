"""How a service's process starts and ends."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

import uvloop
from starlette.applications import Starlette

from .bus import open_bus
from .logs import set_up_logs
from .offload import Offload
from .probes import probe_routes
from .serving import Stopping, open_port, serve
from .settings import ServiceSettings
from .store import Store, StoreDown, open_store

log = logging.getLogger("parley.process")
Opened = TypeVar("Opened")


class Works(Protocol):
    """A service that owns streams, put together."""

    async def start(self) -> None:
        """Begin to work."""

    async def stop(self) -> None:
        """Finish what is in hand."""

    def troubles(self) -> list[str]:
        """Why it is not ready; empty when it is."""

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run a process's main on uvloop; its exit status."""
    # What was imported lives for ever, and most of what a message makes dies young: look less often.
    gc.freeze()
    gc.set_threshold(10_000, 50, 50)
    # A thread that comes back from the database waits so long at most for the loop to let it go on.
    sys.setswitchinterval(0.0005)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def patiently(open_it: Callable[[], Opened], stopping: Stopping) -> Opened:
    """Open something on a database, again and again until it answers; blocking calls are made off the loop."""
    calls = Offload("opening")
    try:
        while True:
            try:
                return await calls(open_it)
            except StoreDown as error:
                log.warning("the database does not answer yet", extra={"reason": str(error)})
                await asyncio.sleep(1)
                if stopping.told:
                    raise
    finally:
        calls.close()


async def open_store_patiently(url: str, service: str, stopping: Stopping) -> Store:
    """The store of a service, as soon as its database answers."""
    return await patiently(lambda: open_store(url, service), stopping)


async def start_while_serving(start: Callable[[], Awaitable[None]], serving: asyncio.Task[None]) -> None:
    """Start what is behind the web server, then serve to the end. If serving fails meanwhile, that is what is raised."""
    starting = asyncio.ensure_future(start())
    await asyncio.wait({starting, serving}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    else:
        await starting
    await serving


async def run_group_commit(name: str, settings: ServiceSettings, build: Callable[..., Works]) -> int:
    """The process of a service that owns streams: work until told to stop; 0 when that went in order.

    `build(store, bus, on_failure=…)` puts the service together.
    """
    set_up_logs(name, settings.log_level)
    stopping = Stopping()
    stopping.listen()
    store = await open_store_patiently(settings.database_url, name, stopping)
    bus = open_bus(settings.broker_url)
    loop = build(store, bus, on_failure=stopping.failed)

    async def start() -> None:
        await bus.start()
        await loop.start()

    async def stop() -> None:
        await loop.stop()
        await bus.stop()

    await run_service(name, settings, stopping, start, stop, loop.troubles, loop.notices)
    store.close()
    return 1 if stopping.failure is not None else 0


async def run_service(
    name: str,
    settings: ServiceSettings,
    stopping: Stopping,
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
    troubles: Callable[[], list[str]],
    notices: Callable[[], list[str]] = list,
) -> None:
    """Serve a service's probes while it works; stop it in order when told to."""
    listening = open_port(settings.host, settings.port)
    serving = asyncio.create_task(
        serve(Starlette(routes=list(probe_routes(name, troubles, notices))), listening, stopping, stop)
    )
    await start_while_serving(start, serving)
