"""`parley why`: each decision of the router about an item as a sentence."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from parley_chassis.store import Commit, open_store
from parley_ops import why
from parley_ops.cli import main
from parley_router.domain import events as e
from parley_router.domain import policies
from parley_router.handlers import Router

ITEM = {"item": "c1", "kind": "chat", "queue": "support"}
CHOICE = e.Why(
    policy="longest_idle",
    out_of="free",
    passed={"not_ready": ["ben", "cleo"], "on_call": ["dora"]},
    more={"on_call": 3},
)
LIFE: list[tuple[e.Happened, str]] = [
    (e.ItemQueued(at=1, **ITEM, priority=50, skills={"french": 5}), "enters the queue support with priority 50, and it asks for french 5"),
    (
        e.ItemAssigned(at=2, **ITEM, agent="anna", name="Anna", how="pushed", why=CHOICE),
        "gives it to anna: free, idle longest. Passed over: ben, cleo (not ready); dora and 3 more (on a call).",
    ),
    (e.ItemParked(at=3, **ITEM, agent="anna", why="call", interrupted_by="k1"), "The call k1 interrupts it"),
    (e.InterrupterChanged(at=4, **ITEM, agent="anna", interrupted_by="k2"), "another one, k2, waited and goes first"),
    (e.ItemResumed(at=5, **ITEM, agent="anna", why="call_over"), "The call is over, so it is back by itself"),
    (e.ItemParked(at=6, **ITEM, agent="anna", why="agent"), "anna parked it"),
    (e.ItemResumed(at=7, **ITEM, agent="anna", why="agent"), "Resumed: anna works on it"),
    (e.ItemTransferred(at=8, **ITEM, agent="anna", from_queue="sales", priority=50, to_agent="ben"), "anna transfers it to ben"),
    (e.ItemAssigned(at=8, **ITEM, agent="ben", name="Ben", how="transferred"), "ben has it now"),
    (e.ItemRequeued(at=9, **ITEM, agent="ben", why="no_answer"), "ben did not answer in time"),
    (e.ItemAssigned(at=10, **ITEM, agent="anna", name="Anna", how="picked"), "anna picks it"),
    (e.ItemReordered(at=10, **ITEM, priority=90, own_priority=True, skills={"french": 6}), "priority is 90 now, and it asks for french 6"),
    (e.ItemResumed(at=10, **ITEM, agent="anna", why="room"), "There is room for it now: anna works on it"),
    (e.CallKept(at=10, **ITEM, agent="anna", why="connection_lost"), "anna was away for longer than the grace period, and the call goes on"),
    (e.WrapUpStarted(at=11, **ITEM, agent="anna", limit_ms=60_000, extensions=3, ended_by="visitor"), "ended by the visitor"),
    (e.WrapUpExtended(at=12, **ITEM, agent="anna", extension_ms=60_000), "60 s more"),
    (e.ItemClassified(at=13, **ITEM, agent="anna", code="order"), "anna classifies it: order"),
    (e.ItemNoted(at=13, **ITEM, agent="anna", name="Anna", text="secret"), "anna notes something about it."),
    (e.FollowUpSet(at=13, **ITEM, agent="anna", until=90_000), "anna wants to be reminded of it at 1970-01-01T00:01:30.000Z."),
    (e.ItemReminded(at=13, **ITEM, agent="anna"), "anna is reminded of it."),
    (e.ItemClosed(at=14, **ITEM, outcome="handled", why="completed"), "Closed: handled (completed)"),
]  # fmt: skip


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The life of a chat in a store of its own, between events of other items."""
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path))
    monkeypatch.delenv("PARLEY_DATABASE_URL", raising=False)
    from parley_ops.settings import OpsSettings

    store = open_store(OpsSettings().store_url, "router")
    other = e.ItemQueued(at=1, item="c2", kind="chat", queue="support", priority=50)
    events = [other, *(event for event, _ in LIFE), other]
    stored = [Router.journal.stored("demo", number, event) for number, event in enumerate(events, 1)]
    store.commit(Commit(events=stored))
    store.close()
    return CliRunner()


def test_each_event_of_an_item_is_a_sentence(told) -> None:
    result = told.invoke(main, ["why", "c1"])
    assert result.exit_code == 0, result.output
    lines = result.output.strip().splitlines()
    assert len(lines) == len(LIFE)
    for line, (_, words) in zip(lines, LIFE, strict=True):
        assert words in line


def test_scripts_get_the_reasons_too(told) -> None:
    import json

    lines = [json.loads(line) for line in told.invoke(main, ["why", "c1", "--json"]).output.splitlines()]
    assert lines[1]["why"] == {
        "policy": "longest_idle",
        "out_of": "free",
        "passed": {"not_ready": ["ben", "cleo"], "on_call": ["dora"]},
        "more": {"on_call": 3},
    }
    assert all(line["sentence"] for line in lines)


def test_an_item_that_never_was_is_not_found(told) -> None:
    result = told.invoke(main, ["why", "c9"])
    assert result.exit_code == 3
    assert "no item c9" in result.output


def test_every_policy_and_every_reason_has_its_words() -> None:
    assert set(policies.AGENT) | set(policies.INTERRUPT) == set(why.CHOSEN)
    assert set(policies.PASSED_OVER.values()) | set(policies.INTERRUPT_PASSED_OVER.values()) <= set(why.PASSED_OVER)
