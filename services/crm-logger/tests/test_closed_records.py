"""R25: a record that is closed is never overwritten, also where a telephone system uses a call's name again."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts import work_events as w
from parley_contracts.shapes import Said
from parley_crm_logger.domain.projection import project
from parley_crm_logger.store import Crm
from parley_crm_logger.store.interactions import write


def said(kind: type[w.WorkSaid], version: int, **fields: Any) -> Any:
    return kind(tenant="acme", item="k1", kind="call", queue="help", version=version, at=version * 100, **fields)


def life(first: int, outcome: str, handle_ms: int) -> list[Said]:
    times = {"wait_ms": 5, "handle_ms": handle_ms, "wrap_up_ms": 0}
    return [
        said(w.WorkQueued, first, priority=100, name=f"caller {first}", text=f"text {first}"),
        said(w.WorkAssigned, first + 1, agent="anna", name="Anna", how="pushed"),
        said(w.WorkAnswered, first + 2, agent="anna", name="Anna"),
        said(w.WorkClosed, first + 3, outcome=outcome, why="source", **times),
    ]


def stored(crm: Crm, events: list[Said]) -> None:
    with crm.transaction(write=True, tenant="acme") as cursor:
        write(crm.db, cursor, 1, project(events))


def record(crm: Crm) -> Any:
    with crm.transaction(write=False, tenant="acme") as cursor:
        facts = dict(crm.db.ask(cursor, "SELECT * FROM $interactions_1 WHERE item = ?", ("k1",))[0])
        lines = [dict(row) for row in crm.db.ask(cursor, "SELECT * FROM $lines_1 WHERE item = ?", ("k1",))]
    return facts, lines


@pytest.mark.parametrize("batches", [1, 4])
def test_a_second_life_of_a_name_changes_nothing_of_the_first(crm: Crm, batches: int) -> None:
    stored(crm, life(1, "handled", 352))
    before = record(crm)
    second = life(7001, "abandoned", 0)
    for batch in [second] if batches == 1 else [[event] for event in second]:
        stored(crm, batch)
    assert record(crm) == before
    assert (before[0]["outcome"], before[0]["handle_ms"], before[0]["name"]) == ("handled", 352, "caller 1")


def test_what_is_said_of_it_afterwards_is_kept(crm: Crm) -> None:
    stored(crm, life(1, "handled", 352))
    stored(crm, [said(w.WorkIdentified, 9, agent="anna", contact="kim")])
    facts, _ = record(crm)
    assert (facts["contact"], facts["outcome"]) == ("kim", "handled")


def test_R35_a_note_of_a_second_life_is_none_of_the_first(crm: Crm) -> None:
    first = life(1, "handled", 352)
    note = said(w.WorkNoted, 4, agent="anna", name="Anna", text="careful")
    stored(crm, [*first[:3], note, said(w.WorkClosed, 5, outcome="handled", why="source")])
    _, lines = record(crm)
    assert [(line["author"], line["seq"], line["agent"], line["text"]) for line in lines][1:] == [
        ("note", None, "anna", "careful")
    ]
    stored(crm, [said(w.WorkNoted, 7004, agent="ben", name="Ben", text="of another call")])
    assert record(crm)[1] == lines
