"""How people come to a password, over HTTP."""

from __future__ import annotations

import logging
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from parley_chassis.clock import system_clock
from parley_contracts.instant import Instant
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from pydantic import ConfigDict, Field

from ..tenants.links import Kind
from .route_context import RouteContext

log = logging.getLogger("parley.gateway")

Language = Literal["de", "en"]
Password = Annotated[str, Field(min_length=1, max_length=1_000)]
Secret = Annotated[str, Field(min_length=1, max_length=100)]


class OwnPassword(Shape):
    """Another password for oneself, with the one that one has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: Password
    new: Password


class Forgotten(Shape):
    """Who has forgotten their password."""

    tenant: str = Field(min_length=1, max_length=64)
    user: str = Field(min_length=1, max_length=64)
    language: Language = "en"


class LinkGiven(Shape):
    """A link, by what stands behind `#link=` in it."""

    link: Secret


class LinkUsed(LinkGiven):
    """A link, and the password to set."""

    password: Password


class LinkShown(Shape):
    """Whose link it is, and how long it can be used."""

    tenant: str
    user: str
    name: str
    kind: Kind
    expires_at: Instant
    password_length: int


class LinkWanted(Shape):
    """In which language the letter is."""

    language: Language = "en"


class LinkMade(Shape):
    """`mailed_to`: where the letter goes; else `link` is shown this once, to be passed on."""

    expires_at: Instant
    mailed_to: str | None
    link: str | None


def password_routes(context: RouteContext) -> APIRouter:
    """One's own, and links."""
    api = APIRouter(tags=["login"])

    @api.put("/v1/password", status_code=204)
    async def change_own(change: OwnPassword, request: Request) -> None:
        """Change one's own password. All other logins of one's own end."""
        await context.passwords.change_own(context.identity(request), change.old, change.new, context.address(request))

    @api.post("/v1/password/forgotten", status_code=202)
    async def forgotten(asks: Forgotten, request: Request) -> None:
        """Have a link mailed by which one sets another password. The answer is the same whether there is such a user with an address or
        not."""
        context.caller(request).require_own_page()
        context.limits.letter(context.address(request), system_clock())
        context.is_about(request, asks.tenant, asks.user)
        directory = context.directories.tenants.get(asks.tenant)
        user = directory.users.get(asks.user) if directory is not None else None
        if user is None or not user.email or not user.enabled:
            return
        context.passwords.mail_later(asks.tenant, asks.user, asks.language)

    @api.post("/v1/links/look")
    async def look(given: LinkGiven, request: Request) -> LinkShown:
        """Whose link it is. It can be used still."""
        link, user = await context.passwords.look(given.link)
        least = context.directories.tenants[link.tenant].settings.password_length
        return LinkShown(
            tenant=link.tenant,
            user=link.user,
            name=user.name,
            kind=link.kind,
            expires_at=link.expires_at,
            password_length=least,
        )

    @api.post("/v1/links/use", status_code=204)
    async def use(used: LinkUsed, request: Request) -> None:
        """Set the password that a link is for. It can be used once; then one logs in."""
        context.caller(request).require_own_page()
        link = await context.passwords.use(used.link, used.password)
        context.is_about(request, link.tenant, link.user)

    @api.post("/v1/admin/agents/{agent}/link", status_code=201)
    async def make(agent: str, wanted: LinkWanted, request: Request) -> LinkMade:
        """A link by which somebody sets their password: an invitation, or where they have forgotten it. It is mailed where they have an
        address and a mail server is set; else it is shown, once. One before it can be used no more."""
        who = context.admin(request)
        if agent not in context.directory(who).users:
            raise Refused("not_found", f"There is no user {agent}.")
        made = await context.passwords.make_link(who.tenant, agent, wanted.language)
        link = f"{str(request.base_url).rstrip('/')}{made.path}" if made.path is not None else None
        return LinkMade(expires_at=made.expires_at, mailed_to=made.mailed_to, link=link)

    return api
