"""R31: no input of anybody's is an error of the server: hostile paths, parameters, headers and bodies, on every route of the OpenAPI,
by every role."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protocol import log_in
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from .conftest import Product

pytestmark = pytest.mark.stores

ROLES = {"agent": "anna", "supervisor": "sam", "admin": "ada", "ops": "otto", "source": "pbx"}
EXAMPLES = min(120, int(os.environ.get("PARLEY_TRIES", "120")))

NASTY = [
    b"\x00",
    b"a\x00b",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"..",
    b"../../etc/passwd",
    b"%00",
    b"'; DROP TABLE log; --",
    "\N{RIGHT-TO-LEFT OVERRIDE}ä\N{PILE OF POO}".encode(),
    b"x" * 300,
    b"x" * 5_000,
    b" ",
    b"-1",
    b"9" * 40,
    b"1e400",
    b"nan",
    b"OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkvYQ",  # a cursor with a number that no database has room for
    b"MS8A",  # a cursor with NUL
    b"MS8",
    b"null",
]
pieces = (
    st.sampled_from(NASTY)
    | st.binary(min_size=1, max_size=40)
    | st.text(min_size=1, max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
HEADERS = (
    "Origin",
    "Accept-Encoding",
    "Idempotency-Key",
    "Cookie",
    "Authorization",
    "X-Forwarded-For",
    "Host",
    "If-None-Match",
    "Content-Type",
    "Accept",
    "Range",
    "Sec-Fetch-Site",
)
VALUES = [
    b"gzip;q=.",
    b"gzip;q=1.1.1",
    b"http://[",
    b"http://[::1",
    b"null",
    b"\xff",
    b"a\x7fb",
    b"Bearer \xe9",
    b"Basic x",
    b'parley_login="',
    b",,,;;;===",
    b"x" * 10_000,
    b"http://x:y@z:99999/",
    b"bytes=0-",
    b"Bearer a.b.c",
    b"[",
    b"\t",
]
header_values = st.sampled_from(VALUES) | st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\r\n\x00"))
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\x00", "\ud800", "a\udfffb", "", "x" * 5_000, "http://[", "[", "(a+)+$", "\u202e"])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    return schema


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any], list[str]]]:
    """Method, path, the operation, and the fields of its body."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = resolved(content.get("application/json", {}).get("schema", {}), document)
            found.append((method.upper(), path, operation, [*schema.get("properties", {})]))
    return found


class Tried:
    """One request, as something drew it."""

    def __init__(self, draw: st.DrawFn, every: list[tuple[str, str, dict[str, Any], list[str]]]) -> None:
        self.method, path, operation, fields = draw(st.sampled_from(every))
        query: list[str] = []
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                value = quote_from_bytes(draw(pieces), safe=draw(st.sampled_from(["", "/"])))
                path = path.replace("{" + parameter["name"] + "}", value)
            elif parameter["in"] == "query" and draw(st.booleans()):
                query.append(f"{parameter['name']}={quote_from_bytes(draw(pieces), safe='')}")
        if draw(st.integers(0, 9)) == 0:
            query.append(quote_from_bytes(draw(pieces), safe="=&"))
        self.path = path + ("?" + "&".join(query) if query else "")
        self.headers = [
            (name.encode(), draw(header_values))
            for name in draw(st.lists(st.sampled_from(HEADERS), max_size=2, unique=True))
        ]
        self.role = draw(st.sampled_from([None, *ROLES]))
        self.body: bytes | None = None
        if self.method in ("POST", "PUT", "PATCH"):
            known = {name: draw(values) for name in fields if draw(st.integers(0, 4))}
            whole: Any = draw(st.sampled_from([known, known, known, draw(values)]))
            self.body = draw(
                st.sampled_from(
                    [
                        json.dumps(whole).encode(),
                        json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass"),
                        draw(st.binary(max_size=50)),
                        b"[" * 50_000,
                    ]
                )
            )

    def __repr__(self) -> str:
        return f"{self.method} {self.path} as {self.role}: {self.headers} {self.body!r}"


@pytest.fixture(scope="module")
def tokens(product: Product) -> dict[str, str]:
    async def every() -> dict[str, str]:
        return {role: (await log_in(product.url, user))["token"] for role, user in ROLES.items()}

    return asyncio.run(every())


@pytest.fixture(scope="module")
def client(product: Product) -> Any:
    with httpx.Client(base_url=product.url, trust_env=False, timeout=30) as made:
        yield made


async def test_R31_no_input_is_an_error_of_the_server(
    product: Product, client: httpx.Client, tokens: dict[str, str]
) -> None:
    document = client.get("/openapi.json").json()
    every = operations(document)
    every += [
        ("GET", path, {"parameters": [{"in": "path", "name": "x"}]}, [])
        for path in ("/assets/{x}", "/{x}", "/desk", "/")
    ]
    base = httpx.URL(product.url)

    @settings(max_examples=EXAMPLES * len(every) // 10, deadline=None, suppress_health_check=[*HealthCheck])
    @given(st.composite(lambda draw: Tried(draw, every))())
    def one(tried: Tried) -> None:
        headers = tried.headers + ([(b"Authorization", f"Bearer {tokens[tried.role]}".encode())] if tried.role else [])
        if tried.body is not None and not any(name == b"Content-Type" for name, _ in headers):
            headers.append((b"Content-Type", b"application/json"))
        request = client.build_request(tried.method, base, headers=headers, content=tried.body)
        request.url = base.copy_with(raw_path=tried.path.encode())
        try:
            answer = client.send(request)
        except httpx.ProtocolError:
            return  # it was no HTTP at all
        assert answer.status_code < 500, answer.text[:300]
        if answer.status_code >= 400 and answer.headers["content-type"] != "text/plain; charset=utf-8":
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"]

    await asyncio.to_thread(one)
    assert "Traceback" not in product.demo.output


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/agent", "/v1/source"])
@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "null", "\xe9", "http://a:99999", "javascript:alert(1)", ""]
)
async def test_R31_no_origin_is_an_error_of_the_server(product: Product, path: str, origin: str) -> None:
    address = product.url.replace("http", "ws", 1) + path
    token = (await log_in(product.url, "anna"))["token"]
    statuses: list[int] = []
    for cookie in ({}, {"Cookie": f"parley_login={token}"}):
        try:
            async with connect(address, additional_headers={"Origin": origin, **cookie}, proxy=None) as socket:
                await socket.send(json.dumps({"type": "start", "id": "x" * 22, "token": "demo"}))
                told = json.loads(await socket.recv())
                assert told["type"] == "error"
        except InvalidStatus as refused:
            statuses.append(refused.response.status_code)
        except ConnectionClosed:
            pass
    assert all(status < 500 for status in statuses)
    assert "Traceback" not in product.demo.output


async def test_R31_bytes_that_are_no_text_close_a_socket_and_are_no_error_of_the_server(product: Product) -> None:
    async with connect(product.url.replace("http", "ws", 1) + "/v1/chat", proxy=None) as socket:
        await socket.send(b"\xff\xfe\xed\xa0\x80", text=True)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert "Traceback" not in product.demo.output
    assert "Invalid UTF-8" not in product.demo.output
