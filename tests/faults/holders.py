"""Who works on which partition: from the leases, the locks by which owners show that they live, and the system's sockets."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import ceil
from pathlib import Path

import psycopg
from fleet import Process
from parley_contracts.topology import PARTITIONS

HOLDERS = """
SELECT leases.partition_no, activity.client_port
FROM {schema}.leases AS leases
LEFT JOIN pg_locks AS locks ON locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 2
  AND locks.classid = (hashtext('parley.living')::bigint & 4294967295)::oid
  AND locks.objid = (hashtext(leases.owner)::bigint & 4294967295)::oid
LEFT JOIN pg_stat_activity AS activity ON activity.pid = locks.pid
"""


def owners(database_url: str, service: str, processes: Sequence[Process]) -> dict[int, Process | None]:
    """By partition of a service the process that holds its lease; None where that one lives no more."""
    sockets = {socket: process for process in processes if process.runs() for socket in _sockets(process.pid)}
    ports = {port: sockets.get(socket) for port, socket in _local_ports().items()}
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        rows = connection.execute(HOLDERS.format(schema=service.replace("-", "_"))).fetchall()
    return {int(partition): ports.get(port) if port is not None else None for partition, port in rows}


def shared_out(owned: Mapping[int, Process | None], processes: Sequence[Process]) -> bool:
    """Whether somebody works on every partition and no living process on more than its share: nothing is being given up."""
    living = sum(process.runs() for process in processes)
    share = ceil(PARTITIONS / max(living, 1))
    held = Counter(process for process in owned.values() if process is not None)
    return held.total() == PARTITIONS and max(held.values()) <= share


def _sockets(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    found = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            target = os.readlink(file)
            if target.startswith("socket:["):
                found.add(target[8:-1])
    return found


def _local_ports() -> dict[int, str]:
    """By local port the inode of a socket that is connected to somewhere."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(parts[1].partition(":")[2], 16): parts[9] for parts in lines if parts[3] == "01"}
