"""`python -m parley_router`: one router process."""

from __future__ import annotations

import sys

from parley_chassis.bus import open_bus
from parley_chassis.logs import set_up_logs
from parley_chassis.running import open_store_patiently, run, run_service
from parley_chassis.serving import Stopping

from .app import build
from .settings import Settings


async def main() -> int:
    """Work until told to stop; 0 when that went in order."""
    settings = Settings()
    set_up_logs("router", settings.log_level)
    stopping = Stopping()
    stopping.listen()
    store = await open_store_patiently(settings.database_url, "router", stopping)
    bus = open_bus(settings.broker_url)
    loop = build(store, bus, on_failure=stopping.failed)

    async def start() -> None:
        await bus.start()
        await loop.start()

    async def stop() -> None:
        await loop.stop()
        await bus.stop()

    await run_service("router", settings, stopping, start, stop, loop.troubles)
    store.close()
    return 1 if stopping.failure is not None else 0


if __name__ == "__main__":
    sys.exit(run(main()))
