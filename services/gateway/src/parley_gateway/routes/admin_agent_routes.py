"""Whoever may log in, over HTTP, for administrators (R1, R5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from parley_chassis.clock import system_clock
from parley_contracts.commands import ForgetAgent, SetSkills
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape, Skills
from parley_contracts.stored_tags import require_tag
from pydantic import AfterValidator, ConfigDict, Field

from ..contacts.contact_checks import email
from ..domain.directory import Directory, UserRemoved, UserRole, UserSet, changed
from ..domain.licence import take_seat
from ..typed import Clean
from .route_context import Name, RouteContext
from .tags import Was, fields_of, tagged

RESERVED = "system"
"""Stands for the installation itself where an event says who did it."""


def _address(text: str) -> str:
    return email(text) if text else ""


class AgentShown(Shape):
    """Somebody who may log in, unless they are not `enabled`; what they can do, each skill from 1 to 10; `invited`: they have no password
    yet."""

    name: str
    role: UserRole
    skills: Skills = Field(default_factory=dict)
    enabled: bool = True
    email: str = ""
    invited: bool = False


class AgentSettings(Shape):
    """Somebody who may log in. `password` is never shown again; a new user has one, or is `invited` to choose one by a link, which is sent
    to `email` where there is one. Who is not `enabled` is logged out of
    everything at once, and may not log in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[Clean, Field(min_length=1, max_length=100)]
    role: UserRole
    password: str | None = Field(None, min_length=8, max_length=1_000)
    skills: Skills = Field(default_factory=dict)
    enabled: bool = True
    email: Annotated[str, Field(max_length=254), AfterValidator(_address)] = ""
    invited: bool = False


def admin_agent_routes(context: RouteContext) -> APIRouter:
    """The users and their roles."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    @api.get("/agents")
    async def agents(request: Request) -> dict[str, dict[str, AgentShown]]:
        """Everybody who may log in."""
        found = context.directory(context.admin(request)).users
        return {"agents": {name: _agent_shown(user) for name, user in sorted(found.items())}}

    @api.get("/agents/{agent}")
    async def agent(agent: str, request: Request, response: Response) -> AgentShown:
        """Somebody who may log in."""
        found = context.directory(context.admin(request)).users.get(agent)
        if found is None:
            raise Refused("not_found", f"There is no user {agent}.")
        return tagged(response, _agent_shown(found))

    @api.put("/agents/{agent}")
    async def put_agent(agent: Name, settings: AgentSettings, request: Request, was: Was) -> AgentShown:
        """Create or change somebody who may log in (R5). Another role or password ends their logins. With `If-Match`, only where that
        is stored: else `conflict`."""
        who = context.admin(request)
        if agent == RESERVED:
            raise Refused("bad_request", f"agent: {RESERVED} stands for the installation itself: choose another name.")
        old = context.directory(who).users.get(agent)
        set_ = UserSet(
            at=system_clock(),
            by=who.user,
            user=agent,
            name=settings.name,
            role=settings.role,
            password=await _hashed(context, who.tenant, agent, settings, old),
            skills=settings.skills,
            enabled=settings.enabled,
            email=settings.email,
            subject=old.subject if old is not None and settings.password is None else "",
        )
        await context.directories.change(who.tenant, set_, lambda directory: _allowed(context, directory, set_, was))
        if old is not None:
            await _end_logins(context, who.tenant, old, set_)
        if settings.role in ("agent", "supervisor"):
            await context.ask_router(who, SetSkills(tenant=who.tenant, agent=agent, skills=settings.skills))
        return _agent_shown(set_)

    @api.delete("/agents/{agent}", status_code=204)
    async def remove_agent(agent: str, request: Request) -> None:
        """Remove somebody who is logged out and whom no queue names (R5)."""
        who = context.admin(request)
        removed = UserRemoved(at=system_clock(), by=who.user, user=agent)
        changed(context.directory(who), removed)  # before the floor forgets somebody who has to stay
        await context.ask_router(who, ForgetAgent(tenant=who.tenant, agent=agent))
        await context.directories.change(who.tenant, removed)
        await context.access.logins.end(who.tenant, agent)
        await context.access.factors.forget(who.tenant, agent)

    return api


def _agent_shown(user: UserSet) -> AgentShown:
    return AgentShown(
        name=user.name,
        role=user.role,
        skills=user.skills,
        enabled=user.enabled,
        email=user.email,
        invited=not user.password and not user.subject,
    )


async def _hashed(context: RouteContext, tenant: str, agent: str, settings: AgentSettings, old: UserSet | None) -> str:
    if settings.password is not None:
        context.passwords.check(tenant, agent, settings.name, settings.password)
        return await context.access.hashed(settings.password, old)
    if old is not None:
        return old.password
    if settings.invited:
        return ""
    raise Refused(
        "bad_request", "password: a new user needs one, of 8 characters or more, or is invited to choose one."
    )


def _allowed(context: RouteContext, directory: Directory, set_: UserSet, was: str | None) -> None:
    there = directory.users.get(set_.user)
    require_tag(was, fields_of(_agent_shown(there)) if there is not None else None)
    _seat(context, directory, set_)


def _seat(context: RouteContext, directory: Directory, set_: UserSet) -> None:
    """R1: whoever becomes an agent takes a seat. Raises Refused."""
    old = directory.users.get(set_.user)
    has_seat = old is not None and old.role == "agent" and old.enabled
    if set_.role == "agent" and set_.enabled and not has_seat:
        take_seat(context.licences.seated(directory, set_.at), directory.seats_used())


async def _end_logins(context: RouteContext, tenant: str, old: UserSet, now: UserSet) -> None:
    """Those that began when the user was another one."""
    if (old.role, old.password, old.enabled) != (now.role, now.password, now.enabled):
        await context.access.logins.end(tenant, now.user)
    if old.enabled and not now.enabled:
        await context.leave_work(tenant, now.user)
