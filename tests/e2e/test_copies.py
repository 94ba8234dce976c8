"""R29: an installation goes into a file and out of it again, and what runs there goes on where it was."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from protocol import Agent, Visitor, call, interaction, log_in
from running import Demo, foreign_environment

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def parley(env: dict[str, str], *arguments: str, status: int = 0) -> str:
    command = [sys.executable, "-m", "parley_ops", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, env=foreign_environment() | env)
    assert ran.returncode == status, ran.stderr
    return ran.stdout


def floor(env: dict[str, str]) -> dict[str, Any]:
    """Queues and items; agents have gone meanwhile, as their desks are closed."""
    shown: dict[str, Any] = json.loads(parley(env, "floor", "--json"))
    return {name: shown[name] for name in ("queues", "items")}


async def test_R29_R30_from_sqlite_to_postgresql_services_go_on_where_they_were(
    demo_process: Callable[..., Demo], servers: Any, tmp_path: Path
) -> None:
    before = demo_process()
    anna = await Agent.log_in(before.url, "anna")
    await anna.ask("ready")
    async with Visitor(before.url) as done:
        await done.start(text="first")
        await anna.owns(done.chat, activity="active")
        await anna.ask("message", item=done.chat, text="Good day")
        await anna.ask("end", item=done.chat)
        await anna.ask("complete", item=done.chat)
    token = (await log_in(before.url, "ada"))["token"]
    kim = (await call(before.url, "POST", "/v1/contacts", token, json={"name": "Kim"}))["contact"]
    open_one = Visitor(before.url)
    await open_one.connect()
    await open_one.start(text="second")
    await anna.owns(open_one.chat, activity="active")
    record = await interaction(before.url, done.chat, anna.token)
    await anna.close()
    await open_one.close()
    before.stop()

    copy = str(tmp_path / "all.jsonl.gz")
    old = {"PARLEY_DATA": str(before.data)}
    parley(old, "export", "--to", copy, "--with-logins")
    with servers.room() as room:
        new = {"PARLEY_DATABASE_URL": room["PARLEY_DATABASE_URL"]}
        parley(new, "import", copy)
        assert floor(new) == floor(old)
        assert "equal to the live one" in parley(new, "rebuild", "crm")
        after = demo_process(room, before.data)  # where its secret is
        anna = await Agent.log_in(after.url, "anna")
        assert await interaction(after.url, done.chat, anna.token) == record
        found = await call(after.url, "GET", f"/v1/contacts/{kim}", anna.token)
        assert found["name"] == "Kim"
        open_one.url = after.url
        async with open_one:
            await open_one.resume(after=0)
            await open_one.say("still there?")
            await anna.ask("ready")
            await anna.owns(open_one.chat, activity="active")
            await anna.ask("message", item=open_one.chat, text="Yes")
            await open_one.until(lambda: ("agent", "Yes") in open_one.said())
            await anna.ask("end", item=open_one.chat)
            await anna.ask("complete", item=open_one.chat)
            await anna.lost(open_one.chat)
        after.stop()
        parley(new, "letters", "list", status=3)  # there are none
        assert "equal to the live one" in parley(new, "rebuild", "crm")
