"""A long queue: what a visitor notices while very many items wait, and while a desk takes them all (R32)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from .client.parley import NO_PACE
from .processes import resident_bytes
from .setups import Unavailable, find_servers, services
from .texts import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from protocol import Agent, Visitor, call, log_in  # type: ignore[import-not-found]

EACH_S = 0.05
PATIENCE_S = 600


def queue(items: int, seconds: int, *, as_json: bool) -> int:
    """Measures and prints; 1 where servers are missing."""
    try:
        servers = find_servers(lambda line: sys.stderr.write(f"{line}\n"))
    except Unavailable as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    with tempfile.TemporaryDirectory() as directory, services(Path(directory), servers) as parley:
        found = {"servers": str(servers), **asyncio.run(_measure(parley.url, items, seconds))}
        found["MiB"] = {
            name: round(sum(map(resident_bytes, pids)) / 2**20)
            for name, pids in parley.pids().items()
            if name not in ("rabbitmq", "postgresql")
        }
    sys.stdout.write(json.dumps(found) + "\n" if as_json else "".join(f"{name}: {it}\n" for name, it in found.items()))
    return 0


async def _measure(url: str, items: int, seconds: int) -> dict[str, Any]:
    found: dict[str, Any] = {"items": items}
    ada = (await log_in(url, "ada"))["token"]
    service = await call(url, "GET", "/v1/admin/services/demo-sales", ada)
    await call(url, "PUT", "/v1/admin/services/demo-sales", ada, json={**service, **NO_PACE})
    async with Visitor(url) as visitor:
        await visitor.start(token="demo-sales", text="hello")
        found["ack_ms, empty"] = await _acks(visitor, seconds)
        began = time.monotonic()
        await _fill(url, items)
        found["filled_s"] = round(time.monotonic() - began, 1)
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


def _spread(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) for name, share in at.items()}


async def _fill(url: str, items: int) -> None:
    token = (await log_in(url, "pbx"))["token"]
    left = iter(range(items))
    limits = httpx.Limits(max_connections=40)
    async with httpx.AsyncClient(
        base_url=url, limits=limits, timeout=60, headers={"Authorization": f"Bearer {token}"}
    ) as client:

        async def some() -> None:
            for number in left:
                body = {"item": f"t{number}", "kind": "task", "queue": "sales", "subject": f"task {number}"}
                (await client.post("/v1/items", json=body)).raise_for_status()
                if number % 5_000 == 4_999:
                    sys.stderr.write(f"  {number + 1:,} of {items:,} items wait\n")

        await asyncio.gather(*(some() for _ in range(40)))


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
