"""The operators' service is one that others do without: what is asked of it while it is away is refused at once, and all else goes on. Letters
are seen to over HTTP, by the services that keep them (R32, R34)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import httpx
import pytest
from protocol import RefusedByServer, Visitor, call, log_in
from running import foreign_environment

from .test_letters import Poisoned, poisoned

__all__ = ["poisoned"]

pytestmark = pytest.mark.stores


async def becomes(ask: Any, wanted: Any, seconds: float = 30) -> Any:
    async with asyncio.timeout(seconds):
        while True:
            try:
                found = await ask()
            except RefusedByServer as refused:
                found = refused.code
            if wanted(found):
                return found
            await asyncio.sleep(0.1)


async def by_command(url: str, *arguments: str) -> tuple[int, list[Any]]:
    """The status and the answers of `parley` at the installation: without a way into its database."""
    told = [sys.executable, "-m", "parley_ops", *arguments, "--url", url, "--json"]
    done = await asyncio.to_thread(
        subprocess.run, told, env=foreign_environment(), capture_output=True, text=True, timeout=120
    )
    assert done.stdout or done.returncode == 3, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
async def test_a_letter_is_seen_to_over_http_and_the_rest_goes_on_without_the_service(poisoned: Poisoned) -> None:
    shop = poisoned.shop
    url = shop.fleet.url
    await shop.start("ops")
    otto = (await log_in(url, "otto"))["token"]

    async def letters(**query: Any) -> Any:
        return (await call(url, "GET", "/v1/ops/letters", otto, params=query))["letters"]

    poisoned.poison(type="chat.requested.v1", name="Poison")
    lost = await Visitor(url).connect()
    await lost.start(token="demo-sales", name="Poison", text="is anybody there?")
    found = await becomes(letters, lambda told: isinstance(told, list) and len(told) == 3)
    letter = next(each for each in found if each["letter"].startswith("router:"))
    assert (letter["kind"], letter["item"], letter["tries"]) == ("failed", lost.chat, 5)
    assert all("body" not in each and "is anybody there?" not in str(each) for each in found)
    assert "is anybody there?" in str(await letters(reveal="what broke it"))

    status, listed = await by_command(url, "letters", "list")
    assert (status, [each["letter"] for each in listed]) == (0, [each["letter"] for each in found])
    assert all("body" not in each for each in listed)
    status, [tried] = await by_command(url, "letters", "retry", letter["letter"])
    assert (status, tried["result"]) == (4, "still kept")
    status, [lines] = await by_command(url, "streams")
    assert status in (0, 4)
    assert {each["consumer"].partition(".")[0] for each in lines["consumers"]} >= {"router", "crm-logger"}

    seen_to = f"/v1/ops/letters/{letter['letter']}"
    assert (await call(url, "POST", f"{seen_to}/retry", otto))["result"] == "still kept"
    poisoned.cure()
    assert (await call(url, "POST", f"{seen_to}/retry", otto))["result"] == "taken"
    with pytest.raises(RefusedByServer) as gone:
        await call(url, "POST", f"{seen_to}/retry", otto)
    assert gone.value.code == "not_found"
    of_crm = next(
        each["letter"] for each in found if each["letter"].startswith("crm-logger:") and each["kind"] == "failed"
    )
    with pytest.raises(RefusedByServer) as why:
        await call(url, "POST", f"/v1/ops/letters/{of_crm}/discard", otto, json={"reason": " "})
    assert why.value.code == "bad_request"
    done = await call(url, "POST", f"/v1/ops/letters/{of_crm}/discard", otto, json={"reason": "made by a test"})
    assert done["result"] == "discarded"
    discarded = [each for each in await letters(discarded="true") if each["state"] == "discarded"]
    assert [(each["by"], each["because"]) for each in discarded] == [("otto", "made by a test")]
    ada = (await log_in(url, "ada"))["token"]
    audit = (await call(url, "GET", "/v1/admin/audit", ada))["entries"]
    assert {"letter.retried", "letter.discarded", "texts.revealed"} <= {entry["action"] for entry in audit}

    for process in shop.fleet.of("ops"):
        process.kill()
    await becomes(letters, lambda told: told == "unavailable", 40)
    began = asyncio.get_running_loop().time()
    assert await becomes(letters, lambda told: told == "unavailable") == "unavailable"
    assert asyncio.get_running_loop().time() - began < 2, "at once"
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{url}/readyz")).status_code == 200
    other = await Visitor(url).connect()
    await other.start(token="demo-sales", text="and I?")
    await other.say("yes")
    await shop.start("ops")
    await becomes(letters, lambda told: told == [])
    told = await becomes(
        lambda: call(url, "GET", "/v1/ops/events", otto, params={"chat": other.chat}),
        lambda page: page != "unavailable" and len(page["events"]) >= 3,
    )
    assert {event["type"] for event in told["events"]} >= {"Requested", "ItemQueued", "MessagePosted"}
    for client in (lost, other):
        await client.close()
