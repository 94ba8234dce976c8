"""What an item is about where nobody has said so: the first words of what was written first."""

from __future__ import annotations

SUBJECT_CHARACTERS = 60


def subject_of(text: str) -> str:
    """The first words of a text, on one line."""
    line = " ".join(text.split())
    if len(line) <= SUBJECT_CHARACTERS:
        return line
    words = line[:SUBJECT_CHARACTERS].rpartition(" ")[0]
    return f"{words or line[: SUBJECT_CHARACTERS - 1]} …"
