"""The records of a CSV file, each with the lines that it stands in; a quote that is never closed costs its own line alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

DELIMITERS = ",;\t|"
MOST_IN_A_CELL = 100_000
"""So many characters are no cell: its quote was never closed."""
MOST_UNCLOSED = 1_000
"""After so many of them no quote goes over several lines any more."""
UNCLOSED = (
    'a quotation mark (") is opened here and never closed: close it, or write it twice where it is part of the text'
)
BEHIND = "stands behind a quotation mark that is never closed, and has not as many cells as there are columns"

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_SEPARATOR_LINE = re.compile(r"[\"']?sep=(.|\\t)[\"']?\s*", re.IGNORECASE)


class Record(NamedTuple):
    """What stands in the lines from `line` to `last`, counted from 1: cells, or None and why there are none."""

    line: int
    last: int
    cells: list[str]
    problem: str | None = None


def lines_of(text: str) -> list[str]:
    """The lines with their ends, whatever ends them: \\n, \\r\\n or \\r, and nothing else."""
    return [found[0] for found in _LINE.finditer(text) if found[0]]


class CsvRecords:
    """A CSV file's records. `head`: the first one, which names the columns, with no cells where the file is empty."""

    def __init__(self, text: str, columns_known: Callable[[list[str]], int]) -> None:
        self.lines = lines_of(text)
        self._unclosed = 0
        begin = 0
        self.delimiter = ","
        told = _SEPARATOR_LINE.fullmatch(self.lines[0]) if self.lines else None
        if told:
            begin, self.delimiter = 1, "\t" if told[1] == "\\t" else told[1]
        while begin < len(self.lines) and not self.lines[begin].strip(' \t\r\n,;|"'):
            begin += 1
        if not told:
            self.delimiter = self._likeliest(begin, columns_known)
        self.head = self._record(begin) if begin < len(self.lines) else Record(1, len(self.lines), [])

    def _likeliest(self, begin: int, columns_known: Callable[[list[str]], int]) -> str:
        """The delimiter between whose cells most columns are known, and of those the most frequent."""

        def likelihood(delimiter: str) -> tuple[int, int]:
            self.delimiter = delimiter
            cells = self._record(begin).cells if begin < len(self.lines) else []
            return columns_known(cells), len(cells)

        return max(DELIMITERS, key=likelihood)

    def __iter__(self) -> Iterator[Record]:
        """All after the head, those without any text left out. Behind an unclosed quote only what has as many cells as there are columns
        is a row again."""
        place, behind = self.head.last, False
        while place < len(self.lines):
            record = self._record(place)
            place = record.last
            if record.problem is not None:
                self._unclosed += 1
                behind = True
            elif not any(cell.strip() for cell in record.cells):
                continue
            elif behind and len(record.cells) != len(self.head.cells):
                record = record._replace(problem=BEHIND)
            else:
                behind = False
            yield record

    def _record(self, begin: int) -> Record:
        """The record that begins in this line, counted from 0."""
        cells: list[str] = []
        place, at = begin, 0
        while True:
            line = self.lines[place]
            end = len(line.rstrip("\r\n"))
            if line.startswith('"', at):
                quoted = self._quoted(place, at + 1)
                if quoted is None:
                    return Record(place + 1, place + 1, [], UNCLOSED)
                cell, place, at = quoted
                end = len(self.lines[place].rstrip("\r\n"))
            else:
                until = line.find(self.delimiter, at, end)
                until = end if until < 0 else until
                cell, at = line[at:until], until
            cells.append(cell)
            if at >= end:
                return Record(begin + 1, place + 1, cells)
            at += len(self.delimiter)

    def _quoted(self, place: int, at: int) -> tuple[str, int, int] | None:
        """The cell whose quote was opened just before `at`, and where it ends; None: the quote is not closed. One that is closed in
        another line than it was opened in, and not before a delimiter, was meant to be closed earlier."""
        begin, pieces, length = place, list[str](), 0
        while True:
            line = self.lines[place]
            end = len(line.rstrip("\r\n"))
            quote = line.find('"', at)
            if quote < 0:
                pieces.append(line[at:])
                length += len(line) - at
                place, at = place + 1, 0
                if place == len(self.lines) or length > MOST_IN_A_CELL or self._unclosed >= MOST_UNCLOSED:
                    return None
                continue
            pieces.append(line[at:quote])
            at = quote + 1
            if line.startswith('"', at):
                pieces.append('"')
                at += 1
            elif at >= end or line.startswith(self.delimiter, at):
                return "".join(pieces), place, at
            elif place != begin:
                return None
            else:
                until = line.find(self.delimiter, at, end)
                until = end if until < 0 else until
                return "".join([*pieces, line[at:until]]), place, until
