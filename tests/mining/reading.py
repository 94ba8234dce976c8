"""PM4Py in its environment of its own, asked about a file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build" / "mining" / "bin" / "python"


class NotHere(Exception):
    """There is no PM4Py."""


def read(path: Path, queue: str, kind: str) -> dict[str, Any]:
    """What PM4Py finds. Raises NotHere."""
    if not PYTHON.exists():
        raise NotHere(f"there is no {PYTHON.relative_to(ROOT)}: make mining makes it")
    command = [str(PYTHON), str(Path(__file__).with_name("read_ocel.py")), str(path), queue, kind]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if ran.returncode and "No module named" in ran.stderr:
        raise NotHere("build/mining has no PM4Py: make mining installs it")
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout[ran.stdout.rindex('{"activities"') :])
    return found
