"""`parley` on the command line, as a newcomer and as an operator use it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from parley_chassis.bus import Delivery, Inbox, open_bus
from parley_contracts.shapes import Said
from parley_contracts.topology import EVENT_STREAM
from parley_contracts.wire import unpack
from protocol import Agent, Visitor
from raw_events import of_chat, raw_log

from .conftest import Product


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command, with nothing of this process's settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return subprocess.run(
        [sys.executable, "-m", "parley_ops", *arguments],
        capture_output=True,
        text=True,
        env={**clean, **env},
        timeout=60,
    )


OTHERS = (["demo"], ["chat"], ["floor"], ["rebuild"], ["docs"])


@pytest.mark.parametrize(
    "command",
    [["events"], *(pytest.param(other, marks=pytest.mark.slow) for other in ([], *OTHERS, ["rebuild", "crm"]))],
    ids=" ".join,
)
def test_help_teaches(command: list[str]) -> None:
    told = run(*command, "--help")
    assert told.returncode == 0
    assert len(told.stdout) > 200


@pytest.mark.parametrize(
    ("arguments", "env", "says"),
    [
        (["demo"], {"PARLEY_HOST": "0.0.0.0"}, "its passwords are public"),
        pytest.param(["demo"], {"PARLEY_HOST": "192.0.2.1"}, "its passwords are public", marks=pytest.mark.slow),
        pytest.param(["events"], {"PARLEY_DATABASE_URL": "mysql://x"}, "no store is known", marks=pytest.mark.slow),
        pytest.param(
            ["events"],
            {"PARLEY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
            "refused",
            marks=pytest.mark.slow,
        ),
        (["events", "--from", "yesterday"], {}, "is no time such as"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_R31_what_is_not_possible_is_one_sentence(
    arguments: list[str], env: dict[str, str], says: str, tmp_path: Path
) -> None:
    told = run(*arguments, PARLEY_DATA=str(tmp_path), **env)
    assert told.returncode in (1, 2)
    assert says in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.slow
def test_a_second_demonstration_on_the_same_port_or_data_is_refused(product: Product) -> None:
    data = str(product.demo.data)
    told = run("demo", PARLEY_PORT=str(product.demo.port), PARLEY_DATA=data)
    assert (told.returncode, "set PARLEY_PORT" in told.stderr) == (1, True)
    told = run("demo", PARLEY_PORT="0", PARLEY_DATA=data)
    assert (told.returncode, "set PARLEY_DATA" in told.stderr) == (1, True)


@pytest.mark.slow
def test_reset_forgets_what_was_stored(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "session.db").write_text("x")
    assert run("demo", "--reset", PARLEY_DATA=str(data)).returncode == 0
    assert not data.exists()
    assert run("demo", "--reset", PARLEY_DATA=str(data)).returncode == 0


@pytest.mark.slow
async def test_R29_operators_follow_what_happens(product: Product) -> None:
    following = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "parley_ops",
            "events",
            "--follow",
            "--type",
            "MessagePosted",
            "--limit",
            "2",
            "--json",
        ),
        env={**os.environ, "PARLEY_DATABASE_URL": product.store_url},
        stdout=asyncio.subprocess.PIPE,
    )
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales")
        number = 0
        while following.returncode is None and number < 200:
            await visitor.say(f"message {number}")
            number += 1
            await asyncio.sleep(0.1)
        await visitor.ask("end")
    assert following.stdout is not None
    told = [json.loads(line) for line in (await following.stdout.read()).splitlines()]
    assert [event["item"] for event in told] == [visitor.chat] * 2
    first, second = (int(event["text"].partition(" ")[2]) for event in told)
    assert second == first + 1


@pytest.mark.slow
async def test_R29_the_event_stream_holds_what_was_said(product: Product) -> None:
    if product.broker_url is None:
        pytest.skip("without a broker nobody reads the stream: the logs are followed")
    anna = await Agent.log_in(product.url, "anna")
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text="hello")
        await anna.ask("pick", item=visitor.chat)
        await anna.ask("message", item=visitor.chat, text="hello to you")
        await anna.ask("end", item=visitor.chat)
        await anna.ask("complete", item=visitor.chat)
        await anna.ask("logout")
    said: list[Said] = []
    closed = asyncio.Event()

    async def read(delivery: Delivery) -> None:
        said.extend(message for message in unpack(delivery.body) if isinstance(message, Said))
        await delivery.ack()
        if any(m.type == "chat.closed.v1" and m.chat == visitor.chat for m in said):  # type: ignore[attr-defined]
            closed.set()

    bus = open_bus(product.broker_url)
    await bus.start()
    await bus.consume(Inbox(EVENT_STREAM, "stream"), read)
    async with asyncio.timeout(60):
        await closed.wait()
    await bus.stop()
    of_this = [message for message in said if getattr(message, "chat", None) == visitor.chat]
    log = of_chat(raw_log(product.store_url, "session"), visitor.chat)
    assert [message.n for message in of_this] == [event["n"] for event in log]  # type: ignore[attr-defined]
    assert [message.at for message in of_this] == [event["at"] for event in log]
    assert all(message.traceparent for message in of_this if message.command_key), "each belongs to a trace"
    assert {"work.assigned.v1", "agent.logged_in.v1", "queue.configured.v1"} <= {message.type for message in said}
