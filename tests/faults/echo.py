"""Runs a service's process on a bus that delivers every message twice: `python echo.py parley_router`.

The second time comes a moment later, with others between. For tests only: the product knows nothing of it.
"""

from __future__ import annotations

import asyncio
import random
import runpy
import sys
from contextlib import suppress

from parley_chassis.bus import BusDown, NoSuchInbox
from parley_chassis.bus.rabbit import RabbitBus

LATER_S = (0.02, 0.6)
_again: set[asyncio.Task[None]] = set()
_publish = RabbitBus.publish


async def _publish_twice(self: RabbitBus, inbox: str, body: bytes, headers: dict[str, object] | None = None) -> None:
    await _publish(self, inbox, body, headers)
    if inbox.endswith(".dead"):
        return

    async def again() -> None:
        await asyncio.sleep(random.uniform(*LATER_S))
        with suppress(BusDown, NoSuchInbox):
            await _publish(self, inbox, body, headers)

    task = asyncio.create_task(again())
    _again.add(task)
    task.add_done_callback(_again.discard)


if __name__ == "__main__":
    RabbitBus.publish = _publish_twice  # type: ignore[method-assign]
    module = sys.argv.pop(1)
    sys.path[0] = ""
    runpy.run_module(module, run_name="__main__", alter_sys=True)
