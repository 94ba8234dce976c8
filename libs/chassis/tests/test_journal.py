"""R29: what is stored can be read for ever: stable names, versions, and one place for upcasts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from parley_chassis.journal import Journal, UnknownEvent


class Opened(msgspec.Struct, frozen=True):
    at: int
    title: str = ""


class Moved(msgspec.Struct, frozen=True):
    """Third version: first it had `x` alone, then `x` and `y`."""

    VERSION = 3

    at: int
    place: tuple[int, int]


def with_y(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "y": 0}


def as_place(fields: dict[str, Any]) -> dict[str, Any]:
    return {"at": fields["at"], "place": [fields["x"], fields["y"]]}


journal = Journal((Opened, Moved), {("Moved", 1): with_y, ("Moved", 2): as_place})


def test_R29_an_event_is_stored_under_its_name_and_version_at_its_place() -> None:
    stored = journal.stored("t/c1", 7, Opened(at=5, title="ä"))
    assert (stored.originator_id, stored.originator_version, stored.topic) == ("t/c1", 7, "Opened.1")
    assert stored.state == '{"at":5,"title":"ä"}'.encode()
    assert journal.stored("t/c1", 8, Moved(at=5, place=(1, 2))).topic == "Moved.3"


@pytest.mark.parametrize("event", [Opened(at=5), Opened(at=5, title="x"), Moved(at=5, place=(1, 2))])
def test_R29_what_was_stored_is_read_as_it_was(event: msgspec.Struct) -> None:
    stored = journal.stored("t/c1", 1, event)
    assert journal.event(stored.topic, stored.state) == event


@pytest.mark.parametrize(
    ("topic", "state", "event"),
    [
        ("Moved.1", b'{"at":5,"x":4}', Moved(at=5, place=(4, 0))),
        ("Moved.2", b'{"at":5,"x":4,"y":9}', Moved(at=5, place=(4, 9))),
        ("Moved.3", b'{"at":5,"place":[4,9]}', Moved(at=5, place=(4, 9))),
    ],
)
def test_R29_older_versions_are_upcast_step_by_step(topic: str, state: bytes, event: Moved) -> None:
    assert journal.event(topic, state) == event


def test_R29_fields_that_were_added_later_have_their_default_and_unknown_ones_are_passed_over() -> None:
    assert journal.event("Opened.1", b'{"at":5,"colour":"red"}') == Opened(at=5)


@pytest.mark.parametrize("topic", ["Closed.1", "Opened", "Opened.x", "Opened.", "", "Moved.0", "Moved.4", "Opened.2"])
def test_R29_what_has_no_class_and_no_upcast_is_an_unknown_event(topic: str) -> None:
    with pytest.raises(UnknownEvent):
        journal.event(topic, b'{"at":5}')


def test_R29_an_upcast_that_is_missing_on_the_way_is_named() -> None:
    with pytest.raises(UnknownEvent, match="no upcast from version 2"):
        Journal((Moved,), {("Moved", 1): with_y}).event("Moved.1", b'{"at":5,"x":4}')


def test_only_events_of_the_journal_can_be_stored() -> None:
    class Other(msgspec.Struct):
        at: int

    with pytest.raises(KeyError):
        journal.stored("t", 1, Other(at=1))
