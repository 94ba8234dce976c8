"""The process of the operators' service."""

from __future__ import annotations

import asyncio
import logging

from parley_chassis.bus import open_bus
from parley_chassis.logs import set_up_logs
from parley_chassis.running import patiently, run_service
from parley_chassis.serving import Stopping
from parley_chassis.settings import ServiceSettings
from parley_chassis.store import NothingThere

from .app import Sources, build

log = logging.getLogger("parley.process")


async def main() -> int:
    """Work until told to stop; 0 when that went in order."""
    settings = ServiceSettings()
    set_up_logs("ops", settings.log_level)
    stopping = Stopping()
    stopping.listen()
    sources = await open_sources_patiently(settings.database_url, stopping)
    bus = open_bus(settings.broker_url)
    ops = build(sources, bus, on_failure=stopping.failed)

    async def start() -> None:
        await bus.start()
        await ops.start()

    async def stop() -> None:
        await ops.stop()
        await bus.stop()

    await run_service("ops", settings, stopping, start, stop, ops.troubles, ops.notices)
    sources.close()
    return 1 if stopping.failure is not None else 0


async def open_sources_patiently(url: str, stopping: Stopping) -> Sources:
    """As soon as the database answers, and each service has made its tables there."""
    while True:
        try:
            return await patiently(lambda: Sources(url), stopping)
        except NothingThere as error:
            if stopping.told:
                raise
            log.warning("a service has stored nothing yet", extra={"reason": str(error)})
            await asyncio.sleep(1)
