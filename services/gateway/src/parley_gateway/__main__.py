"""`python -m parley_gateway`: one gateway process."""

from __future__ import annotations

import asyncio
import sys

from parley_chassis.bus import open_bus
from parley_chassis.logs import set_up_logs
from parley_chassis.running import open_store_patiently, run, start_while_serving
from parley_chassis.serving import Stopping, open_metrics_port, open_port, serve, serve_probes

from .app import build
from .settings import Settings
from .tenants.demo import check_address


async def main() -> int:
    """Serve until told to stop; 0 when that went in order."""
    settings = Settings()
    set_up_logs("gateway", settings.log_level)
    if settings.demo:
        check_address(settings.host, settings.published_on_loopback)
    stopping = Stopping()
    stopping.listen()
    listening = open_port(settings.host, settings.port)
    for_operators = open_metrics_port(settings.host, settings.metrics_port)
    store = await open_store_patiently(settings.database_url, "gateway", stopping)
    bus = open_bus(settings.broker_url)
    gateway = build(settings, store, bus, stopping.failed)
    await bus.start()
    probing = asyncio.create_task(serve_probes("gateway", gateway.details, for_operators, stopping, gateway.notices))
    serving = asyncio.create_task(serve(gateway.app, listening, stopping, gateway.stop, websockets=True))
    await start_while_serving(gateway.start, serving)
    await probing
    await bus.stop()
    store.close()
    return 1 if stopping.failure is not None else 0


if __name__ == "__main__":
    sys.exit(run(main()))
