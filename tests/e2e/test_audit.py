"""Who read what: every transcript that is read, by whoever it is, stands in the audit log; operators say why they read one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from protocol import Visitor, log_in

from .conftest import Product

pytestmark = pytest.mark.slow

CANARY = "my card number is between us"


async def asked(product: Product, who: str, path: str, **parameters: Any) -> httpx.Response:
    token = (await log_in(product.url, who))["token"]
    async with httpx.AsyncClient(base_url=product.url, headers={"Authorization": f"Bearer {token}"}) as client:
        return await client.get(path, params=parameters or None)


@pytest.fixture
async def chat(product: Product) -> AsyncIterator[str]:
    """A chat in the CRM."""
    async with Visitor(product.url) as visitor:
        await visitor.start(text=CANARY)
        async with asyncio.timeout(20):
            while CANARY not in (await asked(product, "ada", f"/v1/interactions/{visitor.chat}")).text:
                await asyncio.sleep(0.1)
        yield visitor.chat
        await visitor.ask("end")


async def test_operators_read_no_text_unless_they_say_why_and_that_is_kept(product: Product, chat: str) -> None:
    reads = {
        f"/v1/interactions/{chat}": {},
        f"/v1/interactions/{chat}/transcript": {},
        "/v1/interactions": {"query": "card"},
    }
    for path, parameters in reads.items():
        for reveal in ({}, {"reveal": ""}, {"reveal": "  "}):
            refused = await asked(product, "otto", path, **parameters, **reveal)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
            assert CANARY not in refused.text
        told = await asked(product, "otto", path, **parameters, reveal=f"complaint 4711 about {path}")
        assert told.status_code == 200
        if parameters == {}:
            assert CANARY in told.text
        found = (await asked(product, "ada", "/v1/admin/audit", user="otto")).json()["entries"]
        newest = next(each for each in found if each["outcome"] == "ok" and each["action"] != "login")
        assert (newest["reason"], newest["role"]) == (f"complaint 4711 about {path}", "ops")
        assert newest["about"] == f"GET {path}"
        assert newest["address"]


async def test_whoever_reads_a_transcript_is_in_the_audit_log(product: Product, chat: str) -> None:
    for user in ("anna", "sam", "ada"):
        assert (await asked(product, user, f"/v1/interactions/{chat}/transcript")).status_code == 200
        (entry,) = (
            await asked(product, "ada", "/v1/admin/audit", user=user, action="transcript.read", limit=1)
        ).json()["entries"]
        assert (entry["user"], entry["about"]) == (user, f"GET /v1/interactions/{chat}/transcript")
    for user in ("anna", "sam", "otto", "pbx"):
        assert (await asked(product, user, "/v1/admin/audit")).status_code == 403
    exported = await asked(product, "ada", "/v1/contacts/export")
    assert exported.status_code == 200
    (entry,) = (await asked(product, "ada", "/v1/admin/audit", action="contacts.exported", limit=1)).json()["entries"]
    assert entry["user"] == "ada"
