"""One's own second factor, over HTTP."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Request
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from pydantic import ConfigDict, Field

from ..domain.identity import Identity
from .route_context import RouteContext

Code = Annotated[str, Field(min_length=1, max_length=40)]


class SecondFactorShown(Shape):
    """Whether one has one; whether one's role must have one."""

    on: bool
    demanded: bool
    recovery_codes_left: int


class WithPassword(Shape):
    """Who begins is asked for their password again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: Annotated[str, Field(min_length=1, max_length=1_000)]


class WithCode(Shape):
    """A code of the device, or a recovery code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code


class Begun(Shape):
    """What the device needs, shown this once: the `secret` to type, the `uri` that authenticators read, and a picture of it (SVG as a
    `data:` address)."""

    secret: str
    uri: str
    picture: str


class RecoveryCodes(Shape):
    """Each holds once, in the place of a code. They are shown this once."""

    recovery_codes: tuple[str, ...]


def second_factor_routes(context: RouteContext) -> APIRouter:
    """Set up, look at, take away."""
    api = APIRouter(tags=["login"])

    async def check(request: Request, who: Identity, code: str) -> None:
        """Raises Refused `forbidden`; who guesses waits."""
        await context.access.check_own_code(who, code, context.address(request))

    @api.get("/v1/second_factor")
    async def standing(request: Request) -> SecondFactorShown:
        """Whether one has one."""
        who = context.identity(request, enrolling=True)
        found = await context.access.factors.standing(who.tenant, who.user)
        return SecondFactorShown(
            on=found.on,
            demanded=who.role in context.directory(who).settings.second_factor,
            recovery_codes_left=found.codes_left,
        )

    @api.post("/v1/second_factor")
    async def begin(given: WithPassword, request: Request) -> Begun:
        """Begin: what the device needs. It counts once its first code has been given."""
        who = context.identity(request, enrolling=True)
        await context.access.check_own_password(who, given.password, context.address(request))
        secret, uri = await context.access.factors.begin(who.tenant, who.user)
        return Begun(
            secret=secret, uri=uri, picture=segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="white")
        )

    @api.put("/v1/second_factor")
    async def confirm(given: WithCode, request: Request) -> RecoveryCodes:
        """Give the device's first code: from now on every login needs one. All other logins of one's own end."""
        who = context.identity(request, enrolling=True)
        codes = await context.access.confirm_factor(who, given.code, context.address(request))
        return RecoveryCodes(recovery_codes=tuple(codes))

    @api.post("/v1/second_factor/recovery_codes")
    async def codes(given: WithCode, request: Request) -> RecoveryCodes:
        """Other recovery codes, in the place of those before."""
        who = context.identity(request)
        await check(request, who, given.code)
        return RecoveryCodes(recovery_codes=tuple(await context.access.factors.new_codes(who.tenant, who.user)))

    @api.post("/v1/second_factor/end", status_code=204)
    async def end(given: WithCode, request: Request) -> None:
        """Take it away, with one of its codes. Where one's role must have one, only another one can take its place, after an
        administrator has ended this one."""
        who = context.identity(request)
        if who.role in context.directory(who).settings.second_factor:
            raise Refused("conflict", "Your company demands a second factor of your role.")
        await check(request, who, given.code)
        await context.access.factors.forget(who.tenant, who.user)

    return api
