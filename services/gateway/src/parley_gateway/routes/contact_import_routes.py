"""Contacts from files over HTTP (R24): looked at, and taken in in batches, bad rows named by their line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from parley_contracts.contacts import ImportContacts, ImportRow
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from parley_contracts.showings import ContactsChanged
from parley_contracts.topology import CRM_QUESTIONS

from ..contacts.csv_columns import FIELDS
from ..contacts.file_text import file_text
from ..contacts.import_rows import Batch, ContactFile, Told, batches
from ..contacts.opening import opened as open_file
from ..domain.identity import Identity
from .route_context import RouteContext

LINES = "application/x-ndjson"
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


class Progress(Shape):
    """How many rows of a file have been read."""

    read: int
    of: int


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

    def hear(self, batch: Batch) -> None:
        """What is told of a batch."""
        self.refuse(batch.problems)
        self.remark(batch.remarks)

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


def contact_import_routes(context: RouteContext) -> APIRouter:
    """For supervisors and administrators. Whoever accepts `application/x-ndjson` gets lines: how many rows have been read (`read`, `of`), and
    at the end the answer, or the `code` and `message` of a refusal."""
    api = APIRouter(prefix="/v1/contacts/import", tags=["contacts"])

    @api.post("", openapi_extra=FILE, response_model=Imported, response_model_exclude_none=True)
    async def take_in(request: Request, encoding: Encoding = None, columns: Columns = "{}") -> Any:
        """A file of contacts: CSV whose first line names the columns, or vCard; at most 20 MiB. The good rows are kept, the
        bad ones named, and so is what of a row is not kept. The same file again changes nothing."""
        who = context.identity(request, "supervisor", "admin")
        upload = await _uploaded(request, encoding, columns)
        upload.file.usable()
        return await _answered(request, _taken_in(context, who, upload))

    @api.post("/preview", openapi_extra=FILE, response_model=Preview)
    async def look_at(request: Request, encoding: Encoding = None, columns: Columns = "{}") -> Any:
        """What would come of a file that is sent like this, and what its columns are taken for. Nothing is changed."""
        who = context.identity(request, "supervisor", "admin")
        upload = await _uploaded(request, encoding, columns)
        return await _answered(request, _looked_at(who, upload, context.region(who)))

    return api


Steps = AsyncIterator[Progress | Imported | Preview]


async def _taken_in(context: RouteContext, who: Identity, upload: Upload) -> Steps:
    counts, tally, last = {"created": 0, "changed": 0, "same": 0}, Tally(), 1
    async for batch in _read(upload.file, who.tenant, context.region(who)):
        tally.hear(batch)
        if batch.rows:
            ack = await _kept(context, who, batch.rows, last)
            counts = {name: count + ack[name] for name, count in counts.items()}
            tally.refuse([Told(**bad) for bad in ack.get("problems", ())])
            last = max(row.line for row in batch.rows)
        yield Progress(read=batch.read, of=batch.of)
    yield Imported(**counts, **tally.told(upload))


async def _looked_at(who: Identity, upload: Upload, region: str) -> Steps:
    tally, rows, shown = Tally(), 0, list[ImportRow]()
    try:
        upload.file.usable()
    except Refused as refusal:  # until somebody says what the columns are
        tally.refuse([Told(refusal.facts["line"], refusal.message)])
    async for batch in _read(upload.file, who.tenant, region):
        tally.hear(batch)
        rows += len(batch.rows)
        shown += batch.rows[: MOST_SHOWN - len(shown)]
        yield Progress(read=batch.read, of=batch.of)
    contacts = [
        ContactSeen(line=row.line, contact=row.fields.model_dump(mode="json", exclude_defaults=True)) for row in shown
    ]
    yield Preview(rows=rows, columns=_seen(upload.file), contacts=tuple(contacts), **tally.told(upload))


async def _answered(request: Request, steps: Steps) -> Any:
    """The last step; or all of them, as they come."""
    if LINES in request.headers.get("accept", ""):
        return StreamingResponse(_lines(steps), media_type=LINES)
    last: Shape | None = None
    async for step in steps:
        last = step
    return last


async def _lines(steps: Steps) -> AsyncIterator[str]:
    try:
        async for step in steps:
            yield step.model_dump_json(exclude_none=True) + "\n"
    except Refused as refusal:
        yield json.dumps({"code": refusal.code, "message": refusal.message}) + "\n"


async def _kept(context: RouteContext, who: Identity, rows: list[ImportRow], last: int) -> dict[str, Any]:
    """The crm-logger's ack. Raises Refused, with the line up to which rows are kept."""
    command = ImportContacts(tenant=who.tenant, rows=tuple(rows))
    try:
        kept = (await context.link.ask(CRM_QUESTIONS, command, who.role, who.user)).ack or {}
    except Refused as refusal:
        told = f"{refusal.message} The rows up to line {last} are kept: send the file again."
        raise Refused(refusal.code, told, **refusal.facts | {"line": last}) from refusal
    await context.link.announce(ContactsChanged(tenant=who.tenant, contacts=tuple(row.contact for row in rows)))
    return kept


async def _uploaded(request: Request, encoding: str | None, columns: str) -> Upload:
    """The file of a request. Raises Refused `bad_request`."""
    media = Message()
    media["Content-Type"] = request.headers.get("content-type", "")
    kind = media.get_content_type()
    if kind not in (*CSV_TYPES, *VCARD_TYPES) or not media["Content-Type"]:
        raise Refused("bad_request", "Content-Type: send text/csv or text/vcard.")
    assigned = _assigned(columns)
    body = await request.body()

    def opened() -> Upload:
        text, taken = file_text(body, encoding, media.get_content_charset())
        return Upload(open_file(text, kind in VCARD_TYPES, assigned), taken)

    return await asyncio.get_running_loop().run_in_executor(None, opened)


async def _read(file: ContactFile, tenant: str, region: str) -> AsyncIterator[Batch]:
    """The rows of a file, off the loop: a batch of rows takes as long to check as many frames to serve."""
    loop = asyncio.get_running_loop()
    read: Iterator[Batch] = batches(file, tenant, region)
    while (batch := await loop.run_in_executor(None, next, read, None)) is not None:
        yield batch


def _seen(file: ContactFile) -> tuple[ColumnSeen, ...]:
    return tuple(
        ColumnSeen(column=each.name, field=each.field, cells=each.cells, examples=tuple(each.examples))
        for each in file.columns[:MOST_PROBLEMS]
    )


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
