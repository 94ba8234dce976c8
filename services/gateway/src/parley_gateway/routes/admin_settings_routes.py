"""The tenant's settings and licence over HTTP, for administrators (R1, R5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import re2
from fastapi import APIRouter, Request, Response
from parley_chassis.clock import system_clock
from parley_contracts.hours import zone_name
from parley_contracts.instant import Instant
from parley_contracts.mails import SetMasking
from parley_contracts.masking import Sensitive
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Key, Shape
from parley_contracts.stored_tags import require_tag
from parley_contracts.topology import CRM_QUESTIONS
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ..domain.directory import Directory, LicenceSet, SettingsSet
from ..domain.identity import Identity
from ..domain.passwords import LEAST
from ..tenants.licences import MOST_CHARACTERS, BadLicence
from ..typed import Clean, MessageText, Trimmed
from .route_context import RouteContext
from .tags import Was, fields_of, tagged


def _pattern(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        raise PydanticCustomError("bad_pattern", "is no regular expression: {why}", {"why": str(error)}) from None
    return text


class CannedReply(Shape):
    """What agents often say: they find it by its name. In the text `{visitor}`, `{agent}`, `{queue}`, `{subject}`, `{date}` and `{number}` stand for what they
    name. `language`: of the text, such as `de`: where the visitor speaks it, it comes first. `queue`: the only one whose items it is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\p{L}\p{N}_-]+$")]
    text: MessageText
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | None = None
    queue: Key | None = None


def _each_once(replies: tuple[CannedReply, ...]) -> tuple[CannedReply, ...]:
    names = [reply.name for reply in replies]
    for name in names:
        if names.count(name) > 1:
            raise PydanticCustomError("twice", "must have names of their own: {name} is there twice", {"name": name})
    return replies


class TenantSettings(Shape):
    """What an administrator sets for the whole tenant; seconds. `region`: the country whose telephone numbers need no code
    (ISO 3166); `customer_number`: how the tenant's customer numbers look (a regular expression, RE2), empty: none.
    `reasons`: from which agents choose why they are not ready; `replies`: which they find by their names; `password_length`: how long
    passwords are at least; `second_factor`: the roles that must have one; `mask`: what is masked before it is stored, in whatever
    anybody writes from now on: numbers of payment cards, IBANs. `attachments_mb`: megabytes of files that go along with one answer to an e-mail; 0: none. `timezone`: whose days the figures are of (IANA);
    `agent_figures`: whether figures of single agents are given out, else of all together where they are five."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_grace_s: int = Field(60, ge=0, le=86_400)
    visitor_absence_s: int = Field(300, ge=1, le=86_400)
    languages: tuple[str, ...] = ("de", "en")
    classifications: tuple[str, ...] = ()
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "DE"
    customer_number: Annotated[Clean, Field(max_length=200), AfterValidator(_pattern)] = ""
    reasons: tuple[Annotated[Trimmed, Field(min_length=1, max_length=60)], ...] = Field((), max_length=20)
    replies: Annotated[tuple[CannedReply, ...], Field(max_length=200), AfterValidator(_each_once)] = ()
    password_length: int = Field(LEAST, ge=LEAST, le=64)
    second_factor: tuple[Literal["agent", "supervisor", "admin", "ops"], ...] = ()
    mask: tuple[Sensitive, ...] = Field((), max_length=2)
    attachments_mb: int = Field(25, ge=0, le=25)
    timezone: Annotated[str, Field(max_length=60), AfterValidator(zone_name)] = "UTC"
    agent_figures: bool = True


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


def admin_settings_routes(context: RouteContext) -> APIRouter:
    """The settings and the licence."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    @api.get("/settings", response_model_exclude_none=True)
    async def settings(request: Request, response: Response) -> TenantSettings:
        """The tenant's settings (R21, R22)."""
        return tagged(response, _settings_shown(context.directory(context.admin(request))))

    @api.put("/settings", response_model_exclude_none=True)
    async def put_settings(settings: TenantSettings, request: Request, was: Was) -> TenantSettings:
        """Change the tenant's settings; they hold for every connection and chat from now on. With `If-Match`, only where that is
        stored: else `conflict`."""
        await _change(context, context.admin(request), settings, was)
        return settings

    @api.get("/licence", response_model_exclude_none=True)
    async def licence(request: Request) -> LicenceShown:
        """The licence, whether it holds, and why not (R1)."""
        return _licence_shown(context.admin(request))

    @api.put("/licence", response_model_exclude_none=True)
    async def put_licence(new: NewLicence, request: Request) -> LicenceShown:
        """Put a licence in place, or take it away (R1). One that is not signed by a trusted key, is another tenant's, has
        expired or is malformed changes nothing."""
        who, now = context.admin(request), system_clock()
        text = new.licence.strip() if new.licence is not None else None
        if text is not None:
            try:
                licence = context.licences.check(who.tenant, text)
            except BadLicence as bad:
                raise Refused("bad_request", f"licence: {bad}") from None
            if now >= licence.expires_at:
                raise Refused("bad_request", "licence: This licence has expired already: get a new one.")
        await context.directories.change(who.tenant, LicenceSet(at=now, by=who.user, licence=text))
        return _licence_shown(who)

    def _licence_shown(who: Identity) -> LicenceShown:
        directory = context.directory(who)
        licence, why_not = context.licences.standing(directory, system_clock())
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


async def _change(context: RouteContext, who: Identity, settings: TenantSettings, was: str | None) -> None:
    require_tag(was, fields_of(_settings_shown(context.directory(who))))
    await _mask_mails(context, who, settings)
    said = {**settings.model_dump(exclude_none=True), "oidc": context.directory(who).settings.oidc}
    await context.directories.change(
        who.tenant,
        SettingsSet(at=system_clock(), by=who.user, **said),
        lambda directory: require_tag(was, fields_of(_settings_shown(directory))),
    )


async def _mask_mails(context: RouteContext, who: Identity, settings: TenantSettings) -> None:
    """The mailboxes hear of it before it is so here: no mail is taken in otherwise than is shown."""
    if set(context.directory(who).settings.mask) != set(settings.mask):
        asked = SetMasking(tenant=who.tenant, mask=settings.mask)
        await context.link.ask(CRM_QUESTIONS, asked, who.role, who.user)


def _settings_shown(directory: Directory) -> TenantSettings:
    return TenantSettings.model_validate(directory.settings, from_attributes=True)
