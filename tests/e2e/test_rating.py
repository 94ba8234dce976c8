"""How the conversation was, as visitors say it once it is over, and as agents and the CRM have it (R25, R30, R31)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from protocol import PATIENCE_S, Agent, RefusedByServer, Visitor, call, interaction
from raw_events import of_chat, raw_log

from .conftest import Product
from .people import at_desk


@pytest.fixture
async def anna(product: Product) -> AsyncIterator[Agent]:
    async with at_desk(product.url, "anna") as agent:
        yield agent


@pytest.fixture
async def talked(product: Product, anna: Agent) -> AsyncIterator[Visitor]:
    """A visitor who has talked to Anna, and said good-bye."""
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text="hello")
        await anna.ask("pick", item=visitor.chat)
        await anna.ask("message", item=visitor.chat, text="good day")
        await visitor.ask("end")
        yield visitor
        if visitor.chat in anna.inbox:
            await anna.ask("complete", item=visitor.chat)


async def refused(asking: Any) -> str:
    with pytest.raises(RefusedByServer) as refusal:
        await asking
    return str(refusal.value.code)


def ratings(product: Product, chat: str) -> list[tuple[int, str | None]]:
    """As they are in the log."""
    events = of_chat(raw_log(product.store_url, "session"), chat)
    return [(event["score"], event.get("comment")) for event in events if event["event"] == "Rated"]


async def rating_in_crm(product: Product, chat: str, token: str, **wanted: Any) -> dict[str, Any]:
    """The rating in the CRM's record, as soon as it has these fields."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            told: dict[str, Any] = (await interaction(product.url, chat, token)).get("rating", {})
            if wanted.items() <= told.items():
                return told
            await asyncio.sleep(0.05)


async def test_R25_a_rating_is_seen_at_the_desk_and_by_no_visitor(
    product: Product, anna: Agent, talked: Visitor
) -> None:
    ack = await talked.ask("rate", id="r1", score=4, comment="  quick \n")
    assert ack == {"type": "ack", "id": "r1"}
    shown = await anna.until(lambda: next((e for e in anna.chat(talked.chat) if e["kind"] == "rated"), None))
    assert (shown["score"], shown["comment"]) == (4, "quick")
    async with Visitor(product.url) as again:
        again.chat, again.secret = talked.chat, talked.secret
        await again.resume(after=0)
        await again.frame("event", kind="ended")
        kinds = [frame["kind"] for frame in (*talked.events, *again.events)]
    assert "rated" not in kinds
    assert talked.events == again.events


async def test_R25_R26_the_last_rating_is_in_the_record_also_when_it_comes_late(
    product: Product, anna: Agent, talked: Visitor
) -> None:
    contact = (await call(product.url, "POST", "/v1/contacts", anna.token, json={"name": "Kim"}))["contact"]
    await anna.ask("identify", item=talked.chat, contact=contact)
    await talked.ask("rate", score=1, comment="still waiting")
    await anna.ask("complete", item=talked.chat)
    await rating_in_crm(product, talked.chat, anna.token, score=1, comment="still waiting")
    await talked.close()
    async with Visitor(product.url) as later:
        later.chat, later.secret = talked.chat, talked.secret
        assert (await later.resume(after=0))["stage"] == "closed"
        await later.ask("rate", score=5, comment=" ")
    told = await rating_in_crm(product, talked.chat, anna.token, score=5)
    events = of_chat(raw_log(product.store_url, "session"), talked.chat)
    assert set(told) == {"score", "at"}, "the second one had no comment"
    assert [event["event"] for event in events].index("Closed") < len(events) - 1 == events.index(events[-1])
    page = await call(product.url, "GET", f"/v1/contacts/{contact}/interactions", anna.token)
    assert [item["rating"] for item in page["items"]] == [told]
    assert ratings(product, talked.chat) == [(1, "still waiting"), (5, None)]


async def test_R30_a_rating_told_twice_is_one_with_the_same_answer(
    product: Product, anna: Agent, talked: Visitor
) -> None:
    first = await talked.ask("rate", id="the-same", score=2, comment="so so")
    await talked.ask("rate", score=3)
    assert await talked.ask("rate", id="the-same", score=2, comment="so so") == first
    async with Visitor(product.url) as elsewhere:
        elsewhere.chat, elsewhere.secret = talked.chat, talked.secret
        await elsewhere.resume()
        assert await elsewhere.ask("rate", id="the-same", score=2, comment="so so") == first
        assert await refused(elsewhere.ask("rate", id="the-same", score=5)) == "conflict"
    assert ratings(product, talked.chat) == [(2, "so so"), (3, None)]


@pytest.mark.slow
async def test_R30_a_rating_outlives_the_process(product: Product) -> None:
    talked = await Visitor(product.url).connect()
    await talked.start(token="demo-sales", text="hello")
    anna = await Agent.log_in(product.url, "anna")
    await anna.ask("pick", item=talked.chat)
    await talked.ask("end")
    first = await talked.ask("rate", id="unsure", score=4, comment="kept")
    await asyncio.to_thread(product.demo.kill)
    await asyncio.to_thread(product.demo.start)
    async with Visitor(product.url) as again:
        again.chat, again.secret = talked.chat, talked.secret
        await again.resume(after=0)
        assert await again.ask("rate", id="unsure", score=4, comment="kept") == first
    assert ratings(product, talked.chat) == [(4, "kept")]
    async with at_desk(product.url, "anna") as anna_again:
        await anna_again.ask("complete", item=talked.chat)
        await rating_in_crm(product, talked.chat, anna_again.token, score=4, comment="kept")


async def test_R31_only_what_is_over_and_had_an_agent_is_rated(product: Product, anna: Agent) -> None:
    async with Visitor(product.url) as visitor:
        assert await refused(visitor.ask("rate", score=5)) == "wrong_state"
        await visitor.start(token="demo-sales", text="hello")
        assert await refused(visitor.ask("rate", score=5)) == "wrong_state"
        await anna.ask("pick", item=visitor.chat)
        assert await refused(visitor.ask("rate", score=5)) == "wrong_state"
        await anna.ask("end", item=visitor.chat)
        await visitor.ask("rate", score=5)
        await anna.ask("complete", item=visitor.chat)
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text="nobody there?")
        await visitor.ask("end")
        assert await refused(visitor.ask("rate", score=1)) == "wrong_state"
        record = await interaction(product.url, visitor.chat, anna.token)
        assert (record["outcome"], "rating" in record) == ("abandoned", False)


@pytest.mark.parametrize(
    "fields",
    [{}, {"score": 0}, {"score": 6}, {"score": "5"}, {"score": 4.5}, {"score": True}, {"score": None}]
    + [{"score": 5, "comment": text} for text in ("x" * 1_001, "\x00", "\ud83d", 7, ["x"])],
    ids=ascii,
)
async def test_R31_a_rating_that_makes_no_sense_is_refused(
    product: Product, talked: Visitor, fields: dict[str, Any]
) -> None:
    await talked.raw(json.dumps({"type": "rate", "id": "bad", **fields}))
    assert (await talked.frame("error", id="bad"))["code"] == "bad_request"
    assert ratings(product, talked.chat) == []


async def test_a_comment_may_have_1000_characters_beside_its_white_space(
    product: Product, anna: Agent, talked: Visitor
) -> None:
    await talked.ask("rate", score=5, comment=f"  {'ü' * 1_000}\n")
    assert ratings(product, talked.chat) == [(5, "ü" * 1_000)]


async def test_R25_what_the_visitor_agreed_to_is_in_the_record(product: Product, anna: Agent) -> None:
    async with Visitor(product.url) as asked, Visitor(product.url) as not_asked:
        await asked.start(token="demo-sales", text="hello", consent="I agree to the privacy notice.")
        await not_asked.start(token="demo-sales", text="hello", consent="")
        entries = (await anna.ask("open", item=asked.chat))["events"]
        assert entries[0]["consent"] == "I agree to the privacy notice."
        for visitor in (asked, not_asked):
            await visitor.ask("end")
        records = [await interaction(product.url, visitor.chat, anna.token) for visitor in (asked, not_asked)]
    assert [record.get("consent") for record in records] == ["I agree to the privacy notice.", None]
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text="hello", consent="x" * 1_001)
        begun = (await anna.ask("open", item=visitor.chat))["events"][0]
        assert (len(begun["consent"]), begun["dropped"]) == (1_000, {"consent": "cut"}), "R31: it keeps nobody out"
        await visitor.ask("end")


async def test_a_rating_is_not_for_whoever_has_no_secret(product: Product, anna: Agent, talked: Visitor) -> None:
    async with Visitor(product.url) as stranger:
        stranger.chat, stranger.secret = talked.chat, "wrong"
        assert await refused(stranger.resume()) == "unauthorized"
        assert await refused(stranger.ask("rate", score=1)) == "wrong_state"
    await anna.ask("complete", item=talked.chat)
    assert "rating" not in await interaction(product.url, talked.chat, anna.token)
