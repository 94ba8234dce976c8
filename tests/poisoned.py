"""Runs a service's process in which some messages cannot be taken: `python poisoned.py parley_router`.

The file PARLEY_TEST_POISON says which, one JSON object a line: each field that a message must have, and its value. What
is not in the file any more is taken again. For tests only: the product knows nothing of it.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

from parley_chassis.group_commit import GroupCommit
from parley_crm_logger.domain import projection

FILE = Path(os.environ["PARLEY_TEST_POISON"])


def check(message: Any) -> None:
    """Raises RuntimeError for what is poison."""
    for line in FILE.read_text().splitlines():
        if all(getattr(message, field, None) == value for field, value in json.loads(line).items()):
            raise RuntimeError(f"{message.type} cannot be digested")


_handle: Any = GroupCommit._handle
_project: Any = projection._project


def handle(self: Any, live: Any, message: Any, at: int, batch: Any) -> None:
    check(message)
    _handle(self, live, message, at, batch)


def project(event: Any, rows: Any) -> None:
    check(event)
    _project(event, rows)


if __name__ == "__main__":
    GroupCommit._handle = handle  # type: ignore[method-assign]
    projection._project = project  # type: ignore[assignment]
    module = sys.argv.pop(1)
    sys.path[0] = ""
    runpy.run_module(module, run_name="__main__", alter_sys=True)
