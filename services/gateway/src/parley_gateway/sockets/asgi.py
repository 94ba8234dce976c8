"""The sockets' way past the web framework: ASGI itself, one coroutine a connection.

What a framework wraps around a socket costs memory for as long as it is open and time for each frame; HTTP keeps it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from ..close_codes import NO_SUCH_SOCKET, TRY_AGAIN

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
PROBES = ("/livez", "/readyz", "/version")


class Channel:
    """One accepted WebSocket."""

    __slots__ = ("_receive", "_send", "address", "closed", "headers", "scheme")

    def __init__(self, scope: Event, receive: Receive, send: Send) -> None:
        self.headers, self._receive, self._send = Headers(scope=scope), receive, send
        self.scheme: str = scope.get("scheme", "ws")
        self.address: str = (scope.get("client") or ("", 0))[0]
        self.closed = False

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser sent with the handshake."""
        return cookie_parser(self.headers.get("cookie", ""))

    async def receive(self) -> str | bytes | None:
        """The next frame: text, or bytes where it was binary; None when the connection is over."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            return None
        text: str | None = event.get("text")
        return text if text is not None else bytes(event["bytes"])

    async def send_text(self, text: str) -> None:
        """Send a frame; waits while the other side does not take it. Raises OSError when it is gone."""
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        """Close, once. Raises OSError when the other side is gone."""
        if not self.closed:
            self.closed = True
            await self._send({"type": "websocket.close", "code": code})


class Sockets:
    """An ASGI application: sockets by their path, everything else goes to `http`.

    Until the process is `ready` it knows no tenant and no login: whoever comes is told to try again (by `starting` over
    HTTP), and is not refused for what is only not known yet.
    """

    def __init__(
        self,
        http: Any,
        starting: Any,
        sockets: Mapping[str, Callable[[Channel], Awaitable[None]]],
        ready: Callable[[], bool],
    ) -> None:
        self._http, self._starting, self._sockets, self._ready = http, starting, sockets, ready

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            app = self._http if self._ready() or scope.get("path") in PROBES else self._starting
            return await app(scope, receive, send)  # type: ignore[no-any-return]
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        channel = Channel(scope, receive, send)
        if not self._ready():
            return await channel.close(TRY_AGAIN)
        serve = self._sockets.get(scope["path"])
        if serve is None:
            return await channel.close(NO_SUCH_SOCKET)
        await serve(channel)
        return None
