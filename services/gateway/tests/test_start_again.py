"""R30: a `start` that is said again, because its answer was lost on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from protocol import RefusedByServer, Visitor

pytestmark = pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module")

START = {"id": "said-twice-by-one-visitor", "text": "hello"}


async def test_R22_R30_while_the_first_connection_is_still_there_the_second_gets_everything(parley_url: str) -> None:
    async with Visitor(parley_url) as first, Visitor(parley_url) as second:
        answer = await first.start(**START)
        await first.frame("event", seq=1)

        assert await second.start(**START) == answer

        await second.frame("event", seq=1)
        await second.say("once")
        await second.frame("event", seq=2)
        assert [event["seq"] for event in second.events] == [1, 2]
        await first.frame("event", seq=2)
        assert first.events == second.events
        await second.ask("end")


@pytest.fixture
async def room_for_one(parley_url: str) -> AsyncIterator[None]:
    """The queue takes one chat."""
    async with httpx.AsyncClient(base_url=parley_url) as ada:
        login = {"tenant": "demo", "user": "ada", "password": "demo"}
        ada.headers["Authorization"] = f"Bearer {(await ada.post('/v1/login', json=login)).json()['token']}"
        settings = (await ada.get("/v1/admin/queues/support")).json()
        assert (await ada.put("/v1/admin/queues/support", json={**settings, "max_length": 1})).status_code == 200
        yield
        await ada.put("/v1/admin/queues/support", json=settings)


async def test_R8_R30_who_is_in_the_queue_already_is_not_told_that_it_is_full(
    parley_url: str, room_for_one: None
) -> None:
    async with Visitor(parley_url) as first, Visitor(parley_url) as again, Visitor(parley_url) as other:
        answer = await first.start(id="the-only-one-in-the-queue", text="hello")
        await first.frame("position", position=1)

        with pytest.raises(RefusedByServer, match="queue_full"):
            await other.start(text="me too")

        assert await again.start(id="the-only-one-in-the-queue", text="hello") == answer
        await again.frame("event", seq=1)
        await again.ask("end")
