"""A mail's HTML as a page for a sandboxed frame. It is made of the original each time: what is made safe today is as safe as today's rules."""

from __future__ import annotations

from parley_chassis.offload import Offload
from parley_contracts.refusal import Refused
from parley_mail.markup import with_pictures
from parley_mail.reading import read
from parley_mail.refusals import MailRefused

_calls = Offload("mail-pages")
"""One page at a time: a large one takes a second or two of the processor."""
_STYLE = "<style>body{font:14px/1.5 system-ui,sans-serif;margin:12px;color:#1d2b28;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}</style>"


async def page_of(raw: bytes) -> str:
    """The page. Raises Refused `not_found`."""
    return await _calls(_page, raw)


def _page(raw: bytes) -> str:
    try:
        mail = read(raw)
    except MailRefused as refused:
        raise Refused("not_found", f"This mail cannot be shown: {refused.sentence}") from None
    pictures = {each.content_id: (each.type, each.content) for each in mail.attachments if each.content_id}
    return f"<!doctype html><meta charset=utf-8><title>.</title>{_STYLE}{with_pictures(mail.html, pictures)}"
