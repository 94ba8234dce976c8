"""R34: operators' tools on a log that a newer version has written to: they show what they know, and end in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from eventsourcing.persistence import StoredEvent
from parley_chassis.store import Commit, open_store
from parley_crm_logger.store import open_crm
from parley_ops.cli import main
from parley_router.domain import events as f
from parley_router.handlers import Router
from parley_session.domain import events as e
from parley_session.handlers import Session

CHAT = "demo/c1"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path))
    monkeypatch.delenv("PARLEY_DATABASE_URL", raising=False)
    url = f"sqlite:{tmp_path}"
    session, router = open_store(url, "session"), open_store(url, "router")
    requested = e.Requested(at=1_000, service="s", queue="sales", priority=50, absence_ms=60_000)
    newer = StoredEvent(CHAT, 2, "MessageEdited.1", b'{"at":2000,"seq":1,"text":"as it should have been"}')
    session.commit(Commit(events=[Session.journal.stored(CHAT, 1, requested), newer]))
    queued = f.ItemQueued(at=1_000, item="c1", kind="chat", queue="sales", priority=50)
    escalated = StoredEvent("demo", 2, "ItemEscalated.1", b'{"at":2000,"item":"c1","kind":"chat","queue":"sales"}')
    router.commit(Commit(events=[Router.journal.stored("demo", 1, queued), escalated]))
    session.close()
    router.close()
    open_crm(url).close()
    return tmp_path


def parley(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_events_of_a_newer_version_are_listed_as_they_stand_in_the_log(data: Path) -> None:
    shown = [json.loads(line) for line in parley("events", "--chat", "c1", "--json").stdout.splitlines()]
    assert {event["type"] for event in shown[:2]} == {"Requested", "ItemQueued"}
    assert {event["type"] for event in shown[2:]} == {"MessageEdited.1", "ItemEscalated.1"}
    assert "as it should have been" in [event.get("text") for event in shown]
    assert parley("events", "--type", "escalated").exit_code == 0


@pytest.mark.parametrize("command", [("chat", "c1"), ("floor",), ("rebuild", "crm")])
def test_what_needs_all_events_ends_in_a_sentence(data: Path, command: tuple[str, ...]) -> None:
    result = parley(*command)
    assert result.exit_code == 1
    assert "a newer version has written it" in result.output


def test_what_was_before_is_shown_all_the_same(data: Path) -> None:
    before = ("--at", "1970-01-01T00:00:01.500Z", "--json")
    assert json.loads(parley("chat", "c1", *before).stdout)["stage"] == "waiting"
    assert [item["item"] for item in json.loads(parley("floor", *before).stdout)["items"]] == ["c1"]


def test_why_tells_what_it_knows(data: Path) -> None:
    told = parley("why", "c1").stdout
    assert "enters the queue sales" in told
    assert "ItemEscalated.1" in told
