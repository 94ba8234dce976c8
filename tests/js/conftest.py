"""Node for the tests of the pages' JavaScript. Without it those are skipped, and the end of the run says so in red;
PARLEY_REQUIRE_NODE=1 makes all tests here fail instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest
from servers import Unavailable


@pytest.fixture(scope="session", autouse=True)
def _node(missing: Callable[[str, Unavailable, str], None], notice: Callable[[str, str], None]) -> None:
    if shutil.which("node") is None:
        if os.environ.get("PARLEY_REQUIRE_NODE") == "1":
            missing("JavaScript", Unavailable("node is not installed"), "PARLEY_REQUIRE_NODE")
        notice("JavaScript", "MISSING node, so its tests were SKIPPED (PARLEY_REQUIRE_NODE=1 makes them fail)")
