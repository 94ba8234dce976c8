"""Nothing crosses tenants: two of them in one installation, each knowing the other's names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from parley_chassis.clock import system_clock
from parley_chassis.serving import Stopping, open_port, serve
from parley_contracts.commands import PutQueue
from parley_contracts.shapes import QueueSettings
from parley_contracts.topology import floor_stream, partition_of, router_inbox
from parley_gateway.app import Gateway
from parley_gateway.domain.directory import LicenceSet, ServiceSet, UserSet
from parley_gateway.domain.licence import Licence
from parley_gateway.tenants.licences import public_text, sign
from parley_ops.demo import Demo
from parley_ops.settings import OpsSettings
from protocol import Agent, RefusedByServer, Visitor, call, interaction, log_in
from servers import free_port

OTHER = "other"
KEY = Ed25519PrivateKey.generate()


async def add_tenant(gateway: Gateway) -> None:
    """A second company, with the same names inside as the first."""
    hashed = gateway.access.hash("demo")
    for user, role in (("anna", "agent"), ("ada", "admin"), ("sam", "supervisor"), ("pbx", "source")):
        added = UserSet(at=system_clock(), by="system", user=user, name="Other", role=role, password=hashed)  # type: ignore[arg-type]
        await gateway.directories.change(OTHER, added)
    service = ServiceSet(
        at=system_clock(), by="system", service="s", token="other", queue="support", name="Other", without_origin=True
    )
    await gateway.directories.change(OTHER, service)
    now = system_clock()
    licence = Licence(OTHER, "Other", ("webchat",), 9, now, now + 86_400_000)
    await gateway.directories.change(OTHER, LicenceSet(at=now, by="system", licence=sign(licence, KEY)))
    settings = QueueSettings(name="Support of the other", distribution="pick", agents=("anna",))
    inbox = router_inbox(partition_of(floor_stream(OTHER)))
    await gateway.link.ask(inbox, PutQueue(tenant=OTHER, queue="support", settings=settings), "system", "system")


@pytest.fixture
async def url(
    request: pytest.FixtureRequest, set_up: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """The product in this process, with a second tenant."""
    monkeypatch.setenv("PARLEY_LICENCE_KEYS", public_text(KEY.public_key()))
    settings = OpsSettings(data=tmp_path, port=free_port(), broker_url="memory:", database_url="")
    if set_up == "servers":
        urls = {name: request.getfixturevalue(name) for name in ("broker_url", "database_url")}
        settings = settings.model_copy(update=urls)
    demo, stopping = Demo(settings), Stopping()
    gateway = await demo.start(stopping)
    await add_tenant(gateway)
    listening = open_port(settings.host, settings.port)
    serving = asyncio.create_task(serve(gateway.app, listening, stopping, demo.stop, websockets=True))
    yield f"http://127.0.0.1:{settings.port}"
    stopping.tell()
    await serving


async def code_of(awaitable: object) -> str:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable  # type: ignore[misc]
    return str(refused.value.code)


async def test_a_tenants_agent_finds_nothing_of_another(url: str) -> None:
    async with Visitor(url) as visitor:
        await visitor.start(token="demo-sales", text="for the first company only")
        own, other = await Agent.log_in(url, "anna"), await Agent.log_in(url, "anna", tenant=OTHER)
        await own.until(lambda: visitor.chat in own.waiting)
        assert other.waiting == []
        for type, fields in {
            "pick": {},
            "open": {},
            "message": {"text": "x"},
            "note": {"text": "x"},
            "end": {},
        }.items():
            assert await code_of(other.ask(type, item=visitor.chat, **fields)) == "not_found"
        await own.ask("pick", item=visitor.chat)
        for type in ("park", "resume", "complete", "pick", "open"):
            assert await code_of(other.ask(type, item=visitor.chat)) == "not_found"
        await visitor.ask("end")
        await own.ask("complete", item=visitor.chat)
        mine = (await log_in(url, "anna"))["token"]
        await interaction(url, visitor.chat, mine)
        theirs = (await log_in(url, "sam", tenant=OTHER))["token"]
        for path in (f"/v1/items/{visitor.chat}", f"/v1/interactions/{visitor.chat}"):
            assert await code_of(call(url, "GET", path, theirs)) == "not_found"
        assert other.inbox == {}
        assert [frame["type"] for frame in other.frames] == ["snapshot"], "not one event came across"
        for agent in (own, other):
            agent.cut()


@pytest.mark.slow
async def test_a_tenants_admin_changes_nothing_of_another(url: str) -> None:
    first, second = (await log_in(url, "ada"))["token"], (await log_in(url, "ada", tenant=OTHER))["token"]
    before = await call(url, "GET", "/v1/admin/queues/support", first)
    changed = {"name": "Mine", "distribution": "pick", "agents": []}
    await call(url, "PUT", "/v1/admin/queues/support", second, json=changed)
    assert await call(url, "GET", "/v1/admin/queues/support", first) == before
    assert (await call(url, "GET", "/v1/admin/queues/support", second))["name"] == "Mine"
    assert await code_of(call(url, "GET", "/v1/admin/queues/sales", second)) == "not_found"
    refused = call(url, "PUT", "/v1/admin/queues/support", second, json={"name": "x", "agents": ["ben"]})
    assert await code_of(refused) == "bad_request", "there is a ben, but not here"


@pytest.mark.slow
async def test_the_same_command_ids_in_two_tenants_are_two_commands(url: str) -> None:
    async with Visitor(url) as one, Visitor(url) as two:
        first = await one.start(id="1", token="demo", text="x")
        second = await two.start(id="1", token="other", text="y")
        assert first["chat"] != second["chat"]
        assert first["secret"] != second["secret"]
        two.chat, two.secret = one.chat, two.secret
        async with Visitor(url) as thief:
            thief.chat, thief.secret = first["chat"], second["secret"]
            assert await code_of(thief.resume()) == "unauthorized"
