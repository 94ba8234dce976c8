"""Each command that a runbook of the operators' tools has in a block is carried out, on an installation that has what it is about."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest
from fleet import Fleet
from parley_chassis.clock import system_clock
from parley_chassis.letters import Letter
from parley_chassis.store import open_store
from protocol import RefusedByServer, Visitor, call, log_in
from running import ROOT, foreign_environment
from servers import PrivatePostgreSQL, PrivateRabbitMQ
from shop import Shop

RUNBOOKS = ROOT / "docs" / "runbooks"
INSTALLATION = RUNBOOKS / "installation.md"
NOT_HERE = {
    "faults.md": "tests/faults",
    "licence.md": "services/ops/tests/test_licence.py",
    "operators.md": "test_operators.py",
    "installation.md": "test_from_nothing_to_services_with_rights_of_their_own, below",
}
"""Runbooks whose commands other tests run."""


PROGRAMS = ("parley", "make", "pg_dump", "pg_restore", "createdb", "psql", "rabbitmqctl")


def commands(runbook: Path) -> list[list[str]]:
    """The commands of a runbook's blocks, without what is said beside them."""
    found = []
    for block in re.findall(r"^```\w*\n(.*?)^```", runbook.read_text(), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            command = re.split(r"\s{2,}", line.strip())[0]
            if command.partition(" ")[0] in PROGRAMS:
                found.append(shlex.split(command))
    return found


class Office:
    """An installation with a chat, a letter, and somebody who does what the runbook says."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.folder = shop, folder
        head, _, name = shop.database_url.rpartition("/")
        self.restored = f"{name}_restored"
        self.restored_url = f"{head}/{self.restored}"

    def letter(self) -> str:
        """One more letter at the session; its name."""
        store = open_store(self.shop.database_url, "session")
        about: dict[str, Any] = {"stream": "demo/c1", "partition": 0, "inbox": "session.chats.0", "kind": "failed"}
        place: dict[str, Any] = {"holds": False, "type": "dance", "tenant": "demo", "trace": None, "source": ""}
        rest: dict[str, Any] = {
            "position": 0,
            "reason": "made by a test",
            "tries": 5,
            "first_at": system_clock(),
            "last_at": 0,
        }
        before = {letter.number for letter in store.letters.page()}
        name = f"made by a test {len(before)}"
        store.letters.keep([Letter(identity=name, **about, **place, **rest, body=b'[{"type":"dance"}]')])
        (number,) = {letter.number for letter in store.letters.page()} - before
        store.close()
        return f"session:{number}"

    def carry_out(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        program, *arguments = command
        env = {**foreign_environment(), "PARLEY_DATABASE_URL": self.shop.database_url, "PARLEY_DATA": str(self.folder)}
        place = {
            "$PARLEY_DATABASE_URL": self.shop.database_url,
            "$RESTORED_URL": self.restored_url,
            "parley_restored": self.restored,
        }
        for name, value in place.items():
            arguments = [each.replace(name, value) for each in arguments]
        arguments = [self.letter() if each == "session:12" else each for each in arguments]
        head = [sys.executable, "-m", "parley_ops"] if program == "parley" else [str(shutil.which(program))]
        return subprocess.run(
            [*head, *arguments], env=env, cwd=self.folder, capture_output=True, text=True, timeout=120
        )


NEEDS_STILLNESS = ("restored", "resay", "createdb", "pg_restore")
MAY_SAY = {"letters": (0, 3, 4), "streams": (0, 4)}
"""Beside 0: nothing found, and different, which is what these tell."""


@pytest.fixture
def office(tmp_path: Path, own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL]) -> Iterator[Office]:
    shop = Shop(tmp_path, *own_servers)
    yield Office(shop, tmp_path)
    shop.fleet.stop()


def test_every_runbook_with_commands_is_carried_out_somewhere() -> None:
    assert {path.name for path in RUNBOOKS.glob("*.md") if commands(path)} - set(NOT_HERE) == {
        "backup.md",
        "crm.md",
        "letters.md",
        "out-of-step.md",
        "upgrade.md",
    }


@pytest.mark.slow
async def test_R34_what_the_runbooks_say_can_be_done(office: Office) -> None:
    shop = office.shop
    await shop.start("router", "session", "crm-logger", "gateway")
    chats = await shop.chats(3)
    await shop.until_whole(chats)
    still, running = list[list[str]](), list[list[str]]()
    for path in sorted(RUNBOOKS.glob("*.md")):
        if path.name not in NOT_HERE:
            for command in commands(path):
                (still if any(word in command for word in NEEDS_STILLNESS) else running).append(command)
    assert len(running) > 10
    for command in running:
        assert shutil.which(command[0]) or command[0] == "parley", f"{command[0]} is not installed"
        done = await asyncio.to_thread(office.carry_out, command)
        assert done.returncode in MAY_SAY.get(command[1], (0,)), (command, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
    await shop.stop("gateway", "router", "session", "crm-logger")
    for command in sorted(still, key=lambda each: each[0] == "parley"):  # what is restored is then told so
        done = await asyncio.to_thread(office.carry_out, command)
        for _ in range(15):
            if "within the last 10 s" not in done.stderr:
                break
            await asyncio.sleep(1)  # the backup has the leases of processes that ran
            done = await asyncio.to_thread(office.carry_out, command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        if command[0] == "pg_restore":
            shop.move_to(office.restored_url)
    await shop.start("router", "session", "crm-logger", "gateway")
    await shop.until_whole([*chats, *(await shop.chats(2))])
    token = (await log_in(shop.fleet.url, "anna"))["token"]
    assert (await call(shop.fleet.url, "GET", f"/v1/interactions/{chats[0]}", token))["item"] == chats[0]
    visitor = await Visitor(shop.fleet.url).connect()
    await visitor.start(text="is anybody there?")
    await visitor.close()


def settings_in(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


@pytest.mark.slow
async def test_from_nothing_to_services_with_rights_of_their_own(
    tmp_path: Path, own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL]
) -> None:
    """The runbook's commands, in their order: on servers that know of nothing, with a service's own login for each service."""
    rabbit, postgres = own_servers
    folder, name = tmp_path / "parley", "installed"
    head, _, _ = postgres.url.rpartition("/")
    broker = f"amqp://127.0.0.1:{rabbit.port}/{name}"
    env = {**foreign_environment(), "PARLEY_INSTALL_DATABASE_URL": f"{head}/{name}"}

    def carry_out(command: list[str]) -> str:
        program, *arguments = [each.replace("/etc/parley", str(folder)) for each in command]
        if program == "rabbitmqctl":
            rabbit.rabbitmqctl.run(*arguments)
            return ""
        more = ["--json", "--broker", broker] if "install" in arguments else []
        done = subprocess.run(
            [sys.executable, "-m", "parley_ops", *arguments, *more], env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode in MAY_SAY.get(arguments[0], (0,)), (command, done.stdout, done.stderr)
        return done.stdout

    install, definitions, *looks = commands(INSTALLATION)
    told = json.loads(await asyncio.to_thread(carry_out, install))
    await asyncio.to_thread(carry_out, definitions)
    fleet = Fleet(tmp_path / "fleet", "", "")  # with the demonstration beside, for a chat through all of them
    for process in fleet.processes:
        own = settings_in(folder / f"{process.service}.env")
        process._env.update({key: value for key, value in own.items() if key != "PARLEY_PORT"})
    try:
        for process in fleet.processes:
            process.start()
        for process in fleet.processes:
            await asyncio.to_thread(process.wait_ready, 60)
        first = told["first_login"]
        chosen = {"link": first["link"].partition("#link=")[2], "password": "a fair wind over the marsh"}
        await call(fleet.url, "POST", "/v1/links/use", json=chosen)
        login = {"tenant": first["tenant"], "user": first["user"], "password": chosen["password"]}
        token = (await call(fleet.url, "POST", "/v1/login", json=login))["token"]
        queue = {"name": "Support", "distribution": "pick", "agents": []}
        await call(fleet.url, "PUT", "/v1/admin/queues/support", token, json=queue)
        await _a_chat_reaches_the_crm(fleet.url)
        # Each reader sees what the services have just stored.
        env["PARLEY_DATABASE_URL"] = settings_in(folder / "operators.env")["PARLEY_DATABASE_URL"]
        said = [await asyncio.to_thread(carry_out, look) for look in looks]
        assert len(looks) == 3
        assert "UserSet" in said[0]
        assert "Queue" in said[0]
        assert "support" in said[1]
        assert not [line for process in fleet.processes for line in process.tail().splitlines() if "refused" in line]
    finally:
        for process in fleet.processes:
            await asyncio.to_thread(process.stop)
    _reaches_its_own_inboxes_alone(settings_in(folder / "router.env")["PARLEY_BROKER_URL"])


async def _a_chat_reaches_the_crm(url: str) -> None:
    visitor = await Visitor(url).connect()
    await visitor.start(token="demo-sales", text="is anybody there?")
    token = (await log_in(url, "anna"))["token"]
    async with asyncio.timeout(20):
        while True:
            with suppress(RefusedByServer):
                found = await call(url, "GET", f"/v1/interactions/{visitor.chat}", token)
                if found["transcript"]:
                    break
            await asyncio.sleep(0.2)
    await visitor.close()


def _reaches_its_own_inboxes_alone(url: str) -> None:
    for inbox, allowed in (("router.questions", True), ("session.chats.0", False), ("crm-logger.questions", False)):
        connection = pika.BlockingConnection(pika.URLParameters(url))
        channel = connection.channel()
        if allowed:
            channel.basic_get(inbox)
        else:
            with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
                channel.basic_get(inbox)
        connection.close()
