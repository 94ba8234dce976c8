"""Queues over HTTP, for administrators (R5): what would break something in use is refused with `conflict` and what to do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from parley_contracts.commands import AskQueue, PutQueue, RemoveQueue
from parley_contracts.refusal import Refused
from parley_contracts.shapes import QueueSettings

from ..domain.identity import Identity
from .route_context import Name, RouteContext
from .tags import Was, tagged


def admin_queue_routes(context: RouteContext) -> APIRouter:
    """The queues and their settings."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    @api.get("/queues")
    async def queues(request: Request) -> dict[str, Any]:
        """All queues with their settings (R5)."""
        who = context.admin(request)
        return await context.ask_router(who, AskQueue(tenant=who.tenant))

    @api.get("/queues/{queue}")
    async def queue(queue: str, request: Request, response: Response) -> dict[str, Any]:
        """A queue's settings (R5)."""
        return tagged(response, await queue_settings(context, context.admin(request), queue))

    @api.put("/queues/{queue}")
    async def put_queue(queue: Name, settings: QueueSettings, request: Request, was: Was) -> dict[str, Any]:
        """Create or change a queue (R5). With `If-Match`, only where that is stored: else `conflict`."""
        who = context.admin(request)
        unknown = [name for name in settings.agents if name not in context.directory(who).users]
        if unknown:
            raise Refused("bad_request", f"agents: there is no user {', '.join(unknown)}: create them first.")
        await context.ask_router(who, PutQueue(tenant=who.tenant, queue=queue, settings=settings, was=was))
        return settings.model_dump(mode="json")

    @api.delete("/queues/{queue}", status_code=204)
    async def remove_queue(queue: str, request: Request) -> None:
        """Remove a queue that nothing is in and that no chat service uses (R5)."""
        who = context.admin(request)
        services = context.directory(who).services_of(queue)
        if services:
            raise Refused(
                "conflict",
                f"The chats of {', '.join(services)} go to the queue {queue}: give them another queue first.",
            )
        await context.ask_router(who, RemoveQueue(tenant=who.tenant, queue=queue))

    return api


async def queue_settings(context: RouteContext, who: Identity, queue: str) -> dict[str, Any]:
    """A queue's settings. Raises Refused `not_found`."""
    settings = await context.ask_router(who, AskQueue(tenant=who.tenant, queue=queue))
    return {name: value for name, value in settings.items() if name != "queue"}
