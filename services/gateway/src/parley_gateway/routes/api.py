"""The HTTP side of the public protocol: what all routes share."""

from __future__ import annotations

import logging

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from parley_chassis.store import StoreDown
from parley_contracts.refusal import Refused
from starlette.exceptions import HTTPException

from .admin_agent_routes import admin_agent_routes
from .admin_audit_routes import admin_audit_routes
from .admin_login_routes import admin_login_routes
from .admin_mailbox_routes import admin_mailbox_routes
from .admin_page_routes import admin_page_routes
from .admin_queue_routes import admin_queue_routes
from .admin_service_routes import admin_service_routes
from .admin_settings_routes import admin_settings_routes
from .audited import Audited
from .contact_export_routes import contact_export_routes
from .contact_import_routes import contact_import_routes
from .contact_routes import contact_routes
from .desk_routes import desk_routes
from .identity_key_routes import identity_routes
from .item_routes import item_routes
from .login_routes import login_routes
from .mail_routes import mail_in_routes, mail_routes
from .oidc_routes import admin_oidc_routes, oidc_routes
from .operator_routes import operator_routes
from .page_routes import page_routes
from .password_routes import password_routes
from .problems import PROBLEMS, problem
from .report_routes import report_routes
from .route_context import RouteContext
from .second_factor_routes import second_factor_routes
from .transcript_routes import transcript_routes
from .widget_file_routes import widget_file_routes
from .widget_routes import widget_routes

OWN = (login_routes, password_routes, second_factor_routes)
WORK = (item_routes, desk_routes, mail_routes, mail_in_routes, report_routes)
CRM = (contact_import_routes, contact_export_routes, contact_routes)
OPERATION = (operator_routes,)
ADMINISTRATION = (
    admin_queue_routes,
    admin_mailbox_routes,
    admin_service_routes,
    admin_agent_routes,
    admin_settings_routes,
    admin_login_routes,
    admin_oidc_routes,
    admin_audit_routes,
    identity_routes,
    admin_page_routes,
)

log = logging.getLogger("parley.gateway")


def build_api(context: RouteContext) -> FastAPI:
    """The application without its sockets and probes."""
    api = FastAPI(
        title="Parley",
        version="1",
        summary="Web chat for contact centres: one queue with calls.",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )
    api.add_middleware(Audited, context=context)

    @api.exception_handler(Refused)
    async def refused(request: Request, refusal: Refused) -> Response:
        return problem(refusal.code, refusal.message, **refusal.facts)

    @api.exception_handler(StoreDown)
    async def store_down(request: Request, error: StoreDown) -> Response:
        log.error("the store does not answer", extra={"path": request.url.path, "reason": str(error)})
        return problem("unavailable", "The system does not answer at the moment: try again in a moment.")

    @api.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        """A mistake of ours; the web server logs it."""
        return problem("unavailable", "This could not be done: tell the operators when it was.", status=500)

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or "body"
        return problem("bad_request", f"{field}: {first['msg']}")

    @api.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 405: "bad_request"}.get(error.status_code, "bad_request")
        return problem(code, str(error.detail))

    _include_routes(api, context)
    return api


def _include_routes(api: FastAPI, context: RouteContext) -> None:
    async def anybody(request: Request) -> None:
        await context.look_up(request)

    async def somebody(request: Request) -> None:
        await context.look_up(request)
        context.identity(request)

    async def operators(request: Request) -> None:
        await context.look_up(request)
        context.identity(request, "ops")

    async def administrators(request: Request) -> None:
        await context.look_up(request)
        context.admin(request)

    # Who it is, is asked before what they send is looked at: strangers are not told what is wrong with it.
    for who, rooms in (
        (anybody, OWN),
        (somebody, (*WORK, *CRM)),
        (operators, OPERATION),
        (administrators, ADMINISTRATION),
    ):
        for routes in rooms:
            api.include_router(routes(context), dependencies=[Depends(who)])
    for open_to_all in (oidc_routes, widget_routes, transcript_routes):
        api.include_router(open_to_all(context))
    for files in (widget_file_routes, page_routes):
        api.include_router(files())
