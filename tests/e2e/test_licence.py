"""R1: the licence is checked offline, by time, and touches nothing but new chats."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from parley_chassis.clock import system_clock
from parley_gateway.domain.licence import Licence
from parley_gateway.tenants.licences import demo_licence, public_text, sign
from protocol import RefusedByServer, Visitor, call

from .conftest import Product
from .people import Admin, at_desk, telephone

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ENVIRONMENT = {"PARLEY_LICENCE_KEYS": f"{public_text(STRANGER.public_key())},{public_text(KEY.public_key())}"}
OTHER = Ed25519PrivateKey.generate()
HOUR = 3_600_000


def licence(key: Ed25519PrivateKey = KEY, for_ms: int = HOUR, **fields: Any) -> str:
    """A signed one that holds for so long."""
    now = system_clock()
    usual = {"tenant": "demo", "customer": "C", "features": ("webchat",), "seats": 5, "issued_at": now}
    return sign(Licence(**{**usual, "expires_at": now + for_ms, **fields}), key)


@pytest.fixture
async def ada(product: Product) -> Any:
    """The administrator; afterwards the demonstration's licence is in place again."""
    ada = await Admin.log_in(product.url)
    yield ada
    await ada.put("licence", licence=demo_licence())


async def refusal(awaitable: object) -> RefusedByServer:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable  # type: ignore[misc]
    return refused.value


async def test_R1_the_demonstration_has_a_licence(product: Product, ada: Admin) -> None:
    shown = await ada.get("licence")
    assert (shown["valid"], shown["features"], shown["seats_used"]) == (True, ["webchat"], 2)
    assert shown["expires_at"].startswith("2126-")
    assert "reason" not in shown


async def test_R1_without_a_licence_no_chat_starts_and_everything_else_goes_on(product: Product, ada: Admin) -> None:
    async with (
        Visitor(product.url) as running,
        Visitor(product.url) as late,
        at_desk(product.url, "ben") as ben,
        telephone(product.url) as pbx,
    ):
        started = await running.start(id="before-there-was-no-licence", text="hello")
        await ben.ask("pick", item=running.chat)

        shown = await ada.put("licence", licence=None)
        assert (shown["valid"], shown["seats"]) == (False, 0)
        assert "no licence" in shown["reason"]
        refused = await refusal(late.start(text="me too"))
        assert (refused.code, refused.frame["leave_message"]) == ("licence_required", True)
        service = await call(product.url, "GET", "/v1/services/demo")
        assert (service["available"], service["reason"], service["leave_message"]) == (False, "licence_required", True)

        await running.say("goes on")
        async with Visitor(product.url) as again:
            assert await again.start(id="before-there-was-no-licence", text="hello") == started, "it was let in before"
        await ben.ask("message", item=running.chat, text="so it does")
        phone = await pbx.place("sales")
        await pbx.say(phone, "ended")
        await ben.ask("end", item=running.chat)
        await ben.ask("complete", item=running.chat)

        await ada.put("licence", licence=licence())
        await late.start(text="now")
        await late.ask("end")


@pytest.mark.slow
async def test_R1_it_expires_by_the_clock(product: Product, ada: Admin) -> None:
    shown = await ada.put("licence", licence=licence(for_ms=3_000))
    assert shown["valid"]
    async with Visitor(product.url) as first:
        await first.start(text="in time")
        await first.ask("end")
    async with asyncio.timeout(20):
        while (await ada.get("licence"))["valid"]:
            await asyncio.sleep(0.2)
    assert "expired" in (await ada.get("licence"))["reason"]
    async with Visitor(product.url) as second:
        assert (await refusal(second.start(text="too late"))).code == "licence_required"


async def test_R1_a_licence_without_the_feature_lets_no_chat_start(product: Product, ada: Admin) -> None:
    shown = await ada.put("licence", licence=licence(features=("voice",)))
    assert (shown["valid"], shown["features"], shown["seats"]) == (False, ["voice"], 5)
    async with Visitor(product.url) as visitor:
        assert (await refusal(visitor.start(text="hello"))).code == "licence_required"


async def test_R1_R31_what_is_no_licence_of_ours_is_refused_and_changes_nothing(product: Product, ada: Admin) -> None:
    good = licence()
    head, body, signature = good.split(".")
    wrong = {
        "not signed by a key": licence(OTHER),
        "for the tenant": licence(tenant="other"),
        "expired": licence(for_ms=-1),
        "no licence": "hello",
        "is not signed": f"{head}.{body}.{signature[:-4]}AAAA",
        "not signed": licence(OTHER, features=("webchat", "all")),
        "malformed": licence(seats=-1),
    }
    before = await ada.get("licence")
    for says, text in wrong.items():
        refused = await refusal(ada.put("licence", licence=text))
        assert refused.code == "bad_request"
        assert says in refused.frame["detail"]
    for bad in ({}, {"licence": 7}, {"licence": "x" * 9_000}):
        assert (await refusal(ada.put("licence", **bad))).code == "bad_request"
    assert await ada.get("licence") == before


async def test_R1_no_more_agents_than_seats(product: Product, ada: Admin) -> None:
    await ada.put("licence", licence=licence(seats=3))
    new = {"role": "agent", "password": "long enough"}
    await ada.put("agents/one", name="One", **new)
    refused = await refusal(ada.put("agents/two", name="Two", **new))
    assert refused.code == "licence_required"
    await ada.put("agents/two", name="Two", role="supervisor", password="long enough")
    assert (await refusal(ada.put("agents/two", name="Two", role="agent"))).code == "licence_required"
    await ada.put("agents/one", name="One and only", role="agent")
    assert (await ada.get("licence"))["seats_used"] == 3
    await ada.delete("agents/one")
    await ada.put("agents/two", name="Two", role="agent")
    await ada.delete("agents/two")
    await ada.put("licence", licence=None)
    assert (await refusal(ada.put("agents/one", name="One", **new))).code == "licence_required"


@pytest.mark.slow
async def test_R1_a_restart_keeps_the_licence_and_that_there_is_none(product: Product) -> None:
    ada = await Admin.log_in(product.url)
    for text in (licence(seats=4), None):
        await ada.put("licence", licence=text)
        before = await ada.get("licence")
        product.demo.restart()
        assert await (await Admin.log_in(product.url)).get("licence") == before
    await ada.put("licence", licence=demo_licence())
