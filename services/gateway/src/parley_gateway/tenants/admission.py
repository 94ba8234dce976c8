"""R1, R5, R8: whether a chat service takes a new chat now; and what there is where it does not: to leave a message."""

from __future__ import annotations

from parley_chassis.clock import Clock
from parley_contracts.hours import Hours
from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.showings import QueueShown

from ..domain.directory import ServiceSet
from ..shown.floor_view import FloorView
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
            directory = self._directories.tenants[tenant]
            self._licences.require(directory, self._clock())
            self._enters(floor, service.queue, directory.hours_of(service.service))
        except Refused as refusal:
            if refusal.code in DEAD_ENDS:
                refusal.facts["leave_message"] = True
            raise

    async def queues_to_give_to(self, tenant: str) -> tuple[FloorView, list[tuple[QueueShown, str | None]]]:
        """The company's floor, and its queues, each with the code of why what goes there now would wait for nobody, or beyond what is
        allowed; None where it would not (R23). Raises Refused `unavailable`."""
        floor = await self._floors.of(tenant)
        return floor, [(queue, self._why_not(floor, name)) for name, queue in floor.queues.items()]

    def _why_not(self, floor: FloorView, queue: str) -> str | None:
        try:
            self._enters(floor, queue, None)
        except Refused as refusal:
            return refusal.code
        return None if floor.anybody_here(queue) else "no_agents"

    def _enters(self, floor: FloorView, queue: str, hours: Hours | None) -> None:
        """Whether a chat may enter the queue now, by these hours and its own. Raises Refused."""
        shown = floor.queues.get(queue)
        both = (hours, shown.hours if shown is not None else None)
        check_hours([each for each in both if each is not None], self._clock())
        floor.admit(queue)


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
