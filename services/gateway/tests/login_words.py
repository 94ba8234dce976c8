"""Words for tests of people who log in: gateways that share a database, and somebody who asks them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from argon2 import PasswordHasher
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_contracts.refusal import Refused
from parley_gateway.app import Gateway
from parley_gateway.domain.directory import UserSet
from parley_gateway.settings import Settings

USERS = {"anna": "agent", "ada": "admin", "eve": "admin", "pbx": "source"}
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@asynccontextmanager
async def gateways(url: str, count: int = 2, **more: Any) -> AsyncIterator[list[Gateway]]:
    """Gateways on one bus and one database, where `USERS` may log in with their names; a source's socket is let in."""
    broker, made, buses = MemoryBroker(), list[Gateway](), list[MemoryBus]()
    for _ in range(count):
        bus = MemoryBus(broker)
        await bus.start()
        buses.append(bus)
        gateway = Gateway(Settings(secret="x" * 32, database_url=url, **more), bus, open_store(url, "gateway"))
        gateway.access._hasher = QUICK
        gateway.link.answers = lambda inbox: False

        async def let_in(socket: Any, at: int) -> None:
            """There is no floor here."""

        gateway._sources.add = let_in  # type: ignore[method-assign]
        await gateway.start()
        made.append(gateway)
    for user, role in USERS.items():
        await made[0].directories.change(
            "t",
            UserSet(at=0, by="t", user=user, name=user, role=role, password=QUICK.hash(user)),  # type: ignore[arg-type]
        )
    await until(lambda: all("t" in gateway.directories.tenants for gateway in made))
    await until(lambda: all(len(gateway.directories.tenants["t"].users) == len(USERS) for gateway in made))
    try:
        yield made
    finally:
        for gateway in made:
            await gateway.stop()
        for bus in buses:
            await bus.stop()


async def until(holds: Any, within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.01)


class Person:
    """Somebody with a token, who may ask any gateway."""

    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}", "Host": "gateway", "User-Agent": "a test"}

    @classmethod
    async def log_in(cls, gateway: Gateway, user: str, password: str | None = None) -> Person:
        async with client(gateway) as someone:
            login = {"tenant": "t", "user": user, "password": password or user}
            answer = await someone.post("/v1/login", json=login)
            if answer.status_code != 200:
                raise Refused(answer.json()["code"], answer.json()["detail"])
            return cls(answer.json()["token"])

    async def ask(self, gateway: Gateway, method: str, path: str, **more: Any) -> httpx.Response:
        async with client(gateway) as someone:
            return await someone.request(method, path, headers=self.headers, **more)

    async def holds(self, gateway: Gateway) -> bool:
        return (await self.ask(gateway, "GET", "/v1/logins")).status_code == 200

    async def logins(self, gateway: Gateway) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask(gateway, "GET", "/v1/logins")).json()["logins"]
        return found


def client(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://gateway")


class Line:
    """A socket that stays open: `code` when it has been closed."""

    def __init__(self, gateway: Gateway, path: str, person: Person) -> None:
        self.code: int | None = None
        self.frames: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = [{"type": "websocket.connect"}]
        self._closed = asyncio.Event()
        headers = [(name.lower().encode(), value.encode()) for name, value in person.headers.items()]
        scope = {"type": "websocket", "path": path, "headers": headers, "scheme": "ws", "client": ("192.0.2.1", 1)}
        self.task = asyncio.ensure_future(gateway.app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if self._events:
            return self._events.pop()
        await self._closed.wait()
        return {"type": "websocket.disconnect"}

    async def _send(self, event: Any) -> None:
        if event["type"] == "websocket.send":
            self.frames.append(json.loads(event["text"]))
        if event["type"] == "websocket.close":
            self.code = event["code"]
            self._closed.set()


async def put_agent(asks: Person, gateway: Gateway, user: str, **fields: Any) -> httpx.Response:
    content = {"name": user, "role": USERS[user], **fields}
    return await asks.ask(gateway, "PUT", f"/v1/admin/agents/{user}", json=content)
