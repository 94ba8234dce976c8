"""All services in one process: on SQLite and in memory without any server, or on RabbitMQ and PostgreSQL."""

from __future__ import annotations

import asyncio
import fcntl
import secrets
from time import monotonic
from typing import IO, Any

from parley_chassis.bus import open_bus
from parley_chassis.bus.memory import MemoryBroker
from parley_chassis.clock import Clock, system_clock
from parley_chassis.running import open_store_patiently, patiently
from parley_chassis.sealed import Sealing
from parley_chassis.serving import Stopping, open_metrics_port, open_port, serve, serve_probes
from parley_contracts.mails import MailboxSettings, PutMailbox
from parley_crm_logger.app import MailsIn
from parley_crm_logger.app import build as build_crm_logger
from parley_crm_logger.mailer import MailServer
from parley_crm_logger.store import Crm, carry_out, open_crm
from parley_crm_logger.store.mails import mailboxes
from parley_crm_logger.store.outbox import Rules
from parley_gateway.app import Gateway
from parley_gateway.app import build as build_gateway
from parley_gateway.settings import Settings as GatewaySettings
from parley_gateway.tenants.demo import check_address
from parley_mail.files import Folder
from parley_router.app import build as build_router
from parley_session.app import build as build_session

from .app import Sources
from .app import build as build_ops
from .demo_mail import DemoMail
from .demo_mail.page import CustomersMailbox
from .settings import OpsSettings

HEARD_WITHIN_S = 5.0
DEMO_ADDRESSES, DEMO_PASSWORD = {"support": "support@demo.example", "sales": "sales@demo.example"}, "demo"
"""The demonstration's mailboxes, which have the names of their queues."""
TENANT = "demo"


def follow(crm: Crm, sealing: Sealing, mail: DemoMail) -> None:
    """The demonstration's mailboxes are where its mail server listens now. What else was set up of them stays."""
    for name, address in DEMO_ADDRESSES.items():
        _follow(crm, sealing, mail, name, address)


def _follow(crm: Crm, sealing: Sealing, mail: DemoMail, name: str, address: str) -> None:
    with crm.transaction(write=False, tenant=TENANT) as cursor:
        there = mailboxes((crm.db, cursor, crm.live(cursor), TENANT), name)
    url = f"imap://{address.replace('@', '%40')}@127.0.0.1:{mail.imap_port}"
    settings = {"address": address, "queue": name, "name": "Demo", "enabled": True}
    if there:
        settings = {field: getattr(there[0], field) for field in settings} | {"enabled": bool(there[0].enabled)}
    sealed = there[0].sealed if there else sealing.seal(DEMO_PASSWORD, "mailbox", TENANT, name)
    command = PutMailbox(tenant=TENANT, mailbox=name, settings=MailboxSettings(**settings, url=url), sealed=sealed)
    carry_out(crm, command, system_clock())


def installation_secret(settings: OpsSettings) -> str:
    """The secret that signs logins: from the environment, or made once and kept beside the data."""
    if settings.secret:
        return settings.secret
    path = settings.data / "secret"
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()


def lock_data(settings: OpsSettings) -> IO[str]:
    """The data is this process's alone, as long as the returned file is open. Raises ValueError when it is another's."""
    settings.data.mkdir(parents=True, exist_ok=True)
    file = (settings.data / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ValueError(f"another demonstration works in {settings.data}: end it, or set PARLEY_DATA") from None
    return file


class Demo:
    """The whole product in one process."""

    def __init__(self, settings: OpsSettings, clock: Clock = system_clock) -> None:
        check_address(settings.host, settings.published_on_loopback)
        self._settings, self._clock = settings, clock
        self._broker = MemoryBroker()
        self._buses: list[Any] = []
        self._stores: list[Any] = []
        self._services: list[Any] = []
        self.mail: DemoMail | None = None

    async def _bus(self) -> Any:
        bus = open_bus(self._settings.broker_url, self._broker)
        await bus.start()
        self._buses.append(bus)
        return bus

    async def start(self, stopping: Stopping) -> Gateway:
        """Everything but the web server, in the order in which they need each other."""
        url = self._settings.store_url
        router_store = await open_store_patiently(url, "router", stopping)
        session_store = await open_store_patiently(url, "session", stopping)
        gateway_store = await open_store_patiently(url, "gateway", stopping)
        crm = await patiently(lambda: open_crm(url), stopping)
        sources = await patiently(lambda: Sources(url), stopping)
        self._stores = [router_store, session_store, gateway_store, crm, sources]
        router = build_router(router_store, await self._bus(), self._clock, stopping.failed)
        session = build_session(session_store, await self._bus(), self._clock, stopping.failed)
        at = self._settings
        here = at.public_url or f"http://{'127.0.0.1' if at.host in ('', '0.0.0.0', '::') else at.host}:{at.port}"  # noqa: S104
        await self._start_mail()
        mail = MailServer.at(at.smtp_url, at.mail_from, at.smtp_ca) if at.smtp_url else None
        if self.mail is not None:
            mail = MailServer.at(f"smtp://127.0.0.1:{self.mail.smtp_port}", f"Demo <{DEMO_ADDRESSES['support']}>")
        secret, files = installation_secret(at), at.data / "files"
        incoming = MailsIn(Folder(files), secret)
        crm_logger = build_crm_logger(
            crm, await self._bus(), stopping.failed, mail, Rules(here, hold_ms=at.undo_s * 1000), incoming
        )
        ops = build_ops(sources, await self._bus(), self._clock, stopping.failed)
        for service in (crm_logger, session, router):
            await service.start()
            self._services.append(service)
        settings = GatewaySettings(
            secret=secret,
            files=str(files),
            login_ttl_s=self._settings.login_ttl_s,
            database_url=url,
            demo=True,
        )
        gateway = build_gateway(settings, gateway_store, await self._bus(), stopping.failed)
        await gateway.start()
        self._services.append(gateway)
        if self.mail is not None:
            await asyncio.to_thread(follow, crm, Sealing(secret), self.mail)
        await ops.start()  # the gateway hears of it
        self._services.append(ops)
        await self._all_there(stopping)
        return gateway

    async def _start_mail(self) -> None:
        """The mail server, where the demonstration has one of its own."""
        at = self._settings
        if at.demo_mail and not at.smtp_url:
            self.mail = DemoMail(at.data / "post", [DEMO_ADDRESSES["support"]], DEMO_PASSWORD)
            await self.mail.start()

    def app(self, gateway: Gateway) -> Any:
        """What is served: the gateway, and in front of it the customers' mailbox."""
        if self.mail is None:
            return gateway.app
        return CustomersMailbox(gateway.app, self.mail.mails, self.mail.smtp_port, tuple(DEMO_ADDRESSES.values()))

    async def _all_there(self, stopping: Stopping) -> None:
        """Until each part has heard of the others, which say every second that they are there; whoever is missing is told of as ever."""
        until = monotonic() + HEARD_WITHIN_S
        while self.notices() and monotonic() < until and not stopping.told:
            await asyncio.sleep(0.05)

    def details(self) -> list[str]:
        """Why not everything is ready, service by service; empty when it is."""
        told = (getattr(service, "details", service.troubles) for service in self._services)
        return [trouble for troubles in told for trouble in troubles()]

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        return [notice for service in self._services for notice in service.notices()]

    async def stop(self) -> None:
        """The gateway first, then those behind it."""
        for service in reversed(self._services):
            await service.stop()
        for bus in self._buses:
            await bus.stop()
        if self.mail is not None:
            await self.mail.stop()
        for store in self._stores:
            store.close()


async def run_demo(settings: OpsSettings) -> int:
    """Serve the demonstration until told to stop; 0 when that went in order."""
    stopping = Stopping()
    stopping.listen()
    demo = Demo(settings)  # which looks at the address before anything listens on it
    listening = open_port(settings.host, settings.port)
    for_operators = open_metrics_port("127.0.0.1", settings.metrics_port)
    lock = lock_data(settings)
    gateway = await demo.start(stopping)
    probing = asyncio.create_task(serve_probes("gateway", demo.details, for_operators, stopping, demo.notices))
    serving = asyncio.create_task(serve(demo.app(gateway), listening, stopping, demo.stop, websockets=True))
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "localhost") else settings.host  # noqa: S104
    print(f"ready: http://{host}:{settings.port}", flush=True)  # noqa: T201 - whoever started it waits for this line
    await serving
    await probing
    lock.close()
    if stopping.failure is not None:
        print(f"stopped, because a part failed: {stopping.failure}", flush=True)  # noqa: T201
        return 1
    return 0
