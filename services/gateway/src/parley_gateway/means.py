"""What an HTTP request is carried out with: who asks, what is set up here, and the way to the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from parley_contracts.shapes import Command
from parley_contracts.topology import ROUTER_QUESTIONS, floor_stream, partition_of, router_inbox

from .access import Access, Identity, require
from .admission import Admission
from .calls import CallsHome
from .directories import Directories
from .domain.directory import Directory
from .licences import Licences
from .link import Link


@dataclass(frozen=True)
class Means:
    """Shared by all routes."""

    access: Access
    directories: Directories
    licences: Licences
    admission: Admission
    link: Link
    calls: CallsHome = field(default_factory=CallsHome)

    def identity(self, request: Request, *roles: str) -> Identity:
        """Whose login the request carries, with one of these roles. Raises Refused `unauthorized`, `forbidden`."""
        return require(self.access.identify(request.headers, request.cookies), *roles)

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

    async def _ask_router(self, command: Command, role: str, user: str, id: str | None = None) -> dict[str, Any]:
        inbox = router_inbox(partition_of(floor_stream(command.tenant)))
        return (await self.link.ask(inbox, command, role, user, id)).ack or {}
