"""The figures as tables: on the terminal, and in docs/performance.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .texts import ROOT

RESULTS = Path(__file__).parent / "results" / "latest.json"
DOCUMENT = ROOT / "docs" / "performance.md"


def table(results: dict[str, Any]) -> str:
    return json.dumps(results, indent=1)


def write_report() -> int:
    return 0
