"""What of HTTP goes into the audit log: decided here for every route, and done around them all.

A route outside the administration that is neither in this table nor excused by name is found by a test. Who is turned away
(401, 403) is noted whatever they asked for.
"""

from __future__ import annotations

from typing import Any

from parley_chassis.store import StoreDown
from starlette.requests import Request

from ..domain.audit import Entry
from ..domain.identity import Identity
from ..tenants.audit import Audit
from .problems import problem
from .route_context import RouteContext

LOGIN = "login"
AUDITED = {
    "POST /v1/login": LOGIN,
    "GET /v1/oidc/callback": LOGIN,
    "POST /v1/logout": "logout",
    "DELETE /v1/logins": "logins.ended",
    "DELETE /v1/logins/{login}": "logins.ended",
    "DELETE /v1/admin/agents/{agent}/logins": "logins.ended",
    "DELETE /v1/admin/agents/{agent}/logins/{login}": "logins.ended",
    "PUT /v1/password": "password.changed",
    "POST /v1/password/forgotten": "password.forgotten",
    "POST /v1/links/use": "password.set",
    "POST /v1/admin/agents/{agent}/link": "password.link",
    "PUT /v1/second_factor": "second_factor.set",
    "POST /v1/second_factor/recovery_codes": "second_factor.codes",
    "POST /v1/second_factor/end": "second_factor.ended",
    "DELETE /v1/admin/agents/{agent}/second_factor": "second_factor.ended",
    "GET /v1/interactions": "transcripts.searched",
    "GET /v1/interactions/{item}": "transcript.read",
    "GET /v1/interactions/{item}/transcript": "transcript.read",
    "POST /v1/interactions/{item}/transcript": "transcript.sent",
    "GET /v1/mails/{item}/{seq}": "mail.read",
    "GET /v1/mails/{item}/{seq}/page": "mail.read",
    "GET /v1/mails/{item}/{seq}/original": "mail.file",
    "GET /v1/mails/{item}/{seq}/files/{number}": "mail.file",
    "GET /v1/contacts/{contact_id}/interactions": "history.read",
    "GET /v1/contacts/export": "contacts.exported",
    "POST /v1/contacts/import": "contacts.imported",
    "GET /v1/admin/audit": "audit.read",
    "POST /v1/ops/letters/{letter}/retry": "letter.retried",
    "POST /v1/ops/letters/{letter}/discard": "letter.discarded",
}
"""By method and path: the action; a route whose requests are noted only when they reveal something says so itself (`request.state.action`). What changes settings is in the list of changes (R5), and not here a second time."""

TRIED = {401, 403, 429}
"""What of an audited route is noted when it is refused: what is merely mistyped is not."""
REFUSED = {401, 403}


class Audited:
    """An application with the audit log around it."""

    def __init__(self, app: Any, context: RouteContext) -> None:
        self._app, self._context = app, context

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        dropped = False

        async def answer(event: Any) -> None:
            nonlocal dropped
            if event["type"] == "http.response.start":
                told = getattr(Request(scope).state, "action", None)
                action = told or AUDITED.get(f"{scope['method']} {path_of(scope)}")
                dropped = not await _kept(self._context.audit, action, scope, event["status"])
                if dropped:
                    instead = problem("unavailable", "The system does not answer at the moment: try again in a moment.")
                    await instead(scope, receive, send)
            if not dropped:
                await send(event)

        await self._app(scope, receive, answer)


def path_of(scope: Any) -> str:
    """The path of the route that a request has come to, as it was declared; empty where it came to none."""
    return getattr(scope.get("route"), "path", "")


async def _kept(audit: Audit, action: str | None, scope: Any, status: int) -> bool:
    """Whether it may be answered."""
    state = Request(scope).state
    refusal = getattr(state, "refused", None)
    if status < 400 and refusal is None:
        if action is None:
            return True
        try:
            await audit.keep(_entry(audit, action, scope, "ok"))
        except StoreDown:
            return False
    elif refusal is not None or status in (REFUSED if action is None else TRIED):
        audit.note(_entry(audit, action or "denied", scope, str(refusal or status)))
    return True


def denied_socket(audit: Audit, who: Identity | None, address: str, roles: tuple[str, ...], code: str) -> Entry:
    """Somebody was turned away who wanted a socket for these roles."""
    tenant, user, role, login = (who.tenant, who.user, who.role, who.login) if who is not None else ("", "", "", "")
    about = f"the socket of {' or '.join(roles)}"
    return Entry("", audit.clock(), tenant, user, role, login, address, "denied", about, code, "")


def _entry(audit: Audit, action: str, scope: Any, outcome: str) -> Entry:
    state = Request(scope).state
    who = getattr(state, "login", None)
    tenant, user = getattr(state, "about", None) or (who[:2] if isinstance(who, Identity) else ("", ""))
    role, login = (who.role, who.login) if isinstance(who, Identity) else ("", "")
    address = scope["client"][0] if scope.get("client") else ""
    about = f"{scope['method']} {scope['path']}"[:300]
    return Entry(
        "", audit.clock(), tenant, user, role, login, address, action, about, outcome, getattr(state, "reason", "")
    )
