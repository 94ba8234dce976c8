"""What a file is, by its content. For showing and for choosing how it is handed out; never a reason to run it."""

from __future__ import annotations

import re

import filetype

UNKNOWN = "application/octet-stream"
LOOKED_AT = 8_192
"""How many bytes from its beginning are enough."""

PICTURES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
"""What is shown, and not only saved: formats that hold no script."""

# What browsers and desktops would run, and what is text: filetype knows formats with binary marks alone.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"{\\rtf", "application/rtf"),
    (b"#!", "text/x-shellscript"),
    (b"MZ", "application/x-msdownload"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"-----BEGIN PGP", "application/pgp-encrypted"),
)
_ACTIVE = re.compile(
    rb"(?i)<(!doctype html|html|head|body|script|iframe|object|embed|meta|style|form|base|link|a\s|img|table|div)[\s>/]"
)
_SVG = re.compile(rb"(?i)<(?:[\w-]+:)?svg[\s>/]")
_PKCS7 = re.compile(rb"^0[\x80-\x84].{0,6}\x06\t\x2a\x86\x48\x86\xf7\x0d\x01\x07", re.S)
_MAIL = re.compile(
    rb"(?i)^(received|return-path|from|to|subject|date|message-id|mime-version|dkim-signature|delivered-to):[^\n]*\r?\n([\w-]+:|[ \t])"
)


def type_of(head: bytes) -> str:
    """The media type of a file that begins so. Text that holds markup is what a browser would take it for (`text/html`, `image/svg+xml`)."""
    head = head[:LOOKED_AT]
    if not head:
        return "application/x-empty"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, named in _MARKS:
        if start.startswith(mark):
            return named
    found = filetype.guess_mime(head)
    if found:
        return str(found)
    if head[:1024].find(b"%PDF-") >= 0:
        return "application/pdf"
    if _PKCS7.match(head):
        return "application/pkcs7-mime"
    return _of_text(head, start)


def _of_text(head: bytes, start: bytes) -> str:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    plain = start.replace(b"\x00", b"") if wide else start
    if _SVG.search(plain):
        return "image/svg+xml"
    if _ACTIVE.search(plain):
        return "text/html"
    if plain.startswith(b"<?xml"):
        return "text/xml"
    if _MAIL.match(plain):
        return "message/rfc822"
    if wide or not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        return "text/plain"
    return UNKNOWN
