"""Faults of the broker, of the database, and of the way there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cluster import three_brokers
from fleet import Process
from servers import PrivatePostgreSQL, Unavailable

from .lines import now
from .proxy import Proxy
from .world import World

DRAINED_WITHIN_S = 15
BACK_WITHIN_S = 10
SILENT_FOR_S = 5
BEGUN_WITHIN_S = 120
NOTICED_WITHIN_S = 25
GROWTH_MB = 200


async def the_broker_dies(world: World) -> None:
    """kill -9 of the broker, then orderly restarts; visitors type all the while."""
    await world.open()
    await world.inboxes_are_on_disk()
    ways = [world.broker.kill] * world.times(1, 3) + [world.broker.stop] * world.times(1, 2)
    for way in ways:
        world.tell(f"the broker is {'killed' if way == world.broker.kill else 'stopped'}")
        moment = now()
        await asyncio.to_thread(way)
        await world.rests(2)
        await asyncio.to_thread(world.broker.start)
        returned = now()
        world.tell("the broker is back")
        world.measured("drained", await world.drained_after(returned), within=DRAINED_WITHIN_S)
        if codes := world.closes(moment):
            world.breaks(f"sockets did not stay open: closed with {codes}")
        world.measured("ready", await world.all_ready())
        await world.talks_on()


async def one_of_three_brokers_dies(world: World) -> None:
    """One of three RabbitMQ 4 nodes is killed, in the long form each in turn; visitors type all the while."""
    cluster = await asyncio.to_thread(world.used.enter_context, three_brokers())
    world.broker = cluster  # type: ignore[assignment]
    await world.open(own=True)
    for node in cluster.nodes[: world.times(1, 3)]:
        world.tell(f"{node.name} is killed")
        moment = now()
        await asyncio.to_thread(node.kill)
        await world.talks_on(3, 5)
        # In the short form three nodes, ten processes and other tests share the cores.
        promised = world.times(2 * SILENT_FOR_S, SILENT_FOR_S)
        world.measured("silent", await world.answered_since(moment), within=promised)
        if codes := world.closes(moment):
            world.breaks(f"sockets did not stay open: closed with {codes}")
        await asyncio.to_thread(node.start, BEGUN_WITHIN_S)
        await asyncio.to_thread(cluster.is_whole, BEGUN_WITHIN_S)
        world.measured("ready", await world.all_ready())
        await world.talks_on()


async def the_database_stops_at_once(world: World) -> None:
    """PostgreSQL is stopped as in a crash, and comes back."""
    await world.open()
    for _ in range(world.times(1, 3)):
        world.tell("PostgreSQL is stopped at once")
        await asyncio.to_thread(world.database.stop_at_once)
        await world.rests(2)
        await asyncio.to_thread(world.database.start)
        returned = now()
        world.tell("PostgreSQL is back")
        world.measured("ready", await world.all_ready(), within=BACK_WITHIN_S)
        world.measured("drained", await world.drained_after(returned), within=BACK_WITHIN_S)
        await world.talks_on()


async def the_servers_cannot_be_reached(world: World) -> None:
    """Broker and database are silent for a minute: nothing arrives, nothing is closed."""
    broker = world.used.enter_context(closing(Proxy(world.broker.url)))
    database = world.used.enter_context(closing(Proxy(world.database.url)))
    await world.open(via=lambda url: (broker if url.startswith("amqp") else database).via(url))
    pids = {process.name: process.pid for process in world.fleet.processes}
    world.tell("the way to both is lost")
    broker.lose()
    database.lose()
    began = time.monotonic()
    await asyncio.gather(*(_notices(world, process, began) for process in world.fleet.processes))
    await world.rests(max(0, world.times(18, 60) - (time.monotonic() - began)))
    broker.find()
    database.find()
    returned = now()
    world.tell("the way is found again")
    world.measured("ready", await world.all_ready(90))
    world.measured("drained", await world.drained_after(returned))
    if pids != {process.name: process.pid for process in world.fleet.processes}:
        world.breaks("a process had to be started again")


async def _notices(world: World, process: Process, began: float) -> None:
    """/readyz says so, for whatever reason."""
    while not await world.troubles(process):
        if time.monotonic() - began > NOTICED_WITHIN_S + 5:
            world.breaks(f"{process.name} is ready although it reaches neither broker nor database")
            return
        await asyncio.sleep(0.5)
    world.measured("noticed", time.monotonic() - began, within=NOTICED_WITHIN_S)


async def the_broker_has_no_memory_left(world: World) -> None:
    """RabbitMQ raises its memory alarm and takes no message any more, for a minute."""
    await world.open()
    before = {process: memory_mb(process) for process in world.fleet.processes}
    world.tell("the memory alarm is raised")
    await asyncio.to_thread(world.broker.memory_limit, 0.0001)
    most = 0.0
    for _ in range(world.times(5, 60)):
        await world.rests(1)
        most = max(most, *(memory_mb(process) - before[process] for process in before))
    waiting = len(world.crowd.outstanding())
    put_off = sum(1 for ask in world.crowd.outstanding() if ask.put_off)
    world.note(f"meanwhile {waiting} asks waited, {put_off} of them were told to come later")
    await asyncio.to_thread(world.broker.memory_limit, 0.6)
    returned = now()
    world.tell("the alarm is over")
    world.measured("drained", await world.drained_after(returned))
    world.measured("memory (MB more)", most, within=GROWTH_MB)


def memory_mb(process: Process) -> float:
    """What a process has in memory now."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024


async def the_disk_is_full(world: World) -> None:
    """The database's disk is full; then there is space again."""
    with small_disk() as disk, closing(PrivatePostgreSQL(disk)) as database:
        world.database = database
        await asyncio.to_thread(database.start)
        await world.open(own=True)
        ballast = disk / "ballast"
        world.tell("the disk is filled")
        moment = now()
        await asyncio.to_thread(fill, ballast)
        began = time.monotonic()
        keepers = [*world.fleet.of("router"), *world.fleet.of("session"), *world.fleet.of("crm-logger")]
        while not (told := [t for p in keepers for t in await world.troubles(p) if "space" in t.lower()]):
            await asyncio.to_thread(fill, ballast)
            if time.monotonic() - began > 30:
                world.breaks("no /readyz says that the disk is full")
                break
            await asyncio.sleep(0.2)
        if told:
            world.measured("noticed", time.monotonic() - began)
            world.note(f"/readyz says: {told[0].strip()[:150]}")
        await world.rests(world.times(3, 30))
        world.note(f"meanwhile {len(world.crowd.outstanding())} asks waited; sockets closed: {world.closes(moment)}")
        ballast.unlink()
        if not database.runs():
            world.note("PostgreSQL had given up and was started again")
            await asyncio.to_thread(database.start)
        returned = now()
        world.tell("there is space again")
        world.measured("drained", await world.drained_after(returned))
        world.measured("ready", await world.all_ready())
        await world.judged()
        await world.close()


@contextmanager
def small_disk(megabytes: int = 120) -> Iterator[Path]:
    """A file system of its own, in memory. Raises Unavailable where none may be mounted."""
    directory = Path(tempfile.mkdtemp(prefix="parley-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(directory)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True)
        if mounted.returncode:
            raise Unavailable(f"no file system can be mounted here: {mounted.stderr.strip()}")
        try:
            yield directory
        finally:
            subprocess.run(["umount", "-l", str(directory)], check=True, capture_output=True)
    finally:
        directory.rmdir()


def fill(ballast: Path) -> None:
    """Take what space there is."""
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(os.urandom(size) if size == 4096 else bytes(size))
            except OSError:
                pass
