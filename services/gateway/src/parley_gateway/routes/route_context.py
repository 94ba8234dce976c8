"""The context of an HTTP request: who asks, the tenant's directory, and the way to the services."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Path, Request
from parley_contracts.commands import LogOut
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_contracts.topology import ROUTER_QUESTIONS, floor_stream, partition_of, router_inbox

from ..contacts.mail_files import MailFiles
from ..domain.directory import Directory
from ..domain.identity import Identity
from ..pages.snippet_calls import SnippetCalls
from ..service_link import ServiceLink
from ..shown.readers import Readers
from ..tenants.access import Access, require
from ..tenants.admission import Admission
from ..tenants.audit import Audit
from ..tenants.callers import Caller
from ..tenants.directories import Directories
from ..tenants.licences import Licences
from ..tenants.limits import Limits
from ..tenants.oidc import Oidc
from ..tenants.passwords import Passwords

log = logging.getLogger("parley.gateway")

Name = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\s/\x00]+$")]
"""A queue, a chat service or a user, as an address names it."""


@dataclass(frozen=True)
class RouteContext:
    """Shared by all routes."""

    access: Access
    directories: Directories
    licences: Licences
    admission: Admission
    link: ServiceLink
    limits: Limits
    passwords: Passwords
    oidc: Oidc
    audit: Audit
    readers: Readers
    mail_files: MailFiles
    sends_mail: Callable[[], bool]
    public_url: str = ""
    snippet_calls: SnippetCalls = field(default_factory=SnippetCalls)

    def identity(self, request: Request, *roles: str, enrolling: bool = False) -> Identity:
        """Whose login the request carries, with one of these roles, or any; `enrolling`: also of who has to set up a second factor
        first. Raises Refused `unauthorized`, `forbidden`."""
        found: Identity | Refused = request.state.login
        if isinstance(found, Refused):
            raise found
        return found if enrolling else require(found, *roles)

    async def look_up(self, request: Request) -> None:
        """What is asked of the database before a route asks for the `identity`. Raises StoreDown."""
        try:
            request.state.login = await self.access.identify(request.headers, request.cookies, request.url.scheme)
        except Refused as refusal:
            request.state.login = refusal

    def is_about(self, request: Request, tenant: str, user: str) -> None:
        """Whom the audit log names where it is not whose login the request carries. Nobody hears of what was tried with a company that there
        is not."""
        request.state.about = (tenant if tenant in self.directories.tenants else "", user[:64])

    def caller(self, request: Request) -> Caller:
        """From which page the request comes."""
        return Caller.of(request.headers, request.url.scheme)

    def admin(self, request: Request) -> Identity:
        """Whose login an administrator's request carries. Raises Refused."""
        return self.identity(request, "admin")

    def address(self, request: Request) -> str:
        """Where the request is from, as it is counted."""
        return request.client.host if request.client is not None else ""

    def directory(self, who: Identity) -> Directory:
        """What the tenant has set up."""
        return self.directories.tenants[who.tenant]

    def region(self, who: Identity) -> str:
        """The country whose way of writing telephone numbers is usual with the tenant (ISO 3166)."""
        return self.directory(who).settings.region

    async def ask_router(self, who: Identity, command: Command) -> dict[str, Any]:
        """The ack of a command for the tenant's floor. Raises Refused."""
        return await self._ask_router(command, who.role, who.user)

    async def ask_router_itself(self, command: Command, id: str | None = None) -> dict[str, Any]:
        """The same on the system's own behalf; `id` is the idempotency key."""
        return await self._ask_router(command, "system", "system", id)

    async def ask_routers_log(self, who: Identity, question: Command) -> dict[str, Any]:
        """The answer to a question about the router's log. Raises Refused."""
        return (await self.link.ask(ROUTER_QUESTIONS, question, who.role, who.user)).ack or {}

    async def leave_work(self, tenant: str, agent: str) -> None:
        """R20: what an agent has goes back at once, for they do not come back to it. Where the router does not answer, it goes back when
        the time is over in which they might (R21)."""
        try:
            await self._ask_router(LogOut(tenant=tenant), "agent", agent)
        except Refused as refusal:
            log.warning("an agent's work is given back later", extra={"agent": agent, "reason": refusal.code})

    async def _ask_router(self, command: Command, role: str, user: str, id: str | None = None) -> dict[str, Any]:
        inbox = router_inbox(partition_of(floor_stream(command.tenant)))
        return (await self.link.ask(inbox, command, role, user, id)).ack or {}
