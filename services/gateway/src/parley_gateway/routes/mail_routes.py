"""Mails over HTTP: handed in by a mail server, looked at by agents, with their files; and files that are to go along with an answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from parley_contracts.contacts import LONGEST_NAME
from parley_contracts.mails import AskMail, KeepUpload, TakeMail
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Key, Shape
from parley_contracts.topology import CRM_QUESTIONS
from parley_mail import disposition
from parley_mail.names import safe_name

from ..contacts.mail_files import MOST_OF_A_MAIL, MOST_OF_AN_ATTACHMENT
from ..contacts.mail_page import page_of
from ..domain.identity import Identity
from .route_context import RouteContext

RAW: dict[str, Any] = {"requestBody": {"required": True, "content": {"message/rfc822": {}}}}
FILE: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}
BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}


Place = Annotated[int, Path(ge=0, le=1_000_000)]
"""The number of an entry, or of a file of a mail."""


class MailTaken(Shape):
    """A mail that is stored: the item whose mails it is among, and whether somebody has to see to it."""

    item: str
    opened: bool


class Handed(Shape):
    """A file that was handed in; `attachment` names it in a `reply` of the same agent, for a day. `type` is what it is by its content."""

    attachment: str
    name: str
    type: str
    size: int


class MailShown(Shape):
    """What a mail is beside its text: the mails below it, whether there is a page of it, and its files, in their order."""

    quoted: str = ""
    html: bool = False
    files: tuple[dict[str, Any], ...] = ()


class _Asking:
    """The CRM, asked about mails."""

    def __init__(self, context: RouteContext) -> None:
        self._context = context

    async def found(self, request: Request, item: str, seq: int) -> dict[str, Any]:
        """What there is to say of a mail, for whoever may read its item. Raises Refused."""
        who = self._context.identity(request, "agent", "supervisor", "admin")
        reader = await self._context.readers.of(who)
        return await self.ask(who, AskMail(tenant=who.tenant, reader=reader, item=item, seq=seq))

    async def ask(self, who: Identity, command: Any) -> dict[str, Any]:
        """The ack. Raises Refused."""
        return (await self._context.link.ask(CRM_QUESTIONS, command, who.role, who.user, name=who.name)).ack or {}


def mail_routes(context: RouteContext) -> APIRouter:
    """Mails, looked at."""
    api = APIRouter(tags=["mails"])
    found = _Asking(context).found

    @api.get("/v1/mails/{item}/{seq}", response_model=MailShown)
    async def mail(item: str, seq: Place, request: Request) -> Any:
        """What a mail quotes, and its files."""
        told = await found(request, item, seq)
        files = [{name: each[name] for name in ("name", "type", "size", "inline")} for each in told["files"]]
        return MailShown(quoted=told.get("quoted", ""), html=told.get("html", False), files=tuple(files))

    @api.get("/v1/mails/{item}/{seq}/page", responses={200: {"content": {"text/html": {}}}})
    async def page(item: str, seq: Place, request: Request) -> Response:
        """The mail as its sender made it, for a sandboxed frame: nothing in it runs, and nothing is loaded from anywhere."""
        told = await found(request, item, seq)
        if not told.get("html"):
            raise Refused("not_found", "This mail has no page: its text is all that there is.")
        html = await page_of(await context.mail_files.whole(_there(told.get("original"))))
        return Response(html, headers=disposition.framed())

    @api.get("/v1/mails/{item}/{seq}/original", responses=BYTES)
    async def original(item: str, seq: Place, request: Request) -> Response:
        """The mail as it came, to be saved."""
        told = await found(request, item, seq)
        content = await context.mail_files.whole(_there(told.get("original")))
        return Response(content, headers=disposition.saved(f"{told.get('subject') or 'mail'}.eml"))

    @api.get("/v1/mails/{item}/{seq}/files/{number}", responses=BYTES)
    async def file(item: str, seq: int, number: Place, request: Request) -> Response:
        """A file of a mail, by its place from 0 on, to be saved: a browser neither shows nor runs it."""
        files = (await found(request, item, seq))["files"]
        if not 0 <= number < len(files):
            raise Refused("not_found", "The mail has no such file.")
        content = await context.mail_files.whole(files[number]["sha256"])
        return Response(content, headers=disposition.saved(files[number]["name"]))

    return api


def mail_in_routes(context: RouteContext) -> APIRouter:
    """Mails and files, handed in."""
    api = APIRouter(tags=["mails"])
    ask = _Asking(context).ask

    @api.post("/v1/mails", status_code=201, response_model=MailTaken, openapi_extra=RAW)
    async def take(request: Request, mailbox: Annotated[Key, Query()]) -> Any:
        """A mail server hands in a mail as it is (RFC 5322), for one of the company's mailboxes. Again it is the same mail, and nothing happens."""
        who = context.identity(request, "source")
        stored = await context.mail_files.keep(request.stream(), MOST_OF_A_MAIL)
        return await ask(who, TakeMail(tenant=who.tenant, mailbox=mailbox, original=stored.name))

    @api.post("/v1/attachments", status_code=201, response_model=Handed, openapi_extra=FILE)
    async def hand_in(request: Request, name: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME)]) -> Any:
        """A file that is to go along with an answer of the same agent, within a day."""
        who = context.identity(request, "agent", "supervisor")
        most = min(context.link.most_attached(who.tenant), MOST_OF_AN_ATTACHMENT)
        if not most:
            raise Refused("forbidden", "Your company sends no files: write where they can be had.")
        stored = await context.mail_files.keep(request.stream(), most)
        safe = safe_name(name)
        kept = KeepUpload(tenant=who.tenant, name=safe, media_type=stored.type, size=stored.size, sha256=stored.name)
        return await ask(who, kept)

    return api


def _there(original: str | None) -> str:
    if original is None:
        raise Refused("not_found", "The mail server has not given this mail: look for it there.")
    return original
