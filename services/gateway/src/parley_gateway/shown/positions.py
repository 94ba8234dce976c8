"""R8: visitors who wait are told their position and estimated wait, once a second where something has changed."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from parley_contracts.showings import FloorChange

from .floor_view import FloorView, Moved
from .floors import Floors
from .rooms import Rooms

EVERY_S = 1.0


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
        """A queue in which something waits, or has stopped waiting, has other positions now."""
        for pair in moved:
            for item in pair:
                if item is not None and item.stage == "waiting":
                    self.note(floor.tenant, item.queue)

    async def run(self) -> NoReturn:
        """Tell, for as long as it is not cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            dirty, self._dirty = self._dirty, {}
            for tenant, queues in dirty.items():
                self.tell(tenant, queues)

    def tell(self, tenant: str, queues: set[str]) -> None:
        """Each visitor who waits here in one of these queues. Who waits elsewhere is not looked at, only counted."""
        floor = self._floors.get(tenant)
        if floor is None:
            return
        for room in self._rooms.of(tenant):
            item = floor.items.get(room.chat)
            if item is None or item.stage != "waiting" or item.kind != "chat" or item.queue not in queues:
                continue
            position = floor.position(item)
            wait = floor.estimated_wait_s(item.queue, position)
            for member in room.members:
                member.waits(position, wait)
