"""R8: visitors who wait are told their position and estimated wait: within a second where their line or its agents have changed, and
every few seconds whatever else may have."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import NoReturn

from parley_contracts.showings import FloorChange

from .floor_view import FloorView, Moved
from .floors import Floors
from .rooms import Rooms
from .waiting_times import Waits

EVERY_S = 1.0
ALL_EVERY = 5
"""Every so many times all who wait are looked at: what has changed elsewhere may change how long they wait."""


class Positions:
    """Which queues have changed since their visitors were told, by tenant."""

    def __init__(self, floors: Floors, rooms: Rooms) -> None:
        self._floors, self._rooms = floors, rooms
        self._dirty: dict[str, set[str]] = {}
        floors.listeners.append(self._moved)

    def note(self, tenant: str, queue: str) -> None:
        """Somebody in the queue is to be told anew."""
        self._dirty.setdefault(tenant, set()).add(queue)

    def _moved(self, floor: FloorView, change: FloorChange, moved: Moved) -> None:
        """A queue in which something waits, or has stopped waiting, has other positions now; one whose agents come or go, other waits."""
        for pair in moved:
            for item in pair:
                if item is not None and item.stage == "waiting":
                    self.note(floor.tenant, item.queue)
        for agent in change.agents:
            for queue in floor.served_by(agent.agent):
                self.note(floor.tenant, queue)
        for shown in change.queues:
            self.note(floor.tenant, shown.queue)

    async def run(self) -> NoReturn:
        """Tell, for as long as it is not cancelled."""
        turns = cycle(range(ALL_EVERY))
        while True:
            await asyncio.sleep(EVERY_S)
            everybody = next(turns) == ALL_EVERY - 1
            dirty, self._dirty = self._dirty, {}
            for tenant in self._floors.tenants() if everybody else dirty:
                self.tell(tenant, None if everybody else dirty[tenant])

    def tell(self, tenant: str, queues: set[str] | None) -> None:
        """Each visitor who waits here in one of these queues, or in any. Who waits elsewhere is not looked at, only counted."""
        floor = self._floors.get(tenant)
        if floor is None:
            return
        waits: dict[str, Waits] = {}
        for room in self._rooms.of(tenant):
            item = floor.items.get(room.chat)
            if (
                item is None
                or item.stage != "waiting"
                or item.kind != "chat"
                or (queues is not None and item.queue not in queues)
            ):
                continue
            if item.queue not in waits:
                waits[item.queue] = floor.waits(item.queue)
            position, of_queue = floor.position(item), waits[item.queue]
            for member in room.members:
                member.waits(position, of_queue.of(position), nobody_here=of_queue.nobody_here)
