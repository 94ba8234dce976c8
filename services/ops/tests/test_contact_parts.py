"""A file in parts has the same rows, and each refused line is told as it stands in the whole file."""

from __future__ import annotations

import pytest
from parley_gateway.contacts.csv_file import read_csv
from parley_gateway.contacts.vcard_file import read_vcards
from parley_ops.contact_parts import csv_parts, vcard_parts

CSV = "name;emails\nA;a@example.org\n" + '"B\nover two lines";bad\n' + "C;c@example.org\n\nD;bad too\nE;e@example.org"
CARDS = "".join(
    f"BEGIN:VCARD\nFN:{name}\nEMAIL:{mail}\nEND:VCARD\n" for name, mail in (("A", "a@example.org"), ("B", "bad"))
)


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_R24_parts_of_a_csv_file_are_the_whole(rows: int) -> None:
    found = [
        (row.line + part.behind, row.typed.name if row.typed else None)
        for part in csv_parts(CSV, rows)
        for row in read_csv(part.text)
    ]
    assert found == [(row.line, row.typed.name if row.typed else None) for row in read_csv(CSV)]


@pytest.mark.parametrize("cards", [1, 2, 3])
def test_R24_parts_of_a_vcard_file_are_the_whole(cards: int) -> None:
    text = CARDS * 3 + "BEGIN:VCARD\nFN:cut off"
    found = [
        (row.line + part.behind, row.typed is not None)
        for part in vcard_parts(text, cards)
        for row in read_vcards(part.text)
    ]
    assert found == [(row.line, row.typed is not None) for row in read_vcards(text)]
