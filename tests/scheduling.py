"""Which tests stay together in one process where several work side by side.

The name of a test tells it, so the process that hands tests out knows it as well as those that run them. xdist's own groups are marks that it
writes behind the names; pytest 9.2 does not take them up, and nobody is told.
"""

from __future__ import annotations

from faults.company import company
from xdist.scheduler import LoadScopeScheduling

SETUPS = ("sqlite", "servers", "compose")


def group_of(test: str) -> str:
    """A module's tests in one set-up; all that use the one set of containers; faults that share a stage."""
    module, _, name = test.partition("::")
    params = name.partition("[")[2].rstrip("]").split("-")
    if module.startswith("tests/compose/") or "compose" in params:
        return "containers"
    if module == "tests/faults/test_faults.py":
        return f"{module} {company(params[0])}"
    return " ".join([module, *(setup for setup in SETUPS if setup in params)])


class ByGroup(LoadScopeScheduling):
    """Hands a group out whole; the groups in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
