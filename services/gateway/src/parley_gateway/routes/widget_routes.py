"""What a page's widget asks over HTTP: what there is behind a token (R2), and to leave a message (R8)."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.clock import system_clock
from parley_contracts import contact_values as judge
from parley_contracts.commands import AddItem, AskItem
from parley_contracts.contact_values import Judged
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from parley_contracts.subject import subject_of
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..contacts.contact_checks import Email
from ..contacts.optional_texts import as_usable, language_tag
from ..domain.directory import ServiceSet
from ..tenants.access import check_origin
from ..tenants.callers import Caller
from ..typed import MOST_BYTES, Clean, Id, MessageText, Short
from .problems import problem
from .route_context import RouteContext

NAME_CHARACTERS = 200

Answer = TypeVar("Answer", bound=Response)


def _called(text: str) -> Judged:
    """A name that can stand before an address."""
    return judge.line(re.sub(r"[<>]", " ", text), NAME_CHARACTERS)


class NewMessage(BaseModel):
    """What a visitor leaves; `id` is the client's own, so that it can be sent again."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    id: Id
    text: MessageText
    email: Email
    name: Annotated[Short | None, as_usable(_called)] = None
    language: Annotated[Annotated[Clean, Field(max_length=35)] | None, as_usable(language_tag)] = None


class MessageLeft(Shape):
    """The item that the message has become."""

    item: str


class ServiceShown(Shape):
    """A chat service as its widget needs it; `reason` says why it is not available, `opens_at` when it opens again, and
    `leave_message` that a message can be left. `consent`: what to ask visitors to agree to before a chat, `privacy_url`:
    where more about it is said; what was agreed to goes along as `consent` of `start`. `mail`: transcripts can be sent."""

    name: str
    greeting: str
    languages: tuple[str, ...]
    available: bool
    reason: str | None = None
    opens_at: str | None = None
    leave_message: bool | None = None
    consent: str | None = None
    privacy_url: str | None = None
    mail: bool | None = None


def widget_routes(context: RouteContext) -> APIRouter:
    """The public routes."""
    api = APIRouter()

    def found(token: str) -> tuple[str, ServiceSet]:
        service = context.directories.by_token(token)
        if service is None:
            raise Refused("unknown_token", "This token names no chat service: check the snippet.")
        return service

    @api.get("/v1/services/{token}", response_model=ServiceShown, response_model_exclude_none=True, tags=["widget"])
    async def service(
        token: str, request: Request, response: Response, language: Annotated[str, Query(max_length=35)] = ""
    ) -> Any:
        """What a widget shows before a chat: name, greeting, languages, and whether a chat can start now (R2). `language`: the visitor's; greeting, consent
        and privacy notice are in it, where the service has them so."""
        origin = request.headers.get("origin")
        try:
            tenant, service = found(token)
            if origin is not None:
                _check_calling(tenant, service, context.caller(request))
        except Refused as refusal:
            return readable_by_page(problem(refusal.code, refusal.message, **refusal.facts), origin)
        context.snippet_calls.heard(tenant, service.service, origin, True)
        readable_by_page(response, origin)
        told = {name: getattr(service, name) for name in ("greeting", "consent", "privacy_url")} | spoken(
            service, language
        )
        shown: dict[str, Any] = {"name": service.name, "greeting": told["greeting"], "languages": service.languages}
        shown |= {"consent": told["consent"] or None, "privacy_url": told["privacy_url"] or None}
        shown |= {"mail": True if context.sends_mail() else None}
        try:
            await context.admission.admit(tenant, service)
        except Refused as refusal:
            opens_at = refusal.facts.get("opens_at")
            return ServiceShown(**shown, available=False, reason=refusal.code, opens_at=opens_at, leave_message=True)
        return ServiceShown(**shown, available=True)

    def _check_calling(tenant: str, service: ServiceSet, caller: Caller) -> None:
        """The administrator who has just pasted the snippet sees that it called, also where it was refused (R27)."""
        try:
            check_origin(service, caller)
        except Refused:
            context.snippet_calls.heard(tenant, service.service, caller.origin, False)
            raise

    @api.options("/v1/services/{token}/messages", include_in_schema=False)
    async def may_leave(token: str, request: Request) -> Response:
        """Whether a page of another origin may ask at all: the answer to its asking says whether it may have it."""
        allowed = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Max-Age": "600",
        }
        return readable_by_page(Response(status_code=204, headers=allowed), request.headers.get("origin"))

    @api.post(
        "/v1/services/{token}/messages",
        status_code=201,
        response_model=None,
        responses={200: {"model": MessageLeft}, 201: {"model": MessageLeft}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": NewMessage.model_json_schema()}},
            }
        },
        tags=["widget"],
    )
    async def leave_message(token: str, request: Request) -> Response:
        """A visitor leaves a message, which becomes an `email` item in the service's queue (R8). The same `id` again gets
        the same item, with 200."""
        origin = request.headers.get("origin")
        try:
            tenant, service = found(token)
            check_origin(service, context.caller(request))
            context.limits.leave_message(context.address(request), token, system_clock())
            status, item = await _leave(tenant, service, read_message(await request.body()))
        except Refused as refusal:
            return readable_by_page(problem(refusal.code, refusal.message, **refusal.facts), origin)
        return readable_by_page(JSONResponse({"item": item}, status_code=status), origin)

    async def _leave(tenant: str, service: ServiceSet, message: NewMessage) -> tuple[int, str]:
        item = context.access.message_of(tenant, service.service, message.id)
        known = await context.ask_router_itself(AskItem(tenant=tenant, item=item, forgiving=True))
        sender = f"{message.name} <{message.email}>" if message.name else message.email
        command = AddItem(
            tenant=tenant,
            item=item,
            kind="email",
            queue=service.queue,
            name=sender if len(sender) <= NAME_CHARACTERS else message.email,
            subject=subject_of(message.text),
            text=message.text,
            language=message.language,
            skills=service.skills,
            receipt=True,
        )
        await context.ask_router_itself(command, id=item)
        return (200 if known.get("item") else 201), item

    return api


def spoken(service: ServiceSet, language: str) -> dict[str, str]:
    """What the service tells visitors of this language; of `de-AT`, what it has for that or else for `de`."""
    asked = language.lower()
    for wanted in dict.fromkeys((asked, asked.partition("-")[0])):
        for each in service.translations:
            if each["language"].lower() == wanted:
                return {name: text for name, text in each.items() if name != "language" and text}
    return {}


def readable_by_page(response: Answer, origin: str | None) -> Answer:
    """The answer, refusals too, is for the page to read: it tells its visitors."""
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin"
    return response


def read_message(body: bytes) -> NewMessage:
    """The message in a body, which is as long as a frame at most. Raises Refused `bad_request`, `too_long`."""
    if len(body) > MOST_BYTES:
        raise Refused("too_long", f"A message has at most {MOST_BYTES} bytes.")
    try:
        return NewMessage.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        code: Any = "too_long" if first["type"] == "too_long" and field == "text" else "bad_request"
        raise Refused(code, f"{field or 'body'}: {first['msg']}") from None
