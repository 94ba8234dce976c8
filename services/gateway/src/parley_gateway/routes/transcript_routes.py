"""Where the link of a letter leads that asks whether somebody wants a transcript. Opening it says nothing yet: mail servers do so, too."""

from __future__ import annotations

from html import escape
from typing import Literal, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from parley_contracts.contacts import ConfirmTranscript
from parley_contracts.refusal import HTTP_STATUS, Refused
from parley_contracts.topology import CRM_QUESTIONS

from .route_context import RouteContext

POLICY = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}


class Words(NamedTuple):
    language: str
    title: str
    asks: str
    yes: str
    sent: str
    gone: str


WORDS = {
    "en": Words(
        "en",
        "Your chat",
        "Shall we send the transcript of your chat to the address at which you got this link?",
        "Yes, send it",
        "The transcript is on its way to you.",
        "This link is not valid any more: ask for the transcript again.",
    ),
    "de": Words(
        "de",
        "Ihr Chat",
        "Sollen wir den Verlauf Ihres Chats an die Adresse schicken, an die Sie diesen Link bekommen haben?",
        "Ja, bitte schicken",
        "Der Verlauf ist auf dem Weg zu Ihnen.",
        "Dieser Link gilt nicht mehr: Lassen Sie sich den Verlauf noch einmal schicken.",
    ),
}


def transcript_routes(context: RouteContext) -> APIRouter:
    """A page with a button, and what the button does."""
    api = APIRouter(include_in_schema=False)

    @api.get("/v1/transcripts/{code}")
    async def ask(code: str, language: Literal["de", "en"] = "en") -> Response:
        """Whether they want it."""
        words = WORDS[language]
        form = f'<form method="post"><button>{escape(words.yes)}</button></form>'
        return _page(words, f"<p>{escape(words.asks)}</p>{form}")

    @api.post("/v1/transcripts/{code}")
    async def confirm(code: str, request: Request, language: Literal["de", "en"] = "en") -> Response:
        """They do."""
        words = WORDS[language]
        try:
            command = ConfirmTranscript(tenant="", code=code[:64])
            await context.link.ask(CRM_QUESTIONS, command, "system", "system")
        except Refused as refusal:
            told = words.gone if refusal.code == "not_found" else refusal.message
            return _page(words, f"<p>{escape(told)}</p>", HTTP_STATUS[refusal.code])
        return _page(words, f"<p>{escape(words.sent)}</p>")

    return api


def _page(words: Words, body: str, status: int = 200) -> Response:
    head = f'<!doctype html><html lang="{words.language}"><meta charset="utf-8"><title>{escape(words.title)}</title>'
    view = '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
    return HTMLResponse(f"{head}{view}<main><h1>{escape(words.title)}</h1>{body}</main>", status, headers=HEADERS)
