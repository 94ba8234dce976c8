"""`make bench`: message latency and throughput of the whole product in one process, on each set-up that is at hand.

Client and product share the machine's cores. The result of the last full run is kept in bench/results/.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from running import Demo
from servers import Servers, Unavailable, find_servers

from .chat_load import Figures, Load

VISITORS = 50
SECONDS = 10.0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _measure(url: str) -> dict[str, Figures]:
    load = Load(url, VISITORS)
    await load.open()
    await load.at_rate(100, 2)  # warm
    figures = {}
    for name, run in {
        "20 messages/s": load.at_rate(20, SECONDS),
        "500 messages/s": load.at_rate(500, SECONDS),
        "flat out": load.flat_out(SECONDS),
    }.items():
        _say(f"  {name} ...")
        figures[name] = await run
    await load.close()
    return figures


def _with_demo(env: dict[str, str]) -> dict[str, Figures]:
    with TemporaryDirectory() as data:
        demo = Demo(Path(data), env)
        demo.start()
        try:
            return asyncio.run(_measure(demo.url))
        finally:
            demo.stop()


def main() -> None:
    """Measure, show a table, keep the figures."""
    results = {}
    _say("in one process, on SQLite")
    results["one process, SQLite"] = _with_demo({})
    try:
        servers: Servers = find_servers(_say)
    except Unavailable as reason:
        _say(f"RabbitMQ and PostgreSQL: not measured ({reason})")
    else:
        _say("in one process, on RabbitMQ and PostgreSQL")
        try:
            env = {"PARLEY_BROKER_URL": servers.broker_url, "PARLEY_DATABASE_URL": servers.new_database()}
            results["one process, RabbitMQ and PostgreSQL"] = _with_demo(env)
        finally:
            servers.close()
    print(f"{'set-up':<38} {'load':<16} {'delivered/s':>12} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}")
    for setup, figures in results.items():
        for name, found in figures.items():
            print(
                f"{setup:<38} {name:<16} {found.delivered_per_s:>12} {found.p50_ms:>8} {found.p95_ms:>8} {found.p99_ms:>8}"
            )
    kept = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "visitors": VISITORS,
        "results": {
            setup: {name: found._asdict() for name, found in figures.items()} for setup, figures in results.items()
        },
    }
    path = Path(__file__).parent / "results" / "chat.json"
    path.write_text(json.dumps(kept, indent=2) + "\n")
    _say(f"kept in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main()
