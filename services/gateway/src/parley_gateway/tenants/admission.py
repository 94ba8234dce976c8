"""R1, R5, R8: whether a chat service takes a new chat now; and what there is where it does not: to leave a message."""

from __future__ import annotations

from parley_chassis.clock import Clock
from parley_contracts.hours import Hours
from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused

from ..domain.directory import ServiceSet
from ..shown.floors import Floors
from .directories import Directories
from .licences import Licences

DEAD_ENDS = ("licence_required", "closed", "queue_full", "no_agents")
"""R8: what would be a dead end if the visitor could not leave a message."""
TURNS = 64


class Admission:
    """The one place that says whether a chat may start, for the widget's question and for `start` alike."""

    def __init__(self, directories: Directories, floors: Floors, licences: Licences, clock: Clock) -> None:
        self._directories, self._floors, self._licences, self._clock = directories, floors, licences, clock

    async def admit(self, tenant: str, service: ServiceSet, chat: str | None = None) -> None:
        """Whether a new chat may start now. One that is on the floor already was let in when it was asked for first.

        Raises Refused: `licence_required`, `closed` (with `opens_at`, where it is known), `queue_full` and `no_agents`, each
        with `leave_message`; `unavailable`.
        """
        try:
            floor = await self._floors.of(tenant)
            if chat is not None and chat in floor.items:
                return
            directory, now = self._directories.tenants[tenant], self._clock()
            self._licences.require(directory, now)
            queue = floor.queues.get(service.queue)
            hours = (directory.hours_of(service.service), queue.hours if queue is not None else None)
            check_hours([each for each in hours if each is not None], now)
            floor.admit(service.queue)
        except Refused as refusal:
            if refusal.code in DEAD_ENDS:
                refusal.facts["leave_message"] = True
            raise


def check_hours(all_of: list[Hours], at: int) -> None:
    """Whether all of these are open at `at`. Raises Refused `closed`, with `opens_at` where it is known."""
    if all(hours.open_at(at) for hours in all_of):
        return
    opens = when_open(all_of, at)
    facts = {} if opens is None else {"opens_at": rfc3339(opens)}
    raise Refused("closed", "The chat is closed at the moment: come back during opening hours.", **facts)


def when_open(all_of: list[Hours], at: int) -> int | None:
    """When all of these are open for the first time from `at` on; None when that is not known."""
    moment = at
    for _ in range(TURNS):
        closed = next((hours for hours in all_of if not hours.open_at(moment)), None)
        if closed is None:
            return moment
        opens = closed.opens_at(moment)
        if opens is None:
            return None
        moment = opens
    return None
