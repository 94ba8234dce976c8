"""R24: a company's website vouches for its visitor, who then arrives identified."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from protocol import RefusedByServer, Visitor, call

from .conftest import Product
from .people import Admin, at_desk


@pytest.fixture
async def key(product: Product) -> AsyncIterator[str]:
    """The chat service's key, as an administrator gets it once."""
    ada = await Admin.log_in(product.url)
    yield (await ada.put("services/demo-sales/identity_key"))["key"]
    await ada.delete("services/demo-sales/identity_key")


def claims(**changed: Any) -> dict[str, Any]:
    """What a website says of its visitor; None takes a claim away."""
    now = int(time.time())
    usual = {"sub": "u-1", "iat": now, "exp": now + 300, "jti": uuid4().hex, "aud": "demo-sales", "name": "Kim Vogel"}
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def unsigned(content: dict[str, Any]) -> str:
    parts = [{"alg": "none", "typ": "JWT"}, content]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


async def code_of(awaitable: Any) -> str:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable
    return str(refused.value.code)


async def test_R24_the_chat_arrives_identified_and_the_next_one_is_the_same_person(product: Product, key: str) -> None:
    async with at_desk(product.url, "anna") as anna:
        contacts = []
        for text in ("first", "second"):
            async with Visitor(product.url) as visitor:
                identity = jwt.encode(claims(email="kim@example.org", customer_number="K-1"), key, "HS256")
                start = {"token": "demo-sales", "text": text, "name": "Not Kim", "identity": identity}
                ack = await visitor.start(id=f"start {text}", **start)
                assert (await visitor.ask("start", id=f"start {text}", **start))["chat"] == ack["chat"], "told again"
                await anna.until(lambda chat=visitor.chat: chat in anna.waiting)
                item = (await anna.ask("pick", item=visitor.chat))["item"]
                assert item["name"] == "Kim Vogel"
                contacts.append(item["contact"])
                await visitor.ask("end")
                await anna.ask("complete", item=visitor.chat)
        assert contacts[0] == contacts[1]
        contact = await call(product.url, "GET", f"/v1/contacts/{contacts[0]}", anna.token)
        assert (contact["name"], contact["emails"], contact["customer_number"]) == (
            "Kim Vogel",
            ["kim@example.org"],
            "K-1",
        )


async def test_R31_forged_expired_and_foreign_identities_are_refused_and_nothing_is_started(
    product: Product, key: str
) -> None:
    now = int(time.time())
    bad = {
        "another key": jwt.encode(claims(), "x" * 64, "HS256"),
        "no signature": unsigned(claims()),
        "another algorithm": jwt.encode(claims(), key, "HS512"),
        "expired": jwt.encode(claims(iat=now - 600, exp=now - 60), key, "HS256"),
        "lives too long": jwt.encode(claims(exp=now + 3_600), key, "HS256"),
        "for another service": jwt.encode(claims(aud="demo"), key, "HS256"),
        "no jti": jwt.encode(claims(jti=None), key, "HS256"),
        "no sub": jwt.encode(claims(sub=None), key, "HS256"),
        "no end": jwt.encode(claims(exp=None), key, "HS256"),
        "no token": "nonsense",
    }
    async with at_desk(product.url, "anna") as anna:
        for what, identity in bad.items():
            async with Visitor(product.url) as visitor:
                started = visitor.ask("start", token="demo-sales", text="hello", identity=identity)
                assert await code_of(started) == "unauthorized", what
        assert anna.waiting == []


async def test_R31_what_a_website_says_wrong_of_its_visitor_keeps_nobody_out(product: Product, key: str) -> None:
    said = {
        "email": ["kim at example.org", "kim@firma.local"],
        "phone": 305550151,
        "name": "K" * 300,
        "organisation": {"a": 1},
    }
    identity = jwt.encode(claims(sub="u-2", **said), key, "HS256")
    async with at_desk(product.url, "anna") as anna, Visitor(product.url) as visitor:
        start = {
            "token": "demo-sales",
            "text": "hello",
            "identity": identity,
            "language": 7,
            "page": "x\x00",
            "consent": [],
        }
        await visitor.start(**start)
        await anna.until(lambda: visitor.chat in anna.waiting)
        item = (await anna.ask("pick", item=visitor.chat))["item"]
        contact = await call(product.url, "GET", f"/v1/contacts/{item['contact']}", anna.token)
        assert (contact["name"], contact["emails"], contact["phones"]) == (
            "K" * 200,
            ["kim@firma.local"],
            ["305550151"],
        )
        [begun] = [e for e in (await anna.ask("open", item=visitor.chat))["events"] if e["kind"] == "requested"]
        assert begun["dropped"] == {
            "identity.name": "cut",
            "identity.email": "unusable",
            "identity.organisation": "unusable",
            "language": "unusable",
            "page": "cleaned",
            "consent": "unusable",
        }
        assert begun["page"] == "x"
        await visitor.ask("end")
        await anna.ask("complete", item=visitor.chat)


async def test_R24_whose_identity_was_refused_goes_on_as_a_guest_and_the_agent_is_told(
    product: Product, key: str
) -> None:
    async with at_desk(product.url, "anna") as anna, Visitor(product.url) as visitor:
        start = {"token": "demo-sales", "text": "hello"}
        forged = jwt.encode(claims(), "x" * 64, "HS256")
        assert await code_of(visitor.ask("start", id="one", identity=forged, **start)) == "unauthorized"
        await visitor.start(id="one", **start)
        [begun] = [e for e in (await anna.ask("open", item=visitor.chat))["events"] if e["kind"] == "requested"]
        assert begun["dropped"] == {"identity": "unverified"}
        assert forged not in str(begun)
        await visitor.ask("end")


async def test_R31_an_identity_is_good_for_one_chat(product: Product, key: str) -> None:
    identity = jwt.encode(claims(), key, "HS256")
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text="hello", identity=identity)
        assert await _refused_as(product, identity) == "unauthorized"
        await visitor.ask("end")


async def test_R24_a_new_key_ends_the_old_one_and_no_key_takes_none(product: Product, key: str) -> None:
    ada = await Admin.log_in(product.url)
    assert (await ada.get("services/demo-sales/identity_key"))["made"] is True
    assert "key" not in await ada.get("services/demo-sales/identity_key")
    new = (await ada.put("services/demo-sales/identity_key"))["key"]
    assert new != key
    assert await _refused_as(product, jwt.encode(claims(), key, "HS256")) == "unauthorized"
    await ada.delete("services/demo-sales/identity_key")
    assert await _refused_as(product, jwt.encode(claims(), new, "HS256")) == "unauthorized"
    assert await code_of(ada.put("services/nothing/identity_key")) == "not_found"


async def _refused_as(product: Product, identity: str) -> str:
    async with Visitor(product.url) as visitor:
        return await code_of(visitor.ask("start", token="demo-sales", text="hello", identity=identity))
