"""What the administration page needs beside the settings themselves: whose login it is, who changed what when (R5), and
whether a pasted snippet has called home (R27)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from parley_contracts.commands import AskQueueChanges
from parley_contracts.instant import Instant
from parley_contracts.shapes import Shape

from ..domain.changes import Change, Kind, Place, What, changes, page, queue_changes
from ..pages.snippet_calls import CallHome
from .route_context import RouteContext

After = Annotated[str, Query(max_length=37, pattern="^[0-9]{0,18}-[0-9]{0,18}$")]

USUAL, MOST = 50, 200
"""How many changes there are on a page."""


class Administrator(Shape):
    """Who is logged in. `provider`: the company has a provider of logins; `issuers`: those that it may have."""

    tenant: str
    user: str
    name: str
    provider: bool
    issuers: tuple[str, ...]


class FieldChanged(Shape):
    """A field before and after, null where it had or has no value. `secret`: that it changed is told, and not what it is."""

    field: str
    old: Any = None
    new: Any = None
    secret: bool = False


class ChangeShown(Shape):
    """One change: when, by which user (`system`: the installation itself), of what, and which fields."""

    change: str
    at: Instant
    by: str
    what: What
    name: str | None
    kind: Kind
    fields: tuple[FieldChanged, ...]


class Changes(Shape):
    """Changes, newest first; `next`: give it as `after` for the older ones, null where there are none."""

    changes: tuple[ChangeShown, ...]
    next: str | None


class Calls(Shape):
    """Who has asked what, by chat service, since this process started at `since`. Other processes know of others."""

    since: Instant
    services: dict[str, list[CallHome]]


def admin_page_routes(context: RouteContext) -> APIRouter:
    """Who it is, changes, calls home."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    @api.get("/me")
    async def me(request: Request) -> Administrator:
        """Whose login this is."""
        who = context.admin(request)
        has_one = bool(context.directory(who).settings.oidc)
        own = {"tenant": who.tenant, "user": who.user, "name": who.name}
        return Administrator(**own, provider=has_one, issuers=context.oidc.allowed)

    @api.get("/changes")
    async def change_log(
        request: Request, after: After = "-", limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL
    ) -> Changes:
        """Who changed what of the queues, chat services, users, settings and the licence, when; newest first (R5). Refused with
        `unavailable` where the router does not answer: a list with gaps would look like a whole one."""
        who, place = context.admin(request), Place.read(after)
        asked = AskQueueChanges(tenant=who.tenant, before=place.queues, limit=limit + 1)
        of_queues = queue_changes((await context.ask_routers_log(who, asked))["changes"])
        every = changes(await context.directories.events(who.tenant))
        own = [change for change in reversed(every) if place.own is None or change.number < place.own]
        found, following = page(own, of_queues, place, limit)
        return Changes(
            changes=tuple(_shown(change) for change in found), next=None if following is None else str(following)
        )

    @api.get("/calls")
    async def calls(request: Request) -> Calls:
        """From which pages the widgets of the chat services have asked since this process started (R27)."""
        return Calls(
            since=context.snippet_calls.since, services=context.snippet_calls.of(context.admin(request).tenant)
        )

    return api


def _shown(change: Change) -> ChangeShown:
    fields = tuple(FieldChanged(**field._asdict()) for field in change.fields)
    name = f"queue-{change.number}" if change.what == "queue" else str(change.number)
    return ChangeShown(**{**change._asdict(), "change": name, "fields": fields})
