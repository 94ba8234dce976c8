"""What an IMAP server says, taken apart. Everything is bounded: lines, literals, literals in a line."""

from __future__ import annotations

import re
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from datetime import UTC, datetime
from typing import NamedTuple

from .failures import NotReached, NotUnderstood

LONGEST_LINE = 64 * 1024
PIECE = 1024 * 1024
"""Bytes of a mail that are asked for at once."""
MOST_LITERALS = 20
TEXT_SHOWN = 200

_LITERAL = re.compile(rb"\{(\d{1,10})\+?\}$")
_TOKEN = re.compile(
    rb' *(?:(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<atom>(?:[^ ()"\[]|\[[^\]]*\])+))'
)
_STATUS = re.compile(rb"(?P<word>OK|NO|BAD|BYE|PREAUTH)(?![^ ])(?: \[(?P<code>[^\]]*)\])? ?(?P<text>.*)", re.I | re.S)
_DATE = re.compile(rb"( ?\d{1,2}-[A-Za-z]{3}-\d{4} \d\d:\d\d:\d\d [+-]\d{4})")


class Atom(bytes):
    """A word without quotation marks; strings are plain bytes."""


class Status(NamedTuple):
    """How a command ended. `word`: OK, NO, BAD, BYE or PREAUTH; `code`: what stood in brackets, in capitals; `text`: for people, cut."""

    word: str
    code: str
    text: str


class Fetched(NamedTuple):
    """One mail's answer to FETCH, as far as it was in it. `body`: the piece that was asked for."""

    uid: int
    size: int | None
    date: datetime | None
    body: bytes | None


class Listing:
    """The first of many mails, by UID, in whatever order they are told: `most` of them or more, without a gap, and never twice as many in memory."""

    def __init__(self, most: int) -> None:
        self._most, self._found = most, dict[int, Fetched]()
        self._last: int | None = None

    def add(self, mail: Fetched) -> None:
        """One more."""
        if self._last is not None and mail.uid > self._last:
            return  # some before it are left out: it comes with them, next time
        self._found[mail.uid] = mail
        if len(self._found) >= 2 * self._most:
            kept = sorted(self._found)[: self._most]
            self._last = kept[-1]
            self._found = {uid: self._found[uid] for uid in kept}

    def first(self) -> list[Fetched]:
        """In their order."""
        return [self._found[uid] for uid in sorted(self._found)]


Parts = list[bytes]
"""A response: text, literal, text, literal, …, text."""


async def read_line(reader: StreamReader) -> bytes:
    """One line, without its end. Raises NotReached when the connection is gone, NotUnderstood for a line without an end."""
    try:
        return (await reader.readuntil(b"\n")).rstrip(b"\r\n")
    except IncompleteReadError:
        raise NotReached("the server has closed the connection") from None
    except LimitOverrunError:
        raise NotUnderstood(f"the server sends a line of more than {LONGEST_LINE} bytes") from None


async def read_rest(reader: StreamReader, line: bytes) -> Parts:
    """The response that begins with this line, with its literals. Raises NotReached, NotUnderstood."""
    parts: Parts = []
    while (found := _LITERAL.search(line)) is not None:
        size = int(found[1])
        if size > PIECE or len(parts) > 2 * MOST_LITERALS:
            raise NotUnderstood(f"the server sends a piece of {size} bytes, which nobody asked for")
        parts.append(line[: found.start()])
        try:
            parts.append(await reader.readexactly(size))
        except IncompleteReadError:
            raise NotReached("the server has closed the connection in the middle of a mail") from None
        line = await read_line(reader)
    return [*parts, line]


def status_of(text: bytes) -> Status | None:
    """The status in a response without its tag; None where it is something else."""
    found = _STATUS.fullmatch(text)
    if found is None:
        return None
    shown = found["text"].decode("utf-8", "replace")
    code = (found["code"] or b"").decode("ascii", "replace")
    return Status(
        found["word"].decode().upper(), code.upper(), "".join(s for s in shown if s.isprintable())[:TEXT_SHOWN]
    )


def values(parts: Parts) -> list[object]:
    """Atoms, strings and lists. Raises NotUnderstood."""
    stack: list[list[object]] = [[]]
    for number, part in enumerate(parts):
        if number % 2:
            stack[-1].append(part)
            continue
        part, at = part.rstrip(), 0
        while at < len(part):
            found = _TOKEN.match(part, at)
            if found is None:
                raise NotUnderstood("the server sends what is no IMAP")
            at = found.end()
            if found["open"]:
                stack.append([])
            elif found["close"]:
                if len(stack) == 1:
                    raise NotUnderstood("the server closes a list that is not open")
                done = stack.pop()
                stack[-1].append(done)
            elif found["quoted"] is not None:
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", found["quoted"]))
            else:
                stack[-1].append(Atom(found["atom"]))
    if len(stack) > 1:
        raise NotUnderstood("the server leaves a list open")
    return stack[0]


def fetched_of(parts: Parts) -> Fetched | None:
    """The mail in an untagged response (without its `* `); None where it is no FETCH, or names no UID. Raises NotUnderstood."""
    if not re.match(rb"\d+ FETCH ", parts[0], re.I):
        return None
    items = values(parts)
    if len(items) != 3 or not isinstance(items[2], list) or len(items[2]) % 2:
        raise NotUnderstood("the server sends a FETCH that is none")
    named = {
        bytes(key).upper(): value
        for key, value in zip(items[2][::2], items[2][1::2], strict=True)
        if isinstance(key, bytes)
    }
    if b"UID" not in named:
        return None  # somebody else has changed a flag
    body = next((value for key, value in named.items() if key.startswith(b"BODY[]")), None)
    if isinstance(body, Atom):
        body = b"" if body.upper() == b"NIL" else bytes(body)
    uid, size = _number(named[b"UID"]), named.get(b"RFC822.SIZE")
    return Fetched(
        uid or 0,
        None if size is None else _number(size),
        _date(named.get(b"INTERNALDATE")),
        body if isinstance(body, bytes) else None,
    )


def _number(value: object) -> int:
    if isinstance(value, bytes) and value.isdigit() and len(value) <= 20:
        return int(value)
    raise NotUnderstood("the server sends no number where one must be")


def _date(value: object) -> datetime | None:
    if not isinstance(value, bytes) or _DATE.fullmatch(value) is None:
        return None
    try:
        return datetime.strptime(value.decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
