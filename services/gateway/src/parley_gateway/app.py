"""The gateway put together: one composition root."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.probes import probe_routes
from parley_chassis.store import Store, StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Item
from parley_contracts.showings import DirectoryChanged, FloorChange, PartitionTaken

from .access import Access, require, same_origin
from .agent import AgentSocket, Desks
from .asgi import TRY_AGAIN, Channel, Sockets
from .demo import set_up_demo
from .directories import Directories
from .floors import Floor, Floors, order
from .http import build_api, problem
from .link import Link
from .rooms import Rooms
from .settings import GatewaySettings
from .socket import GOING_AWAY, LOGIN_EXPIRED, dumps
from .visitor import VisitorSocket

HOLD_EVERY_S = 8.0
POSITIONS_EVERY_S = 1.0
FORBIDDEN = 4403

log = logging.getLogger("parley.gateway")


class Gateway:
    """One gateway process: `app` is what a web server serves."""

    def __init__(
        self,
        settings: GatewaySettings,
        bus: Bus,
        store: Store,
        on_failure: Callable[[BaseException], None] | None = None,
    ) -> None:
        if len(settings.secret) < 32:
            raise ValueError("PARLEY_SECRET must have 32 characters or more: it signs logins")
        self._settings, self._bus, self._store = settings, bus, store
        self._tasks = Tasks(on_failure)
        self.directories = Directories(store, bus)
        self.access = Access(self.directories, settings.secret, settings.login_ttl_s)
        self.link = Link(bus, self._tasks)
        self.rooms = Rooms(self.link)
        self.floors = Floors(self.link)
        self._desks = Desks(self.floors)
        self._sockets: set[VisitorSocket | AgentSocket] = set()
        self._dirty: set[tuple[str, str]] = set()
        self._stopping = False
        self._ready = False
        self._store_trouble: str | None = None
        self.link.on_chat = self.rooms.shown
        self.link.on_signal = self.rooms.signal
        self.link.on_floor = self.floors.shown
        self.link.on_partition = self._partition_taken
        self.link.on_directory = self._directory_changed
        self.floors.listeners.append(self._note_positions)
        api = build_api(self.access, self.directories, self.floors, self.link, secure_cookies=False)
        api.router.routes += probe_routes("gateway", self.troubles)
        starting = problem("unavailable", "This process is starting: try again in a moment.")
        sockets = {"/v1/chat": self._visitor, "/v1/agent": self._agent}
        self.app = Sockets(api, starting, sockets, lambda: self._ready)

    async def start(self) -> None:
        """Open the inbox, read the directories, begin to hold what is shown."""
        await self.link.start()
        self._bus.on_return(self._returned)
        await self.directories.read()
        if self._settings.demo:
            await set_up_demo(self.directories, self.access, self.link)
        self._tasks.start(self._hold(), "gateway leases")
        self._tasks.start(self._positions(), "gateway positions")
        self._ready = True

    async def stop(self) -> None:
        """Close all sockets, so that clients go to another process; then end."""
        self._stopping = True
        for socket in list(self._sockets):
            socket.close(GOING_AWAY)
        try:
            async with asyncio.timeout(5):
                while self._sockets:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log.warning("sockets did not close in time", extra={"sockets": len(self._sockets)})
        await self._tasks.stop()
        self.access.close()
        self.directories.close()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        if not self._ready:
            return ["starting"]
        troubles = [] if self._bus.healthy() else ["broker: not connected"]
        return [*troubles, f"store: {self._store_trouble}"] if self._store_trouble else troubles

    # --- sockets ------------------------------------------------------------------------------------------------------

    async def _visitor(self, channel: Channel) -> None:
        if self._stopping:
            return await channel.close(GOING_AWAY)
        socket = VisitorSocket(channel, self.link, self._tasks, self.rooms, self.floors, self.directories, self.access)
        self._sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)
        return None

    async def _agent(self, channel: Channel) -> None:
        """R21: the cookie counts only for pages of this origin; a bearer token needs no page."""
        if self._stopping:
            return await channel.close(GOING_AWAY)
        try:
            origin = channel.headers.get("origin")
            bearer = "authorization" in channel.headers
            if not bearer and origin is not None and not same_origin(origin, channel.headers.get("host", "")):
                raise Refused("origin_not_allowed", "Another page's socket may not use your login.")
            identity = require(self.access.identify(channel.headers, channel.cookies), "agent", "supervisor")
        except Refused as refusal:
            await _refuse(channel, refusal)
            return await channel.close(LOGIN_EXPIRED if refusal.code == "unauthorized" else FORBIDDEN)
        socket = AgentSocket(channel, self.link, self._tasks, self.rooms, self.floors, identity)
        try:
            await socket.connect(self.directories.tenants[identity.tenant].settings.agent_grace_s)
        except Refused as refusal:
            await _refuse(channel, refusal)
            self.link.leave(socket.number)
            socket.gone()
            return await channel.close(TRY_AGAIN)
        self._desks.add(socket)
        self._sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)
            self._desks.remove(socket)
        return None

    # --- what is held and told ----------------------------------------------------------------------------------------

    async def _hold(self) -> None:
        while True:
            self._say_held(None)
            self._ask_again(HOLD_EVERY_S)
            await self._read_directories()  # should an announcement have been lost
            await asyncio.sleep(HOLD_EVERY_S)

    def _returned(self) -> None:
        """The broker is there again; what was on its way to this gateway is lost."""
        self._say_held(None)
        self._ask_again(0.0)

    def _ask_again(self, unanswered_s: float) -> None:
        for socket in list(self._sockets):
            socket.ask_again(unanswered_s)

    def _say_held(self, partition: int | None, service: str | None = None) -> None:
        parcels = self.rooms.hold(partition) if service in (None, "session") else []
        parcels += self.floors.hold(partition) if service in (None, "router") else []
        for inbox, encoded in parcels:
            self.link.post(inbox, encoded)

    def _partition_taken(self, taken: PartitionTaken) -> None:
        self._say_held(taken.partition, taken.service)

    def _directory_changed(self, changed: DirectoryChanged) -> None:
        self._tasks.start(self._read_directories(), "directories")

    async def _read_directories(self) -> None:
        try:
            await self.directories.read()
            self._store_trouble = None
        except StoreDown as error:
            self._store_trouble = str(error)
            log.error("the directories could not be read", extra={"reason": str(error)})

    # --- positions ----------------------------------------------------------------------------------------------------

    def _note_positions(self, floor: Floor, change: FloorChange, moved: list[tuple[Item | None, Item | None]]) -> None:
        """R8: a queue in which something waits, or has stopped waiting, has other positions now."""
        for old, new in moved:
            for item in (old, new):
                if item is not None and item.stage == "waiting":
                    self._dirty.add((floor.tenant, item.queue))

    async def _positions(self) -> None:
        while True:
            await asyncio.sleep(POSITIONS_EVERY_S)
            dirty, self._dirty = self._dirty, set()
            for tenant, queue in dirty:
                self._tell_positions(tenant, queue)

    def _tell_positions(self, tenant: str, queue: str) -> None:
        floor = self.floors.get(tenant)
        if floor is None:
            return
        for position, item in enumerate(sorted(floor.waiting(queue), key=order), 1):
            room = self.rooms.get(tenant, item.item)
            if room is None:
                continue
            frame = {
                "type": "position",
                "position": position,
                "estimated_wait_s": floor.estimated_wait_s(queue, position),
            }
            for member in room.members:
                if member.is_visitor and isinstance(member, VisitorSocket):
                    member.send(frame)


async def _refuse(channel: Channel, refusal: Refused) -> None:
    frame = {"type": "error", "id": None, "code": refusal.code, "message": refusal.message}
    await channel.send_text(dumps(frame))
