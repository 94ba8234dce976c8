"""R29: the desk's own `apply`, on the floors of tests/test_same_view.py: what Python makes of them, JavaScript does too."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from random_floors import story

HERE = Path(__file__).parent


def test_R4_R29_the_desk_applies_frames_as_a_fresh_snapshot_has_them(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine: the desk's apply was NOT tried on random floors")
    stories = tmp_path / "stories.json"
    stories.write_text(json.dumps([story(seed) for seed in range(60)]))

    run = subprocess.run(
        [node, "--no-warnings", str(HERE / "same_view.js"), str(stories)], capture_output=True, text=True, timeout=60
    )

    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["wrong"] == []
    assert found["checked"] == 60 * 12
