"""Commands' ids are names and no secrets: a short one opens nobody's chat, and none means something in another login."""

from __future__ import annotations

import asyncio
import json

import pytest
from protocol import Agent, RefusedByServer, Visitor, log_in

from .conftest import Product

ENVIRONMENT = {"PARLEY_CHAT_SECRET_TTL_S": "2"}

SECRET = "my card number is 4111 1111 1111 1111"


async def code_of(awaitable: object) -> str:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable  # type: ignore[misc]
    return str(refused.value.code)


@pytest.mark.parametrize("id", ["1", "start-1", "x" * 21])
async def test_R31_a_strangers_start_with_a_known_short_id_is_shown_nothing_and_writes_nothing(
    product: Product, id: str
) -> None:
    async with Visitor(product.url) as victim, Visitor(product.url) as stranger:
        await victim.start(id=id, token="demo-sales", text="hello")
        await victim.say(SECRET)
        again = {"type": "start", "id": id, "token": "demo-sales", "text": "hello"}
        for pipelined in (
            again,
            {"type": "message", "id": "2", "text": "from the stranger"},
            {"type": "end", "id": "3"},
        ):
            await stranger.raw(json.dumps(pipelined))
        for number in range(20):
            await victim.say(f"and {number}")
        await stranger.until(lambda: len(stranger.frames) >= 3)
        codes = {frame["id"]: frame["code"] for frame in stranger.frames}
        assert codes == {id: "conflict", "2": "wrong_state", "3": "wrong_state"}
        assert await code_of(stranger.ask("start", **{k: v for k, v in again.items() if k != "type"})) == "conflict"
        told = json.dumps(stranger.frames)
        assert SECRET not in told
        assert victim.chat not in told
        assert victim.secret not in told
        assert all(frame["type"] == "error" for frame in stranger.frames)
        assert "from the stranger" not in json.dumps(victim.frames)
        await stranger.start(token="demo-sales")
        assert stranger.chat != victim.chat, "with an id of their own they are welcome"
        await stranger.ask("end")
        await victim.ask("end")


async def test_R30_a_short_id_repeats_within_its_connection(product: Product) -> None:
    async with Visitor(product.url) as visitor:
        first = await visitor.start(id="short", token="demo-sales", text="hello")
        assert await visitor.start(id="short", token="demo-sales", text="hello") == first
        assert await code_of(visitor.start(id="short", token="demo-sales", text="another")) == "conflict"
        await visitor.say("one")
        await visitor.until(lambda: [event["seq"] for event in visitor.events] == [1, 2])
        async with Visitor(product.url) as window:
            window.chat, window.secret = visitor.chat, visitor.secret
            await window.resume(after=0)
            await window.until(lambda: len(window.events) == 2)
        await visitor.ask("end")


async def test_R30_an_id_that_nobody_guesses_repeats_everywhere(product: Product) -> None:
    async with Visitor(product.url) as one, Visitor(product.url) as two:
        first = await one.start(id="x" * 22, token="demo-sales", text="hello")
        assert await two.start(id="x" * 22, token="demo-sales", text="hello") == first
        await one.ask("end")


async def test_R31_an_agents_ids_are_those_of_a_login(product: Product) -> None:
    tokens = [(await log_in(product.url, "ben"))["token"] for _ in range(2)]
    first = await Agent(product.url, tokens[0]).connect()
    await first.frame("snapshot")
    await first.ask("ready", id="1")
    await first.ask("not_ready", id="2", reason="break")
    await first.ask("ready", id="1")
    assert first.view is not None
    assert first.view["agent"]["state"] == "not_ready", "told again it has no second effect"

    same = await Agent(product.url, tokens[0]).connect()
    await same.frame("snapshot")
    await same.ask("ready", id="1")
    await asyncio.sleep(0.2)
    assert same.view is not None
    assert same.view["agent"]["state"] == "not_ready", "neither on another connection of the same login"

    other = await Agent(product.url, tokens[1]).connect()
    await other.frame("snapshot")
    await other.ask("ready", id="1")
    await other.until(lambda: other.view is not None and other.view["agent"]["state"] == "ready")
    await other.ask("logout", id="2")
    for each in (first, same, other):
        each.cut()


async def test_R31_a_chats_secret_opens_it_for_a_while_after_its_end(product: Product) -> None:
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text="hello")
        await visitor.ask("end")
    for wait, opens in ((0, True), (2.5, False)):
        await asyncio.sleep(wait)
        async with Visitor(product.url) as window:
            window.chat, window.secret = visitor.chat, visitor.secret
            if opens:
                await window.resume(after=0)
                await window.frame("event", text="hello")
            else:
                assert await code_of(window.resume(after=0)) == "unauthorized"
                assert not window.events
