"""R35: what an agent has begun to write belongs to the item: it is there after a crash, and whoever has the item next finds it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from protocol import Agent, call
from running import Demo

from .test_mail_answers import leave, refusal


@pytest_asyncio.fixture
async def demo(demo_process: Any) -> AsyncIterator[Demo]:
    made = demo_process({}, start=False)
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


async def begun(agent: Agent, item: str) -> tuple[Any, Any]:
    """As `open` has it, and as the record has it."""
    opened = await agent.ask("open", item=item)
    record = await call(agent.url, "GET", f"/v1/interactions/{item}", agent.token)
    return opened.get("draft"), record.get("draft")


async def test_R23_R35_a_draft_outlives_a_crash_and_goes_with_the_item_to_whoever_has_it_next(demo: Demo) -> None:
    item = await leave(demo.url, "My cup arrived broken.")
    anna = await Agent.log_in(demo.url, "anna")
    ben = await Agent.log_in(demo.url, "ben")
    await anna.until(lambda: item in anna.waiting)
    assert await refusal(anna, "draft", item=item, text="not mine yet") == "not_yours"
    await anna.ask("pick", item=item)
    await anna.owns(item)
    assert await refusal(anna, "draft", item=item, text="x" * 16_001) in ("too_long", "bad_request")
    kept = await anna.ask("draft", item=item, text="A new one")
    assert await refusal(ben, "draft", item=item, text="not mine") == "not_yours"
    draft = {"text": "A new one", "agent": "anna", "at": kept["at"]}
    assert await begun(anna, item) == (draft, draft)
    assert await refusal(ben, "open", item=item) == "forbidden"
    await anna.ask("park", item=item)
    await anna.send("draft", item=item, text="Without an id it is kept as well.")
    async with asyncio.timeout(10):
        while (await begun(anna, item))[0]["text"] != "Without an id it is kept as well.":
            await asyncio.sleep(0.1)
    await anna.ask("draft", item=item, text="A new one is on its way.")

    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    await ben.close()
    anna, ben = await Agent.log_in(demo.url, "anna"), await Agent.log_in(demo.url, "ben")
    await anna.owns(item)
    opened, _ = await begun(anna, item)
    assert opened["text"] == "A new one is on its way."

    await ben.ask("ready")
    await anna.ask("transfer", item=item, agent="ben")
    await ben.owns(item)
    opened, record = await begun(ben, item)
    assert (opened["text"], opened["agent"]) == ("A new one is on its way.", "anna")
    assert record == opened
    await ben.ask("draft", item=item, text="")
    assert await begun(ben, item) == (None, None)
    await ben.ask("draft", item=item, text="never mind")
    await ben.ask("end", item=item)
    await ben.ask("complete", item=item)
    assert await refusal(ben, "draft", item=item, text="too late") in ("not_found", "not_yours", "wrong_state")
    await anna.close()
    await ben.close()
