"""Words of German and English texts, whatever form they stand in: what is the same in a search through conversations."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from .folding import plain

LONGEST = 64
_WORD = re.compile(r"\w+")
_GERMAN, _ENGLISH = snowballstemmer.stemmer("german"), snowballstemmer.stemmer("english")


@lru_cache(maxsize=200_000)
def stems(word: str) -> tuple[str, ...]:
    """The German and the English stem of a word, folded; one where they are the same."""
    word = unicodedata.normalize("NFC", word).casefold()[:LONGEST]
    found = {plain(_GERMAN.stemWord(word)), plain(_ENGLISH.stemWord(word))}
    return tuple(sorted(stem for stem in ("".join(filter(str.isalnum, each)) for each in found) if stem))


def stems_of(texts: list[str]) -> str:
    """All stems of these texts, each once, in their order."""
    return " ".join(sorted({stem for text in texts for word in _WORD.findall(text) for stem in stems(word)}))


def groups(query: str) -> list[tuple[str, ...]]:
    """Of each word of a query its stems, of which a text must have one."""
    return list(dict.fromkeys(found for word in _WORD.findall(query) if (found := stems(word))))


class Snippet(NamedTuple):
    """A piece of a text; `hits` are the places of the words found, from and to, in characters."""

    text: str
    hits: list[tuple[int, int]]


WIDTH = 160
"""So many characters are shown of a text."""


def begun(text: str) -> str:
    """The beginning of a text."""
    return text if len(text) <= WIDTH else text[:WIDTH] + " …"


def snippet(text: str, wanted: list[tuple[str, ...]], width: int = WIDTH) -> Snippet | None:
    """The text around the first word that is looked for; None where there is none."""
    stems_wanted = {stem for group in wanted for stem in group}
    found = [match.span() for match in _WORD.finditer(text) if stems_wanted.intersection(stems(match.group()))]
    if not found:
        return None
    begin = max(0, found[0][0] - width // 3)
    begin = 0 if begin == 0 else text.find(" ", begin, found[0][0]) + 1 or begin
    end = min(len(text), begin + width)
    before, behind = "… " if begin else "", " …" if end < len(text) else ""
    shift = len(before) - begin
    return Snippet(
        before + text[begin:end] + behind, [(one + shift, other + shift) for one, other in found if other <= end]
    )
