"""R24: what programs export comes in complete; what comes in of each is written down in docs/contacts.md."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from files_of_programs import FILES, Kept, ProgramFile
from parley_gateway.contacts.contact_rows import checked
from parley_gateway.contacts.csv_file import CsvFile
from parley_gateway.contacts.file_text import file_text
from parley_gateway.contacts.vcard_file import VcardFile

DOCUMENT = Path(__file__).parents[3] / "docs/contacts.md"
BEGINS, ENDS = "<!-- files of programs: written by the test -->\n", "<!-- end -->\n"


def read(file: ProgramFile) -> tuple[str, list[Kept], list[str]]:
    """The encoding, the contacts, and what stays out."""
    text, encoding = file_text(file.body, file.said)
    rows = (VcardFile if file.cards else CsvFile)(text)
    kept = []
    for raw in rows.rows():
        row = checked(raw)
        assert row.typed is not None, row.problem
        assert row.remarks == ()
        kept.append(Kept(**row.typed.model_dump()))
    return encoding, kept, [column.name for column in rows.columns if column.left_out]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.program}: {file.what}")
def test_R24_what_a_program_exports_comes_in_complete(file: ProgramFile) -> None:
    assert read(file) == (file.encoding, list(file.kept), list(file.left_out))


def test_R24_there_are_thirty_files_of_ten_programs() -> None:
    assert len(FILES) >= 30
    assert len({file.program for file in FILES}) >= 10


def table() -> str:
    """What comes in of each file."""
    lines = ["| program | file | read as | what comes in | what stays out, and is told |", "|---|---|---|---|---|"]
    for file in FILES:
        encoding, kept, left_out = read(file)
        said = f"{encoding} (has to be said)" if file.said else encoding
        told = "<br>".join(
            "; ".join(
                (
                    each.name,
                    *each.emails,
                    *each.phones,
                    *(f"{name}: {value!r}" for name, value in zip(Kept._fields[3:], each[3:], strict=True) if value),
                )
            )
            for each in kept
        )
        lines.append(f"| {file.program} | {file.what} | {said} | {told} | {', '.join(left_out) or '–'} |")
    return "\n".join(lines) + "\n"


def test_the_table_is_written_down() -> None:
    document = DOCUMENT.read_text("utf-8")
    before, _, rest = document.partition(BEGINS)
    stands, _, after = rest.partition(ENDS)
    if os.environ.get("PARLEY_RECORD"):
        DOCUMENT.write_text(f"{before}{BEGINS}{table()}{ENDS}{after}", "utf-8")
        return
    assert stands == table(), "PARLEY_RECORD=1 writes it"
