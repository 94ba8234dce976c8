"""Those who are on the floor in several tests: at their desks with nothing left over, and an administrator's hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from protocol import Agent, Source, call, log_in


class Admin:
    """What an administrator asks over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    @classmethod
    async def log_in(cls, url: str, user: str = "ada", tenant: str = "demo") -> Admin:
        """With a login of its own."""
        return cls(url, (await log_in(url, user, tenant))["token"])

    async def get(self, path: str) -> Any:
        """Raises RefusedByServer."""
        return await call(self.url, "GET", f"/v1/admin/{path}", self.token)

    async def put(self, path: str, **body: Any) -> Any:
        """Raises RefusedByServer."""
        return await call(self.url, "PUT", f"/v1/admin/{path}", self.token, json=body)

    async def delete(self, path: str) -> None:
        """Raises RefusedByServer."""
        await call(self.url, "DELETE", f"/v1/admin/{path}", self.token)

    async def change(self, path: str, **fields: Any) -> Any:
        """Put what is there, with some fields changed."""
        return await self.put(path, **{**await self.get(path), **fields})

    @asynccontextmanager
    async def changed(self, path: str, **fields: Any) -> AsyncIterator[None]:
        """Some fields are others for a while."""
        before = await self.get(path)
        await self.put(path, **{**before, **fields})
        try:
            yield
        finally:
            await self.put(path, **before)


@asynccontextmanager
async def at_desk(
    url: str, user: str, password: str = "demo", tenant: str = "demo", token: str | None = None
) -> AsyncIterator[Agent]:
    """An agent who logs out at the end, with everything finished that can be; `token`: from an earlier login."""
    agent = Agent(url, token or (await log_in(url, user, tenant, password))["token"])
    await agent.connect()
    await agent.frame("snapshot")
    yield agent
    if agent.closed is None:
        for item in list(agent.inbox.values()):
            rings = item.get("answered") is False
            if item["stage"] == "conversation" and item["activity"] == "active" and not rings:
                await agent.ask("end", item=item["item"])
        await agent.ask("logout")


@asynccontextmanager
async def telephone(url: str, token: str | None = None) -> AsyncIterator[Source]:
    """A telephone system; `token`: from an earlier login."""
    source = await Source(url, token).connect() if token else await Source.log_in(url)
    yield source
    await source.close()
