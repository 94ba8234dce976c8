"""What people say: real service dialogues where they are at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

from running import ROOT

from .people import Dialogue


def real_dialogues() -> list[Dialogue]:
    """Those of PARLEY_DIALOGUES, or beside the checkout; else made-up ones, as long, in words that are none."""
    path = Path(os.environ.get("PARLEY_DIALOGUES", ROOT.parent / "shared" / "data" / "dialogues.jsonl"))
    if path.exists():
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return [[(who, text) for who, text in line["turns"]] for line in lines]
    words = ["Größe. Ärger?", "naïve! שלום", "مرحبا", "👍🏽. Order 7.", "…", "<b>not bold</b>", "a\nb", "'; --"]
    return [
        [
            ("agent" if turn % 2 else "visitor", f"{words[(number + turn) % len(words)]}")
            for turn in range(8 + number % 9)
        ]
        for number in range(200)
    ]
