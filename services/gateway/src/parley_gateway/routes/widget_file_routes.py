"""How the widget's files are served: small, to pages of any origin, and not again where the browser has them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from parley_contracts.refusal import Refused

from ..pages.widget_files import language, pinned, widget
from .file_answer import answer

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
FOR_MINUTES = "max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"
SCRIPT = "text/javascript; charset=utf-8"


def widget_file_routes() -> APIRouter:
    """The script that the snippet loads, and what belongs to it."""
    api = APIRouter(tags=["widget"])

    @api.get("/widget.js", response_class=Response)
    async def script(request: Request) -> Response:
        """The script that the snippet loads."""
        return answer(request, widget(), SCRIPT, {**HEADERS, "Cache-Control": FOR_MINUTES})

    @api.get("/widget/pinned/{hash}.js", response_class=Response)
    async def pinned_script(hash: str, request: Request) -> Response:
        """One version of the script, for ever the same: pages name its hash in `integrity`."""
        file = pinned(hash)
        if file is None:
            raise Refused("not_found", "There is no such version of the widget.")
        return answer(request, file, SCRIPT, {**HEADERS, "Cache-Control": FOR_EVER})

    @api.get("/widget/{name}.json", response_class=Response, responses={204: {"description": "No such language"}})
    async def texts(name: str, request: Request) -> Response:
        """The widget's texts in a language other than German and English. None of that language: an empty answer, which
        leaves no trace in the console of the page that asks."""
        file = language(name)
        if file is None:
            return Response(status_code=204, headers={**HEADERS, "Cache-Control": FOR_MINUTES})
        return answer(request, file, "application/json", {**HEADERS, "Cache-Control": FOR_MINUTES})

    return api
