"""The logins of others, for administrators."""

from __future__ import annotations

from fastapi import APIRouter, Request
from parley_contracts.refusal import Refused

from ..domain.identity import Identity
from .login_routes import LoginsShown, logins_shown
from .route_context import RouteContext


def admin_login_routes(context: RouteContext) -> APIRouter:
    """Who is logged in from where, and the end of it."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    def about(agent: str, request: Request) -> Identity:
        who = context.admin(request)
        if agent not in context.directory(who).users:
            raise Refused("not_found", f"There is no user {agent}.")
        return who

    @api.get("/agents/{agent}/logins")
    async def logins(agent: str, request: Request) -> LoginsShown:
        """Somebody's logins that hold."""
        who = about(agent, request)
        return logins_shown(await context.access.logins.of(who.tenant, agent), who)

    @api.delete("/agents/{agent}/logins", status_code=204)
    async def end_all(agent: str, request: Request) -> None:
        """End all of somebody's logins, on every gateway at once. They may log in again."""
        await context.access.logins.end(about(agent, request).tenant, agent)

    @api.delete("/agents/{agent}/logins/{login}", status_code=204)
    async def end_one(agent: str, login: str, request: Request) -> None:
        """End one of somebody's logins."""
        if not await context.access.logins.end(about(agent, request).tenant, agent, login):
            raise Refused("not_found", "There is no such login: it may have ended.")

    @api.delete("/agents/{agent}/second_factor", status_code=204)
    async def end_factor(agent: str, request: Request) -> None:
        """End the second factor of somebody who has lost the device and the recovery codes. All their logins end."""
        who = about(agent, request)
        await context.access.factors.forget(who.tenant, agent)
        await context.access.logins.end(who.tenant, agent)

    return api
