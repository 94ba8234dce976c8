"""The one judge of what is written of a contact: names, telephone numbers, e-mail addresses, other texts (R24, R31).

Gateway and crm-logger ask the same functions. Each takes any text and answers with a `Judged`; what was judged good is judged good
again, and comes out as it went in. So what the one takes, the other takes as well.

A text is looked at for emptiness, length and control characters; an address for its shape besides. Nothing is refused for being unusual.
Needs the extra `contacts` of this package.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import Leniency, NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberMatcher

from .contacts import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_NOTES, LONGEST_NUMBER, MOST_NORMALISED

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\ud800-\udfff]")
"""No text has these: they are a problem. White space in a line becomes a space."""
_UNSEEN = re.compile(
    r"[\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""Left out without a word: nobody sees them, and some turn round what stands behind them. Joiners stay: scripts need them."""
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u2043\ufe58\ufe63\uff0d]|(?<=\d)\u30fc(?=\d)")

_SHAPE = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_IN_BRACKETS = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")
_AT_THE_END = re.compile(r"<([^<>]*)>\s*$")
_FULL_WIDTH = re.compile(r"[\uff01-\uff5e\u3002\uff61]")

_EXTENSION = re.compile(r"\b(?:durchwahl|dw|apparat|app|nebenstelle|nst|poste|int)\b\.?\s*(?=\d)", re.IGNORECASE)
_SERVICE_CODE = re.compile(r"^[*#]\d{2,3}[*#](?=.)")
"""Such as #31# before a number: do not show mine."""
_BEGIN = re.compile(r"[+(]*\d|\+")
_IN_LETTERS = re.compile(r"\(?0[\d()\s./-]{2,6}[A-Z][A-Z\s-]{2,}|1?[\s-]*8\d\d[\s-]*[A-Z][A-Z\s\d-]{2,}")
_ABROAD = re.compile(r"\(?(?:00|011|0011|010)\)?[\s./-]*(?=[1-9])")
"""What is dialled before a country's code, here and elsewhere."""


class Judged(NamedTuple):
    """`value`: the text as it is kept; with a `problem` the nearest that could be kept, empty where nothing could. `problem`: what is wrong,
    as the rest of a sentence that begins with the field's name."""

    value: str
    problem: str | None = None


def name(text: str) -> Judged:
    """A name: any text in one line, of 1 to 200 characters."""
    return line(text, LONGEST_NAME) if _is_seen(text) else Judged("", "must not be empty")


def line(text: str, most: int) -> Judged:
    """A text in one line, of at most `most` characters; it may be empty."""
    problem = _control(text)
    return _cut(_line(_UNSEEN.sub("", CONTROL.sub("", text))), most, problem)


def notes(text: str, most: int = LONGEST_NOTES) -> Judged:
    """A text of several lines, of at most `most` characters; it may be empty."""
    problem = _control(text)
    return _cut(_UNSEEN.sub("", CONTROL.sub("", text)).strip(), most, problem)


def number(text: str) -> Judged:
    """A telephone number as it was written, in plain digits, dashes and spaces; any other text (`0800 FLOWERS`, `ask Kim`) stays as it is."""
    problem = _control(text)
    seen = "".join(
        char for char in CONTROL.sub("", text) if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace()
    )
    plain = unicodedata.normalize("NFKC", _DASHES.sub("-", seen))
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)
    value = _line(_UNSEEN.sub("", digits))
    return _cut(value, LONGEST_NUMBER, problem or (None if value else "must not be empty"))


def address(text: str) -> Judged:
    """An e-mail address by its shape: one @, something on both sides, no space. `Kim <kim@example.org>` and `mailto:` are understood. Its
    domain is kept in lower case. No name server is asked, and no list of names that are in use."""
    problem = _control(text)
    written = _UNSEEN.sub("", CONTROL.sub("", text)).strip()
    if _FULL_WIDTH.search(written):
        written = unicodedata.normalize("NFKC", written)
    if inside := _IN_BRACKETS.fullmatch(written):
        written = inside[1]
    written = written.removeprefix("mailto:")
    if len(written) > LONGEST_ADDRESS:
        return Judged("", f"is no e-mail address: it has more than {LONGEST_ADDRESS} characters")
    if _SHAPE.fullmatch(written) is None:
        return Judged("", f"is no e-mail address: {_why_no_address(written)}")
    return Judged(_usual(written), problem)


def as_sent(written: str) -> str | None:
    """An address as every mail server takes it: in ASCII, its domain by IDNA. None where that cannot be, or it is no address."""
    judged = address(written)
    if judged.problem is not None or judged.value.isascii():
        return judged.value if judged.problem is None else None
    try:
        return validate_email(judged.value, check_deliverability=False, globally_deliverable=False).ascii_email
    except EmailNotValidError:
        return None


def address_in(called: str | None) -> str | None:
    """The address in `Name <address>`, or an address alone; None where there is none that a mail server would take."""
    found = _AT_THE_END.search(called or "")
    address = (found[1] if found else called or "").strip()
    return address if "@" in address and as_sent(address) is not None else None


def normalised(text: str, region: str) -> tuple[str, ...]:
    """The telephone numbers in a text as they are dialled from anywhere: E.164, with `;ext=` and the extension where there is one
    (`+49305550151;ext=12`). `region` (ISO 3166): where a number without a country's code is at home. None where it cannot be told."""
    written = _EXTENSION.sub(" ext. ", _SERVICE_CODE.sub("", text.strip()))
    begin = _BEGIN.search(written)
    if begin is None:
        return ()
    written = written[begin.start() :]
    found = [match.number for match in PhoneNumberMatcher(written, region, leniency=Leniency.VALID)]
    found = found or [number for number in (_unusual(written, region),) if number is not None]
    return tuple(dict.fromkeys(map(_e164, found)))[:MOST_NORMALISED]


def _unusual(text: str, region: str) -> PhoneNumber | None:
    """A number that is not written as numbers are in this country: with the code of a country whose numbers are not known so well, with what is
    dialled before it elsewhere, with the own country's code alone (spreadsheets lose a +), or with letters for its last digits."""
    abroad = _ABROAD.match(text)
    own = str(phonenumbers.country_code_for_region(region.upper()))
    if abroad is not None or (text.startswith(own) and own != "0"):
        text = "+" + text[abroad.end() if abroad is not None else 0 :]
        is_good = phonenumbers.is_valid_number
    else:
        is_good = phonenumbers.is_possible_number if text.startswith("+") else phonenumbers.is_valid_number
    if not text.startswith("+") and not _IN_LETTERS.fullmatch(text):
        return None
    try:
        found = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return found if is_good(found) else None


def _e164(found: PhoneNumber) -> str:
    written = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    return f"{written};ext={found.extension}" if found.extension else written


def _usual(written: str) -> str:
    """An address as it is written to, where the library knows how; else as it is, its domain in lower case."""
    local, _, domain = written.partition("@")
    try:
        usual = validate_email(written, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError:
        usual = ""
    return usual if _SHAPE.fullmatch(usual) and len(usual) <= LONGEST_ADDRESS else f"{local}@{domain.lower()}"


def _why_no_address(written: str) -> str:
    if not written:
        return "it is empty"
    if written.count("@") != 1:
        return "it needs an @" if "@" not in written else "it has more than one @"
    if written.startswith("@") or written.endswith("@"):
        return "something is missing before or behind the @"
    return "it has a space or a character that no address has"


def _cut(text: str, most: int, problem: str | None) -> Judged:
    if len(text) <= most:
        return Judged(text, problem)
    return Judged(text[:most].strip(), problem or f"has {len(text)} characters, at most {most} are allowed")


def _control(text: str) -> str | None:
    return "has a control character in it: take it out" if CONTROL.search(text) else None


def _line(text: str) -> str:
    return " ".join(text.split())


def _is_seen(text: str) -> bool:
    return any(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") for char in text)
