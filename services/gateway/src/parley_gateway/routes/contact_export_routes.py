"""Contacts into files over HTTP (R24): streamed, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from parley_contracts.contacts import ListContacts
from parley_contracts.topology import CRM_QUESTIONS

from ..contacts.csv_file import csv_lines
from ..contacts.vcard_file import vcard
from ..domain.identity import Identity
from .route_context import RouteContext


def contact_export_routes(context: RouteContext) -> APIRouter:
    """For supervisors and administrators."""
    api = APIRouter(prefix="/v1/contacts", tags=["contacts"])

    @api.get("/export", response_class=StreamingResponse)
    async def give_out(request: Request, format: Literal["csv", "vcard"] = "csv") -> StreamingResponse:
        """All contacts, as a file that can be taken in again."""
        who = context.identity(request, "supervisor", "admin")
        first = await _page(who, None)  # while a refusal can still be told
        media, name = ("text/csv", "contacts.csv") if format == "csv" else ("text/vcard", "contacts.vcf")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(_written(who, first, format), media_type=f"{media}; charset=utf-8", headers=headers)

    async def _page(who: Identity, after: str | None) -> dict[str, Any]:
        command = ListContacts(tenant=who.tenant, after=after)
        return (await context.link.ask(CRM_QUESTIONS, command, who.role, who.user)).ack or {}

    async def _written(who: Identity, page: dict[str, Any], format: str) -> AsyncIterator[str]:
        head = True
        while True:
            items = [contact for contact in page["items"] if not contact.get("merged_into")]
            yield csv_lines(items, head) if format == "csv" else "".join(map(vcard, items))
            if page.get("next") is None:
                return
            page, head = await _page(who, page["next"]), False

    return api
