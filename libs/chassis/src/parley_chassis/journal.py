"""Domain events to stored bytes and back: stable names, versions, and the one place where old events are upcast.

A stored event's name is `Name.version` (never an import path) and its body the JSON of its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from eventsourcing.persistence import StoredEvent

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class UnknownEvent(LookupError):
    """A stored event that no class and no upcast is registered for: a newer version has written it."""


class Newer(msgspec.Struct, frozen=True):
    """In the place of an event that is not known here: its stored name, and its fields as they stand there."""

    topic: str
    fields: dict[str, Any]

    @property
    def at(self) -> int:
        """When it happened, in milliseconds since 1970; 0 where that cannot be told."""
        at = self.fields.get("at")
        return at if isinstance(at, int) else 0

    def text(self, name: str) -> str | None:
        """A field that is a text; None where it is none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else None


class Journal:
    """The names and versions of one service's events.

    `events` are msgspec structs; a class's version is its `VERSION` attribute (1 where there is none). `upcasts` maps
    `(name, version)` to a function that turns the fields of that version into those of the next.
    """

    def __init__(self, events: Iterable[type[msgspec.Struct]], upcasts: dict[tuple[str, int], Upcast] | None = None):
        self._upcasts = upcasts or {}
        self._topics: dict[type[msgspec.Struct], str] = {}
        self._decoders: dict[str, Callable[[bytes], msgspec.Struct]] = {}
        self._current: dict[str, tuple[int, type[msgspec.Struct]]] = {}
        for kind in events:
            version = int(getattr(kind, "VERSION", 1))
            topic = f"{kind.__name__}.{version}"
            self._topics[kind] = topic
            self._decoders[topic] = msgspec.json.Decoder(kind).decode
            self._current[kind.__name__] = (version, kind)
        self._encode = msgspec.json.Encoder().encode

    def names(self) -> tuple[str, ...]:
        """What the events are called."""
        return tuple(self._current)

    def kinds(self) -> tuple[type[msgspec.Struct], ...]:
        """The events' classes."""
        return tuple(self._topics)

    def topics(self, *kinds: type[msgspec.Struct]) -> tuple[str, ...]:
        """The names under which these events were ever written, in all their versions."""
        return tuple(
            f"{name}.{version}"
            for name, (current, kind) in self._current.items()
            if kind in kinds
            for version in range(1, current + 1)
        )

    def stored(self, stream: str, version: int, event: msgspec.Struct) -> StoredEvent:
        """The event as it is written, at its place in its stream."""
        return StoredEvent(stream, version, self._topics[type(event)], self._encode(event))

    def event(self, topic: str, state: bytes) -> Any:
        """The event that was written, upcast where it is of an older version.

        Raises UnknownEvent.
        """
        decode = self._decoders.get(topic)
        return decode(state) if decode is not None else self._upcast(topic, state)

    def read(self, topic: str, state: bytes) -> Any:
        """As `event`, with a `Newer` in the place of what is not known."""
        try:
            return self.event(topic, state)
        except UnknownEvent:
            fields = msgspec.json.decode(state)
            return Newer(topic, fields if isinstance(fields, dict) else {})

    def _upcast(self, topic: str, state: bytes) -> Any:
        name, _, number = topic.rpartition(".")
        current = self._current.get(name)
        if current is None or not number.isdigit():
            raise UnknownEvent(f"no event is called {topic}")
        fields, version = msgspec.json.decode(state), int(number)
        while version != current[0]:
            step = self._upcasts.get((name, version))
            if step is None:
                raise UnknownEvent(f"{topic} cannot be read as {name}.{current[0]}: no upcast from version {version}")
            fields, version = step(fields), version + 1
        return msgspec.convert(fields, current[1])
