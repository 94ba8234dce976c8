"""Contacts, their history and transcripts over HTTP (R24-R26): questions and commands for the crm-logger."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from parley_contracts import contacts as k
from parley_contracts.commands import AskItem
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Key, Kind, Shape
from parley_contracts.showings import ContactsChanged
from parley_contracts.topology import CRM_QUESTIONS
from pydantic import ConfigDict

from ..contacts.contact_checks import ContactTyped, Email, PersonTyped
from ..contacts.merged_contact import merged_contact
from ..contacts.soon_heard import soon_heard
from ..domain.identity import Identity
from ..typed import Number
from .long_interaction import whole_interaction
from .route_context import RouteContext

DESK = ("agent", "supervisor", "admin")
"""Who works with contacts; operators may read interactions as well."""

TRANSCRIPT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class ContactPut(PersonTyped):
    """A contact's fields in place of the old ones; `version`: the one that was looked at."""

    version: Number | None = None


class Merger(Shape):
    """The contact that has both histories from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    into: Key


class Link(Shape):
    """Whose interaction it was; null: nobody known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: Key | None


class SendTo(Shape):
    """Where the transcript goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Email
    language: Literal["de", "en"] = "en"


class Page(Shape):
    """Some of what there is; `next`, where there is more, is the following page's `after`."""

    items: tuple[dict[str, Any], ...]
    next: str | None = None


After = Annotated[str | None, Query(max_length=500)]
Reveal = Annotated[str, Query(max_length=200, description="Why an operator reads texts")]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=64)]
THE_CONTACT: dict[int | str, dict[str, Any]] = {200: {"model": k.Contact}}


def contact_of(tenant: str, user: str, id: str) -> str:
    """The name of the contact that a request with this idempotency key makes: the same for the same."""
    return "c" + hashlib.sha256(f"{tenant}/{user}/{id}".encode()).hexdigest()[:24]


def contact_routes(context: RouteContext) -> APIRouter:
    """Contacts and interactions."""
    api = APIRouter(tags=["contacts"])

    def desk(request: Request) -> Identity:
        return context.identity(request, *DESK)

    def reads(request: Request, reveal: str) -> Identity:
        """Who reads texts. Operators say why, and it is kept with their name."""
        who = context.identity(request, *DESK, "ops")
        request.state.reason = reveal.strip()
        if who.role == "ops" and not request.state.reason:
            raise Refused(
                "forbidden", "Operators read texts only for a reason: add reveal=REASON, which the audit log keeps."
            )
        return who

    async def ask(who: Identity, command: Any, id: str | None = None) -> dict[str, Any]:
        return (await context.link.ask(CRM_QUESTIONS, command, who.role, who.user, id)).ack or {}

    async def contact(who: Identity, name: str) -> dict[str, Any]:
        found: dict[str, Any] = (await ask(who, k.AskContact(tenant=who.tenant, contact=name)))["contact"]
        return found

    async def changed_contacts(who: Identity, *contacts: str) -> None:
        """R24: desks, at whichever gateway, show them as they are called now."""
        await context.link.announce(ContactsChanged(tenant=who.tenant, contacts=contacts))

    # --- contacts -----------------------------------------------------------------------------------------------------

    @api.get("/v1/contacts", response_model=Page, response_model_exclude_none=True)
    async def search(
        request: Request,
        query: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Any:
        """Contacts that a query may mean, the likeliest first: part of a name, an address, a number, however written (R24)."""
        who = desk(request)
        return await ask(who, k.SearchContacts(tenant=who.tenant, query=query, limit=limit, region=context.region(who)))

    @api.post("/v1/contacts", status_code=201, response_model=None, responses={201: {"model": k.Contact}})
    async def create(new: ContactTyped, request: Request, idempotency_key: IdempotencyKey = None) -> Any:
        """Create a contact (R24). With an `Idempotency-Key` the same request again gets the same contact."""
        who = desk(request)
        id = idempotency_key or uuid4().hex
        name = contact_of(who.tenant, who.user, id)
        put = k.PutContact(tenant=who.tenant, contact=name, fields=new.fields(context.region(who)), new=True)
        await ask(who, put, id)
        return await contact(who, name)

    @api.post("/v1/contacts/alike", response_model=Page, response_model_exclude_none=True)
    async def alike(new: ContactTyped, request: Request) -> Any:
        """Who may be there already, before such a contact is created (R24): `items`, the likeliest first, each a `contact` and `why`: the same
        `customer_number`, `email`, `phone`, or `name` (with the organisation, where both have one). Nothing is created."""
        who = desk(request)
        return await ask(who, k.AskAlike(tenant=who.tenant, fields=new.fields(context.region(who))))

    @api.get("/v1/contacts/duplicates", response_model=None)
    async def duplicates(request: Request, contact: Annotated[str | None, Query(max_length=64)] = None) -> Any:
        """Pairs of contacts that may be the same person, and why: {`pairs`: [{`contacts`, `why`}]}."""
        who = desk(request)
        return await ask(who, k.AskDuplicates(tenant=who.tenant, contact=contact))

    @api.get("/v1/contacts/{contact_id}", response_model=None, responses=THE_CONTACT)
    async def one(contact_id: str, request: Request) -> Any:
        """One contact."""
        return await contact(desk(request), contact_id)

    @api.put("/v1/contacts/{contact_id}", response_model=None, responses=THE_CONTACT)
    async def put(contact_id: Key, changed: ContactPut, request: Request) -> Any:
        """Put a contact's fields in place of the old ones; refused with `conflict` when it is not the `version` any more."""
        who = desk(request)
        fields = changed.fields(context.region(who))
        await ask(who, k.PutContact(tenant=who.tenant, contact=contact_id, fields=fields, version=changed.version))
        await changed_contacts(who, contact_id)
        return await contact(who, contact_id)

    @api.post("/v1/contacts/{contact_id}/merge", response_model=None, responses=THE_CONTACT)
    async def merge(contact_id: Key, merger: Merger, request: Request) -> Any:
        """This contact and `into` are the same person, who has the history of both from now on."""
        who = desk(request)
        await ask(who, k.MergeContact(tenant=who.tenant, contact=contact_id, into=merger.into))
        await changed_contacts(who, contact_id)
        return await contact(who, merger.into)

    @api.post("/v1/contacts/{contact_id}/unmerge", response_model=None, responses=THE_CONTACT)
    async def unmerge(contact_id: Key, request: Request) -> Any:
        """The merger was a mistake: each has its own history again."""
        who = desk(request)
        await ask(who, k.UnmergeContact(tenant=who.tenant, contact=contact_id))
        await changed_contacts(who, contact_id)
        return await contact(who, contact_id)

    @api.get("/v1/contacts/{contact_id}/interactions", response_model=Page, response_model_exclude_none=True)
    async def history(
        contact_id: str,
        request: Request,
        after: After = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        kind: Kind | None = None,
    ) -> Any:
        """All that the contact and the company had to do with each other, newest first, with transcripts (R26). Agents read what is in queues
        that they serve, what is or was theirs, and all of a contact of whom they have an item; the rest comes without texts: `withheld`."""
        who = desk(request)
        asked = k.AskHistory(
            tenant=who.tenant,
            contact=contact_id,
            after=after,
            limit=limit,
            kind=kind,
            reader=await context.readers.of(who),
        )
        return await ask(who, asked)

    # --- interactions -------------------------------------------------------------------------------------------------

    @api.get("/v1/interactions", response_model=Page, response_model_exclude_none=True)
    async def search_transcripts(
        request: Request,
        query: Annotated[str, Query(max_length=200)] = "",
        contact: Annotated[str | None, Query(max_length=64)] = None,
        agent: Literal["me"] | None = None,
        after: After = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
        reveal: Reveal = "",
    ) -> Any:
        """Interactions that are over and in whose transcripts the words of the query stand, in any of their forms, newest first; also those of
        contacts whom it names (by name, address or number), and the one whose id it is. Agents find what they may read. With `agent=me` only
        what one has or had oneself; without a query what one had at the end, closed last first. Each has `text` with the `hits` in it."""
        who = reads(request, reveal)
        asked = k.SearchTranscripts(
            tenant=who.tenant,
            query=query,
            contact=contact,
            agent=who.user if agent else None,
            region=context.region(who),
            after=after,
            limit=limit,
            reader=await context.readers.of(who),
        )
        return await ask(who, asked)

    @api.get("/v1/interactions/{item}", response_model=dict[str, Any])
    async def interaction(item: str, request: Request, reveal: Reveal = "") -> Any:
        """An interaction of the CRM with its transcript: [{`seq`, `at`, `from`, `name`?, `text`}] (R25); for whoever has it in hand with the
        `draft` {`text`, `agent`, `at`} that is begun about it. `forbidden` to agents who may
        not read it."""
        who = reads(request, reveal)

        reader = await context.readers.of(who)

        async def page(beyond: int) -> dict[str, Any]:
            return await ask(who, k.AskInteraction(tenant=who.tenant, item=item, beyond=beyond, reader=reader))

        first = await soon_heard(item, reader, lambda: page(0))
        if "next" not in first:
            return first
        return StreamingResponse(whole_interaction(first, page), media_type="application/json")

    @api.put("/v1/interactions/{item}/contact")
    async def link(item: str, link: Link, request: Request) -> dict[str, Any]:
        """Whose interaction a closed one was, corrected (R24). An open one's owner identifies its visitor on the desk."""
        who = desk(request)
        open_ = (await context.ask_router(who, AskItem(tenant=who.tenant, item=item, forgiving=True))).get("item")
        if open_ is not None and open_["stage"] != "closed":
            raise Refused("wrong_state", "It is still open: its owner identifies the visitor on the desk.")
        name = link.contact
        if name is not None:
            name = await merged_contact(context.link, who, name)
        return await ask(
            who, k.LinkInteraction(tenant=who.tenant, item=item, contact=name, reader=await context.readers.of(who))
        )

    @api.get("/v1/interactions/{item}/candidates", response_model=None)
    async def candidates(item: str, request: Request) -> Any:
        """Who the visitor may be, by what they typed and by the same browser's earlier chats: {`items`: [{`contact`, `why`,
        `typed`}], `new`: fields for a new contact} (R24). Nothing is linked by itself."""
        who = desk(request)
        settings = context.directory(who).settings
        asked = k.AskCandidates(
            tenant=who.tenant,
            item=item,
            region=settings.region,
            pattern=settings.customer_number or None,
            reader=await context.readers.of(who),
        )
        return await soon_heard(item, asked.reader, lambda: ask(who, asked))

    @api.get("/v1/interactions/{item}/transcript", response_class=Response)
    async def transcript(
        item: str,
        request: Request,
        format: Literal["text", "html"] = "text",
        language: Literal["de", "en"] = "en",
        internal: bool = False,
        reveal: Reveal = "",
    ) -> Response:
        """The conversation as a document to keep, as the visitor saw it; with `internal` the agents' notes as well."""
        who = reads(request, reveal)
        asked = k.AskTranscript(
            tenant=who.tenant, item=item, internal=internal, language=language, reader=await context.readers.of(who)
        )
        found = await ask(who, asked)
        ending, media = ("html", "text/html") if format == "html" else ("txt", "text/plain")
        headers = {
            "Content-Disposition": f'attachment; filename="transcript.{ending}"',
            "Content-Security-Policy": TRANSCRIPT_POLICY,
            "X-Content-Type-Options": "nosniff",
        }
        return Response(found[format], media_type=f"{media}; charset=utf-8", headers=headers)

    @api.post("/v1/interactions/{item}/transcript", status_code=202)
    async def send_transcript(
        item: str, send: SendTo, request: Request, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """The conversation by e-mail, as the visitor saw it: it will be sent, once."""
        who = desk(request)
        asked = k.SendTranscript(
            tenant=who.tenant, item=item, to=send.to, language=send.language, reader=await context.readers.of(who)
        )
        return await ask(who, asked, idempotency_key)

    return api
