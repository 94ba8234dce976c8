"""The form of a mail, by Python's own parser, within bounds."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterator
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import compat32
from quopri import decodestring
from typing import Any, cast

from .cleaning import decoded
from .encoded import rfc2231, words
from .guarded import tried
from .refusals import MailRefused
from .values import Limits

_AT_ONCE = 64 * 1024
_MOST_OF_A_FORM = 4_096
"""Of a header that says what a part is: Python's parser copies it at each semicolon."""
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Part(Message):
    """A part, with the bounds in it. A mail within a mail stays closed: it is a file, byte by byte, and costs nothing."""

    depth = 0
    bounds = Limits()
    held = ""
    """What stands in it as it came, bytes that are no ASCII as halves of surrogate pairs. `get_payload` decodes it, and fails at that."""

    def attach(self, payload: Any) -> None:
        payload.depth = self.depth + 1
        if payload.depth > self.bounds.depth:
            raise MailRefused("too_deep", f"The mail has parts within parts, more than {self.bounds.depth} deep.")
        super().attach(payload)

    def set_payload(self, payload: Any, charset: Any = None) -> None:
        self.held = payload if isinstance(payload, str) else ""
        super().set_payload(payload, charset)

    def set_raw(self, name: str, value: Any) -> None:
        if len(self) >= self.bounds.headers:
            raise MailRefused("too_many_headers", f"A part of the mail has more than {self.bounds.headers} headers.")
        super().set_raw(name, value)

    def get(self, name: str, failobj: Any = None) -> Any:
        """The first header of this name as text. Bytes that are no ASCII are read as UTF-8 or windows-1252: RFC 6532, and what is written without leave."""
        for key, value in self.raw_items():
            if key.lower() == name.lower():
                return readable(value, _MOST_OF_A_FORM)
        return failobj

    def get_content_type(self) -> str:
        """Declared, but that of a mail within the mail, for the parser's sake; `kind` has it as it is."""
        kind = super().get_content_type()
        return f"application/{kind.partition('/')[2]}" if kind.startswith("message/") else kind

    @property
    def kind(self) -> str:
        """The declared media type, as it is. In lower case; text/plain where none is declared."""
        return tried("text/plain", super().get_content_type)

    @property
    def inner(self) -> list[Part]:
        """The parts within, or none."""
        return [each for each in self.get_payload() if isinstance(each, Part)] if self.is_multipart() else []

    def leaves(self) -> Iterator[Part]:
        """The parts that hold content, in order."""
        if self.is_multipart():
            for each in self.inner:
                yield from each.leaves()
        else:
            yield self

    def content(self) -> bytes:
        """The bytes of a part without parts, decoded as its transfer encoding says; as they came, where it cannot be done."""
        raw = self.held.encode("utf-8", "surrogateescape")
        encoding = str(self.get("content-transfer-encoding", "")).strip().lower()
        if encoding == "base64":
            return _of_base64(raw)
        if encoding == "quoted-printable":
            return tried(raw, decodestring, raw)
        if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
            made = tried(None, self.get_payload, decode=True)
            return made if isinstance(made, bytes) else raw
        return raw

    def parameter(self, name: str, header: str = "content-type") -> str:
        """A parameter of a header, decoded (RFC 2231, and what is written instead of it); empty where there is none."""
        found = tried(None, self.get_param, name, None, header)
        if isinstance(found, tuple):
            return rfc2231(found)
        return words(found) if isinstance(found, str) else ""

    @property
    def disposition(self) -> str:
        return tried("", lambda: (self.get_content_disposition() or "").lower())


def readable(value: Any, most: int) -> str:
    """A header's value as it stands there, as text of at most so many characters."""
    text = str(value)[:most]
    return text if text.isascii() else decoded(text.encode("utf-8", "surrogateescape"), "utf-8")


def _of_base64(raw: bytes) -> bytes:
    """What is there, where the end is missing; as it came, where it is something else."""
    made = tried(None, a2b_base64, raw)
    if made is not None and (made or not raw.strip()):
        return made
    kept = raw.translate(None, b" \t\r\n=")
    if kept.translate(None, _BASE64):
        return raw
    return tried(raw, a2b_base64, kept[: len(kept) // 4 * 4])


def parse(raw: bytes, limits: Limits) -> Part:
    """The mail as parts. `MailRefused`: `empty`, `too_large`, `too_many_parts`, `too_many_lines`, `too_deep`, `too_many_headers`, `unreadable`."""
    if not raw.strip():
        raise MailRefused("empty", "There is nothing in the mail.")
    if len(raw) > limits.bytes:
        raise MailRefused("too_large", f"The mail has {len(raw)} bytes, at most {limits.bytes} are read.")
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    if lines > limits.lines:
        raise MailRefused("too_many_lines", f"The mail has {lines} lines, at most {limits.lines} are read.")
    count = -1  # the parser makes one to see whether it can

    def part(policy: Any = compat32) -> Part:
        nonlocal count
        count += 1
        if count > limits.parts:
            raise MailRefused("too_many_parts", f"The mail has more than {limits.parts} parts.")
        made = Part(policy=compat32)
        made.bounds = limits
        return made

    def fed() -> Part | None:
        parser: BytesFeedParser[Part] = BytesFeedParser(part, policy=cast(Any, compat32))
        for start in range(0, len(raw), _AT_ONCE):
            parser.feed(raw[start : start + _AT_ONCE])
        return parser.close()

    mail = tried(None, fed)
    if mail is None or not len(mail):
        raise MailRefused("unreadable", "This is no mail: it has no header that can be read.")
    return mail
