"""Administration over HTTP (R1, R5, R27): every change is an event with who and when, and holds at once.

What would break something in use is refused with `conflict` and what to do.
"""

from __future__ import annotations

import re
from html import escape
from secrets import token_urlsafe
from typing import Annotated, Any
from urllib.parse import urlsplit

import re2
from fastapi import APIRouter, Path, Request
from parley_chassis.clock import system_clock
from parley_contracts.commands import AskQueue, ForgetAgent, PutQueue, RemoveQueue, SetSkills
from parley_contracts.hours import Hours
from parley_contracts.instant import Instant
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Key, QueueSettings, Shape, Skills
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from .access import Identity
from .domain.directory import (
    Directory,
    LicenceSet,
    ServiceRemoved,
    ServiceSet,
    SettingsSet,
    UserRemoved,
    UserRole,
    UserSet,
    changed,
)
from .domain.licence import take_seat
from .frames import Clean, Said, Trimmed
from .licences import MOST_CHARACTERS, BadLicence
from .means import Means
from .widget_files import widget

Name = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\s/\x00]+$")]
Token = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._~-]+$")]
Language = Annotated[str, Field(min_length=2, max_length=35, pattern=r"^[A-Za-z0-9-]+$")]
Origin = Annotated[
    str,
    Field(max_length=300, pattern=r"^(self|[A-Za-z][A-Za-z0-9+.-]*://[^/\s?#@]+)$"),
    AfterValidator(str.lower),
]


def _pattern(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        raise PydanticCustomError("bad_pattern", "is no regular expression: {why}", {"why": str(error)}) from None
    return text


def _address(text: str) -> str:
    """An absolute address of the web, or nothing."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if text and (not good or re.search(r"[\s\\<>\"\x00-\x1f\x7f]", text) is not None):
        raise PydanticCustomError(
            "bad_address", "must be a whole http or https address, such as https://www.example.org/privacy"
        )
    return text


RESERVED = "system"
"""Stands for the installation itself where an event says who did it."""


class ServiceSettings(Shape):
    """A chat service (R2). `token` is made here, unguessable, where there is none yet. `origins`: pages' origins, such as
    `https://www.example.org`, and `self` for the installation's own. `consent`: what the widget asks visitors to agree to
    before a chat, with a link to `privacy_url`; empty: it asks nothing. No chat is refused for want of it: phone apps ask
    in their own way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Token | None = None
    queue: Key
    name: Annotated[Clean, Field(min_length=1, max_length=100)]
    greeting: Annotated[Clean, Field(max_length=1_000)] = ""
    languages: tuple[Language, ...] = ()
    origins: tuple[Origin, ...] = ()
    without_origin: bool = False
    enabled: bool = True
    priority: int | None = Field(None, ge=0, le=1000)
    hours: Hours | None = None
    skills: Skills = Field(default_factory=dict)
    consent: Annotated[Trimmed, Field(max_length=1_000)] = ""
    privacy_url: Annotated[Trimmed, Field(max_length=500), AfterValidator(_address)] = ""


class AgentShown(Shape):
    """Somebody who may log in; what they can do, each skill from 1 to 10."""

    name: str
    role: UserRole
    skills: Skills = Field(default_factory=dict)


class AgentSettings(Shape):
    """Somebody who may log in. `password` is needed for a new one, and never shown again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[Clean, Field(min_length=1, max_length=100)]
    role: UserRole
    password: str | None = Field(None, min_length=8, max_length=1_000)
    skills: Skills = Field(default_factory=dict)


class CannedReply(Shape):
    """What agents often say: they find it by its name. `{visitor}` and `{agent}` in the text stand for the names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\p{L}\p{N}_-]+$")]
    text: Said


def _each_once(replies: tuple[CannedReply, ...]) -> tuple[CannedReply, ...]:
    names = [reply.name for reply in replies]
    for name in names:
        if names.count(name) > 1:
            raise PydanticCustomError("twice", "must have names of their own: {name} is there twice", {"name": name})
    return replies


class TenantSettings(Shape):
    """What an administrator sets for the whole tenant; seconds. `region`: the country whose telephone numbers need no code
    (ISO 3166); `customer_number`: how the tenant's customer numbers look (a regular expression, RE2), empty: none.
    `reasons`: from which agents choose why they are not ready; `replies`: which they find by their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_grace_s: int = Field(60, ge=0, le=86_400)
    visitor_absence_s: int = Field(300, ge=1, le=86_400)
    languages: tuple[str, ...] = ("de", "en")
    classifications: tuple[str, ...] = ()
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "DE"
    customer_number: Annotated[Clean, Field(max_length=200), AfterValidator(_pattern)] = ""
    reasons: tuple[Annotated[Trimmed, Field(min_length=1, max_length=60)], ...] = Field((), max_length=20)
    replies: Annotated[tuple[CannedReply, ...], Field(max_length=200), AfterValidator(_each_once)] = ()


class NewLicence(Shape):
    """The licence's whole text, or null to take it away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    licence: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)] | None


class LicenceShown(Shape):
    """R1: whether new chats may start, and why not; `seats`: how many agents there may be."""

    valid: bool
    reason: str | None = None
    customer: str | None = None
    features: tuple[str, ...] = ()
    seats: int = 0
    seats_used: int
    issued_at: Instant | None = None
    expires_at: Instant | None = None


class Snippet(Shape):
    """A whole example page; `lines`: the 1-based numbers of those that make the chat; `snippet`: these lines alone;
    `pinned`: the same for one version of the widget, which the browser compares with its hash."""

    html: str
    lines: tuple[int, ...]
    snippet: str
    pinned: str


def admin_routes(means: Means) -> APIRouter:
    """Queues, chat services, agents, settings, licence."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    def admin(request: Request) -> Identity:
        return means.identity(request, "admin")

    # --- queues -------------------------------------------------------------------------------------------------------

    @api.get("/queues")
    async def queues(request: Request) -> dict[str, Any]:
        """All queues with their settings (R5)."""
        who = admin(request)
        return await means.ask_router(who, AskQueue(tenant=who.tenant))

    @api.get("/queues/{queue}")
    async def queue(queue: str, request: Request) -> dict[str, Any]:
        """A queue's settings (R5)."""
        return await _queue(admin(request), queue)

    async def _queue(who: Identity, queue: str) -> dict[str, Any]:
        settings = await means.ask_router(who, AskQueue(tenant=who.tenant, queue=queue))
        return {name: value for name, value in settings.items() if name != "queue"}

    @api.put("/queues/{queue}")
    async def put_queue(queue: Name, settings: QueueSettings, request: Request) -> dict[str, Any]:
        """Create or change a queue (R5)."""
        who = admin(request)
        unknown = [name for name in settings.agents if name not in means.directory(who).users]
        if unknown:
            raise Refused("bad_request", f"agents: there is no user {', '.join(unknown)}: create them first.")
        await means.ask_router(who, PutQueue(tenant=who.tenant, queue=queue, settings=settings))
        return settings.model_dump(mode="json")

    @api.delete("/queues/{queue}", status_code=204)
    async def remove_queue(queue: str, request: Request) -> None:
        """Remove a queue that nothing is in and that no chat service uses (R5)."""
        who = admin(request)
        services = means.directory(who).services_of(queue)
        if services:
            raise Refused(
                "conflict",
                f"The chats of {', '.join(services)} go to the queue {queue}: give them another queue first.",
            )
        await means.ask_router(who, RemoveQueue(tenant=who.tenant, queue=queue))

    # --- chat services ------------------------------------------------------------------------------------------------

    @api.get("/services")
    async def services(request: Request) -> dict[str, dict[str, ServiceSettings]]:
        """All chat services (R2)."""
        found = means.directory(admin(request)).services
        return {"services": {name: _service_shown(service) for name, service in sorted(found.items())}}

    @api.get("/services/{service}")
    async def service(service: str, request: Request) -> ServiceSettings:
        """A chat service (R2)."""
        return _service_shown(_service(admin(request), service))

    def _service(who: Identity, service: str) -> ServiceSet:
        found = means.directory(who).services.get(service)
        if found is None:
            raise Refused("not_found", f"There is no chat service {service}.")
        return found

    @api.put("/services/{service}")
    async def put_service(service: Name, settings: ServiceSettings, request: Request) -> ServiceSettings:
        """Create or change a chat service (R2, R5); without a token it keeps the one that it has."""
        who = admin(request)
        try:
            await _queue(who, settings.queue)
        except Refused as refusal:
            if refusal.code != "not_found":
                raise
            raise Refused("bad_request", f"queue: there is no queue {settings.queue}: create it first.") from None
        old = means.directory(who).services.get(service)
        token = settings.token or (old.token if old is not None else token_urlsafe(18))
        fields = settings.model_dump(exclude={"token", "hours"})
        hours = settings.hours.model_dump(mode="json") if settings.hours is not None else None
        set_ = ServiceSet(at=system_clock(), by=who.user, service=service, token=token, hours=hours, **fields)
        await means.directories.change(who.tenant, set_, lambda directory: _free(who.tenant, token))
        return _service_shown(set_)

    def _free(tenant: str, token: str) -> None:
        for other, directory in means.directories.tenants.items():
            if other != tenant and any(service.token == token for service in directory.services.values()):
                raise Refused("conflict", f"The token {token} is taken: choose another, or none to have one made.")

    @api.delete("/services/{service}", status_code=204)
    async def remove_service(service: str, request: Request) -> None:
        """Remove a chat service: its token names nothing any more; its running chats go on (R2)."""
        who = admin(request)
        await means.directories.change(who.tenant, ServiceRemoved(at=system_clock(), by=who.user, service=service))

    @api.get("/services/{service}/snippet")
    async def snippet(service: str, request: Request) -> Snippet:
        """An example page with the lines that bring the chat service onto it (R27)."""
        host = f"{request.url.scheme}://{request.headers.get('host', '')}"
        return example_page(_service(admin(request), service), host)

    # --- agents -------------------------------------------------------------------------------------------------------

    @api.get("/agents")
    async def agents(request: Request) -> dict[str, dict[str, AgentShown]]:
        """Everybody who may log in."""
        found = means.directory(admin(request)).users
        return {"agents": {name: _agent_shown(user) for name, user in sorted(found.items())}}

    @api.get("/agents/{agent}")
    async def agent(agent: str, request: Request) -> AgentShown:
        """Somebody who may log in."""
        found = means.directory(admin(request)).users.get(agent)
        if found is None:
            raise Refused("not_found", f"There is no user {agent}.")
        return _agent_shown(found)

    @api.put("/agents/{agent}")
    async def put_agent(agent: Name, settings: AgentSettings, request: Request) -> AgentShown:
        """Create or change somebody who may log in (R5). Another role or password ends their logins."""
        who = admin(request)
        if agent == RESERVED:
            raise Refused("bad_request", f"agent: {RESERVED} stands for the installation itself: choose another name.")
        old = means.directory(who).users.get(agent)
        if settings.password is not None:
            hashed = await means.access.hashed(settings.password, old)
        elif old is not None:
            hashed = old.password
        else:
            raise Refused("bad_request", "password: a new user needs one, of 8 characters or more.")
        set_ = UserSet(
            at=system_clock(),
            by=who.user,
            user=agent,
            name=settings.name,
            role=settings.role,
            password=hashed,
            skills=settings.skills,
        )
        await means.directories.change(who.tenant, set_, lambda directory: _seat(directory, set_))
        if settings.role in ("agent", "supervisor"):
            await means.ask_router(who, SetSkills(tenant=who.tenant, agent=agent, skills=settings.skills))
        return _agent_shown(set_)

    def _seat(directory: Directory, set_: UserSet) -> None:
        old = directory.users.get(set_.user)
        if set_.role == "agent" and (old is None or old.role != "agent"):
            take_seat(means.licences.seated(directory, set_.at), directory.seats_used())

    @api.delete("/agents/{agent}", status_code=204)
    async def remove_agent(agent: str, request: Request) -> None:
        """Remove somebody who is logged out and whom no queue names (R5)."""
        who = admin(request)
        removed = UserRemoved(at=system_clock(), by=who.user, user=agent)
        changed(means.directory(who), removed)  # before the floor forgets somebody who has to stay
        await means.ask_router(who, ForgetAgent(tenant=who.tenant, agent=agent))
        await means.directories.change(who.tenant, removed)

    # --- settings and licence -----------------------------------------------------------------------------------------

    @api.get("/settings")
    async def settings(request: Request) -> TenantSettings:
        """The tenant's settings (R21, R22)."""
        return TenantSettings.model_validate(means.directory(admin(request)).settings, from_attributes=True)

    @api.put("/settings")
    async def put_settings(settings: TenantSettings, request: Request) -> TenantSettings:
        """Change the tenant's settings; they hold for every connection and chat from now on."""
        who = admin(request)
        await means.directories.change(who.tenant, SettingsSet(at=system_clock(), by=who.user, **settings.model_dump()))
        return settings

    @api.get("/licence", response_model_exclude_none=True)
    async def licence(request: Request) -> LicenceShown:
        """The licence, whether it holds, and why not (R1)."""
        return _licence_shown(admin(request))

    @api.put("/licence", response_model_exclude_none=True)
    async def put_licence(new: NewLicence, request: Request) -> LicenceShown:
        """Put a licence in place, or take it away (R1). One that is not signed by a trusted key, is another tenant's, has
        expired or is malformed changes nothing."""
        who, now = admin(request), system_clock()
        text = new.licence.strip() if new.licence is not None else None
        if text is not None:
            try:
                licence = means.licences.check(who.tenant, text)
            except BadLicence as bad:
                raise Refused("bad_request", f"licence: {bad}") from None
            if now >= licence.expires_at:
                raise Refused("bad_request", "licence: This licence has expired already: get a new one.")
        await means.directories.change(who.tenant, LicenceSet(at=now, by=who.user, licence=text))
        return _licence_shown(who)

    def _licence_shown(who: Identity) -> LicenceShown:
        directory = means.directory(who)
        licence, why_not = means.licences.standing(directory, system_clock())
        told: dict[str, Any] = {"valid": why_not is None, "reason": why_not, "seats_used": directory.seats_used()}
        if licence is None:
            return LicenceShown(**told)
        return LicenceShown(
            **told,
            customer=licence.customer,
            features=licence.features,
            seats=licence.seats,
            issued_at=licence.issued_at,
            expires_at=licence.expires_at,
        )

    return api


def _service_shown(service: ServiceSet) -> ServiceSettings:
    return ServiceSettings.model_validate(service, from_attributes=True)


def _agent_shown(user: UserSet) -> AgentShown:
    return AgentShown.model_validate(user, from_attributes=True)


def example_page(service: ServiceSet, host: str) -> Snippet:
    """R27: a page that works as it is, and which of its lines to copy into another."""
    address, token = escape(host), f'data-token="{escape(service.token)}"'
    script = f'<script async src="{address}/widget.js" {token}></script>'
    file = widget()
    checked = f'integrity="{file.integrity}" crossorigin="anonymous"'
    pinned = f'<script async src="{address}/widget/pinned/{file.tag}.js" {checked} {token}></script>'
    language = next(iter(service.languages), "en")
    page = [
        "<!doctype html>",
        f'<html lang="{escape(language)}">',
        "<head>",
        '  <meta charset="utf-8">',
        '  <meta name="viewport" content="width=device-width, initial-scale=1">',
        f"  <title>{escape(service.name)}</title>",
        "</head>",
        "<body>",
        f"  <h1>{escape(service.name)}</h1>",
        "  <p>Your page, as it was.</p>",
        f"  {script}",
        "</body>",
        "</html>",
    ]
    return Snippet(html="\n".join(page) + "\n", lines=(page.index(f"  {script}") + 1,), snippet=script, pinned=pinned)
