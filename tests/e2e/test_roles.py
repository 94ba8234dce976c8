"""R31: who may do what, of every route and every frame, as it is when it is tried: compared with docs/roles.md.

`PARLEY_RECORD=1 .venv/bin/pytest tests/e2e/test_roles.py` writes the document anew: look at what has changed in it.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from typing import Any

import pytest
from parley_gateway.sockets import frames, supervisor_frames
from protocol import Agent, Client, RefusedByServer, Source, Visitor, log_in, plainly
from running import ROOT

from .conftest import Product

DOCUMENT = ROOT / "docs" / "roles.md"
WHO = {"nobody": None, "agent": "anna", "supervisor": "sam", "admin": "ada", "ops": "otto", "source": "pbx"}
SILENT = ("typing", "read", "ping")
"""Frames that are not answered, or not by what they are about."""

HEAD = """# Who may do what

What each route and each frame answers to each role, tried with names of what there is not (`nosuch`) and with a body that could be right: who may do it gets what there is, or `404`, or what else
stands in the way; who may not gets `401` or `403`. Other tenants' things are nowhere to be found (`tests/e2e/test_tenants.py`).

`tests/e2e/test_roles.py` tries all of it and compares: a route or a frame without a row fails.
"""


ENDING = [("DELETE", "/v1/logins"), ("POST", "/v1/logout")]
"""They end the login with which it is tried."""


def routes() -> list[tuple[str, str]]:
    """All of the OpenAPI; what ends the login comes last."""
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    found = [(method.upper(), path) for path, operations in paths.items() for method in operations]
    return sorted(found, key=lambda route: (route in ENDING, route[1], route[0]))


BODIES: dict[str, Any] = {
    "POST /v1/login": {"tenant": "demo", "user": "nosuch", "password": "wrong"},
    "POST /v1/services/{token}/messages": {
        "name": "Nobody",
        "email": "nobody@example.com",
        "text": "x",
        "id": "x" * 22,
    },
    "POST /v1/items": {"kind": "call", "queue": "nosuch"},
    "POST /v1/contacts": {"name": "Nobody"},
    "PUT /v1/contacts/{contact_id}": {"name": "Nobody"},
    "POST /v1/contacts/{contact_id}/merge": {"into": "nosuch"},
    "PUT /v1/interactions/{item}/contact": {"contact": None},
    "POST /v1/interactions/{item}/transcript": {"to": "nobody@example.com"},
    "PUT /v1/admin/queues/{queue}": {"name": "Nobody's"},
    "PUT /v1/admin/services/{service}": {"token": "nosuch", "name": "Nobody's", "queue": "nosuch"},
    "PUT /v1/admin/agents/{agent}": {"name": "Nobody", "role": "agent", "password": "long enough a password"},
    "PUT /v1/admin/settings": {"region": "DE"},
    "PUT /v1/admin/licence": {"licence": "nosuch"},
    "PUT /v1/password": {"old": "wrong", "new": "long enough a password"},
    "POST /v1/password/forgotten": {"tenant": "demo", "user": "nosuch"},
    "POST /v1/links/look": {"link": "nosuch"},
    "POST /v1/links/use": {"link": "nosuch", "password": "long enough a password"},
    "POST /v1/admin/agents/{agent}/link": {},
    "POST /v1/second_factor": {"password": "wrong"},
    "PUT /v1/second_factor": {"code": "000000"},
    "POST /v1/second_factor/end": {"code": "000000"},
    "POST /v1/second_factor/recovery_codes": {"code": "000000"},
    "PUT /v1/admin/oidc": {
        "issuer": "https://nosuch.example",
        "client_id": "x",
        "user_claim": "sub",
        "roles_claim": "r",
        "roles": {"staff": "agent"},
    },
    "POST /v1/ops/whatif": {"settings": ["nosuch"]},
    "POST /v1/ops/letters/{letter}/discard": {"reason": "nobody wants it"},
    "POST /v1/contacts/import": "name\n",
    "POST /v1/contacts/import/preview": "name\n",
}
"""By route, a body that could be right."""


async def tried(url: str, method: str, path: str, token: str | None) -> str:
    address = "/".join("nosuch" if "{" in part else part for part in path.split("/"))
    content = BODIES.get(f"{method} {path}")
    body: dict[str, Any] = (
        {} if content is None else {"content": content if isinstance(content, str) else json.dumps(content)}
    )
    kind = "text/csv" if isinstance(content, str) else "application/json"
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    address += {"/v1/interactions": "?query=nosuch", "/v1/ops/find": "?q=nosuch"}.get(path, "")
    async with plainly(url) as client, client.stream(method, address, headers=headers, **body) as answer:
        return str(answer.status_code)  # some answers never end


SUPERVISED = {"whisper", "assign", "move", "agent_state", "agent_logout", "agent_queues", "help"}
SUPERVISING: dict[str, Any] = {
    "agent": "nobody",
    "queue": "nowhere",
    "queues": [],
    "state": "ready",
    "text": "psst",
    "on": True,
}
"""What makes these frames such as could be right."""


async def frame_answer(client: Client, type: str) -> str:
    """The code of the refusal, or what it was answered with; what closes the socket."""
    try:
        given = SUPERVISING if type in SUPERVISED else {}
        return str((await client.ask(type, item="nosuch", **given))["type"])
    except RefusedByServer as refused:
        return str(refused.code)
    except ConnectionError:
        return f"closed {client.closed}"


async def frames_of(make: Any, known: dict[str, Any]) -> dict[str, str]:
    """What each frame of a socket is answered, each on a socket of its own."""
    found = {}
    for type in known:
        if type in SILENT:
            continue
        client: Client = await make().connect()
        first = asyncio.create_task(client.frame("error"))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(first), 0.3)
        if first.done() and first.exception() is None:
            found[type] = str(first.result()["code"])
        else:
            found[type] = await frame_answer(client, type)
        first.cancel()
        client.cut()
    return found


async def matrix(url: str) -> str:
    tokens = {who: None if user is None else (await log_in(url, user))["token"] for who, user in WHO.items()}
    lines = [HEAD, "## Routes", "", f"| route | {' | '.join(WHO)} |", "|---" * (len(WHO) + 1) + "|"]
    for method, path in routes():
        cells = [await tried(url, method, path, tokens[who]) for who in WHO]
        lines.append(f"| `{method} {path}` | {' | '.join(cells)} |")
    tokens = {who: None if user is None else (await log_in(url, user))["token"] for who, user in WHO.items()}
    sockets = [
        ("/v1/agent", supervisor_frames.AGENT, lambda token: Agent(url, token or "none")),
        ("/v1/source", frames.SOURCE | {"pick": None}, lambda token: Source(url, token or "none")),
    ]
    for path, known, make in sockets:
        lines += ["", f"## Frames at `{path}`", "", f"| frame | {' | '.join(WHO)} |", "|---" * (len(WHO) + 1) + "|"]
        columns = {
            who: await frames_of(lambda token=token, make=make: make(token), known) for who, token in tokens.items()
        }
        for type in columns["nobody"]:
            lines.append(f"| `{type}` | {' | '.join(column[type] for column in columns.values())} |")
    lines += ["", "## Frames at `/v1/chat`, before anything was begun", "", "| frame | anybody |", "|---|---|"]
    visitor = await frames_of(lambda: Visitor(url), frames.VISITOR)
    lines += [f"| `{type}` | {answer} |" for type, answer in visitor.items()]
    return "\n".join(lines) + "\n"


@pytest.mark.slow
async def test_R31_every_route_and_frame_answers_each_role_as_written(product: Product) -> None:
    found = await matrix(product.url)
    if os.environ.get("PARLEY_RECORD"):
        DOCUMENT.write_text(found)
    written = DOCUMENT.read_text()
    looked_at_first = [line for line in found.splitlines() if line.count("| 422 |") and "| 401 " not in line]
    assert looked_at_first == [], "whoever may not do it is told so: give the route a body that could be right"
    assert sorted(found.splitlines()) == sorted(written.splitlines())
    assert found == written


def test_R31_every_route_and_frame_has_a_row() -> None:
    """Without running it: a new one is noticed at once."""
    written = DOCUMENT.read_text()
    missing = [f"{method} {path}" for method, path in routes() if f"| `{method} {path}` |" not in written]
    missing += [
        type
        for type in supervisor_frames.AGENT | frames.VISITOR
        if type not in SILENT and f"| `{type}` |" not in written
    ]
    assert missing == []
