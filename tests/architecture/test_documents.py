"""The documents are true: what they name exists, what is generated is up to date, every rule that is carried out has a
test that names it."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from parley_ops.cli import main
from parley_ops.documents import documents
from running import ROOT

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("**/*.md"))]
RULES = re.findall(r"^\| (R\d+ .*) \|$", (ROOT / "docs" / "rules.md").read_text(), re.M)
CARRIED_OUT = [
    int(row.partition(" ")[0][1:]) for row in RULES if "| not yet |" not in row and not row.startswith("R28 ")
]
"""The rules of which something is carried out so far. R28, the phone app, is the protocol itself: all of tests/e2e."""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", sorted(ROOT.glob("*.md")), ids=lambda path: path.name)
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


def product() -> list[Path]:
    """The program's own modules."""
    return [path for path in tracked() if path.suffix == ".py" and "src" in path.parts and path.exists()]


def is_used(home: Path, function: str) -> bool:
    """Whether the product calls, or hands on, a function that this module defines: by its name here, imported from here, or
    as an attribute (of the module; a method: of anything)."""
    module = ast.parse(home.read_text())
    defined = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and node.name == function]
    if not defined:
        return False
    at_the_top = any(node in module.body for node in defined)
    within = {id(inner) for node in defined for inner in ast.walk(node)}
    for path in product():
        text = path.read_text()
        if function not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Name(id=name) if path == home and name == function and id(node) not in within:
                    return True
                case ast.Attribute(attr=name, value=ast.Name(id=owner)) if name == function:
                    if not at_the_top or owner == home.stem:
                        return True
                case ast.Attribute(attr=name) if name == function and not at_the_top:
                    return True
                case ast.ImportFrom(module=source, names=names) if at_the_top and (source or "").endswith(home.stem):
                    if any(each.name == function for each in names):
                        return True
    return False


@pytest.mark.parametrize("row", RULES)
def test_each_rule_lives_where_the_page_says(row: str) -> None:
    """Its files are there, its functions are there and used, and one of its tests names it."""
    rule, decided, held = (cell.strip() for cell in row.split("|"))
    for name, function in re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", decided):
        found = [path for path in tracked() if path.name == name and "tests" not in path.parts]
        assert found, name
        assert not function or any(is_used(path, function) for path in found), f"{name}: nobody uses {function}"
    if decided != "not yet":
        assert held, "no test holds it"
    named = [path for path in tracked() for name in re.findall(r"`(test_\w+\.py)`", held) if path.name == name]
    assert len({path.name for path in named}) == len(re.findall(r"`test_\w+\.py`", held)), held
    number = rule.split()[0]
    assert not named or any(re.search(rf"def test_\w*{number}_", path.read_text()) for path in named), number
