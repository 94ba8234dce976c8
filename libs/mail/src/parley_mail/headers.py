"""Headers as texts, addresses, ids and times. Whatever is written there comes to a value; what cannot be read, to an empty one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from . import cleaning
from .encoded import words
from .guarded import tried
from .parsing import Part, readable
from .values import Address

MOST_OF_A_SUBJECT = 300
MOST_OF_A_NAME = 120
_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f-\uffff]{1,500}>")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:\\@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\]\",;:\\@_\x00-\x1f\x7f]{1,253}")


def raw(part: Part, name: str) -> str:
    """The first header of this name, unfolded, not decoded; empty where there is none."""
    return next(iter(raws(part, name)), "")


def raws(part: Part, name: str) -> list[str]:
    """All headers of this name, together within the bound of one."""
    found, left = [], part.bounds.header_characters
    for key, value in part.raw_items():
        if left > 0 and key.lower() == name.lower():
            found.append(re.sub(r"\r\n|\r|\n", "", readable(value, left)))
            left -= len(found[-1]) + 1
    return found


def line(part: Part, name: str, most: int = MOST_OF_A_SUBJECT) -> str:
    """A header as one clean line."""
    return cleaning.line(words(raw(part, name)), most)


def addresses(part: Part, name: str) -> tuple[Address, ...]:
    """The addresses of a header. It is taken apart first and decoded then, so that nothing in a name becomes an address."""
    values = raws(part, name)
    most = part.bounds.recipients
    found = tried([], getaddresses, values) if values else []
    return tuple(each for each in (address(name, spec) for name, spec in found[:most]) if each.name or each.address)


def address(name: str, spec: str) -> Address:
    """One address, cleaned; without the address, where it is none."""
    spec = spec.strip().strip("<>")
    if not _ADDRESS.fullmatch(spec) or ".." in spec or spec.endswith("."):
        return Address(cleaning.line(words(name or spec), MOST_OF_A_NAME), "")
    return Address(cleaning.line(words(name), MOST_OF_A_NAME), cleaning.line(spec, 320))


def ids(part: Part, name: str) -> tuple[str, ...]:
    """The Message-IDs of a header, each once; where there are too many, the first and the newest."""
    found = list(dict.fromkeys(_ID.findall(" ".join(raws(part, name)))))
    most = part.bounds.references
    return tuple(found if len(found) <= most else [found[0], *found[-(most - 1) :]])


def date(part: Part) -> datetime | None:
    """When the sender says that it was written, in UTC; without a zone it counts as UTC."""
    value = raw(part, "date")[:200]
    if not value:
        return None

    def read() -> datetime:
        when = parsedate_to_datetime(value)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)

    return tried(None, read)
