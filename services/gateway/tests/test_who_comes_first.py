"""Who it is, is asked before what they send is looked at: strangers learn nothing of what a route wants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_gateway.app import Gateway
from parley_gateway.settings import Settings

OPENAPI = json.loads((Path(__file__).parents[3] / "docs/openapi.json").read_text())
OPEN = {
    "POST /v1/login",
    "POST /v1/password/forgotten",
    "POST /v1/links/look",
    "POST /v1/links/use",
    "POST /v1/services/{token}/messages",
}
"""Whoever has no login yet, and visitors, send these."""
OWN = {
    "PUT /v1/password",
    "POST /v1/second_factor",
    "PUT /v1/second_factor",
    "POST /v1/second_factor/end",
    "POST /v1/second_factor/recovery_codes",
    "POST /v1/admin/agents/{agent}/link",
}
"""Their routes stand beside those: a wrong body is told first."""
WITH_BODIES = sorted(
    f"{method.upper()} {path}"
    for path, operations in OPENAPI["paths"].items()
    for method, operation in operations.items()
    if "requestBody" in operation
)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    gateway = Gateway(Settings(secret="x" * 32), bus, open_store("memory:", "gateway"))
    await gateway.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://gateway") as client:
        yield client
    await gateway.stop()
    await bus.stop()


async def test_a_stranger_is_told_to_log_in_whatever_they_send(client: httpx.AsyncClient) -> None:
    assert {*OPEN, *OWN} <= {*WITH_BODIES}
    for operation in WITH_BODIES:
        method, path = operation.split()
        address = path.replace("{", "").replace("}", "")
        answer = await client.request(method, address, json={"nonsense": [1]})
        expected = {"bad_request", "unknown_token", "unauthorized"} if operation in OPEN | OWN else {"unauthorized"}
        assert answer.json()["code"] in expected, operation
