"""Contacts in CSV: read row by row, so that a bad one is named and the good ones are kept, and written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from parley_contracts.refusal import Refused

from .contact_rows import Row, read_row

COLUMNS = ("name", "organisation", "emails", "phones", "customer_number", "language", "notes")
FORMULA = tuple("=+-@\t\r'")
"""A cell that begins so may be carried out by a spreadsheet, or loses its apostrophe there."""

HEADERS = {
    "name": "name",
    "full name": "name",
    "contact": "name",
    "kontakt": "name",
    "fn": "name",
    "first name": "given",
    "given name": "given",
    "vorname": "given",
    "last name": "family",
    "family name": "family",
    "surname": "family",
    "nachname": "family",
    "email": "emails",
    "emails": "emails",
    "e mail": "emails",
    "e mails": "emails",
    "mail": "emails",
    "e mail adresse": "emails",
    "e mail address": "emails",
    "phone": "phones",
    "phones": "phones",
    "phone number": "phones",
    "telephone": "phones",
    "telefon": "phones",
    "telefonnummer": "phones",
    "tel": "phones",
    "mobile": "phones",
    "mobil": "phones",
    "handy": "phones",
    "rufnummer": "phones",
    "organisation": "organisation",
    "organization": "organisation",
    "company": "organisation",
    "firma": "organisation",
    "unternehmen": "organisation",
    "customer number": "customer_number",
    "customer no": "customer_number",
    "kundennummer": "customer_number",
    "kunden nr": "customer_number",
    "kundennr": "customer_number",
    "language": "language",
    "sprache": "language",
    "notes": "notes",
    "note": "notes",
    "notizen": "notes",
    "notiz": "notes",
    "bemerkung": "notes",
}
"""What a column may be called in a file, in English and German, without marks and numbers."""


def read_csv(text: str) -> Iterator[Row]:
    """The rows of a CSV file whose first line names its columns. Raises Refused `bad_request` when no column is known."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str | None] | None = None
    start = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(reader.line_num, None, f"no CSV: {error}")
            start = reader.line_num + 1
            continue
        if names is None:
            names = [_column(cell) for cell in cells]
            if not {"name", "given", "family", "organisation", "emails"}.intersection(filter(None, names)):
                raise Refused("bad_request", "The first line names the columns, such as name, emails, phones.", line=1)
        elif any(cell.strip() for cell in cells):
            yield read_row(start, zip(names, map(unguarded, cells), strict=False))
        start = reader.line_num + 1


def _column(header: str) -> str | None:
    words = re.sub(r"[\W_]+", " ", header.casefold()).split()
    return HEADERS.get(" ".join(word for word in words if not word.isdigit() and word != "value"))


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA and cell[1:2] else cell


def csv_lines(contacts: Iterable[dict[str, object]], head: bool) -> str:
    """Contacts as lines of a CSV file, which `read_csv` reads again; with the names of the columns where `head`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if head:
        writer.writerow(COLUMNS)
    for contact in contacts:
        writer.writerow([guarded(_cell(contact.get(name))) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
