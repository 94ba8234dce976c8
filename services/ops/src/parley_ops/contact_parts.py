"""A file of contacts in parts, each small enough to be taken in while somebody watches."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

ROWS = 2_000


class Part(NamedTuple):
    """Some rows of a file, as a file; its line `line` is the line `line + behind` of the whole (the head's stays)."""

    text: str
    rows: int
    behind: int


def csv_parts(text: str, rows: int = ROWS) -> Iterator[Part]:
    """Each part has the head again, and whole rows, also where one goes over several lines."""
    lines = text.splitlines(keepends=True)
    taken: list[str] = []

    def feed() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    delimiter = max(",;\t", key=(lines[0] if lines else "").count)
    reader = csv.reader(feed(), delimiter=delimiter)
    head = ""
    part, count, done = "", 0, 0
    for number, _ in enumerate(reader):
        row = "".join(taken)
        taken.clear()
        if number == 0:
            head = row
            done = row.count("\n")
            continue
        part, count = part + row, count + 1
        if count == rows:
            yield Part(head + part, count, done - head.count("\n"))
            done += part.count("\n")
            part, count = "", 0
    if part:
        yield Part(head + part, count, done - head.count("\n"))


def vcard_parts(text: str, cards: int = ROWS) -> Iterator[Part]:
    """Whole cards."""
    part, count, done = "", 0, 0
    for line in text.splitlines(keepends=True):
        part += line
        if line.strip().upper() != "END:VCARD":
            continue
        count += 1
        if count == cards:
            yield Part(part, count, done)
            done += part.count("\n")
            part, count = "", 0
    if part.strip():
        yield Part(part, max(count, 1), done)
