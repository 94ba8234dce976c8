"""Mailboxes over HTTP, for administrators (R3, R5): where mails are collected, which queue they wait in, whose address answers come from."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from parley_contracts.commands import AskQueue
from parley_contracts.mails import AskMailboxes, MailboxSettings, PutMailbox, RemoveMailbox
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_contracts.topology import CRM_QUESTIONS
from pydantic import ConfigDict, Field

from ..domain.identity import Identity
from .route_context import Name, RouteContext


class NewMailbox(MailboxSettings):
    """`password`: the mail server's for this mailbox; left out, it stays as it is. It is never shown again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str | None = Field(None, min_length=1, max_length=1_000, repr=False)


def admin_mailbox_routes(context: RouteContext) -> APIRouter:
    """The mailboxes and their settings."""
    api = APIRouter(prefix="/v1/admin", tags=["administration"])

    async def asked(who: Identity, command: Command) -> dict[str, Any]:
        return (await context.link.ask(CRM_QUESTIONS, command, who.role, who.user)).ack or {}

    @api.get("/mailboxes")
    async def mailboxes(request: Request) -> dict[str, Any]:
        """All mailboxes with their settings; of a password only whether there is one."""
        who = context.admin(request)
        return await asked(who, AskMailboxes(tenant=who.tenant))

    @api.get("/mailboxes/{mailbox}")
    async def mailbox(mailbox: Name, request: Request) -> dict[str, Any]:
        """A mailbox's settings."""
        who = context.admin(request)
        found = (await asked(who, AskMailboxes(tenant=who.tenant)))["mailboxes"].get(mailbox)
        if found is None:
            raise Refused("not_found", f"There is no mailbox {mailbox}.")
        return dict(found)

    @api.put("/mailboxes/{mailbox}")
    async def put_mailbox(mailbox: Name, new: NewMailbox, request: Request) -> dict[str, Any]:
        """Create or change a mailbox: it is followed from now on."""
        who = context.admin(request)
        await context.ask_router(who, AskQueue(tenant=who.tenant, queue=new.queue))
        sealing = context.mail_files.sealing
        sealed = None if new.password is None else sealing.seal(new.password, "mailbox", who.tenant, mailbox)
        settings = MailboxSettings(**new.model_dump(exclude={"password"}))
        told = {"settings": settings, "sealed": sealed, "mask": context.directory(who).settings.mask}
        await asked(who, PutMailbox(tenant=who.tenant, mailbox=mailbox, **told))
        return settings.model_dump(mode="json")

    @api.delete("/mailboxes/{mailbox}", status_code=204)
    async def remove_mailbox(mailbox: Name, request: Request) -> None:
        """Collect nothing from it any more. What has come from it stays."""
        who = context.admin(request)
        await asked(who, RemoveMailbox(tenant=who.tenant, mailbox=mailbox))

    return api
