"""R33: everybody may ask whether a gateway is ready; what is told about servers, and the metrics, only operators get."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.probes import probe_routes
from parley_chassis.serving import open_metrics_port
from parley_chassis.store import StoreDown
from parley_chassis.store.memory import MemoryStore
from parley_gateway.app import Gateway
from parley_gateway.settings import Settings
from starlette.applications import Starlette

SECRET = "thirty-two characters, and some more"
WORDS = 'connection to server at "10.1.2.3", port 5432 failed: no database "parley" for user "owner"'


class Away(MemoryStore):
    """A store that can go away."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False

    def log(self, after: int, limit: int) -> Any:
        if self.is_away:
            raise StoreDown(WORDS)
        return super().log(after, limit)


async def get(app: Any, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        return await client.get(path)


async def test_R33_the_public_port_shows_no_servers_address_and_no_metrics(caplog: pytest.LogCaptureFixture) -> None:
    store, bus = Away(), MemoryBus(MemoryBroker())
    await bus.start()
    gateway = Gateway(Settings(secret=SECRET), bus, store)
    await gateway.start()
    store.is_away = True
    await gateway._read_directories()
    shown = (await get(gateway.app, "/readyz")).json()["troubles"]
    assert shown[0] == "store: does not answer"
    assert "10.1.2.3" not in str(shown)
    assert "router: no answer for partition 0 yet" in shown
    assert (await get(gateway.app, "/metrics")).status_code == 404
    for path in ("/livez", "/version", "/openapi.json"):
        assert (await get(gateway.app, path)).status_code == 200
    operators = Starlette(routes=probe_routes("gateway", gateway.details))
    assert (await get(operators, "/readyz")).json()["troubles"][0] == f"store: {WORDS}"
    assert "parley_unanswered_seconds" in (await get(operators, "/metrics")).text
    assert WORDS in str([record.__dict__ for record in caplog.records]), "the log has it"
    store.is_away = False
    await gateway._read_directories()
    assert "store" not in str((await get(gateway.app, "/readyz")).json())
    await gateway.stop()
    await bus.stop()


async def test_R33_when_the_broker_is_there_again_nobody_is_accused_of_what_was_lost_with_it() -> None:
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    gateway = Gateway(Settings(secret=SECRET), bus, MemoryStore())
    await gateway.start()
    line = next(iter(gateway._watch.lines.values()))
    line.asked("long ago", 0.0)
    assert line.silent
    gateway._returned()
    assert not line.silent
    await gateway.stop()
    await bus.stop()


def test_without_a_port_of_their_own_there_are_no_metrics() -> None:
    assert open_metrics_port("127.0.0.1", 0) is None


def test_a_port_that_is_taken_is_said_with_its_setting() -> None:
    first = open_metrics_port("127.0.0.1", _free())
    assert first is not None
    with first, pytest.raises(OSError, match="PARLEY_METRICS_PORT"):
        open_metrics_port("127.0.0.1", first.getsockname()[1])


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
