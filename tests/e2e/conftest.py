"""The whole product for a module's tests, in one process: on RabbitMQ and PostgreSQL where they are found, else on SQLite; on both for
what differs by store (`stores`)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from running import ROOT, Demo
from servers import Servers


@dataclass
class Product:
    """Where the product answers, and where its logs are."""

    url: str
    store_url: str
    demo: Demo
    broker_url: str | None = None


@pytest.fixture(scope="module")
def product(request: pytest.FixtureRequest) -> Iterator[Product]:
    """One for the module, started anew."""
    with ExitStack() as used:
        env = dict(getattr(request.module, "ENVIRONMENT", {}))
        if request.param == "servers":
            servers: Servers = request.getfixturevalue("servers")
            env |= used.enter_context(servers.room())
        make: Callable[..., Demo] = request.getfixturevalue("demo_process")
        demo = make(env)
        used.callback(demo.stop)
        store_url = env.get("PARLEY_DATABASE_URL", f"sqlite:{demo.data}")
        yield Product(demo.url, store_url, demo, env.get("PARLEY_BROKER_URL"))


Dialogue = list[tuple[str, str]]


def _made_up() -> list[Dialogue]:
    """Stand-ins where the real dialogues are not at hand: as long, in words that are not."""
    words = ["Größe", "Ärger?", "naïve", "שלום", "مرحبا", "👍🏽", "order 7", "…", "<b>not bold</b>", "a\nb", "'; --"]
    return [
        [
            ("visitor" if turn % 2 == 0 else "agent", f"{words[(number + turn) % len(words)]} {number}.{turn}")
            for turn in range(6 + number % 9)
        ]
        for number in range(200)
    ]


@pytest.fixture(scope="session")
def dialogues() -> list[Dialogue]:
    """Real service dialogues (PARLEY_DIALOGUES, or beside the checkout), else made-up ones."""
    path = Path(os.environ.get("PARLEY_DIALOGUES", ROOT.parent / "shared" / "data" / "dialogues.jsonl"))
    if not path.exists():
        return _made_up()
    lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    return [[(who, text) for who, text in line["turns"]] for line in lines]
