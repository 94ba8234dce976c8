"""R29, R32: a floor that a gateway fetches page by page, while it changes, is the floor as it stands (`views.Showing`, `Floors`).

Random lives go on between the pages; pages and changes get lost on their way, and the gateway's lease brings them again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import cycle
from typing import Any
from unittest.mock import patch

from floor_words import TENANT
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.service import Out
from parley_contracts import commands as c
from parley_contracts.shapes import Message
from parley_contracts.wire import encode, pack, unpack
from parley_gateway.shown.floor_view import FloorView
from parley_gateway.shown.floors import Floors
from parley_router import views
from test_floor_properties import QUICK, World, lives

SMALL = 400
"""Bytes in a page: one or two items."""


class Fetching(World):
    """A floor, and a second gateway that has it from the router only."""

    gateway = "g2"

    def __init__(self) -> None:
        self.floors = Floors(self)  # type: ignore[arg-type]
        self.moved: list[str] = []
        self.next: deque[Message] = deque()
        self.losing = False
        super().__init__()

    def post(self, inbox: str, encoded: bytes) -> None:
        """What the gateway sends."""
        for message in unpack(pack([encoded])):
            if isinstance(message, c.HoldFloors):
                self.next.extend(self.router.handle_partition(message, self.at, lambda _: self.live, Out()))
            else:
                self.next.append(message)

    def begins(self) -> None:
        """Somebody comes to the gateway who needs the floor."""
        self.view = FloorView(TENANT)
        self.floors._floors[TENANT], self.floors._known[TENANT] = self.view, asyncio.Event()
        self.floors._watch(self.view)
        self.floors.listeners.append(lambda floor, change, moved: self.moved.append(change.kind))

    def _show(self, out: Out) -> None:
        first = Out()
        first.showings = [(inbox, body) for inbox, body in out.showings if inbox == "gateway.g1"]
        super()._show(first)
        self.next.extend(out.next)
        for inbox, body in out.showings:
            if inbox == "gateway.g2" and not self.losing:
                for shown in unpack(pack([body])):
                    self.floors.shown(shown)  # type: ignore[arg-type]

    def goes_on(self, steps: int) -> None:
        """The router gets to what it has told itself."""
        for _ in range(min(steps, len(self.next))):
            self.handle(self.next.popleft())

    def settles(self) -> None:
        """Nothing is lost any more; two leases later the gateway has everything."""
        self.losing = False
        for _ in range(2):
            for inbox, encoded in self.floors.hold():
                self.post(inbox, encoded)
            while self.next:
                self.goes_on(len(self.next))

    def is_the_floor(self) -> bool:
        anew = FloorView(TENANT)
        anew.apply(unpack(pack([encode(views.snapshot(self.floor, self.live.version))]))[0])  # type: ignore[arg-type]
        view = self.view
        assert (view.version, view.items, view.agents, view.queues) == (
            anew.version,
            anew.items,
            anew.agents,
            anew.queues,
        )
        assert {name: view.waiting(name) for name in view.queues} == {name: anew.waiting(name) for name in anew.queues}
        return True


@QUICK
@given(lives, st.integers(0, 20), st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=90))
def test_R29_R32_a_floor_fetched_in_pages_while_it_changes_is_the_floor(
    life: list[tuple[Any, int]], first: int, between: list[tuple[int, bool]]
) -> None:
    with patch.object(views, "PAGE_BYTES", SMALL):
        world = Fetching()
        for number, ((moved, ms), (pages, loses)) in enumerate(zip(life, cycle(between))):
            if number == min(first, len(life) - 1):
                world.begins()
            world.at += ms
            world.losing = loses and number % 4 == 0
            world.play(moved)
            world.goes_on(pages)
        world.settles()
        assert world.is_the_floor()


def test_R32_no_page_is_larger_than_a_page() -> None:
    world = Fetching()
    whole = len(encode(views.snapshot(world.floor, 1)))
    with patch.object(views, "PAGE_BYTES", SMALL):
        showing, pages = views.Showing(world.floor), []
        while showing.more:
            pages.append(len(encode(showing.next(1))))
    assert len(pages) > 1
    assert max(pages) < SMALL + 400, "a page, and what stands around it"
    assert sum(pages) > whole
