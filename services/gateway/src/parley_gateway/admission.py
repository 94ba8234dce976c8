"""R1, R5, R8: whether a chat service takes a new chat now; and what there is where it does not: to leave a message."""

from __future__ import annotations

from collections import OrderedDict, deque

from parley_chassis.clock import Clock
from parley_contracts.hours import Hours
from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused

from .directories import Directories
from .domain.directory import ServiceSet
from .floors import Floors
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


class Pace:
    """So many in so many seconds from one address. Of at most `addresses` those seen last are remembered."""

    def __init__(self, most: int, within_s: int, addresses: int = 10_000) -> None:
        self._most, self._within_ms, self._addresses = most, within_s * 1000, addresses
        self._seen: OrderedDict[str, deque[int]] = OrderedDict()

    def take(self, address: str, at: int) -> None:
        """One more, at `at` in milliseconds. Raises Refused `rate_limited`."""
        seen = self._seen.setdefault(address, deque(maxlen=self._most))
        self._seen.move_to_end(address)
        while len(self._seen) > self._addresses:
            self._seen.popitem(last=False)
        if len(seen) == self._most and at - seen[0] < self._within_ms:
            wait = (self._within_ms - (at - seen[0])) // 1000 + 1
            raise Refused("rate_limited", f"Too many messages from your address: wait {wait} s.", retry_after_s=wait)
        seen.append(at)


class Portion:
    """So many commands for one chat, whenever they come; one that is sent again is not another one. Of at most `chats`
    those asked of last are remembered."""

    def __init__(self, most: int, chats: int = 100_000) -> None:
        self._most, self._chats = most, chats
        self._taken: OrderedDict[tuple[str, str], set[str]] = OrderedDict()

    def take(self, tenant: str, chat: str, id: str) -> None:
        """One more. Raises Refused `rate_limited`."""
        taken = self._taken.setdefault((tenant, chat), set())
        self._taken.move_to_end((tenant, chat))
        while len(self._taken) > self._chats:
            self._taken.popitem(last=False)
        if id not in taken and len(taken) >= self._most:
            raise Refused("rate_limited", f"This was asked for {self._most} times already: that is all there is.")
        taken.add(id)

    def give_back(self, tenant: str, chat: str, id: str) -> None:
        """It came to nothing."""
        self._taken.get((tenant, chat), set()).discard(id)
