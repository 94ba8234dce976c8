"""While a gateway starts it knows nobody: whoever comes is told to come again, and is not refused for that."""

from __future__ import annotations

from typing import Any

import httpx
from parley_gateway.close_codes import NO_SUCH_SOCKET, TRY_AGAIN
from parley_gateway.sockets.asgi import Channel, Sockets
from starlette.responses import PlainTextResponse


class Handshake:
    """What a web server would do with one WebSocket."""

    def __init__(self, path: str) -> None:
        self.scope = {"type": "websocket", "path": path, "headers": []}
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(self, event: Any) -> None:
        self.sent.append(event)


class Application:
    """Sockets with one path, ready or not."""

    def __init__(self) -> None:
        self.ready = False
        self.served = 0
        http, starting = PlainTextResponse("here"), PlainTextResponse("not yet", status_code=503)
        self.app = Sockets(http, starting, {"/v1/chat": self._serve}, lambda: self.ready)

    async def _serve(self, channel: Channel) -> None:
        self.served += 1
        await channel.close(1000)

    async def connect(self, path: str = "/v1/chat") -> int:
        """The code that the socket is closed with."""
        handshake = Handshake(path)
        await self.app(handshake.scope, handshake.receive, handshake.send)
        assert [event["type"] for event in handshake.sent] == ["websocket.accept", "websocket.close"]
        return int(handshake.sent[-1]["code"])

    async def get(self, path: str) -> int:
        """The status of an HTTP call."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://gateway") as client:
            return (await client.get(path)).status_code


async def test_who_comes_too_early_is_told_to_try_again() -> None:
    gateway = Application()
    assert await gateway.connect() == TRY_AGAIN
    assert await gateway.get("/v1/login") == 503
    assert await gateway.get("/readyz") == 200, "the probes answer for themselves"
    assert gateway.served == 0
    gateway.ready = True
    assert await gateway.connect() == 1000
    assert await gateway.get("/v1/login") == 200
    assert gateway.served == 1


async def test_a_socket_that_does_not_exist_is_closed_with_its_code() -> None:
    gateway = Application()
    gateway.ready = True
    assert await gateway.connect("/v1/nothing") == NO_SUCH_SOCKET
