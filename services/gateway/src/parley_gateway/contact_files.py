"""Contacts in files: CSV and vCard, read row by row so that a bad one is named and the good ones are kept, and written.

The vCard reader is our own: libraries give a file up at its first bad card, and none says in which line it stands.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from parley_contracts.refusal import Refused
from pydantic import ValidationError

from .contact_checks import ContactTyped

MOST_BYTES = 20 * 1024 * 1024
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15")
COLUMNS = ("name", "organisation", "emails", "phones", "customer_number", "language", "notes")
SAVE_AS = "save the file as UTF-8, or say ?encoding=windows-1252"
NOT_UTF_8 = re.compile("[\udc80-\udcff]")
LIST = re.compile(r"\s*[,;\n|]\s*")
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


class Row(NamedTuple):
    """One row of a file, at its `line`: who it is about, or why not."""

    line: int
    typed: ContactTyped | None
    problem: str | None = None


def text_of(body: bytes, encoding: str | None) -> str:
    """A file's text: in the encoding that is named, else as its byte order mark says, else UTF-8. What is not UTF-8 is kept as
    halves of surrogates, so that only the rows that hold it are refused.

    Raises Refused `bad_request` with the line of the first byte that fits into none of the other encodings.
    """
    if encoding is not None and encoding.lower() not in ENCODINGS:
        raise Refused("bad_request", f"encoding: use one of {', '.join(ENCODINGS)}.")
    marked = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    name = encoding or ("utf-16" if marked else "utf-8")
    if name.lower() == "utf-8":
        return body.decode("utf-8-sig", "surrogateescape")
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Refused("bad_request", f"Line {line} is not {name}: {SAVE_AS}.", line=line) from None


# --- CSV --------------------------------------------------------------------------------------------------------------


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
            yield _row(start, zip(names, map(unguarded, cells), strict=False))
        start = reader.line_num + 1


def _column(header: str) -> str | None:
    words = re.sub(r"[\W_]+", " ", header.casefold()).split()
    return HEADERS.get(" ".join(word for word in words if not word.isdigit() and word != "value"))


def _row(line: int, cells: Iterable[tuple[str | None, str]]) -> Row:
    found: dict[str, list[str]] = {}
    for name, cell in cells:
        if name is not None and cell.strip():
            parts = LIST.split(cell.strip()) if name in ("emails", "phones") else [cell.strip()]
            found.setdefault(name, []).extend(part for part in parts if part)
            if NOT_UTF_8.search(cell):
                return Row(line, None, f"{name}: is not UTF-8: {SAVE_AS}")
    single = {name: " ".join(values) for name, values in found.items() if name not in ("emails", "phones")}
    given = " ".join(filter(None, (single.pop("given", ""), single.pop("family", ""))))
    fields: dict[str, object] = {**single, "emails": found.get("emails", ()), "phones": found.get("phones", ())}
    usual = (*found.get("emails", ()), *found.get("phones", ()))
    fields["name"] = single.get("name") or given or single.get("organisation") or next(iter(usual), "")
    try:
        return Row(line, ContactTyped.model_validate(fields))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Row(line, None, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


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


# --- vCard ------------------------------------------------------------------------------------------------------------


def read_vcards(text: str) -> Iterator[Row]:
    """The cards of a vCard file (3.0, 4.0)."""
    card: list[tuple[str, str]] | None = None
    begun = 0
    for line, content in _unfolded(text):
        head, colon, value = content.partition(":")
        name = head.partition(";")[0].rpartition(".")[2].upper()
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            if card is not None:
                yield Row(begun, None, "the card has no END:VCARD")
            card, begun = [], line
        elif name == "END" and value.strip().upper() == "VCARD":
            if card is None:
                yield Row(line, None, "END:VCARD without a BEGIN:VCARD")
            else:
                yield _card(begun, card)
            card = None
        elif card is None:
            yield Row(line, None, "outside of a card: cards stand between BEGIN:VCARD and END:VCARD")
        elif not colon:
            card.append(("BAD", content))
        else:
            card.append((name, value))
    if card is not None:
        yield Row(begun, None, "the card has no END:VCARD")


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with what is folded into the following lines, at their numbers."""
    number, kept = 0, ""
    for line, content in enumerate(text.splitlines(), 1):
        if content[:1] in (" ", "\t") and kept:
            kept += content[1:]
            continue
        if kept.strip():
            yield number, kept
        number, kept = line, content
    if kept.strip():
        yield number, kept


def _card(line: int, properties: list[tuple[str, str]]) -> Row:
    cells: list[tuple[str | None, str]] = []
    name = ""
    for kind, value in properties:
        match kind:
            case "BAD":
                return Row(line, None, f"this is no property of a card: {value[:60]!r}")
            case "FN":
                cells.append(("name", _unescaped(value)))
            case "N":
                family, given = (*_parts(value), "", "")[:2]
                name = f"{given} {family}".strip()
            case "EMAIL":
                cells.append(("emails", _unescaped(value)))
            case "TEL":
                cells.append(("phones", _unescaped(value).removeprefix("tel:")))
            case "ORG":
                cells.append(("organisation", ", ".join(filter(None, _parts(value)))))
            case "LANG":
                cells.append(("language", _unescaped(value)))
            case "NOTE":
                cells.append(("notes", _unescaped(value)))
            case "X-CUSTOMER-NUMBER":
                cells.append(("customer_number", _unescaped(value)))
    if not any(kind == "name" and value.strip() for kind, value in cells):
        cells.append(("name", name))
    return _row(line, cells)


_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _parts(value: str) -> list[str]:
    return [_unescaped(part) for part in re.split(r"(?<!\\);", value)]


def vcard(contact: dict[str, object]) -> str:
    """A contact as a vCard 4.0, which `read_vcards` reads again; lines folded at 75 bytes."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{_escaped(contact['name'])}"]
    many = (("emails", "EMAIL"), ("phones", "TEL"))
    lines += [f"{name}:{_escaped(value)}" for field, name in many for value in _list(contact.get(field))]
    one = (
        ("organisation", "ORG"),
        ("language", "LANG"),
        ("notes", "NOTE"),
        ("customer_number", "X-CUSTOMER-NUMBER"),
    )
    lines += [f"{name}:{_escaped(contact[field])}" for field, name in one if contact.get(field)]
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCARD"] for folded in _folded(line))


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _escaped(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return re.sub(r"\r\n|\r|\n", r"\\n", text)


def _folded(line: str) -> Iterator[str]:
    taken = ""
    for character in line:
        if len((taken + character).encode()) > 75:
            yield taken
            taken = " "
        taken += character
    yield taken
