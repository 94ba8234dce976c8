"""Where a fault is played: names of its own on the servers, two processes of each service, agents and queues set up."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from argon2 import PasswordHasher
from fleet import SERVICES, Fleet
from launch import LEAST
from parley_chassis.bus import open_bus
from parley_chassis.clock import system_clock
from parley_chassis.store import open_store
from parley_gateway.domain.directory import UserSet
from parley_gateway.tenants.directories import Directories
from protocol import call, log_in
from servers import PrivatePostgreSQL, PrivateRabbitMQ, with_path

from .evidence import TENANT

PASSWORD = "demo"


@dataclass(frozen=True)
class Size:
    """How many talk, how much, how long a dialogue may be, how slowly they talk (`pause_s` between two sentences), and how
    long a wrap-up may take."""

    long: bool
    visitors: int
    agents: int
    messages: int
    turns: int
    pause_s: float
    wrap_up_s: int
    hangs_after_s: int


SHORT = Size(False, visitors=20, agents=4, messages=300, turns=8, pause_s=0.4, wrap_up_s=2, hangs_after_s=400)
LONG = Size(True, visitors=200, agents=20, messages=10_000, turns=100, pause_s=2.5, wrap_up_s=15, hangs_after_s=1_500)


class Stage:
    """The services of one fault or of several, on two servers that the faults may break."""

    def __init__(self, broker: PrivateRabbitMQ, database: PrivatePostgreSQL, size: Size) -> None:
        self.broker, self.database, self.size = broker, database, size
        self.vhost = f"fault-{os.getpid()}-{time.monotonic_ns()}"
        self.broker_url = with_path(broker.url, self.vhost)
        self.database_url = with_path(database.url, self.vhost)
        self.tokens: dict[str, str] = {}
        self.opened = False
        self.fleet: Fleet

    async def open(
        self,
        directory: Path,
        counts: Mapping[str, int] | None = None,
        env: Mapping[str, str] | None = None,
        via: Callable[[str], str] | None = None,
        launcher: Sequence[str] = (),
    ) -> None:
        """All processes are ready, agents can log in, queues are served by all of them."""
        await asyncio.to_thread(self._make_room)
        through = via or (lambda url: url)
        numbers = dict.fromkeys(SERVICES, 2) | dict(counts or {})
        self.fleet = Fleet(
            directory, through(self.broker_url), through(self.database_url), numbers, env, launcher=launcher
        )
        await asyncio.to_thread(self.fleet.start, 90)
        await self._set_up()
        self.opened = True

    async def close(self) -> None:
        """All processes end; nothing is left on the servers."""
        if hasattr(self, "fleet"):
            await asyncio.to_thread(self.fleet.stop)
        if self.broker.runs():
            with suppress(Exception):
                await asyncio.to_thread(self.broker.rabbitmqctl.delete, self.vhost)
        if self.database.runs():
            with suppress(psycopg.Error), psycopg.connect(self.database.url, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{self.vhost}" WITH (FORCE)')

    def _make_room(self) -> None:
        self.broker.rabbitmqctl.create("guest", self.vhost)
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self.vhost}" TEMPLATE template0')

    async def _set_up(self) -> None:
        """Agents with their logins; queues that all of them serve."""
        users = [f"agent{number:02}" for number in range(1, self.size.agents + 1)]
        hashed = await asyncio.to_thread(PasswordHasher(*LEAST).hash, PASSWORD)
        store = await asyncio.to_thread(open_store, self.database_url, "gateway")
        bus = open_bus(self.broker_url)
        await bus.start()
        directories = Directories(store, bus)
        await directories.read()
        for user in users:
            added = UserSet(at=system_clock(), by="system", user=user, name=user.title(), role="agent", password=hashed)
            await directories.change(TENANT, added)
        directories.close()
        await bus.stop()
        await asyncio.to_thread(store.close)
        self.tokens = {user: await self._log_in(user) for user in users}
        admin = await self._log_in("ada")
        for queue in ("support", "sales"):
            path = f"/v1/admin/queues/{queue}"
            settings = await call(self.fleet.url, "GET", path, admin)
            settings |= {"agents": users, "chats_per_agent": 100}
            settings["wrap_up"] |= {"limit_s": self.size.wrap_up_s, "extension_s": self.size.wrap_up_s}
            await self._patiently(lambda: call(self.fleet.url, "PUT", path, admin, json=settings))  # noqa: B023

    async def _log_in(self, user: str) -> str:
        return str((await self._patiently(lambda: log_in(self.fleet.url, user)))["token"])

    async def _patiently(self, ask: Callable[[], Any]) -> Any:
        """A gateway may not have read yet what another has written."""
        for _ in range(50):
            try:
                return await ask()
            except Exception as error:
                failure = error
                await asyncio.sleep(0.2)
        raise failure
