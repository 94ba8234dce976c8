"""`parley audit`: what the gateways keep of who read what, for an operator who may only read."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from parley_chassis.store import open_store
from parley_gateway.domain.audit import Entry
from parley_gateway.tenants.audit import MADE_BY, Audit
from parley_gateway.tenants.tables import Tables
from parley_ops.cli import main


@pytest.fixture(params=["sqlite", pytest.param("servers", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "servers":
        url = str(request.getfixturevalue("database_url"))
        monkeypatch.setenv("PARLEY_DATABASE_URL", url)
        monkeypatch.delenv("PARLEY_DATA", raising=False)
        return url
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path))
    monkeypatch.delenv("PARLEY_DATABASE_URL", raising=False)
    return f"sqlite:{tmp_path}"


def entry(at: int, **fields: Any) -> Entry:
    usual = {
        "tenant": "demo",
        "user": "otto",
        "role": "ops",
        "login": "l",
        "address": "192.0.2.1",
        "action": "transcript.read",
    }
    return Entry(
        **{"entry": "", "at": at, "about": "GET /v1/interactions/c1", "outcome": "ok", "reason": "", **usual, **fields}
    )


@pytest.fixture
def kept(url: str) -> None:
    open_store(url, "gateway").close()
    with closing(Tables(url, MADE_BY)) as tables:
        log = Audit(tables)

        async def keep() -> None:
            await log.keep(entry(1_000, reason="complaint 4711"))
            await log.keep(entry(2_000, user="ada", role="admin", action="contacts.exported"))
            for _ in range(3):
                log.note(entry(3_000, tenant="", user="x", role="", login="", action="login", outcome="401"))
            await log.flush()

        asyncio.run(keep())


def parley(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["audit", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.usefixtures("kept")
def test_it_is_shown_newest_first_as_text_and_as_json_lines() -> None:
    lines = parley().stdout.splitlines()
    assert [line[:20] for line in lines] == ["1970-01-01T00:00:03.", "1970-01-01T00:00:02.", "1970-01-01T00:00:01."]
    assert "-/x from 192.0.2.1: login 401 3 times" in lines[0]
    assert "demo/otto (ops) from 192.0.2.1: transcript.read ok" in lines[2]
    assert lines[2].endswith("because 'complaint 4711'")
    shown = [json.loads(line) for line in parley("--json").stdout.splitlines()]
    assert [(each["user"], each["times"], each["reason"]) for each in shown] == [
        ("x", 3, ""),
        ("ada", 1, ""),
        ("otto", 1, "complaint 4711"),
    ]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("options", "users"),
    [
        (("--tenant", "demo"), ["ada", "otto"]),
        (("--user", "otto"), ["otto"]),
        (("--action", "login"), ["x"]),
        (("--from", "1970-01-01T00:00:02Z"), ["x", "ada"]),
        (("--until", "1970-01-01T00:00:02Z"), ["ada", "otto"]),
        (("--limit", "1"), ["x"]),
    ],
)
def test_it_can_be_narrowed(options: tuple[str, ...], users: list[str]) -> None:
    assert [json.loads(line)["user"] for line in parley("--json", *options).stdout.splitlines()] == users


@pytest.mark.usefixtures("kept")
def test_of_many_pages_each_entry_comes_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley_ops.cli_audit.PAGE", 2)
    assert len({line for line in parley("--json").stdout.splitlines()}) == 3
    assert len(parley("--json", "--limit", "2").stdout.splitlines()) == 2


@pytest.mark.usefixtures("kept")
def test_nothing_found_and_nothing_there_are_told() -> None:
    assert parley("--user", "nobody").exit_code == 3
    assert parley("--from", "yesterday").exit_code == 2


def test_where_nothing_is_stored_it_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path))
    monkeypatch.delenv("PARLEY_DATABASE_URL", raising=False)
    assert parley().exit_code == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.servers
def test_a_reader_writes_nothing(database_url: str) -> None:
    with closing(Tables(database_url, MADE_BY)) as tables:
        asyncio.run(Audit(tables).keep(entry(1)))
    with closing(Tables(database_url, reading=True)) as tables, pytest.raises(Exception, match="read-only") as refused:
        asyncio.run(Audit(tables).keep(entry(2)))
    assert isinstance(refused.value.__cause__, psycopg.errors.ReadOnlySqlTransaction)
