"""Contacts in CSV: read row by row, so that a bad one is named and the good ones are kept, and written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping

from parley_contracts.refusal import Refused

from .contact_rows import Cell, Column, Raw, Row, checked, joined, one_way, read_raw
from .csv_columns import NAMING, field_of, known_columns
from .csv_records import CsvRecords, Record

COLUMNS = ("name", "organisation", "emails", "phones", "customer_number", "language", "notes", "id", "also")
FORMULA = tuple("=+-@\t\r'")
"""A cell that begins so may be carried out by a spreadsheet, or loses its apostrophe there."""
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_CONTENT = ("name", "organisation", "emails", "phones", "customer_number", "language", "notes")
_OF_THE_NAME = ("given", "family", "family_given")


class CsvFile:
    """A CSV file whose first line names its columns. `assigned`: what columns are taken for that would be taken for something else, by
    their names; None: for nothing."""

    def __init__(self, text: str, assigned: Mapping[str, str | None] | None = None) -> None:
        self.records = CsvRecords(text, known_columns)
        self.columns = [_column(name, number, assigned or {}) for number, name in enumerate(self.records.head.cells, 1)]

    def usable(self) -> None:
        """Raises Refused `bad_request` where no column names anybody."""
        if NAMING.isdisjoint(column.field for column in self.columns):
            line = self.records.head.line
            raise Refused("bad_request", "The first line names the columns, such as name, emails, phones.", line=line)

    def unsaid(self) -> tuple[str, ...]:
        """The fields of a contact of which the file says nothing."""
        said = {column.field for column in self.columns}
        return tuple(name for name in _CONTENT if name not in said and not (name == "name" and said & {*_OF_THE_NAME}))

    def rows(self) -> Iterator[Raw]:
        """The rows, in their order; the columns count what is in them anew."""
        for column in self.columns:
            column.begin()
        for record in self.records:
            yield self._row(record)

    def _row(self, record: Record) -> Raw:
        place = (record.line, record.last)
        if record.problem is not None:
            return Raw(*place, {}, problem=record.problem)
        extra = [cell for cell in record.cells[len(self.columns) :] if cell.strip()]
        if extra:
            told = f"has {len(record.cells)} cells, but the first line names {len(self.columns)} columns"
            return Raw(
                *place, {}, problem=f"{told}: put a text that holds {self.records.delimiter!r} in quotation marks"
            )
        cells: list[Cell] = []
        for column, written in zip(self.columns, record.cells, strict=False):
            if not (cell := unguarded(written)).strip():
                continue
            if column.takes(cell) and column.field is not None:
                named = column.field != "notes" or field_of(column.name) == "notes"
                cells.append(Cell(column.field, cell if named else f"{column.name}: {cell.strip()}"))
        return read_raw(*place, cells)


def read_csv(text: str) -> Iterator[Row]:
    """The rows of a CSV file as contacts. Raises Refused `bad_request` when no column is known."""
    file = CsvFile(text)
    file.usable()
    return map(checked, file.rows())


def _column(name: str, number: int, assigned: Mapping[str, str | None]) -> Column:
    called = " ".join(name.split())[:200] or f"#{number}"
    return Column(called, assigned[called] if called in assigned else field_of(name))


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`; or what a program has written as a formula, so that a spreadsheet leaves it alone: `="030"`."""
    if as_text := _AS_TEXT.fullmatch(cell):
        return as_text[1].replace('""', '"')
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA and cell[1:2] else cell


def csv_lines(contacts: Iterable[Mapping[str, object]], head: bool) -> str:
    """Contacts as lines of a CSV file, which `read_csv` reads again; with the names of the columns where `head`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if head:
        writer.writerow(COLUMNS)
    for contact in contacts:
        writer.writerow([guarded(_cell(contact, name)) for name in COLUMNS])
    return out.getvalue()


def _cell(contact: Mapping[str, object], name: str) -> str:
    value = contact.get("contact" if name == "id" else name)
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return joined(map(str, value))
    return one_way(str(value)) if name == "notes" else str(value)
