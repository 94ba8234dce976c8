"""What the tests of the widget share: websites of another origin, an administrator's hand, and a network that can be cut
or answers in the server's place."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from playwright.async_api import Route, WebSocketRoute

from .people import Visitor


class Site:
    """A website of another origin: `pages` by their path, `headers` that all of them have."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.url = ""

    @contextmanager
    def runs(self) -> Iterator[Site]:
        site = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.pages.get(self.path, "").encode()
                self.send_response(200 if body else 204)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **site.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.2", 0), Page) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.url = f"http://127.0.0.2:{server.server_port}"
            yield self
            server.shutdown()


def page_with(script: str, rest: str = "", style: str = "") -> str:
    style = f"<style>{style}</style>" if style else ""
    return (
        f'<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A site</title>'
        f"<link rel=icon href=data:,>{style}</head><body><main><h1>A site</h1>{rest}</main>{script}</body></html>"
    )


def snippet(url: str, more: str = "", token: str = "demo") -> str:
    return f'<script async src="{url}/widget.js" data-token="{token}" {more}></script>'


@contextmanager
def administration(url: str, user: str = "ada") -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False) as client:
        login = {"tenant": "demo", "user": user, "password": "demo"}
        client.headers["Authorization"] = f"Bearer {client.post('/v1/login', json=login).json()['token']}"
        yield client


def take_out(url: str, item: str) -> None:
    """The telephone system takes an item out of its queue."""
    with administration(url, "pbx") as pbx:
        assert pbx.post(f"/v1/items/{item}/ended").status_code == 200


@contextmanager
def changed(ada: httpx.Client, path: str, **fields: Any) -> Iterator[None]:
    """A setting that goes back to what it was."""
    before = ada.get(f"/v1/admin/{path}").json()
    assert ada.put(f"/v1/admin/{path}", json={**before, **fields}).status_code == 200
    try:
        yield
    finally:
        assert ada.put(f"/v1/admin/{path}", json=before).status_code == 200


class Between:
    """Between a page and the server: keeps what the page sends, answers what `answers` has a type for, and can cut the line
    and leave it cut."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.is_cut = False
        self.connections = 0
        self._open: list[tuple[WebSocketRoute, WebSocketRoute]] = []

    async def carry(self, visitor: Visitor) -> None:
        await visitor.context.route_web_socket(lambda url: url.endswith("/v1/chat"), self._connect)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.sent if frame["type"] == kind]

    async def tells(self, **frame: Any) -> None:
        """Something that the server might say."""
        self._open[-1][0].send(json.dumps(frame))

    async def cut(self) -> None:
        self.is_cut = True
        for page, server in self._open:
            await server.close()
            await page.close(code=3000)
        self._open.clear()

    async def _connect(self, page: WebSocketRoute) -> None:
        self.connections += 1
        if self.is_cut:
            await page.close(code=3000)
            return
        server = page.connect_to_server()
        self._open.append((page, server))
        page.on_message(lambda message: self._from_page(page, server, str(message)))
        server.on_message(lambda message: page.send(message))

    def _from_page(self, page: WebSocketRoute, server: WebSocketRoute, message: str) -> None:
        frame = json.loads(message)
        self.sent.append(frame)
        if frame["type"] in self.answers:
            page.send(json.dumps({"id": frame["id"], **self.answers[frame["type"]]}))
        else:
            server.send(message)


async def service_says(visitor: Visitor, **fields: Any) -> None:
    """The chat service as the server describes it, with these fields as well."""

    async def answer(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, json={**await response.json(), **fields})

    await visitor.context.route("**/v1/services/demo?*", answer)
