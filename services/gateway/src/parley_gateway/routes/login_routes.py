"""Logging in and out over HTTP, and the logins that one has."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from parley_contracts.instant import Instant
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from pydantic import Field

from ..domain.identity import Identity
from ..domain.login import Login
from ..tenants.access import DEVICE_S
from ..tenants.cookies import DEVICE
from .route_context import RouteContext


class Credentials(Shape):
    """Who logs in; `code`: of the second factor, or a recovery code, for who has one."""

    tenant: str = Field(min_length=1, max_length=64)
    user: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1_000)
    code: Annotated[str, Field(min_length=1, max_length=40)] | None = None


class LoggedIn(Shape):
    """`token` for `Authorization: Bearer`; a cookie is set as well. `second_factor` is `missing` where the role must have one: it is set
    up before anything else."""

    token: str
    role: str
    agent: str
    name: str
    second_factor: Literal["missing"] | None = None


class LoginShown(Shape):
    """A login that holds; `here`: the one that asks. `address` and `browser`: from where it was."""

    login: str
    began_at: Instant
    seen_at: Instant
    expires_at: Instant
    address: str
    browser: str
    here: bool


class LoginsShown(Shape):
    """The one that was used last comes first."""

    logins: tuple[LoginShown, ...]


def logins_shown(logins: list[Login], asks: Identity) -> LoginsShown:
    """A user's logins, as `asks` sees them."""
    return LoginsShown(
        logins=tuple(
            LoginShown(
                login=each.login,
                began_at=each.began_at,
                seen_at=each.seen_at,
                expires_at=each.expires_at,
                address=each.address,
                browser=each.browser,
                here=each.login == asks.login,
            )
            for each in logins
        )
    )


def set_login_cookie(context: RouteContext, request: Request, response: Response, token: str) -> bool:
    """Whether it goes over TLS alone."""
    scheme, host = request.url.scheme, request.headers.get("host", "")
    secure = context.access.cookies.are_secure(scheme, host)
    name = context.access.cookies.name(scheme, host)
    response.set_cookie(name, token, httponly=True, samesite="strict", secure=secure, path="/")
    return secure


def login_routes(context: RouteContext) -> APIRouter:
    """Logins, as a cookie of this origin and as a token."""
    api = APIRouter(tags=["login"])

    def set_cookies(request: Request, response: Response, token: str, who: Identity) -> None:
        secure = set_login_cookie(context, request, response, token)
        device = context.access.device_of(who, request.cookies.get(DEVICE))
        response.set_cookie(
            DEVICE, device, max_age=DEVICE_S, httponly=True, samesite="strict", secure=secure, path="/v1/login"
        )

    @api.post("/v1/login", response_model_exclude_none=True)
    async def log_in(login: Credentials, request: Request, response: Response) -> LoggedIn:
        """A login, as a token and as a cookie for the same origin. Wrong passwords are answered later and later (`rate_limited`);
        whoever has logged in with this browser before is not kept waiting by what others try. Who has a second factor is refused with
        `unauthorized` and `second_factor`: `needed` without its code, `wrong` with a wrong one."""
        context.caller(request).require_own_page()  # no other page logs somebody in here
        context.is_about(request, login.tenant, login.user)
        device, browser = request.cookies.get(DEVICE), request.headers.get("user-agent", "")
        address = context.address(request)
        token, who = await context.access.log_in(
            login.tenant, login.user, login.password, address, device, browser, login.code
        )
        request.state.login = who
        set_cookies(request, response, token, who)
        missing: Literal["missing"] | None = "missing" if who.enrols else None
        return LoggedIn(token=token, role=who.role, agent=who.user, name=who.name, second_factor=missing)

    @api.post("/v1/logout", status_code=204)
    async def log_out(request: Request, response: Response) -> None:
        """End the login, on every gateway at once, and forget the cookie. An agent logs out of work on the socket."""
        context.caller(request).require_own_page()
        scheme, host = request.url.scheme, request.headers.get("host", "")
        secure = context.access.cookies.are_secure(scheme, host)
        response.delete_cookie(context.access.cookies.name(scheme, host), path="/", secure=secure, httponly=True)
        if isinstance(who := request.state.login, Identity):
            await context.access.logins.end(who.tenant, who.user, who.login)

    @api.get("/v1/logins")
    async def logins(request: Request) -> LoginsShown:
        """One's own logins that hold."""
        who = context.identity(request)
        return logins_shown(await context.access.logins.of(who.tenant, who.user), who)

    @api.delete("/v1/logins", status_code=204)
    async def end_others(request: Request) -> None:
        """End all of one's own logins but this one."""
        who = context.identity(request)
        await context.access.logins.end(who.tenant, who.user, but=who.login)

    @api.delete("/v1/logins/{login}", status_code=204)
    async def end_one(login: str, request: Request) -> None:
        """End one of one's own logins."""
        who = context.identity(request)
        if not await context.access.logins.end(who.tenant, who.user, login):
            raise Refused("not_found", "You have no such login: it may have ended.")

    return api
