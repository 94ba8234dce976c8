"""R8: visitors who wait are told their position and estimated wait, once a second where something has changed."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from parley_contracts.showings import FloorChange

from .floors import Floor, Floors, Moved
from .rooms import Rooms

EVERY_S = 1.0


class Positions:
    """Which queues have changed since their visitors were told."""

    def __init__(self, floors: Floors, rooms: Rooms) -> None:
        self._floors, self._rooms = floors, rooms
        self._dirty: set[tuple[str, str]] = set()
        floors.listeners.append(self._moved)

    def note(self, tenant: str, queue: str) -> None:
        """Somebody in the queue is to be told anew."""
        self._dirty.add((tenant, queue))

    def _moved(self, floor: Floor, change: FloorChange, moved: Moved) -> None:
        """A queue in which something waits, or has stopped waiting, has other positions now."""
        for pair in moved:
            for item in pair:
                if item is not None and item.stage == "waiting":
                    self.note(floor.tenant, item.queue)

    async def run(self) -> NoReturn:
        """Tell, for as long as it is not cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            dirty, self._dirty = self._dirty, set()
            for tenant, queue in dirty:
                self.tell(tenant, queue)

    def tell(self, tenant: str, queue: str) -> None:
        """Each visitor in the queue who waits here: everything ahead counts, calls and e-mails too."""
        floor = self._floors.get(tenant)
        if floor is None:
            return
        for position, item in enumerate(floor.waiting(queue), 1):
            if item.kind == "chat" and (room := self._rooms.get(tenant, item.item)) is not None:
                wait = floor.estimated_wait_s(queue, position)
                for member in room.members:
                    member.waits(position, wait)
