"""Faults of our own processes."""

from __future__ import annotations

from fleet import SERVICES

from .world import World

BACK_WITHIN_S = 3
ANSWERS_WITHIN_S = 5
GONE_WITHIN_S = 20
GOING_AWAY = 1012


async def nothing_happens(world: World) -> None:
    """Nothing breaks: what the harness itself does to the figures."""
    await world.open()
    await world.rests(world.times(3, 60))


async def services_are_killed(world: World) -> None:
    """kill -9 of gateway, router, session and crm-logger, each several times, at random."""
    await world.open()
    for process in world.shuffled(SERVICES * world.times(1, 20)):
        moment = await world.kills(process)
        await world.starts(process)
        world.measured("back", await world.ready(process), within=BACK_WITHIN_S)
        world.measured("answer", await world.answered_since(moment), within=ANSWERS_WITHIN_S)
        await world.talks_on()


async def services_are_told_to_stop(world: World) -> None:
    """SIGTERM to every process, one after the other, under load; each is started again."""
    await world.open()
    for process in world.shuffled_processes():
        moment = await world.tells_to_stop(process)
        world.measured("gone", await world.gone(process), within=GONE_WITHIN_S)
        if process.service == "gateway":
            codes = world.closes(moment)
            world.measured("closed with 1012 (number)", codes.count(GOING_AWAY))
            if set(codes) - {GOING_AWAY}:
                world.breaks(f"{process.name}: sockets were closed with {sorted(set(codes))}, not only with 1012")
        await world.starts(process)
        world.measured("back", await world.ready(process))
        world.measured("answer", await world.answered_since(moment))
        await world.talks_on()
