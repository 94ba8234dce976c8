"""A long queue: what a visitor notices while very many items wait, and while a desk takes them all (R32)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from parley_chassis.store import Commit, open_store
from parley_contracts.topology import floor_stream
from parley_router.domain.events import ItemQueued
from parley_router.handlers import Router

from .client.parley import NO_PACE
from .counts import TENANT
from .processes import cpu_us, resident_bytes
from .setups import Unavailable, find_servers
from .texts import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from fleet import Fleet  # type: ignore[import-not-found]
from protocol import Agent, Visitor, call, log_in  # type: ignore[import-not-found]

EACH_S = 0.05
AT_ONCE = 5_000
CALM_S, CALM_US = 3, 350_000
"""So much processor time in a second is little."""
PATIENCE_S = 600


def queue(items: int, seconds: int, *, as_json: bool) -> int:
    """Measures and prints; 1 where servers are missing."""
    try:
        servers = find_servers(lambda line: sys.stderr.write(f"{line}\n"))
    except Unavailable as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    broker_url, database_url = servers.new_vhost(), servers.new_database()
    with tempfile.TemporaryDirectory() as directory:
        fleet = Fleet(Path(directory), broker_url, database_url)
        try:
            fleet.start()
            found = {"servers": str(servers), **asyncio.run(_measure(fleet, database_url, items, seconds))}
            found["MiB"] = {each.service: round(resident_bytes(each.pid) / 2**20) for each in fleet.processes}
        finally:
            fleet.stop()
            servers.drop_vhost(broker_url)
            servers.drop_database(database_url)
            servers.close()
    sys.stdout.write(json.dumps(found) + "\n" if as_json else "".join(f"{name}: {it}\n" for name, it in found.items()))
    return 0


async def _measure(fleet: Any, database_url: str, items: int, seconds: int) -> dict[str, Any]:
    found: dict[str, Any] = {"items": items}
    url, (router,) = fleet.url, fleet.of("router")
    ada = (await log_in(url, "ada"))["token"]
    service = await call(url, "GET", "/v1/admin/services/demo-sales", ada)
    await call(url, "PUT", "/v1/admin/services/demo-sales", ada, json={**service, **NO_PACE})
    async with Visitor(url) as visitor:
        await visitor.start(token="demo-sales", text="hello")
        found["ack_ms, empty"] = await _acks(visitor, seconds)
        router.stop()
        await asyncio.to_thread(_fill, database_url, items)
        began = time.monotonic()
        router.start()
        await asyncio.to_thread(router.wait_ready, PATIENCE_S)
        found["router_ready_s"] = round(time.monotonic() - began, 1)
        found["ack_ms, while it is told"] = await _acks(visitor, 1, until=_settled(fleet))
        found["settled_s"] = round(time.monotonic() - began, 1)
        found["ack_ms, full"] = await _acks(visitor, seconds)
        desk = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.queue", url, str(items), cwd=ROOT, stdout=subprocess.PIPE
        )
        acks = await _acks(visitor, seconds, until=desk.wait())
        assert desk.stdout is not None
        found["desk_s"] = float(await desk.stdout.read())
        found["ack_ms, a desk takes them all"] = acks
        async with httpx.AsyncClient(base_url=url) as client:
            found["readyz"] = (await client.get("/readyz")).json()
    return found


async def _acks(visitor: Any, seconds: int, until: Any = None) -> dict[str, float]:
    """How long acks took, a message each 50 ms, for so long, and on until something has happened."""
    ends, took = time.monotonic() + seconds, []
    waits = asyncio.ensure_future(until) if until is not None else None
    while time.monotonic() < ends or (waits is not None and not waits.done()):
        began = time.monotonic()
        await visitor.say("one more")
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(max(0.0, EACH_S + began - time.monotonic()))
    return _spread(took)


async def _settled(fleet: Any) -> None:
    """Returns when the services have had next to nothing to do for some seconds but for this visitor."""
    calm = 0
    while calm < CALM_S:
        before = sum(cpu_us(process.pid) for process in fleet.processes)
        await asyncio.sleep(1)
        calm = calm + 1 if sum(cpu_us(process.pid) for process in fleet.processes) - before < CALM_US else 0


def _spread(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) for name, share in at.items()}


def _fill(database_url: str, items: int) -> None:
    """Tasks written straight into the router's log, as it would have them: it must not run."""
    stream = floor_stream(TENANT)
    with closing(open_store(database_url, "router")) as store:
        version = list(store.streams([stream]))[-1].originator_version
        at = int(time.time() * 1_000)
        for begin in range(0, items, AT_ONCE):
            events = [
                Router.journal.stored(
                    stream,
                    version + 1 + number,
                    ItemQueued(
                        at=at, item=f"t{number}", kind="task", queue="sales", priority=30, subject=f"task {number}"
                    ),
                )
                for number in range(begin, min(items, begin + AT_ONCE))
            ]
            store.commit(Commit(events=events))


async def _desk(url: str, items: int) -> float:
    began = time.monotonic()
    anna = await Agent.log_in(url, "anna")
    async with asyncio.timeout(PATIENCE_S):
        while len(anna.waiting) < items:
            await asyncio.sleep(0.1)
    took = time.monotonic() - began
    await anna.ask("logout")
    await anna.close()
    return round(took, 1)


if __name__ == "__main__":
    print(asyncio.run(_desk(sys.argv[1], int(sys.argv[2]))))
