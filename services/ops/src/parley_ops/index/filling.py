"""Fills the index from the logs: once to their ends, and then as they grow."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import NamedTuple

from parley_chassis.store import StoreDown

from .statements import LOGS, LOOKS_BACK
from .table import PATHS, VERSION, Index, Life, Unreadable

AT_ONCE = 20_000
"""Positions of one log that are indexed in one transaction."""
LIFE_EVERY_S = 5.0
"""Where nothing comes, it is looked so often whether it is the same log still."""
SIDE_BY_SIDE = 2
"""Parts of the first filling that are under way together."""

log = logging.getLogger("parley.ops")


class Progress(NamedTuple):
    """So many positions of so many are indexed."""

    done: int
    of: int


class Filler:
    """Keeps an index up with its logs. Blocking; all raise StoreDown."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._places: dict[str, int] = {}
        self._lives: dict[str, Life] = {}
        self._progress = Progress(0, 1)
        self._given_up = False
        self._looked_at: dict[str, float] = {}
        """When each log's life was looked at last."""

    def give_up(self) -> None:
        """The process ends: leave the first filling where it is. It is begun anew then."""
        self._given_up = True

    def begin(self) -> None:
        """Go on where the index ends. Where it was never filled, is of another version, or a log has another life, it is filled from the
        start, up to the logs' ends: `progress` says how far that is."""
        with self._index.alone():
            if (reason := self._unusable()) is not None:
                log.warning("the index is filled anew", extra={"reason": reason})
                self._fill()
        self._places = {service: position for service, (position, _) in self._index.places().items()}

    def _unusable(self) -> str | None:
        self._lives = {service: self._index.life(service) for service in LOGS}
        places, built = self._index.places(), self._index.built()
        if built != VERSION:
            return "there is none yet" if built is None else f"it is of version {built}"
        for service, (position, life) in places.items():
            if not life.goes_on_as(self._lives[service]) or position > self._index.end(service):
                return f"the {service}'s log has been restored"
            if not self._index.ends_alike(service, position):
                return f"the {service}'s log is another one"
        return None

    def _fill(self) -> None:
        self._index.empty()
        ends = {service: self._index.end(service) for service in LOGS}
        parts = [
            (service, begin, min(end, begin + AT_ONCE))
            for service, end in ends.items()
            for begin in range(0, end, AT_ONCE)
        ]
        whole = max(1, sum(ends.values()))
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="ops-index") as pool:
            done = 0
            for part in pool.map(self._put, parts):
                done += part
                self._progress = Progress(done, whole)
            list(pool.map(self._index.make_path, ("place", *PATHS)))
        self._index.finish({service: (end, self._lives[service]) for service, end in ends.items()})

    def _put(self, part: tuple[str, int, int]) -> int:
        service, before, after = part
        if self._given_up:
            raise StoreDown("the process ends before the index is filled")
        _by_halves(lambda *place, bare=False: self._index.put(service, *place, bare=bare), service, before, after)
        return after - before

    @property
    def progress(self) -> Progress:
        """How far the first filling is."""
        return self._progress

    def step(self, service: str) -> int:
        """Index what comes next in a log; how many positions, 0 when it is indexed to its end. Raises NotThisIndex."""
        before, end = self._places[service], self._index.end(service)
        if end == before and monotonic() - self._looked_at.get(service, 0.0) < LIFE_EVERY_S:
            return 0
        self._looked_at[service] = monotonic()
        life = self._index.life(service)
        if end < before or not self._lives[service].goes_on_as(life):
            raise NotThisIndex(f"the {service}'s log has been restored")
        after = min(end, before + AT_ONCE)

        def add(begin: int, until: int, look_back: int, *, bare: bool = False) -> None:
            if not self._index.add(service, begin, until, look_back, life, bare=bare):
                raise _Overtaken

        try:
            if after > before:
                _by_halves(add, service, before, after)
                self._places[service], self._lives[service] = after, life
        except _Overtaken:
            places = self._index.places()
            if service not in places:  # whoever restarts a database after a crash finds it empty
                raise NotThisIndex("the index is gone") from None
            self._places[service] = places[service][0]
        return after - before

    def behind(self) -> dict[str, int]:
        """By service, how many positions of its log are not indexed yet."""
        return {service: self._index.end(service) - place for service, place in self._places.items()}


class NotThisIndex(Exception):
    """It is none of these logs any more: it has to be begun anew."""


class _Overtaken(Exception):
    """Another process has indexed this."""


def _by_halves(add: Callable[..., None], service: str, before: int, after: int) -> None:
    """Half by half where something is no event, down to the one that it is: that one stands there by its place alone."""
    reason = ""
    for look_back in (max(0, before - LOOKS_BACK), before):
        try:
            return add(before, after, look_back)
        except Unreadable as error:
            reason = str(error)
    if after - before == 1:
        log.warning("an event cannot be read", extra={"of": service, "position": after, "reason": reason})
        return add(before, after, before, bare=True)
    middle = (before + after) // 2
    _by_halves(add, service, before, middle)
    return _by_halves(add, service, middle, after)
