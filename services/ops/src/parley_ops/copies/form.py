"""A copy as JSON Lines: a head, the rows, a foot with a digest of all that stands before it. Pure: bytes in, bytes out.

An event's bytes stand in its line as they are stored, behind `"state":` up to the line's last brace; what is no JSON object
on one line stands in `base64`.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from .carried import CARRIED, LOGS, MAY_BE_NULL, Carried

FORMAT, VERSION = "parley-copy", 1
MOST_BYTES = 64 * 1024 * 1024
"""No line is longer: a file without an end of a line is not read into the memory."""

AT_ONCE = 256
"""So many lines are written at once."""
MOST = 2**63 - 1
"""No number is larger."""


class Broken(ValueError):
    """The file is no copy, or not whole, or not as it was written."""


class Span(msgspec.Struct, frozen=True):
    """The first and the last position of a log that the copy holds; 0 and 0 where it holds none."""

    first: int = 0
    last: int = 0


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of what it is a copy; nothing said: of everything. Times in milliseconds since 1970: from `since`, before `until`."""

    tenant: str | None = None
    since: int | None = None
    until: int | None = None
    chat: str | None = None

    @property
    def part(self) -> str:
        """`whole`, `tenant`, or what cannot be imported: `chat`, `time`."""
        if self.chat is not None:
            return "chat"
        if self.since is not None or self.until is not None:
            return "time"
        return "whole" if self.tenant is None else "tenant"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """`parley`: the version that has written it. `logins`: with passwords and second factors. `timelines`, `logs`: by service."""

    format: str = FORMAT
    version: int = VERSION
    parley: str
    part: str
    asked: Asked
    logins: bool
    partitions: int
    timelines: dict[str, str]
    logs: dict[str, Span]


class Event(NamedTuple):
    """One event as it stands in a log; `state` are its bytes."""

    log: str
    position: int
    stream: str
    n: int
    name: str
    state: bytes


class Cells(NamedTuple):
    """One row of a table beside a log."""

    log: str
    table: str
    row: tuple[Any, ...]


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    log: str = ""
    position: int = 0
    stream: str = ""
    n: int = 0
    name: str = ""
    state: msgspec.Raw = msgspec.Raw(b"")
    base64: str | None = None
    table: str = ""
    row: list[Any] = []
    rows: dict[str, int] = {}
    sha256: str = ""


_encode = msgspec.json.encode
_line = msgspec.json.Decoder(_Line).decode
_raw = msgspec.json.Decoder(msgspec.Raw).decode
_head = msgspec.json.Decoder(Head).decode


def _stands_as_it_is(state: bytes) -> bool:
    """Whether these bytes can stand in a line, and come out of it as they went in."""
    if state[:1] != b"{" or state[-1:] != b"}" or b"\n" in state or b"\r" in state:
        return False
    try:
        state.decode()
        _raw(state)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return False
    return True


def event_line(event: Event) -> bytes:
    """An event as a line."""
    log, position, stream, n, name, state = event
    begin = b'{"log":"%s","position":%d,"stream":%s,"n":%d,"name":%s,' % (
        log.encode(),
        position,
        _encode(stream),
        n,
        _encode(name),
    )
    if _stands_as_it_is(state):
        return b'%s"state":%s}\n' % (begin, state)
    return b'%s"base64":"%s"}\n' % (begin, base64.b64encode(state))


def cells_line(cells: Cells) -> bytes:
    """A row of a table as a line; bytes stand in it as base64."""
    row = [base64.b64encode(bytes(each)).decode() if _is_bytes(each) else each for each in cells.row]
    return _encode({"log": cells.log, "table": cells.table, "row": row}) + b"\n"


def _is_bytes(value: Any) -> bool:
    return isinstance(value, bytes | memoryview | bytearray)


class Writer:
    """Writes a copy by `write`; `rows` counts them by log, `events` those of them that are no tables'."""

    def __init__(self, write: Callable[[bytes], Any], head: Head) -> None:
        self._write, self._digest = write, sha256()
        self.rows: Counter[str] = Counter()
        self.events = 0
        self._lines = [_encode(head) + b"\n"]

    def _flush(self) -> None:
        some = b"".join(self._lines)
        self._digest.update(some)
        self._write(some)
        self._lines.clear()

    def put(self, row: Event | Cells) -> None:
        """One more row."""
        self.rows[row.log] += 1
        if isinstance(row, Event):
            self.events += 1
            self._lines.append(event_line(row))
        else:
            self._lines.append(cells_line(row))
        if len(self._lines) >= AT_ONCE:
            self._flush()

    def end(self) -> None:
        """It is whole."""
        self._flush()
        rows = {log: self.rows[log] for log in LOGS}
        self._write(_encode({"rows": rows, "sha256": self._digest.hexdigest()}) + b"\n")


class Reader:
    """Reads a copy by `line`, which gives the next line up to a length, and nothing at the end. Raises Broken."""

    def __init__(self, line: Callable[[int], bytes]) -> None:
        self._read, self._digest, self._number = line, sha256(), 0
        try:
            self._first = self._next()
            self.head = _head(self._first)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Broken(f"this is no copy that `parley export` has written as JSON Lines ({error})") from None
        if self.head.format != FORMAT:
            raise Broken(f"this is no copy of an installation, but a {self.head.format}")
        if self.head.version != VERSION:
            raise Broken(
                f"the copy has version {self.head.version} of the form, and this version of the tools reads {VERSION}: use "
                f"the tools of Parley {self.head.parley}"
            )

    def _next(self) -> bytes:
        line = self._read(MOST_BYTES)
        self._number += 1
        if not line:
            raise Broken(
                f"the copy is cut off after line {self._number - 1}: its last line, with the digest, is missing"
            )
        if line[-1:] != b"\n":
            raise Broken(f"line {self._number} of the copy is cut off, or longer than {MOST_BYTES:,} bytes")
        return line

    def rows(self) -> Iterator[Event | Cells]:
        """All rows, in order. What was given is right only when this has ended without Broken."""
        self._digest.update(self._first)
        found: Counter[str] = Counter()
        last: dict[str, int] = {}
        while True:
            raw = self._next()
            try:
                line = _line(raw)
                if line.sha256:
                    self._end(line, found)
                    return
                row = _cells(line) if line.table else _event(line, last)
            except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, Broken) as error:
                raise Broken(f"line {self._number} of the copy is not as it was written: {error}") from None
            self._digest.update(raw)
            found[row.log] += 1
            yield row

    def _end(self, line: _Line, found: Counter[str]) -> None:
        if line.sha256 != self._digest.hexdigest():
            raise Broken("the digest is that of other lines: something before this line was altered")
        if line.rows != {log: found[log] for log in LOGS}:
            raise Broken("another number of rows is said here than there are")
        if self._read(1):
            raise Broken("something stands behind the last line")


def _event(line: _Line, last: dict[str, int]) -> Event:
    if line.log not in LOGS:
        raise Broken(f"no log is called {line.log!r}")
    if not last.get(line.log, 0) < line.position <= MOST or not 1 <= line.n <= MOST or not line.name:
        raise Broken("the positions of a log rise, and events of a stream are numbered from 1")
    last[line.log] = line.position
    state = bytes(line.state) if line.base64 is None else base64.b64decode(line.base64, validate=True)
    return Event(line.log, line.position, line.stream, line.n, line.name, state)


def _cells(line: _Line) -> Cells:
    carried = next((each for each in CARRIED.get(line.log, ()) if each.name == line.table), None)
    if carried is None:
        raise Broken(f"no table is called {line.table!r} beside the log {line.log!r}")
    return Cells(line.log, line.table, _typed(carried, line.row))


_LARGEST = {"int4": 2**31 - 1, "int8": MOST}
_KINDS: dict[str, type] = {"text": str, "int4": int, "int8": int, "bytea": str}


def _typed(carried: Carried, row: Iterable[Any]) -> tuple[Any, ...]:
    values = list(row)
    if len(values) != len(carried.columns):
        raise Broken(f"a row of {carried.name} has {len(carried.columns)} columns")
    for number, (column, kind) in enumerate(carried.columns.items()):
        value = values[number]
        if value is None and column in MAY_BE_NULL:
            continue
        if type(value) is not _KINDS[kind] or (
            isinstance(value, int) and not -_LARGEST[kind] <= value <= _LARGEST[kind]
        ):
            raise Broken(f"{column} of {carried.name} is no {kind}")
        if kind == "bytea" and isinstance(value, str):
            values[number] = base64.b64decode(value, validate=True)
    return tuple(values)
