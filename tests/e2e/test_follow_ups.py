"""R16: whoever parks an item is reminded of it at the time that they named, also through a kill of everything."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from protocol import Agent, RefusedByServer, Source
from running import Demo


def in_s(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def test_R16_R30_a_reminder_comes_at_its_time_whatever_crashes(demo_process: Any) -> None:
    demo: Demo = demo_process({}, start=False)
    await asyncio.to_thread(demo.start)
    source = await Source.log_in(demo.url)
    item = await source.place("sales", "task", subject="Call back")
    anna = await Agent.log_in(demo.url, "anna")
    await anna.until(lambda: item in anna.waiting)
    await anna.ask("pick", item=item)
    await anna.owns(item)
    for wrong in ("yesterday", "2020-01-01T00:00:00Z", in_s(400 * 24 * 3_600)):
        with pytest.raises(RefusedByServer) as refused:
            await anna.ask("park", item=item, until=wrong)
        assert refused.value.code == "bad_request"
    assert anna.inbox[item]["activity"] == "active"
    told = await anna.ask("park", item=item, until=in_s(8))
    assert told["item"]["follow_up_at"]
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    anna = await Agent.log_in(demo.url, "anna")
    shown = await anna.owns(item, reminded=True)
    assert (shown["activity"], shown.get("follow_up_at")) == ("parked", None)
    await anna.ask("resume", item=item)
    await anna.until(lambda: anna.inbox[item]["activity"] == "active" and not anna.inbox[item].get("reminded"))
    await anna.close()
    await source.close()
    await asyncio.to_thread(demo.stop)
