"""What a desk offers its agent to choose from, as administrators have set it (R5, R18)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from parley_contracts.shapes import Shape

from .admin_settings_routes import CannedReply
from .route_context import RouteContext


class Colleague(Shape):
    """Somebody to whom work can be transferred (R23)."""

    agent: str
    name: str


class QueueToGiveTo(Shape):
    """A queue to which work can be transferred (R23); `why_not`: `closed`, `queue_full` or `no_agents`, where whoever goes there would
    wait for nobody. It can be given all the same."""

    queue: str
    name: str
    why_not: Literal["closed", "queue_full", "no_agents"] | None = None


class QueuesToGiveTo(Shape):
    """All of the company's, by name."""

    queues: tuple[QueueToGiveTo, ...]


class DeskShown(Shape):
    """`classifications` for the wrap-up, `reasons` for not being ready, and `replies`, whose texts may hold `{visitor}` and
    `{agent}`: the desk puts the names in their place. `agents`: the users with the role `agent`, whether logged in or not, by name."""

    classifications: tuple[str, ...]
    reasons: tuple[str, ...]
    replies: tuple[CannedReply, ...]
    agents: tuple[Colleague, ...]


def desk_routes(context: RouteContext) -> APIRouter:
    """The desk's lists."""
    api = APIRouter()

    @api.get("/v1/desk", tags=["desk"])
    async def desk(request: Request) -> DeskShown:
        """What agents choose from: classifications, reasons for not being ready, canned replies, colleagues."""
        who = context.identity(request, "agent", "supervisor")
        directory = context.directory(who)
        agents = sorted(
            (Colleague(agent=user.user, name=user.name) for user in directory.users.values() if user.role == "agent"),
            key=lambda colleague: colleague.name,
        )
        settings = directory.settings
        return DeskShown(
            classifications=settings.classifications,
            reasons=settings.reasons,
            replies=tuple(CannedReply.model_validate(reply, from_attributes=True) for reply in settings.replies),
            agents=tuple(agents),
        )

    @api.get("/v1/desk/queues", tags=["desk"])
    async def queues(request: Request) -> QueuesToGiveTo:
        """Where work can be transferred to, and where nobody would take it now (R23)."""
        who = context.identity(request, "agent", "supervisor")
        shown = [
            QueueToGiveTo(queue=queue.queue, name=queue.name, why_not=why_not)
            for queue, why_not in await context.admission.queues_to_give_to(who.tenant)
        ]
        return QueuesToGiveTo(queues=tuple(sorted(shown, key=lambda each: each.name)))

    return api
