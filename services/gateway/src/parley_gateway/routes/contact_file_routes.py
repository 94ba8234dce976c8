"""Contacts from files and into files over HTTP (R24): streamed, in batches, bad rows named by their line."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from parley_contracts.contacts import MOST_ROWS, ImportContacts, ImportRow, ListContacts
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from parley_contracts.topology import CRM_QUESTIONS

from ..contacts.contact_checks import ContactTyped
from ..contacts.contact_rows import Row, text_of
from ..contacts.csv_file import csv_lines, read_csv
from ..contacts.vcard_file import read_vcards, vcard
from ..domain.identity import Identity
from .route_context import RouteContext

MOST_PROBLEMS = 1_000
CSV_TYPES = ("text/csv", "application/csv", "text/plain", "application/vnd.ms-excel")
VCARD_TYPES = ("text/vcard", "text/x-vcard", "text/directory")


class BadRow(Shape):
    """A row that was refused: where it stands, and what to do."""

    line: int
    message: str


class Imported(Shape):
    """What came of a file; `problems`: the first thousand of the `refused` rows."""

    created: int
    changed: int
    same: int
    refused: int
    problems: tuple[BadRow, ...]


def contact_file_routes(context: RouteContext) -> APIRouter:
    """Import and export, for supervisors and administrators."""
    api = APIRouter(prefix="/v1/contacts", tags=["contacts"])

    @api.post("/import", openapi_extra={"requestBody": {"content": {"text/csv": {}, "text/vcard": {}}}})
    async def take_in(request: Request, encoding: Annotated[str | None, Query(max_length=40)] = None) -> Imported:
        """A file of contacts: CSV whose first line names the columns, or vCard; at most 20 MiB. The good rows are kept, the
        bad ones named. The same file again changes nothing."""
        who = context.identity(request, "supervisor", "admin")
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in (*CSV_TYPES, *VCARD_TYPES):
            raise Refused("bad_request", "Content-Type: send text/csv or text/vcard.")
        text = text_of(await request.body(), encoding)
        rows = read_csv(text) if media in CSV_TYPES else read_vcards(text)
        return await _import(who, rows)

    async def _import(who: Identity, rows: Iterator[Row]) -> Imported:
        counts = {"created": 0, "changed": 0, "same": 0}
        refused, problems = 0, list[BadRow]()
        region = context.region(who)
        loop = asyncio.get_running_loop()
        while True:
            # Off the loop: a batch of rows takes as long to check as many frames to serve.
            read, good, bad = await loop.run_in_executor(None, _next_rows, rows, who.tenant, region)
            refused += len(bad)
            problems += bad[: MOST_PROBLEMS - len(problems)]
            if good:
                command = ImportContacts(tenant=who.tenant, rows=tuple(good))
                ack = (await context.link.ask(CRM_QUESTIONS, command, who.role, who.user)).ack or {}
                counts = {name: count + ack[name] for name, count in counts.items()}
            if read < MOST_ROWS:
                return Imported(**counts, refused=refused, problems=tuple(problems))

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


def _next_rows(rows: Iterator[Row], tenant: str, region: str) -> tuple[int, list[ImportRow], list[BadRow]]:
    """How many rows were read, the good ones, and the bad ones."""
    good: dict[str, ImportRow] = {}
    bad: list[BadRow] = []
    read = 0
    for row in islice(rows, MOST_ROWS):
        read += 1
        if row.typed is None:
            bad.append(BadRow(line=row.line, message=row.problem or ""))
            continue
        try:
            fields = row.typed.fields(region)
        except Refused as refusal:
            bad.append(BadRow(line=row.line, message=refusal.message))
            continue
        name = contact_of_row(tenant, row.typed)
        good[name] = ImportRow(line=row.line, contact=name, fields=fields)
    return read, list(good.values()), bad


def contact_of_row(tenant: str, typed: ContactTyped) -> str:
    """The name of the contact that a row is about: by its customer number, else by address and name, else by all of it. So
    the same file again is about the same contacts, and two people of one address are two."""
    if typed.customer_number:
        about: tuple[object, ...] = ("number", typed.customer_number.casefold())
    elif typed.emails:
        about = ("email", typed.emails[0].casefold(), typed.name.casefold())
    else:
        about = ("row", typed.model_dump_json())
    return "i" + hashlib.sha256(repr((tenant, *about)).encode()).hexdigest()[:24]
