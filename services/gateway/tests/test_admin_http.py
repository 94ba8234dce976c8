"""What the administration page asks over HTTP: whose login it is, who changed what, who called home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_gateway.app import Gateway
from parley_gateway.domain.directory import ServiceSet, UserRole, UserSet
from parley_gateway.settings import GatewaySettings

SECRET = "as long as it has to be, and longer"
SHOP = "https://shop.example"


class House:
    """A gateway on its own, with two tenants; everybody's password is `a password`."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        transport = httpx.ASGITransport(gateway.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://gateway")

    async def add(self, tenant: str, user: str, role: UserRole) -> None:
        hashed = self.gateway.access.hash("a password")
        await self.gateway.directories.change(
            tenant, UserSet(at=1, by="system", user=user, name=user.title(), role=role, password=hashed)
        )

    async def get(self, path: str, user: str = "ada", tenant: str = "t", **parameters: Any) -> httpx.Response:
        login = {"tenant": tenant, "user": user, "password": "a password"}
        token = (await self.client.post("/v1/login", json=login)).json()["token"]
        self.client.cookies.clear()
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.get(f"/v1/admin/{path}", headers=headers, params=parameters)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    gateway = Gateway(GatewaySettings(secret=SECRET), bus, open_store("memory:", "gateway"))
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
    await bus.stop()


async def test_R31_they_are_for_administrators(house: House) -> None:
    for path in ("me", "changes", "calls"):
        assert (await house.client.get(f"/v1/admin/{path}")).json()["code"] == "unauthorized"
        assert (await house.get(path, "anna")).json()["code"] == "forbidden"
        assert (await house.get(path)).status_code == 200
    assert (await house.get("me")).json() == {"tenant": "t", "user": "ada", "name": "Ada"}


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
    for wrong in ({"after": "x"}, {"after": "9" * 30}, {"limit": 0}, {"limit": 201}):
        assert (await house.get("changes", **wrong)).json()["code"] == "bad_request"


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
