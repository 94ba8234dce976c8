"""R34: what a service cannot take holds its chat alone, and is whole after `parley letters retry`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from protocol import Agent, RefusedByServer, Visitor, call, log_in
from servers import PrivatePostgreSQL, PrivateRabbitMQ
from shop import Shop

pytestmark = pytest.mark.stores

POISONED = str(Path(__file__).parents[1] / "poisoned.py")


class Poisoned:
    """An installation of two processes of each service that decides or records, and what they cannot take."""

    def __init__(self, directory: Path, servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL]) -> None:
        self._file = directory / "poison.jsonl"
        self.cure()
        counts = {**dict.fromkeys(("router", "session", "crm-logger"), 2), "ops": 1}
        env = {"PARLEY_TEST_POISON": str(self._file)}
        self.shop = Shop(directory, *servers, counts=counts, env=env, launcher=(POISONED,))

    def poison(self, **fields: str) -> None:
        self._file.write_text(self._file.read_text() + json.dumps(fields) + "\n")

    def cure(self) -> None:
        self._file.write_text("")

    def letters(self) -> list[dict[str, Any]]:
        listed = self.shop.parley("letters", "list", "--json")
        assert listed.returncode in (0, 3), listed.stderr
        return [json.loads(line) for line in listed.stdout.splitlines()]

    async def kept(self, *expected: tuple[str, str]) -> list[dict[str, Any]]:
        """Waits until these are the letters, by service and kind."""
        letters: list[dict[str, Any]] = []
        for _ in range(100):
            letters = await asyncio.to_thread(self.letters)
            if sorted((one["letter"].partition(":")[0], one["kind"]) for one in letters) == sorted(expected):
                return letters
            await asyncio.sleep(0.3)
        raise AssertionError([(one["letter"], one["kind"], one["type"], one["stream"]) for one in letters])

    async def retry_all(self) -> list[dict[str, Any]]:
        """Two operators at once."""
        with ThreadPoolExecutor(2) as both:
            loop = asyncio.get_running_loop()
            runs = [
                loop.run_in_executor(both, self.shop.parley, "letters", "retry", "--all", "--json") for _ in range(2)
            ]
            told = [await run for run in runs]
        assert {run.returncode for run in told} == {0}, told
        return [json.loads(line) for run in told for line in run.stdout.splitlines()]


@pytest.fixture
async def poisoned(tmp_path: Path, own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL]) -> AsyncIterator[Poisoned]:
    poisoned = Poisoned(tmp_path, own_servers)
    await poisoned.shop.start("router", "session", "crm-logger", "gateway")
    yield poisoned
    await asyncio.to_thread(poisoned.shop.fleet.stop)


@pytest.mark.slow
async def test_R34_poison_at_each_consumer_holds_its_chat_alone_and_after_the_cure_all_is_whole(
    poisoned: Poisoned,
) -> None:
    shop = poisoned.shop
    poisoned.poison(type="chat.requested.v1", name="Poison")
    poisoned.poison(type="chat.message_posted.v1", text="a poisoned line")

    lost = await Visitor(shop.fleet.url).connect()  # the router cannot take its request
    await lost.start(token="demo-sales", name="Poison", text="is anybody there?")
    await lost.say("hello?")
    line = await Visitor(shop.fleet.url).connect()  # the CRM cannot take one of its lines
    await line.start(token="demo-sales", name="Line", text="before")
    await line.say("a poisoned line")
    await line.say("after")
    stuck = await Visitor(shop.fleet.url).connect()  # the session cannot be told that an agent has it
    await stuck.start(name="Stuck", text="help")
    poisoned.poison(type="work.assigned.v1", item=stuck.chat)

    anna = await Agent.log_in(shop.fleet.url, "anna")
    await anna.until(lambda: {line.chat, stuck.chat} <= set(anna.waiting))
    await anna.ask("pick", item=stuck.chat)
    await anna.owns(stuck.chat)
    crm = [("crm-logger", kind) for kind in ("failed", "behind", "behind", "failed", "behind")]
    await poisoned.kept(("router", "failed"), ("session", "failed"), *crm)

    with pytest.raises(RefusedByServer) as refused:
        await anna.ask("message", item=stuck.chat, text="hello")
    assert refused.value.code == "unavailable", "not `not_yours`, which is not so"
    others = await shop.chats(30)
    await shop.until_whole([*others, line.chat])
    token = (await log_in(shop.fleet.url, "anna"))["token"]
    assert lost.chat not in anna.waiting
    shown = await call(shop.fleet.url, "GET", f"/v1/interactions/{line.chat}", token)
    assert [entry["text"] for entry in shown["transcript"] if entry.get("text")] == ["before"]

    letters = await asyncio.to_thread(poisoned.letters)
    assert {one["tries"] for one in letters if one["kind"] == "failed"} == {5}
    failed = shop.parley("letters", "retry", "--all", "--json")
    assert failed.returncode == 4, failed.stderr
    assert {json.loads(text)["result"] for text in failed.stdout.splitlines()} == {"still kept"}

    poisoned.cure()
    results = await poisoned.retry_all()
    assert {one["result"] for one in results} == {"taken"}, results
    await poisoned.kept()
    await shop.until_whole([lost.chat, line.chat, *others])
    await anna.ask("message", item=stuck.chat, text="hello")
    await stuck.until(lambda: ("agent", "hello") in stuck.said())
    shown = await call(shop.fleet.url, "GET", f"/v1/interactions/{line.chat}", token)
    assert [entry["text"] for entry in shown["transcript"] if entry.get("text")] == [
        "before",
        "a poisoned line",
        "after",
    ]
    await shop.in_the_crm([stuck.chat], token)
    rebuilt = await asyncio.to_thread(shop.parley, "rebuild", "crm", "--json")
    assert json.loads(rebuilt.stdout)["different"] == 0, rebuilt.stdout
    for client in (lost, line, stuck, anna):
        await client.close()


@pytest.mark.slow
async def test_R34_a_letter_outlives_every_process_and_is_discarded_only_with_a_reason(poisoned: Poisoned) -> None:
    shop = poisoned.shop
    poisoned.poison(type="chat.requested.v1", name="Poison")
    visitor = await Visitor(shop.fleet.url).connect()
    await visitor.start(token="demo-sales", name="Poison", text="is anybody there?")
    letters = await poisoned.kept(("router", "failed"), ("crm-logger", "failed"), ("crm-logger", "behind"))
    letter = next(one for one in letters if one["letter"].startswith("router"))
    assert (letter["type"], letter["stream"]) == ("chat.requested.v1", f"demo/{visitor.chat}")
    assert letter["trace"]
    assert "cannot be digested" in letter["reason"]
    for process in shop.fleet.of("router"):
        process.kill()
    waits = await asyncio.to_thread(shop.parley, "letters", "retry", letter["letter"], "--json")
    assert (waits.returncode, json.loads(waits.stdout)["result"]) == (4, "waits")
    await shop.start("router")
    async with asyncio.timeout(30):
        while {one["state"] for one in await asyncio.to_thread(poisoned.letters)} != {"kept"}:
            await asyncio.sleep(0.3)
    assert shop.parley("letters", "discard", letter["letter"]).returncode == 2
    told = shop.parley("letters", "discard", letter["letter"], "--because", "made by a test", "--by", "ada")
    assert told.returncode == 0, told.stderr
    await poisoned.kept(("crm-logger", "failed"), ("crm-logger", "behind"))
    (gone,) = [
        json.loads(line)
        for line in shop.parley("letters", "list", "--service", "router", "--discarded", "--json").stdout.splitlines()
    ]
    assert (gone["by"], gone["because"], gone["state"]) == ("ada", "made by a test", "discarded")
    assert shop.parley("letters", "retry", letter["letter"]).returncode == 1
    assert shop.parley("letters", "retry").returncode == 2
    await visitor.close()
