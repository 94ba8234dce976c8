"""`python -m parley_session`: one session process."""

from __future__ import annotations

import sys

from parley_chassis.running import run, run_group_commit

from .app import build
from .settings import Settings

if __name__ == "__main__":
    sys.exit(run(run_group_commit("session", Settings(), build)))
