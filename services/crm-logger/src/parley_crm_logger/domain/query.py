"""What somebody typed into the search, understood; and how well a contact answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from parley_contracts import contact_values as judge

from .events import Fields
from .folding import LONGEST, SHORTEST_PART, closed_up, is_numberish, numbers, plain, words, written
from .terms import ADDRESS, CUSTOMER, JOINED, NUMBER, dialled, joined, unusual, ways

MOST_TOKENS = 8
_WITH_EXTENSION = re.compile(
    r"[\d+()/.\-\s]{5,}[\s,;]*(?:ext(?:ension)?|durchwahl|dw|app(?:arat)?|x|#)[.:=\s]*\d+", re.IGNORECASE
)


class Token(NamedTuple):
    """One thing that must be found: `ways` are the words that it may stand for, `number` whether it is (a part of) one,
    `written` how it was typed."""

    ways: tuple[str, ...]
    number: bool = False
    written: str = ""

    @property
    def exact(self) -> list[str]:
        """The terms that are just this."""
        return self.begins if self.number else [*self.begins, *(JOINED + way for way in self.ways)]

    @property
    def begins(self) -> list[str]:
        """The terms that are just this, or what this is the beginning of."""
        return [*self.ways, *(NUMBER + way for way in self.ways)] if self.number else list(self.ways)

    @property
    def part(self) -> tuple[str, ...]:
        """What is looked for inside terms."""
        return tuple(way for way in self.ways if len(way) >= SHORTEST_PART)


class Query(NamedTuple):
    """`tokens` must all be found, in any order; or one of `whole`, terms that the whole query may be."""

    tokens: tuple[Token, ...]
    whole: tuple[str, ...]


def understood(text: str, region: str = "") -> Query:
    """Words, and pieces of numbers that stand together as one number. `region` (ISO 3166): where numbers without a country's code are at home."""
    tokens: list[Token] = []
    pieces: list[str] = []
    text = " ".join(_cleaned(chunk) for chunk in text.split())
    if _WITH_EXTENSION.fullmatch(text) and (numbered := ways(text, region)):
        return Query((Token(numbered, number=True),), ())

    def close_number() -> None:
        typed = " ".join(pieces)
        if found := tuple(dict.fromkeys((*ways(typed, region), *numbers(typed)))):
            tokens.append(Token(found, number=True))
        else:
            tokens.extend(_word_tokens(typed))
        pieces.clear()

    for chunk in text.split():
        if is_numberish(chunk):
            pieces.append(chunk)
            continue
        if pieces:
            close_number()
        tokens.extend(_word_tokens(chunk))
    if pieces:
        close_number()
    whole = [CUSTOMER + closed_up(text)] if closed_up(text) else []
    if "@" in text:
        whole.append(ADDRESS + plain("".join(text.split())))
    return Query(tuple(dict.fromkeys(tokens))[:MOST_TOKENS], tuple(whole))


def _cleaned(chunk: str) -> str:
    return judge.number(chunk).value if any(char.isdigit() for char in chunk) else chunk


def together(query: Query) -> list[Query]:
    """Other readings of a query, with words that stand side by side written together: all of them, and each two."""
    own = query.tokens
    if len(own) < 2 or any(token.number for token in own):
        return []
    pairs = [(place, place + 2) for place in range(len(own) - 1)] if len(own) > 2 else []
    return [Query((*own[:begin], _joined(own[begin:end]), *own[end:]), ()) for begin, end in ((0, len(own)), *pairs)]


def _joined(tokens: Sequence[Token]) -> Token:
    return Token(
        ("".join(token.ways[0] for token in tokens)[:LONGEST],), written="".join(token.written for token in tokens)
    )


def _word_tokens(text: str) -> list[Token]:
    folded, typed = words(text), written(text)
    if len(folded) != len(typed):
        typed = [""] * len(folded)
    return [Token((word,), written=as_typed) for word, as_typed in zip(folded, typed, strict=True)]


WHOLE, EXACT, FOLDED, PREFIX, NEAR, PART = 2.0, 1.0, 0.95, 0.75, 0.5, 0.4


Nearly = dict[str, int]
"""Terms that are nearly one of a token's words, and how many letters they are away."""


class Answering:
    """A contact's words as they are compared, made once for all tokens of a query."""

    def __init__(self, fields: Fields) -> None:
        self.name = words(fields.name)
        self.written = set(written(f"{fields.name} {fields.organisation or ''}"))
        self.other = [
            word for text in (fields.organisation, fields.customer_number, *fields.emails) for word in words(text or "")
        ]
        self.other += unusual(fields)
        self.joined = joined(fields.name) + joined(fields.organisation or "")
        self.numbers = dialled(fields)


def is_whole(query: Query, fields: Fields) -> bool:
    """Whether the whole query is the contact's customer number, or one of its e-mail addresses."""
    own = [CUSTOMER + closed_up(fields.customer_number or ""), *(ADDRESS + plain(address) for address in fields.emails)]
    return any(term in query.whole for term in own)


def score(query: Query, fields: Fields, nearly: Sequence[Nearly] = ()) -> float:
    """How well a contact answers a query: exact before prefix before similar before a part; its name counts a little more
    than the rest, and a name of just these words more than a longer one. `nearly`: of each token, what is nearly the same."""
    if is_whole(query, fields):
        return WHOLE
    if not query.tokens:
        return 0.0
    answering = Answering(fields)
    alike: Sequence[Nearly] = nearly or [{}] * len(query.tokens)
    reached = [_token_score(token, answering, near) for token, near in zip(query.tokens, alike, strict=True)]
    bonus = 0.02 if len(answering.name) == len(query.tokens) else 0.0
    return sum(reached) / len(reached) + bonus


def _token_score(token: Token, answering: Answering, nearly: Nearly) -> float:
    best = 0.0
    for way in token.ways:
        if token.number:
            found = (_number_score(way, number) for number in answering.numbers)
            best = max(best, max(found, default=0.0))
        own = max((_word_score(way, word, nearly) for word in answering.name), default=0.0)
        other = max((_word_score(way, word, nearly) for word in answering.other), default=0.0)
        written_together = max(
            (_word_score(way, word, {}) for word in answering.joined if word.startswith(way)), default=0.0
        )
        best = max(best, own, other * 0.97, written_together * 0.95)
    return best if token.written in answering.written else best * FOLDED


def _number_score(way: str, number: str) -> float:
    if way == number:
        return EXACT
    if number.startswith(way):
        return PREFIX + 0.1 * len(way) / len(number)
    return PART + 0.3 * len(way) / len(number) if way in number else 0.0


def _word_score(way: str, word: str, nearly: Nearly) -> float:
    if way == word:
        return EXACT
    if word.startswith(way):
        return PREFIX + 0.15 * len(way) / len(word)
    if word in nearly:
        return NEAR + 0.2 / max(1, nearly[word])
    return PART + 0.1 * len(way) / len(word) if len(way) >= SHORTEST_PART and way in word else 0.0
