"""R37: a supervisor reads the figures of a day, goes from one to the items behind it, and takes it along as CSV; R36: the floor as it was, and why. On each store."""

from __future__ import annotations

import asyncio
import csv
import io
from contextlib import suppress
from typing import Any

import httpx
import pytest
from protocol import Agent, RefusedByServer, Visitor, call, log_in

from .conftest import Product
from .people import Admin, at_desk

pytestmark = pytest.mark.stores


async def token_of(product: Product, user: str) -> str:
    return str((await log_in(product.url, user))["token"])


async def asked(product: Product, token: str, path: str, **query: Any) -> dict[str, Any]:
    found = await call(product.url, "GET", f"/v1/{path}", token, params=query)
    assert isinstance(found, dict)
    return found


async def figures(product: Product, token: str, of: str, **query: Any) -> dict[str, dict[str, Any]]:
    """By key, once everything that has happened is counted."""
    while True:
        found = await asked(product, token, f"reports/{of}", by="all", **query)
        if not found["behind"]:
            return {row["key"]: row for row in found["rows"]}
        await asyncio.sleep(0.2)


async def talk(product: Product, anna: Agent, gives_up: bool) -> str:
    """A chat in the queue of sales that anna has, or that nobody answers."""
    visitor = Visitor(product.url)
    await visitor.connect()
    await visitor.start(token="demo-sales", text="hello")
    assert visitor.chat is not None
    await anna.until(lambda: visitor.chat in anna.waiting)
    if gives_up:
        await visitor.ask("end")
        await anna.until(lambda: visitor.chat not in anna.waiting)
    else:
        await anna.ask("pick", item=visitor.chat)
        await anna.owns(visitor.chat, activity="active")
        await anna.ask("end", item=visitor.chat)
        await anna.until(lambda: visitor.chat not in anna.inbox or anna.inbox[visitor.chat]["stage"] == "wrap_up")
        if visitor.chat in anna.inbox:
            await anna.ask("complete", item=visitor.chat)
        await anna.until(lambda: visitor.chat not in anna.inbox)
    await visitor.close()
    return visitor.chat


async def test_R37_figures_count_what_was_and_lead_to_it(product: Product) -> None:
    sam = await token_of(product, "sam")
    before = (await figures(product, sam, "queues", kind="chat")).get("sales", {})
    async with at_desk(product.url, "anna") as anna:
        given_up = await talk(product, anna, gives_up=True)
        had = [await talk(product, anna, gives_up=False) for _ in range(2)]
    after = (await figures(product, sam, "queues", kind="chat"))["sales"]
    gained = {
        name: after[name] - before.get(name, 0) for name in ("offered", "answered", "abandoned", "picked", "handled")
    }
    assert gained == {"offered": 3, "answered": 2, "abandoned": 1, "picked": 2, "handled": 2}
    assert 0 < after["service_level"] < 1
    whole = await asked(product, sam, "reports/queues")
    assert (whole["of"], whole["zone"], whole["by"]) == ("queues", "UTC", "day")
    assert whole["from"] < whole["until"]
    query = {"key": "sales", "kind": "chat"}
    behind = await asked(product, sam, "reports/queues/items", figure="abandoned", **query)
    assert given_up in [item["item"] for item in behind["items"]]
    assert not {*had} & {item["item"] for item in behind["items"]}
    pages = await asked(product, sam, "reports/queues/items", figure="answered", limit=1, **query)
    assert len(pages["items"]) == 1
    assert pages["next"]
    of_agents = (await figures(product, sam, "agents"))["anna"]
    assert of_agents["handled"] >= 2
    assert of_agents["logged_in_ms"] > 0
    assert (await figures(product, sam, "services"))["demo-sales"]["offered"] == after["offered"]


async def test_R37_as_a_file_it_holds_the_same(product: Product) -> None:
    sam = await token_of(product, "sam")
    async with at_desk(product.url, "anna") as anna:
        await talk(product, anna, gives_up=False)
    told = await figures(product, sam, "queues", kind="chat")
    async with httpx.AsyncClient(base_url=product.url) as client:
        headers = {"Authorization": f"Bearer {sam}", "Accept": "text/csv"}
        file = await client.get("/v1/reports/queues", params={"by": "all", "kind": "chat"}, headers=headers)
    assert (file.status_code, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(file.text))}
    assert rows.keys() == told.keys()
    assert rows["sales"].keys() == told["sales"].keys()
    assert int(rows["sales"]["handle_total_ms"]) == told["sales"]["handle_total_ms"]


async def test_R36_the_floor_as_it_was_and_why(product: Product) -> None:
    sam = await token_of(product, "sam")
    async with at_desk(product.url, "anna") as anna:
        chat = await talk(product, anna, gives_up=False)
        while True:
            with suppress(RefusedByServer):  # the operators' service hears of it a moment later
                why = await asked(product, sam, f"supervisor/why/{chat}")
                if why["assigned"]:
                    break
            await asyncio.sleep(0.1)
        assert [(step["agent"], step["how"]) for step in why["assigned"]] == [("anna", "picked")]
        assert why["waited"]
        now = await asked(product, sam, "supervisor/floor")
        then = await asked(product, sam, "supervisor/floor", version=now["version"] - 1)
        assert then["version"] == now["version"] - 1
        past = await asked(product, sam, "supervisor/floor", at=why["assigned"][0]["at"])
        assert chat in [item["item"] for item in past["items"]]
        assert "hello" not in str(past)


async def test_R37_what_is_measured_about_single_agents_is_the_companys_choice(product: Product) -> None:
    sam, ada = await token_of(product, "sam"), await Admin.log_in(product.url)
    async with at_desk(product.url, "anna") as anna:
        await talk(product, anna, gives_up=False)
    assert "anna" in await figures(product, sam, "agents")
    seen = await ada.get("audit?action=agents.measured")
    assert seen["entries"][0]["user"] == "sam"
    async with ada.changed("settings", agent_figures=False):
        assert "anna" not in await figures(product, sam, "agents")
        with pytest.raises(RefusedByServer, match="forbidden"):
            await asked(product, sam, "reports/agents/items", figure="handled", key="anna")
        found = await asked(product, sam, "reports/queues/items", figure="answered", key="sales")
        assert found["items"]
        assert not [item for item in found["items"] if "agent" in item]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-01-02", "until": "2026-01-01T00:00:00Z"}, "until"),
        ({"zone": "Berlin"}, "zone"),
        ({"from": "2020-01-01", "by": "hour"}, "by"),
        ({"target_s": -1}, "target_s"),
        ({"queue": "a\x00b"}, ""),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"from": "0001-01-01", "until": "0001-01-02"}, "from"),
        ({"from": "9999-12-30", "until": "9999-12-31"}, "until"),
        ({"from": "9999-12-31T10:00:00Z", "until": "9999-12-31T11:00:00Z"}, "by"),
    ],
)
async def test_R31_what_is_asked_wrongly_is_told(product: Product, query: dict[str, Any], told: str) -> None:
    sam = await token_of(product, "sam")
    with pytest.raises(RefusedByServer, match="bad_request") as refused:
        await asked(product, sam, "reports/queues", **query)
    assert told in str(refused.value)


@pytest.mark.parametrize("after", ["9" * 40, "²", "-1", "x"])
async def test_R31_a_cursor_that_is_none_is_told(product: Product, after: str) -> None:
    sam = await token_of(product, "sam")
    with pytest.raises(RefusedByServer, match="bad_request: after"):
        await asked(product, sam, "reports/queues/items", figure="offered", key="sales", after=after)
