"""R32: a very long chat, and a very long queue, are shown whole, and nobody else waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from protocol import Agent, RefusedByServer, Source, Visitor, call, interaction, log_in

from .conftest import Product

pytestmark = pytest.mark.stores

LONG = "\N{HEADPHONE}" * 4_000
"""As many bytes as a message can have."""

NO_PACE = {"messages_per_s": 100_000, "burst": 1_000_000, "burst_bytes": 1_000_000_000}


@pytest_asyncio.fixture
async def no_pace(product: Product) -> AsyncIterator[None]:
    token = (await log_in(product.url, "ada"))["token"]
    before = await call(product.url, "GET", "/v1/admin/services/demo-sales", token)
    await call(product.url, "PUT", "/v1/admin/services/demo-sales", token, json={**before, **NO_PACE})
    yield
    await call(product.url, "PUT", "/v1/admin/services/demo-sales", token, json=before)


async def write(visitor: Visitor, first: int, last: int) -> None:
    for begin in range(first, last, 200):
        await asyncio.gather(
            *(
                visitor.say(f"{number} {LONG}"[:4_000], id=f"m{number}")
                for number in range(begin, min(last, begin + 200))
            )
        )


def numbers(texts: list[str]) -> list[int]:
    return [int(text.partition(" ")[0]) for text in texts]


@pytest.mark.parametrize("messages", [60, pytest.param(1_240, marks=pytest.mark.slow)])
async def test_R30_R32_a_long_chat_is_whole_for_whoever_opens_it_and_nobody_waits(
    product: Product, no_pace: None, messages: int
) -> None:
    every = list(range(messages))
    other = await Visitor(product.url).connect()
    await other.start(token="demo-sales")
    writer = await Visitor(product.url).connect()
    await writer.start(token="demo-sales")
    await write(writer, 0, messages)
    await other.say("does anybody hear me?")

    window = Visitor(product.url)
    window.chat, window.secret = writer.chat, writer.secret
    await window.connect()
    await window.resume(after=0)
    await window.until(lambda: len(window.said()) == messages)
    assert numbers([text for _, text in window.said()]) == every
    await other.say("and now?")

    anna = await Agent.log_in(product.url, "anna")
    await anna.ask("pick", item=writer.chat)
    opened = await anna.ask("open", item=writer.chat)

    def shown() -> list[str]:
        entries = [*opened["events"], *anna.chat(writer.chat)]
        found = {entry["n"]: entry["text"] for entry in entries if entry["kind"] == "message"}
        return [found[n] for n in sorted(found)]

    await anna.until(lambda: len(shown()) == messages)
    assert numbers(shown()) == every
    await other.say("still there?")
    await anna.ask("message", item=writer.chat, text="that was long")
    await window.frame("event", text="that was long")

    await anna.ask("end", item=writer.chat)
    await anna.ask("complete", item=writer.chat)
    record = await interaction(product.url, writer.chat, (await log_in(product.url, "anna"))["token"])
    assert numbers([line["text"] for line in record["transcript"]][:-1]) == every
    assert record["transcript"][-1]["text"] == "that was long"
    await anna.ask("logout")
    await other.ask("end")
    for client in (other, writer, window, anna):
        await client.close()


async def test_R32_a_visitor_who_writes_too_fast_is_told_so_and_can_go_on_later(product: Product) -> None:
    visitor = await Visitor(product.url).connect()
    await visitor.start(token="demo-sales")
    said = await asyncio.gather(*(visitor.say(str(number)) for number in range(70)), return_exceptions=True)
    refused = [answer for answer in said if isinstance(answer, RefusedByServer)]
    assert 5 <= len(refused) <= 10
    assert {refusal.code for refusal in refused} == {"rate_limited"}
    await asyncio.sleep(refused[-1].frame["retry_after_ms"] / 1000)
    assert (await visitor.say("later"))["seq"] > 55
    await visitor.ask("end")
    await visitor.close()


@pytest.mark.slow
async def test_R4_R32_a_long_queue_is_whole_on_a_desk_that_connects(product: Product) -> None:
    pbx = await Source.log_in(product.url)
    items = []
    for begin in range(0, 620, 20):
        items += await asyncio.gather(
            *(pbx.place("sales", "task", subject=f"task {begin + number}") for number in range(20))
        )
    anna = await Agent.log_in(product.url, "anna")
    await anna.until(lambda: len(anna.waiting) == 620)
    snapshot = next(frame for frame in anna.frames if frame["type"] == "snapshot")
    assert max(len(queue["waiting"]) for queue in snapshot["queues"]) == 200
    assert {*anna.waiting} == {*items}
    await anna.ask("resync", after=snapshot["version"])
    await anna.until(lambda: len(anna.waiting) == 620)
    for item in items:
        await pbx.say(item, "ended")
    await anna.until(lambda: not anna.waiting)
    await anna.ask("logout")
    await anna.close()
    await pbx.close()
