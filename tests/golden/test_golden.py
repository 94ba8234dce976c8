"""R29: whatever a version has stored, every later one reads, and comes to the same states, sayings and tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from parley_chassis.journal import UnknownEvent
from parley_chassis.metrics import SNAPSHOTS_DISCARDED
from parley_chassis.store import Logged
from parley_chassis.streams import fold_streams, snapshot_topic
from parley_crm_logger.store.schema import PROJECTION
from parley_router.domain.floor import Floor
from parley_router.handlers import Router

from golden.__main__ import main, record
from golden.logs import (
    EXPECTED,
    HERE,
    SAYS,
    SERVICES,
    SNAPSHOTS,
    as_known_then,
    as_store,
    crm_tables,
    floor_facts,
    hash_of,
    read,
    states,
    told,
)

FOLDERS = sorted(path.parent for path in HERE.glob(f"*/{EXPECTED}"))
Logs = dict[str, list[Logged]]
versions = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)


def logs_of(folder: Path) -> Logs:
    return {name: read(folder / f"{name}.jsonl") for name in SERVICES}


def expected_of(folder: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((folder / EXPECTED).read_text())
    return expected


def check_states(folder: Path) -> None:
    """Stream by stream, each of the same facts as when the log was recorded."""
    logs, expected = logs_of(folder), expected_of(folder)["states"]
    for name, service in SERVICES.items():
        folded = states(service, logs[name])
        assert set(folded) == set(expected[name])
        for stream, then in expected[name].items():
            now = as_known_then(folded[stream], then["facts"])
            assert now == then["facts"], f"{name}: {stream}"
            assert hash_of(now) == then["hash"], f"{name}: {stream}"


def check_says(folder: Path) -> None:
    """Event by event, the same messages to the same inboxes; a new field of a message is no difference."""
    now = told(logs_of(folder))
    then = [json.loads(line) for line in (folder / SAYS).read_text().splitlines()]
    assert len(now) == len(then)
    for one, other in zip(now, then, strict=True):
        known = {name: value for name, value in one["message"].items() if name in other["message"]}
        assert {**one, "message": known} == other


def check_crm(folder: Path) -> None:
    """The CRM's tables, where they were recorded by the projection that there is now."""
    now, then = crm_tables(logs_of(folder)), expected_of(folder)["crm"]
    if now["projection"] == then["projection"]:
        assert now["tables"] == then["tables"], "the same events come to other rows: raise VERSION in projection.py"


def check_snapshots(folder: Path) -> None:
    """A floor comes from its snapshot and what is behind it to the same as from its whole log, whether the snapshot fits or not."""
    rows, kept = read(folder / "router.jsonl"), read(folder / SNAPSHOTS)
    for snapshot in kept:
        stream, version = snapshot.originator_id, snapshot.originator_version
        whole = floor_facts(fold_streams(as_store(rows), Router(), [stream])[stream].state)
        before = SNAPSHOTS_DISCARDED.labels("router")._value.get()
        live = fold_streams(as_store(rows, [snapshot]), Router(), [stream])[stream]
        assert floor_facts(live.state) == whole
        fits = snapshot.topic == snapshot_topic(Router())
        assert live.snapshot_version == (version if fits else 0)
        assert SNAPSHOTS_DISCARDED.labels("router")._value.get() == before + (not fits)
        if fits:
            until = as_store([row for row in rows if row.originator_version <= version])
            then = floor_facts(fold_streams(until, Router(), [stream])[stream].state)
            assert floor_facts(Floor.thaw(stream, snapshot.state)) == then


CHECKS: list[Callable[[Path], None]] = [check_states, check_says, check_crm, check_snapshots]


@versions
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_R29_what_a_version_has_stored_is_read_for_ever(folder: Path, check: Callable[[Path], None]) -> None:
    check(folder)


@pytest.mark.parametrize("name", SERVICES)
def test_R29_each_event_of_each_service_is_in_a_golden_log(name: str) -> None:
    """In its present version. Where one is missing: `tests/golden/life.py` lets it happen, `make golden` records it."""
    topics = {row.topic for folder in FOLDERS for row in logs_of(folder)[name]}
    lacking = {f"{kind.__name__}.{getattr(kind, 'VERSION', 1)}" for kind in SERVICES[name].events} - topics
    assert not lacking


def test_R29_the_tables_of_the_present_projection_are_in_a_golden_log() -> None:
    """After VERSION was raised or a column has come, `make golden` records what they are now."""
    assert PROJECTION in {expected_of(folder)["crm"]["projection"] for folder in FOLDERS}


def test_the_positions_of_a_log_are_those_that_a_store_gives() -> None:
    for folder in FOLDERS:
        for rows in logs_of(folder).values():
            assert [row.id for row in rows] == list(range(1, len(rows) + 1))
            assert [row.id for row in as_store(rows).log(0, 10_000)] == [row.id for row in rows]


# --- recording --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A golden log of the program as it is."""
    folder = tmp_path_factory.mktemp("golden") / "now"
    record(folder)
    return folder


def test_recorded_again_it_is_the_same_to_the_byte(recorded: Path, tmp_path: Path) -> None:
    record(tmp_path / "again")
    for path in sorted(recorded.iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_what_is_recorded_now_has_everything_that_can_happen(recorded: Path) -> None:
    for name, service in SERVICES.items():
        happened = {row.topic.rpartition(".")[0] for row in read(recorded / f"{name}.jsonl")}
        assert happened == {kind.__name__ for kind in service.events}, name
    assert len(read(recorded / SNAPSHOTS)) > 1
    for check in CHECKS:
        check(recorded)


def test_a_golden_log_is_never_written_over(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in recorded.iterdir()}
    assert main(["--to", str(recorded.parent), "--as", recorded.name]) == 1
    assert "never changed" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in recorded.iterdir()} == before


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


TAMPERED = [
    ("session.jsonl", "Good day", "Bad day", check_says),
    ("session.jsonl", '\\"who\\":\\"visitor\\"', '\\"who\\":\\"agent\\"', check_states),
    ("router.jsonl", '\\"extension_ms\\":60000', '\\"extension_ms\\":61000', check_states),
    ("router.jsonl", "QueueRemoved.1", "CommandSeen.1", check_states),
    ("gateway.jsonl", "UserRemoved.1", "UserRemoved.2", check_states),
    ("crm-logger.jsonl", "friendly", "friendlier", check_states),
    ("crm-logger.jsonl", "Weiss, Kim", "Weiss, Kin", check_crm),
    ("snapshots.jsonl", '\\"chats_per_agent\\":2', '\\"chats_per_agent\\":3', check_snapshots),
    ("snapshots.jsonl", '\\"touches\\":', '\\"touches\\":9', check_snapshots),
]


@pytest.mark.parametrize(("file", "old", "new", "check"), TAMPERED, ids=range(len(TAMPERED)))
def test_each_check_finds_what_is_not_the_same(
    recorded: Path, tmp_path: Path, file: str, old: str, new: str, check: Callable[[Path], None]
) -> None:
    folder = tmp_path / "tampered"
    shutil.copytree(recorded, folder)
    changed(folder / file, old, new)
    with pytest.raises((AssertionError, UnknownEvent)):
        check(folder)


def test_a_new_field_is_no_difference_and_everything_else_is() -> None:
    then = {"a": 1, "b": [{"c": 2}]}
    assert as_known_then({"a": 1, "b": [{"c": 2, "new": 3}], "more": 4}, then) == then
    others: list[Any] = [
        {"a": 1},
        {"a": 1, "b": []},
        {"a": 1, "b": [{"c": 2}, {"c": 2}]},
        {"a": 1, "b": [{}]},
        {"a": 2, "b": [{"c": 2}]},
    ]
    assert all(as_known_then(other, then) != then for other in others)
