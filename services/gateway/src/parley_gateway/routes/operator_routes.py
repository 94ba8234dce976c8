"""The operators' side of the protocol (R29, R38): events, moments, reasons, letters, lines. Everything is asked of the operators'
service; of a login's own tenant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from parley_chassis.store import StoreDown
from parley_contracts import operators as o
from parley_contracts.contacts import SearchContacts
from parley_contracts.instant import Instant, from_rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Shape
from parley_contracts.topology import CRM_QUESTIONS, OPS_QUESTIONS, letters_inbox
from pydantic import ConfigDict, Field
from starlette.responses import StreamingResponse

from ..domain.identity import Identity
from .route_context import Name, RouteContext

LETTERS_OF = ("session", "router", "crm-logger")
MOST_FOLLOWING = 20
"""Streams of events that one gateway process keeps open."""
LOOKED_EVERY_S = 0.5
SAID_EVERY_S = 15.0
"""A stream on which nothing happens says so: who reads it, and what lies between, see that it is there."""
WHERE_IT_GOES_ON = 250
FEWEST_DIGITS = 6
"""Of a telephone number that somebody is looked for by."""

Chosen = Annotated[str, Query(max_length=200)]
Reveal = Annotated[str, Query(max_length=200, description="Why people's words must be read; the audit log keeps it")]
Limit = Annotated[int, Query(ge=1, le=o.MOST_EVENTS)]


class EventPage(Shape):
    """Events in order; `next`, where there is more, is the following page's `after`: a page may hold fewer than were asked for."""

    events: tuple[dict[str, Any], ...]
    next: str | None = None


class Found(Shape):
    """What a text may mean: each with its `kind` and `id`."""

    found: tuple[dict[str, Any], ...]


class LetterPage(Shape):
    """Letters in order; `next`, where there are more, is the following page's `after`."""

    letters: tuple[dict[str, Any], ...]
    next: str | None = None


class SeenTo(Shape):
    """What came of a letter: `taken`, `waits`, `still kept` or `discarded`, and why."""

    letter: str
    result: str
    reason: str = ""


class Retry(Shape):
    """`even_late`: a command that is older than a minute is carried out as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    even_late: bool = False


class Discard(Shape):
    """Why it is right that it never has its effect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


class WhatIf(Shape):
    """What should have been otherwise: `settings` as `QUEUE.FIELD=VALUE`, so many `agents` more or fewer, work that takes longer by `factor` for
    each further chat at once; in the time `from`, `until`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    settings: tuple[o.Looked, ...] = Field((), max_length=50)
    agents: int = Field(0, ge=-1_000, le=1_000)
    factor: float = Field(0.0, ge=0, le=10)
    from_: Instant | None = Field(None, alias="from")
    until: Instant | None = None


class Run(Shape):
    """A question that goes on by itself."""

    run: str


class Runs(Shape):
    """Questions, the newest first: each with its `state` (`running`, `done`, `no_answer`: what happened could not be reproduced, or
    `failed`), and of one alone its `result`."""

    runs: tuple[dict[str, Any], ...]


class Operators:
    """Asks the operators' service on a request's behalf."""

    def __init__(self, context: RouteContext) -> None:
        self._context = context
        self.following = 0

    def who(self, request: Request, reveal: str = "") -> tuple[Identity, bool]:
        """Whose login the request carries, and whether texts are revealed: for a reason, which is kept with their name."""
        who = self._context.identity(request, "ops")
        reason = reveal.strip()
        if reveal and len(reason) < 3:
            raise Refused("bad_request", "reveal: say why people's words must be read, in three characters at least.")
        if reason:
            request.state.action, request.state.reason = "texts.revealed", reason
        return who, bool(reason)

    async def look_again(self, request: Request) -> None:
        """Whether the login still holds. Raises Refused, StoreDown."""
        await self._context.look_up(request)
        self.who(request)

    async def ask(self, who: Identity, question: Command, inbox: str = OPS_QUESTIONS) -> dict[str, Any]:
        """The answer. Raises Refused."""
        return (await self._context.link.ask(inbox, question, who.role, who.user)).ack or {}

    async def contacts(self, who: Identity, text: str) -> tuple[str, ...]:
        """Whom the CRM knows by this address or number, and by no other that is like it. None where it does not answer: what else is meant is found all the same."""
        region = self._context.region(who)
        question = SearchContacts(tenant=who.tenant, query=text, limit=10, region=region)
        try:
            found = await self.ask(who, question, CRM_QUESTIONS)
        except Refused:
            return ()
        return tuple(contact["contact"] for contact in found.get("items", ()) if is_theirs(text, contact))


def is_theirs(text: str, contact: dict[str, Any]) -> bool:
    """Whether an address, or a number however it is written, is one of the contact's: the CRM also finds what is like it."""
    if "@" in text:
        return text.strip().casefold() in (email.strip().casefold() for email in contact.get("emails", ()))
    asked = _digits(text).lstrip("0")
    numbers = (*contact.get("numbers", ()), *contact.get("phones", ()))
    return len(asked) >= FEWEST_DIGITS and any(_digits(number).endswith(asked) for number in numbers)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def instant(name: str, text: str) -> int | None:
    """A time in a query, as milliseconds since 1970; None where none is given. Raises Refused `bad_request`."""
    if not text:
        return None
    try:
        return from_rfc3339(text)
    except ValueError:
        raise Refused("bad_request", f"{name}: write a time such as 2026-01-31T09:30:00Z.") from None


def wanted(
    chat: Chosen = "",
    item: Chosen = "",
    agent: Chosen = "",
    queue: Chosen = "",
    contact: Chosen = "",
    trace: Chosen = "",
    type: Chosen = "",
    from_: Annotated[str, Query(max_length=60, alias="from")] = "",
    until: Annotated[str, Query(max_length=60)] = "",
) -> dict[str, Any]:
    """Which events, as the fields of a question."""
    said = {"item": chat or item, "agent": agent, "queue": queue, "contact": contact, "trace": trace, "kinds": type}
    times = {"since": instant("from", from_), "until": instant("until", until)}
    return {name: value for name, value in said.items() if value} | times


Filters = Annotated[dict[str, Any], Depends(wanted)]


def operator_routes(context: RouteContext) -> APIRouter:
    """What operators ask."""
    api = APIRouter(prefix="/v1/ops", tags=["operators"])
    operators = Operators(context)
    _events(api, operators)
    _moments(api, operators)
    _letters(api, operators)
    _what_if(api, operators)
    return api


def _events(api: APIRouter, operators: Operators) -> None:
    @api.get("/events", response_model=EventPage, response_model_exclude_none=True)
    async def events(
        request: Request,
        filters: Filters,
        after: Annotated[str, Query(max_length=120)] = "",
        order: Literal["asc", "desc"] = "asc",
        limit: Limit = 100,
        reveal: Reveal = "",
    ) -> Any:
        """What happened, from all logs, cause before effect; those that fit all that is said, `type`: names that contain it. People's words
        and names are left out and named in `hidden`, unless `reveal` says why they must be read."""
        who, revealed = operators.who(request, reveal)
        question = o.AskEvents(
            tenant=who.tenant, **filters, after=after, limit=limit, revealed=revealed, newest_first=order == "desc"
        )
        return await operators.ask(who, question)

    @api.get("/events/live", response_class=StreamingResponse)
    async def live(
        request: Request,
        filters: Filters,
        after: Annotated[str, Query(max_length=120)] = "",
        last_event_id: Annotated[str, Header(max_length=120)] = "",
    ) -> StreamingResponse:
        """The same as it happens, as server-sent events: from now on, or from any `after` (or `Last-Event-ID`) on: the `id` of an event that was
        sent before, or the `cursor` of one in a list. `0.0.0.0` is the beginning of all logs."""
        who, _ = operators.who(request)
        if operators.following >= MOST_FOLLOWING:
            raise Refused(
                "rate_limited", "Too many follow the events here: close one, or try again later.", retry_after_s=30
            )
        question = o.AskNewEvents(tenant=who.tenant, **filters, after=last_event_id or after, limit=WHERE_IT_GOES_ON)
        first = await operators.ask(who, question)  # what is wrong with it is said with a status
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _followed(operators, request, question, first), media_type="text/event-stream", headers=headers
        )

    @api.get("/find", response_model=Found, response_model_exclude_none=True)
    async def find(request: Request, q: Annotated[str, Query(min_length=1, max_length=200)]) -> Any:
        """What this may be: a chat, another item, an agent, a queue, a trace, a time; or somebody's e-mail address or telephone number,
        which leads to their chats. The audit log keeps that somebody was looked for."""
        who, _ = operators.who(request)
        text = q.strip()
        if not text:
            raise Refused("bad_request", "q: say what you look for.")
        contacts: tuple[str, ...] = ()
        if "@" in text or len(_digits(text)) >= FEWEST_DIGITS:
            contacts = await operators.contacts(who, text)
        if contacts:
            request.state.action = "contacts.found"
        return await operators.ask(who, o.AskFound(tenant=who.tenant, text=text, contacts=contacts))


async def _followed(
    operators: Operators, request: Request, question: o.AskNewEvents, answer: dict[str, Any]
) -> AsyncIterator[bytes]:
    """Events as they come, until whoever reads them goes, or their login holds no more. An answer that does not come is said, and the stream
    ends: it is taken up from where it was."""
    operators.following += 1
    silent, looked = 0.0, monotonic()
    who, _ = operators.who(request)
    try:
        yield b": following\n\n"
        while True:
            for event in answer["events"]:
                data = json.dumps({name: value for name, value in event.items() if name != "cursor"})
                yield f"id: {event['cursor']}\nevent: happened\ndata: {data}\n\n".encode()
            silent = 0.0 if answer["events"] else silent + LOOKED_EVERY_S
            if answer["next"] != question.after:
                question = question.model_copy(update={"after": answer["next"]})
                yield f"id: {question.after}\n\n".encode()
            if silent >= SAID_EVERY_S:
                silent = 0.0
                yield b": nothing\n\n"
            if len(answer["events"]) < WHERE_IT_GOES_ON:
                await asyncio.sleep(LOOKED_EVERY_S)
            if monotonic() - looked > SAID_EVERY_S:
                looked = monotonic()
                await operators.look_again(request)
            answer = await operators.ask(who, question)
    except StoreDown:
        yield b'event: failed\ndata: {"code": "unavailable", "detail": "The system does not answer at the moment."}\n\n'
    except Refused as refusal:
        yield f"event: failed\ndata: {json.dumps({'code': refusal.code, 'detail': refusal.message})}\n\n".encode()
    finally:
        operators.following -= 1


def _moments(api: APIRouter, operators: Operators) -> None:
    @api.get("/chats/{chat}", response_model=None)
    async def chat(
        chat: Name,
        request: Request,
        at: Annotated[str, Query(max_length=60)] = "",
        n: Annotated[int | None, Query(ge=1)] = None,
        reveal: Reveal = "",
    ) -> Any:
        """A chat as it was at a moment, or after its event `n`; as it is now without either: state, timers, the bands of its life, and its last
        entries up to then."""
        who, revealed = operators.who(request, reveal)
        question = o.AskChatAt(tenant=who.tenant, item=chat, at=instant("at", at), n=n, revealed=revealed)
        return await operators.ask(who, question)

    @api.get("/floor", response_model=None)
    async def floor(
        request: Request,
        at: Annotated[str, Query(max_length=60)] = "",
        version: Annotated[int | None, Query(ge=0)] = None,
    ) -> Any:
        """The floor as it was at a moment, or after its event `version`; as it is now without either."""
        who, _ = operators.who(request)
        return await operators.ask(who, o.AskFloorAt(tenant=who.tenant, at=instant("at", at), version=version))

    @api.get("/why/{item}", response_model=None)
    async def why(item: Name, request: Request) -> Any:
        """Why an item went to whom it went (`assigned`), and why it waited (`waited`): from when to when, and what kept each agent of its queue
        from being given it."""
        who, _ = operators.who(request)
        return await operators.ask(who, o.AskWhy(tenant=who.tenant, item=item))

    @api.get("/streams", response_model=None)
    async def streams(request: Request) -> Any:
        """How far the logs go, how far the index and each consumer have come, and who works on which partition."""
        who, _ = operators.who(request)
        return await operators.ask(who, o.AskStreams(tenant=who.tenant))


def _letters(api: APIRouter, operators: Operators) -> None:
    @api.get("/letters", response_model=LetterPage, response_model_exclude_none=True)
    async def letters(
        request: Request,
        after: Annotated[str, Query(max_length=60)] = "",
        discarded: bool = False,
        limit: Limit = 100,
        reveal: Reveal = "",
    ) -> Any:
        """What a service could not take, and why, the oldest first; with what was discarded, by whom and why, where that is asked for."""
        who, revealed = operators.who(request, reveal)
        question = o.AskLetters(tenant=who.tenant, after=after, discarded=discarded, limit=limit, revealed=revealed)
        return await operators.ask(who, question)

    async def see_to(request: Request, letter: str, what: Any, **more: Any) -> dict[str, Any]:
        who, _ = operators.who(request)
        service, _, number = letter.partition(":")
        if service not in LETTERS_OF or not number.isdigit() or not 0 < int(number) < 1 << 62:
            raise Refused("not_found", "There is no such letter.")
        question = o.SeeToLetter(tenant=who.tenant, letter=int(number), what=what, **more)
        return {"letter": letter, **await operators.ask(who, question, letters_inbox(service))}

    @api.post("/letters/{letter}/retry", response_model=SeenTo)
    async def retry(letter: Name, request: Request, how: Retry | None = None) -> Any:
        """Have it tried again, in the order of its stream, now that its cause is gone; what waits behind it follows by itself."""
        request.state.reason = letter
        return await see_to(request, letter, "retry", even_late=how.even_late if how is not None else False)

    @api.post("/letters/{letter}/discard", response_model=SeenTo)
    async def discard(letter: Name, why: Discard, request: Request) -> Any:
        """Take it as done, although it is not: what waits behind it goes on without it."""
        request.state.reason = why.reason
        return await see_to(request, letter, "discard", because=why.reason)


def _what_if(api: APIRouter, operators: Operators) -> None:
    @api.post("/whatif", response_model=Run, status_code=202)
    async def begin(asked: WhatIf, request: Request) -> Any:
        """What would have come of a time under other settings, or with other agents? The run goes on by itself, one at a time; it and what comes
        of it are kept. First what happened must come out again with the settings as they were: else there is no answer."""
        who, _ = operators.who(request)
        question = o.AskWhatIf(
            tenant=who.tenant,
            settings=asked.settings,
            agents=asked.agents,
            factor=asked.factor,
            since=asked.from_,
            until=asked.until,
        )
        return await operators.ask(who, question)

    @api.get("/whatif", response_model=Runs)
    async def runs(request: Request) -> Any:
        """What was asked, by whom, and whether it is answered."""
        who, _ = operators.who(request)
        return await operators.ask(who, o.AskRuns(tenant=who.tenant))

    @api.get("/whatif/{run}", response_model=Runs)
    async def run(run: Name, request: Request) -> Any:
        """One of them, with its result: before and after, by queue and kind and for all (both empty), with intervals; and what is taken for granted."""
        who, _ = operators.who(request)
        return await operators.ask(who, o.AskRuns(tenant=who.tenant, run=run))
