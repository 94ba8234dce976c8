"""Finds events in the index, a page at a time. One request looks at a bounded number of rows, whatever it asks for: a page may hold
fewer than were asked for, and say where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .statements import HOP_BITS, LOGS, LOOKS_BACK
from .table import Index

LOOKED_AT = 10_000
"""Rows that one request looks at."""
MOST_TYPES = 12


class Place(NamedTuple):
    """Where an event stands among all."""

    key: int
    log: int
    position: int

    def __str__(self) -> str:
        return f"{self.key}-{self.log}-{self.position}"

    @classmethod
    def read(cls, text: str) -> Place:
        """From its text. Raises ValueError where it is none."""
        key, log, position = (int(part) for part in text.split("-"))
        return cls(key, log, position)

    @property
    def at(self) -> int:
        """The time that orders it, in milliseconds since 1970."""
        return self.key >> HOP_BITS


@dataclass(frozen=True)
class Wanted:
    """Whose events, and which; what is None does not matter. Times in milliseconds since 1970, `until` itself not included. `types`:
    their names."""

    tenant: str
    item: str | None = None
    agent: str | None = None
    queue: str | None = None
    contact: str | None = None
    trace: str | None = None
    types: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None


@dataclass
class Page:
    """What was found, in order; `next`: where to go on, None where there is nothing more."""

    places: list[Place] = field(default_factory=list)
    next: Place | None = None


_BEFORE_ALL, _AFTER_ALL = Place(-1, -1, -1), Place((1 << 62), len(LOGS), 0)
SUBJECTS = ("item", "contact", "trace", "agent", "queue")
"""By what few rows are found comes first."""


def find(index: Index, wanted: Wanted, after: Place | None, limit: int, *, newest_first: bool = False) -> Page:
    """The next page beyond a place, in the direction that is asked for."""
    start = after or (_AFTER_ALL if newest_first else _BEFORE_ALL)
    path, values = _path(wanted)
    conditions, parameters = _conditions(index, wanted, path)
    found: list[Place] = []
    looked_up_to: list[Place] = []
    for value in values:
        rows, more = _scan(index, wanted, (path, value), conditions, parameters, start, limit + 1, newest_first)
        found += rows
        if more is not None:
            looked_up_to.append(more)
    found.sort(reverse=newest_first)
    if looked_up_to:  # what lies beyond the nearest of them may be missing
        edge = max(looked_up_to) if newest_first else min(looked_up_to)
        found = [place for place in found if (place >= edge if newest_first else place <= edge)]
        if len(found) <= limit:
            return Page(found, edge)
    if len(found) <= limit:
        return Page(found)
    return Page(found[:limit], found[limit - 1])


def _path(wanted: Wanted) -> tuple[str, Sequence[str]]:
    """By which column rows are looked for, and which names stand there."""
    for column in SUBJECTS:
        name = getattr(wanted, column)
        if name is not None:
            return column, (f"{wanted.tenant}/{name}",)
    if 0 < len(wanted.types) <= MOST_TYPES:
        return "type", [f"{wanted.tenant}/{name}" for name in wanted.types]
    return "tenant", (wanted.tenant,)


def _conditions(index: Index, wanted: Wanted, path: str) -> tuple[list[str], list[Any]]:
    """What else must be so."""
    conditions: list[str] = []
    parameters: list[Any] = []
    for column in SUBJECTS:
        name = getattr(wanted, column)
        if name is not None and column != path:
            conditions.append(f"{column} = {index.number()}")
            parameters.append(f"{wanted.tenant}/{name}")
    if wanted.types and path != "type":
        conditions.append(f"type IN ({', '.join([index.number()] * len(wanted.types))})")
        parameters += [f"{wanted.tenant}/{name}" for name in wanted.types]
    return conditions, parameters


def _scan(
    index: Index,
    wanted: Wanted,
    where: tuple[str, str],
    conditions: list[str],
    parameters: list[Any],
    start: Place,
    limit: int,
    newest_first: bool,
) -> tuple[list[Place], Place | None]:
    """The rows of one name that fit; and the last place that was looked at, where there may be more."""
    column, name = where
    order = "DESC" if newest_first else "ASC"
    beyond, from_ = ("<", "<=") if newest_first else (">", ">=")
    bounds = [f"{column} = {index.number()}", f"key {from_} ?", f"(key, log, position) {beyond} (?, ?, ?)"]
    values: list[Any] = [name, start.key, *start]
    if wanted.since is not None:
        bounds.append("key >= ?")
        values.append(max(0, wanted.since) << HOP_BITS)
    if wanted.until is not None:
        bounds.append("key < ?")
        values.append(max(0, wanted.until) << HOP_BITS)
    looked_at = LOOKED_AT if conditions else limit
    fits = " AND ".join(conditions) or "1 = 1"
    text = (
        f"WITH looked AS (SELECT * FROM $rows WHERE {' AND '.join(bounds)} "
        f"ORDER BY key {order}, log {order}, position {order} LIMIT {looked_at}) "
        "SELECT key, log, position, 0 AS last FROM (SELECT * FROM looked WHERE "
        f"{fits} ORDER BY key {order}, log {order}, position {order} LIMIT {limit}) AS found UNION ALL "
        "SELECT key, log, position, 1 AS last FROM (SELECT * FROM looked "
        f"ORDER BY key {order}, log {order}, position {order} LIMIT 1 OFFSET {looked_at - 1}) AS edge"
    )
    rows = index.ask(text, [*values, *parameters])
    found = [Place(row["key"], row["log"], row["position"]) for row in rows if not row["last"]]
    edge = next((Place(row["key"], row["log"], row["position"]) for row in rows if row["last"]), None)
    if not conditions:
        return found, None if len(found) < limit else found[-1]
    return found, edge if len(found) < limit else found[-1]


# --- following --------------------------------------------------------------------------------------------------------


class Cursor(dict[str, int]):
    """How far each log has been followed: by service, a position. It holds when the index is filled anew."""

    def __str__(self) -> str:
        return ".".join(str(self.get(service, 0)) for service in LOGS)

    @classmethod
    def read(cls, text: str) -> Cursor:
        """From its text. Raises ValueError where it is none."""
        return cls(zip(LOGS, (int(part) for part in text.split(".")), strict=True))


def news(index: Index, wanted: Wanted, after: Cursor, limit: int) -> tuple[list[Place], Cursor]:
    """What has come beyond a cursor, in order as far as it goes; and the cursor beyond it."""
    path_conditions, parameters = _conditions(index, wanted, "")
    conditions = [f"tenant = {index.sources.number.format('?')}", *path_conditions]
    parameters = [wanted.tenant, *parameters]
    if wanted.since is not None:
        conditions.append("key >= ?")
        parameters.append(wanted.since << HOP_BITS)
    if wanted.until is not None:
        conditions.append("key < ?")
        parameters.append(wanted.until << HOP_BITS)
    indexed = ends(index)
    found: list[Place] = []
    reached = Cursor(after)
    for number, service in enumerate(LOGS):
        begin = after.get(service, 0)
        until = min(begin + LOOKED_AT, indexed.get(service, 0))
        if until <= begin:
            continue
        text = (
            "SELECT key, log, position FROM $rows WHERE log = ? AND position > ? AND position <= ? "
            f"AND {' AND '.join(conditions)} ORDER BY position LIMIT ?"
        )
        rows = index.ask(text, [number, begin, until, *parameters, limit])
        fitting = [Place(row["key"], row["log"], row["position"]) for row in rows]
        found += fitting
        reached[service] = fitting[-1].position if len(fitting) == limit else until
    return sorted(found), reached


def ends(index: Index) -> Cursor:
    """The cursor beyond everything that is indexed."""
    return Cursor({service: position for service, (position, _) in index.places().items()})


def cursor_at(index: Index, place: Place) -> Cursor:
    """The cursor behind a place in the order of all events: nothing that comes after it there is left out. What one log has out of its order
    nearby may come once more."""
    reached = ends(index)
    for number, service in enumerate(LOGS):
        beyond = "log = ? AND (key, log, position) > (?, ?, ?)"
        first = index.ask(
            f"SELECT position FROM $rows WHERE {beyond} AND key >= ? ORDER BY key, log, position LIMIT 1",
            (number, *place, place.key),
        )
        if first:
            near = int(first[0]["position"])
            before = index.ask(
                f"SELECT min(position) AS first FROM $rows WHERE {beyond} AND position > ? AND position <= ?",
                (number, *place, near - LOOKS_BACK, near),
            )
            reached[service] = int(before[0]["first"]) - 1
    return reached
