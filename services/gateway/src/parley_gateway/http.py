"""The HTTP side of the public protocol: what all routes share, and logging in."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from pydantic import Field
from starlette.exceptions import HTTPException

from .access import COOKIE
from .http_admin import admin_routes
from .http_admin_pages import admin_page_routes
from .http_contact_files import contact_file_routes
from .http_contacts import contact_routes
from .http_desk import desk_routes
from .http_identity import identity_routes
from .http_items import item_routes
from .http_pages import page_routes
from .http_widget import widget_routes
from .http_widget_files import widget_file_routes
from .means import Means
from .problems import PROBLEMS, problem


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


def build_api(means: Means, secure_cookies: bool = False) -> FastAPI:
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

    # --- logging in ---------------------------------------------------------------------------------------------------

    @api.post("/v1/login", response_model=LoggedIn, tags=["login"])
    async def log_in(login: Login, response: Response) -> LoggedIn:
        """A signed login, as a token and as a cookie for the same origin."""
        token, who = await means.access.log_in(login.tenant, login.user, login.password)
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure_cookies, path="/")
        return LoggedIn(token=token, role=who.role, agent=who.user, name=who.name)

    @api.post("/v1/logout", status_code=204, tags=["login"])
    async def log_out(response: Response) -> None:
        """Forget the cookie. An agent logs out of work on the socket."""
        response.delete_cookie(COOKIE, path="/")

    crm = (contact_file_routes, contact_routes)
    administration = (admin_routes, identity_routes, admin_page_routes)
    for routes in (widget_routes, item_routes, desk_routes, *crm, *administration):
        api.include_router(routes(means))
    for files in (widget_file_routes, page_routes):
        api.include_router(files())

    return api
