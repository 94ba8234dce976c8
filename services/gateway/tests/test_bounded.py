"""Whatever strangers send, the gateway remembers so much of it at most."""

from __future__ import annotations

import ast
import asyncio
import gc
import logging
import sqlite3
import sys
from collections import OrderedDict, defaultdict, deque
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

import httpx
import parley_gateway
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import open_store
from parley_gateway import bounded
from parley_gateway.app import Gateway
from parley_gateway.bounded import Bounded
from parley_gateway.domain.directory import ServiceSet, UserSet
from parley_gateway.settings import Settings

GATEWAY = Path(parley_gateway.__file__).parent

GROWS_WITH = {
    "bounded.py": {"_kept": "the bound itself", "_here": "who is here now"},
    "app.py": {"_sockets": "open sockets"},
    "service_link.py": {"_senders": "open sockets and requests"},
    "service_watch.py": {"*": "the partitions"},
    "domain/directory.py": {"*": "what administrators have set"},
    "domain/oidc.py": {"*": "what administrators have set"},
    "tenants/directories.py": {"*": "the tenants"},
    "tenants/hashing.py": {"_groups": "LONGEST"},
    "tenants/audit.py": {"_refused": "MOST_WAITING"},
    "shown/desk.py": {"*": "the floor, and a fixed number of its events"},
    "shown/desks.py": {"*": "open sockets"},
    "shown/sources.py": {"*": "open sockets"},
    "shown/floors.py": {"*": "the tenants, and who waits for their floors now"},
    "shown/floor_view.py": {"*": "the items on the floor"},
    "shown/line.py": {"*": "the items on the floor"},
    "shown/inboxes.py": {"*": "the items on the floor"},
    "shown/serving.py": {"*": "the queues and their agents"},
    "shown/telling.py": {"*": "made for one change of a floor"},
    "shown/contact_names.py": {"_asking": "the tenants"},
    "shown/floor_names.py": {"known": "KEPT, or the items on the floor", "wanted": "the items on the floor"},
    "shown/positions.py": {"_dirty": "the queues; emptied each second"},
    "shown/rooms.py": {"members": "open sockets", "_rooms": "chats that open sockets show"},
    "contacts/import_rows.py": {"*": "the rows of one file, which is at most MOST_BYTES"},
    "contacts/vcard_file.py": {"_columns": "MOST_PROPERTIES"},
    "sockets/socket.py": {"_unsent": "MOST_UNSENT_BYTES", "asked": "MOST_UNANSWERED"},
    "sockets/frames_out.py": {"*": "what a frame has where nothing is said"},
    "sockets/agent.py": {
        "_opened": "MOST_OPEN",
        "_owned": "the agent's own chats",
        "_agreed": "MOST_UNANSWERED",
        "_joined": "MOST_OPEN",
    },
}
"""By module, each container that a process keeps and adds to, with what bounds it. `*`: all of the module's."""

EMPTY = {"set", "dict", "list", "deque", "OrderedDict", "defaultdict", "Counter", "WeakKeyDictionary", "SortedList"}


def is_container(value: ast.expr | None) -> bool:
    """An empty container, which can only be there to be added to."""
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Subscript(value=ast.Name(id=name))):
            return name in EMPTY and not value.args and not value.keywords  # type: ignore[union-attr]
        case ast.Call(func=ast.Name(id="field"), keywords=words):
            return any(word.arg == "default_factory" and getattr(word.value, "id", "") in EMPTY for word in words)
    return False


def kept(path: Path) -> set[str]:
    """The containers that objects and modules keep."""
    tree = ast.parse(path.read_text())
    found: set[str] = set()
    places = [*tree.body, *(each for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for each in node.body)]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        names = targets[0].elts if isinstance(targets[0], ast.Tuple) else targets
        if not any(is_container(value) for value in values):
            continue
        for name in names:
            if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name) and name.value.id == "self":
                found.add(name.attr)
            elif isinstance(name, ast.Name) and node in places:
                found.add(name.id)
    return found


def caches(path: Path) -> list[str]:
    """Functions whose results are kept without a bound."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Name(id="cache") | ast.Attribute(attr="cache") | ast.Name(id="cached_property"):
                found.append(f"{path.name}:{node.lineno}")
            case ast.Call(func=ast.Name(id="lru_cache"), args=arguments, keywords=words):
                most = [word.value for word in words if word.arg == "maxsize"] + arguments
                if not (most and isinstance(most[0], ast.Constant) and isinstance(most[0].value, int)):
                    found.append(f"{path.name}:{node.lineno}")
    return found


@pytest.mark.parametrize("path", sorted(GATEWAY.rglob("*.py")), ids=lambda path: str(path.relative_to(GATEWAY)))
def test_every_container_that_is_kept_says_what_bounds_it(path: Path) -> None:
    said = GROWS_WITH.get(str(path.relative_to(GATEWAY)), {})
    unsaid = set() if "*" in said else kept(path) - said.keys()
    assert not unsaid, f"use Bounded, or say in GROWS_WITH what bounds it: {unsaid}"
    assert not caches(path), "use lru_cache with a maxsize"


def test_a_container_without_a_bound_is_found(tmp_path: Path) -> None:
    source = """
SEEN: dict[str, int] = {}
@cache
def one(): ...
@lru_cache(maxsize=None)
def two(): ...
@lru_cache(maxsize=5)
def three(): ...
class Thing:
    def __init__(self):
        self.a, self.b = set(), 0
        self.c = deque(maxlen=3)
        self.d: OrderedDict[str, str] = OrderedDict()
        local = {}
"""
    (tmp_path / "thing.py").write_text(source)
    assert kept(tmp_path / "thing.py") >= {"SEEN", "a", "d"}
    assert not kept(tmp_path / "thing.py") & {"c", "local"}
    assert len(caches(tmp_path / "thing.py")) == 2


@given(st.lists(st.tuples(st.sampled_from("gsf"), st.integers(0, 9)), max_size=200))
def test_bounded_keeps_those_used_last(steps: list[tuple[str, int]]) -> None:
    real: Bounded[int, int] = Bounded(4)
    model: list[int] = []
    for what, key in steps:
        if what == "s":
            real.set(key, key)
        elif what == "f":
            real.forget(key)
        else:
            assert real.get(key) == (key if key in model else None)
        if what == "s" or key in model:
            model = [each for each in model if each != key] + ([] if what == "f" else [key])
        model = model[-4:]
        assert [key for key, _ in real.items()] == model


NOT_KEPT = (
    *(ModuleType, type, FunctionType, MethodType, logging.Logger, asyncio.AbstractEventLoop, asyncio.Task),
    sqlite3.Connection,
)
"""The program itself, what a test's own tools hold on to, and the list that SQLite's driver clears each 200 cursors."""
CONTAINERS = (dict, list, set, deque, OrderedDict, defaultdict)


def entries(gateway: Gateway) -> int:
    """How much there is in all that the gateway holds, and in what its modules keep."""
    roots = [gateway, *(module for name, module in sys.modules.items() if name.startswith("parley_gateway"))]
    waiting: list[Any] = [vars(root) if isinstance(root, ModuleType) else root for root in roots]
    looked, size = set(), 0
    while waiting:
        found = waiting.pop()
        if id(found) in looked or isinstance(found, NOT_KEPT):
            continue
        looked.add(id(found))
        if isinstance(found, CONTAINERS):
            size += len(found)
        if hasattr(found, "cache_info"):
            size += found.cache_info().currsize
        waiting += gc.get_referents(found)
    return size


async def flood(client: httpx.AsyncClient, first: int, many: int) -> None:
    """Each time other names, from other addresses."""
    for number in range(first, first + many):
        name = f"x{number}"
        address = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        origin = {"Origin": f"https://{name}.example", **address}
        message = {"id": name, "text": "hello", "email": "a@example.org"}
        for method, path, body, headers in (
            ("GET", f"/widget/pinned/{number:016x}.js", None, address),
            ("GET", f"/widget/{name}.json", None, address),
            ("GET", f"/assets/{name}.js", None, address),
            ("GET", f"/v1/services/{name}", None, origin),
            ("GET", "/v1/services/token", None, origin),
            ("POST", f"/v1/services/{name}/messages", message, origin),
            ("POST", "/v1/services/token/messages", message, origin),
            ("POST", "/v1/login", {"tenant": "t", "user": name, "password": "x"}, address),
            ("POST", "/v1/login", {"tenant": name, "user": name, "password": "x"}, address),
            ("GET", f"/v1/contacts/{name}", None, {"Authorization": f"Bearer {name}", **address}),
            ("GET", f"/{name}", None, address),
        ):
            await client.request(method, path, json=body, headers=headers)


@pytest.mark.slow
async def test_a_flood_of_names_and_addresses_leaves_no_more_behind_than_a_small_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded, "MOST_KEYS", 20)
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    settings = Settings(secret="x" * 32, trusted_proxies="127.0.0.1")
    gateway = Gateway(settings, bus, open_store("memory:", "gateway"))
    monkeypatch.setattr(gateway.access, "_verify", lambda hashed, password: False)
    gateway.link.answers = lambda inbox: False
    await gateway.start()
    user = UserSet(at=0, by="t", user="anna", name="Anna", role="agent", password="none")
    service = ServiceSet(at=0, by="t", service="s", token="token", queue="q", name="S", origins=("https://a.example",))
    for event in (user, service):
        await gateway.directories.change("t", event)
    transport = httpx.ASGITransport(gateway.app, client=("127.0.0.1", 1))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            await flood(client, 0, 60)
            await gateway.audit.flush()
            gc.collect()
            before = entries(gateway)
            await flood(client, 1_000, 60)
            await gateway.audit.flush()
            gc.collect()
            assert entries(gateway) <= before + 20, "something grows with what strangers send"
    finally:
        await gateway.stop()
        await bus.stop()
