"""The HTTP side of the public protocol. Refusals are RFC 9457 problems with the same codes as on the sockets."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from parley_chassis.clock import system_clock
from parley_contracts.commands import AddItem, AskInteraction, AskItem, AskQueue, EndItem, PutQueue
from parley_contracts.refusal import CODES, HTTP_STATUS, Refused
from parley_contracts.shapes import Item, Key, QueueSettings, Shape
from parley_contracts.topology import CRM_QUESTIONS, floor_stream, partition_of, router_inbox
from pydantic import ConfigDict, Field
from starlette.exceptions import HTTPException

from .access import COOKIE, Access, Identity, check_origin, require
from .directories import Directories
from .domain.directory import ServiceSet, SettingsSet
from .floors import Floors
from .frames import Clean
from .link import Link

WEB = Path(__file__).parent / "web"

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin"}


class Login(Shape):
    """Who logs in."""

    tenant: str = Field(min_length=1, max_length=64)
    user: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1_000)


class LoggedIn(Shape):
    """`token` for `Authorization: Bearer`; a cookie is set as well."""

    token: str
    role: str
    agent: str
    name: str


class ServiceShown(Shape):
    """A chat service as its widget needs it; `reason` says why it is not available."""

    name: str
    greeting: str
    languages: tuple[str, ...]
    available: bool
    reason: str | None = None


class NewItem(Shape):
    """A call, an e-mail or a task; `item` is the source's own name for it, made here where it has none."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    item: Key | None = None
    kind: Literal["call", "email", "task"]
    queue: Key
    subject: Annotated[Clean, Field(max_length=200)] | None = None
    from_: Annotated[Clean, Field(max_length=200)] | None = Field(None, alias="from")
    priority: int | None = Field(None, ge=0, le=1000)


class TenantSettings(Shape):
    """What an administrator sets for the whole tenant; seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_grace_s: int = Field(60, ge=0, le=86_400)
    visitor_absence_s: int = Field(300, ge=1, le=86_400)
    languages: tuple[str, ...] = ("de", "en")
    classifications: tuple[str, ...] = ()


class Problem(Shape):
    """RFC 9457, with the stable code."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description=f"One of {', '.join(CODES)}")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "Refused, with a code"},
    "5XX": {"model": Problem, "description": "Not possible now, with a code"},
}


def problem(code: str, message: str, **facts: Any) -> JSONResponse:
    """A refusal as an HTTP answer."""
    status = HTTP_STATUS[code]
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
    }
    headers = {"Retry-After": str(facts["retry_after_s"])} if "retry_after_s" in facts else None
    return JSONResponse({**body, **facts}, status_code=status, media_type="application/problem+json", headers=headers)


def build_api(access: Access, directories: Directories, floors: Floors, link: Link, secure_cookies: bool) -> FastAPI:
    """The application without its sockets and probes."""
    api = FastAPI(
        title="Parley",
        version="1",
        summary="Web chat for contact centres: one queue with calls.",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )

    @api.exception_handler(Refused)
    async def refused(request: Request, refusal: Refused) -> Response:
        return problem(refusal.code, refusal.message, **refusal.facts)

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or "body"
        return problem("bad_request", f"{field}: {first['msg']}")

    @api.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 405: "bad_request"}.get(error.status_code, "bad_request")
        return problem(code, str(error.detail))

    def identity(request: Request, *roles: str) -> Identity:
        return require(access.identify(request.headers, request.cookies), *roles)

    def router_of(tenant: str) -> str:
        return router_inbox(partition_of(floor_stream(tenant)))

    # --- logging in ---------------------------------------------------------------------------------------------------

    @api.post("/v1/login", response_model=LoggedIn, tags=["login"])
    async def log_in(login: Login, response: Response) -> LoggedIn:
        """A signed login, as a token and as a cookie for the same origin."""
        token, who = await access.log_in(login.tenant, login.user, login.password)
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure_cookies, path="/")
        return LoggedIn(token=token, role=who.role, agent=who.user, name=who.name)

    @api.post("/v1/logout", status_code=204, tags=["login"])
    async def log_out(response: Response) -> None:
        """Forget the cookie. An agent logs out of work on the socket."""
        response.delete_cookie(COOKIE, path="/")

    # --- the widget ---------------------------------------------------------------------------------------------------

    @api.get("/v1/services/{token}", response_model=ServiceShown, response_model_exclude_none=True, tags=["widget"])
    async def service(token: str, request: Request, response: Response) -> Any:
        """What a widget shows before a chat: name, greeting, languages, and whether a chat can start now (R2)."""
        origin = request.headers.get("origin")
        # A refusal is for the page to read as well: it tells its visitors why.
        readable = {} if origin is None else {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        try:
            tenant, found = _service(token)
            if origin is not None:
                check_origin(found, origin, request.headers.get("host", ""))
        except Refused as refusal:
            answer = problem(refusal.code, refusal.message, **refusal.facts)
            answer.headers.update(readable)
            return answer
        response.headers.update(readable)
        shown = {"name": found.name, "greeting": found.greeting, "languages": found.languages}
        try:
            (await floors.of(tenant)).admit(found.queue)
        except Refused as refusal:
            return ServiceShown(**shown, available=False, reason=refusal.code)
        return ServiceShown(**shown, available=True)

    def _service(token: str) -> tuple[str, ServiceSet]:
        found = directories.by_token(token)
        if found is None:
            raise Refused("unknown_token", "This token names no chat service: check the snippet.")
        return found

    # --- items and interactions ---------------------------------------------------------------------------------------

    @api.get("/v1/items/{item}", response_model=None, responses={200: {"model": Item}}, tags=["items"])
    async def item(item: str, request: Request) -> Any:
        """A work item as it stands now (R17: its timers)."""
        who = identity(request, "source", "agent", "supervisor", "admin", "ops")
        command = AskItem(tenant=who.tenant, item=item)
        reply = await link.ask(router_of(who.tenant), command, who.role, who.user)
        return (reply.ack or {})["item"]

    @api.post("/v1/items", status_code=201, response_model=None, responses={201: {"model": Item}}, tags=["items"])
    async def add_item(new: NewItem, request: Request, response: Response) -> Any:
        """A call, an e-mail or a task enters a queue (R3); the same `item` again gets the same, with 200."""
        who = identity(request, "source")
        name = new.item or uuid4().hex
        known = await link.ask(
            router_of(who.tenant), AskItem(tenant=who.tenant, item=name, forgiving=True), who.role, who.user
        )
        command = AddItem(
            tenant=who.tenant,
            item=name,
            kind=new.kind,
            queue=new.queue,
            priority=new.priority,
            subject=new.subject,
            name=new.from_,
        )
        reply = await link.ask(router_of(who.tenant), command, who.role, who.user)
        if (known.ack or {}).get("item"):
            response.status_code = 200
        return (reply.ack or {})["item"]

    @api.post("/v1/items/{item}/ended", response_model=None, responses={200: {"model": Item}}, tags=["items"])
    async def end_item(item: str, request: Request) -> Any:
        """The call is over, or its caller has given up."""
        who = identity(request, "source")
        reply = await link.ask(router_of(who.tenant), EndItem(tenant=who.tenant, item=item), who.role, who.user)
        return (reply.ack or {})["item"]

    @api.get("/v1/interactions/{item}", tags=["contacts"])
    async def interaction(item: str, request: Request) -> dict[str, Any]:
        """An interaction of the CRM with its transcript: [{`seq`, `at`, `from`, `name`?, `text`}] (R25)."""
        who = identity(request, "agent", "supervisor", "admin", "ops")
        command = AskInteraction(tenant=who.tenant, item=item)
        reply = await link.ask(CRM_QUESTIONS, command, who.role, who.user)
        return reply.ack or {}

    # --- administration -----------------------------------------------------------------------------------------------

    @api.get("/v1/admin/queues", tags=["administration"])
    async def queues(request: Request) -> dict[str, Any]:
        """All queues with their settings (R5)."""
        who = identity(request, "admin")
        reply = await link.ask(router_of(who.tenant), AskQueue(tenant=who.tenant), who.role, who.user)
        return reply.ack or {}

    @api.get("/v1/admin/queues/{queue}", tags=["administration"])
    async def queue(queue: str, request: Request) -> dict[str, Any]:
        """A queue's settings (R5)."""
        who = identity(request, "admin")
        reply = await link.ask(router_of(who.tenant), AskQueue(tenant=who.tenant, queue=queue), who.role, who.user)
        return {name: value for name, value in (reply.ack or {}).items() if name != "queue"}

    @api.put("/v1/admin/queues/{queue}", tags=["administration"])
    async def put_queue(queue: str, settings: QueueSettings, request: Request) -> dict[str, Any]:
        """Create or change a queue; effective at once, and an event with who and when (R5)."""
        who = identity(request, "admin")
        if not 0 < len(queue) <= 64 or not queue.isprintable() or "/" in queue:
            raise Refused("bad_request", "queue: 1 to 64 printable characters, no slash.")
        unknown = [name for name in settings.agents if name not in directories.tenants[who.tenant].users]
        if unknown:
            raise Refused("bad_request", f"agents: there is no user {', '.join(unknown)}: create them first.")
        command = PutQueue(tenant=who.tenant, queue=queue, settings=settings)
        await link.ask(router_of(who.tenant), command, who.role, who.user)
        return settings.model_dump(mode="json")

    @api.get("/v1/admin/settings", tags=["administration"])
    async def settings(request: Request) -> TenantSettings:
        """The tenant's settings (R21, R22)."""
        who = identity(request, "admin")
        return TenantSettings.model_validate(directories.tenants[who.tenant].settings, from_attributes=True)

    @api.put("/v1/admin/settings", tags=["administration"])
    async def put_settings(settings: TenantSettings, request: Request) -> TenantSettings:
        """Change the tenant's settings; they hold for every connection and chat from now on."""
        who = identity(request, "admin")
        changed = SettingsSet(at=system_clock(), by=who.user, **settings.model_dump())
        await directories.change(who.tenant, changed)
        return settings

    # --- pages --------------------------------------------------------------------------------------------------------

    def page(name: str) -> FileResponse:
        headers = {**HEADERS, "Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
        return FileResponse(WEB / name, headers=headers)

    @api.get("/", include_in_schema=False)
    async def shop() -> Response:
        return page("shop.html")

    @api.get("/desk", include_in_schema=False)
    async def desk() -> Response:
        return page("desk.html")

    @api.get("/widget.js", tags=["widget"], response_class=Response)
    async def widget() -> Response:
        """The script that the snippet loads."""
        headers = {**HEADERS, "Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "max-age=300"}
        return FileResponse(WEB / "widget.js", media_type="text/javascript", headers=headers)

    @api.get("/assets/{path:path}", include_in_schema=False)
    async def asset(path: str) -> Response:
        found = (WEB / "assets" / path).resolve()
        if not found.is_relative_to(WEB / "assets") or not found.is_file():
            raise Refused("not_found", "There is no such file.")
        return FileResponse(found, headers={**HEADERS, "Cache-Control": "no-cache"})

    return api
