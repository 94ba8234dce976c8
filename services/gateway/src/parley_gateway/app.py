"""The gateway put together: one composition root."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.clock import system_clock
from parley_chassis.probes import probe_routes
from parley_chassis.store import Store, StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.showings import DirectoryChanged, PartitionTaken

from .access import Access, Identity, require, same_origin
from .admission import Admission
from .agent import AgentSocket, Desks
from .asgi import TRY_AGAIN, Channel, Sockets
from .demo import set_up_demo
from .directories import Directories
from .floors import Floors
from .http import build_api
from .licences import Licences
from .link import Link
from .means import Means
from .positions import Positions
from .problems import problem
from .rooms import Rooms
from .settings import GatewaySettings
from .socket import GOING_AWAY, LOGIN_EXPIRED, dumps
from .source import Sources, SourceSocket
from .visitor import VisitorSocket

HOLD_EVERY_S = 8.0
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
        self.licences = Licences(settings.licence_keys)
        self.admission = Admission(self.directories, self.floors, self.licences, system_clock)
        self._desks = Desks(self.floors)
        self._sources = Sources(self.floors)
        self._positions = Positions(self.floors, self.rooms)
        self._sockets: set[VisitorSocket | AgentSocket | SourceSocket] = set()
        self._stopping = False
        self._ready = False
        self._store_trouble: str | None = None
        self.link.on_chat = self.rooms.shown
        self.link.on_signal = self.rooms.signal
        self.link.on_floor = self.floors.shown
        self.link.on_partition = self._partition_taken
        self.link.on_directory = self._directory_changed
        api = build_api(Means(self.access, self.directories, self.licences, self.admission, self.link))
        api.router.routes += probe_routes("gateway", self.troubles)
        starting = problem("unavailable", "This process is starting: try again in a moment.")
        sockets = {"/v1/chat": self._visitor, "/v1/agent": self._agent, "/v1/source": self._source}
        self.app = Sockets(api, starting, sockets, lambda: self._ready)

    async def start(self) -> None:
        """Open the inbox, read the directories, begin to hold what is shown."""
        await self.link.start()
        self._bus.on_return(self._returned)
        await self.directories.read()
        if self._settings.demo:
            await set_up_demo(self.directories, self.access, self.link)
        self._tasks.start(self._hold(), "gateway leases")
        self._tasks.start(self._positions.run(), "gateway positions")
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
        socket = VisitorSocket(
            channel,
            self.link,
            self._tasks,
            self.rooms,
            self._positions,
            self.directories,
            self.access,
            self.admission,
        )
        self._sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)
        return None

    async def _agent(self, channel: Channel) -> None:
        identity = await self._let_in(channel, "agent", "supervisor")
        if identity is None:
            return
        socket = AgentSocket(channel, self.link, self._tasks, self.rooms, self.floors, identity)
        try:
            await socket.connect(self.directories.tenants[identity.tenant].settings.agent_grace_s)
        except Refused as refusal:
            return await self._turn_away(channel, socket, refusal)
        self._desks.add(socket)
        self._sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)
            self._desks.remove(socket)
        return None

    async def _source(self, channel: Channel) -> None:
        identity = await self._let_in(channel, "source")
        if identity is None:
            return
        socket = SourceSocket(channel, self.link, self._tasks, identity)
        try:
            await self._sources.add(socket, system_clock())
        except Refused as refusal:
            return await self._turn_away(channel, socket, refusal)
        self._sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)
            self._sources.remove(socket)
        return None

    async def _let_in(self, channel: Channel, *roles: str) -> Identity | None:
        """Whose socket it is; None when it has been refused and closed. The cookie counts only for pages of this origin; a
        bearer token needs no page (R21)."""
        if self._stopping:
            await channel.close(GOING_AWAY)
            return None
        try:
            origin = channel.headers.get("origin")
            bearer = "authorization" in channel.headers
            if not bearer and origin is not None and not same_origin(origin, channel.headers.get("host", "")):
                raise Refused("origin_not_allowed", "Another page's socket may not use your login.")
            return require(self.access.identify(channel.headers, channel.cookies), *roles)
        except Refused as refusal:
            await _refuse(channel, refusal)
            await channel.close(LOGIN_EXPIRED if refusal.code == "unauthorized" else FORBIDDEN)
            return None

    async def _turn_away(self, channel: Channel, socket: AgentSocket | SourceSocket, refusal: Refused) -> None:
        await _refuse(channel, refusal)
        self.link.leave(socket.number)
        socket.gone()
        await channel.close(TRY_AGAIN)

    # --- what is held and told ----------------------------------------------------------------------------------------

    async def _hold(self) -> None:
        while True:
            self._say_held(None)
            self._ask_again(HOLD_EVERY_S)
            await self._read_directories()  # should an announcement have been lost
            self._sources.close_expired()
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
            self._close_invalid()
            self._store_trouble = None
        except StoreDown as error:
            self._store_trouble = str(error)
            log.error("the directories could not be read", extra={"reason": str(error)})

    def _close_invalid(self) -> None:
        """R5: whose user is gone, or has another role or password now, is logged in no more."""
        for socket in list(self._sockets):
            if not isinstance(socket, VisitorSocket) and not self.access.still_holds(socket.identity):
                socket.close(LOGIN_EXPIRED)


async def _refuse(channel: Channel, refusal: Refused) -> None:
    frame = {"type": "error", "id": None, "code": refusal.code, "message": refusal.message}
    await channel.send_text(dumps(frame))
