"""Where it was measured: cores, memory, versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pika  # type: ignore[import-untyped]
import psycopg

PACKAGES = ("uvicorn", "websockets", "starlette", "pydantic", "faststream", "aio-pika", "psycopg", "uvloop", "picows")


def machine() -> dict[str, Any]:
    """The machine and what is installed."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal:"))
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(int(memory.split()[1]) / 1024**2, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def servers_versions(broker_url: str, database_url: str) -> dict[str, str]:
    """RabbitMQ's and PostgreSQL's versions, and whether PostgreSQL waits for its disk."""
    connection = pika.BlockingConnection(pika.URLParameters(broker_url))
    properties: dict[str, Any] = connection._impl.server_properties
    connection.close()
    rabbitmq = properties["version"]
    found = {"rabbitmq": rabbitmq.decode() if isinstance(rabbitmq, bytes) else str(rabbitmq)}
    with psycopg.connect(database_url) as session:
        for name in ("server_version", "fsync", "synchronous_commit"):
            row = session.execute("SELECT current_setting(%s)", (name,)).fetchone()
            found[name.replace("server_version", "postgresql")] = str(row[0]).split()[0] if row else "?"
    host = urlsplit(database_url).hostname
    return {**found, "database_host": "this machine" if host in ("127.0.0.1", "localhost", "::1") else "another"}
