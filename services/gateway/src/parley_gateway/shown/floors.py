"""The floors of the tenants that have somebody at this gateway, and the desk of each agent who is connected here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parley_contracts.commands import FloorHeld, HoldFloors, WatchFloor
from parley_contracts.pages import in_pages
from parley_contracts.refusal import Refused
from parley_contracts.showings import FloorChange, FloorShown
from parley_contracts.topology import floor_stream, partition_of, router_inbox
from parley_contracts.wire import encode

from ..service_link import ServiceLink
from .desk import Desk
from .floor_names import FloorNames
from .floor_view import FloorView, Moved
from .supervisor_desk import SupervisorDesk

FLOOR_WITHIN_S = 10.0
HELD_AT_ONCE = 1_000
"""Floors in one message of a lease."""

Listener = Callable[[FloorView, FloorChange, Moved], None]


class Fetching:
    """A floor that is being fetched: pages of what is there, and the changes that came between them."""

    def __init__(self, tenant: str, version: int) -> None:
        self.view = FloorView(tenant)
        self.page = -1
        self.known = version
        """The version up to which changes are held."""
        self._changes: list[FloorChange] = []

    def add(self, page: FloorChange) -> None:
        """The next page: its pieces are as they stand after all changes so far."""
        self.page += 1
        self.view.put(page)

    def hold(self, change: FloorChange) -> bool:
        """A change, to be put in place when all pages are there; whether it is the next one."""
        if change.version > self.known + 1:
            return False
        if change.version == self.known + 1:
            self.known = change.version
            self._changes.append(change)
        return True

    def whole(self) -> FloorView:
        """The floor as it stands: what came after the first page, in order, over what the pages had."""
        for change in self._changes:
            self.view.apply(change)
        self.view.version = self.known
        return self.view


class Floors:
    """The floors of the tenants that have somebody at this gateway."""

    def __init__(self, link: ServiceLink) -> None:
        self._link = link
        self._floors: dict[str, FloorView] = {}
        self._known: dict[str, asyncio.Event] = {}
        self._desks: dict[tuple[str, str], Desk] = {}
        self._fetching: dict[str, Fetching] = {}
        self.listeners: list[Listener] = []
        self.names_for: Callable[[str], FloorNames | None] = lambda tenant: None
        """Makes what tells of a company's contacts how they are called."""

    def tenants(self) -> list[str]:
        """Those whose floors are shown here."""
        return [*self._floors]

    def get(self, tenant: str) -> FloorView | None:
        return self._floors.get(tenant)

    async def of(self, tenant: str) -> FloorView:
        """The tenant's floor, fetched the first time. Raises Refused `unavailable` when the router does not answer."""
        self._link.require_router(tenant)  # also where the floor is known: what is shown of it may be old
        floor = self._floors.get(tenant)
        if floor is None:
            floor = self._floors[tenant] = FloorView(tenant, self.names_for(tenant))
            self._known[tenant] = asyncio.Event()
            self._watch(floor)
        if floor.version < 0:
            try:
                async with asyncio.timeout(FLOOR_WITHIN_S):
                    await self._known[tenant].wait()
            except TimeoutError:
                raise Refused("unavailable", "The system is starting: try again in a moment.") from None
        return floor

    def desk(self, floor: FloorView, agent: str, *, supervises: bool = False) -> Desk:
        """The desk of an agent, or of a supervisor; the same for all their connections here."""
        desk = self._desks.get((floor.tenant, agent))
        if desk is None:
            kind = SupervisorDesk if supervises else Desk
            desk = self._desks[(floor.tenant, agent)] = kind(floor, agent)
        return desk

    def close_desk(self, tenant: str, agent: str) -> None:
        """The agent's last connection here is gone."""
        self._desks.pop((tenant, agent), None)

    def _watch(self, floor: FloorView) -> None:
        watch = WatchFloor(tenant=floor.tenant, gateway=self._link.gateway, version=floor.version)
        # Where it is lost, the lease asks again.
        self._link.post(router_inbox(partition_of(floor_stream(floor.tenant))), encode(watch))

    def shown(self, shown: FloorShown) -> None:
        """The next changes of a floor, or a page of all of it anew."""
        floor = self._floors.get(shown.tenant)
        if floor is None:
            return
        if shown.snapshot:
            return self._page(floor, shown)
        fetching = self._fetching.get(shown.tenant)
        for change in shown.changes:
            if change.version == floor.version + 1 and floor.version >= 0:
                moved = floor.apply(change)
                for listener in self.listeners:
                    listener(floor, change, moved)
            elif fetching is None and change.version > floor.version >= 0:
                return self._watch(floor)
            if fetching is not None and not fetching.hold(change):
                return self._fetch_again(floor)
        return None

    def _page(self, floor: FloorView, shown: FloorShown) -> None:
        """What is shown so far stays until all of the new one is there."""
        (page,) = shown.changes
        fetching = self._fetching.get(floor.tenant)
        if shown.page == 0:
            if floor.version >= page.version:
                self._fetching.pop(floor.tenant, None)
                return None
            fetching = self._fetching[floor.tenant] = Fetching(floor.tenant, page.version)
        elif fetching is None:
            return None
        elif shown.page != fetching.page + 1:
            return self._fetch_again(floor)
        fetching.add(page)
        if not shown.more:
            del self._fetching[floor.tenant]
            self._fetched(floor, fetching.whole(), page)
        return None

    def _fetch_again(self, floor: FloorView) -> None:
        """Something was lost on its way here."""
        del self._fetching[floor.tenant]
        self._watch(floor)

    def _fetched(self, floor: FloorView, fresh: FloorView, last: FloorChange) -> None:
        if fresh.version <= floor.version:
            return  # the changes have brought it there themselves
        first = floor.version < 0
        moved = floor.become(fresh)
        self._known[floor.tenant].set()
        if not first:
            whole = FloorChange(tenant=floor.tenant, version=floor.version, at=last.at, kind="snapshot")
            for listener in self.listeners:
                listener(floor, whole, moved)

    def hold(self, partition: int | None = None, *, nothing_on_its_way: bool = False) -> list[tuple[str, bytes]]:
        """This gateway's lease on what it shows, by the router's inbox; of one partition, or of all."""
        gateway = self._link.gateway
        if nothing_on_its_way:
            self._fetching.clear()
        held: dict[int, list[FloorHeld]] = {}
        for floor in self._floors.values():
            number = partition_of(floor_stream(floor.tenant))
            if partition in (None, number):
                held.setdefault(number, []).append(FloorHeld(tenant=floor.tenant, version=floor.version))
        return [
            (
                router_inbox(number),
                encode(HoldFloors(tenant="", gateway=gateway, nothing_on_its_way=nothing_on_its_way, floors=page)),
            )
            for number, floors in held.items()
            for page in in_pages(floors, HELD_AT_ONCE)
        ]
