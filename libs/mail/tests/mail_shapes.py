"""How mails are put together in these tests: byte by byte, as programs do it and not as Python's library would."""

from __future__ import annotations

import base64
import quopri
from dataclasses import dataclass, field

CUSTOMER = "Erika Muster <erika@kunde.example>"
QUEUE = "service@bank.example"


@dataclass(frozen=True)
class Sample:
    """A mail, and what has to come of it."""

    raw: bytes
    text: tuple[str, ...] = ()
    """What the text holds."""
    no_text: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    refused: str = ""
    reasons: frozenset[str] = frozenset()
    opens_work: bool = True
    files: tuple[tuple[str, str], ...] = ()
    """Names and types by content."""
    subject: str | None = None
    author: tuple[str, str] | None = None
    more: dict[str, object] = field(default_factory=dict)
    """Fields of the mail, or of its marks, by name."""


def head(more: str = "", subject: str = "Ihre Rechnung", sender: str = CUSTOMER, agent: str = "") -> str:
    lines = [
        "Return-Path: <erika@kunde.example>",
        "Received: from mx.kunde.example (mx.kunde.example [192.0.2.7]) by mx.bank.example; Mon, 3 Nov 2025 10:20:00 +0100",
        f"From: {sender}",
        f"To: Kundenservice <{QUEUE}>",
        f"Subject: {subject}",
        "Date: Mon, 3 Nov 2025 10:15:42 +0100",
        "Message-ID: <0a1b2c3d@kunde.example>",
        "MIME-Version: 1.0",
        *([f"User-Agent: {agent}"] if agent else []),
    ]
    return "\r\n".join(lines) + "\r\n" + more.replace("\r\n", "\n").replace("\n", "\r\n")


def mail(kind: str, content: str | bytes, more: str = "", **named: str) -> bytes:
    """A mail of one part; `more` are further headers, each with its line end."""
    body = content.replace("\r\n", "\n").replace("\n", "\r\n").encode() if isinstance(content, str) else content
    return (head(f"{more}Content-Type: {kind}\n", **named) + "\r\n").encode("utf-8", "surrogateescape") + body


def part(kind: str, content: str | bytes, more: str = "", encoding: str = "8bit") -> bytes:
    body = content.replace("\n", "\r\n").encode() if isinstance(content, str) else content
    if encoding == "base64":
        body = base64.encodebytes(body).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body)
    top = f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n{more}\n".replace("\n", "\r\n")
    return top.encode("utf-8", "surrogateescape") + body


def several(kind: str, *parts: bytes, boundary: str = "=_b", parameters: str = "") -> bytes:
    """A part of parts, with its header."""
    inner = b"".join(b"--" + boundary.encode() + b"\r\n" + each + b"\r\n" for each in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"{parameters}\r\n\r\n'.encode()
        + inner
        + f"--{boundary}--\r\n".encode()
    )


def whole(body: bytes, more: str = "", **named: str) -> bytes:
    """A mail around a part that has its header."""
    return head(more, **named).encode("utf-8", "surrogateescape") + body


def both(plain: str, html: str, boundary: str = "=_alt") -> bytes:
    return several(
        "alternative",
        part("text/plain; charset=utf-8", plain),
        part("text/html; charset=utf-8", html, encoding="quoted-printable"),
        boundary=boundary,
    )


def attached(name: str, kind: str, content: bytes, more: str = "", disposition: str = "attachment") -> bytes:
    return part(
        f'{kind}; name="{name}"', content, f'Content-Disposition: {disposition}; filename="{name}"\n{more}', "base64"
    )


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
