"""What a desk offers its agent to choose from, as an administrator has set it (R5, R18, R31)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from protocol import RefusedByServer, Visitor, call, log_in, plainly

from .conftest import Product
from .people import Admin, at_desk

pytestmark = pytest.mark.slow

REPLY = {"name": "hello", "text": "Hello {visitor}, this is {agent}."}


@pytest.fixture
async def ada(product: Product) -> AsyncIterator[Admin]:
    """The settings are as they were afterwards."""
    ada = await Admin.log_in(product.url)
    async with ada.changed("settings"):
        yield ada


async def desk_of(product: Product, user: str) -> Any:
    """What an administrator sets of it; who else there is stands beside."""
    desk = await call(product.url, "GET", "/v1/desk", (await log_in(product.url, user))["token"])
    assert desk.pop("agents") == [{"agent": "anna", "name": "Anna"}, {"agent": "ben", "name": "Ben"}]
    return desk


async def refused(asking: Any) -> str:
    with pytest.raises(RefusedByServer) as refusal:
        await asking
    return str(refusal.value.code)


@pytest.mark.slow
async def test_R5_what_is_set_is_at_the_desks_at_once(product: Product, ada: Admin) -> None:
    lists = {
        "classifications": ["order", "other"],
        "reasons": ["Break", "Pause – kurz"],
        "replies": [REPLY, {"name": "Grüße_1-b", "text": "x" * 4_000}],
    }
    changed = await ada.change("settings", **{**lists, "reasons": [" Break ", "Pause – kurz"]})
    assert lists.items() <= changed.items()
    assert await ada.get("settings") == changed
    for user in ("anna", "sam"):
        assert await desk_of(product, user) == lists
    newest = (await ada.get("changes?limit=1"))["changes"][0]
    assert {field["field"]: field["new"] for field in newest["fields"]} == lists
    await ada.change("settings", reasons=[], replies=[])
    assert await desk_of(product, "anna") == {**lists, "reasons": [], "replies": []}


async def test_R5_a_page_asks_with_its_cookie(product: Product) -> None:
    async with plainly(product.url) as browser:
        assert (await browser.get("/v1/desk")).json()["code"] == "unauthorized"
        await browser.post("/v1/login", json={"tenant": "demo", "user": "anna", "password": "demo"})
        assert set((await browser.get("/v1/desk")).json()) == {"classifications", "reasons", "replies", "agents"}


async def test_the_demonstration_has_reasons_and_replies(product: Product) -> None:
    desk = await desk_of(product, "ben")
    assert "Break" in desk["reasons"]
    assert len(desk["replies"]) >= 4
    assert any("{visitor}" in reply["text"] for reply in desk["replies"])


@pytest.mark.parametrize("user", ["ada", "otto", "pbx"])
async def test_R31_desks_are_for_agents_and_supervisors(product: Product, user: str) -> None:
    assert await refused(desk_of(product, user)) == "forbidden"


@pytest.mark.parametrize(
    "wrong",
    [
        {"reasons": ["x" * 61]},
        {"reasons": [" "]},
        {"reasons": [f"{number}" for number in range(21)]},
        {"reasons": "Break"},
        {"replies": [{**REPLY, "name": ""}]},
        {"replies": [{**REPLY, "name": "x" * 41}]},
        {"replies": [{**REPLY, "name": "two words"}]},
        {"replies": [{**REPLY, "name": "a/b"}]},
        {"replies": [REPLY, {**REPLY, "text": "another"}]},
        {"replies": [{**REPLY, "text": " "}]},
        {"replies": [{**REPLY, "text": "x" * 4_001}]},
        {"replies": [{**REPLY, "colour": "blue"}]},
        {"replies": [{"name": f"n{number}", "text": "x"} for number in range(201)]},
    ],
    ids=lambda wrong: ascii(wrong)[:60],
)
async def test_R31_lists_that_make_no_sense_are_refused_and_change_nothing(
    product: Product, ada: Admin, wrong: dict[str, Any]
) -> None:
    before = await ada.get("settings")
    assert await refused(ada.put("settings", **{**before, **wrong})) == "bad_request"
    assert await ada.get("settings") == before


async def test_R5_as_many_as_may_be(product: Product, ada: Admin) -> None:
    reasons = [f"{number}".rjust(60, "x") for number in range(20)]
    replies = [{"name": f"{number}".rjust(40, "x"), "text": "x"} for number in range(200)]
    await ada.change("settings", reasons=reasons, replies=replies)
    desk = await desk_of(product, "anna")
    assert (desk["reasons"], desk["replies"]) == (reasons, replies)


async def test_R23_where_nobody_would_take_it_is_said_beforehand(product: Product) -> None:
    ada = await Admin.log_in(product.url)
    token = (await log_in(product.url, "ben"))["token"]

    async def why_not() -> dict[str, str | None]:
        found = (await call(product.url, "GET", "/v1/desk/queues", token))["queues"]
        return {each["queue"]: each.get("why_not") for each in found}

    assert await why_not() == {"sales": "no_agents", "support": "no_agents"}
    async with at_desk(product.url, "ben"):
        assert await why_not() == {"sales": "no_agents", "support": None}
        async with ada.changed("queues/support", max_length=0):
            assert (await why_not())["support"] == "queue_full"
        async with ada.changed("queues/support", hours={"timezone": "UTC", "week": {}}):
            assert (await why_not())["support"] == "closed"
        async with Visitor(product.url) as kim:
            await kim.start(text="hello")
            assert await why_not() == {"sales": "no_agents", "support": None}
            await kim.ask("end")


async def test_R23_who_is_there_to_take_it_is_said_beforehand(product: Product) -> None:
    token = (await log_in(product.url, "ben"))["token"]

    async def there() -> tuple[dict[str, tuple[int, int]], dict[str, tuple[str, int]]]:
        found = await call(product.url, "GET", "/v1/desk/queues", token)
        queues = {each["queue"]: (each["ready"], each["waiting"]) for each in found["queues"]}
        return queues, {each["agent"]: (each["state"], each["active"]) for each in found["agents"]}

    queues, agents = await there()
    assert queues == {"sales": (0, 0), "support": (0, 0)}
    assert agents["anna"] == ("logged_out", 0)
    async with at_desk(product.url, "anna") as anna, Visitor(product.url) as kim, Visitor(product.url) as lee:
        assert (await there())[1]["anna"] == ("not_ready", 0)
        await anna.ask("ready")
        await kim.start(text="hello")
        await anna.owns(kim.chat, activity="active")
        await lee.start(text="hello")
        await anna.until(lambda: lee.chat in anna.waiting)
        queues, agents = await there()
        assert queues["support"] == (1, 1)
        assert (agents["anna"], agents["ben"]) == (("ready", 1), ("logged_out", 0))
        shown = next(queue for queue in (anna.view or {})["queues"] if queue["queue"] == "support")
        assert shown["ready"] == 1
        await anna.ask("not_ready")
        await anna.until(lambda: next(q for q in (anna.view or {})["queues"] if q["queue"] == "support")["ready"] == 0)
        await lee.ask("end")
