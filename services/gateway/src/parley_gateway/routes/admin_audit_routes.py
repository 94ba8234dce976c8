"""The audit log over HTTP, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from parley_contracts.instant import Instant
from parley_contracts.shapes import Shape

from ..tenants.audit import Wanted, place_of
from .route_context import RouteContext

Chosen = Annotated[str, Query(max_length=64)]
Moment = Annotated[int | None, Query(ge=0, le=1 << 53, description="Milliseconds since 1970")]


class AuditEntry(Shape):
    """Somebody (`user`, by one of their logins; nobody where it is empty, several where it is `*`) did something (`action`) at an
    `address`: they asked for `about`, which was `ok`, or refused with a status. `reason`: what they said why. `times`: how often the same
    was refused within the minute."""

    at: Instant
    user: str
    role: str
    login: str
    address: str
    action: str
    about: str
    outcome: str
    reason: str
    times: int


class AuditLog(Shape):
    """Newest first; `next`, where there is more, is the following page's `after`."""

    entries: tuple[AuditEntry, ...]
    next: str | None = None


def admin_audit_routes(context: RouteContext) -> APIRouter:
    """Reading it."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    @api.get("/audit")
    async def audit(
        request: Request,
        after: Annotated[str, Query(max_length=60)] = "",
        user: Chosen = "",
        action: Chosen = "",
        since: Moment = None,
        until: Moment = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AuditLog:
        """Who read transcripts, exported contacts, logged in or tried to, changed a login, was turned away, or revealed a text, from where and
        when. Changes of settings are in the list of changes."""
        who = context.admin(request)
        wanted = Wanted(after, user, action, since or 0, Wanted().until if until is None else until, limit + 1)
        found = await context.audit.page(who.tenant, wanted)
        shown = tuple(AuditEntry.model_validate(entry, from_attributes=True) for entry in found[:limit])
        return AuditLog(entries=shown, next=place_of(found[limit - 1]) if len(found) > limit else None)

    return api
