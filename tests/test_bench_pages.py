"""The gateway that the pages' benchmark makes up says what the real one would."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx
from parley_gateway.sockets.frames_out import check
from protocol import apply
from websockets.asyncio.client import connect

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.fake_gateway import Day, FakeGateway


async def test_every_frame_is_one_of_the_protocol_and_the_day_leaves_the_desk_as_it_was() -> None:
    async with (
        FakeGateway(owned=3, waiting=20) as gateway,
        connect(gateway.url.replace("http", "ws") + "/v1/agent", proxy=None) as socket,
    ):
        frames: list[dict[str, Any]] = [json.loads(await socket.recv())]
        await socket.send('{"type":"open","id":"1","item":"mine1"}')
        frames.append(json.loads(await socket.recv()))

        async def caught_up() -> None:
            while frames[-1].get("version") != gateway.version:
                frames.append(json.loads(await socket.recv()))

        await Day(events=100, chats=5).pass_at(gateway, caught_up)

    view = frames[0]
    for frame in frames:
        check("agent", frame)
        if frame["type"] == "event":
            assert frame["version"] == view["version"] + 1
            view = apply(view, frame)
    assert view["inbox"] == frames[0]["inbox"]
    assert {item["item"] for item in view["queues"][0]["waiting"]} == {f"wait{number}" for number in range(20)}
    assert view["version"] == 101
    assert len(frames[1]["events"]) == 20
    assert sum(frame["type"] == "chat" for frame in frames) == 5 * 20


async def test_it_serves_the_desk_and_nothing_from_beside_it() -> None:
    async with FakeGateway(owned=0, waiting=0) as gateway, httpx.AsyncClient(trust_env=False) as client:
        page = await client.get(f"{gateway.url}/desk")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
        assert (await client.get(f"{gateway.url}/assets/desk/view.js")).status_code == 200
        for path in ("/assets/nothing.js", "/..%2fapp.py", "//etc/passwd", "/v1/contacts"):
            assert (await client.get(gateway.url + path)).status_code == 404, path
