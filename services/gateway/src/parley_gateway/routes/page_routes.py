"""Our own pages and what they load: the shop of the demonstration, desk, telephone, administration, operators,
supervisors."""

from __future__ import annotations

from mimetypes import guess_type

from fastapi import APIRouter, Request, Response
from parley_contracts.refusal import Refused

from ..pages.web_files import asset, page
from .file_answer import answer

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; media-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin"}
HTML = "text/html; charset=utf-8"
KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "woff2": "font/woff2"}
"""By suffix: what a machine's own table may not know."""
PAGES = {
    "/": "shop.html",
    "/desk": "desk.html",
    "/phone": "phone.html",
    "/admin": "admin.html",
    "/account": "account.html",
    "/ops": "ops.html",
    "/supervisor": "supervisor.html",
}


def page_routes() -> APIRouter:
    """The pages and their assets. A browser asks each time whether what it has is still right."""
    api = APIRouter(include_in_schema=False)
    asked = {**HEADERS, "Cache-Control": "no-cache"}

    async def show(request: Request) -> Response:
        return answer(request, page(PAGES[request.url.path]), HTML, {**asked, "Content-Security-Policy": PAGE_POLICY})

    for path in PAGES:
        api.add_api_route(path, show)

    @api.get("/assets/{path:path}")
    async def load(path: str, request: Request) -> Response:
        file = asset(path)
        if file is None:
            raise Refused("not_found", "There is no such file.")
        return answer(request, file, KINDS.get(path.rpartition(".")[2]) or guess_type(path)[0] or "text/plain", asked)

    return api
