"""The key with which a company's website vouches for its visitors (R24): made here, shown once."""

from __future__ import annotations

from secrets import token_urlsafe

from fastapi import APIRouter, Request
from parley_chassis.clock import system_clock
from parley_contracts.instant import Instant
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape

from ..domain.directory import IdentityKeySet
from .route_context import RouteContext


class KeyMade(Shape):
    """The key, shown this once: the website's server signs with it (HS256)."""

    key: str


class KeyShown(Shape):
    """Whether there is a key, and who made it when."""

    made: bool
    by: str | None = None
    at: Instant | None = None


def identity_routes(context: RouteContext) -> APIRouter:
    """For administrators."""
    api = APIRouter(prefix="/v1/admin/services/{service}/identity_key", tags=["administration"])

    @api.get("", response_model_exclude_none=True)
    async def shown(service: str, request: Request) -> KeyShown:
        """Whether the website can vouch for its visitors; the key itself is not shown again."""
        who = context.admin(request)
        directory = context.directory(who)
        if service not in directory.services:
            raise Refused("not_found", f"There is no chat service {service}.")
        found = directory.identity_keys.get(service)
        return KeyShown(made=False) if found is None else KeyShown(made=True, by=found.by, at=found.at)

    @api.put("")
    async def make(service: str, request: Request) -> KeyMade:
        """Make a new key; what was signed with the old one is not valid any more."""
        who = context.admin(request)
        salt = token_urlsafe(18)
        made = IdentityKeySet(at=system_clock(), by=who.user, service=service, salt=salt)
        await context.directories.change(who.tenant, made)
        return KeyMade(key=context.access.identity_key(who.tenant, service, salt))

    @api.delete("", status_code=204)
    async def remove(service: str, request: Request) -> None:
        """No identity is taken for this chat service any more."""
        who = context.admin(request)
        gone = IdentityKeySet(at=system_clock(), by=who.user, service=service, salt=None)
        await context.directories.change(who.tenant, gone)

    return api
