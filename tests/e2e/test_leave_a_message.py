"""R8: never a dead end. What is closed, full or empty says so, when it opens, and takes a message that becomes an e-mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from parley_contracts.instant import from_rfc3339
from protocol import RefusedByServer, Visitor, call, log_in, plainly

from .conftest import Product
from .people import Admin, at_desk, telephone

pytestmark = pytest.mark.slow

NEVER: dict[str, Any] = {"timezone": "UTC", "week": {}}


def opening_tomorrow() -> dict[str, Any]:
    """Hours that are not now, whatever the time: one hour of tomorrow."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return {"timezone": "UTC", "week": {f"{tomorrow:%a}".lower(): [["10:00", "11:00"]]}}


@pytest.fixture
async def ada(product: Product) -> Admin:
    return await Admin.log_in(product.url)


async def leave(product: Product, token: str = "demo", origin: str | None = None, **fields: Any) -> httpx.Response:
    """The whole answer."""
    body = {"id": uuid4().hex, "text": "Where is my order?", "email": "someone@example.org", **fields}
    async with plainly(product.url) as client:
        headers = {"Origin": origin} if origin else {}
        return await client.post(f"/v1/services/{token}/messages", json=body, headers=headers)


async def refused_start(product: Product, token: str = "demo") -> dict[str, Any]:
    """How a chat is refused."""
    async with Visitor(product.url) as visitor:
        with pytest.raises(RefusedByServer) as refused:
            await visitor.start(token=token, text="hello")
        return refused.value.frame


@pytest.mark.parametrize("path", ["queues/support", "services/demo"])
async def test_R8_what_is_closed_says_when_it_opens(product: Product, ada: Admin, path: str) -> None:
    async with ada.changed(path, hours=opening_tomorrow()):
        frame = await refused_start(product)
        assert (frame["code"], frame["leave_message"]) == ("closed", True)
        opens = datetime.fromtimestamp(from_rfc3339(frame["opens_at"]) / 1000, UTC)
        assert (opens.hour, opens.minute) == (10, 0)
        assert opens.date() == (datetime.now(UTC) + timedelta(days=1)).date()
        service = await call(product.url, "GET", "/v1/services/demo")
        assert service["available"] is False
        assert (service["reason"], service["opens_at"], service["leave_message"]) == ("closed", frame["opens_at"], True)
    async with ada.changed(path, hours=NEVER):
        assert "opens_at" not in await refused_start(product)
    assert "leave_message" not in await call(product.url, "GET", "/v1/services/demo")


async def test_R8_calls_come_in_when_the_chat_is_closed(product: Product, ada: Admin) -> None:
    async with ada.changed("services/demo", hours=NEVER), telephone(product.url) as pbx:
        await pbx.say(await pbx.place(), "ended")


async def test_R8_nobody_there_is_no_dead_end_either(product: Product, ada: Admin) -> None:
    async with ada.changed("queues/support", wait_without_agents=False):
        frame = await refused_start(product)
        assert (frame["code"], frame["leave_message"]) == ("no_agents", True)


async def test_R8_a_message_becomes_an_e_mail_in_the_services_queue(product: Product) -> None:
    text = "Where is my order 7?\nIt was to come on Monday, and by now I think that it is lost."
    answer = await leave(product, "demo-sales", text=text, name="Some  <One>", language="de", id="m-1")
    assert answer.status_code == 201
    item = answer.json()["item"]
    async with at_desk(product.url, "anna") as anna:
        await anna.until(lambda: item in anna.waiting)
        shown = next(i for q in (anna.view or {})["queues"] for i in q["waiting"] if i["item"] == item)
        assert (shown["kind"], shown["queue"], shown["priority"]) == ("email", "sales", 50)
        assert shown["name"] == "Some One <someone@example.org>"
        assert shown["subject"] == "Where is my order 7? It was to come on Monday, and by now I …"
        token = (await log_in(product.url, "anna"))["token"]
        assert (await call(product.url, "GET", f"/v1/items/{item}", token))["text"] == text

        again = await leave(product, "demo-sales", text=text, name="Some  <One>", language="de", id="m-1")
        assert (again.status_code, again.json()) == (200, {"item": item})
        other = await leave(product, "demo-sales", text="something else", id="m-1")
        assert (other.status_code, other.json()["code"]) == (409, "conflict")
        assert [i for i in anna.waiting if i == item] == [item]
        await anna.ask("pick", item=item)
        await anna.ask("end", item=item)
        await anna.ask("complete", item=item)


async def test_R8_a_full_queue_takes_messages(product: Product, ada: Admin) -> None:
    async with ada.changed("queues/sales", max_length=0):
        assert (await refused_start(product, "demo-sales"))["code"] == "queue_full"
        answer = await leave(product, "demo-sales")
        assert answer.status_code == 201
    async with telephone(product.url) as pbx:
        await pbx.say(answer.json()["item"], "ended")


async def test_R2_R8_pages_of_allowed_origins_may_leave_one(product: Product, ada: Admin) -> None:
    async with (
        ada.changed("services/demo-sales", origins=["self", "https://shop.example.org"], without_origin=False),
        telephone(product.url) as pbx,
        plainly(product.url) as browser,
    ):
        for origin in ("https://shop.example.org", product.url):
            asks = {
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type",
            }
            preflight = await browser.options("/v1/services/demo-sales/messages", headers=asks)
            assert preflight.is_success
            assert preflight.headers["access-control-allow-origin"] == origin
            assert preflight.headers["access-control-allow-methods"] == "POST"
            assert preflight.headers["access-control-allow-headers"] == "content-type"
            answer = await leave(product, "demo-sales", origin)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (201, origin)
            await pbx.say(answer.json()["item"], "ended")
        for foreign in ("https://elsewhere.example", None):
            answer = await leave(product, "demo-sales", foreign)
            assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
            assert answer.headers.get("access-control-allow-origin") == foreign, "the page reads why"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": ""}, "bad_request"),
        ({"text": " \n"}, "bad_request"),
        ({"text": "x" * 4_001}, "too_long"),
        ({"text": "x\x00"}, "bad_request"),
        ({"text": None}, "bad_request"),
        ({"email": "nobody"}, "bad_request"),
        ({"email": "a@b@c"}, "bad_request"),
        ({"email": "a b@example.org"}, "bad_request"),
        ({"email": "x@" + "y" * 260}, "bad_request"),
        ({"email": None}, "bad_request"),
        ({"id": ""}, "bad_request"),
        ({"id": 7}, "bad_request"),
        ({"more": "x" * 17_000}, "too_long"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_R8_R31_a_message_that_makes_no_sense_is_refused(
    product: Product, fields: dict[str, Any], code: str
) -> None:
    answer = await leave(product, "demo-sales", **fields)
    assert answer.json()["code"] == code
    assert answer.json()["detail"]


async def test_R2_R31_a_message_for_no_service_or_no_json_is_refused(product: Product) -> None:
    assert (await leave(product, "nobody")).json()["code"] == "unknown_token"
    async with plainly(product.url) as client:
        for body in (b"", b"{", b"[]", b"\xff"):
            answer = await client.post("/v1/services/demo/messages", content=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


async def test_R8_the_chat_before_goes_along_only_with_its_own_secret(product: Product) -> None:
    async with Visitor(product.url) as first, Visitor(product.url) as second:
        await first.start(token="demo-sales", text="the first time")
        await first.ask("end")
        good = {"chat": first.chat, "secret": first.secret}
        for wrong, why in (
            ({**good, "secret": first.secret[:-1] + "x"}, "unverified"),
            ({**good, "chat": "another"}, "unverified"),
            ({"chat": first.chat}, "unusable"),
            ("x", "unusable"),
        ):
            async with Visitor(product.url) as stranger, at_desk(product.url, "anna") as anna:
                await stranger.start(token="demo-sales", text="again", previous=wrong)
                [begun] = [
                    e for e in (await anna.ask("open", item=stranger.chat))["events"] if e["kind"] == "requested"
                ]
                assert begun["dropped"] == {"previous": why}
                assert "previous" not in begun
                await stranger.ask("end")
        await second.start(token="demo-sales", text="again", previous=good)
        await second.ask("end")
