"""The faults by name, and how one is run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from servers import PrivatePostgreSQL, PrivateRabbitMQ, Unavailable

from . import of_clients, of_messages, of_servers, of_services
from .people import Dialogue
from .stage import Size, Stage
from .world import Result, World

Script = Callable[[World], Awaitable[None]]
SCRIPTS: tuple[Script, ...] = (
    of_services.nothing_happens,
    of_services.services_are_killed,
    of_services.services_are_told_to_stop,
    of_services.one_of_two_is_frozen,
    of_servers.the_broker_dies,
    of_servers.one_of_three_brokers_dies,
    of_servers.the_database_stops_at_once,
    of_servers.the_broker_has_no_memory_left,
    of_clients.sockets_are_cut,
    of_services.one_of_each_dies_and_a_third_joins,
    of_servers.the_servers_cannot_be_reached,
    of_servers.the_disk_is_full,
    of_messages.everything_comes_twice,
)
FAULTS: dict[str, Script] = {script.__name__: script for script in SCRIPTS}


def what(script: Script) -> str:
    """What a fault does, in a line."""
    return (script.__doc__ or "").strip().splitlines()[0]


async def run(
    name: str,
    size: Size,
    broker: PrivateRabbitMQ,
    database: PrivatePostgreSQL,
    dialogues: Sequence[Dialogue],
    directory: Path,
    say: Callable[[str], None],
    seed: int = 1,
    kept: list[Stage] | None = None,
) -> Result:
    """One fault in a world of its own, to its verdict; a run that hangs ends, and says what it was waiting for.

    `kept`: stages that were left in order; where there is such a list, another fault may use them again.
    """
    world = World(name, size, broker, database, dialogues, directory, say, seed, kept)
    began = time.monotonic()
    try:
        async with asyncio.timeout(size.hangs_after_s):
            await FAULTS[name](world)
            if not world.is_judged:
                await world.judged()
    except Unavailable as reason:
        world.result.skipped = str(reason)
    except (Exception, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        world.breaks(f"ended while: {world.doing}: {type(error).__name__}: {error}")
        world.result.broken += [f"  {line}" for line in world.standing]
    finally:
        await world.close()
    world.result.seconds = time.monotonic() - began
    return world.result
