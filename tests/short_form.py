"""Which of the tests that run on several stores the short form runs, where the servers are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

STORES = {"sqlite": False, "postgresql": True, "servers": True}
"""By the word in a test's name: whether it is about the servers."""


def run_on_the_other_store(names: Iterable[str]) -> set[str]:
    """Those that the short form leaves out: of each test the first case runs on the servers only, every other one on SQLite only. So each case runs
    once, and each test once on the servers. What runs on one store alone stays."""
    functions: dict[str, dict[tuple[str, ...], dict[bool, str]]] = defaultdict(lambda: defaultdict(dict))
    for name in names:
        function, _, inside = name.partition("[")
        words = inside.removesuffix("]").split("-")
        stores = [word for word in words if word in STORES]
        if len(stores) == 1:
            case = tuple(word for word in words if word not in STORES)
            functions[function][case][STORES[stores[0]]] = name
    left_out = set()
    for cases in functions.values():
        twins = [case for case in cases.values() if len(case) == 2]
        left_out |= {case[number > 0] for number, case in enumerate(twins)}
    return left_out
