"""`make test` proves the product in minutes, and leaves nothing out that only `make test-all` would touch: every rule that any test names, and
every module that holds a guarantee of ARCHITECTURE.md."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from running import ROOT
from short_form import JOURNEYS, begins, run_on_the_other_store

Collected = list[tuple[str, bool]]


def names(*options: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *options]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    return [line for line in run.stdout.splitlines() if "::" in line]


@pytest.fixture(scope="module")
def every(collected: Collected) -> Collected:
    """Every test that there is: those of this run, where it is not one of a few modules; else they are collected anew."""
    modules = {
        str(path.relative_to(ROOT))
        for part in ("tests", "libs", "services")
        for path in (ROOT / part).rglob("test_*.py")
    }
    if {name.partition("::")[0] for name, _ in collected} >= modules:
        return collected
    short = {on_any_store(name) for name in names("--short")}
    return [(name, on_any_store(name) in short) for name in names()]


def on_any_store(name: str) -> str:
    """The short form chooses another one for some."""
    return re.sub(r"\b(sqlite|servers|postgresql)\b", "a store", name)


def rules(of: list[str]) -> set[int]:
    return {int(number) for name in of for number in re.findall(r"(?<=_)R(\d+)(?=_)", name.partition("[")[0])}


def test_every_rule_that_a_test_names_is_named_in_the_short_form(every: Collected) -> None:
    assert rules([name for name, _ in every]) >= {*range(1, 28), 29, 30, 31}
    assert rules([name for name, _ in every]) - rules([name for name, short in every if short]) == set()


def test_every_module_that_holds_a_guarantee_is_in_the_short_form(every: Collected) -> None:
    held = (ROOT / "ARCHITECTURE.md").read_text().partition("## What is guaranteed")[2]
    places = re.findall(r"`((?:[\w-]+/)*(?:test_\w+\.py|tests(?:/\w+)?))(?:::(\w+))?`", held)
    assert len(places) > 14
    short = ["/" + name for name, short in every if short]
    missing = {place for place, part in places if not any(f"/{place}" in name and part in name for name in short)}
    assert missing == set()


def test_the_short_form_is_a_part(every: Collected) -> None:
    assert 0.5 < sum(short for _, short in every) / len(every) < 1


def test_each_journey_is_one_that_there_is(every: Collected) -> None:
    short = [name for name, short in every if short]
    assert [journey for journey in JOURNEYS if not any(begins(name, journey) for name in short)] == []


def test_a_case_is_meant_by_its_word() -> None:
    assert begins("e2e/t.py::a[servers-killed]", "e2e/t.py::a[killed]")
    assert begins("e2e/t.py::a[servers-killed]", "e2e/")
    assert not begins("e2e/t.py::a[servers-stopped]", "e2e/t.py::a[killed]")
    assert not begins("e2e/u.py::a[servers-killed]", "e2e/t.py")


def test_each_case_runs_once_and_each_test_once_on_the_servers() -> None:
    told = [f"t.py::{name}" for name in ("a[sqlite]", "a[servers]", "b[postgresql-1]", "b[postgresql-2]", "b[sqlite-1]", "b[sqlite-2]", "c[servers-1]", "c[servers-2]", "d")]  # fmt: skip
    left_out = run_on_the_other_store(told)
    assert left_out == {"t.py::a[sqlite]", "t.py::b[sqlite-1]", "t.py::b[postgresql-2]"}
