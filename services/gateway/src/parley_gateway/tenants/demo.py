"""The demonstration's tenant, as protocol.md has it: queues, chat services, users. Set up where it is missing."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from typing import Any
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from parley_chassis.clock import system_clock
from parley_contracts.commands import AskQueue, PutQueue
from parley_contracts.refusal import Refused
from parley_contracts.shapes import QueueSettings
from parley_contracts.topology import floor_stream, partition_of, router_inbox

from ..domain.directory import LicenceSet, ServiceSet, SettingsSet, UserRole, UserSet
from ..service_link import ServiceLink
from ..settings import Settings
from .access import Access
from .directories import Directories
from .licences import demo_licence

TENANT = "demo"
PASSWORD = "demo"  # noqa: S105 - known to all, and so it listens on this machine only
KNOWN_SECRET = "for-the-demonstration-on-loopback-only"  # noqa: S105 - as docker-compose.yml had it
KNOWN_PASSWORDS = ("parley", "guest")
"""Of servers, as docker-compose.yml had them, and as RabbitMQ is delivered."""
USERS: dict[str, tuple[str, UserRole]] = {
    "anna": ("Anna", "agent"),
    "ben": ("Ben", "agent"),
    "sam": ("Sam", "supervisor"),
    "ada": ("Ada", "admin"),
    "otto": ("Otto", "ops"),
    "pbx": ("Telephone system", "source"),
}
QUEUES = {
    "support": QueueSettings(name="Support", distribution="push", agents=("anna", "ben")),
    "sales": QueueSettings(name="Sales", distribution="pick", agents=("anna",)),
}
CLASSIFICATIONS = ("question", "order", "complaint", "other")
REASONS = ("Break", "Training", "Back office")
REPLIES = {
    "hello": "Hello {visitor}, this is {agent}. How can I help you?",
    "hallo": "Guten Tag {visitor}, hier ist {agent}. Wie kann ich Ihnen helfen?",
    "care": "Our stoneware may go into the dishwasher, the microwave and the oven up to 220 °C. Please let it cool down "
    "before you put it into water.",
    "pflege": "Unser Steinzeug darf in die Spülmaschine, in die Mikrowelle und bis 220 °C in den Backofen. Bitte lassen Sie "
    "es abkühlen, bevor Sie es ins Wasser stellen.",
    "broken": "I am sorry that it arrived broken. Please send us your order number and a photograph to service@example.com: "
    "we send you a new one at no cost, and you may keep the pieces.",
    "bruch": "Das tut mir leid! Bitte schicken Sie uns Ihre Bestellnummer und ein Foto an service@example.com: Sie bekommen "
    "kostenlos Ersatz, die Scherben dürfen Sie behalten.",
    "bye": "Thank you for your message, {visitor}. Enjoy your pottery!",
    "danke": "Vielen Dank für Ihre Nachricht, {visitor}. Viel Freude mit Ihrem Geschirr!",
}
SERVICES = {
    "demo": ("support", "Saltmarsh Stoneware", "Hello! How can we help you?"),
    "demo-sales": ("sales", "Saltmarsh Stoneware, sales", "Hello! What would you like to know?"),
}

log = logging.getLogger("parley.gateway")


def check_address(host: str, published_on_loopback: bool) -> None:
    """The demonstration's passwords are known to all: it listens on this machine only. Raises ValueError."""
    if not on_loopback(host, published_on_loopback):
        raise ValueError(
            f"the demonstration does not listen on {host}: its passwords are public. Set PARLEY_HOST to 127.0.0.1."
        )


def on_loopback(host: str, published_on_loopback: bool) -> bool:
    """Whether nobody on another machine reaches this process."""
    return published_on_loopback or _is_this_machine(host)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_secrets(settings: Settings) -> None:
    """What once stood in docker-compose.yml, and stands in every manual, keeps nobody out. Raises ValueError, outside loopback."""
    if on_loopback(settings.host, settings.published_on_loopback):
        return
    if settings.secret == KNOWN_SECRET:
        raise ValueError(
            "PARLEY_SECRET is the demonstration's, which everybody knows: set 32 characters or more of your own"
        )
    for name, url in (("PARLEY_BROKER_URL", settings.broker_url), ("PARLEY_DATABASE_URL", settings.database_url)):
        parts = urlsplit(url.partition(",")[0])
        if parts.password in KNOWN_PASSWORDS and not _is_this_machine(parts.hostname or "localhost"):
            raise ValueError(f"{name} has a password that everybody knows: `parley install` makes others")


async def check_users(settings: Settings, directories: Directories) -> None:
    """The demonstration's users with the demonstration's password, left from a time when it ran here. Raises ValueError, outside
    loopback."""
    if on_loopback(settings.host, settings.published_on_loopback) or TENANT not in directories.tenants:
        return
    found = [user for name, user in directories.tenants[TENANT].users.items() if name in USERS]

    def known() -> list[str]:
        return sorted(user.user for user in found if _is_known(user.password))

    if users := await asyncio.get_running_loop().run_in_executor(None, known):
        raise ValueError(
            f"the users {', '.join(users)} of the tenant {TENANT} still have the demonstration's password, which everybody knows: give them "
            "others, or remove them, while PARLEY_HOST is 127.0.0.1; or begin with a database without the demonstration (`parley install`)"
        )


def _is_known(hashed: str) -> bool:
    try:
        return PasswordHasher().verify(hashed, PASSWORD)
    except (VerificationError, InvalidHashError):
        return False


async def set_up_demo(directories: Directories, access: Access, link: ServiceLink) -> None:
    """Whatever of the demonstration is missing; what somebody has changed stays as it is."""
    directory = directories.tenants.get(TENANT)
    if directory is None or (directory.licence.licence is None and directory.licence.by == "system"):
        # An administrator who took the licence away is somebody else: that stays as it is.
        licence = LicenceSet(at=system_clock(), by="system", licence=demo_licence())
        await directories.change(TENANT, licence)
    if directory is None or not directory.users:
        hashed = await asyncio.get_running_loop().run_in_executor(None, access.hash, PASSWORD)
        now = system_clock()
        german = ("hallo", "pflege", "bruch", "danke")
        replies = tuple(
            {"name": name, "text": text, "language": "de" if name in german else "en"} for name, text in REPLIES.items()
        )
        lists: dict[str, Any] = {"classifications": CLASSIFICATIONS, "reasons": REASONS, "replies": replies}
        await directories.change(TENANT, SettingsSet(at=now, by="system", **lists))
        for token, (queue, name, greeting) in SERVICES.items():
            service = ServiceSet(
                at=now,
                by="system",
                service=token,
                token=token,
                queue=queue,
                name=name,
                greeting=greeting,
                languages=("de", "en"),
                origins=("self",),
                without_origin=True,
            )
            await directories.change(TENANT, service)
        for user, (name, role) in USERS.items():
            added = UserSet(at=now, by="system", user=user, name=name, role=role, password=hashed)
            await directories.change(TENANT, added)
    router = router_inbox(partition_of(floor_stream(TENANT)))
    for queue, settings in QUEUES.items():
        while True:
            try:
                await link.ask(router, AskQueue(tenant=TENANT, queue=queue), "system", "system")
                break
            except Refused as refusal:
                if refusal.code == "not_found":
                    command = PutQueue(tenant=TENANT, queue=queue, settings=settings)
                    await link.ask(router, command, "system", "system")
                    break
                log.warning("the router does not answer yet", extra={"reason": refusal.message})
