"""Which parts of a mail are its text, and which are files (RFC 2045 to 2049, 2387, 3676)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from . import cleaning, contents, markup
from .encoded import words
from .headers import raw as header
from .names import safe_name
from .parsing import Part
from .values import Attachment, Limits

_NO_TEXT = re.compile(r"(?i)\s*(this|your|to view|diese|ihr|um diese)\b.{0,100}\b(html|mime)\b.{0,200}", re.S)
"""What stands in the plain text where a program has none."""
_ENDS = {
    "text/calendar": "ics",
    "message/rfc822": "eml",
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "application/pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/pgp-signature": "asc",
    "message/delivery-status": "txt",
    "text/plain": "txt",
    "text/html": "html",
}


@dataclass
class Left:
    """How much is still read, of all parts together."""

    text: int
    markup: int
    shown: int


@dataclass
class Body:
    """What was found on the way through the parts."""

    left: Left
    plain: list[str] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    """What is shown as HTML, in order, and whether it is HTML."""
    attachments: list[Attachment] = field(default_factory=list)
    left_out: int = 0
    cut: bool = False


def body(mail: Part, limits: Limits) -> Body:
    """The mail's text and files, in order."""
    found = Body(Left(limits.text_characters * 2, limits.markup_characters, limits.shown_characters))
    _take(mail, found, inline=False)
    return found


def _take(part: Part, found: Body, inline: bool) -> None:
    if not part.is_multipart():
        if _is_text(part):
            _take_text(part, found)
        else:
            found.attachments.append(attachment(part, inline))
        return
    inner = part.inner
    if part.kind == "multipart/alternative":
        _take_alternative(inner, found, inline)
    elif part.kind == "multipart/related":
        _take_related(part, inner, found, inline)
    else:
        for each in inner:
            _take(each, found, inline)


def _take_alternative(inner: list[Part], found: Body, inline: bool) -> None:
    """One text in several forms: the plain one is read, the richest is shown."""
    forms = []
    for each in inner:
        form = Body(found.left)
        _take(each, form, inline)
        forms.append(form)
    rich = next((form for form in reversed(forms) if any(is_html for _, is_html in form.pieces)), None)
    plain = next(
        (form for form in forms if form.plain and form is not rich and not _NO_TEXT.fullmatch(_read(form))), None
    )
    chosen = (
        plain
        if plain is not None and _read(plain).strip()
        else rich or next((form for form in forms if form.plain), None)
    )
    if chosen is not None:
        found.plain += chosen.plain
        shown = rich or chosen
        found.pieces += shown.pieces
        found.left_out += shown.left_out
    for form in forms:
        found.attachments += form.attachments
        found.cut = found.cut or form.cut


def _read(form: Body) -> str:
    return "\n".join(form.plain)


def _take_related(part: Part, inner: list[Part], found: Body, inline: bool) -> None:
    """A text and what belongs into it; `start` names the text where it is not the first."""
    start = part.parameter("start")
    root = next(
        (each for each in inner if start and header(each, "content-id").strip() == start), inner[0] if inner else None
    )
    for each in inner:
        _take(each, found, inline or each is not root)


def _is_text(part: Part) -> bool:
    # Parts that never came: what there is, is read.
    plain = part.kind == "text/plain" or part.kind.startswith("multipart/")
    return (plain or part.kind == "text/html") and part.disposition != "attachment" and not _named(part)


def _named(part: Part) -> str:
    """The name that a part gives itself."""
    return part.parameter("filename", "content-disposition") or part.parameter("name")


def _take_text(part: Part, found: Body) -> None:
    html, left = part.kind == "text/html", found.left
    most = left.markup if html else left.text
    content = part.content()
    raw = cleaning.text(cleaning.decoded(content[: most * 4], part.parameter("charset") or _meant(content, html)))
    found.cut = found.cut or len(content) > most * 4 or len(raw) > most
    raw = raw[:most]
    if html:
        made = markup.rendered(raw, left.text, left.shown)
        left.markup = max(0, left.markup - len(raw))
        left.shown = max(0, left.shown - len(made.html))
        left.text = max(0, left.text - len(made.text))
        found.plain.append(made.text)
        found.pieces.append((made.html, True))
        found.left_out += made.left_out
        found.cut = found.cut or made.cut
        return
    if part.parameter("format").lower() == "flowed":
        raw = flowed(raw, part.parameter("delsp").lower() == "yes")
    left.text = max(0, left.text - len(raw))
    found.plain.append(raw)
    found.pieces.append((raw, False))


def _meant(content: bytes, html: bool) -> str:
    """The charset that HTML names itself."""
    named = re.search(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{1,40})", content[:2_048]) if html else None
    return named[1].decode("ascii", "replace") if named else "utf-8"


def flowed(raw: str, without_space: bool) -> str:
    """Lines that were broken for the transport, whole again (RFC 3676)."""
    lines: list[str] = []
    depth_before, flows = -1, False
    for each in raw.split("\n"):
        content = each.lstrip(">")
        depth = len(each) - len(content)
        content = content.removeprefix(" ")
        if flows and depth == depth_before and content != "-- ":
            lines[-1] = (lines[-1][:-1] if without_space else lines[-1]) + content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        flows = content.endswith(" ") and content != "-- "
        depth_before = depth
    return "\n".join(lines)


def attachment(part: Part, inline: bool) -> Attachment:
    """A part as a file. What it is follows from its content, what it is called from its sender."""
    content = part.content() if not part.is_multipart() else b""
    declared = cleaning.line(part.kind, 100)
    named = safe_name(words(_named(part)), otherwise="")
    if not named:
        named = f"{safe_name(declared.partition('/')[0], 'attachment')}.{_ENDS.get(declared, 'bin')}"
    content_id = cleaning.line(header(part, "content-id"), 250).strip("<> ")
    shown_within = part.disposition != "attachment" and bool(content_id) and declared.startswith("image/")
    return Attachment(
        name=named,
        declared=declared,
        type=contents.type_of(content),
        size=len(content),
        sha256=sha256(content).hexdigest(),
        content_id=content_id,
        inline=shown_within or (inline and part.disposition != "attachment"),
        content=content,
    )
