"""The text of a file of contacts: in the encoding that is named, or in the one that is found out."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from parley_contracts.refusal import Refused

MOST_BYTES = 20 * 1024 * 1024
ENCODINGS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1250", "windows-1251", "windows-1252", "windows-1253"),
    *("windows-1254", "windows-1257", "iso-8859-1", "iso-8859-2", "iso-8859-9", "iso-8859-15", "macintosh", "ibm850"),
    *("shift_jis", "gb18030", "big5", "euc-kr", "koi8-r"),
)
SAVE_AS = "save the file as UTF-8, or say ?encoding=windows-1252"
NO_TEXT = re.compile("[\ud800-\udfff]")
"""What stands in a text for bytes that its encoding does not have: the rows that hold it are refused, no others."""

_KNOWN = {codecs.lookup(name).name: name for name in ENCODINGS} | {
    codecs.lookup("latin-1").name: "windows-1252",  # as browsers do: nobody means the control characters
    codecs.lookup("ascii").name: "utf-8",
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE = 4_096
_NO_TEXT_AT_ALL = {
    b"PK\x03\x04": "a workbook or an archive: save the table in it as CSV",
    b"\xd0\xcf\x11\xe0": "a workbook of an old Excel: save the table in it as CSV",
    b"%PDF": "a PDF: export the contacts as CSV or vCards",
    b"<?xml": "XML: export the contacts as CSV or vCards",
}
"""How files begin that people take for one of these, and what to do."""


class FileText(NamedTuple):
    """A file's text, and the encoding that it was taken to be in."""

    text: str
    encoding: str


def file_text(body: bytes, encoding: str | None, charset: str | None = None) -> FileText:
    """A file's text: as its byte order mark says, else in the `encoding` that is asked for, else in the `charset` of its media type,
    else in UTF-8 where it is that, else in windows-1252. Bytes that are none in it stay in the text, as halves of surrogates.

    Raises Refused `bad_request` where `encoding` is none that is known, and where it is no text.
    """
    for begin, told in _NO_TEXT_AT_ALL.items():
        if body.startswith(begin):
            raise Refused("bad_request", f"The file is {told}.")
    name = _name(encoding) if encoding is not None else None
    if encoding is not None and name is None:
        raise Refused("bad_request", f"encoding: use one of {', '.join(ENCODINGS)}.")
    marked = next((known for mark, known in _MARKS if body.startswith(mark)), None)
    if name == "utf-16":
        name = "utf-16-le"
    name = marked or name or _said(charset) or _found_out(body)
    return FileText(_decoded(body, name).removeprefix("\ufeff"), name)


def text_of(body: bytes, encoding: str | None) -> str:
    """The text alone, as `file_text` finds it."""
    return file_text(body, encoding).text


def _name(encoding: str) -> str | None:
    try:
        return _KNOWN.get(codecs.lookup(encoding.strip()).name)
    except (LookupError, ValueError):
        return None


def _said(charset: str | None) -> str | None:
    """What a media type says; UTF-8 is said without a look at the file, so that is found out."""
    name = _name(charset) if charset else None
    return None if name in (None, "utf-8", "utf-16") else name


def _found_out(body: bytes) -> str:
    head = body[:_SAMPLE]
    if head.count(0) > len(head) // 4:
        return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
    text = body.decode("utf-8", "surrogateescape")
    wrong = len(NO_TEXT.findall(text))
    if not wrong:
        return "utf-8"
    # A file in UTF-8 with a few bytes that are none is that: else each of its umlauts would be two letters.
    right = sum(1 for character in text if "\x7f" < character < "\ud800" or character > "\udfff")
    return "utf-8" if right > wrong else "windows-1252"


def _decoded(body: bytes, name: str) -> str:
    if name.startswith("utf-16"):
        odd = "\udc80" if len(body) % 2 else ""
        return body[: len(body) // 2 * 2].decode(name, "surrogatepass" if _pairs(body, name) else "replace") + odd
    return body.decode(name, "surrogateescape")


def _pairs(body: bytes, name: str) -> bool:
    try:
        body[: len(body) // 2 * 2].decode(name, "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
