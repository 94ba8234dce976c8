"""The documents are true: what they name exists, what is generated is up to date, every rule that is carried out has a
test that names it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from parley_ops.cli import main
from parley_ops.documents import documents
from running import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("**/*.md"))]
CARRIED_OUT = (*range(1, 24), 25, 27, 29, 30, 31)
"""The rules of which something is carried out so far."""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS[:2], ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    """By its whole path, or by the end of one: a row about a service leaves out the way to its package."""
    files = [str(path) for path in tracked()]
    for name in re.findall(r"`([\w./…-]+\.(?:py|md|yml|lock|json))(?:::\w+)?`", document.read_text()):
        end = "/" + name.rpartition("…/")[2]
        assert any(path.endswith(end) for path in files), name


def test_every_test_that_holds_a_guarantee_exists() -> None:
    held = (ROOT / "ARCHITECTURE.md").read_text().partition("## What is guaranteed")[2]
    for name, part in re.findall(r"`[\w/]*?(test_\w+\.py)(?:::(\w+))?`", held):
        found = next((path for path in tracked() if path.name == name), None)
        assert found is not None, name
        assert not part or part in found.read_text(), part


def test_generated_documents_are_up_to_date() -> None:
    for name, content in documents().items():
        assert (ROOT / "docs" / name).read_text() == content, f"{name}: make docs"


def test_every_command_of_the_readme_is_there_and_teaches() -> None:
    for line in re.findall(r"\.venv/bin/parley ([a-z ]+?)(?: --| +[A-Z]|  )", (ROOT / "README.md").read_text()):
        result = CliRunner().invoke(main, [*line.split(), "--help"])
        assert result.exit_code == 0, line
        assert len(result.output.splitlines()) > 5


def test_every_target_of_the_makefile_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split():  # type: ignore[index]
        assert re.search(rf"^{target}:.*", makefile, re.M), target
        assert target == "clean" or re.search(rf"^{target}:.*## ", makefile, re.M), target


@pytest.mark.parametrize("rule", CARRIED_OUT)
def test_a_test_names_each_rule(rule: int) -> None:
    assert any(
        re.search(rf"def test_\w*R{rule}_", path.read_text()) for path in tracked() if path.name.startswith("test_")
    ), rule


@pytest.mark.parametrize("row", re.findall(r"^\| (R\d+ .*) \|$", (ROOT / "docs" / "rules.md").read_text(), re.M))
def test_each_rule_lives_where_the_page_says(row: str) -> None:
    """Its files and functions are there, and one of its tests names it."""
    rule, decided, held = (cell.strip() for cell in row.split("|"))
    for name, function in re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", decided):
        found = [path for path in tracked() if path.name == name and "tests" not in path.parts]
        assert any(not function or f"def {function}(" in path.read_text() for path in found), f"{name} {function}"
    if decided != "not yet":
        assert held, "no test holds it"
    named = [path for path in tracked() for name in re.findall(r"`(test_\w+\.py)`", held) if path.name == name]
    assert len({path.name for path in named}) == len(re.findall(r"`test_\w+\.py`", held)), held
    number = rule.split()[0]
    assert not named or any(re.search(rf"def test_\w*{number}_", path.read_text()) for path in named), number
