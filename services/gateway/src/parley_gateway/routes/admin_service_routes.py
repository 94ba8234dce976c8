"""Chat services over HTTP, for administrators (R2, R5, R27)."""

from __future__ import annotations

import re
from secrets import token_urlsafe
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from parley_chassis.clock import system_clock
from parley_contracts.commands import SetService
from parley_contracts.hours import Hours
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Key, Shape, Skills
from parley_contracts.stored_tags import require_tag
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ..domain.directory import Directory, ServiceRemoved, ServiceSet
from ..domain.identity import Identity
from ..typed import Clean, Trimmed
from .admin_queue_routes import queue_settings
from .example_page import Snippet, example_page
from .route_context import Name, RouteContext
from .tags import Was, fields_of, tagged

Token = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._~-]+$")]
Language = Annotated[str, Field(min_length=2, max_length=35, pattern=r"^[A-Za-z0-9-]+$")]
Origin = Annotated[
    str,
    Field(max_length=300, pattern=r"^(self|[A-Za-z][A-Za-z0-9+.-]*://[^/\s?#@]+)$"),
    AfterValidator(str.lower),
]


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


class Translation(Shape):
    """What visitors are told who speak this language, such as `de`; what is empty they are told as everybody else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language
    greeting: Annotated[Clean, Field(max_length=1_000)] = ""
    consent: Annotated[Trimmed, Field(max_length=1_000)] = ""
    privacy_url: Annotated[Trimmed, Field(max_length=500), AfterValidator(_address)] = ""


def _each_language_once(translations: tuple[Translation, ...]) -> tuple[Translation, ...]:
    languages = [each.language.lower() for each in translations]
    for language in languages:
        if languages.count(language) > 1:
            raise PydanticCustomError(
                "twice", "must be of different languages: {name} is there twice", {"name": language}
            )
    return translations


class ServiceSettings(Shape):
    """A chat service (R2). `token` is made here, unguessable, where there is none yet. `origins`: pages' origins, such as
    `https://www.example.org`, and `self` for the installation's own. `consent`: what the widget asks visitors to agree to
    before a chat, with a link to `privacy_url`; empty: it asks nothing. No chat is refused for want of it: phone apps ask
    in their own way. `translations`: greeting, consent and privacy notice in other languages. A visitor may write `messages_per_s`, after a pause up to `burst` messages and `burst_bytes` at once."""

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
    translations: Annotated[tuple[Translation, ...], Field(max_length=20), AfterValidator(_each_language_once)] = ()
    messages_per_s: int = Field(5, ge=1, le=100_000)
    burst: int = Field(60, ge=1, le=1_000_000)
    burst_bytes: int = Field(262_144, ge=16_384, le=1_000_000_000)


def admin_service_routes(context: RouteContext) -> APIRouter:
    """The chat services, each with its token and its snippet."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    @api.get("/services")
    async def services(request: Request) -> dict[str, dict[str, ServiceSettings]]:
        """All chat services (R2)."""
        found = context.directory(context.admin(request)).services
        return {"services": {name: _service_shown(service) for name, service in sorted(found.items())}}

    @api.get("/services/{service}")
    async def service(service: str, request: Request, response: Response) -> ServiceSettings:
        """A chat service (R2)."""
        return tagged(response, _service_shown(_service(context.admin(request), service)))

    def _service(who: Identity, service: str) -> ServiceSet:
        found = context.directory(who).services.get(service)
        if found is None:
            raise Refused("not_found", f"There is no chat service {service}.")
        return found

    @api.put("/services/{service}")
    async def put_service(service: Name, settings: ServiceSettings, request: Request, was: Was) -> ServiceSettings:
        """Create or change a chat service (R2, R5); without a token it keeps the one that it has. With `If-Match`, only where that is
        stored: else `conflict`."""
        who = context.admin(request)
        try:
            await queue_settings(context, who, settings.queue)
        except Refused as refusal:
            if refusal.code != "not_found":
                raise
            raise Refused("bad_request", f"queue: there is no queue {settings.queue}: create it first.") from None
        old = context.directory(who).services.get(service)
        token = settings.token or (old.token if old is not None else token_urlsafe(18))
        fields = settings.model_dump(exclude={"token", "hours"})
        hours = settings.hours.model_dump(mode="json") if settings.hours is not None else None
        set_ = ServiceSet(at=system_clock(), by=who.user, service=service, token=token, hours=hours, **fields)
        await context.directories.change(who.tenant, set_, lambda directory: _allowed(context, directory, set_, was))
        given = {"priority": settings.priority, "skills": settings.skills}
        await context.ask_router(who, SetService(tenant=who.tenant, service=service, **given))
        return _service_shown(set_)

    @api.delete("/services/{service}", status_code=204)
    async def remove_service(service: str, request: Request) -> None:
        """Remove a chat service: its token names nothing any more; its running chats go on (R2)."""
        who = context.admin(request)
        await context.directories.change(who.tenant, ServiceRemoved(at=system_clock(), by=who.user, service=service))

    @api.get("/services/{service}/snippet")
    async def snippet(service: str, request: Request) -> Snippet:
        """An example page with the lines that bring the chat service onto it (R27)."""
        host = f"{request.url.scheme}://{request.headers.get('host', '')}"
        return example_page(_service(context.admin(request), service), host)

    return api


def _service_shown(service: ServiceSet) -> ServiceSettings:
    return ServiceSettings.model_validate({name: getattr(service, name) for name in ServiceSettings.model_fields})


def _allowed(context: RouteContext, directory: Directory, set_: ServiceSet, was: str | None) -> None:
    """Raises Refused: the service is not what the change was made of, or its token is another company's."""
    there = directory.services.get(set_.service)
    require_tag(was, fields_of(_service_shown(there)) if there is not None else None)
    for tenant, other in context.directories.tenants.items():
        if tenant != directory.tenant and any(service.token == set_.token for service in other.services.values()):
            raise Refused("conflict", f"The token {set_.token} is taken: choose another, or none to have one made.")
