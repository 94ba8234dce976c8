"""Clients that speak the public protocol: what a widget, a phone app or a desk would send and keep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from uuid import uuid4

import httpx
from parley_gateway.sockets.frames_out import check
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_S = 30.0


class RefusedByServer(Exception):
    """An `error` frame, or a problem over HTTP."""

    def __init__(self, frame: dict[str, Any]) -> None:
        super().__init__(f"{frame.get('code')}: {frame.get('message') or frame.get('detail')}")
        self.frame = frame
        self.code = frame.get("code")


class Client:
    """One socket: commands get their answers, everything else is kept in `frames` in order. `options`: what else the connection is made
    with, such as certificates."""

    path = ""
    label: Literal["visitor", "agent", "source"]

    def __init__(self, url: str, headers: dict[str, str] | None = None, origin: str | None = None) -> None:
        self.url, self._headers, self._origin = url, headers or {}, origin
        self.options: dict[str, Any] = {}
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        self.unpublished: Exception | None = None
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Condition()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def connect(self) -> Self:
        """Open the socket."""
        address = self.url.replace("http", "ws", 1) + self.path
        headers = {**self._headers, **({"Origin": self._origin} if self._origin else {})}
        self._socket = await connect(
            address, additional_headers=headers, compression=None, max_size=None, proxy=None, **self.options
        )
        self.closed = None
        self._reader = asyncio.create_task(self._read(self._socket))
        return self

    async def close(self) -> None:
        """Close the socket in order."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    def cut(self) -> None:
        """Lose the connection without a word."""
        assert self._socket is not None
        self._socket.transport.abort()

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                frame = json.loads(text)
                check(self.label, frame)
                self.taken(frame)
                answer = self._answers.pop(str(frame.get("id")), None) if frame["type"] in ("ack", "error") else None
                if answer is not None and not answer.done():
                    answer.set_result(frame)
                else:
                    self.frames.append(frame)
                async with self._changed:
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        except (KeyError, ValueError) as error:
            self.unpublished = error
            raise
        finally:
            self.closed = socket.close_code or 1006
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ConnectionError(f"closed with {self.closed}"))
            async with self._changed:
                self._changed.notify_all()

    def taken(self, frame: dict[str, Any]) -> None:
        """A frame has come; for those who keep more than a list."""

    async def raw(self, text: str | bytes) -> None:
        """Send exactly this."""
        assert self._socket is not None
        await self._socket.send(text)

    async def send(self, type: str, **fields: Any) -> None:
        """Send a frame that is not answered."""
        await self.raw(json.dumps({"type": type, **fields}))

    async def ask(self, type: str, *, id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send a command; its ack. Raises RefusedByServer."""
        id = id or uuid4().hex
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[id] = answer
        await self.raw(json.dumps({"type": type, "id": id, **fields}, ensure_ascii=False))
        async with asyncio.timeout(PATIENCE_S):
            frame = await answer
        if frame["type"] == "error":
            raise RefusedByServer(frame)
        return frame

    async def until(self, found: Callable[[], Any]) -> Any:
        """Wait until something is so, looking at each frame that comes."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            while not (result := found()):
                if self.unpublished is not None:
                    raise self.unpublished
                if self.closed is not None:
                    raise ConnectionError(f"closed with {self.closed}")
                await self._changed.wait()
            return result

    async def frame(self, type: str, **fields: Any) -> dict[str, Any]:
        """The first frame of this type with these fields, as soon as it is there."""
        return await self.until(
            lambda: next(
                (f for f in self.frames if f["type"] == type and all(f.get(k) == v for k, v in fields.items())), None
            )
        )


class Visitor(Client):
    """A visitor with one chat."""

    path = "/v1/chat"
    label = "visitor"

    def __init__(self, url: str, origin: str | None = None) -> None:
        super().__init__(url, origin=origin)
        self.chat = self.secret = ""

    async def start(self, token: str = "demo", **fields: Any) -> dict[str, Any]:
        """Ask for a chat."""
        ack = await self.ask("start", token=token, **fields)
        self.chat, self.secret = ack["chat"], ack["secret"]
        return ack

    async def resume(self, after: int | None = None) -> dict[str, Any]:
        """Come back, on a new connection."""
        last = max((event["seq"] for event in self.events), default=0)
        return await self.ask("resume", chat=self.chat, secret=self.secret, after=last if after is None else after)

    async def say(self, text: str, **fields: Any) -> dict[str, Any]:
        """Say something."""
        return await self.ask("message", text=text, **fields)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == "event"]

    def said(self) -> list[tuple[str, str]]:
        """Who said what, as this visitor saw it."""
        return [(event["from"], event["text"]) for event in self.events if event["kind"] == "message"]


class Agent(Client):
    """An agent's desk: the view is kept up to date by applying events to the snapshot."""

    path = "/v1/agent"
    label = "agent"

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, {"Authorization": f"Bearer {token}"})
        self.token = token
        self.view: dict[str, Any] | None = None

    @classmethod
    async def log_in(cls, url: str, user: str, tenant: str = "demo", password: str = "demo") -> Self:
        """Log in and connect; the snapshot has come."""
        agent = cls(url, (await log_in(url, user, tenant, password))["token"])
        await agent.connect()
        await agent.frame("snapshot")
        return agent

    def taken(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "snapshot":
            self.view = frame
        elif frame["type"] == "event" and self.view is not None:
            assert frame["version"] == self.view["version"] + 1, "versions rise by one"
            self.view = apply(self.view, frame)

    @property
    def inbox(self) -> dict[str, dict[str, Any]]:
        assert self.view is not None
        return {item["item"]: item for item in self.view["inbox"]}

    @property
    def waiting(self) -> list[str]:
        assert self.view is not None
        return [item["item"] for queue in self.view["queues"] for item in queue["waiting"]]

    async def owns(self, item: str, **fields: Any) -> dict[str, Any]:
        """The item, as soon as it is in the inbox with these fields."""

        def found() -> dict[str, Any] | None:
            item_ = self.inbox.get(item)
            return item_ if item_ is not None and all(item_.get(k) == v for k, v in fields.items()) else None

        return await self.until(found)

    async def lost(self, item: str) -> None:
        """Wait until the item is not in the inbox."""
        await self.until(lambda: item not in self.inbox)

    def chat(self, item: str) -> list[dict[str, Any]]:
        """The live entries of a chat that have come."""
        return [frame for frame in self.frames if frame["type"] == "chat" and frame["item"] == item]


class Source(Client):
    """A telephone system: it puts calls into queues over HTTP, and is told on its socket whom to ring."""

    path = "/v1/source"
    label = "source"

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, {"Authorization": f"Bearer {token}"})
        self.token = token

    @classmethod
    async def log_in(cls, url: str, user: str = "pbx", tenant: str = "demo", password: str = "demo") -> Self:
        """Log in and connect."""
        return await cls(url, (await log_in(url, user, tenant, password))["token"]).connect()

    async def place(self, queue: str = "support", kind: str = "call", **fields: Any) -> str:
        """Put a call, or something else, into a queue; its item."""
        new = {"kind": kind, "queue": queue, **fields}
        return str((await call(self.url, "POST", "/v1/items", self.token, json=new))["item"])

    async def say(
        self, item: str, what: Literal["answered", "no_answer", "ended"], assignment: int | None = None
    ) -> dict[str, Any]:
        """What happened to a call; the item."""
        about = None if assignment is None else {"assignment": assignment}
        shown: dict[str, Any] = await call(self.url, "POST", f"/v1/items/{item}/{what}", self.token, json=about)
        return shown

    async def look(self, item: str) -> dict[str, Any]:
        """The item as it stands."""
        shown: dict[str, Any] = await call(self.url, "GET", f"/v1/items/{item}", self.token)
        return shown

    def told(self, item: str) -> list[tuple[str, str | None]]:
        """What it was told about an item, in order: what, and of whom."""
        return [(frame["type"], frame.get("agent")) for frame in self.frames if frame.get("item") == item]


def order(item: dict[str, Any], points_per_minute: int = 0) -> tuple[int, str, str]:
    """R4: how waiting items are ordered."""
    since = round(datetime.fromisoformat(item["waiting_since"]).timestamp() * 1000) if points_per_minute else 0
    return (points_per_minute * since - item["priority"] * 60_000, item["waiting_since"], item["item"])


def apply(view: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The view after an event: whole pieces put in place of old ones."""
    changed = event["changed"]
    view = {**view, "version": event["version"]}
    if "agent" in changed:
        view["agent"] = changed["agent"]
    if "inbox" in changed:
        view["inbox"] = _put(view["inbox"], changed["inbox"])
    queues = {queue["queue"]: queue for queue in view["queues"]}
    for name, change in changed.get("queues", {}).items():
        old = queues.get(name, {"queue": name, "name": name, "points_per_minute": 0, "waiting": []})
        points = change.get("points_per_minute", old["points_per_minute"])
        queues[name] = {
            **old,
            **{field: value for field, value in change.items() if field not in ("put", "drop")},
            "waiting": sorted(_put(old["waiting"], change), key=lambda item: order(item, points)),
        }
    for name in changed.get("queues_gone", []):
        queues.pop(name, None)
    view["queues"] = list(queues.values())
    if "work" in changed:  # a supervisor's
        view["work"] = _put(view["work"], changed["work"])
    if "agents" in changed:
        agents = {
            agent["id"]: agent for agent in view["agents"] if agent["id"] not in changed["agents"].get("drop", [])
        }
        agents |= {agent["id"]: agent for agent in changed["agents"].get("put", [])}
        view["agents"] = list(agents.values())
    return view


def _put(items: list[dict[str, Any]], change: dict[str, Any]) -> list[dict[str, Any]]:
    by_id = {item["item"]: item for item in items if item["item"] not in change.get("drop", [])}
    by_id |= {item["item"]: item for item in change.get("put", [])}
    return list(by_id.values())


async def log_in(url: str, user: str, tenant: str = "demo", password: str = "demo") -> dict[str, Any]:
    """The answer of POST /v1/login. Raises RefusedByServer."""
    return await call(url, "POST", "/v1/login", json={"tenant": tenant, "user": user, "password": password})


def plainly(url: str = "", **options: Any) -> httpx.AsyncClient:
    """A client for plain HTTP: it reads no certificates, which takes longer than many a call."""
    return httpx.AsyncClient(base_url=url, trust_env=False, verify=False, **options)


async def call(url: str, method: str, path: str, token: str | None = None, **options: Any) -> Any:
    """An HTTP call's JSON. Raises RefusedByServer for a problem."""
    headers = {**options.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    async with plainly(url, timeout=PATIENCE_S) as client:
        answer = await client.request(method, path, headers=headers, **options)
    if answer.status_code >= 400:
        raise RefusedByServer({**answer.json(), "status": answer.status_code})
    return answer.json() if answer.content else None


async def interaction(url: str, item: str, token: str) -> dict[str, Any]:
    """The CRM's record of an interaction, as soon as it is closed there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                found = await call(url, "GET", f"/v1/interactions/{item}", token)
                if found.get("stage") == "closed":
                    return found
            except RefusedByServer as refusal:
                if refusal.code != "not_found":
                    raise
            await asyncio.sleep(0.05)
