"""The one way in: the bytes of a mail (RFC 5322) into a `ReadMail`, or a `MailRefused` that says why not (R31)."""

from __future__ import annotations

from hashlib import sha256

from . import bodies, headers, markup, quoting
from .guarded import whole
from .marks import marks_of
from .parsing import parse
from .values import Address, Limits, ReadMail

LIMITS = Limits()


def read(raw: bytes, *, loop_mark: str = "", limits: Limits = LIMITS) -> ReadMail:
    """A mail as it came, within `limits`. `loop_mark` is what our own mails carry (`marks.LOOP_HEADER`).

    `MailRefused`: `empty`, `too_large`, `too_many_lines`, `too_many_parts`, `too_deep`, `too_many_headers`, `unreadable`. Nothing else is
    raised, whatever the bytes are: what is wrong in a header or a part is left out or read as well as can be, and
    the original has it. A refusal with a `__cause__` is a mistake of this program."""
    return whole(_read, raw, loop_mark, limits)


def _read(raw: bytes, loop_mark: str, limits: Limits) -> ReadMail:
    mail = parse(raw, limits)
    found = bodies.body(mail, limits)
    everything = "\n\n".join(filter(None, (each.strip("\n").rstrip() for each in found.plain)))
    text, quoted = quoting.parted(everything[: limits.text_characters * 2])
    has_html = any(is_html for _, is_html in found.pieces)
    shown = "".join(piece if is_html else markup.of_text(piece) for piece, is_html in found.pieces) if has_html else ""
    too_long = max(len(text), len(quoted), len(everything) - limits.text_characters) > limits.text_characters
    return ReadMail(
        message_id=next(iter(headers.ids(mail, "message-id")), ""),
        in_reply_to=headers.ids(mail, "in-reply-to"),
        references=headers.ids(mail, "references"),
        author=next(iter(headers.addresses(mail, "from")), Address("", "")),
        reply_to=headers.addresses(mail, "reply-to"),
        to=headers.addresses(mail, "to"),
        cc=headers.addresses(mail, "cc"),
        date=headers.date(mail),
        subject=headers.line(mail, "subject"),
        text=text[: limits.text_characters],
        quoted=quoted[: limits.text_characters],
        html=shown if len(shown) <= limits.shown_characters * 2 else "",
        left_out=found.left_out,
        attachments=tuple(found.attachments),
        marks=marks_of(mail, loop_mark),
        cut=found.cut or too_long or len(shown) > limits.shown_characters * 2,
        size=len(raw),
        sha256=sha256(raw).hexdigest(),
    )
