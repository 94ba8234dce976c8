"""R31: how much strangers may ask for. Whoever asks for too much is told so with a code; everybody else notices nothing."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from parley_gateway.edge.bodies import LARGE
from protocol import Agent, RefusedByServer, Visitor, log_in
from websockets.exceptions import InvalidStatus

from .conftest import Product

SILENT = 4010

ENVIRONMENT = {
    "PARLEY_HELLO_WITHIN_S": "1",
    "PARLEY_STARTS_AT_ONCE": "10",
    "PARLEY_STARTS_PER_S": "1",
    "PARLEY_SOCKETS_PER_ADDRESS": "30",
    "PARLEY_SOCKETS_PER_CHAT": "3",
    "PARLEY_SOCKETS_PER_USER": "2",
    "PARLEY_CHAT_RESUMES_AT_ONCE": "4",
    "PARLEY_CHAT_RESUMES_PER_S": "1",
    "PARLEY_TRUSTED_PROXIES": "127.0.0.1",
}


class From(Visitor):
    """A visitor at an address of their own, behind a proxy."""

    def __init__(self, url: str, address: str) -> None:
        super().__init__(url)
        self._headers = {"X-Forwarded-For": address}


async def until_closed(client: Visitor, seconds: float = 6) -> int:
    async with asyncio.timeout(seconds):
        while client.closed is None:
            await asyncio.sleep(0.02)
    return client.closed


async def code_of(awaitable: object) -> str:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable  # type: ignore[misc]
    return str(refused.value.code)


async def test_R31_a_socket_that_says_nothing_is_closed_and_one_with_a_chat_stays(product: Product) -> None:
    began = time.monotonic()
    silent, talking, pinging = [await From(product.url, "192.0.2.1").connect() for _ in range(3)]
    await talking.start(token="demo-sales")

    async def ping() -> None:
        while pinging.closed is None:
            await pinging.send("ping")
            await asyncio.sleep(0.1)

    beating = asyncio.create_task(ping())
    assert await until_closed(silent) == SILENT
    assert await until_closed(pinging) == SILENT, "a beat is no hello"
    beating.cancel()
    assert 0.9 < time.monotonic() - began < 5
    await asyncio.sleep(1.5)
    assert talking.closed is None
    await talking.say("still here")
    await talking.ask("end")
    await talking.close()


@pytest.mark.slow
async def test_R31_who_was_refused_may_try_again_and_is_closed_in_the_end(product: Product) -> None:
    async with From(product.url, "192.0.2.2") as visitor:
        assert await code_of(visitor.start(token="none")) == "unknown_token"
        await asyncio.sleep(0.6)
        assert await code_of(visitor.start(token="none")) == "unknown_token"
        assert await until_closed(visitor) == SILENT


async def test_R31_one_address_starts_so_many_chats_and_another_is_not_kept_out(product: Product) -> None:
    visitors = [await From(product.url, "192.0.2.3").connect() for _ in range(14)]
    answers = await asyncio.gather(*(each.start(token="demo-sales") for each in visitors), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, RefusedByServer)]
    assert {each.code for each in refused} == {"rate_limited"}
    assert 3 <= len(refused) <= 4
    assert all(each.frame["retry_after_s"] >= 1 for each in refused)
    async with From(product.url, "192.0.2.4") as other:
        await other.start(token="demo-sales")
        await other.ask("end")
    for visitor in visitors:
        if visitor.chat:
            await visitor.ask("end")
        await visitor.close()


@pytest.mark.slow
async def test_R31_one_address_has_so_many_sockets(product: Product) -> None:
    visitors = [From(product.url, "192.0.2.5") for _ in range(31)]
    outcomes = await asyncio.gather(*(each.connect() for each in visitors), return_exceptions=True)
    (refused,) = [each for each in outcomes if isinstance(each, BaseException)]
    assert isinstance(refused, InvalidStatus)
    assert refused.response.status_code == 429
    assert b'"rate_limited"' in refused.response.body
    assert refused.response.headers["Retry-After"]
    async with From(product.url, "192.0.2.6"):
        pass
    for visitor in visitors:
        if visitor._socket is not None:
            await visitor.close()
    async with From(product.url, "192.0.2.5"):
        """There is room again."""


@pytest.mark.slow
async def test_R31_one_chat_is_open_in_so_many_places(product: Product) -> None:
    async with From(product.url, "192.0.2.7") as first:
        await first.start(token="demo-sales")
        others = []
        for _ in range(3):
            other = await From(product.url, "192.0.2.7").connect()
            other.chat, other.secret = first.chat, first.secret
            others.append(other)
        for other in others[:2]:
            await other.resume()
        assert await code_of(others[2].resume()) == "rate_limited"
        await others[0].close()
        await others[2].resume()
        await others[2].say("hello")
        assert await code_of(others[2].resume()) == "rate_limited", "returns are counted, too"
        await first.ask("end")
        for other in others[1:]:
            await other.close()


@pytest.mark.slow
async def test_R31_one_agent_has_so_many_windows(product: Product) -> None:
    token = (await log_in(product.url, "anna"))["token"]
    windows = [await Agent(product.url, token).connect() for _ in range(2)]
    for window in windows:
        await window.frame("snapshot")
    third = await Agent(product.url, token).connect()
    while third.closed is None:
        await asyncio.sleep(0.02)
    assert third.frames[0]["code"] == "rate_limited"
    await windows.pop().close()
    again = await Agent(product.url, token).connect()
    await again.frame("snapshot")
    await again.ask("logout")


async def test_R31_no_route_reads_a_body_that_is_too_long(product: Product) -> None:
    def pieces() -> object:
        for _ in range(100):
            yield b"x" * 1_024

    async with httpx.AsyncClient(base_url=product.url, trust_env=False) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        tried = 0
        for path, methods in paths.items():
            for method in methods.keys() & {"post", "put", "patch", "delete"}:
                if (method.upper(), path) not in LARGE:
                    answer = await client.request(method.upper(), path, content=b"x" * 65_537)
                    assert (answer.status_code, answer.json()["code"]) == (413, "too_long"), f"{method} {path}"
                    tried += 1
        assert tried > 20
        answer = await client.post("/v1/login", content=_async(pieces()))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_long")


async def _async(pieces: object) -> object:
    for piece in pieces:  # type: ignore[attr-defined]
        yield piece
