"""Floors at any moment: folded by the router's own `evolve`, from the nearest of the states that are kept here on the way.

The router keeps its two newest snapshots; here one in so many events is kept for ever, without what only commands need (closed items,
commands that were carried out), so that it is as large as what is going on. A moment is a place in the floor's own order: events up
to the first one that is later, however clocks went.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import NamedTuple

from parley_chassis.journal import Newer, UnknownEvent
from parley_contracts.topology import floor_stream
from parley_router.domain.events import Happened
from parley_router.domain.floor import Floor
from parley_router.domain.memory import ClosedItems, Commands
from parley_router.handlers import Router

from .table import Index

EVERY = 500
"""Events between two states that are kept."""
AT_ONCE = 1_000
NEAR = 4
"""Floors that were looked at last, to go on from."""
SHAPE = f"lean.{Router.snapshot_shape}"


class FloorAt(NamedTuple):
    """A floor after its event `version`."""

    floor: Floor
    version: int


class Floors:
    """The floors of an installation. Blocking; all raise StoreDown."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._near: OrderedDict[str, FloorAt] = OrderedDict()
        self._lock = Lock()

    def tenants(self) -> list[str]:
        """Whose floors there are."""
        agenda = self._index.sources.table["router"].rpartition(".")[0]
        return [str(row["stream"]) for row in self._index.ask(f"SELECT stream FROM {agenda}.agenda ORDER BY stream")]

    def last(self, tenant: str) -> int:
        """The version of a floor: how many events it has."""
        text = f"SELECT coalesce(max(originator_version), 0) AS last FROM {self._index.sources.table['router']} WHERE originator_id = ?"
        return int(self._index.ask(text, (floor_stream(tenant),))[0]["last"])

    def version_before(self, tenant: str, at: int) -> int:
        """A version that the floor had at a moment, or not long before."""
        kept = self._kept(tenant, "at <= ?", at)
        return kept[0] if kept is not None else 0

    # --- keeping ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Forget states of another shape: they are folded anew."""
        with self._index.transaction(write=True) as cursor:
            cursor.execute(self._index.sql("DELETE FROM $floors WHERE shape <> ?"), (SHAPE,))

    def keep_next(self, tenant: str) -> int:
        """Keep the next state, where there are enough events for one; how many events are left to fold."""
        start, last = self._nearest(tenant), self.last(tenant)
        if last - start.version < EVERY:
            return 0
        floor = start.floor
        folded = 0
        for _, event in self.events(tenant, start.version, start.version + EVERY):
            floor.evolve(event)
            folded += 1
        if folded < EVERY:
            return 0  # what follows is of a newer version
        self._keep(tenant, FloorAt(floor, start.version + folded))
        return last - start.version - folded

    def _keep(self, tenant: str, at: FloorAt) -> None:
        lean(at.floor)
        state = zlib.compress(at.floor.freeze(), 1)
        with self._index.transaction(write=True) as cursor:
            cursor.execute(
                self._index.sql("INSERT INTO $floors VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, version) DO NOTHING"),
                (tenant, at.version, at.floor.last_at, SHAPE, state),
            )

    # --- looking ------------------------------------------------------------------------------------------------------

    def events(self, tenant: str, after: int, until: int) -> Iterator[tuple[int, Happened]]:
        """A floor's events beyond a version, up to another, each with its own; those before one of a newer version. Read in pages."""
        while after < until:
            page = self._index.stream("router", floor_stream(tenant), after, min(AT_ONCE, until - after))
            for stored in page:
                event = Router.journal.read(stored.topic, stored.state)
                if isinstance(event, Newer):
                    return
                after = stored.originator_version
                yield after, event
            if not page:
                return

    def at_moment(self, tenant: str, at: int) -> FloorAt:
        """A floor after the last event before the first one that is later than `at`; it belongs to the caller."""
        floor, version = self._thawed(tenant, self._kept(tenant, "at <= ?", at))
        for _, event in self.events(tenant, version, self.last(tenant)):
            if event.at > at:
                break
            floor.evolve(event)
            version += 1
        return FloorAt(floor, version)

    def at_version(self, tenant: str, version: int) -> FloorAt:
        """A floor after its event `version`; it belongs to the caller. Raises UnknownEvent where one of the events is of a newer version."""
        with self._lock:
            near = self._near.pop(tenant, None)
        start = self._nearest(tenant, version)
        if near is not None and start.version <= near.version <= version:
            start = near
        floor, reached = start.floor, start.version
        for _, event in self.events(tenant, start.version, version):
            floor.evolve(event)
            reached += 1
        if reached < min(version, self.last(tenant)):
            raise UnknownEvent(f"the floor's event {reached + 1} is of a newer version")
        return FloorAt(floor, reached)

    def give_back(self, tenant: str, at: FloorAt) -> None:
        """The caller has done with it, and has not changed it: whoever looks at the floor next may go on from it."""
        lean(at.floor)
        with self._lock:
            self._near[tenant] = at
            while len(self._near) > NEAR:
                self._near.popitem(last=False)

    def _nearest(self, tenant: str, version: int = 1 << 62) -> FloorAt:
        return self._thawed(tenant, self._kept(tenant, "version <= ?", version))

    @staticmethod
    def _thawed(tenant: str, kept: tuple[int, bytes] | None) -> FloorAt:
        if kept is None:
            return FloorAt(Floor(floor_stream(tenant)), 0)
        return FloorAt(Floor.thaw(floor_stream(tenant), zlib.decompress(kept[1])), kept[0])

    def _kept(self, tenant: str, condition: str, value: int) -> tuple[int, bytes] | None:
        text = f"SELECT version, state FROM $floors WHERE tenant = ? AND shape = ? AND {condition} ORDER BY version DESC LIMIT 1"
        found = self._index.ask(text, (tenant, SHAPE, value))
        return (int(found[0]["version"]), bytes(found[0]["state"])) if found else None


def lean(floor: Floor) -> None:
    """Without what only commands ask for: nothing of what is shown depends on it."""
    floor.closed, floor.commands = ClosedItems(), Commands()
