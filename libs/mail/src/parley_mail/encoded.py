"""Words and parameters of headers that are no ASCII, as they travel (RFC 2047, RFC 2231), and as programs write them instead."""

from __future__ import annotations

import re
from email.header import decode_header
from urllib.parse import unquote_to_bytes

from . import cleaning
from .guarded import tried


def words(value: str) -> str:
    """With its encoded words decoded (RFC 2047)."""
    if "=?" not in value:
        return value
    # Programs split a character between two words: those of one charset are read as one.
    value = re.sub(r"\?=\s+=\?", "?= =?", value)

    def read() -> str:
        pieces: list[tuple[bytes, str]] = []
        for piece, named in decode_header(value):
            content = piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else piece
            if pieces and pieces[-1][1] == (named or ""):
                pieces[-1] = (pieces[-1][0] + content, named or "")
            else:
                pieces.append((content, named or ""))
        return "".join(cleaning.decoded(content, named.partition("*")[0] or "utf-8") for content, named in pieces)

    return tried(value, read)


def rfc2231(found: tuple[str | None, str | None, str]) -> str:
    """A parameter that was written with its charset."""
    named, _, value = found
    if not isinstance(value, str):
        return ""
    content = unquote_to_bytes(value) if "%" in value else value.encode("latin-1", "replace")
    return cleaning.decoded(content, named or "utf-8")
