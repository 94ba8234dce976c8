"""The cards of a vCard file (2.1, 3.0, 4.0) with their properties, decoded; what is not understood costs its own line alone."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from .csv_records import lines_of

NOT_UNDERSTOOD = "?"
"""The name of what is no property."""

_PARAMETER = re.compile(r';([^;:="]*)(?:=((?:"[^"]*"|[^";:])*))?')
_BARE = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "B": "ENCODING", "8BIT": "ENCODING", "7BIT": "ENCODING"}
_NAME = re.compile(r"\s*(?:[\w-]+\.)?([A-Za-z][\w-]*)\s*(?=[;:])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARTS = re.compile(r"(?:^|;)((?:\\.|[^\\;]|\\\Z)*)", re.DOTALL)
_ESCAPED_IN_2_1 = re.compile(r"\\([\\;,:])")


class Property(NamedTuple):
    """A property of a card in the lines from `line` to `last`: its name in capitals, its parameters, and its value as it stands there, but
    for what encodes its letters."""

    line: int
    last: int
    name: str
    parameters: Mapping[str, str]
    value: str


class Card(NamedTuple):
    """A card in the lines from `line` to `last`; or, with a `problem`, what stands there instead."""

    line: int
    last: int
    properties: list[Property]
    version: str = ""
    problem: str | None = None

    def text(self, value: str) -> str:
        """A value without its escapes."""
        if self.version == "2.1":
            return _ESCAPED_IN_2_1.sub(r"\1", value).strip()
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()

    def parts(self, value: str) -> list[str]:
        """The parts of a value that has several, without their escapes."""
        return [self.text(part) for part in _PARTS.findall(value)]


def cards(text: str) -> Iterator[Card]:
    """The cards, and what stands outside of them. A card within a card (AGENT) is left out with its lines."""
    open_: list[Property] | None = None
    begun, inner = 0, 0
    last = 0
    for each in properties(text):
        marks = each.name if each.value.strip().upper() == "VCARD" else ""
        if inner or (open_ and open_[-1].name == "AGENT" and not open_[-1].value.strip() and marks == "BEGIN"):
            inner += (marks == "BEGIN") - (marks == "END")
        elif marks == "BEGIN":
            if open_ is not None:
                yield Card(begun, last, [], problem="the card has no END:VCARD")
            open_, begun = [], each.line
        elif marks == "END":
            if open_ is None:
                yield Card(each.line, each.last, [], problem="END:VCARD without a BEGIN:VCARD")
            else:
                yield Card(begun, each.last, open_, _version(open_))
            open_ = None
        elif open_ is None:
            problem = "outside of a card: cards stand between BEGIN:VCARD and END:VCARD"
            yield Card(each.line, each.last, [], problem=problem)
        else:
            open_.append(each)
        last = each.last
    if open_ is not None:
        yield Card(begun, last, [], problem="the card has no END:VCARD")


def _version(properties: list[Property]) -> str:
    told = next((each.value.strip() for each in properties if each.name == "VERSION"), "")
    bare = any("" in each.parameters for each in properties)
    return told or ("2.1" if bare else "3.0")


def properties(text: str) -> Iterator[Property]:
    """The lines of a file as properties, with what is folded into the following lines."""
    lines = [line.rstrip("\r\n").removeprefix("\ufeff") for line in lines_of(text)]
    place = 0
    while place < len(lines):
        begin, pieces = place, [lines[place]]
        place += 1
        encoding = _encoding(pieces[0])
        while place < len(lines) and _goes_on(pieces, lines[place], encoding):
            line = lines[place]
            pieces.append(line[1:] if line[:1] in (" ", "\t") and encoding != "QUOTED-PRINTABLE" else line)
            place += 1
        if any(piece.strip() for piece in pieces):
            yield _property(begin + 1, place, pieces, encoding)


def _encoding(line: str) -> str:
    head = line.partition(":")[0].upper()
    if "QUOTED-PRINTABLE" in head:
        return "QUOTED-PRINTABLE"
    return "BASE64" if re.search(r";(?:ENCODING=)?(?:BASE64|B)(?:;|$)", head) else ""


def _goes_on(pieces: list[str], line: str, encoding: str) -> bool:
    """Whether a line belongs to the one before."""
    if encoding == "QUOTED-PRINTABLE":
        return pieces[-1].endswith("=") and not re.fullmatch(r"(?i)\s*end:vcard\s*", line)
    if line[:1] in (" ", "\t"):
        return bool(pieces[0].strip())
    # base64 whose lines are not set in, as some programs write it
    return encoding == "BASE64" and bool(line) and re.fullmatch(r"[A-Za-z0-9+/=]+", line) is not None


def _property(line: int, last: int, pieces: list[str], encoding: str) -> Property:
    if encoding == "QUOTED-PRINTABLE":
        content = "".join(piece[:-1] if piece.endswith("=") else piece for piece in pieces)
    else:
        content = "".join(pieces)
    name = _NAME.match(content)
    if name is None:
        return Property(line, last, NOT_UNDERSTOOD, {}, content)
    parameters: dict[str, str] = {}
    at = name.end()
    while found := _PARAMETER.match(content, at):
        key, told = found[1].strip().upper(), found[2]
        if told is None:
            parameters.setdefault(_BARE.get(key, ""), key)
        else:
            parameters.setdefault(key, told.replace('"', ""))
        at = found.end()
    if not content.startswith(":", at):
        return Property(line, last, NOT_UNDERSTOOD, {}, content)
    return Property(line, last, name[1].upper(), parameters, _decoded(content[at + 1 :], parameters, encoding))


def _decoded(value: str, parameters: Mapping[str, str], encoding: str) -> str:
    """The value's letters. Those that its character set does not have stay in it, as halves of surrogates."""
    charset = parameters.get("CHARSET", "")
    if encoding == "QUOTED-PRINTABLE":
        octets = quopri.decodestring(value.encode("utf-8", "surrogateescape"))
        return _letters(octets, charset)
    if encoding == "BASE64" and parameters.get("VALUE", "").upper() == "TEXT":
        try:
            return _letters(base64.b64decode(value), charset)
        except (binascii.Error, ValueError):
            return value
    return value


def _letters(octets: bytes, charset: str) -> str:
    try:
        codec = codecs.lookup(charset.strip() or "utf-8").name
        return octets.decode(codec)
    except (LookupError, ValueError):
        pass
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("windows-1252", "surrogateescape")


def uri(value: str, parameters: Mapping[str, str], scheme: str) -> str:
    """What a value is that may be a URI: `tel:+49-30-5550112;ext=102` is the number `+49-30-5550112 ext. 102`."""
    kind = parameters.get("VALUE", "").lower()
    if kind == "text" or not value.lower().startswith(f"{scheme}:"):
        return value
    said, *more = value[len(scheme) + 1 :].partition("?")[0].split(";")
    facts = {name.lower(): unquote(fact) for name, _, fact in (each.partition("=") for each in more)}
    said = unquote(said).strip()
    context = facts.get("phone-context", "")
    if context.startswith("+") and not said.startswith("+"):
        said = f"{context}-{said}"
    return f"{said} ext. {facts['ext']}" if facts.get("ext") else said
