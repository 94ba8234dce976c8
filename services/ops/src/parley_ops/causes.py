"""Cause before effect, where several things happened within one millisecond.

Between two logs a cause is known by what services tell each other: what follows from what another service said carries its time, and is
about the same item. The index has most of that in its keys; a chain that goes to and fro within one millisecond is put in order here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from parley_router.says import SAID
from parley_session.domain.decide import RECORDED

from .logs import Happening

MOST_AT_ONCE = 500
"""What happened within one millisecond is looked at up to so many events."""

_SAID_BY = {said: event.__name__ for event, said in SAID.items() if said is not None}
ECHOES = {event.__name__: _SAID_BY[said] for said, event in RECORDED.items()} | {"Closed": "ItemClosed"}
"""By what a chat records, what the router's log has of it."""

REACTIONS = {
    "ItemQueued": "Requested",
    "UnreadCounted": "MessagePosted",
    "ItemTouched": "MessagePosted",
    "WrapUpStarted": "Ended",
    "ItemClosed": "Ended",
}
"""By what the router makes of what a chat said, what the chat's log has of it. A call's have no cause there."""


def cause_of(event: Happening) -> tuple[str, str] | None:
    """The service and the name of the event that this one follows from, at the same time about the same item; None where it follows from
    none in another log."""
    if event.service == "session" and event.type in ECHOES:
        return "router", ECHOES[event.type]
    if event.service == "router" and event.fields.get("kind") == "chat" and event.type in REACTIONS:
        return "session", REACTIONS[event.type]
    return None


def in_order(events: Sequence[Happening], at: Callable[[int], Any]) -> list[int]:
    """The numbers of these events, cause before effect: `at(number)` is the moment that orders an event, and within one nothing else than
    causes, and the order of each stream, changes places."""
    order: list[int] = []
    for _, group in groupby(range(len(events)), key=at):
        numbers = list(group)
        order += _sorted(events, numbers) if 1 < len(numbers) <= MOST_AT_ONCE else numbers
    return order


def _sorted(events: Sequence[Happening], numbers: list[int]) -> list[int]:
    before: dict[int, set[int]] = {number: set() for number in numbers}
    last_in: dict[tuple[str, str], int] = {}
    found: dict[tuple[str, str, str, str | None, int], int] = {}
    for number in sorted(numbers, key=lambda number: events[number].position):
        event = events[number]
        stream = (event.service, event.stream)
        if stream in last_in:
            before[number].add(last_in[stream])
        last_in[stream] = number
        found[event.service, event.type, event.tenant, event.item, event.at] = number
    for number in numbers:
        event = events[number]
        cause = cause_of(event)
        place = found.get((*cause, event.tenant, event.item, event.at)) if cause is not None else None
        if place is not None and place != number:
            before[number].add(place)
    order: list[int] = []
    while before:
        free = next((number for number, those in before.items() if not those), None)
        if free is None:  # each waits for another: what was made up has that
            return [*order, *before]
        del before[free]
        for those in before.values():
            those.discard(free)
        order.append(free)
    return order
