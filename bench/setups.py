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

from fleet import Fleet  # type: ignore[import-not-found]
from running import Demo  # type: ignore[import-not-found]
from servers import Servers, Unavailable, find_servers, free_port  # type: ignore[import-not-found]

from .others.ejabberd import Missing, ejabberd
from .processes import broker_pids, postgres_pids

__all__ = [
    "Missing",
    "Other",
    "Parley",
    "Servers",
    "Unavailable",
    "find_servers",
    "floor",
    "one_process",
    "services",
    "socketio",
    "xmpp",
]

XMPP_AGENTS = 20
"""More than Parley's two: each is one process inside ejabberd, which writes its archive one message after the other."""


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
class Other:
    """Something else that carries and stores messages, with a client for it."""

    client: Client
    database_url: str
    pids: Callable[[], Mapping[str, Sequence[int]]]


@contextmanager
def floor(directory: Path, servers: Servers, mode: str) -> Iterator[Other]:
    """The chain in one of its modes (bench/floor/chain.py)."""
    broker_url, database_url = servers.new_vhost(), servers.new_database()
    port, log = free_port(), directory / "floor.log"
    children: list[Child] = []
    try:
        children.append(worker := Child("bench.floor.worker", mode, broker_url, database_url, log=log))
        worker.wait_ready()
        children.append(gateway := Child("bench.floor.gateway", mode, broker_url, str(port), log=log))
        gateway.wait_ready()
        time.sleep(0.5)
        children.append(client := Client("echo", directory / "client.log", url=f"http://127.0.0.1:{port}"))

        def pids() -> Mapping[str, Sequence[int]]:
            own = {"gateway": [gateway.pid], "worker": [worker.pid]}
            return {**own, "rabbitmq": broker_pids(broker_url), "postgresql": postgres_pids(database_url)}

        yield Other(client, database_url, pids)
    finally:
        for child in reversed(children):
            child.stop()
        servers.drop_vhost(broker_url)
        servers.drop_database(database_url)


@contextmanager
def socketio(directory: Path, servers: Servers) -> Iterator[Other]:
    """The small socket.io server, on a database of its own."""
    database_url, port = servers.new_database(), free_port()
    children: list[Child] = []
    try:
        log = directory / "socketio.log"
        children.append(server := Child("bench.others.socketio_server", database_url, str(port), log=log))
        server.wait_ready()
        time.sleep(0.5)
        children.append(client := Client("socketio", directory / "client.log", url=f"http://127.0.0.1:{port}"))
        yield Other(client, database_url, lambda: {"server": [server.pid], "postgresql": postgres_pids(database_url)})
    finally:
        for child in reversed(children):
            child.stop()
        servers.drop_database(database_url)


@contextmanager
def xmpp(directory: Path, servers: Servers, conversations: int) -> Iterator[Other]:
    """ejabberd, on a database of its own. Raises Missing."""
    database_url, port = servers.new_database(), free_port()
    users = [f"v{number}" for number in range(conversations)] + [f"a{number}" for number in range(XMPP_AGENTS)]
    try:
        with ejabberd(directory / "ejabberd", database_url, port, users) as pid:
            client = Client("xmpp", directory / "client.log", port=port, agents=XMPP_AGENTS)
            try:
                yield Other(client, database_url, lambda: {"server": [pid], "postgresql": postgres_pids(database_url)})
            finally:
                client.stop()
    finally:
        servers.drop_database(database_url)
