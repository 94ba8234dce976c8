"""Figures of the past (R37): rows that are kept exactly once, however often they are begun again, and figures that are what is counted off the raw events."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from figures import recomputed
from parley_contracts import reports as r
from parley_contracts.instant import from_rfc3339, rfc3339
from parley_contracts.refusal import Refused
from parley_ops.index.floors import Floors
from parley_ops.index.table import Index, open_index
from parley_ops.reports import keeping
from parley_ops.reports.answering import ReportAnswers
from parley_ops.reports.asking import FEWEST, VISITS, WORKS
from parley_ops.reports.edges import edges
from parley_ops.reports.keeping import Reported
from parley_ops.reports.tables import TABLES, columns_of
from random_days import BEGIN, TENANT, Day

HOUR = 3_600_000


@contextmanager
def index_of(day: Day, url: str) -> Iterator[Index]:
    day.write(url)
    index = open_index(url)
    yield index
    index.close()


def take_all(index: Index, began_again: random.Random | None = None) -> Reported:
    """Take what there is; now and then by a process that has just begun."""
    floors = Floors(index)
    reported = Reported(index, floors)
    while reported.reached(TENANT) < floors.last(TENANT):
        if began_again is not None and began_again.random() < 0.5:
            reported = Reported(index, floors)
        reported.take_next(TENANT)
    return reported


def rows(index: Index) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {column: row[column] for column in columns_of(kind)}
            for row in index.ask(f"SELECT * FROM ${name} ORDER BY n{', agent' if name == 'presences' else ''}")
        ]
        for kind, name in TABLES.items()
    }


def by_name(facts: list[dict[str, Any]], name: str) -> dict[tuple[str, int], dict[str, Any]]:
    """By item or agent, and which of theirs it is."""
    counted: Counter[str] = Counter()
    found = {}
    for fact in facts:
        counted[fact[name]] += 1
        found[fact[name], counted[fact[name]]] = fact
    return found


def fields_of(row: Any) -> dict[str, Any]:
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else row._asdict()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}"
    return str(request.getfixturevalue("database_url"))


@pytest.mark.parametrize("seed", range(8))
def test_R37_rows_are_what_the_raw_events_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", (7, 40, 5_000)[seed % 3])
    day = Day(seed)
    day.go_on(400)
    told = recomputed.recompute(day.of_router())
    with index_of(day, f"sqlite:{tmp_path}") as index:
        take_all(index, random.Random(seed))
        kept = rows(index)
    for name, subject, expected in (
        ("visits", "item", told.visits),
        ("works", "item", told.works),
        ("presences", "agent", told.presence),
    ):
        found = by_name(kept[name], subject)
        assert found.keys() == expected.keys()
        for key, row in expected.items():
            wanted = {("ended" if field == "end" else field): value for field, value in fields_of(row).items()}
            assert {field: found[key][field] for field in wanted if field != "n"} == {
                field: value for field, value in wanted.items() if field != "n"
            }, (name, key)


def asked(**fields: Any) -> r.AskReport:
    return r.AskReport(tenant=TENANT, **{"of": "queues", "since": BEGIN, "until": BEGIN + 48 * HOUR, **fields})


@pytest.mark.stores
@pytest.mark.parametrize("of", ["queues", "agents", "services"])
def test_R37_figures_are_what_is_counted_off_the_raw_events(url: str, of: r.Of) -> None:
    day = Day(11)
    day.go_on(700)
    told = recomputed.recompute(day.of_router())
    until = day.now + HOUR
    parts = edges(BEGIN, until, "hour", ZoneInfo("Asia/Kolkata"), 1_000)
    expected = recomputed.report(told, of, parts, 30_000, 2_000, day.now)
    assert len(expected) > 2
    with index_of(day, url) as index:
        answers = ReportAnswers(index, Floors(index), take_all(index))
        question = asked(of=of, until=until, by="hour", zone="Asia/Kolkata", target_s=30, short_s=2)
        found = answers.report(question, day.now)
        assert found["behind"] == 0
        assert [(row["key"], row["from"]) for row in found["rows"]] == [
            (row["key"], rfc3339(row["from"])) for row in expected
        ]
        for row, wanted in zip(found["rows"], expected, strict=True):
            assert from_rfc3339(row["until"]) == wanted["until"]
            same = {name: value for name, value in wanted.items() if name in row and name not in ("from", "until")}
            assert {name: row[name] for name in same} == same
            for figure in row.keys() & (WORKS if of == "agents" else VISITS).keys():
                spans = {"since": from_rfc3339(row["from"]), "until": from_rfc3339(row["until"])}
                behind = r.AskReportItems(
                    tenant=TENANT,
                    of=of,
                    figure=figure,
                    key=row["key"],
                    kind=row.get("kind"),
                    target_s=30,
                    short_s=2,
                    limit=200,
                    **spans,
                )
                assert len(answers.items(behind, day.now)["items"]) == row[figure]


def test_R37_a_target_is_one_of_the_question_and_holds_for_the_past(tmp_path: Path) -> None:
    day = Day(12)
    day.go_on(400)
    with index_of(day, f"sqlite:{tmp_path}") as index:
        answers = ReportAnswers(index, Floors(index), take_all(index))
        levels = [
            sum(row["answered_in_target"] for row in answers.report(asked(target_s=target), day.now)["rows"])
            for target in (0, 10, 60, 100_000)
        ]
        answered = sum(row["answered"] for row in answers.report(asked(), day.now)["rows"])
        counted = [
            row for row in rows(index)["visits"] if row["answered_at"] and row["entered"] not in ("begun", "handed")
        ]
        exact = next(row["wait_ms"] for row in counted if row["wait_ms"] and row["wait_ms"] % 1000 == 0)
        told = answers.report(asked(target_s=exact // 1000), day.now)["rows"]
    assert sum(row["answered_in_target"] for row in told) == sum(row["wait_ms"] <= exact for row in counted)
    assert levels == sorted(levels)
    assert levels[0] < levels[-1] == answered


def test_R37_an_index_that_is_made_anew_has_the_same_rows(tmp_path: Path) -> None:
    day = Day(13)
    day.go_on(300)
    with index_of(day, f"sqlite:{tmp_path}") as index:
        reported = take_all(index)
        before = rows(index)
        index.empty()
        assert reported.take_next(TENANT) == 1  # it was another index
        take_all(index)
        assert rows(index) == before


def test_R37_of_two_processes_one_takes_what_comes_next(tmp_path: Path) -> None:
    day = Day(14)
    day.go_on(100)
    with index_of(day, f"sqlite:{tmp_path}") as index:
        floors = Floors(index)
        one, other = Reported(index, floors), Reported(index, floors)
        assert one._begin(TENANT) is not None
        other._known[TENANT] = other._begin(TENANT)  # type: ignore[assignment]
        assert one.take_next(TENANT) == 0
        before = rows(index)
        assert other.take_next(TENANT) == 1
        assert other.take_next(TENANT) == 0
        assert rows(index) == before


def test_R36_of_less_than_five_agents_together_nothing_is_said(tmp_path: Path) -> None:
    day = Day(15)
    day.go_on(300)
    with index_of(day, f"sqlite:{tmp_path}") as index:
        answers = ReportAnswers(index, Floors(index), take_all(index))
        assert {row["key"] for row in answers.report(asked(of="agents"), day.now)["rows"]} > {"anna"}
        assert len({row["agent"] for row in rows(index)["works"]}) < FEWEST
        assert answers.report(asked(of="agents", grouped=True), day.now)["rows"] == []
        with index.transaction(write=True) as cursor:
            for column in ("works", "presences"):
                cursor.execute(f"UPDATE {column} SET agent = 'eve' WHERE n IN (SELECT max(n) FROM {column})")
        (row,) = answers.report(asked(of="agents", grouped=True), day.now)["rows"]
        assert (row["key"], row["assigned"]) == ("*", len(rows(index)["works"]))


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"until": BEGIN}, "until"), ({"by": "hour", "until": BEGIN + 1_001 * HOUR}, "by: more than 1,000 parts")],
)
def test_R31_what_cannot_be_told_is_refused(tmp_path: Path, fields: dict[str, Any], told: str) -> None:
    with index_of(Day(16), f"sqlite:{tmp_path}") as index:
        answers = ReportAnswers(index, Floors(index), take_all(index))
        with pytest.raises(Refused) as refused:
            answers.report(asked(**fields), BEGIN)
        assert (refused.value.code, told in refused.value.message) == ("bad_request", True)
        with pytest.raises(Refused, match="counts no items"):
            answers.items(
                r.AskReportItems(tenant=TENANT, of="queues", since=0, until=1, figure="handle_ms", key="calm"), BEGIN
            )


class TestEdges:
    BERLIN = ZoneInfo("Europe/Berlin")

    def days(self, begin: str, end: str, by: Any = "day") -> list[float]:
        found = edges(from_rfc3339(begin), from_rfc3339(end), by, self.BERLIN, 1_000)
        return [(after - before) / HOUR for before, after in pairwise(found)]

    def test_R37_a_day_of_a_change_of_clocks_is_shorter_or_longer(self) -> None:
        assert self.days("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z") == [24, 23, 24]
        assert self.days("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z") == [24, 25, 24]
        assert self.days("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "hour") == [1] * 25

    def test_R37_an_hour_is_one_of_the_zone(self) -> None:
        begin, end = from_rfc3339("2026-06-01T10:10:00Z"), from_rfc3339("2026-06-01T12:00:00Z")
        found = edges(begin, end, "hour", ZoneInfo("Asia/Kolkata"), 10)
        assert [rfc3339(at)[11:16] for at in found] == ["10:10", "10:30", "11:30", "12:00"]

    def test_R37_the_first_and_the_last_are_as_far_as_it_goes(self) -> None:
        assert self.days("2026-06-01T20:30:00Z", "2026-06-02T23:00:00Z") == [1.5, 24, 1]
        assert self.days("2026-06-03T22:00:00Z", "2026-06-20T22:00:00Z", "week") == [4 * 24, 7 * 24, 6 * 24]
        assert self.days("2026-06-03T22:00:00Z", "2026-06-20T22:00:00Z", "all") == [17 * 24]
