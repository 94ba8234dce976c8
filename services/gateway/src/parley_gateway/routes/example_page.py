"""An example page for a chat service, with the lines to copy into another page (R27)."""

from __future__ import annotations

from html import escape

from parley_contracts.shapes import Shape

from ..domain.directory import ServiceSet
from ..pages.widget_files import widget


class Snippet(Shape):
    """A whole example page; `lines`: the 1-based numbers of those that make the chat; `snippet`: these lines alone;
    `pinned`: the same for one version of the widget, which the browser compares with its hash."""

    html: str
    lines: tuple[int, ...]
    snippet: str
    pinned: str


def example_page(service: ServiceSet, host: str) -> Snippet:
    """R27: a page that works as it is, and which of its lines to copy into another."""
    address, token = escape(host), f'data-token="{escape(service.token)}"'
    script = f'<script async src="{address}/widget.js" {token}></script>'
    file = widget()
    checked = f'integrity="{file.integrity}" crossorigin="anonymous"'
    pinned = f'<script async src="{address}/widget/pinned/{file.tag}.js" {checked} {token}></script>'
    language = next(iter(service.languages), "en")
    page = [
        "<!doctype html>",
        f'<html lang="{escape(language)}">',
        "<head>",
        '  <meta charset="utf-8">',
        '  <meta name="viewport" content="width=device-width, initial-scale=1">',
        f"  <title>{escape(service.name)}</title>",
        "</head>",
        "<body>",
        f"  <h1>{escape(service.name)}</h1>",
        "  <p>Your page, as it was.</p>",
        f"  {script}",
        "</body>",
        "</html>",
    ]
    return Snippet(html="\n".join(page) + "\n", lines=(page.index(f"  {script}") + 1,), snippet=script, pinned=pinned)
