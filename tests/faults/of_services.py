"""Faults of our own processes."""

from __future__ import annotations

import time
from collections import Counter

from fleet import SERVICES

from .lines import now
from .world import World, said

BACK_WITHIN_S = 3
ANSWERS_WITHIN_S = 5
GONE_WITHIN_S = 20
LEARNS_WITHIN_MS = 15_000
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
        await world.is_back(process, within=BACK_WITHIN_S)
        world.measured("answer", await world.answered_since(moment), within=ANSWERS_WITHIN_S)
        await world.talks_on()


async def services_are_told_to_stop(world: World) -> None:
    """SIGTERM to processes of every service, one after the other, under load; each is started again."""
    await world.open()
    for process in world.shuffled_processes() if world.size.long else world.shuffled(SERVICES):
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


async def one_of_two_is_frozen(world: World) -> None:
    """The process that works on the floor stands still until the other has taken over, then wakes; a session too."""
    await world.open()
    for service in ("router", "session")[: world.times(1, 2)]:
        partition = world.floor_partition if service == "router" else 0
        process = await world.holder(service, partition)
        world.tell(f"{process.name} stands still")
        moment = now()
        began = time.monotonic()
        process.freeze()
        try:
            while (await world.owners(service))[partition] == process:
                if time.monotonic() - began > 60:
                    world.breaks(f"nobody has taken over from {process.name} after 60 s")
                    break
                await world.rests(0.2)
            world.measured("taken over", time.monotonic() - began)
            await world.rests(max(2.0, world.times(0, 45) - (time.monotonic() - began)))
        finally:
            process.wake()
        world.tell(f"{process.name} wakes")
        woken = now()
        world.measured("drained", await world.drained_after(woken))
        world.measured("answer", await world.answered_since(moment))
        while not (learnt := said(process, "a stale write was refused") + said(process, "partitions lost")):
            if now() - woken > LEARNS_WITHIN_MS:
                break
            await world.rests(0.2)
        refused = len(said(process, "a stale write was refused"))
        lost = len(said(process, "partitions lost"))
        world.note(f"{process.name}: {refused} stale writes refused, {lost} partitions lost")
        if not learnt:
            world.breaks(f"{process.name} did not learn that it had lost its partitions")
        await world.all_ready()


async def one_of_each_dies_and_a_third_joins(world: World) -> None:
    """Of two processes of each service one is killed, for good; a third one joins, and gets its part."""
    await world.open()
    world.keeps_stage = False
    moment = 0
    for service in SERVICES:
        moment = moment or now()
        await world.kills(world.chance.choice(world.fleet.of(service)))
    joined = [world.fleet.join(service) for service in SERVICES]
    for process in joined:
        process.start()
    for process in joined:
        world.measured("joined", await world.ready(process))
    world.measured("answer", await world.answered_since(moment))
    for process in joined[:2]:
        began = time.monotonic()
        while process not in (owners := await world.owners(process.service)).values():
            if time.monotonic() - began > 30:
                world.breaks(f"{process.name} got no partition within 30 s")
                break
            await world.rests(0.3)
        world.measured("partitions move", time.monotonic() - began)
        counts = Counter(owner.name if owner is not None else "nobody" for owner in owners.values())
        world.note(f"partitions of {process.service}: {dict(counts)}")
    await world.rests(world.times(2, 30))
