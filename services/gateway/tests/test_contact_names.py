"""R24: what is known here of contacts' names: asked for once, bounded, renamed and merged; a desk that was told equals a fresh one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from gateway_words import agent, change, item, queue
from parley_gateway.domain.identity import Identity
from parley_gateway.shown import floor_names
from parley_gateway.shown.desk import Desk
from parley_gateway.shown.desks import TenantDesks
from parley_gateway.shown.floor_names import Called, FloorNames
from parley_gateway.shown.floor_view import FloorView
from protocol import apply


def nothing() -> None:
    """Nobody asks: the test answers itself."""


def test_R24_a_name_is_asked_for_once_and_not_again_when_it_is_known() -> None:
    asked: list[int] = []
    names = FloorNames(lambda: asked.append(1))
    assert names("kim") is None
    assert [*names.wanted] == ["kim"]
    assert names.take({"kim": Called("Kim", "kim"), "lee": Called(None, "")}, set) == ["kim"]
    names.wanted.clear()
    asked.clear()
    assert (names("kim"), names("lee"), asked) == ("Kim", None, [])


def test_R24_a_change_asks_for_whoever_goes_by_that_contact() -> None:
    names = FloorNames(nothing)
    names.take({"kim": Called("Kim", "both"), "both": Called("Kim", "both"), "lee": Called("Lee", "lee")}, set)
    names.changed(["both"])
    assert [*names.wanted] == ["kim", "both"]
    assert names("kim") == "Kim", "the old name stands until the new one is known"
    names.wanted.clear()
    names.changed(["nobody"])
    assert [*names.wanted] == []
    names.changed([])
    assert [*names.wanted] == ["kim", "both", "lee"]


def test_no_more_names_are_kept_than_there_are_contacts_or_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor_names, "KEPT", 3)
    names = FloorNames(nothing)
    for number in range(10):
        names.take({f"c{number}": Called("x", "")}, lambda: {"c1", "c2"})
        assert len(names.known) <= 3
    assert {"c1", "c2"} <= {*names.known}


class Screen:
    """A connection, and the view that it makes of what it is sent."""

    def __init__(self, user: str) -> None:
        self.identity = Identity(tenant="t", user=user, name=user, role="agent", expires_at=0)
        self.view: dict[str, Any] = {}

    def floor_changed(self, text: str) -> None:
        self.view = apply(self.view, json.loads(text))

    def floor_shown(self, texts: Iterator[str]) -> None:
        raise AssertionError("nothing is shown anew for a name")

    def close(self, code: int) -> None:
        raise AssertionError(code)


@pytest.mark.parametrize("seed", range(20))
def test_R24_R29_a_desk_that_was_told_of_names_equals_a_fresh_one(seed: int) -> None:
    chance = Random(seed)
    names = FloorNames(nothing)
    floor = FloorView("t", names)
    queues = (queue("q", "anna", "ben"), queue("r", "ben"))
    contacts = ["kim", "lee", "mia", None]
    items = tuple(
        item(f"i{n}", queue=chance.choice("qr"), owner=chance.choice([None, "anna"]), contact=chance.choice(contacts))
        for n in range(12)
    )
    floor.apply(change(1, "snapshot", *items, agents=(agent("anna"), agent("ben")), queues=queues))
    desks, screens = TenantDesks(), [Screen("anna"), Screen("ben")]
    for screen in screens:
        desk = Desk(floor, screen.identity.user)
        screen.view = json.loads(json.dumps(desk.snapshot(0)))
        desks.add(desk, screen)
    for _ in range(6):
        found = {contact: Called(chance.choice(["A", "B", None]), contact) for contact in ("kim", "lee", "mia")}
        desks.tell_names(floor, names.take(found, floor.contacts))
    for screen in screens:
        fresh = json.loads(json.dumps(Desk(floor, screen.identity.user).snapshot(0)))
        for part in ("inbox", "queues"):
            assert sorted(screen.view[part], key=str) == sorted(fresh[part], key=str)
