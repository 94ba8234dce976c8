# ruff: noqa: T201, S603
"""Checks the types in the comments of the pages' modules, as `web/jsconfig.json` says, with TypeScript's own checker.

It needs Node, and fetches the checker when it runs for the first time. Where one of them is missing it says so and lets
the rest go on; with PARLEY_REQUIRE_NODE=1 it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parent / "src/parley_gateway/web"
CHECKER = ("--yes", "--prefer-offline", "--package", "typescript@5.9.3", "tsc")
RED, PLAIN = "\x1b[1;31m", "\x1b[0m"


def missing(what: str) -> int:
    """Says it loudly: 0 where the rest may go on, 1 where it must not."""
    required = os.environ.get("PARLEY_REQUIRE_NODE") == "1"
    more = "" if required else " (PARLEY_REQUIRE_NODE=1 makes this fail)"
    print(f"{RED}{what}: the types of the pages' JavaScript were NOT checked{more}{PLAIN}", file=sys.stderr)
    return int(required)


def main() -> int:
    """0 when every type is right, or could not be looked at where that is allowed."""
    npx = shutil.which("npx")
    if npx is None:
        return missing("MISSING npx (apt-get install npm)")
    run = subprocess.run(
        [npx, *CHECKER, "--pretty", "false", "--project", str(WEB / "jsconfig.json")], capture_output=True, text=True
    )
    if run.returncode and "error TS" not in run.stdout:
        print(run.stdout, run.stderr, file=sys.stderr)
        return missing("FAILED to fetch or run the type checker")
    print(run.stdout, end="")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
