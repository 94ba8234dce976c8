"""The gateway put together: one composition root."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.clock import system_clock
from parley_chassis.probes import probe_routes
from parley_chassis.store import Store, StoreDown
from parley_chassis.store.postgres import PostgresStore
from parley_chassis.store.sqlite import SQLiteStore
from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.showings import DirectoryChanged, LoginsEnded, PartitionTaken

from .close_codes import FORBIDDEN, GOING_AWAY, LOGIN_EXPIRED, TRY_AGAIN
from .contacts.mail_files import MailFiles
from .domain.identity import Identity
from .edge.addresses import Proxies
from .edge.edge import Edge
from .encoding import dumps
from .routes.api import build_api
from .routes.audited import denied_socket
from .routes.problems import problem
from .routes.route_context import RouteContext
from .service_link import ServiceLink
from .service_watch import ServiceWatch
from .settings import Settings
from .shown.contact_names import ContactNames
from .shown.desks import Desks
from .shown.floors import Floors
from .shown.positions import Positions
from .shown.readers import Readers
from .shown.rooms import Rooms
from .shown.sources import Sources
from .sockets.agent import AgentSocket
from .sockets.asgi import Channel, Sockets
from .sockets.socket import UNANSWERED_S
from .sockets.source import SourceSocket
from .sockets.visitor import VisitorSocket
from .tenants import audit, links, logins, oidc, second_factors
from .tenants.access import Access, require
from .tenants.admission import Admission
from .tenants.cookies import Cookies
from .tenants.demo import check_secrets, check_users, set_up_demo
from .tenants.directories import Directories
from .tenants.licences import Licences
from .tenants.limits import Limits
from .tenants.links import Links
from .tenants.logins import Logins
from .tenants.oidc import Oidc
from .tenants.passwords import Passwords
from .tenants.second_factors import SecondFactors
from .tenants.tables import Tables
from .tenants.tries_book import open_book

HOLD_EVERY_S = 8.0
GIVE_UP_EVERY_S = 1.0
CLOSED_WITH = {"unauthorized": LOGIN_EXPIRED, "rate_limited": TRY_AGAIN}
"""By the code of a refusal, how a socket of people who log in is closed; FORBIDDEN for others."""

log = logging.getLogger("parley.gateway")


class Gateway:
    """One gateway process: `app` is what a web server serves."""

    def __init__(
        self,
        settings: Settings,
        bus: Bus,
        store: Store,
        on_failure: Callable[[BaseException], None] | None = None,
    ) -> None:
        if len(settings.secret) < 32:
            raise ValueError("PARLEY_SECRET must have 32 characters or more: it signs logins")
        check_secrets(settings)
        self._settings, self._bus, self._store = settings, bus, store
        self._tasks = Tasks(on_failure)
        self.directories = Directories(store, bus)
        own = settings.database_url if isinstance(store, PostgresStore | SQLiteStore) else ""
        self._tables = Tables(
            own, (*logins.MADE_BY, *links.MADE_BY, *second_factors.MADE_BY, *oidc.MADE_BY, *audit.MADE_BY)
        )
        self.audit = audit.Audit(self._tables, settings.audit_days)
        self.logins = Logins(self._tables, bus, settings.secret, settings.login_ttl_s, settings.login_idle_s)
        self.access = Access(
            self.directories,
            settings.secret,
            self.logins,
            SecondFactors(self._tables, settings.secret),
            open_book(settings.database_url if isinstance(store, PostgresStore) else ""),
            Cookies(settings.cookies_without_tls),
        )
        self.link = ServiceLink(bus, self._tasks)
        self.passwords = Passwords(self.directories, self.access, Links(self._tables), self.link, self._tasks)
        self._watch = ServiceWatch(self.link, bus)
        self._mail_files = MailFiles(settings.files, settings.scanner, settings.mailbox_secret or settings.secret)
        self.rooms = Rooms(self.link)
        self.floors = Floors(self.link)
        self.licences = Licences(settings.licence_keys)
        self.limits = Limits(settings)
        self.admission = Admission(self.directories, self.floors, self.licences, system_clock)
        self._desks = Desks(self.floors)
        self._names = ContactNames(self.floors, self.link, self._tasks, self._desks.renamed)
        self._sources = Sources(self.floors)
        self._positions = Positions(self.floors, self.rooms)
        self._sockets: set[VisitorSocket | AgentSocket | SourceSocket] = set()
        self._stopping = False
        self._ready = False
        self._store_trouble: str | None = None
        self.link.masks = self.directories.masks
        self.link.most_attached = self.directories.most_attached
        self.link.on_chat = self.rooms.shown
        self.link.on_signal = self.rooms.signal
        self.link.on_floor = self.floors.shown
        self.link.on_inbox = self._watch.heard
        self.link.on_partition = self._partition_taken
        self.link.on_directory = self._directory_changed
        self.link.on_logins = self._logins_ended
        self.link.on_contacts = self._names.changed
        api = build_api(self._route_context())
        api.router.routes += probe_routes("gateway", self.troubles, public=True)
        starting = problem("unavailable", "This process is starting: try again in a moment.")
        sockets = {"/v1/chat": self._visitor, "/v1/agent": self._agent, "/v1/source": self._source}
        inner = Sockets(api, starting, sockets, lambda: self._ready)
        self.app = Edge(inner, Proxies(settings.trusted_proxies), settings.sockets_per_address)

    def _route_context(self) -> RouteContext:
        at = self._settings
        return RouteContext(
            self.access,
            self.directories,
            self.licences,
            self.admission,
            self.link,
            self.limits,
            self.passwords,
            Oidc(self.directories, self.access, self.licences, self._tables, at.secret, at.oidc_issuers),
            self.audit,
            Readers(self.floors),
            self._mail_files,
            lambda: self._watch.mail,
            at.public_url,
        )

    async def start(self) -> None:
        """Open the inbox, read the directories, begin to hold what is shown."""
        await self.link.start()
        self._bus.on_return(self._returned)
        await self.directories.read()
        await check_users(self._settings, self.directories)
        if self._settings.demo:
            await set_up_demo(self.directories, self.access, self.link)
        self._tasks.start(self._hold(), "gateway leases")
        self._tasks.start(self._positions.run(), "gateway positions")
        self._tasks.start(self._watch.run(), "gateway asks who is there")
        self._tasks.start(self.audit.run(), "gateway audit log")
        self._tasks.start(self._give_up(), "gateway commands without an answer")
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
        self._mail_files.close()
        self._tables.close()

    def troubles(self) -> list[str]:
        """Why this process is not ready, as everybody may read it: no server's address is in it. Empty when it is ready."""
        return self._troubles("does not answer")

    def details(self) -> list[str]:
        """The same in the servers' own words, for operators."""
        return self._troubles(self._store_trouble or "")

    def _troubles(self, of_the_store: str) -> list[str]:
        if not self._ready:
            return ["starting"]
        troubles = [] if self._bus.healthy() else ["broker: not connected"]
        if self._store_trouble:
            troubles.append(f"store: {of_the_store}")
        return [*troubles, *self._watch.troubles(), *self.link.troubles()]

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        return [*self.directories.notices(), *self._watch.notices()]

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
            self.limits,
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
        try:
            await self._serve_agent(channel, identity)
        finally:
            self.limits.of_a_user.leave(identity[:2])

    async def _serve_agent(self, channel: Channel, identity: Identity) -> None:
        socket = AgentSocket(channel, self.link, self._tasks, self.rooms, self.floors, identity)
        try:
            desk = await socket.connect(self.directories.tenants[identity.tenant].settings.agent_grace_s)
        except Refused as refusal:
            self._desks.remove(socket)
            return await self._turn_away(channel, socket, refusal)
        self._desks.add(socket, desk)
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
        try:
            await self._serve_source(channel, identity)
        finally:
            self.limits.of_a_user.leave(identity[:2])

    async def _serve_source(self, channel: Channel, identity: Identity) -> None:
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
        bearer token needs no page (R21). Who is let in is counted until they leave."""
        if self._stopping:
            await channel.close(GOING_AWAY)
            return None
        identity = None
        try:
            identity = await self.access.identify(channel.headers, channel.cookies, channel.scheme)
            require(identity, *roles)
            self.limits.of_a_user.enter(identity[:2])
            return identity
        except StoreDown as error:
            log.error("a login could not be looked up", extra={"reason": str(error)})
            await _refuse(channel, Refused("unavailable", "The system does not answer at the moment: try again."))
            await channel.close(TRY_AGAIN)
            return None
        except Refused as refusal:
            if refusal.code in ("unauthorized", "forbidden"):
                self.audit.note(denied_socket(self.audit, identity, channel.address, roles, refusal.code))
            await _refuse(channel, refusal)
            await channel.close(CLOSED_WITH.get(refusal.code, FORBIDDEN))
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
            await self._look_at_logins()
            self._sources.close_expired()
            await asyncio.sleep(HOLD_EVERY_S)

    async def _give_up(self) -> None:
        while True:
            await asyncio.sleep(GIVE_UP_EVERY_S)
            for socket in list(self._sockets):
                socket.give_up(UNANSWERED_S)
                socket.close_silent(self._settings.hello_within_s)

    def _returned(self) -> None:
        """The broker is there again; what was on its way to this gateway is lost."""
        self._watch.returned()
        self._names.returned()
        self._say_held(None, nothing_on_its_way=True)
        self._ask_again(0.0)

    def _ask_again(self, unanswered_s: float) -> None:
        for socket in list(self._sockets):
            socket.ask_again(unanswered_s)

    def _say_held(self, partition: int | None, service: str | None = None, *, nothing_on_its_way: bool = False) -> None:
        parcels = self.rooms.hold(partition) if service in (None, "session") else []
        if service in (None, "router"):
            parcels += self.floors.hold(partition, nothing_on_its_way=nothing_on_its_way)
        for inbox, encoded in parcels:
            self.link.post(inbox, encoded)

    def _partition_taken(self, taken: PartitionTaken) -> None:
        self._say_held(taken.partition, taken.service)
        self._watch.taken(taken.service, taken.partition)

    def _directory_changed(self, changed: DirectoryChanged) -> None:
        self._tasks.start(self._read_directories(), "directories")

    async def _read_directories(self) -> None:
        try:
            await self.directories.read()
            self._look_at_people()
            self._store_trouble = None
        except StoreDown as error:
            self._store_trouble = str(error)
            log.error("the directories could not be read", extra={"reason": str(error)})

    def _look_at_people(self) -> None:
        """R5: whose user is gone or disabled, or has another role now, is logged in no more; who has another name goes by that."""
        for socket in self._of_people():
            if not self.access.still_holds(socket.identity):
                socket.close(LOGIN_EXPIRED)
            elif (
                isinstance(socket, AgentSocket)
                and (name := self.access.name_of(socket.identity)) != socket.identity.name
            ):
                socket.renamed(name)

    def _of_people(self) -> list[AgentSocket | SourceSocket]:
        return [socket for socket in self._sockets if not isinstance(socket, VisitorSocket)]

    def _logins_ended(self, ended: LoginsEnded) -> None:
        for socket in self._of_people():
            if socket.identity.login in ended.logins:
                socket.close(LOGIN_EXPIRED)

    async def _look_at_logins(self) -> None:
        """Their open sockets use them; the sockets of those that have ended are closed, should that not have been heard here."""
        sockets = self._of_people()
        try:
            there = await self.logins.still_there({socket.identity.login for socket in sockets})
        except StoreDown as error:
            log.error("the logins could not be read", extra={"reason": str(error)})
            return
        for socket in sockets:
            if socket.identity.login not in there:
                socket.close(LOGIN_EXPIRED)


async def _refuse(channel: Channel, refusal: Refused) -> None:
    frame = {"type": "error", "id": None, "code": refusal.code, "message": refusal.message}
    await channel.send_text(dumps(frame))


def build(
    settings: Settings,
    store: Store,
    bus: Bus,
    on_failure: Callable[[BaseException], None] | None = None,
) -> Gateway:
    """A gateway, ready to be started. Raises ValueError where a setting cannot be used."""
    return Gateway(settings, bus, store, on_failure)
