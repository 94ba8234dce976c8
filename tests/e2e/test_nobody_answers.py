"""R33: whenever somebody gets no answer, a probe is red and says why; who asked is told, and all goes on by itself.

In one process, with waits made short; and with a process a service on servers, as operators have it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from fleet import Fleet, Process
from parley_chassis.bus import open_bus
from parley_chassis.serving import Stopping, open_port, serve
from parley_crm_logger.app import build as build_crm_logger
from parley_gateway import app, service_watch
from parley_gateway.sockets import visitor as visitor_socket
from parley_ops.demo import Demo
from parley_ops.settings import OpsSettings
from parley_router.app import build as build_router
from parley_session.app import build as build_session
from protocol import Agent, RefusedByServer, Visitor, log_in, plainly
from servers import Servers, free_port

from .people import Admin

BUILD = {"router": (build_router, 0), "session": (build_session, 1), "crm-logger": (build_crm_logger, 3)}
"""How each service is put together, and which of the demonstration's stores it works on."""
ORDER = ("crm-logger", "session", "router")
TOLD_WITHIN_S = 15 + 5
"""The promise, and what a machine that is busy with other tests takes longer."""
AT_ONCE_S = 5


class OneProcess:
    """The product in this process, of which a service can be stopped and started again."""

    def __init__(self, data: Path) -> None:
        self._settings = OpsSettings(data=data, port=free_port(), broker_url="memory:", database_url="")
        self._demo, self._stopping = Demo(self._settings), Stopping()
        self.url = f"http://127.0.0.1:{self._settings.port}"

    async def start(self) -> None:
        gateway = await self._demo.start(self._stopping)
        listening = open_port(self._settings.host, self._settings.port)
        self._serving = asyncio.create_task(
            serve(gateway.app, listening, self._stopping, self._demo.stop, websockets=True)
        )

    async def close(self) -> None:
        self._stopping.tell()
        await self._serving

    async def stop(self, service: str) -> None:
        await self._demo._services[ORDER.index(service)].stop()

    async def start_again(self, service: str) -> None:
        build, store = BUILD[service]
        bus = open_bus("memory:", self._demo._broker)
        await bus.start()
        self._demo._services[ORDER.index(service)] = fresh = build(self._demo._stores[store], bus)
        await fresh.start()


@pytest.fixture
async def one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OneProcess]:
    """With waits that are a tenth of what they are, or less."""
    for module, name, seconds in (
        (service_watch, "TICK_S", 0.05),
        (service_watch, "EVERY_S", 0.3),
        (service_watch, "SILENT_S", 1.0),
        (app, "GIVE_UP_EVERY_S", 0.1),
        (app, "UNANSWERED_S", 2.0),
        (visitor_socket, "CONTACT_WITHIN_S", 0.5),
    ):
        monkeypatch.setattr(module, name, seconds)
    product = OneProcess(tmp_path)
    await product.start()
    yield product
    await product.close()


async def troubles(url: str) -> list[str]:
    """What the gateway's /readyz says; empty when it is ready."""
    async with plainly() as client:
        answer = await client.get(f"{url}/readyz")
    assert answer.status_code == (200 if answer.json()["status"] == "ready" else 503)
    return list(answer.json().get("troubles", []))


async def becomes(found: Callable[[], Awaitable[Any]], seconds: float = 60) -> float:
    """How long it took to become so."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await found():
            await asyncio.sleep(0.05)
    return time.monotonic() - began


async def accuses(url: str, service: str) -> bool:
    found = await troubles(url)
    return bool(found) and all(trouble.startswith(f"{service}: no answer for ") for trouble in found)


async def is_ready(url: str) -> bool:
    return await troubles(url) == []


async def told(asked: Awaitable[Any]) -> str:
    """What somebody is told to whom it is `unavailable`."""
    with pytest.raises(RefusedByServer) as refused:
        await asked
    assert refused.value.code == "unavailable"
    return str(refused.value.frame["message"])


async def put_through(visitor: Visitor, type: str, **fields: Any) -> dict[str, Any]:
    """As a widget does: what is unavailable is sent again with the same id, until it has its answer."""
    id = uuid4().hex
    async with asyncio.timeout(60):
        while True:
            try:
                return await visitor.ask(type, id=id, **fields)
            except RefusedByServer as refusal:
                if refusal.code != "unavailable":
                    raise
                await asyncio.sleep(0.2)


async def is_told_when_it_is_away(url: str, service: str, visitor: Visitor, token: str) -> None:
    """What everybody is told who asks for something that needs this service; the gateway knows that it is away."""
    began = time.monotonic()
    if service == "crm-logger":
        async with plainly() as client:
            answer = await client.get(
                f"{url}/v1/contacts", params={"q": "kim"}, headers={"Authorization": f"Bearer {token}"}
            )
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert time.monotonic() - began < AT_ONCE_S
        return
    async with Visitor(url) as newcomer:
        assert "does not answer" in await told(newcomer.ask("start", token="demo-sales", text="hello?"))
    assert time.monotonic() - began < AT_ONCE_S
    if service == "router":
        async with Agent(url, token) as agent:
            assert (await agent.frame("error"))["code"] == "unavailable"
            assert time.monotonic() - began < 2 * AT_ONCE_S
        return
    refused = asyncio.create_task(told(visitor.ask("message", text="never repeated", id="never repeated")))
    again = Visitor(url)
    async with again:
        asked = again.ask("resume", chat=visitor.chat, secret=visitor.secret, after=0)
        assert "does not answer" in await told(asked)
    assert time.monotonic() - began < 2 * AT_ONCE_S
    assert "may still take effect" in await refused


async def goes_on(url: str, visitor: Visitor, repeated: asyncio.Task[Any]) -> None:
    """What was sent while nobody answered is there once, and so is what comes after."""
    await repeated
    await put_through(visitor, "message", text="after")
    await visitor.frame("event", text="after")
    texts = [text for _, text in visitor.said()]
    assert texts[0] == "before"
    assert texts.count("meanwhile") == 1
    assert texts.count("never repeated") <= 1
    assert [event["seq"] for event in visitor.events] == list(range(1, len(visitor.events) + 1))
    async with Visitor(url) as newcomer:
        await put_through(newcomer, "start", token="demo-sales", text="hello again")


@pytest.mark.parametrize(
    "service", [pytest.param(name, marks=[] if name == "session" else [pytest.mark.slow]) for name in ORDER]
)
async def test_R33_a_service_that_is_gone_is_named_and_who_asks_is_told(one_process: OneProcess, service: str) -> None:
    assert await becomes(lambda: is_ready(one_process.url)) < TOLD_WITHIN_S
    token = (await log_in(one_process.url, "anna"))["token"]
    async with Visitor(one_process.url) as visitor:
        await visitor.start(token="demo-sales", text="before")
        await one_process.stop(service)
        repeated = asyncio.create_task(put_through(visitor, "message", text="meanwhile"))
        assert await becomes(lambda: accuses(one_process.url, service)) < TOLD_WITHIN_S
        await is_told_when_it_is_away(one_process.url, service, visitor, token)
        await one_process.start_again(service)
        await becomes(lambda: is_ready(one_process.url), TOLD_WITHIN_S)
        await goes_on(one_process.url, visitor, repeated)


def test_R33_the_demonstration_has_its_metrics_on_a_port_of_their_own(demo_process: Callable[..., Any]) -> None:
    port = free_port()
    demo = demo_process({"PARLEY_METRICS_PORT": str(port)})
    assert httpx.get(f"{demo.url}/metrics", trust_env=False, verify=False).status_code == 404
    operators = f"http://127.0.0.1:{port}"
    metrics = httpx.get(f"{operators}/metrics", trust_env=False, verify=False).text
    for name in ("parley_unanswered_seconds", "parley_stuck_seconds", "parley_partitions_unheld"):
        assert f"\n{name}{{" in metrics
    assert httpx.get(f"{operators}/readyz", trust_env=False, verify=False).json() == {"status": "ready"}
    demo.stop()


async def test_R24_R31_nobody_is_kept_out_because_the_crm_does_not_answer(one_process: OneProcess) -> None:
    """Who a website vouches for is looked up there; without an answer they chat all the same, and the agent reads why."""
    await becomes(lambda: is_ready(one_process.url))
    ada = await Admin.log_in(one_process.url)
    key = (await ada.put("services/demo-sales/identity_key"))["key"]
    now = int(time.time())
    said = {"sub": "u-1", "iat": now, "exp": now + 300, "jti": uuid4().hex, "aud": "demo-sales", "name": "Kim Vogel"}
    anna = await Agent(one_process.url, (await log_in(one_process.url, "anna"))["token"]).connect()
    await one_process.stop("crm-logger")
    async with Visitor(one_process.url) as visitor:
        start = {"id": uuid4().hex, "token": "demo-sales", "text": "hello", "identity": jwt.encode(said, key, "HS256")}
        answer = await visitor.start(**start)
        item = (await anna.ask("pick", item=visitor.chat))["item"]
        assert (item["name"], item.get("contact")) == ("Kim Vogel", None)
        [begun] = [e for e in (await anna.ask("open", item=visitor.chat))["events"] if e["kind"] == "requested"]
        assert begun["dropped"] == {"identity": "unavailable"}
        await one_process.start_again("crm-logger")
        async with Visitor(one_process.url) as again:
            assert (await again.start(**start))["chat"] == answer["chat"]
        await visitor.ask("end")
    await anna.close()


@pytest.fixture(scope="module")
def fleet(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with servers.room() as env:
        urls = env["PARLEY_BROKER_URL"], env["PARLEY_DATABASE_URL"]
        fleet = Fleet(tmp_path_factory.mktemp("fleet"), *urls, env={"PARLEY_METRICS_PORT": str(free_port())})
        try:
            fleet.start()
            yield fleet
        finally:
            fleet.stop()


@pytest.mark.slow
@pytest.mark.parametrize("service", ORDER)
async def test_R33_a_process_that_was_killed_is_named_within_15_s_and_missed_no_more_when_it_is_back(
    fleet: Fleet, service: str
) -> None:
    [process] = fleet.of(service)
    token = (await log_in(fleet.url, "anna"))["token"]
    await becomes(lambda: is_ready(fleet.url))
    async with Visitor(fleet.url) as visitor:
        await visitor.start(token="demo-sales", text="before")
        process.kill()
        repeated = asyncio.create_task(put_through(visitor, "message", text="meanwhile"))
        assert await becomes(lambda: accuses(fleet.url, service)) < TOLD_WITHIN_S
        await is_told_when_it_is_away(fleet.url, service, visitor, token)
        process.start()
        await asyncio.to_thread(process.wait_ready)
        assert await becomes(lambda: is_ready(fleet.url)) < TOLD_WITHIN_S
        await goes_on(fleet.url, visitor, repeated)


@pytest.mark.slow
async def test_R33_a_process_that_stands_still_is_named_within_15_s(fleet: Fleet) -> None:
    [process] = fleet.of("session")
    await becomes(lambda: is_ready(fleet.url))
    process.freeze()
    try:
        assert await becomes(lambda: accuses(fleet.url, "session")) < TOLD_WITHIN_S
    finally:
        process.wake()
    await becomes(lambda: is_ready(fleet.url))


@pytest.mark.slow
def test_R33_a_gateway_that_is_killed_answers_no_probe(fleet: Fleet) -> None:
    gateway: Process = fleet.of("gateway")[0]
    gateway.kill()
    assert gateway.troubles() == ["ConnectError"]
    gateway.start()
    gateway.wait_ready()
