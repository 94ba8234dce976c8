"""What is no text anywhere behind the edge: NUL, half of a surrogate pair, what is longer than anything has to be. It gets no further."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from parley_contracts.refusal import Refused

MOST_PATH_BYTES = 4_096
MOST_HEADER_BYTES = 16_384
MOST_SEGMENT_BYTES = 255
"""A name of a file, or of anything else, within a path."""

_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def check_head(scope: Any) -> None:
    """Whether a request's path, parameters and headers are text. Raises Refused `bad_request`."""
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    query: bytes = scope.get("query_string", b"")
    for what, raw in (("path", unquote_to_bytes(path)), ("parameters", unquote_to_bytes(query.replace(b"+", b" ")))):
        if len(raw) > MOST_PATH_BYTES:
            raise Refused("bad_request", f"The {what} are longer than {MOST_PATH_BYTES} bytes.")
        if b"\x00" in raw or not _is_utf8(raw):
            raise Refused("bad_request", f"The {what} must be Unicode text without the character NUL.")
    if any(len(part) > MOST_SEGMENT_BYTES for part in unquote_to_bytes(path).split(b"/")):
        raise Refused("bad_request", f"A name in the path is longer than {MOST_SEGMENT_BYTES} bytes.")
    for name, value in scope["headers"]:
        if len(value) > MOST_HEADER_BYTES or _CONTROL.search(value):
            shown = name.decode("latin-1")[:40]
            raise Refused("bad_request", f"The header {shown} is too long, or holds control characters.")


def check_json(body: bytes) -> None:
    """Whether all texts in a JSON body are text. What is no JSON, others refuse. Raises Refused `bad_request`."""
    if _ESCAPED.search(body) is None:
        return
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return
    for text in _texts(found):
        if "\x00" in text or not _encodable(text):
            raise Refused(
                "bad_request",
                "body: a text must be Unicode without the character NUL and without halves of surrogate pairs.",
            )


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as values:
                waiting += values
            case dict() as fields:
                waiting += [*fields.keys(), *fields.values()]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
