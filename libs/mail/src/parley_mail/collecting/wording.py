"""What is said to an IMAP server: strings, folder names, logins."""

from __future__ import annotations

import re
from base64 import b64encode

_QUOTABLE = re.compile(rb"[\x20-\x7e]*")
_OUTSIDE = re.compile(r"[^\x20-\x7e]+")


def quoted(text: bytes) -> bytes | None:
    """A quoted string; None where only a literal will do."""
    if _QUOTABLE.fullmatch(text) is None:
        return None
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def folder(name: str) -> bytes:
    """A folder's name in modified UTF-7 (RFC 3501, 5.1.3), quoted."""

    def shifted(found: re.Match[str]) -> str:
        return "&" + b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    written = quoted(_OUTSIDE.sub(shifted, name.replace("&", "&-")).encode("ascii"))
    assert written is not None
    return written


def plain(user: str, password: str) -> bytes:
    """What AUTHENTICATE PLAIN is answered with (RFC 4616)."""
    return b64encode(f"\0{user}\0{password}".encode())


def xoauth2(user: str, token: str) -> bytes:
    """What AUTHENTICATE XOAUTH2 is answered with."""
    return b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode())
