"""A tenant's directory: its events, its state, its decisions."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from parley_contracts.hours import Hours
from parley_contracts.refusal import Refused

UserRole = Literal["agent", "supervisor", "admin", "ops", "source"]


class Happened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`at` in milliseconds since 1970, `by` the user who did it."""

    at: int
    by: str


class ServiceSet(Happened, frozen=True, kw_only=True):
    """A chat service (R2): a public token with its queue. `origins` may hold `self`, the installation's own origin;
    `without_origin` lets phone apps in, which send none. `hours` as in the contracts' Hours, `skills` from 1 to 10.
    `consent`: what a visitor agrees to before a chat, `privacy_url`: where more about it is said; empty: nothing.
    `translations`: `greeting`, `consent`, `privacy_url` as visitors of a `language` are told them.
    `messages_per_s`, `burst`, `burst_bytes`: how fast a visitor may write."""

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
    hours: dict[str, Any] | None = None
    skills: dict[str, int] = {}
    consent: str = ""
    privacy_url: str = ""
    translations: tuple[dict[str, str], ...] = ()
    messages_per_s: int = 5
    burst: int = 60
    burst_bytes: int = 262_144


class ServiceRemoved(Happened, frozen=True, kw_only=True):
    """There is no such chat service any more; its token names nothing."""

    service: str


class UserSet(Happened, frozen=True, kw_only=True):
    """Somebody who may log in, unless they are disabled; `password` is an argon2 hash, empty for whoever has none yet, `skills` from 1 to
    10, `email` where links for a password are sent; `subject`: who they are to the company's provider of logins, empty for who has
    a password here."""

    user: str
    name: str
    role: UserRole
    password: str
    skills: dict[str, int] = {}
    enabled: bool = True
    email: str = ""
    subject: str = ""


class UserRemoved(Happened, frozen=True, kw_only=True):
    """Somebody may log in no more."""

    user: str


class SettingsSet(Happened, frozen=True, kw_only=True):
    """A tenant's settings; seconds. `region`: the country whose telephone numbers need no code (ISO 3166);
    `customer_number`: how the tenant's customer numbers look (RE2), empty: there are none. `reasons`: why an agent is not
    ready; `replies`: canned ones, each a `name` and a `text`, and a `language` and a `queue` where they are said; `password_length`: how long passwords are at least;
    `second_factor`: the roles that must have one; `mask`: what is masked in whatever is written, as masking.py of the contracts has it; `attachments_mb`: megabytes of files with one answer; `timezone`: whose days figures are of (IANA); `agent_figures`: whether what is measured about single agents is given out; `oidc`: the company's provider of logins, as domain/oidc.py has it."""

    agent_grace_s: int = 60
    visitor_absence_s: int = 300
    languages: tuple[str, ...] = ("de", "en")
    classifications: tuple[str, ...] = ()
    region: str = "DE"
    customer_number: str = ""
    reasons: tuple[str, ...] = ()
    replies: tuple[dict[str, str], ...] = ()
    password_length: int = 8
    second_factor: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    attachments_mb: int = 25
    timezone: str = "UTC"
    agent_figures: bool = True
    oidc: dict[str, Any] = {}


class LicenceSet(Happened, frozen=True, kw_only=True):
    """R1: the signed licence as it was given, or None where it was taken away."""

    licence: str | None


class IdentityKeySet(Happened, frozen=True, kw_only=True):
    """R24: a chat service has a new key for its website's identities, which follows from the salt; None: it has none."""

    service: str
    salt: str | None


EVENTS: tuple[type[Happened], ...] = (
    ServiceSet,
    ServiceRemoved,
    UserSet,
    UserRemoved,
    SettingsSet,
    LicenceSet,
    IdentityKeySet,
)


class Directory:
    """What a tenant has set up here."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.version = 0
        self.services: dict[str, ServiceSet] = {}
        self.users: dict[str, UserSet] = {}
        self.identity_keys: dict[str, IdentityKeySet] = {}
        self.settings = SettingsSet(at=0, by="system")
        self.licence = LicenceSet(at=0, by="system", licence=None)
        self._hours: dict[str, Hours] = {}

    def evolve(self, event: Happened) -> Directory:
        """The directory after an event, the same object."""
        self.version += 1
        match event:
            case ServiceSet():
                self.services[event.service] = event
                self._hours.pop(event.service, None)
                if event.hours is not None:
                    self._hours[event.service] = Hours.model_validate(event.hours)
            case ServiceRemoved():
                self.services.pop(event.service, None)
                self._hours.pop(event.service, None)
                self.identity_keys.pop(event.service, None)
            case UserSet():
                self.users[event.user] = event
            case UserRemoved():
                self.users.pop(event.user, None)
            case SettingsSet():
                self.settings = event
            case LicenceSet():
                self.licence = event
            case IdentityKeySet(salt=None):
                self.identity_keys.pop(event.service, None)
            case IdentityKeySet():
                self.identity_keys[event.service] = event
        return self

    def service_of(self, token: str) -> ServiceSet | None:
        """The enabled chat service with this token."""
        return next((found for found in self.services.values() if found.token == token and found.enabled), None)

    def hours_of(self, service: str) -> Hours | None:
        """A chat service's own opening hours (R8)."""
        return self._hours.get(service)

    def services_of(self, queue: str) -> list[str]:
        """The chat services whose chats go into a queue."""
        return sorted(found.service for found in self.services.values() if found.queue == queue)

    def seats_used(self) -> int:
        """R1: how many agents there are who may log in."""
        return sum(1 for user in self.users.values() if user.role == "agent" and user.enabled)


def changed(directory: Directory, event: Happened) -> list[Happened]:
    """The event, unless it is so already. Raises Refused: `conflict` when it would break something in use, `not_found`
    when there is nothing to remove."""
    old: Happened | None
    match event:
        case ServiceSet():
            for other in directory.services.values():
                if other.token == event.token and other.service != event.service:
                    raise Refused("conflict", f"The token {event.token} belongs to {other.service}: choose another.")
            old = directory.services.get(event.service)
        case ServiceRemoved():
            if event.service not in directory.services:
                raise Refused("not_found", f"There is no chat service {event.service}.")
            old = None
        case UserSet():
            if event.role != "admin" or not event.enabled:
                _other_admin(directory, event.user)
            old = directory.users.get(event.user)
        case UserRemoved():
            if event.user not in directory.users:
                raise Refused("not_found", f"There is no user {event.user}.")
            _other_admin(directory, event.user)
            old = None
        case LicenceSet():
            old = directory.licence
        case IdentityKeySet():
            if event.service not in directory.services:
                raise Refused("not_found", f"There is no chat service {event.service}.")
            old = directory.identity_keys.get(event.service)
            if old is None and event.salt is None:
                return []
        case _:
            old = directory.settings
    return [] if old is not None and _content(old) == _content(event) else [event]


def _other_admin(directory: Directory, user: str) -> None:
    """Somebody must be left who can administer. Raises Refused `conflict`."""
    admins = {name for name, found in directory.users.items() if found.role == "admin" and found.enabled}
    if admins == {user}:
        raise Refused("conflict", f"{user} is the last admin: make another user an admin first.")


def _content(event: Happened) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(event).items() if name not in ("at", "by")}
