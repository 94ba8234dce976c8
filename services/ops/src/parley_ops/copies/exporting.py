"""Out of a store into a copy: which rows go along, and the head that says so."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import msgspec
from parley_contracts.topology import PARTITIONS

from .carried import CARRIED, LOGS
from .facts import Facts, facts_of
from .form import Asked, Cells, Event, Head, Span, Writer
from .reading import Place, events, rows, timeline

TOLD_EVERY = 2_000
Progress = Callable[[int], None]


def wanted(asked: Asked) -> Callable[[Event], bool]:
    """Which events go along."""
    tenant, chat, since, until = asked.tenant, asked.chat, asked.since, asked.until
    if asked.part == "whole":
        return lambda event: True
    by_stream = asked.part == "tenant"

    def by_time_or_chat(facts: Facts) -> bool:
        return (
            (chat is None or chat == facts.item)
            and (since is None or facts.at >= since)
            and (until is None or facts.at < until)
        )

    def wants(event: Event) -> bool:
        if tenant is not None and event.stream.partition("/")[0] != tenant:
            return False
        return by_stream or by_time_or_chat(facts_of(event))

    return wants


def without_password(event: Event) -> Event:
    """A user's event with no password in it: they get another by a link."""
    if event.log != "gateway" or b'"password"' not in event.state:
        return event
    fields = msgspec.json.decode(event.state)
    if not isinstance(fields, dict) or not fields.get("password"):
        return event
    return event._replace(state=msgspec.json.encode({**fields, "password": ""}))


def copied_events(
    place: Place, asked: Asked, *, logins: bool, progress: Progress, logs: Sequence[str] = LOGS
) -> Iterator[Event]:
    """The events that are asked for, one log after the other. `progress` is told how many were looked at."""
    wants, looked = wanted(asked), 0
    for log in logs:
        for position, stream, n, name, state in events(place, log):
            looked += 1
            if looked % TOLD_EVERY == 0:
                progress(looked)
            event = Event(log, position, str(stream), n, name, bytes(state))
            if wants(event):
                yield event if logins else without_password(event)
    progress(looked)


def steps(place: Place, asked: Asked, progress: Progress) -> Iterator[Event]:
    """The events of the logs that hold work, as they followed each other: the session's before what the router made of it."""
    logs = [copied_events(place, asked, logins=False, progress=progress, logs=[log]) for log in ("session", "router")]
    return heapq.merge(*logs, key=lambda event: facts_of(event).at)


def spans(place: Place, asked: Asked) -> dict[str, Span]:
    """The first and the last position of each log that the copy will hold."""
    if asked.part != "whole":
        ends: dict[str, tuple[int, int]] = {}
        for event in copied_events(place, asked, logins=True, progress=lambda looked: None):
            first, _ = ends.get(event.log, (event.position, 0))
            ends[event.log] = (first, event.position)
        return {log: Span(*ends.get(log, (0, 0))) for log in LOGS}
    found = {}
    for log in LOGS:
        first, last = 0, 0
        if place.there(log, "stored_events"):
            # One by one: an index gives each of them at once.
            (first,) = next(place.ask(log, "SELECT coalesce(min(@), 0) FROM $stored_events"))
            (last,) = next(place.ask(log, "SELECT coalesce(max(@), 0) FROM $stored_events"))
        found[log] = Span(first, last)
    return found


def head_of(place: Place, asked: Asked, *, logins: bool) -> Head:
    """What the copy says of itself."""
    return Head(
        parley=version("parley-chassis"),
        part=asked.part,
        asked=asked,
        logins=logins,
        partitions=PARTITIONS,
        timelines={log: timeline(place, log) for log in LOGS},
        logs=spans(place, asked),
    )


def carried_rows(place: Place, log: str, asked: Asked, ends: dict[str, int], *, logins: bool) -> Iterator[Cells]:
    """What stands beside a log and goes along with it."""
    for table in CARRIED[log]:
        if table.secret and not logins:
            continue
        for row in rows(place, log, table):
            if asked.tenant is None or not table.whose or table.tenant_of(row) == asked.tenant:
                yield Cells(log, table.name, table.within(log, row, ends))


def export(
    place: Place, asked: Asked, write: Callable[[bytes], Any], *, logins: bool = False, progress: Progress
) -> Writer:
    """Write a copy as JSON Lines. Rows of tables go along where the copy can be imported: whole, or one tenant's."""
    head = head_of(place, asked, logins=logins)
    ends = {log: span.last for log, span in head.logs.items()}
    writer = Writer(write, head)
    for event in copied_events(place, asked, logins=logins, progress=progress):
        writer.put(event)
    if asked.part in ("whole", "tenant"):
        for log in LOGS:
            for cells in carried_rows(place, log, asked, ends, logins=logins):
                writer.put(cells)
    writer.end()
    return writer
