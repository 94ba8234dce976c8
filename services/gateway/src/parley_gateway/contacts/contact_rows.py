"""Rows of a file of contacts, whatever its format: their text, and each row as a contact or with what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from parley_contracts.refusal import Refused
from pydantic import ValidationError

from .contact_checks import ContactTyped

MOST_BYTES = 20 * 1024 * 1024
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15")
SAVE_AS = "save the file as UTF-8, or say ?encoding=windows-1252"
NOT_UTF_8 = re.compile("[\udc80-\udcff]")
LIST = re.compile(r"\s*[,;\n|]\s*")


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


def read_row(line: int, cells: Iterable[tuple[str | None, str]]) -> Row:
    """The row that these cells make, each with the name of its field; None: a column that is not known."""
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
