"""A cookie authenticates what our own pages ask, on every route and socket; what another page asks with it is refused, whatever it is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_gateway.app import Gateway
from parley_gateway.domain.directory import UserSet
from parley_gateway.settings import Settings

ROLES = ("agent", "supervisor", "admin", "ops", "source")
FOREIGN: list[dict[str, str]] = [
    {"Origin": "http://evil.example"},
    {"Origin": "http://gateway:81"},
    {"Origin": "https://gateway"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://evil.example", "Authorization": "Basic x"},
    {"Origin": "http://evil.example", "Authorization": ""},
]


@pytest_asyncio.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    made = Gateway(Settings(secret="x" * 32), bus, open_store("memory:", "gateway"))
    monkeypatch.setattr(made.access, "_verify", lambda hashed, password: True)
    made.link.answers = lambda inbox: False
    await made.start()
    for role in ROLES:
        user = UserSet(at=0, by="t", user=role, name=role, role=role, password="none")  # type: ignore[arg-type]
        await made.directories.change("t", user)
    yield made
    await made.stop()
    await bus.stop()


def client(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://gateway")


async def log_in(gateway: Gateway, role: str) -> tuple[str, dict[str, str]]:
    """A token, and the cookie."""
    async with client(gateway) as someone:
        login = {"tenant": "t", "user": role, "password": "x"}
        token = (await someone.post("/v1/login", json=login)).json()["token"]
        return token, {"Cookie": f"__Host-parley_login={someone.cookies['__Host-parley_login']}"}


def code(answer: httpx.Response) -> str | None:
    problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.json()["code"] if problem else None


@pytest.mark.slow
async def test_no_route_takes_a_cookie_from_another_page(gateway: Gateway) -> None:
    token, cookie = await log_in(gateway, "admin")
    guarded = 0
    async with client(gateway) as page:
        document = (await page.get("/openapi.json")).json()
        for path, methods in sorted(document["paths"].items(), key=lambda each: each[0] == "/v1/logout"):
            for method, operation in methods.items():
                there = path
                for parameter in operation.get("parameters", []):
                    there = there.replace("{" + parameter["name"] + "}", "x")

                async def ask(headers: dict[str, str], there: str = there, method: str = method) -> httpx.Response:
                    kind = {"Content-Type": "text/csv" if "import" in there else "application/json"}
                    content = b"name\nx\n" if "import" in there else b"{}"
                    return await page.request(
                        method.upper(), there, headers={**kind, **headers}, content=content, params={"query": "x"}
                    )

                for foreign in FOREIGN:
                    answer = await ask({**cookie, **foreign})
                    if code(await ask({})) == "unauthorized":
                        guarded += 1
                        assert code(answer) == "origin_not_allowed", f"{method} {path} {foreign}"
                own = {**cookie, "Origin": "http://gateway", "Sec-Fetch-Site": "same-origin"}
                assert code(await ask(own)) not in ("origin_not_allowed", "unauthorized"), f"{method} {path}"
                bearer = {"Authorization": f"Bearer {token}", "Origin": "http://evil.example"}
                if "/services/{token}" not in path and path not in ("/v1/login", "/v1/logout"):
                    assert code(await ask(bearer)) != "origin_not_allowed", f"{method} {path}: a bearer needs no page"
    assert guarded > 100


@pytest.mark.parametrize("path", ["/v1/login", "/v1/logout"])
async def test_no_other_page_logs_somebody_in_or_out(gateway: Gateway, path: str) -> None:
    login = {"tenant": "t", "user": "agent", "password": "x"}
    async with client(gateway) as page:
        for foreign in FOREIGN:
            answer = await page.post(path, json=login, headers=foreign)
            assert code(answer) == "origin_not_allowed", foreign
            assert "set-cookie" not in answer.headers
        for own in ({}, {"Origin": "http://gateway"}, {"Sec-Fetch-Site": "none"}):
            assert (await page.post(path, json=login, headers=own)).is_success


async def first_frame(gateway: Gateway, path: str, headers: dict[str, str], scheme: str = "ws") -> dict[str, Any]:
    """What a socket says first; its client leaves then."""
    sent: list[Any] = []
    events = [{"type": "websocket.connect"}]
    raw = [(name.lower().encode(), value.encode()) for name, value in {"Host": "gateway", **headers}.items()]

    async def receive() -> dict[str, Any]:
        return events.pop() if events else {"type": "websocket.disconnect"}

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {"type": "websocket", "path": path, "headers": raw, "scheme": scheme, "client": ("192.0.2.1", 1)}
    await gateway.app(scope, receive, send)
    frames = [json.loads(event["text"]) for event in sent if event["type"] == "websocket.send"]
    return frames[0] if frames else {}


@pytest.mark.parametrize(
    ("path", "role"), [("/v1/agent", "agent"), ("/v1/agent", "supervisor"), ("/v1/source", "source")]
)
async def test_no_socket_takes_a_cookie_from_another_page(gateway: Gateway, path: str, role: str) -> None:
    token, cookie = await log_in(gateway, role)
    for foreign in FOREIGN:
        assert (await first_frame(gateway, path, {**cookie, **foreign}))["code"] == "origin_not_allowed", foreign
    for own in ({}, {"Origin": "http://gateway"}):
        assert (await first_frame(gateway, path, {**cookie, **own})).get("code") != "origin_not_allowed"
    bearer = {"Authorization": f"Bearer {token}", "Origin": "http://evil.example"}
    assert (await first_frame(gateway, path, bearer)).get("code") != "origin_not_allowed"
    encrypted = await first_frame(gateway, path, {**cookie, "Origin": "http://gateway"}, scheme="wss")
    assert encrypted["code"] == "origin_not_allowed", "the scheme counts as well"
