"""What processes cost, from /proc: processor time, and memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

_TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


def cpu_us(pid: int) -> float:
    """User and system time that a process has had so far, all its threads, in microseconds; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK_US


def resident_bytes(pid: int) -> int:
    """What a process occupies of the memory."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/{pid}/smaps_rollup has no Rss")


def listening(port: int) -> int | None:
    """The pid of whoever listens at a port of this machine; None where that cannot be seen (a container's)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.readlink(link) in inodes for link in (process / "fd").iterdir()):
                return int(process.name)
    return None


def postgres_pids(database_url: str) -> list[int]:
    """PostgreSQL's processes that work for this database, and those that work for all; none where they are not here."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND (datname = current_database() OR backend_type IN ('walwriter', 'checkpointer', 'background writer'))"
        ).fetchall()
    return [pid for (pid,) in rows if _is(pid, "postgres")]


def _is(pid: int, name: str) -> bool:
    with suppress(OSError):
        return name in Path(f"/proc/{pid}/comm").read_text()
    return False


def broker_pids(broker_url: str) -> list[int]:
    """RabbitMQ's process, where it is on this machine."""
    pid = listening(urlsplit(broker_url).port or 5672)
    return [pid] if pid is not None else []


class Clocks:
    """Processor time per process (or group of processes) since this was made."""

    def __init__(self, groups: Mapping[str, Iterable[int]]) -> None:
        self._groups = {name: list(pids) for name, pids in groups.items()}
        self._began = {pid: cpu_us(pid) for pids in self._groups.values() for pid in pids}

    def per(self, messages: int) -> dict[str, float]:
        """Microseconds per message by group, and of all together."""
        spent = {
            name: round(sum(max(0.0, cpu_us(pid) - self._began[pid]) for pid in pids) / messages, 1)
            for name, pids in self._groups.items()
            if pids
        }
        return {**spent, "all": round(sum(spent.values()), 1)}
