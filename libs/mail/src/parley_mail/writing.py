"""An answer, a forward or a receipt as bytes that any server takes: 7 bit, lines of at most 998 characters, headers that only this module writes.

What people and other mails say goes into headers through one door (`_line`, `_address`): no text of theirs can begin another header or another part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any, Literal, cast

from . import cleaning
from .guarded import tried
from .marks import LOOP_HEADER
from .names import safe_name
from .refusals import MailRefused
from .values import MIB, Address, ReadMail

MOST_BYTES = 40 * MIB
MOST_RECIPIENTS = 100
MOST_REFERENCES = 30
MOST_OF_A_SUBJECT = 300
MOST_OF_A_TEXT = 400_000

Language = Literal["de", "en"]
_ID = re.compile(r"<[!-;=?-~]{1,500}>")
_SPEC = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
_REPLIED = re.compile(r"\s*(?:(?:re|aw|antw|antwort|sv|vs|rv|r)(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*:\s*)+", re.I)
_FORWARDED = re.compile(r"\s*(?:(?:fwd?|wg|weitergeleitet)(?:\[\d{1,3}\])?\s*:\s*)+", re.I)
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")

_WORDS: dict[Language, dict[str, str]] = {
    "de": {
        "re": "AW: ",
        "fwd": "WG: ",
        "wrote": "Am {date} schrieb {who}:",
        "forwarded": "Weitergeleitete Nachricht",
        "from": "Von",
        "date": "Datum",
        "to": "An",
        "cc": "Kopie",
        "subject": "Betreff",
        "day": "%d.%m.%Y um %H:%M",
    },
    "en": {
        "re": "Re: ",
        "fwd": "Fwd: ",
        "wrote": "On {date}, {who} wrote:",
        "forwarded": "Forwarded message",
        "from": "From",
        "date": "Date",
        "to": "To",
        "cc": "Cc",
        "subject": "Subject",
        "day": "%Y-%m-%d at %H:%M",
    },
}


class _Ids(UnstructuredHeader):
    """Message-IDs, folded between them: the standard one encodes long ones, and then no program finds the conversation."""

    name: str

    def fold(self, *, policy: EmailPolicy) -> str:
        ids = str(self).split()
        return f"{self.name}: {(policy.linesep + ' ').join(ids)}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("message-id", "in-reply-to", "references"):
    _HEADERS.map_to_type(_name, cast(Any, _Ids))
POLICY = SMTP.clone(header_factory=_HEADERS, cte_type="7bit", max_line_length=78)


@dataclass(frozen=True)
class File:
    """What goes along: a name, a media type, the bytes."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """A mail that goes out. `message_id` is minted (`threads.mint`); `date` has a zone, and comes from who keeps the clock; `references` are those of the
    mail that is answered (`references_for`). `auto_submitted` is for what no agent wrote (RFC 3834): auto-replied for receipts."""

    sender: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    reply_to: Address | None = None
    cc: tuple[Address, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    auto_submitted: Literal["", "auto-replied", "auto-generated"] = ""
    loop_mark: str = ""
    language: Language = "de"


def written(letter: Letter, most_bytes: int = MOST_BYTES) -> bytes:
    """The mail for the SMTP server, lines ending in CR LF. `MailRefused`: `bad_address`, `bad_header`, `no_recipient`, `too_many_recipients`, `too_large`."""
    recipients = [*letter.to, *letter.cc]
    if not letter.to:
        raise MailRefused("no_recipient", "The mail has no recipient.")
    if len(recipients) > MOST_RECIPIENTS:
        raise MailRefused(
            "too_many_recipients", f"The mail has {len(recipients)} recipients, at most {MOST_RECIPIENTS} are possible."
        )
    if len(letter.text) > MOST_OF_A_TEXT or sum(len(each.content) for each in letter.files) * 4 // 3 > most_bytes:
        raise MailRefused("too_large", f"The mail is larger than {most_bytes} bytes.")
    if letter.date.tzinfo is None:
        raise MailRefused("bad_header", "The mail's date has no time zone.")
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _address(letter.sender)
    if letter.reply_to is not None:
        mail["Reply-To"] = _address(letter.reply_to)
    mail["To"] = [_address(each) for each in letter.to]
    if letter.cc:
        mail["Cc"] = [_address(each) for each in letter.cc]
    mail["Subject"] = cleaning.line(letter.subject, MOST_OF_A_SUBJECT)
    mail["Date"] = format_datetime(letter.date)
    mail["Message-ID"] = _id(letter.message_id)
    if letter.in_reply_to:
        mail["In-Reply-To"] = _id(letter.in_reply_to)
    if letter.references:
        mail["References"] = " ".join(_id(each) for each in _bounded(letter.references))
    if letter.auto_submitted:
        mail["Auto-Submitted"] = letter.auto_submitted
        mail["X-Auto-Response-Suppress"] = "All"
    if letter.loop_mark:
        mail[LOOP_HEADER] = _token(letter.loop_mark)
    mail.set_content(cleaning.text(letter.text), charset="utf-8")
    for each in letter.files:
        _attach(mail, each)
    mail["Content-Language"] = letter.language
    made = mail.as_bytes()
    if len(made) > most_bytes:
        raise MailRefused("too_large", f"The mail is larger than {most_bytes} bytes.")
    return made


def references_for(mail: ReadMail) -> tuple[str, ...]:
    """What an answer to this mail refers to (RFC 5322, 3.6.4)."""
    before = mail.references or mail.in_reply_to[:1]
    return _bounded((*before, mail.message_id)) if mail.message_id else _bounded(before)


def answer_subject(subject: str, language: Language) -> str:
    """With the sign of an answer, once, whatever signs it had."""
    return f"{_WORDS[language]['re']}{_bare(_REPLIED, subject)}".strip()


def forward_subject(subject: str, language: Language) -> str:
    """With the sign of a forward, once."""
    return f"{_WORDS[language]['fwd']}{_bare(_FORWARDED, subject)}".strip()


def quoted(mail: ReadMail, language: Language, most: int = 50_000) -> str:
    """What is answered, as it stands below the answer: its text with a sign before each line, and who wrote it when."""
    words = _WORDS[language]
    who = cleaning.line(mail.author.name or mail.author.address, 120)
    head = words["wrote"].format(date=_day(mail, language), who=who) if mail.date else f"{who}:"
    return "\n".join(
        [head, *(f"> {each}" if each and each[0] != ">" else f">{each}" for each in mail.text[:most].split("\n"))]
    )


def forwarded(mail: ReadMail, language: Language, most: int = 100_000) -> str:
    """What is handed on, with whose it was."""
    words = _WORDS[language]
    rows = [
        ("from", _written_out([mail.author])),
        ("date", _day(mail, language) if mail.date else ""),
        ("to", _written_out(mail.to)),
        ("cc", _written_out(mail.cc)),
        ("subject", mail.subject),
    ]
    head = [f"-------- {words['forwarded']} --------", *(f"{words[name]}: {value}" for name, value in rows if value)]
    return "\n".join([*head, "", f"{mail.text}\n\n{mail.quoted}".strip()[:most]])


def _day(mail: ReadMail, language: Language) -> str:
    return mail.date.strftime(_WORDS[language]["day"]) + " (UTC)" if mail.date else ""


def _written_out(addresses: Iterable[Address]) -> str:
    named = (
        f"{each.name} <{each.address}>" if each.name and each.address else each.name or each.address
        for each in list(addresses)[:20]
    )
    return ", ".join(named)


def _bare(signs: re.Pattern[str], subject: str) -> str:
    return (
        signs.sub("", cleaning.line(subject, MOST_OF_A_SUBJECT - 5), count=1)
        if signs.match(subject)
        else cleaning.line(subject, MOST_OF_A_SUBJECT - 5)
    )


def _bounded(references: Sequence[str]) -> tuple[str, ...]:
    """Each once; the first, which began the conversation, and the newest."""
    found = list(dict.fromkeys(reversed([each for each in references if _ID.fullmatch(each)])))[::-1]
    return tuple(found if len(found) <= MOST_REFERENCES else [found[0], *found[-(MOST_REFERENCES - 1) :]])


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise MailRefused("bad_header", "A Message-ID stands in angle brackets and has no spaces.")
    return value


def _token(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", value):
        raise MailRefused("bad_header", "The mark of our own mails has letters, digits, dots and hyphens alone.")
    return value


def _address(value: Address) -> HeaderAddress:
    """As a header's; the domain in the form that servers know."""
    local, at, domain = value.address.rpartition("@")
    if not domain.isascii():
        domain = tried(b"", lambda: domain[:253].encode("idna")).decode("ascii")
    spec = f"{local}{at}{domain}"
    made = (
        tried(None, lambda: HeaderAddress(cleaning.line(value.name, 120), addr_spec=spec))
        if _SPEC.fullmatch(spec)
        else None
    )
    if made is None or ".." in spec:
        raise MailRefused(
            "bad_address",
            f"{cleaning.line(value.address, 100) or 'An empty text'} is no address that a mail can be sent to.",
        )
    return made


def _attach(mail: EmailMessage, file: File) -> None:
    kind = file.type.lower()
    # A mail or a part of several may not be encoded as a file is (RFC 2046, 5.2.1); it goes as one of no type, and its name says what it is.
    if not _TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    main, _, sub = kind.partition("/")
    mail.add_attachment(file.content, maintype=main, subtype=sub, filename=safe_name(file.name))
