"""Runs a part of the product as `python -m` does, with passwords hashed at the least cost that argon2 allows: `python launch.py parley_ops demo`.

For tests only: what makes a stolen hash useless makes a login cost 0.15 s of processor time, and a run logs in many hundred times. That the
product hashes at its full cost is held by services/gateway/tests/test_access.py; containers run it as it is.
"""

from __future__ import annotations

import functools
import runpy
import sys

import argon2

LEAST = (1, 8, 1)
"""Passes, KiB of memory, lanes."""

if __name__ == "__main__":
    argon2.PasswordHasher = functools.partial(argon2.PasswordHasher, *LEAST)  # type: ignore[misc, assignment]
    module = sys.argv.pop(1)
    sys.path[0] = ""
    runpy.run_module(module, run_name="__main__", alter_sys=True)
