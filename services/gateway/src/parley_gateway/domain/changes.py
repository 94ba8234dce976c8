"""Who changed what, when (R5): a tenant's directory events and the changes of its queues, told as fields that had one value
and have another now."""

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

What = Literal["queue", "service", "user", "settings", "licence", "identity_key"]
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

GROUPS = ("wrap_up", "routing")
"""Settings of a queue that are several in one."""

REMOVES = (ServiceRemoved, UserRemoved)


class FieldChange(NamedTuple):
    """A field before and after; `secret`: neither is told."""

    field: str
    old: Any = None
    new: Any = None
    secret: bool = False


class Change(NamedTuple):
    """One event: `number` is its place in the tenant's stream, of a queue in that of the floor; `at` milliseconds since 1970,
    `by` the user who did it."""

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


def queue_changes(told: Iterable[dict[str, Any]]) -> list[Change]:
    """The changes of queues as the router tells them (the contracts' AskQueueChanges), in their order."""
    found = []
    for change in told:
        old, new = _flat(change["old"]), _flat(change["new"])
        kind: Kind = "removed" if not new else "added" if not old else "changed"
        fields = _fields(old, new)
        found.append(Change(change["version"], change["at"], change["by"], "queue", change["queue"], kind, fields))
    return found


def _flat(settings: dict[str, Any] | None) -> dict[str, Any]:
    """A queue's settings with those of its wrap-up and its routing beside the rest: `wrap_up.limit_s`."""
    flat: dict[str, Any] = {}
    for name, value in (settings or {}).items():
        flat |= {f"{name}.{part}": each for part, each in value.items()} if name in GROUPS else {name: value}
    return flat


class Place(NamedTuple):
    """How far back a reader has come in both logs: the numbers of the last changes that were told, None before the first."""

    own: int | None = None
    queues: int | None = None

    def __str__(self) -> str:
        return "-".join("" if number is None else str(number) for number in self)

    @classmethod
    def read(cls, text: str) -> Place:
        """From its text. Raises ValueError where it is none."""
        own, _, queues = text.partition("-")
        return cls(int(own) if own else None, int(queues) if queues else None)


def page(own: list[Change], queues: list[Change], place: Place, limit: int) -> tuple[list[Change], Place | None]:
    """The newest of both, each given newest first from `place` on, and where the next page begins; None: there is none.
    Neither log's order is changed, whatever the clocks of the two say."""
    left, right = own[::-1], queues[::-1]
    found: list[Change] = []
    while (left or right) and len(found) < limit:
        one = left.pop() if not right or (left and left[-1].at >= right[-1].at) else right.pop()
        place = place._replace(queues=one.number) if one.what == "queue" else place._replace(own=one.number)
        found.append(one)
    return found, place if left or right else None


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
