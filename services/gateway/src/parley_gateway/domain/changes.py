"""Who changed what, when (R5): a tenant's directory events, told as fields that had one value and have another now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import msgspec

from .directory import (
    Happened,
    IdentityKeySet,
    LicenceSet,
    ServiceRemoved,
    ServiceSet,
    SettingsSet,
    UserRemoved,
    UserSet,
)

What = Literal["service", "user", "settings", "licence", "identity_key"]
Kind = Literal["added", "changed", "removed"]

SUBJECT: dict[type[Happened], tuple[What, str | None]] = {
    ServiceSet: ("service", "service"),
    ServiceRemoved: ("service", "service"),
    UserSet: ("user", "user"),
    UserRemoved: ("user", "user"),
    SettingsSet: ("settings", None),
    LicenceSet: ("licence", None),
    IdentityKeySet: ("identity_key", "service"),
}
"""What an event is about, and the field that names which one."""

SECRET = frozenset({"password", "licence", "salt"})
"""That these changed is told, and never what they were or are."""

REMOVES = (ServiceRemoved, UserRemoved)


class FieldChange(NamedTuple):
    """A field before and after; `secret`: neither is told."""

    field: str
    old: Any = None
    new: Any = None
    secret: bool = False


class Change(NamedTuple):
    """One event: `number` is its place in the tenant's stream, `at` milliseconds since 1970, `by` the user who did it."""

    number: int
    at: int
    by: str
    what: What
    name: str | None
    kind: Kind
    fields: tuple[FieldChange, ...]


def changes(events: Iterable[tuple[int, Happened]]) -> list[Change]:
    """The changes that these events were, in their order: all of a tenant's events, from the first, each with its number."""
    before: dict[tuple[What, str | None], dict[str, Any]] = {}
    found = []
    for number, event in events:
        what, named_by = SUBJECT[type(event)]
        name = getattr(event, named_by) if named_by is not None else None
        old = before.pop((what, name), None)
        new = {} if isinstance(event, REMOVES) else _content(event, named_by)
        if _takes_away(event):
            new = {}
        if new:
            before[what, name] = new
        kind: Kind = "removed" if not new else "added" if old is None else "changed"
        found.append(Change(number, event.at, event.by, what, name, kind, _fields(old or {}, new)))
    return found


def _takes_away(event: Happened) -> bool:
    return (isinstance(event, LicenceSet) and event.licence is None) or (
        isinstance(event, IdentityKeySet) and event.salt is None
    )


def _content(event: Happened, named_by: str | None) -> dict[str, Any]:
    """An event's fields without who, when and which one."""
    told = msgspec.structs.asdict(event)
    return {field: value for field, value in told.items() if field not in ("at", "by", named_by)}


def _fields(old: dict[str, Any], new: dict[str, Any]) -> tuple[FieldChange, ...]:
    both = ((field, _value(old, field), _value(new, field)) for field in dict.fromkeys([*old, *new]))
    return tuple(
        FieldChange(field, secret=True) if field in SECRET else FieldChange(field, before, now)
        for field, before, now in both
        if before != now
    )


def _value(content: dict[str, Any], field: str) -> Any:
    """False and 0 are values; an empty text and an empty list are none."""
    value = content.get(field)
    return value if value or isinstance(value, int) else None
