"""Who reads what at this gateway (need to know): made of the floor as it stands; `parley_contracts.reading` says what follows."""

from __future__ import annotations

from parley_contracts.reading import EVERYTHING, Reader

from ..domain.identity import Identity
from .floor_view import FloorView
from .floors import Floors


def reader_at(floor: FloorView, who: Identity) -> Reader:
    """What somebody may read. Agents: their queues, their items, and whatever was had with the contacts of these; others: all that their
    role is let to."""
    if who.role != "agent":
        return EVERYTHING
    in_hand = floor.owned(who.user)
    return Reader(
        agent=who.user,
        queues=tuple(floor.served_by(who.user)),
        items=tuple(item.item for item in in_hand),
        contacts=tuple(sorted({item.contact for item in in_hand if item.contact is not None})),
    )


class Readers:
    """The same for whoever asks over HTTP, with a desk here or without."""

    def __init__(self, floors: Floors) -> None:
        self._floors = floors

    async def of(self, who: Identity) -> Reader:
        """What they may read. The floor as it was known last will do: what is closed can be read while the router is away. Raises Refused
        `unavailable` where it was never known."""
        if who.role != "agent":
            return EVERYTHING
        floor = self._floors.get(who.tenant)
        if floor is None or floor.version < 0:
            floor = await self._floors.of(who.tenant)
        return reader_at(floor, who)
