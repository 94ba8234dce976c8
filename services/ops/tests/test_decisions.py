"""`parley verify decisions`: what the floor did by itself follows from what stands before it, and a forged log does not."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing

import pytest
from click.testing import CliRunner
from forged import FORGERS, forge
from golden.logs import HERE, as_store, read
from msgspec.structs import replace
from parley_chassis.store import Commit, open_store
from parley_ops.cli import main
from parley_ops.decisions import FloorCheck, verify
from parley_ops.decisions.checking import Difference, Place
from parley_router.domain import events as e
from parley_router.domain import origins
from parley_session.domain import events as chat_events
from parley_session.domain import origins as chat_origins
from recorded import as_store as stored_log
from recorded import recorded, stored
from theory.simulation import Arrivals, Centre, Simulation

CENTRE = Centre(3, (Arrivals(0.015, 60, "call"), Arrivals(0.01, 180, patience_s=200)), 60, calls_interrupt=True)


@pytest.fixture(scope="module")
def log() -> list[e.Happened]:
    return recorded(lambda: Simulation(CENTRE, 5).run(25))


def judged(log: list[e.Happened]) -> list[Difference]:
    check, found = FloorCheck("acme"), list[Difference]()
    for n, event in enumerate(log, 1):
        found += check.take(Place(n, n), event)
        if check.halted:
            return found
    return found + check.end()


def test_each_event_says_where_it_comes_from() -> None:
    assert set(origins.ORIGINS) == set(e.EVENTS)
    assert set(chat_origins.ORIGINS) == set(chat_events.EVENTS)


@pytest.mark.parametrize("path", sorted(HERE.glob("*/router.jsonl")), ids=lambda path: path.parent.name)
def test_R29_the_logs_of_all_versions_say_what_follows(path) -> None:
    verified = verify(as_store(read(path)))
    assert not verified.different
    assert not verified.halted
    assert verified.decisions > 5


def test_the_floor_in_the_simulation_decides_what_follows(log: list[e.Happened]) -> None:
    verified = verify(stored_log(log))
    assert (verified.different, verified.events) == (0, len(log))
    assert verified.decisions >= sum(isinstance(event, e.ItemAssigned) and event.how == "pushed" for event in log)


def test_each_kind_of_forgery_is_found_and_named(log: list[e.Happened]) -> None:
    assert judged(log) == []
    found: Counter[str] = Counter()
    for seed in range(len(FORGERS) * 25):
        forgery = forge(log, seed)
        differences = judged(forgery.log)
        assert differences, f"{forgery.what} at {forgery.n}, seed {seed}, was not found"
        assert differences[0].place.n >= forgery.n
        if forgery.what != "later":  # found where the next one was asked
            assert differences[0].place.n == forgery.n, f"{forgery.what}, seed {seed}"
        found[forgery.what] += 1
    assert len(found) == len(FORGERS)


def test_a_gap_in_the_numbers_and_what_cannot_be_folded_are_named(log: list[e.Happened]) -> None:
    check = FloorCheck("acme")
    assert [d.what for n in (1, 3) for d in check.take(Place(n, n), log[n - 1])] == ["number"]
    lost = e.ItemClosed(at=1, item="nobody's", kind="chat", queue="help", outcome="handled", why="completed")
    assert [d.what for d in judged([*log, replace(lost, at=log[-1].at)])] == ["unfoldable"]


def test_a_tenant_a_time_and_the_end_of_what_is_read(log: list[e.Happened]) -> None:
    forged = forge(log, 0)
    both = [*stored(forged.log, "acme"), *stored(log, "beta")]
    store = stored_log([])
    store.commit(Commit(events=both))
    at = forged.log[forged.n - 1].at
    assert verify(store).different
    assert verify(store).floors == 2
    assert not verify(store, tenant="beta").different
    assert not verify(store, until=at).different
    assert not verify(store, tenant="acme", since=max(event.at for event in log) + 1).different


def test_the_command_names_what_differs(log: list[e.Happened], tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path))
    monkeypatch.delenv("PARLEY_DATABASE_URL", raising=False)
    from parley_ops.settings import OpsSettings

    missing = CliRunner().invoke(main, ["verify", "decisions"])
    assert missing.exit_code == 1
    forged = forge(log, 2)
    with closing(open_store(OpsSettings().store_url, "router")) as store:
        store.commit(Commit(events=[*stored(log, "beta"), *stored(forged.log)]))
    clean = CliRunner().invoke(main, ["verify", "decisions", "--tenant", "beta"])
    assert (clean.exit_code, "all as they follow" in clean.output) == (0, True)
    told = CliRunner().invoke(main, ["verify", "decisions"])
    assert told.exit_code == 4
    assert f"acme, n {forged.n}, position {len(log) + forged.n}" in told.output
    shown = json.loads(CliRunner().invoke(main, ["verify", "decisions", "--json"]).stdout)
    assert shown["differences"][0]["n"] == forged.n
    assert shown["differences"][0]["expected"]["agent"] != shown["differences"][0]["stands"]["agent"]
