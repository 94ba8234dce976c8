"""Contacts as vCards: read card by card, so that a bad one is named and the good ones are kept, and written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .contact_rows import Bulky, Cell, Column, Raw, Row, checked, read_raw
from .vcard_lines import NOT_UNDERSTOOD, Card, Property, cards, uri

NO_CONTENT = frozenset(
    {"VERSION", "PRODID", "REV", "N", "KIND", "CLASS", "SORT-STRING", "X-ABLABEL", "X-ABSHOWAS", "PROFILE", "UID"}
)
"""What says nothing of the person, or says once more what is kept."""
MOST_PROPERTIES = 500
OTHERS = "…"
"""Stands for all properties beyond so many."""
BULKY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
"""What makes a file large."""
_KEPT = {
    "FN": "name",
    "EMAIL": "emails",
    "TEL": "phones",
    "ORG": "organisation",
    "LANG": "language",
    "NOTE": "notes",
    "X-CUSTOMER-NUMBER": "customer_number",
    "UID": "id",
}
_OF_N = ("family", "given", "middle", "prefix", "suffix")
_GROUPS = ("KIND", "X-ADDRESSBOOKSERVER-KIND")


class VcardFile:
    """A file of vCards. `assigned`: as in a CSV file, by the names of properties."""

    def __init__(self, text: str, assigned: Mapping[str, str | None] | None = None) -> None:
        self._text, self._assigned = text, assigned or {}
        self._columns: dict[str, Column] = {}

    @property
    def columns(self) -> list[Column]:
        """The properties that there were so far, but for those that say nothing of the person."""
        return [column for name, column in self._columns.items() if name not in NO_CONTENT]

    def usable(self) -> None:
        """It always is: a card needs no column."""

    def unsaid(self) -> tuple[str, ...]:
        """What cards of other programs do not know."""
        return ("customer_number", "language")

    def rows(self) -> Iterator[Raw]:
        """The cards, in their order; the columns count what is in them anew."""
        self._columns.clear()
        for card in cards(self._text):
            yield self.row(card)

    def row(self, card: Card) -> Raw:
        """A card as a row."""
        if card.problem is not None:
            return Raw(card.line, card.last, {}, problem=card.problem)
        if any(each.name in _GROUPS and each.value.strip().lower() == "group" for each in card.properties):
            return Raw(card.line, card.last, {}, problem="the card is a group of contacts, and no contact")
        cells: list[Cell] = []
        for each in card.properties:
            cells += self._cells(card, each)
        remarks = [
            f"left out is a line that is no property: {each.value.strip()[:60]!r}"
            for each in card.properties
            if each.name == NOT_UNDERSTOOD
        ]
        if not any(cell.field == "name" and cell.text.strip() for cell in cells):
            cells += self._of_n(card)
        raw = read_raw(card.line, card.last, cells)
        bulky = tuple(Bulky(each.name, each.line, each.last) for each in card.properties if each.name in BULKY)
        return raw._replace(remarks=(*raw.remarks, *remarks), bulky=bulky)

    def _cells(self, card: Card, each: Property) -> Iterator[Cell]:
        if each.name == NOT_UNDERSTOOD or not each.value.strip(" ;\t"):
            return
        column = self._column(each.name)
        text = card.text(each.value)
        if each.name == "ORG":
            text = ", ".join(filter(None, card.parts(each.value)))
        elif each.name == "EMAIL":
            text = uri(text, each.parameters, "mailto")
        elif each.name == "TEL":
            text = uri(text, each.parameters, "tel")
        elif column.field == "notes" and each.name != "NOTE":
            text = f"{each.name}: {', '.join(filter(None, card.parts(each.value)))}"
        if column.takes(text) and column.field is not None:
            yield Cell(column.field, text, whole=True)

    def _column(self, name: str) -> Column:
        name = name[:60] if name[:60] in self._columns or len(self._columns) < MOST_PROPERTIES else OTHERS
        if name not in self._columns:
            self._columns[name] = Column(name, self._assigned.get(name, _KEPT.get(name)))
        return self._columns[name]

    def _of_n(self, card: Card) -> Iterator[Cell]:
        found = next((each for each in card.properties if each.name == "N"), None)
        if found is not None:
            yield from (Cell(field, text) for field, text in zip(_OF_N, card.parts(found.value), strict=False))


def read_vcards(text: str) -> Iterator[Row]:
    """The cards of a vCard file as contacts."""
    return map(checked, VcardFile(text).rows())


# --- written ----------------------------------------------------------------------------------------------------------


def vcard(contact: Mapping[str, object]) -> str:
    """A contact as a vCard 4.0, which `read_vcards` reads again; lines folded at 75 bytes."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{_escaped(contact['name'])}"]
    many = (("emails", "EMAIL", "mailto"), ("phones", "TEL", "tel"))
    for field, name, scheme in many:
        for value in _list(contact.get(field)):
            kind = ";VALUE=text" if str(value).lower().startswith(f"{scheme}:") else ""
            lines.append(f"{name}{kind}:{_escaped(value)}")
    one = (
        ("organisation", "ORG"),
        ("language", "LANG"),
        ("notes", "NOTE"),
        ("customer_number", "X-CUSTOMER-NUMBER"),
        ("contact", "UID"),
    )
    lines += [f"{name}:{_escaped(contact[field])}" for field, name in one if contact.get(field)]
    lines += [f"X-ALSO:{_escaped(value)}" for value in _list(contact.get("also"))]
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCARD"] for folded in _folded(line))


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _escaped(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return re.sub(r"\r\n|\r|\n", r"\\n", text)


def _folded(line: str) -> Iterator[str]:
    taken, size = "", 0
    for character in line:
        wide = len(character.encode())
        if size + wide > 75:
            yield taken
            taken, size = " ", 1
        taken += character
        size += wide
    yield taken
