"""R5: of two administrators, the later does not undo unseen what the earlier has set up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from protocol import log_in

from .conftest import Product

PLACES = ["queues/support", "services/demo", "agents/ben", "settings"]
CHANGED: dict[str, dict[str, Any]] = {
    "queues/support": {"max_length": 77},
    "services/demo": {"greeting": "Another greeting"},
    "agents/ben": {"name": "Benedict"},
    "settings": {"visitor_absence_s": 777},
}


@pytest.fixture
async def ada(product: Product) -> AsyncIterator[httpx.AsyncClient]:
    token = (await log_in(product.url, "ada"))["token"]
    url = f"{product.url}/v1/admin"
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


@pytest.mark.parametrize("place", PLACES)
async def test_what_was_changed_meanwhile_is_not_overwritten(ada: httpx.AsyncClient, place: str) -> None:
    first = await ada.get(f"/{place}")
    mine = {name: value for name, value in first.json().items() if name != "invited"}
    tag = {"If-Match": first.headers["ETag"]}
    try:
        theirs = await ada.put(f"/{place}", json={**mine, **CHANGED[place]}, headers=tag)
        assert theirs.status_code == 200
        refused = await ada.put(f"/{place}", json=mine, headers=tag)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        now = await ada.get(f"/{place}")
        assert {name: now.json()[name] for name in CHANGED[place]} == CHANGED[place]
        again = await ada.put(f"/{place}", json=mine, headers={"If-Match": now.headers["ETag"]})
        assert again.status_code == 200
    finally:
        assert (await ada.put(f"/{place}", json=mine)).status_code == 200, "without a tag it is as it was"


@pytest.mark.parametrize("place", ["queues/new", "services/new"])
async def test_what_is_not_there_is_not_what_was_seen(ada: httpx.AsyncClient, place: str) -> None:
    body = (await ada.get("/queues/support" if place.startswith("queues") else "/services/demo")).json()
    refused = await ada.put(
        f"/{place}", json={**body, "token": None} if "token" in body else body, headers={"If-Match": '"x"'}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (await ada.get(f"/{place}")).status_code == 404
