"""What the administration page asks over HTTP: whose login it is, who changed what, who called home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_gateway.app import Gateway
from parley_gateway.domain.directory import ServiceSet, UserRole, UserSet
from parley_gateway.settings import Settings
from parley_router.app import build as build_router

SECRET = "as long as it has to be, and longer"
SHOP = "https://shop.example"


QUICKLY_HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a password")


class House:
    """A gateway with a router behind it, and two tenants; everybody's password is `a password`."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        transport = httpx.ASGITransport(gateway.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://gateway")

    async def add(self, tenant: str, user: str, role: UserRole) -> None:
        added = UserSet(at=1, by="system", user=user, name=user.title(), role=role, password=QUICKLY_HASHED)
        await self.gateway.directories.change(tenant, added)

    async def headers(self, user: str = "ada", tenant: str = "t") -> dict[str, str]:
        login = {"tenant": tenant, "user": user, "password": "a password"}
        token = (await self.client.post("/v1/login", json=login)).json()["token"]
        self.client.cookies.clear()
        return {"Authorization": f"Bearer {token}"}

    async def put(self, path: str, body: dict[str, Any], user: str = "ada", tenant: str = "t") -> None:
        answer = await self.client.put(f"/v1/admin/{path}", headers=await self.headers(user, tenant), json=body)
        assert answer.status_code == 200, answer.text

    async def get(self, path: str, user: str = "ada", tenant: str = "t", **parameters: Any) -> httpx.Response:
        return await self.client.get(f"/v1/admin/{path}", headers=await self.headers(user, tenant), params=parameters)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    broker = MemoryBroker()
    bus, routers = MemoryBus(broker), MemoryBus(broker)
    await bus.start()
    await routers.start()
    router = build_router(open_store("memory:", "router"), routers)
    await router.start()
    gateway = Gateway(Settings(secret=SECRET), bus, open_store("memory:", "gateway"))
    await gateway.start()
    house = House(gateway)
    await house.add("t", "ada", "admin")
    await house.add("t", "anna", "agent")
    await house.add("other", "eve", "admin")
    service = ServiceSet(
        at=2, by="ada", service="s", token="tok", queue="q", name="S", origins=("https://own.example",)
    )
    await gateway.directories.change("t", service)
    yield house
    await house.client.aclose()
    await gateway.stop()
    await router.stop()
    await routers.stop()
    await bus.stop()


async def test_R31_they_are_for_administrators(house: House) -> None:
    for path in ("me", "changes", "calls"):
        assert (await house.client.get(f"/v1/admin/{path}")).json()["code"] == "unauthorized"
        assert (await house.get(path, "anna")).json()["code"] == "forbidden"
        assert (await house.get(path)).status_code == 200
    who = {"tenant": "t", "user": "ada", "name": "Ada", "provider": False, "issuers": []}
    assert (await house.get("me")).json() == who


async def test_R5_changes_come_newest_first_in_pages_and_of_the_own_tenant_only(house: House) -> None:
    pages, after = [], None
    while True:
        told = (await house.get("changes", limit=2, **({"after": after} if after else {}))).json()
        pages.append([(change["what"], change["name"], change["by"], change["at"]) for change in told["changes"]])
        after = told["next"]
        if after is None:
            break
    user_at, service_at = "1970-01-01T00:00:00.001Z", "1970-01-01T00:00:00.002Z"
    assert pages == [
        [("service", "s", "ada", service_at), ("user", "anna", "system", user_at)],
        [("user", "ada", "system", user_at)],
    ]
    whole = (await house.get("changes")).text
    assert "argon2" not in whole
    assert "eve" not in whole
    for wrong in ({"after": "x"}, {"after": "9" * 30}, {"after": "1-x"}, {"limit": 0}, {"limit": 201}):
        assert (await house.get("changes", **wrong)).json()["code"] == "bad_request"


async def in_pages(house: House, limit: int, after: str | None) -> list[dict[str, Any]]:
    found = []
    while after is not None:
        page = (await house.get("changes", limit=limit, after=after)).json()
        assert 0 < len(page["changes"]) <= limit
        found += page["changes"]
        after = page["next"]
    return found


async def test_R5_changes_of_queues_are_among_the_others_with_who_and_what(house: House) -> None:
    await house.put("queues/q", {"name": "Q"})
    await house.put("queues/q", {"name": "Q", "wrap_up": {"limit_s": 90}, "agents": ["anna"]})
    await house.put("services/s", {"name": "Shop", "queue": "q", "token": "tok"})
    await house.put("queues/theirs", {"name": "Theirs"}, "eve", "other")
    await house.put("queues/spare", {"name": "Spare"})
    removed = await house.client.delete("/v1/admin/queues/spare", headers=await house.headers())
    assert removed.status_code == 204
    whole = (await house.get("changes")).json()
    told = [(change["what"], change["name"], change["kind"], change["by"]) for change in whole["changes"]]
    assert told == [
        ("queue", "spare", "removed", "ada"),
        ("queue", "spare", "added", "ada"),
        ("service", "s", "changed", "ada"),
        ("queue", "q", "changed", "ada"),
        ("queue", "q", "added", "ada"),
        ("service", "s", "added", "ada"),
        ("user", "anna", "added", "system"),
        ("user", "ada", "added", "system"),
    ]
    assert whole["next"] is None
    assert len({change["change"] for change in whole["changes"]}) == len(told)
    assert whole["changes"][3]["fields"] == [
        {"field": "wrap_up.limit_s", "old": 60, "new": 90, "secret": False},
        {"field": "agents", "old": None, "new": ["anna"], "secret": False},
    ]
    for limit in range(1, 9):
        assert await in_pages(house, limit, "-") == whole["changes"]
        left = [change for change in whole["changes"] if change["what"] == "queue"]
        assert await in_pages(house, limit, "1-") == left, "where the gateway's own are at their end"
    theirs = (await house.get("changes", "eve", "other")).json()["changes"]
    assert [change["name"] for change in theirs] == ["theirs", "eve"]


async def test_R27_a_widget_that_asked_is_seen_and_unknown_tokens_are_not(house: House) -> None:
    for token in ("tok", "nothing"):
        asked = await house.client.get(f"/v1/services/{token}", headers={"Origin": SHOP})
        assert asked.status_code in (403, 404)
    told = (await house.get("calls")).json()
    assert told["since"] <= told["services"]["s"][0]["at"]
    assert [{**call, "at": None} for call in told["services"]["s"]] == [
        {"origin": SHOP, "allowed": False, "at": None, "times": 1}
    ]
    assert [*told["services"]] == ["s"]
    assert (await house.get("calls", "eve", "other")).json()["services"] == {}
