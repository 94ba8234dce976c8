"""Need to know: an agent reads what is in their queues, what is theirs, and whatever was had with a contact whose item they have, by whichever
way they ask; supervisors read all. Ben serves `support`, Anna `sales` as well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest
from protocol import Agent, RefusedByServer, Visitor, call, log_in

from .conftest import Product
from .people import at_desk, telephone

CANARY = "zirconium"
"""No word that anybody else uses."""


class Sold(NamedTuple):
    """A contact of Anna's with a chat in `sales` that is over, and one that runs."""

    contact: str
    over: str
    runs: str


@pytest.fixture
async def anna(product: Product) -> AsyncIterator[Agent]:
    async with at_desk(product.url, "anna") as agent:
        yield agent


@pytest.fixture
async def sold(product: Product, anna: Agent) -> AsyncIterator[Sold]:
    contact = (await call(product.url, "POST", "/v1/contacts", anna.token, json={"name": "Kim"}))["contact"]

    async def talk(visitor: Visitor) -> str:
        await visitor.start(token="demo-sales", text=CANARY)
        await anna.ask("pick", item=visitor.chat)
        await anna.ask("identify", item=visitor.chat, contact=contact)
        await anna.ask("note", item=visitor.chat, text=f"note on {CANARY}")
        return visitor.chat

    async with Visitor(product.url) as first, Visitor(product.url) as second:
        over = await talk(first)
        await anna.ask("end", item=over)
        await anna.ask("complete", item=over)
        runs = await talk(second)
        async with asyncio.timeout(20):
            while True:
                page = await call(product.url, "GET", f"/v1/contacts/{contact}/interactions", anna.token)
                if str(page).count(CANARY) == 4:
                    break
                await asyncio.sleep(0.1)
        yield Sold(contact, over, runs)


def ways(sold: Sold) -> dict[str, tuple[str, str, Any]]:
    """Every way to a text of one interaction over HTTP; by mail: `test_reading.py`."""
    return {
        f"{what} {item}": (method, path.format(item), body)
        for item in (sold.over, sold.runs)
        for what, method, path, body in (
            ("read", "GET", "/v1/interactions/{}", None),
            ("transcript", "GET", "/v1/interactions/{}/transcript?internal=true", None),
            ("candidates", "GET", "/v1/interactions/{}/candidates", None),
            ("link", "PUT", "/v1/interactions/{}/contact", {"contact": sold.contact}),
        )
    }


async def answer(url: str, token: str, method: str, path: str, body: Any = None) -> tuple[str, str]:
    """The code of the refusal, or `ok`; and all that was said."""
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        said = await client.request(method, path, json=body)
    return "ok" if said.is_success else str(said.json()["code"]), said.text


async def test_whoever_serves_another_queue_reads_it_only_while_they_have_the_contact(
    product: Product, sold: Sold
) -> None:
    async with at_desk(product.url, "ben") as ben:

        async def reads() -> dict[str, tuple[str, str]]:
            return {name: await answer(product.url, ben.token, *way) for name, way in ways(sold).items()}

        async def looks() -> str:
            history = await call(product.url, "GET", f"/v1/contacts/{sold.contact}/interactions", ben.token)
            found = await call(product.url, "GET", f"/v1/interactions?query={CANARY}", ben.token)
            return str((history, found))

        for name, (code, told) in (await reads()).items():
            assert CANARY not in told, name
            assert code == ("wrong_state" if name == f"link {sold.runs}" else "forbidden"), name
        told = await looks()
        assert CANARY not in told
        assert told.count("'withheld': True") == 2
        with pytest.raises(RefusedByServer, match="queue that you do not serve"):
            await ben.ask("open", item=sold.runs)

        async with Visitor(product.url) as visitor:
            await ben.ask("ready")
            await visitor.start(text="it is me again")
            await ben.owns(visitor.chat)
            await ben.ask("identify", item=visitor.chat, contact=sold.contact)
            for name, (code, told) in (await reads()).items():
                assert code != "forbidden", (name, told)
            assert (await looks()).count(CANARY) >= 5
            assert CANARY in str(await ben.ask("open", item=sold.runs))
            await ben.ask("end", item=visitor.chat)
            await ben.ask("complete", item=visitor.chat)
            await ben.lost(visitor.chat)
            assert all(CANARY not in told for _, told in (await reads()).values())
            assert CANARY not in (await looks())


async def test_supervisors_read_all(product: Product, sold: Sold) -> None:
    token = (await log_in(product.url, "sam"))["token"]
    assert CANARY in (await answer(product.url, token, "GET", f"/v1/interactions/{sold.over}"))[1]
    found = await call(product.url, "GET", f"/v1/contacts/{sold.contact}/interactions", token)
    assert "withheld" not in str(found)


async def test_an_item_of_another_queue_is_not_shown(product: Product) -> None:
    ben = (await log_in(product.url, "ben"))["token"]
    anna = (await log_in(product.url, "anna"))["token"]
    async with telephone(product.url) as pbx:
        item = await pbx.place("sales", "task", subject="An order", text=CANARY)
        assert (await answer(product.url, ben, "GET", f"/v1/items/{item}"))[0] == "forbidden"
        assert CANARY in (await answer(product.url, anna, "GET", f"/v1/items/{item}"))[1]
        await pbx.say(item, "ended")
