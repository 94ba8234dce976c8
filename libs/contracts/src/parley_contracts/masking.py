"""Numbers that nobody needs to keep: a company can have them masked before anything is stored, in whatever somebody writes.

A payment card's number keeps its last four digits, an IBAN its country and its last four characters: `•••• •••• •••• 1111`,
`DE•• •••• •••• •••• ••30 00`. What is masked was never in a log, and cannot be had back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal, TypeVar

from pydantic import BaseModel
from stdnum import iban, luhn

Sensitive = Literal["card", "iban"]
TEXTS = frozenset({"text", "note", "notes", "comment", "subject", "usual_subject", "name", "organisation"})
"""The fields of commands, and of what they hold, in which people write what they like."""

_GAP = "[ \\t\\u00a0\\u2009\\u202f.\\-\\u2010-\\u2013_]"
_FEWEST, _MOST = 13, 19
_RUN = re.compile(rf"(?<!\d)\d{{2,}}(?:{_GAP}{{0,3}}\d{{2,}})*(?!\d)", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_IBAN = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}{_GAP}?\d{_GAP}?\d(?:{_GAP}?[A-Za-z0-9]){{11,30}}(?![A-Za-z0-9])", re.ASCII
)
_LEFT = 4

Model = TypeVar("Model", bound=BaseModel)


def masked(text: str, kinds: Collection[str]) -> str:
    """The text without the numbers of these kinds (`card`: ISO/IEC 7812 with its check digit; `iban`: ISO 13616)."""
    if sum(character.isdigit() for character in text) < 10:
        return text
    if "iban" in kinds:
        text = _without(text, list(_ibans(text)), keep_country=True)
    if "card" in kinds:
        text = _without(text, list(_cards(text)))
    return text


def masked_in(message: Model, kinds: Collection[str]) -> Model:
    """The message, with the same done to every text in it; itself where there is nothing to do."""
    changed = {}
    for name in type(message).model_fields:
        value = getattr(message, name)
        if (other := _other(name, value, kinds)) is not value:
            changed[name] = other
    return message.model_copy(update=changed) if changed else message


def _other(name: str, value: object, kinds: Collection[str]) -> object:
    if isinstance(value, str):
        if name not in TEXTS:
            return value
        other = masked(value, kinds)
        return value if other == value else other
    if isinstance(value, BaseModel):
        return masked_in(value, kinds)
    if isinstance(value, tuple):
        others = tuple(_other(name, each, kinds) for each in value)
        return value if all(one is other for one, other in zip(value, others, strict=True)) else others
    return value


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Where cards' numbers begin and end. They may stand between other numbers; they are made of whole groups of digits."""
    for run in _RUN.finditer(text):
        groups = [(group.start(), group.end()) for group in _GROUP.finditer(text, run.start(), run.end())]
        first = 0
        while first < len(groups):
            last = min(_ends(text, groups, first), default=None, key=lambda end: _unlikely(text, groups, first, end))
            if last is not None:
                yield groups[first][0], groups[last][1]
            first = first + 1 if last is None else last + 1


def _unlikely(text: str, groups: list[tuple[int, int]], first: int, last: int) -> tuple[bool, int]:
    """Of several ends that may be, the one that the issuer's numbers have; else the last."""
    begin = text[groups[first][0] : groups[first][0] + 2]
    usual = 15 if begin in ("34", "37") else 14 if begin in ("30", "36", "38") else 16
    return sum(end - start for start, end in groups[first : last + 1]) != usual, -last


def _ends(text: str, groups: list[tuple[int, int]], first: int) -> Iterator[int]:
    digits = ""
    if text[groups[first][0]] not in "23456":  # the first digits of all issuers of payment cards
        return
    for last in range(first, len(groups)):
        digits += text[slice(*groups[last])]
        if len(digits) > _MOST:
            return
        if len(digits) >= _FEWEST and luhn.is_valid(digits):
            yield last


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where IBANs begin and end; a word may follow without a gap that tells it apart."""
    begin = 0
    while (found := _IBAN.search(text, begin)) is not None:
        begin = found.start() + 1
        at = found.end()
        while at > found.start() + 14:
            if at == len(text) or not (text[at].isascii() and text[at].isalnum()):
                if _is_iban(re.sub(_GAP, "", text[found.start() : at])):
                    yield found.start(), at
                    begin = at
                    break
            at -= 1


def _is_iban(compact: str) -> bool:
    if not 15 <= len(compact) <= 34:
        return False
    rest = int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97
    return rest == 1 and bool(iban.is_valid(compact, check_country=False))


def _without(text: str, places: list[tuple[int, int]], *, keep_country: bool = False) -> str:
    parts, at = [], 0
    for begin, end in places:
        number = text[begin:end]
        signs = [place for place, character in enumerate(number) if character.isalnum()]
        hidden = set(signs[2 if keep_country else 0 : -_LEFT])
        parts += [text[at:begin], "".join("•" if place in hidden else each for place, each in enumerate(number))]
        at = end
    return "".join([*parts, text[at:]])
