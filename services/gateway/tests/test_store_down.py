"""Without its database a gateway says 503 and what to do, on every route that needs it, as a problem with a code."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import StoreDown, open_store
from parley_gateway.app import Gateway
from parley_gateway.domain.directory import ServiceSet, UserSet
from parley_gateway.settings import Settings

SCHEMA_SAMPLES: dict[str, Any] = {"string": "x", "integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}


def sample(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Something that fits a schema, or nearly: what is required, as short as may be."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return sample(schema[choice][0], document)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        needed = schema.get("required", [])
        return {name: sample(field, document) for name, field in schema["properties"].items() if name in needed}
    text = "x" * max(1, schema.get("minLength", 1))
    return text if schema.get("type") == "string" else SCHEMA_SAMPLES.get(schema.get("type", ""), "x")


class Away(Exception):
    """What a store would raise."""


async def test_R31_R33_every_route_says_503_with_a_code_when_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    gateway = Gateway(Settings(secret="x" * 32), bus, open_store("memory:", "gateway"))
    monkeypatch.setattr(gateway.access, "_verify", lambda hashed, password: True)
    gateway.link.answers = lambda inbox: False
    await gateway.start()
    await gateway.directories.change("t", UserSet(at=0, by="t", user="ada", name="Ada", role="admin", password="none"))
    service = ServiceSet(at=0, by="t", service="x", token="x", queue="q", name="S", without_origin=True)
    await gateway.directories.change("t", service)

    async def away(*arguments: Any, **more: Any) -> None:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(gateway.directories, "change", away)
    monkeypatch.setattr(gateway.directories, "events", away)
    transport = httpx.ASGITransport(gateway.app, raise_app_exceptions=False)
    seen: dict[str, int] = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        login = {"tenant": "t", "user": "ada", "password": "x"}
        client.headers["Authorization"] = f"Bearer {(await client.post('/v1/login', json=login)).json()['token']}"
        document = (await client.get("/openapi.json")).json()
        for path, methods in sorted(document["paths"].items(), key=lambda each: each[0] == "/v1/logout"):
            for method, operation in methods.items():
                content = operation.get("requestBody", {}).get("content", {})
                body = (
                    sample(content["application/json"]["schema"], document) if "application/json" in content else None
                )
                there = path
                for parameter in operation.get("parameters", []):
                    there = there.replace("{" + parameter["name"] + "}", "x")
                answer = await client.request(method.upper(), there, json=body, params={"query": "x"})
                name = f"{method.upper()} {path}"
                seen[name] = answer.status_code
                if answer.status_code >= 500:
                    assert answer.status_code == 503, name
                    assert answer.headers["content-type"] == "application/problem+json", name
                    assert answer.json()["code"] == "unavailable", name
    await gateway.stop()
    await bus.stop()
    for needed in ("PUT /v1/admin/settings", "PUT /v1/admin/services/{service}/identity_key"):
        assert seen[needed] == 503, needed
    assert sum(status == 503 for status in seen.values()) > 20
