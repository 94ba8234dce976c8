"""Contacts from files and into files over HTTP (R24): streamed, in batches, bad rows named by their line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from parley_contracts.contacts import ImportContacts, ImportRow, ListContacts
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from parley_contracts.topology import CRM_QUESTIONS

from ..contacts.csv_columns import FIELDS
from ..contacts.csv_file import CsvFile, csv_lines
from ..contacts.file_text import file_text
from ..contacts.import_rows import Batch, ContactFile, Told, batches
from ..contacts.vcard_file import VcardFile, vcard
from ..domain.identity import Identity
from .route_context import RouteContext

MOST_PROBLEMS = 1_000
MOST_SHOWN = 10
"""So many contacts does a preview show."""
CSV_TYPES = ("text/csv", "application/csv", "text/plain", "application/vnd.ms-excel", "text/tab-separated-values")
VCARD_TYPES = ("text/vcard", "text/x-vcard", "text/directory")
FILE: dict[str, Any] = {"requestBody": {"content": {"text/csv": {}, "text/vcard": {}}}}
Encoding = Annotated[str | None, Query(max_length=40)]
Columns = Annotated[
    str,
    Query(
        max_length=8_000,
        description="A JSON object: columns' names, or cards' properties, and the field that each is taken for (null: for none)",
    ),
]


class BadRow(Shape):
    """What is told of a row: where it stands, and what is wrong, or left out of it; `other`: the line of which the message speaks."""

    line: int
    message: str
    other: int | None = None


class LeftOut(Shape):
    """A column, or a property of cards, that is not kept, and how many cells of it."""

    column: str
    cells: int


class ColumnSeen(Shape):
    """A column of a file: the field that it is taken for (null: it is left out), how many cells it has, and the first of them."""

    column: str
    field: str | None
    cells: int
    examples: tuple[str, ...]


class ContactSeen(Shape):
    """A row as the contact that it would be."""

    line: int
    contact: dict[str, Any]


class Read(Shape):
    """What was read in a file: the `encoding` that it is in; `refused` rows with their `problems`; `remarked` rows that are kept, but not with
    all that stands in them, with `remarks`; of either the first thousand; what of it is no field of a contact."""

    encoding: str
    refused: int
    problems: tuple[BadRow, ...]
    remarked: int
    remarks: tuple[BadRow, ...]
    unknown_columns: tuple[LeftOut, ...]


class Imported(Read):
    """What came of a file."""

    created: int
    changed: int
    same: int


class Preview(Read):
    """What would come of a file: so many `rows` would be kept, the first of them as `contacts`; `fields`: what columns can be taken for."""

    rows: int
    columns: tuple[ColumnSeen, ...]
    contacts: tuple[ContactSeen, ...]
    fields: tuple[str, ...] = FIELDS


class Upload(NamedTuple):
    """A file that was sent."""

    file: ContactFile
    encoding: str


@dataclass
class Tally:
    """What is told of a file's rows, as far as it has been read."""

    refused: int = 0
    problems: list[BadRow] = field(default_factory=list)
    remarked: int = 0
    remarks: list[BadRow] = field(default_factory=list)

    def refuse(self, problems: list[Told]) -> None:
        """These rows are not kept."""
        self.refused += len(problems)
        self.problems += [_bad(each) for each in problems[: MOST_PROBLEMS - len(self.problems)]]

    def remark(self, remarks: list[Told]) -> None:
        """Something of these rows is not kept."""
        self.remarked += len({each.line for each in remarks})
        self.remarks += [_bad(each) for each in remarks[: MOST_PROBLEMS - len(self.remarks)]]

    def told(self, upload: Upload) -> dict[str, Any]:
        """The fields of `Read`."""
        left_out = [LeftOut(column=each.name, cells=each.left_out) for each in upload.file.columns if each.left_out]
        lines = {"problems": sorted(self.problems, key=_line), "remarks": sorted(self.remarks, key=_line)}
        counts = {"refused": self.refused, "remarked": self.remarked}
        return {**counts, **lines, "encoding": upload.encoding, "unknown_columns": left_out[:MOST_PROBLEMS]}


def _bad(told: Told) -> BadRow:
    return BadRow(line=told.line, message=told.message, other=told.other)


def _line(told: BadRow) -> int:
    return told.line


def contact_file_routes(context: RouteContext) -> APIRouter:
    """Import and export, for supervisors and administrators."""
    api = APIRouter(prefix="/v1/contacts", tags=["contacts"])

    @api.post("/import", openapi_extra=FILE, response_model_exclude_none=True)
    async def take_in(request: Request, encoding: Encoding = None, columns: Columns = "{}") -> Imported:
        """A file of contacts: CSV whose first line names the columns, or vCard; at most 20 MiB. The good rows are kept, the
        bad ones named, and so is what of a row is not kept. The same file again changes nothing."""
        who = context.identity(request, "supervisor", "admin")
        upload = await _upload(request, encoding, columns)
        upload.file.usable()
        counts = {"created": 0, "changed": 0, "same": 0}
        tally = Tally()
        async for batch in _batches(who, upload.file):
            tally.refuse(batch.problems)
            tally.remark(batch.remarks)
            if batch.rows:
                command = ImportContacts(tenant=who.tenant, rows=tuple(batch.rows))
                ack = (await context.link.ask(CRM_QUESTIONS, command, who.role, who.user)).ack or {}
                counts = {name: count + ack[name] for name, count in counts.items()}
                tally.refuse([Told(**bad) for bad in ack.get("problems", ())])
        return Imported(**counts, **tally.told(upload))

    @api.post("/import/preview", openapi_extra=FILE)
    async def look_at(request: Request, encoding: Encoding = None, columns: Columns = "{}") -> Preview:
        """What would come of a file that is sent like this, and what its columns are taken for. Nothing is changed."""
        who = context.identity(request, "supervisor", "admin")
        upload = await _upload(request, encoding, columns)
        tally, rows, shown = Tally(), 0, list[ImportRow]()
        try:
            upload.file.usable()
        except Refused as refusal:  # until somebody says what the columns are
            tally.refuse([Told(refusal.facts["line"], refusal.message)])
        async for batch in _batches(who, upload.file):
            tally.refuse(batch.problems)
            tally.remark(batch.remarks)
            rows += len(batch.rows)
            shown += batch.rows[: MOST_SHOWN - len(shown)]
        seen = [
            ColumnSeen(column=each.name, field=each.field, cells=each.cells, examples=tuple(each.examples))
            for each in upload.file.columns[:MOST_PROBLEMS]
        ]
        contacts = [
            ContactSeen(line=row.line, contact=row.fields.model_dump(mode="json", exclude_defaults=True))
            for row in shown
        ]
        return Preview(rows=rows, columns=tuple(seen), contacts=tuple(contacts), **tally.told(upload))

    async def _upload(request: Request, encoding: str | None, columns: str) -> Upload:
        media = Message()
        media["Content-Type"] = request.headers.get("content-type", "")
        kind = media.get_content_type()
        if kind not in (*CSV_TYPES, *VCARD_TYPES) or not media["Content-Type"]:
            raise Refused("bad_request", "Content-Type: send text/csv or text/vcard.")
        assigned = _assigned(columns)
        text, taken = file_text(await request.body(), encoding, media.get_content_charset())
        return Upload(CsvFile(text, assigned) if kind in CSV_TYPES else VcardFile(text, assigned), taken)

    async def _batches(who: Identity, file: ContactFile) -> AsyncIterator[Batch]:
        """Off the loop: a batch of rows takes as long to check as many frames to serve."""
        loop = asyncio.get_running_loop()
        read: Iterator[Batch] = batches(file, who.tenant, context.region(who))
        while (batch := await loop.run_in_executor(None, next, read, None)) is not None:
            yield batch

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


def _assigned(columns: str) -> Mapping[str, str | None]:
    """What columns are to be taken for. Raises Refused `bad_request`."""
    try:
        found = json.loads(columns)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(value is None or value in FIELDS for value in found.values()):
        raise Refused(
            "bad_request", f"columns: send a JSON object of columns and fields: {', '.join(FIELDS)}, or null."
        )
    return found
