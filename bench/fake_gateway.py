"""A gateway made up for one desk: it serves the desk's real files and says on the agent's socket what it is told to."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import parley_gateway
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

WEB = Path(parley_gateway.__file__).parent / "web"
BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)
ENTRIES = 20
AT_ONCE = 50
"""How many events are sent before the page is waited for."""


def at(number: int) -> str:
    """A time of the day, one for each number."""
    moment = BEGIN + timedelta(milliseconds=number)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def item(name: str, number: int, owner: str | None = None, stage: str = "", priority: int = 50) -> dict[str, Any]:
    """A chat that waits, or that somebody owns."""
    found: dict[str, Any] = {
        "item": name,
        "kind": "chat",
        "queue": "support",
        "priority": priority,
        "stage": stage or ("conversation" if owner else "waiting"),
        "waiting_since": at(number),
        "handle": {"ms": 0, "running_since": at(number) if owner else None},
        "wrap_up": {"ms": 0, "running_since": None},
        "unread": 0,
        "name": f"Visitor {number}",
        "language": "en",
    }
    return {**found, "owner": owner, "activity": "active" if number % 2 else "parked"} if owner else found


def entry(n: int) -> dict[str, Any]:
    """One line of a chat."""
    said = {"from": "visitor" if n % 2 else "agent", "name": "Kim", "text": f"Line {n} of what is said in this chat."}
    return {"n": n, "seq": n, "at": at(n), "kind": "message", **said}


class FakeGateway:
    """`change` tells all sockets of a change of the floor, `tell` of anything else."""

    def __init__(self, owned: int, waiting: int) -> None:
        self.url = ""
        self.version = 1
        self._owned = [item(f"mine{number}", number, "anna") for number in range(owned)]
        self._waiting = [item(f"wait{number}", number) for number in range(waiting)]
        self._sockets: set[ServerConnection] = set()
        self._server: Server

    async def __aenter__(self) -> FakeGateway:
        self._server = await serve(self._serve, "127.0.0.1", 0, process_request=self._file, compression=None)
        self.url = f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def change(self, changed: dict[str, Any]) -> None:
        """Tell of a change, as the next version."""
        self.version += 1
        await self.tell(
            {"type": "event", "version": self.version, "at": at(self.version), "kind": "x", "changed": changed}
        )

    async def tell(self, frame: dict[str, Any]) -> None:
        text = json.dumps(frame)
        for socket in list(self._sockets):
            await socket.send(text)

    def _file(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == "/v1/agent":
            return None
        file = WEB / ("desk.html" if path == "/desk" else path.lstrip("/"))
        found = file.is_file() and file.resolve().is_relative_to(WEB)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        body = file.read_bytes() if found else b'{"code":"not_found","detail":"Not here."}'
        headers = Headers({"Content-Type": kind if found else "application/json", "Content-Length": str(len(body))})
        headers["Connection"] = "close"
        status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
        return Response(status.value, status.phrase, headers, body)

    async def _serve(self, socket: ServerConnection) -> None:
        self._sockets.add(socket)
        agent = {"id": "anna", "name": "Anna", "state": "ready"}
        queues = [{"queue": "support", "name": "Support", "points_per_minute": 0, "waiting": self._waiting}]
        snapshot = {"type": "snapshot", "version": self.version, "at": at(0), "agent": agent}
        try:
            await socket.send(json.dumps({**snapshot, "inbox": self._owned, "queues": queues}))
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "open":
                    events = [entry(n) for n in range(1, ENTRIES + 1)] if frame["item"].startswith("mine") else []
                    ack = {"item": frame["item"], "stage": "conversation", "seq": len(events), "n": len(events)}
                    await socket.send(json.dumps({"type": "ack", "id": frame["id"], **ack, "events": events}))
                elif "id" in frame:
                    await socket.send(json.dumps({"type": "ack", "id": frame["id"], "version": self.version}))
        except ConnectionClosed:
            pass
        finally:
            self._sockets.discard(socket)


class Day(NamedTuple):
    """So many chats of 20 entries, opened and closed; and what else happens on the floor, up to so many events."""

    events: int
    chats: int

    async def pass_at(self, gateway: FakeGateway, caught_up: Callable[[], Awaitable[None]]) -> None:
        """The day goes by, as fast as the page takes it."""
        first = gateway.version
        others_each = max(0, self.events - 4 * self.chats) // (2 * self.chats)
        for number in range(self.chats):
            name = f"chat{first}-{number}"
            waits, mine = item(name, number), item(name, number, "anna")
            await gateway.change({"queues": {"support": {"put": [waits]}}})
            await gateway.change({"inbox": {"put": [mine]}, "queues": {"support": {"drop": [name]}}})
            await caught_up()
            for n in range(1, ENTRIES + 1):
                await gateway.tell({"type": "chat", "item": name, **entry(n)})
            for other in range(others_each):
                passing = item(f"other{number}-{other}", other)
                await gateway.change({"queues": {"support": {"put": [passing]}}})
                await gateway.change({"queues": {"support": {"drop": [passing["item"]]}}})
                if other % AT_ONCE == AT_ONCE - 1:
                    await caught_up()
            await gateway.change({"inbox": {"put": [{**mine, "stage": "wrap_up"}]}})
            await gateway.change({"inbox": {"drop": [name]}})
            await caught_up()
