"""A newcomer who knows one service knows them all: a file of a given name means the same in each, and none is too long to read."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from running import ROOT

SERVICES = {path.name.removeprefix("parley_"): path for path in ROOT.glob("services/*/src/parley_*")}
MODULES = [path for part in ("libs", "services") for path in sorted((ROOT / part).glob("*/src/**/*.py"))]
GATEWAY = SERVICES["gateway"]

MOST_LINES, MOST_LINES_OF_A_FUNCTION = 450, 60
ROUTES = ("contact_routes", "widget_routes")
"""Route factories: a list of small functions under one head."""
MOST_EDGES = 20


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def defines(path: Path) -> set[str]:
    """The names that a module makes at its top."""
    found: set[str] = set()
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def imports(path: Path) -> set[str]:
    """The modules that a module imports; those of its own service with a dot before them."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            head = "." * node.level + (node.module or "")
            found |= {head, *(f"{head}{'' if head.endswith('.') else '.'}{each.name}" for each in node.names)}
    return found


def runs_in_a_loop(path: Path) -> bool:
    """A service that decides, or a projection."""
    classes = [node for node in parsed(path).body if isinstance(node, ast.ClassDef)]
    bases = {
        name.id for node in classes for base in node.bases for name in ast.walk(base) if isinstance(name, ast.Name)
    }
    methods = {each.name for node in classes for each in node.body if isinstance(each, ast.FunctionDef)}
    return "Deciding" in bases or {"apply", "positions"} <= methods


MEANING: dict[str, Callable[[Path], bool]] = {
    "__main__.py": lambda path: any(name.split(".")[-1] in ("run", "main") for name in imports(path)),
    "app.py": lambda path: "build" in defines(path),
    "settings.py": lambda path: any(name.endswith("Settings") for name in defines(path)),
    "handlers.py": runs_in_a_loop,
    "questions.py": lambda path: "parley_chassis.answering" in imports(path),
    "says.py": lambda path: {"says", "SAID"} <= defines(path),
    "views.py": lambda path: not any("decide" in name or name == "asyncio" for name in imports(path)),
    "domain/decide.py": lambda path: {"decide", "RULES"} <= defines(path),
    "domain/events.py": lambda path: {"Happened", "EVENTS"} <= defines(path),
}
"""By name, what a file of this name does, in every service that has it."""
EVERYWHERE = ("__main__.py", "app.py", "settings.py", "domain/__init__.py")


@pytest.mark.parametrize("name", MEANING)
def test_a_file_of_a_given_name_means_the_same_in_every_service(name: str) -> None:
    having = [path / name for path in SERVICES.values() if (path / name).exists()]
    assert having
    for path in having:
        assert MEANING[name](path), f"{path.relative_to(ROOT)} is something else"


@pytest.mark.parametrize("service", sorted(SERVICES.keys() - {"ops"}))
def test_every_service_has_the_same_frame(service: str) -> None:
    for name in EVERYWHERE:
        assert (SERVICES[service] / name).exists(), name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_and_no_function_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in ROUTES:
            assert (node.end_lineno or node.lineno) - node.lineno < MOST_LINES_OF_A_FUNCTION, node.name


def test_the_gateways_rooms_have_few_doors_and_no_circle() -> None:
    """Which rooms know each other; that none knows one above it is in pyproject.toml, for import-linter."""
    doors: set[tuple[str, str]] = set()
    for path in GATEWAY.glob("*/**/*.py"):
        room, *inner = path.relative_to(GATEWAY).parts[:-1]
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom) and node.level == len(inner) + 2:
                for other in [node.module] if node.module else [each.name for each in node.names]:
                    if (GATEWAY / (there := other.split(".")[0])).is_dir():
                        doors.add((room, there))
    assert 0 < len(doors) < MOST_EDGES
    order: list[str] = []
    left = {room for door in doors for room in door}
    while left:
        free = sorted(room for room in left if not any(there in left for here, there in doors if here == room))
        assert free, f"a circle among {left}"
        order += free
        left -= {*free}
    assert all(order.index(there) < order.index(here) for here, there in doors)
    assert all(one != other for one, other in pairwise(order))
