"""What is said: real service dialogues where they are at hand, else a few made up here."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

Dialogue = list[tuple[str, str]]
"""Turns: who (`visitor` or `agent`) and what."""

ROOT = Path(__file__).parent.parent

_MADE_UP = [
    ("visitor", "Hello, my order has not arrived yet. Can you see where it is?"),
    ("agent", "Good morning! I am happy to look. What is the number of your order?"),
    ("visitor", "It is 4711, from Tuesday last week."),
    ("agent", "Thank you. The parcel has left our warehouse, it should be with you tomorrow before noon."),
    ("visitor", "That is good to hear. May I still change the address of delivery?"),
    ("agent", "I am afraid not, it is on its way. You can give your permission to leave it with a neighbour."),
    ("visitor", "Then please leave it with number 12. Größe M, by the way?"),
    ("agent", "Yes, size M, two pieces. The note for the neighbour is written down."),
    ("visitor", "Thanks!"),
    ("agent", "You are welcome. Have a nice day."),
]


def dialogues() -> tuple[list[Dialogue], str]:
    """The dialogues, and where they are from: `real` or `made up`. PARLEY_DIALOGUES names another file."""
    path = Path(os.environ.get("PARLEY_DIALOGUES", ROOT.parent / "shared" / "data" / "dialogues.jsonl"))
    if not path.exists():
        return [_MADE_UP], "made up"
    lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    return [[(who, text) for who, text in line["turns"]] for line in lines], "real"


def share(all_of_them: list[Dialogue], number: int, of: int, turns: int) -> Dialogue:
    """The turns of conversation `number` of `of`: its own dialogues one after the other, at most `turns` turns."""

    def say() -> Iterator[tuple[str, str]]:
        for dialogue in islice(cycle(all_of_them), number, None, of):
            yield from dialogue

    return list(islice(say(), turns))
