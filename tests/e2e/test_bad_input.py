"""R31: bad input gets an error with a stable code, and nothing is stored."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from parley_gateway.close_codes import LOGIN_EXPIRED
from protocol import Agent, RefusedByServer, Visitor, call, log_in, plainly
from raw_events import raw_log
from websockets.exceptions import ConnectionClosed

from .conftest import Product

ENVIRONMENT = {"PARLEY_LOGIN_TTL_S": "3"}
"""Logins expire soon, so that an expired one can be shown without waiting long."""


async def refusal(awaitable: Any) -> str:
    """The code that something was refused with."""
    with pytest.raises(RefusedByServer) as refused:
        await awaitable
    assert refused.value.frame.get("message") or refused.value.frame.get("detail"), "a refusal says what to do"
    return str(refused.value.code)


async def answer_to(client: Any, raw: str | bytes) -> dict[str, Any]:
    """The error frame that this text gets."""
    before = len(client.frames)
    await client.raw(raw)
    return await client.until(lambda: next((f for f in client.frames[before:] if f["type"] == "error"), None))


@pytest.fixture
async def visitor(product: Product) -> AsyncIterator[Visitor]:
    async with Visitor(product.url) as client:
        yield client


@pytest.fixture
async def chat(product: Product) -> AsyncIterator[Visitor]:
    """A visitor with a chat; it is ended afterwards."""
    async with Visitor(product.url) as client:
        await client.start(text="hello")
        yield client
        await client.ask("end")  # no error where the test has ended it already


@pytest.fixture
async def anna(product: Product) -> AsyncIterator[Agent]:
    agent = await Agent.log_in(product.url, "anna")
    yield agent
    agent.cut()


def stored(product: Product) -> int:
    """How many events that clients cause the session has stored; what the router does by itself may come at any time."""
    caused = ("Requested", "MessagePosted", "NoteAdded", "Ended", "Rated")
    return len([event for event in raw_log(product.store_url, "session") if event["event"] in caused])


class TestFrames:
    @pytest.mark.parametrize(
        "raw",
        [
            "not json",
            "",
            "[]",
            '["message"]',
            '"message"',
            "null",
            "12",
            "{",
            '{"type":"message"',
            "[" * 16_000,
            '{"type":"dance","id":"1"}',
            '{"type":5,"id":"1"}',
            '{"id":"1"}',
            json.dumps({"type": "message", "id": "1", "text": "x" * 17 * 1024}),
            json.dumps({"type": "message", "id": "1", "text": "ü" * 8_300}, ensure_ascii=False),
            b'{"type":"ping"}',
        ],
        ids=lambda raw: str(raw)[:30],
    )
    async def test_R31_what_is_no_frame_is_bad_frame_and_the_connection_stays(
        self, product: Product, chat: Visitor, anna: Agent, raw: str
    ) -> None:
        before = stored(product)
        assert (await answer_to(chat, raw))["code"] == "bad_frame"
        assert (await answer_to(anna, raw))["code"] == "bad_frame"
        assert stored(product) == before
        await chat.say("still here")

    @pytest.mark.parametrize(
        "frame",
        [
            {"type": "message", "id": "1"},
            {"type": "message", "text": "no id"},
            {"type": "message", "id": "", "text": "x"},
            {"type": "message", "id": "x" * 65, "text": "x"},
            {"type": "message", "id": 5, "text": "x"},
            {"type": "message", "id": "1", "text": 5},
            {"type": "message", "id": "1", "text": None},
            {"type": "message", "id": "1", "text": ["x"]},
            {"type": "message", "id": "1", "text": ""},
            {"type": "message", "id": "1", "text": " \n "},
            {"type": "message", "id": "1", "text": "half of a pair: \ud83d"},
            {"type": "message", "id": "1", "text": "\udc00"},
            {"type": "message", "id": "1", "text": "nul: \x00"},
            {"type": "message", "id": "\ud800", "text": "x"},
            {"type": "start", "id": "1"},
            {"type": "start", "id": "1", "token": 7},
            {"type": "start", "id": "1", "token": "demo", "text": "nul: \x00"},
            {"type": "resume", "id": "1", "chat": "x", "secret": "y", "after": -1},
            {"type": "resume", "id": "1", "chat": "x", "secret": "y", "after": "1"},
            {"type": "resume", "id": "1", "chat": "x", "secret": "y", "after": True},
            {"type": "typing"},
        ],
        ids=lambda frame: ascii(frame)[:60],
    )
    async def test_R31_missing_fields_and_wrong_types_are_bad_request(
        self, product: Product, chat: Visitor, frame: dict[str, Any]
    ) -> None:
        before = stored(product)
        error = await answer_to(chat, json.dumps(frame))
        assert error["code"] == "bad_request"
        assert stored(product) == before

    async def test_R31_a_text_of_4001_characters_is_too_long_one_of_4000_is_not(
        self, product: Product, chat: Visitor
    ) -> None:
        before = stored(product)
        assert await refusal(chat.say("x" * 4_001)) == "too_long"
        assert await refusal(chat.say("ü" * 4_001)) == "too_long"
        assert stored(product) == before
        await chat.say("😀" * 4_000)
        assert stored(product) == before + 1

    @pytest.mark.parametrize("type", ["pick", "park", "resume", "end", "complete", "extend", "open"])
    async def test_R31_an_agents_command_without_its_item_is_bad_request(self, anna: Agent, type: str) -> None:
        assert await refusal(anna.ask(type)) == "bad_request"


class TestVisitors:
    async def test_R2_an_unknown_token_is_refused_and_nothing_is_stored(
        self, product: Product, visitor: Visitor
    ) -> None:
        before = stored(product)
        assert await refusal(visitor.start(token="nobody", text="x")) == "unknown_token"
        assert stored(product) == before

    async def test_R2_a_foreign_origin_is_refused_and_nothing_is_stored(self, product: Product) -> None:
        before = stored(product)
        async with Visitor(product.url, origin="https://elsewhere.example") as visitor:
            assert await refusal(visitor.start(text="x")) == "origin_not_allowed"
        async with Visitor(product.url, origin="null") as visitor:
            assert await refusal(visitor.start(text="x")) == "origin_not_allowed"
        assert stored(product) == before
        async with Visitor(product.url, origin=product.url) as visitor:
            await visitor.start()
            await visitor.ask("end")

    async def test_R22_a_wrong_secret_does_not_resume(self, product: Product, chat: Visitor) -> None:
        async with Visitor(product.url) as other:
            other.chat = chat.chat
            for secret in ("wrong", chat.secret[:-1], chat.secret + "0", "ü" * 64, ""):
                other.secret = secret
                assert await refusal(other.resume()) == "unauthorized"
            other.chat, other.secret = "nosuchchat", chat.secret
            assert await refusal(other.resume()) == "unauthorized"

    async def test_R31_a_second_start_on_a_connection_is_wrong_state(self, product: Product, chat: Visitor) -> None:
        before = stored(product)
        assert await refusal(chat.start(text="again")) == "wrong_state"
        assert stored(product) == before

    async def test_R31_commands_without_a_chat_are_wrong_state(self, visitor: Visitor) -> None:
        assert await refusal(visitor.say("to whom?")) == "wrong_state"
        assert await refusal(visitor.ask("end")) == "wrong_state"

    async def test_R31_a_message_after_the_end_is_wrong_state(self, product: Product, chat: Visitor) -> None:
        await chat.ask("end")
        before = stored(product)
        assert await refusal(chat.say("one more thing")) == "wrong_state"
        assert stored(product) == before

    async def test_R30_a_command_told_twice_has_one_effect_and_the_same_answer(
        self, product: Product, chat: Visitor
    ) -> None:
        first = await chat.say("once", id="the-same")
        before = stored(product)
        assert await chat.say("once", id="the-same") == first
        async with Visitor(product.url) as elsewhere:
            elsewhere.chat, elsewhere.secret = chat.chat, chat.secret
            await elsewhere.resume()
            assert await elsewhere.say("once", id="the-same") == first
            assert [text for _, text in elsewhere.said()].count("once") == 1
        assert stored(product) == before

    async def test_R31_a_command_id_with_another_content_is_a_conflict(self, product: Product, chat: Visitor) -> None:
        await chat.say("this", id="used")
        before = stored(product)
        assert await refusal(chat.say("that", id="used")) == "conflict"
        assert await refusal(chat.ask("end", id="used")) == "conflict"
        assert stored(product) == before

    async def test_R30_a_start_told_twice_is_one_chat_with_one_secret(self, product: Product, visitor: Visitor) -> None:
        id = uuid4().hex
        first = await visitor.start(id=id, text="hello")
        async with Visitor(product.url) as again:
            second = await again.start(id=id, text="hello")
            assert second == first
            await visitor.say("go on")
            await again.frame("event", text="go on")
            assert again.said() == [("visitor", "hello"), ("visitor", "go on")]
        async with Visitor(product.url) as other:
            assert await refusal(other.start(id=id, text="something else")) == "conflict"
        await visitor.say("the first connection goes on")
        await visitor.ask("end")


class TestAgents:
    async def test_R31_items_that_are_not_there_are_not_found(self, product: Product, anna: Agent) -> None:
        before = stored(product)
        for type in ("pick", "park", "resume", "complete", "extend", "open", "end"):
            assert await refusal(anna.ask(type, item="nosuchitem")) == "not_found"
        assert await refusal(anna.ask("message", item="nosuchitem", text="x")) == "not_found"
        assert await refusal(anna.ask("classify", item="nosuchitem", code="x")) == "not_found"
        assert await refusal(anna.ask("classify", item="nosuchitem", code="")) == "bad_request"  # nor a note
        assert await refusal(anna.ask("classify", item="nosuchitem", code="", note="x")) == "not_found"
        assert stored(product) == before

    async def test_R31_another_agents_item_is_not_yours(self, product: Product, chat: Visitor, anna: Agent) -> None:
        await anna.ask("pick", item=chat.chat)
        ben = await Agent.log_in(product.url, "ben")
        before = stored(product)
        for type, fields in {
            "message": {"text": "x"},
            "note": {"text": "x"},
            "park": {},
            "resume": {},
            "end": {},
            "classify": {"code": "x"},
            "complete": {},
        }.items():
            assert await refusal(ben.ask(type, item=chat.chat, **fields)) == "not_yours"
        assert stored(product) == before
        ben.cut()

    async def test_R6_a_taken_chat_says_who_has_it(self, product: Product, chat: Visitor, anna: Agent) -> None:
        await anna.ask("pick", item=chat.chat)
        ben = await Agent.log_in(product.url, "ben")
        with pytest.raises(RefusedByServer) as refused:
            await ben.ask("pick", item=chat.chat)
        assert (refused.value.code, refused.value.frame["agent"]) == ("already_taken", "anna")
        ben.cut()

    async def test_R6_a_queue_that_one_does_not_serve_is_forbidden(self, product: Product) -> None:
        async with Visitor(product.url) as visitor:
            await visitor.start(token="demo-sales", text="hello")
            ben = await Agent.log_in(product.url, "ben")
            assert await refusal(ben.ask("pick", item=visitor.chat)) == "forbidden"
            assert await refusal(ben.ask("open", item=visitor.chat)) == "forbidden"
            await visitor.ask("end")
            ben.cut()

    async def test_R31_wrap_up_commands_outside_of_wrap_up_are_wrong_state(self, chat: Visitor, anna: Agent) -> None:
        await anna.ask("pick", item=chat.chat)
        assert await refusal(anna.ask("complete", item=chat.chat)) == "wrong_state"
        assert await refusal(anna.ask("extend", item=chat.chat)) == "wrong_state"


class TestLogins:
    async def test_R31_a_wrong_password_is_unauthorized_and_ten_in_a_row_are_rate_limited(
        self, product: Product
    ) -> None:
        for _ in range(10):
            assert await refusal(log_in(product.url, "sam", password="wrong")) == "unauthorized"
        with pytest.raises(RefusedByServer) as refused:
            await log_in(product.url, "sam", password="demo")
        assert (refused.value.code, refused.value.frame["status"]) == ("rate_limited", 429)
        await log_in(product.url, "otto")  # others are not touched

    @pytest.mark.parametrize(
        ("tenant", "user"), [("demo", "nobody"), ("nowhere", "anna"), ("../demo", "anna"), ("demo", "ANNA")]
    )
    async def test_R31_who_is_not_there_is_unauthorized_like_a_wrong_password(
        self, product: Product, tenant: str, user: str
    ) -> None:
        assert await refusal(log_in(product.url, user, tenant=tenant)) == "unauthorized"

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"tenant":"demo"}', b'{"tenant":1,"user":2,"password":3}'])
    async def test_R31_a_login_that_is_none_is_bad_request(self, product: Product, body: bytes) -> None:
        headers = {"content-type": "application/json"}
        assert await refusal(call(product.url, "POST", "/v1/login", content=body, headers=headers)) == "bad_request"

    async def test_R31_an_expired_login_is_unauthorized_everywhere(self, product: Product) -> None:
        token = (await log_in(product.url, "anna"))["token"]
        agent = await Agent(product.url, token).connect()
        await agent.frame("snapshot")
        async with asyncio.timeout(20):
            while True:
                try:
                    await call(product.url, "GET", "/v1/items/x", token)
                except RefusedByServer as refused:
                    if refused.code == "unauthorized":
                        break
                await asyncio.sleep(0.2)
        try:
            told: Any = await refusal(agent.ask("ready"))
        except ConnectionClosed as closed:  # the server was first
            told = closed.rcvd.code if closed.rcvd is not None else None
        assert told in ("unauthorized", LOGIN_EXPIRED)
        late = await Agent(product.url, token).connect()
        assert (await late.frame("error"))["code"] == "unauthorized"
        with pytest.raises(ConnectionError):
            await late.frame("snapshot")

    async def test_R31_a_forged_login_is_unauthorized(self, product: Product) -> None:
        good = (await log_in(product.url, "anna"))["token"]
        head, body, signature = good.split(".")
        for forged in ("x", f"{head}.{body}.{signature[:-2]}AA", f"{head}.{body}.", "eyJhbGciOiJub25lIn0.e30."):
            assert await refusal(call(product.url, "GET", "/v1/items/x", forged)) == "unauthorized"

    async def test_R31_roles_are_checked(self, product: Product) -> None:
        agent = (await log_in(product.url, "anna"))["token"]
        assert await refusal(call(product.url, "GET", "/v1/admin/queues/support", agent)) == "forbidden"
        assert (
            await refusal(call(product.url, "PUT", "/v1/admin/queues/support", agent, json={"name": "x"}))
            == "forbidden"
        )
        pbx = (await log_in(product.url, "pbx"))["token"]
        assert await refusal(call(product.url, "GET", "/v1/interactions/x", pbx)) == "forbidden"
        socket = await Agent(product.url, pbx).connect()
        assert (await socket.frame("error"))["code"] == "forbidden"

    async def test_R31_another_pages_socket_may_not_use_the_cookie(self, product: Product) -> None:
        async with plainly(product.url) as browser:
            await browser.post("/v1/login", json={"tenant": "demo", "user": "anna", "password": "demo"})
            cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        foreign = Agent(product.url, "")
        foreign._headers, foreign._origin = {"Cookie": cookie}, "https://elsewhere.example"
        await foreign.connect()
        assert (await foreign.frame("error"))["code"] == "origin_not_allowed"
        own = Agent(product.url, "")
        own._headers, own._origin = {"Cookie": cookie}, product.url
        await own.connect()
        await own.frame("snapshot")
        own.cut()


class TestAdministration:
    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"name": ""},
            {"name": "x", "distribution": "pull"},
            {"name": "x", "chats_per_agent": 0},
            {"name": "x", "wrap_up": {"limit_s": -1}},
            {"name": "x", "agents": ["nobody"]},
            {"name": "x", "agents": "anna"},
            {"name": "x", "chats_per_agnet": 2},
            [],
        ],
        ids=str,
    )
    async def test_R5_settings_that_make_no_sense_are_bad_request_and_change_nothing(
        self, product: Product, settings: Any
    ) -> None:
        admin = (await log_in(product.url, "ada"))["token"]
        before = await call(product.url, "GET", "/v1/admin/queues/support", admin)
        assert (
            await refusal(call(product.url, "PUT", "/v1/admin/queues/support", admin, json=settings)) == "bad_request"
        )
        assert await call(product.url, "GET", "/v1/admin/queues/support", admin) == before

    async def test_R31_addresses_that_are_none_are_not_found(self, product: Product) -> None:
        ops = (await log_in(product.url, "ada"))["token"]
        for path in ("/v1/nothing", "/v1/services/nobody", "/assets/../app.py", "/assets/%2e%2e/app.py"):
            assert await refusal(call(product.url, "GET", path, ops)) in ("not_found", "unknown_token")
        assert await refusal(call(product.url, "GET", "/v1/items/nosuchitem", ops)) == "not_found"
        assert await refusal(call(product.url, "GET", "/v1/interactions/nosuchitem", ops)) == "not_found"
        assert await refusal(call(product.url, "GET", "/v1/admin/queues/nosuchqueue", ops)) == "not_found"


async def test_R31_a_frame_beyond_all_measure_ends_only_its_own_connection(product: Product, chat: Visitor) -> None:
    async with Visitor(product.url) as rude:
        with contextlib.suppress(ConnectionClosed):
            await rude.raw("x" * (2 << 20))
        with pytest.raises(ConnectionError):
            await rude.frame("nothing")
    await chat.say("not bothered")
