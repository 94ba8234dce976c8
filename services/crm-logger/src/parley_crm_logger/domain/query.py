"""What somebody typed into the search, understood; and how well a contact answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .events import Fields
from .folding import (
    ADDRESS,
    CUSTOMER,
    NUMBER,
    SHORTEST_PART,
    closed_up,
    is_numberish,
    national,
    numbers,
    plain,
    words,
    written,
)

MOST_TOKENS = 8


class Token(NamedTuple):
    """One thing that must be found: `ways` are the words that it may stand for, `number` whether it is (a part of) one,
    `written` how it was typed."""

    ways: tuple[str, ...]
    number: bool = False
    written: str = ""

    @property
    def exact(self) -> list[str]:
        """The terms that are just this."""
        return [*self.ways, *(NUMBER + way for way in self.ways)] if self.number else list(self.ways)

    @property
    def part(self) -> tuple[str, ...]:
        """What is looked for inside terms."""
        return tuple(way for way in self.ways if len(way) >= SHORTEST_PART)


class Query(NamedTuple):
    """`tokens` must all be found, in any order; or one of `whole`, terms that the whole query may be."""

    tokens: tuple[Token, ...]
    whole: tuple[str, ...]


def understood(text: str) -> Query:
    """Words, and pieces of numbers that stand together as one number."""
    tokens: list[Token] = []
    pieces: list[str] = []

    def close_number() -> None:
        typed = " ".join(pieces)
        if ways := numbers(typed):
            tokens.append(Token(ways, number=True))
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
        self.phones = fields.phones


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
            found = (_number_score(way, national(number)) for number in answering.phones)
            best = max(best, max(found, default=0.0))
        own = max((_word_score(way, word, nearly) for word in answering.name), default=0.0)
        other = max((_word_score(way, word, nearly) for word in answering.other), default=0.0)
        best = max(best, own, other * 0.97)
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
