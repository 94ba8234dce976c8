"""What a contact is found by: words, alone and written together, numbers, addresses (R24)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import phonenumbers
from parley_contracts import contact_values as judge

from .events import Fields
from .folding import LONGEST, SHORTEST_PART, closed_up, digits, national, plain, sound, words

NUMBER, ADDRESS, CUSTOMER, SOUNDS_LIKE, JOINED = "#", "@", "=", "~", "+"
"""With these begin the terms that are no word: a telephone number without its country, a whole e-mail address, a customer number,
how a name with its organisation sounds, and what is one word for others: words written together, and the ends of a word in a script
without spaces."""

SHORTEST_NUMBER = 5
"""Fewer digits are an extension or a short number, which many have: they are words."""
LONGEST_RUN = 4
MOST_JOINED = 24
"""So many terms are made of one name beside its words."""

_NUMBERISH = re.compile(r"[\d+()/.\-\s,;]+(?:(?:ext|x|dw|durchwahl|#)[.:=\s]*\d+)?", re.IGNORECASE)
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,}"
)


def terms(fields: Fields) -> set[str]:
    """Everything that a contact is found by: words, and what is compared whole."""
    found: set[str] = set()
    for text in (fields.name, fields.organisation, fields.customer_number, *fields.emails):
        found.update(words(text or ""))
    for text in (fields.name, fields.organisation):
        found.update(JOINED + word for word in joined(text or ""))
    return found | set(unusual(fields)) | identifiers(fields)


def identifiers(fields: Fields) -> set[str]:
    """What two contacts have in common only if they may be the same person."""
    found = {NUMBER + number for number in dialled(fields)}
    found |= {ADDRESS + plain(address)[:254] for address in fields.emails}
    if customer := closed_up(fields.customer_number or ""):
        found.add(CUSTOMER + customer)
    if organisation := closed_up(fields.organisation or ""):
        sounds = sorted(filter(None, (sound(word) for word in words(fields.name))))
        if sounds:
            found.add(f"{SOUNDS_LIKE}{'-'.join(sounds)}|{organisation}"[:200])
    return found


def parts(found: Iterable[str]) -> Iterator[str]:
    """The terms in which parts are looked for: words, and telephone numbers."""
    return (term for term in found if term[0] not in (ADDRESS, CUSTOMER, SOUNDS_LIKE, JOINED))


# --- names -----------------------------------------------------------------------------------------------------------


def joined(text: str) -> tuple[str, ...]:
    """What a name is besides its words: neighbours written together (`Mac Donald`, `Jean-Luc`, `von der Heide`), and the ends of words in
    scripts without spaces (of 山田太郎: 田太郎, 太郎, 郎), whose beginnings are then all their parts. At most MOST_JOINED."""
    own = words(text)
    runs = ["".join(own)[:LONGEST]] if len(own) > 1 else []
    for length in range(2, LONGEST_RUN + 1):
        runs += ["".join(own[begin : begin + length])[:LONGEST] for begin in range(len(own) - length + 1)]
    ends = [
        match.group()[begin:]
        for word in own
        for match in _WITHOUT_SPACES.finditer(word)
        for begin in range(len(match.group()))
    ]
    among = [end for end in ends if end not in own]
    return tuple(dict.fromkeys([*among[: MOST_JOINED // 2], *runs]))[:MOST_JOINED]


# --- numbers ---------------------------------------------------------------------------------------------------------


def dialled(fields: Fields) -> tuple[str, ...]:
    """A contact's telephone numbers as they are compared: national digits, with those of an extension. Of what the gateway could read it is
    what it read; else it is what the digits may mean."""
    bare = [_national(number.partition(";")[0]) for number in fields.numbers]
    found = [national_of(number) for number in fields.numbers]
    unread = (phone for phone in fields.phones if not any(number in digits(phone) for number in bare))
    found.extend(national(phone) for phone in unread if _NUMBERISH.fullmatch(phone))
    return tuple(dict.fromkeys(number for number in found if len(number) >= SHORTEST_NUMBER))


def national_of(number: str) -> str:
    """A normalised number's national digits, and behind them those of its extension: as it is dialled where extensions are."""
    bare, _, extension = number.partition(";ext=")
    return _national(bare) + extension


def _national(e164: str) -> str:
    try:
        return str(phonenumbers.parse(e164).national_number)
    except phonenumbers.NumberParseException:
        return national(e164)


def unusual(fields: Fields) -> tuple[str, ...]:
    """The words and digits of what stands among a contact's numbers and is too short for one, or has words in it."""
    found: list[str] = []
    for phone in fields.phones:
        if not _NUMBERISH.fullmatch(phone) or len(national(phone)) < SHORTEST_NUMBER:
            own = words(phone)
            together = digits(phone)[:LONGEST]
            found += [*own, *(word.lstrip("0") for word in own), *([together] if len(together) > 1 else [])]
    return tuple(dict.fromkeys(filter(None, found)))


def ways(text: str, region: str) -> tuple[str, ...]:
    """What a number in a query may be in national digits, where it can be read as a whole one."""
    found = [
        way
        for number in judge.normalised(text, region)
        for way in (national_of(number), _national(number.partition(";")[0]))
    ]
    return tuple(dict.fromkeys(way for way in found if len(way) >= SHORTEST_PART))
