"""What a desk offers its agent to choose from, as administrators have set it (R5, R18)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from parley_contracts.shapes import Shape

from ..domain.directory import Directory
from ..shown.floor_view import FloorView
from .admin_settings_routes import CannedReply
from .route_context import RouteContext


class Colleague(Shape):
    """Somebody to whom work can be transferred (R23)."""

    agent: str
    name: str


class QueueToGiveTo(Shape):
    """A queue to which work can be transferred (R23); `why_not`: `closed`, `queue_full` or `no_agents`, where whoever goes there would
    wait for nobody. It can be given all the same. `ready`: how many of its agents are; `waiting`: how many items wait there."""

    queue: str
    name: str
    why_not: Literal["closed", "queue_full", "no_agents"] | None = None
    ready: int = 0
    waiting: int = 0


class AgentToGiveTo(Colleague):
    """An agent to whom work can be transferred (R23), unless they are logged out; `active`: how many items they work on now."""

    state: Literal["ready", "not_ready", "logged_out"]
    active: int = 0


class QueuesToGiveTo(Shape):
    """All of the company's, by name; and its agents."""

    queues: tuple[QueueToGiveTo, ...]
    agents: tuple[AgentToGiveTo, ...] = ()


class DeskShown(Shape):
    """`classifications` for the wrap-up, `reasons` for not being ready, and `replies`, whose texts may hold names in braces:
    the desk puts what they name in their place. `agents`: the users with the role `agent`, whether logged in or not, by name."""

    classifications: tuple[str, ...]
    reasons: tuple[str, ...]
    replies: tuple[CannedReply, ...]
    agents: tuple[Colleague, ...]


def desk_routes(context: RouteContext) -> APIRouter:
    """The desk's lists."""
    api = APIRouter()

    @api.get("/v1/desk", tags=["desk"], response_model_exclude_none=True)
    async def desk(request: Request) -> DeskShown:
        """What agents choose from: classifications, reasons for not being ready, canned replies, colleagues."""
        who = context.identity(request, "agent", "supervisor")
        directory = context.directory(who)
        agents = sorted((Colleague(agent=name, name=called) for name, called in _agents(directory)), key=_by_name)
        settings = directory.settings
        return DeskShown(
            classifications=settings.classifications,
            reasons=settings.reasons,
            replies=tuple(CannedReply.model_validate(reply, from_attributes=True) for reply in settings.replies),
            agents=tuple(agents),
        )

    @api.get("/v1/desk/queues", tags=["desk"])
    async def queues(request: Request) -> QueuesToGiveTo:
        """Where work can be transferred to: queues, and where nobody would take it now; agents, and who of them is there (R23)."""
        who = context.identity(request, "agent", "supervisor")
        floor, found = await context.admission.queues_to_give_to(who.tenant)
        queues = [
            QueueToGiveTo(
                queue=queue.queue,
                name=queue.name,
                why_not=why_not,
                ready=floor.ready_in(queue.queue),
                waiting=len(floor.waiting(queue.queue)),
            )
            for queue, why_not in found
        ]
        agents = [_presence(floor, *agent) for agent in _agents(context.directory(who))]
        return QueuesToGiveTo(queues=tuple(sorted(queues, key=_by_name)), agents=tuple(sorted(agents, key=_by_name)))

    return api


def _by_name(each: Colleague | QueueToGiveTo) -> str:
    return each.name.casefold()


def _agents(directory: Directory) -> list[tuple[str, str]]:
    """The users with the role `agent`, and their names."""
    return [(user.user, user.name) for user in directory.users.values() if user.role == "agent"]


def _presence(floor: FloorView, agent: str, name: str) -> AgentToGiveTo:
    shown = floor.agents.get(agent)
    active = sum(item.activity == "active" for item in floor.owned(agent))
    return AgentToGiveTo(
        agent=agent, name=name, state=shown.state if shown is not None else "logged_out", active=active
    )
