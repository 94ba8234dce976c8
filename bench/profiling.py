"""`python -m bench profile`: where each service's time goes under full load, by py-spy.

Time spent in an extension (pydantic's core, the database driver, the event loop) counts for the Python function that
calls it. py-spy must be allowed to look at other processes: as root it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .children import Client, Failed
from .measure import FULL
from .processes import Clocks
from .report import PROFILE, profile_table
from .setups import Parley, Unavailable, find_servers, services

GROUPS = {
    "uvicorn, websockets, starlette": ("uvicorn", "websockets", "starlette", "fastapi", "anyio"),
    "pydantic": ("pydantic", "pydantic_core"),
    "aio-pika, aiormq, pamqp, faststream": ("aio_pika", "aiormq", "pamqp", "faststream", "fast_depends"),
    "psycopg, eventsourcing": ("psycopg", "psycopg_binary", "psycopg_pool", "eventsourcing"),
    "json, msgspec": ("json", "msgspec"),
    "asyncio, uvloop": ("asyncio", "uvloop"),
    "prometheus": ("prometheus_client",),
}
WAITING = (
    "Condition.wait (threading.py",
    "_worker (concurrent/futures/",
    "Connection.wait (psycopg/",
    "wait (threading.py",
)
"""Innermost functions that only wait, for work or for the database: py-spy cannot always tell."""

TOP = 12
RATE = 250
SERVICES = ("gateway", "session", "crm-logger", "router")


def group_of(frame: str) -> str:
    """The group of a frame such as `send (starlette/websockets.py)`: our modules by name, others by package."""
    path = frame.rpartition(" (")[2].rstrip(")").partition(":")[0]
    parts = path.split("/")
    own = next((at for at, part in enumerate(parts) if part.startswith("parley_")), None)
    if own is not None:
        return "/".join(parts[own:]).removesuffix(".py")
    package = parts[parts.index("site-packages") + 1] if "site-packages" in parts else parts[0].removesuffix(".py")
    return next((group for group, packages in GROUPS.items() if package in packages), "everything else")


def summary(raw: Iterable[str]) -> dict[str, dict[str, float]]:
    """Shares of the samples by group and by function, the largest first. `raw` are py-spy's lines: frames from the
    outermost to the innermost with `;` between, a blank, a number of samples."""
    groups: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for line in raw:
        stack, _, count = line.strip().rpartition(" ")
        innermost = stack.split(";")[-1]
        if not stack or innermost.startswith(WAITING):
            continue
        groups[group_of(innermost)] += int(count)
        functions[innermost.partition(":")[0] + ")"] += int(count)
    samples = sum(groups.values()) or 1

    def shares(counted: Counter[str], most: int | None) -> dict[str, float]:
        return {name: round(count / samples, 4) for name, count in counted.most_common(most)}

    return {"groups": shares(groups, None), "functions": shares(functions, TOP)}


def profile(seconds: int) -> int:
    """Print, and keep in bench/results/profile.json; 1 where it cannot be done."""

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        servers = find_servers(say)
    except Unavailable as reason:
        say(f"RabbitMQ and PostgreSQL are needed: {reason}")
        return 1
    try:
        with TemporaryDirectory(prefix="parley-bench-") as directory, services(Path(directory), servers) as parley:
            client = parley.client()
            try:
                found = _profile(parley, client, seconds, say)
            finally:
                client.stop()
    except Failed as error:
        say(f"FAILED: {error}")
        return 1
    finally:
        servers.close()
    PROFILE.parent.mkdir(exist_ok=True)
    PROFILE.write_text(json.dumps(found, indent=2) + "\n")
    print(profile_table(found))
    return 0


def _profile(parley: Parley, client: Client, seconds: int, say: Any) -> dict[str, Any]:
    client.ask("open", conversations=FULL.conversations)
    client.ask("window", in_flight=FULL.in_flight, seconds=3)
    clocks = Clocks(parley.pids())
    run = client.ask("window", in_flight=FULL.in_flight, seconds=8)
    time.sleep(1)
    spent = clocks.per(run["messages"])
    say(f"{run['per_s']} messages/s; now with py-spy, one process after the other ...")
    client.tell("window", in_flight=FULL.in_flight, seconds=len(SERVICES) * (seconds + 3))
    time.sleep(1)
    processes: dict[str, Any] = {}
    for name in SERVICES:
        found = _spied(parley.pids()[name][0], seconds, parley.directory / f"{name}.raw")
        shown = {group: share for group, share in found["groups"].items() if share >= 0.005}
        processes[name] = {"us_per_message": spent[name], "groups": shown, "functions": found["functions"]}
        say(f"  {name}: {spent[name]} µs a message")
    client.answer()
    return {"messages_per_s": run["per_s"], "seconds_each": seconds, "processes": processes}


def _spied(pid: int, seconds: int, output: Path) -> dict[str, dict[str, float]]:
    program = Path(sys.executable).parent / "py-spy"
    command = [
        str(program),
        "record",
        "-p",
        str(pid),
        "-d",
        str(seconds),
        "-r",
        str(RATE),
        "-F",
        "-f",
        "raw",
        "-o",
        str(output),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if done.returncode or not output.exists():
        raise Failed(f"py-spy: {done.stderr.strip()[-500:]}")
    return summary(output.read_text().splitlines())
