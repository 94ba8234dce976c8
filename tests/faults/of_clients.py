"""Faults between visitors and gateways."""

from __future__ import annotations

import asyncio

from .world import World


async def sockets_are_cut(world: World) -> None:
    """Every visitor has two windows, and each window's socket is cut every few seconds."""
    await world.open(tabs=2)
    world.tell("sockets are cut")
    cutting = asyncio.create_task(_cut(world))
    try:
        await world.rests(world.times(8, 180))
    finally:
        cutting.cancel()
    world.measured("cuts (number)", sum(1 for code in world.closes(0) if code == 1006))


async def _cut(world: World) -> None:
    """Each socket lives from 5 to 20 seconds (from 1 to 4 in the short form)."""
    low, high = (5.0, 20.0) if world.size.long else (1.0, 4.0)
    dies: dict[tuple[int, int], float] = {}
    loop = asyncio.get_running_loop()
    while True:
        for line in list(world.crowd.lines):
            key = (id(line), line.connection)
            if line.up and loop.time() > dies.setdefault(key, loop.time() + world.chance.uniform(low, high)):
                line.cut()
        await asyncio.sleep(0.1)
