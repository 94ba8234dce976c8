"""A file in parts has the same rows, and each refused line is told as it stands in the whole file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from parley_gateway.contacts.contact_rows import Row
from parley_gateway.contacts.csv_file import read_csv
from parley_gateway.contacts.vcard_file import read_vcards
from parley_ops.contact_parts import Part, parts

CSV = "name;emails\nA;a@example.org\n" + '"B\nover two lines";bad\n' + "C;c@example.org\n\nD;bad too\nE;e@example.org"
CARDS = "".join(
    f"BEGIN:VCARD\nFN:{name}\nEMAIL:{mail}\nEND:VCARD\n" for name, mail in (("A", "a@example.org"), ("B", "bad"))
)


def read_of(these: Iterable[Part], read: Callable[[str], Iterator[Row]]) -> list[tuple[int, str | None]]:
    """What parts say of a file, each row at its line in the whole."""
    found: list[tuple[int, str | None]] = []
    for part in these:
        found += [(part.line(row.line), row.typed and row.typed.name) for row in read(part.text)]
        found += [(line, None) for line, _ in part.problems]
    return sorted(found)


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "text", [CSV, f"sep=;\n{CSV}", CSV.replace("\n", "\r\n"), CSV + '\nF;"f@example.org\nG;g@example.org']
)
def test_R24_parts_of_a_csv_file_are_the_whole(text: str, rows: int) -> None:
    found = read_of(parts(text, False, rows=rows), read_csv)
    assert found == sorted((row.line, row.typed and row.typed.name) for row in read_csv(text))
    assert len(found) >= 5


@pytest.mark.parametrize("cards", [1, 2, 3])
def test_R24_parts_of_a_vcard_file_are_the_whole(cards: int) -> None:
    text = CARDS * 3 + "BEGIN:VCARD\nFN:cut off"
    found = read_of(parts(text, True, rows=cards), read_vcards)
    assert found == sorted((row.line, row.typed and row.typed.name) for row in read_vcards(text))


def test_R24_parts_are_cut_by_bytes_too_and_pictures_are_not_sent() -> None:
    picture = "PHOTO;ENCODING=b:" + "\n ".join(["x" * 70] * 1_400)
    cards = [f"BEGIN:VCARD\nFN:Kim {n}\n{picture}\nNOTE:{'y' * 500}\nEND:VCARD\n" for n in range(20)]
    found = list(parts("".join(cards), False, size=2_000))
    assert sum(part.left_out["PHOTO"] for part in found) == 20
    assert max(len(part.text) for part in found) < 3_000
    assert read_of(found, read_vcards) == [(1 + n * 1_404, f"Kim {n}") for n in range(20)]


def test_R24_rows_about_one_contact_are_in_one_part() -> None:
    rows = "".join(f"N{n},n{n}@example.org\n" for n in range(5))
    text = f"name,emails\nTwice,t@example.org\n{rows}Twice,t@example.org\n"
    [part] = [part for part in parts(text, False, rows=2) if "Twice" in part.text]
    assert [part.line(row.line) for row in read_csv(part.text) if row.typed and row.typed.name == "Twice"] == [2, 8]


def test_R24_people_with_one_customer_number_are_in_one_part() -> None:
    rows = "".join(f"N{n},n{n}@example.org,\n" for n in range(5))
    text = f"name,emails,customer number\nAnna,,K-1\n{rows}Bernd,,k-1\n"
    [part] = [part for part in parts(text, False, rows=2) if "Anna" in part.text]
    assert "Bernd" in part.text
    assert part.text.index("Anna") < part.text.index("Bernd")
