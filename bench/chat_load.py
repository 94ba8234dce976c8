"""Visitors and one agent over real sockets: how long a message takes, and how many go through."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect


class Figures(NamedTuple):
    """What one run came to. Latency from the visitor's send to the agent's frame, in milliseconds."""

    offered_per_s: float
    delivered_per_s: float
    messages: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Load:
    """One agent who owns many chats, and their visitors."""

    def __init__(self, url: str, visitors: int) -> None:
        self._url, self._count = url, visitors
        self._visitors: list[ClientConnection] = []
        self._agent: ClientConnection | None = None
        self._sent: dict[str, float] = {}
        self._latencies: list[float] = []
        self._acked = 0
        self._assigned: set[str] = set()
        self._readers: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Everybody is connected, every chat is the agent's."""
        async with httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=30) as http:
            admin = await self._log_in(http, "ada")
            queue = "/v1/admin/queues/support"
            settings = (await http.get(queue, headers=admin)).json()
            await http.put(queue, headers=admin, json={**settings, "chats_per_agent": 200})
            agent = await self._log_in(http, "anna")
        address = self._url.replace("http", "ws", 1)
        self._agent = await connect(f"{address}/v1/agent", additional_headers=agent, compression=None, proxy=None)
        self._readers.append(asyncio.create_task(self._read_agent(self._agent)))
        await self._agent.send(json.dumps({"type": "ready", "id": uuid4().hex}))
        for _ in range(self._count):
            visitor = await connect(f"{address}/v1/chat", compression=None, proxy=None)
            await visitor.send(json.dumps({"type": "start", "id": uuid4().hex, "token": "demo"}))
            self._visitors.append(visitor)
            self._readers.append(asyncio.create_task(self._read_visitor(visitor)))
        async with asyncio.timeout(60):
            while len(self._assigned) < self._count:
                await asyncio.sleep(0.05)

    async def _log_in(self, http: httpx.AsyncClient, user: str) -> dict[str, str]:
        answer = await http.post("/v1/login", json={"tenant": "demo", "user": user, "password": "demo"})
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def _read_agent(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame: dict[str, Any] = json.loads(text)
            if frame["type"] != "chat":
                continue
            if frame["kind"] == "joined":
                self._assigned.add(frame["item"])
            elif frame["kind"] == "message" and (sent := self._sent.pop(frame["text"], None)) is not None:
                self._latencies.append(time.perf_counter() - sent)

    async def _read_visitor(self, socket: ClientConnection) -> None:
        async for text in socket:
            self._acked += '"ack"' in str(text)

    async def _say(self, visitor: ClientConnection) -> None:
        text = uuid4().hex
        self._sent[text] = time.perf_counter()
        await visitor.send(json.dumps({"type": "message", "id": text, "text": text}))

    async def at_rate(self, per_s: float, seconds: float) -> Figures:
        """So many messages a second, by all visitors in turn."""
        self._latencies.clear()
        began = time.perf_counter()
        for number in range(int(per_s * seconds)):
            await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
            await self._say(self._visitors[number % len(self._visitors)])
        return await self._figures(per_s, int(per_s * seconds), began)

    async def flat_out(self, seconds: float, in_flight: int = 400) -> Figures:
        """As many as go through: so many are on their way at any time."""
        self._latencies.clear()
        began, number = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            if len(self._sent) < in_flight:
                await self._say(self._visitors[number % len(self._visitors)])
                number += 1
            else:
                await asyncio.sleep(0.001)
        return await self._figures(number / seconds, number, began)

    async def _figures(self, offered: float, messages: int, began: float) -> Figures:
        async with asyncio.timeout(60):
            while self._sent:
                await asyncio.sleep(0.005)
        spent = time.perf_counter() - began
        cuts = statistics.quantiles(self._latencies, n=100)
        p50, p95, p99 = (round(cuts[place] * 1000, 2) for place in (49, 94, 98))
        return Figures(round(offered, 1), round(messages / spent, 1), messages, p50, p95, p99)

    async def close(self) -> None:
        """Everybody leaves; the agent logs out."""
        for visitor in self._visitors:
            await visitor.send(json.dumps({"type": "end", "id": uuid4().hex}))
        if self._agent is not None:
            await self._agent.send(json.dumps({"type": "logout", "id": uuid4().hex}))
        for socket in (*self._visitors, self._agent):
            if socket is not None:
                await socket.close()
        await asyncio.gather(*self._readers, return_exceptions=True)
