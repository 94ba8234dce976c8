"""The outermost of the gateway: nothing comes in, and nothing goes out, but through here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from parley_contracts.refusal import Refused

from ..bounded import Places
from ..routes.problems import problem
from .addresses import Proxies
from .bodies import Event, Receive, TooSlow, limited
from .wellformed import check_head

Send = Callable[[Event], Awaitable[None]]
ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
"""What every answer says that does not say otherwise itself."""
ENCRYPTED = ((b"strict-transport-security", b"max-age=31536000"),)
"""And every answer over TLS: a browser comes back over nothing else."""

App = Callable[[Any, Receive, Send], Awaitable[None]]


class Edge:
    """An ASGI application before another one. `sockets_per_address`: how many one address may have open; 0: any number."""

    def __init__(self, app: App, proxies: Proxies, sockets_per_address: int) -> None:
        self._app, self._proxies = app, proxies
        self._sockets = Places(sockets_per_address, "Too many connections from your address: close some of them.")

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        self._proxies.look(scope)
        if scope["type"] == "http":
            return await self._request(scope, receive, send)
        return await self._socket(scope, receive, send)

    async def _request(self, scope: Event, receive: Receive, send: Send) -> None:
        said = ALWAYS + ENCRYPTED if scope["scheme"] == "https" else ALWAYS
        send = _saying(said, send)
        try:
            check_head(scope)
            body = await limited(scope["method"], scope["path"], scope["headers"], receive)
        except Refused as refusal:
            answer = problem(refusal.code, refusal.message, **refusal.facts)
        except TooSlow:
            answer = problem("bad_request", "The request did not come in time: send it again.", status=408)
        else:
            return await self._app(scope, body, send)
        # Whatever still comes is dropped unread, and the connection closed by who looks after them all.
        return await answer(scope, receive, send)

    async def _socket(self, scope: Event, receive: Receive, send: Send) -> None:
        address = scope["client"][0]
        try:
            check_head(scope)
            self._sockets.enter(address)
        except Refused as refusal:
            return await problem(refusal.code, refusal.message, **refusal.facts)(scope, receive, send)
        try:
            return await self._app(scope, receive, send)
        finally:
            self._sockets.leave(address)


def _saying(headers: tuple[tuple[bytes, bytes], ...], send: Send) -> Send:
    async def said(event: Event) -> None:
        if event["type"] == "http.response.start":
            own = {name.lower() for name, _ in event.get("headers", ())}
            event["headers"] = [*event.get("headers", ()), *(each for each in headers if each[0] not in own)]
        await send(event)

    return said
