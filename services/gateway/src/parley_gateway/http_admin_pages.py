"""What the administration page needs beside the settings themselves: whose login it is, who changed what when (R5), and
whether a pasted snippet has called home (R27)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from parley_contracts.instant import Instant
from parley_contracts.shapes import Shape

from .access import Identity
from .calls import CallHome
from .domain.changes import Change, Kind, What, changes
from .means import Means

Place = Annotated[str, Query(max_length=18, pattern="^[0-9]+$")]

USUAL, MOST = 50, 200
"""How many changes there are on a page."""


class Administrator(Shape):
    """Who is logged in."""

    tenant: str
    user: str
    name: str


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


def admin_page_routes(means: Means) -> APIRouter:
    """Who it is, changes, calls home."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    def admin(request: Request) -> Identity:
        return means.identity(request, "admin")

    @api.get("/me")
    async def me(request: Request) -> Administrator:
        """Whose login this is."""
        who = admin(request)
        return Administrator(tenant=who.tenant, user=who.user, name=who.name)

    @api.get("/changes")
    async def change_log(
        request: Request, after: Place | None = None, limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL
    ) -> Changes:
        """Who changed what of the chat services, users, settings and the licence, when; newest first (R5). Queues' settings are
        the router's: its log tells of them (`queue.configured.v1`)."""
        who = admin(request)
        every = changes(await means.directories.events(who.tenant))
        older = [change for change in reversed(every) if after is None or change.number < int(after)]
        page = older[:limit]
        following = str(page[-1].number) if len(older) > limit else None
        return Changes(changes=tuple(_shown(change) for change in page), next=following)

    @api.get("/calls")
    async def calls(request: Request) -> Calls:
        """From which pages the widgets of the chat services have asked since this process started (R27)."""
        return Calls(since=means.calls.since, services=means.calls.of(admin(request).tenant))

    return api


def _shown(change: Change) -> ChangeShown:
    fields = tuple(FieldChanged(**field._asdict()) for field in change.fields)
    return ChangeShown(**{**change._asdict(), "change": str(change.number), "fields": fields})
