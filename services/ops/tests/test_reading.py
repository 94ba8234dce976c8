"""Tools that change nothing write nothing: no folder, no schema, no table, no function; and say so where there is nothing to read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from parley_chassis.store import Commit, StoreDown, open_existing, open_store
from parley_crm_logger.store import open_crm, open_existing_crm
from parley_ops.cli import main
from parley_session.domain.events import VisitorLost
from parley_session.handlers import Session

READERS = (
    ("events",),
    ("chat", "c1"),
    ("floor",),
    ("why", "c1"),
    ("letters", "list"),
    ("streams",),
    ("verify", "decisions"),
    ("whatif",),
)
OTHERS = (("restored",), ("resay", "session", "--from", "0"), ("rebuild", "crm"), ("letters", "retry", "--all"))
"""They write, and still make no installation where there is none."""


@pytest.mark.parametrize("command", [*READERS, *OTHERS], ids=" ".join)
def test_a_mistyped_folder_is_told_and_not_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, command, env={"PARLEY_DATA": str(tmp_path / "mistyped")})
    assert told.exit_code == 1, told.output
    assert "mistyped" in told.output
    assert "PARLEY_DATA" in told.output
    assert list(tmp_path.iterdir()) == []


def made(url: str) -> None:
    """An installation with one chat, as the services leave it."""
    for service in ("session", "router", "gateway"):
        with closing(open_store(url, service)) as store:
            if service == "session":
                store.commit(Commit(events=[Session.journal.stored("demo/c1", 1, VisitorLost(at=1))]))
    open_crm(url).close()


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_folder_that_is_read_stays_as_it_is(tmp_path: Path, command: tuple[str, ...]) -> None:
    made(f"sqlite:{tmp_path}")

    def content() -> dict[str, list[str]]:
        found = {}
        for file in sorted(tmp_path.glob("*.db")):
            with closing(sqlite3.connect(file)) as database:
                found[file.name] = list(database.iterdump())
        return found

    before = content()
    told = CliRunner().invoke(main, command, env={"PARLEY_DATA": str(tmp_path)})
    assert told.exit_code in (0, 3), told.output
    assert content() == before


def test_what_is_open_for_reading_cannot_be_written(tmp_path: Path) -> None:
    made(f"sqlite:{tmp_path}")
    with closing(open_existing(f"sqlite:{tmp_path}", "session")) as store, pytest.raises(StoreDown, match="readonly"):
        store.commit(Commit(events=[Session.journal.stored("demo/c1", 2, VisitorLost(at=2))]))
    with closing(open_existing_crm(f"sqlite:{tmp_path}")) as crm, pytest.raises(StoreDown, match="readonly"):
        crm.create_generation()


def catalogue(url: str) -> list[tuple[object, ...]]:
    """All that can be made in a database; a function that was put in again has another row."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT 'relation', oid::text, relname::text FROM pg_class UNION ALL SELECT 'schema', oid::text, nspname::text "
            "FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' UNION ALL "
            "SELECT 'function', xmin::text, proname::text FROM pg_proc ORDER BY 1, 2, 3"
        ).fetchall()


@pytest.mark.servers
def test_a_database_without_an_installation_is_told_and_stays_empty(database_url: str) -> None:
    before = catalogue(database_url)
    for command in (*READERS, *OTHERS):
        told = CliRunner().invoke(main, command, env={"PARLEY_DATABASE_URL": database_url})
        assert told.exit_code == 1, (command, told.output)
        assert "holds nothing" in told.output
    assert catalogue(database_url) == before


@pytest.mark.servers
def test_a_database_that_is_read_stays_as_it_is(database_url: str) -> None:
    made(database_url)
    before = catalogue(database_url)
    for command in READERS:
        told = CliRunner().invoke(main, command, env={"PARLEY_DATABASE_URL": database_url})
        assert told.exit_code in (0, 3), (command, told.output, told.exception)
    assert catalogue(database_url) == before
    with closing(open_existing(database_url, "session")) as store, pytest.raises(Exception, match="read-only"):
        store.commit(Commit(events=[Session.journal.stored("demo/c1", 2, VisitorLost(at=2))]))
