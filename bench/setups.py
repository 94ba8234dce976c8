"""What is measured, started and ended: Parley as one process and as services, and the floor."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .children import Child, Client
from .texts import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from fleet import Fleet
from running import Demo
from servers import Servers, Unavailable, find_servers, free_port

from .processes import broker_pids, postgres_pids

__all__ = ["Floor", "Parley", "Servers", "Unavailable", "find_servers", "floor", "one_process", "services"]


@dataclass
class Parley:
    """A running Parley. `pids` are its processes by what they are, those of its servers included."""

    name: str
    url: str
    store_url: str
    directory: Path
    pids: Callable[[], Mapping[str, Sequence[int]]]
    stop: Callable[[], None]
    """Ends it; what it stored stays for as long as the set-up is open."""

    def client(self, **settings: Any) -> Client:
        """A load client for it."""
        return Client("parley", self.directory / "client.log", url=self.url, **settings)


@contextmanager
def one_process(directory: Path) -> Iterator[Parley]:
    """All services in one process, on SQLite: what `make demo` starts."""
    demo = Demo(directory / "demo", {})
    demo.start()
    try:
        store = f"sqlite:{demo.data}"
        yield Parley("one process, SQLite", demo.url, store, directory, lambda: {"parley": [demo.pid]}, demo.stop)
    finally:
        demo.stop()


@contextmanager
def services(directory: Path, servers: Servers) -> Iterator[Parley]:
    """Each service a process, on RabbitMQ and PostgreSQL, with a virtual host and a database of their own."""
    broker_url, database_url = servers.new_vhost(), servers.new_database()
    fleet = Fleet(directory / "fleet", broker_url, database_url)

    def pids() -> Mapping[str, Sequence[int]]:
        own = {process.service: [process.pid] for process in fleet.processes}
        return {**own, "rabbitmq": broker_pids(broker_url), "postgresql": postgres_pids(database_url)}

    try:
        fleet.start()
        yield Parley("services, RabbitMQ and PostgreSQL", fleet.url, database_url, directory, pids, fleet.stop)
    finally:
        fleet.stop()
        servers.drop_vhost(broker_url)
        servers.drop_database(database_url)


@dataclass
class Floor:
    """A running chain without logic."""

    url: str
    directory: Path
    database_url: str
    pids: Callable[[], Mapping[str, Sequence[int]]]

    def client(self) -> Client:
        """A load client for it."""
        return Client("echo", self.directory / "client.log", url=self.url)


@contextmanager
def floor(directory: Path, servers: Servers, mode: str) -> Iterator[Floor]:
    """The chain in one of its modes (bench/floor/chain.py)."""
    broker_url, database_url = servers.new_vhost(), servers.new_database()
    port, log = free_port(), directory / "floor.log"
    children: list[Child] = []
    try:
        children.append(Child("bench.floor.worker", mode, broker_url, database_url, log=log))
        children[0].wait_ready()
        children.append(Child("bench.floor.gateway", mode, broker_url, str(port), log=log))
        children[1].wait_ready()
        time.sleep(0.5)

        def pids() -> Mapping[str, Sequence[int]]:
            own = {"gateway": [children[1].pid], "worker": [children[0].pid]}
            return {**own, "rabbitmq": broker_pids(broker_url), "postgresql": postgres_pids(database_url)}

        yield Floor(f"http://127.0.0.1:{port}", directory, database_url, pids)
    finally:
        for child in reversed(children):
            child.stop()
        servers.drop_vhost(broker_url)
        servers.drop_database(database_url)
