"""The customer's mailbox in the demonstration, at `/mailbox`: what has come to a made-up address, and a form to write from it. Plain HTML, without a script."""

from __future__ import annotations

import asyncio
import smtplib
from datetime import UTC, datetime
from email.utils import make_msgid
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from parley_gateway.pages.web_files import Served, page
from parley_gateway.routes.file_answer import answer
from parley_gateway.routes.page_routes import HEADERS, HTML, PAGE_POLICY
from parley_mail import writing
from parley_mail.reading import read
from parley_mail.refusals import MailRefused
from parley_mail.values import Address, ReadMail
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .storage import Mails, NotKept, address_of

AT = "/mailbox"
USUAL = "lena@example.net"
POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
MOST_SHOWN = 100
LONGEST = 20_000
MOST_BYTES = 200_000

WORDS = {
    "en": {
        "title": "A customer's mailbox",
        "lead": "Mails of this demonstration stay on this machine. Any made-up address has a mailbox: somebody@example.net, …@example.org, …@example.com.",
        "address": "Mailbox of",
        "open": "Open",
        "none": "Nothing has come yet.",
        "from": "From",
        "subject": "Subject",
        "write": "Write to the company",
        "reply": "Reply",
        "to": "To",
        "text": "Text",
        "send": "Send",
        "sent": "It is sent.",
        "files": "Files",
        "back": "All mails",
        "refused": "This cannot be sent: ",
        "unreadable": "This mail cannot be shown.",
    },
    "de": {
        "title": "Das Postfach eines Kunden",
        "lead": "Mails dieser Vorführung bleiben auf diesem Rechner. Jede erfundene Adresse hat ein Postfach: jemand@example.net, …@example.org, …@example.com.",
        "address": "Postfach von",
        "open": "Öffnen",
        "none": "Es ist noch nichts gekommen.",
        "from": "Von",
        "subject": "Betreff",
        "write": "An das Unternehmen schreiben",
        "reply": "Antworten",
        "to": "An",
        "text": "Text",
        "send": "Senden",
        "sent": "Es ist gesendet.",
        "files": "Dateien",
        "back": "Alle Mails",
        "refused": "Das kann nicht gesendet werden: ",
        "unreadable": "Diese Mail kann nicht gezeigt werden.",
    },
}
STYLE = (
    "body{font:15px/1.5 var(--font,system-ui);margin:0;background:var(--ground);color:var(--text)}main{max-width:720px;margin:0 auto;padding:24px 16px}"
    "input,textarea,select{font:inherit;width:100%;box-sizing:border-box;padding:8px;border:1px solid var(--edge);border-radius:6px;background:var(--surface);color:inherit}"
    "label{display:block;margin-top:12px}button{font:inherit;margin-top:12px;padding:8px 16px;border-radius:6px;border:1px solid var(--accent);background:var(--accent);color:var(--on-accent)}"
    "li{margin:0 0 8px}ul{list-style:none;padding:0}a{color:var(--accent)}.text{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--surface);padding:12px;border-radius:8px}"
    "article{margin-bottom:24px}"
)


class CustomersMailbox:
    """The page before the product's own application, and the shop with a link to it. `company`: whom customers write to."""

    def __init__(self, app: Any, mails: Mails, smtp_port: int, company: tuple[str, ...]) -> None:
        self._app, self._mails, self._smtp_port, self._company = app, mails, smtp_port, company
        self._pages = Starlette(
            routes=[Route("/", _shop), Route(AT, self._show), Route(f"{AT}/send", self._send, methods=["POST"])],
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        ours = scope["type"] == "http" and (scope["path"] in ("/", AT) or scope["path"].startswith(f"{AT}/"))
        await (self._pages if ours else self._app)(scope, receive, send)

    async def _show(self, request: Request) -> Response:
        words = _words(request)
        asked = request.query_params
        try:
            address = address_of(asked.get("address") or USUAL)
            if "mail" in asked:
                body = await self._one(address, int(asked["mail"]), words)
            else:
                body = await self._list(address, words)
        except (NotKept, ValueError, FileNotFoundError) as error:
            return _page(words, f"<p role=alert>{escape(str(error))}</p>", 400)
        told = f"<p role=status>{words['sent']}</p>" if "sent" in asked else ""
        return _page(words, told + body)

    async def _list(self, address: str, words: dict[str, str]) -> str:
        found = await asyncio.to_thread(self._mails.shown, address, MOST_SHOWN)
        rows = "".join(
            f"<li><a href='{_at(address, each.uid)}'>{escape(each.subject or '–')}</a><br>{escape(each.sender)}, {each.arrived:%H:%M}</li>"
            for each in found
        )
        chosen = (
            f"<form action={AT}><label>{words['address']} <input name=address value='{escape(address)}' type=email></label>"
            f"<button>{words['open']}</button></form>"
        )
        listed = f"<ul data-testid=mails>{rows}</ul>" if rows else f"<p>{words['none']}</p>"
        return f"{chosen}{listed}<h2>{words['write']}</h2>{self._form(address, words, self._company, '', None)}"

    async def _one(self, address: str, uid: int, words: dict[str, str]) -> str:
        content = await asyncio.to_thread(self._mails.content, address, uid)
        back = f"<p><a href='{_at(address)}'>{words['back']}</a></p>"
        try:
            mail = await asyncio.to_thread(read, content)
        except MailRefused:
            return f"{back}<p>{words['unreadable']}</p>"
        files = "".join(f"<li>{escape(each.name)} ({each.type})</li>" for each in mail.attachments)
        sender = f"{mail.author.name} <{mail.author.address}>" if mail.author.name else mail.author.address
        subject = writing.answer_subject(mail.subject, "de" if words is WORDS["de"] else "en")
        return (
            f"{back}<article><h2>{escape(mail.subject)}</h2><p>{words['from']} {escape(sender)}</p>"
            f"<div class=text data-testid=text>{escape(mail.text)}</div>"
            + (f"<p>{words['files']}</p><ul>{files}</ul>" if files else "")
            + f"</article><h2>{words['reply']}</h2>"
            + self._form(address, words, (mail.author.address,), subject, mail)
        )

    def _form(
        self, address: str, words: dict[str, str], to: tuple[str, ...], subject: str, answered: ReadMail | None
    ) -> str:
        hidden = {"from": address}
        if answered is not None:
            hidden |= {"answers": answered.message_id, "references": " ".join(writing.references_for(answered))}
        kept = "".join(f"<input type=hidden name={name} value='{escape(value)}'>" for name, value in hidden.items())
        return (
            f"<form method=post action={AT}/send>{kept}"
            f"<label>{words['to']} <select name=to>{''.join(f'<option>{escape(each)}</option>' for each in to)}</select></label>"
            f"<label>{words['subject']} <input name=subject value='{escape(subject)}' maxlength=200 required></label>"
            f"<label>{words['text']} <textarea name=text rows=6 maxlength={LONGEST} required></textarea></label>"
            f"<button>{words['send']}</button></form>"
        )

    async def _send(self, request: Request) -> Response:
        words = _words(request)
        if request.headers.get("origin", "").split("//")[-1] != request.headers.get("host"):
            return _page(words, "<p role=alert>403</p>", 403)  # a page from elsewhere writes no mails here
        try:
            letter = _letter(await _fields(request))
            await asyncio.to_thread(self._out, letter)
        except (MailRefused, NotKept, ValueError, smtplib.SMTPException) as error:
            return _page(words, f"<p role=alert>{words['refused']}{escape(str(error))}</p>", 400)
        return RedirectResponse(f"{AT}?{urlencode({'address': letter.sender.address, 'sent': 1})}", 303)

    def _out(self, letter: writing.Letter) -> None:
        with smtplib.SMTP("127.0.0.1", self._smtp_port, timeout=30) as server:
            server.sendmail(letter.sender.address, [each.address for each in letter.to], writing.written(letter))


async def _shop(request: Request) -> Response:
    """The demonstration's shop, with a link to the customer's mailbox."""
    plain = page("shop.html").plain.decode()
    link = f' · <a href="{AT}">Customer’s mailbox</a></p>\n  </footer>'
    shop = Served.of(plain.replace("</p>\n  </footer>", link).encode())
    return answer(request, shop, HTML, {**HEADERS, "Cache-Control": "no-cache", "Content-Security-Policy": PAGE_POLICY})


async def _fields(request: Request) -> dict[str, str]:
    """A form as browsers send it. Raises ValueError."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise ValueError(f"1 - {LONGEST}")
    found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in found.items()}


def _letter(form: dict[str, str]) -> writing.Letter:
    """What the form says. Raises NotKept, ValueError, MailRefused."""
    said = {name: form.get(name, "") for name in ("from", "to", "subject", "text", "answers", "references")}
    if not said["text"].strip() or len(said["text"]) > LONGEST:
        raise ValueError(f"1 - {LONGEST}")
    address = address_of(said["from"])
    return writing.Letter(
        sender=Address(address.partition("@")[0].replace(".", " ").title(), address),
        to=(Address("", address_of(said["to"])),),
        subject=said["subject"],
        text=said["text"],
        message_id=make_msgid(domain=address.partition("@")[2]),
        date=datetime.now(UTC),
        in_reply_to=said["answers"],
        references=tuple(said["references"].split()),
    )


def _words(request: Request) -> dict[str, str]:
    return WORDS["de" if request.headers.get("accept-language", "").lower().startswith("de") else "en"]


def _at(address: str, uid: int | None = None) -> str:
    return escape(f"{AT}?address={quote(address)}" + ("" if uid is None else f"&mail={uid}"))


def _page(words: dict[str, str], body: str, status: int = 200) -> HTMLResponse:
    language = "de" if words is WORDS["de"] else "en"
    html = (
        f"<!doctype html><html lang={language}><head><meta charset=utf-8><meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<meta name=color-scheme content='light dark'><title>{words['title']}</title><link rel=stylesheet href=/assets/tokens.css><style>{STYLE}</style></head>"
        f"<body><main><h1>{words['title']}</h1><p>{words['lead']}</p>{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HTMLResponse(html, status, headers)
