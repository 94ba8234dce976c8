"""What a desk offers its agent to choose from, as administrators have set it (R5, R18)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from parley_contracts.shapes import Shape

from .http_admin import CannedReply
from .means import Means


class DeskShown(Shape):
    """`classifications` for the wrap-up, `reasons` for not being ready, and `replies`, whose texts may hold `{visitor}` and
    `{agent}`: the desk puts the names in their place."""

    classifications: tuple[str, ...]
    reasons: tuple[str, ...]
    replies: tuple[CannedReply, ...]


def desk_routes(means: Means) -> APIRouter:
    """The desk's lists."""
    api = APIRouter()

    @api.get("/v1/desk", tags=["desk"])
    async def desk(request: Request) -> DeskShown:
        """What agents choose from: classifications, reasons for not being ready, canned replies."""
        who = means.identity(request, "agent", "supervisor")
        return DeskShown.model_validate(means.directory(who).settings, from_attributes=True)

    return api
