"""A copy as OCEL 2.0 in JSON (ocel-standard.org): chats, calls, e-mails, tasks, agents and queues as objects, what happened to
them as events. Nothing that anybody wrote is in it: an attribute of an event is a number, yes or no, or one of a few words
that its class names; names of chats, agents and queues are their keys.

The router's log has the life of all items; of the session's log only that goes along which the router does not know.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from parley_chassis.journal import Journal, Newer
from parley_contracts.instant import rfc3339
from parley_router.domain import events as floor
from parley_router.handlers import Router
from parley_session.domain import events as chat
from parley_session.handlers import Session

from .form import Event

JOURNALS: dict[str, Journal] = {"router": Router.journal, "session": Session.journal}
KEPT = 100_000

OBJECTS = {"chat": "chat", "call": "call", "email": "e-mail", "task": "task", "agent": "agent", "queue": "queue"}
"""The kinds of objects, by their words here."""

_FROM_SESSION = (
    chat.Requested,
    chat.MessagePosted,
    chat.NoteAdded,
    chat.VisitorLost,
    chat.VisitorReturned,
    chat.Ended,
    chat.Rated,
)
_NOT_OF_ROUTER = (floor.CommandSeen, floor.UnreadCounted, floor.ItemTouched, floor.InterrupterChanged)
_NOT_SHOWN = {"at", "seq", "digest"}
_QUALIFIERS = {
    "queue": ("queue", "in"),
    "from_queue": ("queue", "from"),
    "agent": ("agent", "by"),
    "to_agent": ("agent", "to"),
}
"""By field: the kind of object that it names, and how the event has to do with it."""


class Told(NamedTuple):
    """An event in the words of OCEL. `objects`: by name of the object its kind and qualifier."""

    id: str
    type: str
    at: int
    attributes: dict[str, str | int | bool]
    objects: dict[str, tuple[str, str]]
    interrupted_by: str | None


@cache
def attributes_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The fields of an event that can hold no text, with the type that they have in OCEL."""
    found = {}
    for name, hint in get_type_hints(kind).items():
        shape = without_none(hint)
        if name in _NOT_SHOWN or name.startswith("_"):
            continue
        if get_origin(shape) is Literal and name != "kind":
            found[name] = "string"
        elif shape in (int, bool):
            found[name] = "integer" if shape is int else "boolean"
    return found


def without_none(hint: Any) -> Any:
    """What a field holds where it holds something; None where that is of several kinds."""
    if get_origin(hint) in (Union, UnionType):
        others = [each for each in get_args(hint) if each is not type(None)]
        return others[0] if len(others) == 1 else None
    return hint


def told(event: Event) -> Told | None:
    """What an event says; None for what is no step of anybody's work."""
    if event.log not in JOURNALS:
        return None
    happened = JOURNALS[event.log].read(event.name, event.state)
    kind: type[msgspec.Struct] = type(happened)
    if isinstance(happened, Newer) or not _is_step(event.log, kind):
        return None
    tenant, _, of_chat = event.stream.partition("/")
    objects: dict[str, tuple[str, str]] = {}
    item = of_chat or getattr(happened, "item", None)
    if item:
        objects[f"{tenant}/item/{item}"] = (OBJECTS[getattr(happened, "kind", "chat")], "about")
    for field, (what, qualifier) in _QUALIFIERS.items():
        if name := getattr(happened, field, None):
            objects.setdefault(f"{tenant}/{what}/{name}", (OBJECTS[what], qualifier))
    interrupter = getattr(happened, "interrupted_by", None)
    values = ((name, getattr(happened, name)) for name in attributes_of(kind))
    return Told(
        f"{event.log}/{event.position}",
        kind.__name__,
        happened.at,
        {name: value for name, value in values if value is not None},
        objects,
        f"{tenant}/item/{interrupter}" if interrupter else None,
    )


def _is_step(log: str, kind: type[Any]) -> bool:
    if log == "session":
        return issubclass(kind, _FROM_SESSION)
    about = issubclass(kind, floor.ItemHappened) or kind.__name__.startswith("Agent")
    return about and not issubclass(kind, _NOT_OF_ROUTER)


class _Objects:
    """Which objects there are, in a file of its own that goes with it: there may be as many as there were chats."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA cache_size = -16000")
        self._rows.execute("CREATE TABLE objects (id TEXT PRIMARY KEY, type TEXT NOT NULL) WITHOUT ROWID")
        self._rows.execute("BEGIN")
        self._lately: set[str] = set()

    def add(self, id: str, kind: str) -> None:
        if id in self._lately:
            return
        if len(self._lately) >= KEPT:
            self._lately.clear()
        self._lately.add(id)
        self._rows.execute("INSERT OR IGNORE INTO objects VALUES (?, ?)", (id, kind))

    def knows(self, id: str) -> bool:
        return self._rows.execute("SELECT 1 FROM objects WHERE id = ?", (id,)).fetchone() is not None

    def all(self) -> Iterator[tuple[str, str]]:
        yield from self._rows.execute("SELECT id, type FROM objects ORDER BY id")

    def close(self) -> None:
        self._rows.close()


class Written(NamedTuple):
    """How many events and objects there are in it."""

    events: int
    objects: int


_encode = msgspec.json.encode


def write_ocel(events: Iterator[Event], write: Callable[[bytes], Any]) -> Written:
    """All of it. The events should come in the order of their time; the lists of types and objects stand behind them."""
    types: dict[str, dict[str, str]] = {}
    count = 0
    with closing(_Objects()) as objects:
        write(b'{"events":[')
        for event in events:
            step = told(event)
            if step is None:
                continue
            for id, (kind, _) in step.objects.items():
                objects.add(id, kind)
            types.setdefault(step.type, {}).update(_types_of(step))
            write((b",\n" if count else b"\n") + _encode(_event(step, objects)))
            count += 1
        write(b'\n],"objects":[')
        known = 0
        for known, (id, kind) in enumerate(objects.all(), 1):
            write((b",\n" if known > 1 else b"\n") + _encode({"id": id, "type": kind, "attributes": []}))
    kinds = [{"name": kind, "attributes": []} for kind in OBJECTS.values()]
    write(b'\n],"objectTypes":' + _encode(kinds) + b',\n"eventTypes":' + _encode(_listed(types)) + b"}\n")
    return Written(count, known)


def _types_of(step: Told) -> dict[str, str]:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", str: "string"}
    return {name: kinds[type(value)] for name, value in step.attributes.items()}


def _listed(types: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": each, "type": kind} for each, kind in sorted(attributes.items())]}
        for name, attributes in sorted(types.items())
    ]


def _event(step: Told, objects: _Objects) -> dict[str, Any]:
    related = [{"objectId": id, "qualifier": qualifier} for id, (_, qualifier) in step.objects.items()]
    if step.interrupted_by and objects.knows(step.interrupted_by):
        related.append({"objectId": step.interrupted_by, "qualifier": "interrupted by"})
    attributes = [{"name": name, "value": value} for name, value in step.attributes.items()]
    return {
        "id": step.id,
        "type": step.type,
        "time": rfc3339(step.at),
        "attributes": attributes,
        "relationships": related,
    }
