"""What a module has set up stays in one process with its tests."""

from __future__ import annotations

import pytest
from scheduling import group_of


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/e2e/test_races.py::test_R6_two[servers]", "tests/e2e/test_races.py servers"),
        ("tests/e2e/test_races.py::TestIt::test_R6_two[sqlite-3-x]", "tests/e2e/test_races.py sqlite"),
        ("tests/e2e/test_races.py::test_R6_two[compose]", "containers"),
        ("tests/compose/test_compose.py::test_each[router]", "containers"),
        ("libs/chassis/tests/test_bus.py::test_it", "libs/chassis/tests/test_bus.py"),
        ("tests/faults/test_faults.py::test_R30_everything_is_kept_when[the_disk_is_full]", "tests/faults/test_faults.py alone"),
        ("tests/faults/test_faults.py::test_R30_everything_is_kept_when[sockets_are_cut]", "tests/faults/test_faults.py others"),
    ],
)  # fmt: skip
def test_what_belongs_together_is_in_one_group(test: str, group: str) -> None:
    assert group_of(test) == group
