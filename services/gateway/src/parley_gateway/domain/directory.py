"""A tenant's directory: its events, its state, its decisions."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from parley_contracts.refusal import Refused

UserRole = Literal["agent", "supervisor", "admin", "ops", "source"]


class Happened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`at` in milliseconds since 1970, `by` the user who did it."""

    at: int
    by: str


class ServiceSet(Happened, frozen=True, kw_only=True):
    """A chat service (R2): a public token with its queue. `origins` may hold `self`, the installation's own origin;
    `without_origin` lets phone apps in, which send none."""

    service: str
    token: str
    queue: str
    name: str
    greeting: str = ""
    languages: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    without_origin: bool = False
    enabled: bool = True
    priority: int | None = None


class UserSet(Happened, frozen=True, kw_only=True):
    """Somebody who may log in; `password` is an argon2 hash."""

    user: str
    name: str
    role: UserRole
    password: str


class SettingsSet(Happened, frozen=True, kw_only=True):
    """A tenant's settings; seconds."""

    agent_grace_s: int = 60
    visitor_absence_s: int = 300
    languages: tuple[str, ...] = ("de", "en")
    classifications: tuple[str, ...] = ()


EVENTS: tuple[type[Happened], ...] = (ServiceSet, UserSet, SettingsSet)


class Directory:
    """What a tenant has set up here."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.version = 0
        self.services: dict[str, ServiceSet] = {}
        self.users: dict[str, UserSet] = {}
        self.settings = SettingsSet(at=0, by="system")

    def evolve(self, event: Happened) -> Directory:
        """The directory after an event, the same object."""
        self.version += 1
        match event:
            case ServiceSet():
                self.services[event.service] = event
            case UserSet():
                self.users[event.user] = event
            case SettingsSet():
                self.settings = event
        return self

    def service_of(self, token: str) -> ServiceSet | None:
        """The enabled chat service with this token."""
        return next((found for found in self.services.values() if found.token == token and found.enabled), None)


def changed(directory: Directory, event: Happened) -> list[Happened]:
    """The event, unless it is so already. Raises Refused when a token is another service's."""
    match event:
        case ServiceSet():
            for other in directory.services.values():
                if other.token == event.token and other.service != event.service:
                    raise Refused("conflict", f"The token {event.token} belongs to {other.service}: choose another.")
            old: Happened | None = directory.services.get(event.service)
        case UserSet():
            old = directory.users.get(event.user)
        case _:
            old = directory.settings
    return [] if old is not None and _content(old) == _content(event) else [event]


def _content(event: Happened) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(event).items() if name not in ("at", "by")}
