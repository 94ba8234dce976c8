"""Logins by a company's own provider, over HTTP: there and back, and for administrators which one it is."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from parley_chassis.clock import system_clock
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from pydantic import ConfigDict, Field

from ..domain.directory import UserRole
from ..typed import Clean
from .login_routes import set_login_cookie
from .route_context import Name, RouteContext

COOKIE = "parley_oidc"
BACK = "/v1/oidc/callback"
Claim = Annotated[Clean, Field(min_length=1, max_length=100)]
Target = Literal["/desk", "/admin", "/account", "/phone", "/ops", "/supervisor"]


class ProviderSettings(Shape):
    """A company's provider of logins (OpenID Connect). `issuer` is one of those that the installation allows. `client_secret` is never shown
    again; without it PKCE is enough. `roles`: which value of the claim `roles_claim` is which role; the first that fits counts.
    `require_claim`: only who has one of `require_values` there is let in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[Clean, Field(min_length=8, max_length=300)]
    client_id: Annotated[Clean, Field(min_length=1, max_length=200)]
    client_secret: Annotated[Clean, Field(min_length=1, max_length=500)] | None = None
    user_claim: Claim = "preferred_username"
    roles_claim: Claim = "roles"
    roles: dict[Claim, UserRole] = Field(min_length=1, max_length=100)
    require_claim: Annotated[Clean, Field(max_length=100)] = ""
    require_values: tuple[Claim, ...] = Field((), max_length=100)
    scope: Annotated[Clean, Field(max_length=300, pattern=r"^openid( [!-~]+)*$")] = "openid profile email"


class ProviderShown(Shape):
    """The same without its secret; `has_secret`: there is one."""

    issuer: str
    client_id: str
    has_secret: bool
    user_claim: str
    roles_claim: str
    roles: dict[str, UserRole]
    require_claim: str
    require_values: tuple[str, ...]
    scope: str


def oidc_routes(context: RouteContext) -> APIRouter:
    """There and back."""
    api = APIRouter(tags=["login"])

    @api.get("/v1/oidc/{tenant}/start", status_code=303, response_class=RedirectResponse)
    async def start(tenant: Name, request: Request, to: Target = "/desk") -> RedirectResponse:
        """To the company's provider. A browser is told where to go, and comes back to `to`; a person's browser that cannot is shown why."""
        try:
            context.limits.oidc(context.address(request), system_clock())
            url, browser = await context.oidc.begin(tenant, _back(context, request), to)
        except Refused as refusal:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            request.state.refused = refusal.code
            return _why_not(refusal)
        answer = RedirectResponse(url, 303)
        secure = context.access.cookies.are_secure(request.url.scheme, request.headers.get("host", ""))
        answer.set_cookie(COOKIE, browser, max_age=600, httponly=True, samesite="lax", secure=secure, path=BACK)
        return answer

    @api.get(BACK, status_code=303, response_class=RedirectResponse)
    async def back(
        request: Request,
        state: Annotated[str, Query(max_length=200)] = "",
        code: Annotated[str, Query(max_length=2_000)] = "",
        error: Annotated[str, Query(max_length=200)] = "",
    ) -> RedirectResponse:
        """From the provider: the login begins, or the account's page says why not."""
        try:
            if error or not code:
                raise Refused("unauthorized", "Your provider did not let you in.")
            address, agent = context.address(request), request.headers.get("user-agent", "")
            given = request.cookies.get(COOKIE, "")
            token, who, target = await context.oidc.finish(state, given, code, address, agent)
            request.state.login = who
        except Refused as refusal:
            request.state.refused = refusal.code
            answer = _why_not(refusal)
        else:
            answer = RedirectResponse(target, 303)
            set_login_cookie(context, request, answer, token)
        answer.delete_cookie(COOKIE, path=BACK)
        return answer

    return api


def admin_oidc_routes(context: RouteContext) -> APIRouter:
    """Which provider it is."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    async def shown(tenant: str) -> ProviderShown:
        found = context.directories.tenants[tenant].settings.oidc
        if not found:
            raise Refused("not_found", "This company has no provider of logins.")
        return ProviderShown.model_validate({**found, "has_secret": await context.oidc.has_secret(tenant)})

    async def put(request: Request, oidc: dict[str, object]) -> str:
        who = context.admin(request)
        before = context.directory(who).settings
        event = msgspec.structs.replace(before, at=system_clock(), by=who.user, oidc=oidc)
        await context.directories.change(who.tenant, event)
        return who.tenant

    @api.get("/oidc")
    async def provider(request: Request) -> ProviderShown:
        """The company's provider of logins."""
        return await shown(context.admin(request).tenant)

    @api.put("/oidc")
    async def put_provider(settings: ProviderSettings, request: Request) -> ProviderShown:
        """Set it. Without `client_secret` the one that there is stays, where the issuer and the client stay."""
        who = context.admin(request)
        if not context.oidc.allows(settings.issuer):
            raise Refused(
                "bad_request", "issuer: is none that this installation allows: PARLEY_OIDC_ISSUERS names them."
            )
        before = context.directory(who).settings.oidc
        same = (before.get("issuer"), before.get("client_id")) == (settings.issuer, settings.client_id)
        if settings.client_secret is not None or not same:
            await context.oidc.keep_secret(who.tenant, settings.client_secret)
        return await shown(await put(request, settings.model_dump(exclude={"client_secret"}, mode="json")))

    @api.delete("/oidc", status_code=204)
    async def remove_provider(request: Request) -> None:
        """Nobody comes from there any more. Logins that there are go on until they end."""
        tenant = await put(request, {})
        await context.oidc.keep_secret(tenant, None)

    return api


def _why_not(refusal: Refused) -> RedirectResponse:
    return RedirectResponse(f"/account#{urlencode({'refused': refusal.message})}", 303)


def _back(context: RouteContext, request: Request) -> str:
    return f"{(context.public_url or str(request.base_url)).rstrip('/')}{BACK}"
