"""Contacts as vCards: read card by card, so that a bad one is named and the good ones are kept, and written.

The reader is our own: libraries give a file up at its first bad card, and none says in which line it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .contact_rows import Row, read_row


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
    return read_row(line, cells)


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
