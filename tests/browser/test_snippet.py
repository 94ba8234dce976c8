"""R27: the lines of the snippet, pasted into plain pages."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from .people import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def plain_page(parley_url: str) -> str:
    snippet = f'<script async src="{parley_url}/widget.js" data-token="demo"></script>'
    return f"<!doctype html><title>A plain page</title><link rel=icon href=data:,><h1>A plain page</h1>{snippet}"


@pytest.fixture
def other_site(parley_url: str) -> Iterator[str]:
    """A website of another origin with the snippet in its page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = plain_page(parley_url).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, [])
    yield visitor
    await visitor.leaves()


def everything_asked(visitor: Visitor) -> list[str]:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.on("websocket", lambda socket: asked.append(socket.url))
    return asked


STORED = "localStorage.length + sessionStorage.length + document.cookie.length"


@pytest.mark.slow
async def test_R27_pasted_into_a_plain_page_of_an_allowed_origin_the_snippet_works(
    visitor: Visitor, parley_url: str
) -> None:
    page = plain_page(parley_url)
    await visitor.page.route("**/plain", lambda route: route.fulfill(body=page, content_type="text/html"))
    # Chromium takes a page that a test made up for one from the internet, and guards this machine from it
    await visitor.context.grant_permissions(["local-network-access"])
    asked = everything_asked(visitor)

    await visitor.page.goto(f"{parley_url}/plain")
    await expect(visitor.page.locator("#launcher")).to_be_visible()
    assert not [url for url in asked if "/v1/" in url]
    assert await visitor.page.evaluate(STORED) == 0

    await visitor.opens_chat()
    await visitor.says("from a plain page")
    await visitor.sees(["from a plain page"])
    await visitor.ends()
    await visitor.is_told("You ended the chat")
    assert visitor.wrong == []


@pytest.mark.slow
async def test_R2_R27_on_a_page_of_another_origin_it_says_that_it_is_not_allowed_there(
    visitor: Visitor, parley_url: str, other_site: str
) -> None:
    asked = everything_asked(visitor)

    await visitor.page.goto(other_site)
    await expect(visitor.page.locator("#launcher")).to_be_visible()
    assert asked == [f"{other_site}/", f"{parley_url}/widget.js"]
    assert await visitor.page.evaluate(STORED) == 0

    # when it is opened, it says so, offers no box to write into, and opens no socket
    await visitor.opens_chat()
    await expect(visitor.page.locator(".notice")).to_have_text(
        "This chat is not open on this page. Please reach us another way."
    )
    await expect(visitor.page.locator("#input")).to_be_hidden()
    await visitor.page.wait_for_timeout(1500)
    assert asked[2:] == [f"{parley_url}/v1/services/demo?language=en"]
    assert await visitor.page.evaluate("localStorage.length") == 0

    # and the browser's console has one line, about that one request
    assert len(visitor.wrong) == 1
    assert "403" in visitor.wrong[0]
