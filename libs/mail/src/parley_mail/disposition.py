"""The headers under which a file of a stranger is handed out: a browser saves it, and neither shows nor runs it."""

from __future__ import annotations

from urllib.parse import quote

from .contents import PICTURES
from .names import safe_name

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}
_NOTHING = "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
"""Of the page that shows a mail's sanitised HTML: even if something came through, it runs and loads nothing. Links open, in a page of their own."""


def saved(name: str) -> dict[str, str]:
    """For a file to be saved, whatever it is. `Content-Disposition` as RFC 6266 has it: a name of ASCII for old programs, the name itself beside it (RFC
    8187)."""
    name = safe_name(name)
    plain = "".join(each if each.isascii() and (each.isalnum() or each in " ._-()") else "_" for each in name)
    whole = quote(name, safe="!#$&+-.^_`|~", encoding="utf-8")
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}",
        "Content-Security-Policy": _NOTHING,
        **_ALWAYS,
    }


def shown(name: str, type_by_content: str) -> dict[str, str]:
    """For a picture within a mail; anything else is only saved."""
    if type_by_content not in PICTURES:
        return saved(name)
    return {**saved(name), "Content-Type": type_by_content, "Content-Disposition": "inline"}


def framed() -> dict[str, str]:
    """For the page in a frame that shows a mail's HTML."""
    return {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": FRAME_POLICY, **_ALWAYS}
