"""What is the same in a search though it is written otherwise: case, accents, umlauts, ß; and the ways to write a number.

One folding for contacts and for queries, on every store: `Müller`, `MUELLER` and `Muller` come to the same word.
"""

from __future__ import annotations

import re
import unicodedata

import cologne_phonetics
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

LONGEST = 60
"""So many characters of a word count."""
SHORTEST_PART = 3
"""A part of a word or of a number is looked for from this length on."""
LONGEST_SOUND = 30

_LETTERS = str.maketrans(
    {"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŧ": "t", "ħ": "h"}
)
_WRITTEN_OUT = re.compile("([aou])e")
_SPACES = re.compile(r"[\W_]+")
_APOSTROPHES = re.compile("[’'`´ʼ]")
_NUMBERISH = re.compile(r"[\d+()/.\-–]+")
_NO_DIGIT = re.compile("[^0-9]+")
_EXTENSION = re.compile(r"(?:ext|x|dw|durchwahl|#|;)\.?\s*\d*$", re.IGNORECASE)


def plain(text: str) -> str:
    """Lower case, without accents; umlauts as they are written without dots, ß as ss."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in apart if unicodedata.category(char) not in ("Mn", "Cc", "Cs", "Cf"))
    return bare.casefold().translate(_LETTERS)


def fold(text: str) -> str:
    """As `plain`, and ae, oe, ue like the umlauts that they may stand for."""
    return _WRITTEN_OUT.sub(r"\1", plain(text))


def words(text: str) -> list[str]:
    """The folded words of a text, in its order."""
    return [word[:LONGEST] for word in _SPACES.split(_APOSTROPHES.sub("", fold(text))) if word]


def written(text: str) -> list[str]:
    """The words of a text as they are written, but for case: by these the exact one stands before the folded one."""
    return [word for word in _SPACES.split(_APOSTROPHES.sub("", unicodedata.normalize("NFC", text).casefold())) if word]


def closed_up(text: str) -> str:
    """The folded letters and digits of a text in one word: how customer numbers are compared."""
    return "".join(words(text))[:LONGEST]


# --- numbers ---------------------------------------------------------------------------------------------------------


def digits(text: str) -> str:
    """The digits of a number, in ASCII, without an extension."""
    if not text.isascii():
        text = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in text)
    return _NO_DIGIT.sub("", _EXTENSION.sub("", text))


def national(number: str) -> str:
    """A number's digits without country code and leading zeros, whichever way it is written: what is compared."""
    found = digits(number)
    if number.lstrip().startswith("+"):
        return _without_country(found)
    return _without_country(found[2:]) if found.startswith("00") else found.lstrip("0")


def _without_country(found: str) -> str:
    for length in (1, 2, 3):
        if int(found[:length] or "0") in COUNTRY_CODE_TO_REGION_CODE:
            return found[length:].lstrip("0")
    return found.lstrip("0")


def numbers(text: str) -> tuple[str, ...]:
    """What a number, or a part of one, may be in national digits, the likeliest first."""
    found = digits(text)
    ways = dict.fromkeys((national(text), found.lstrip("0"), _without_country(found)))
    return tuple(way for way in ways if len(way) >= SHORTEST_PART)


def is_numberish(chunk: str) -> bool:
    """Whether a chunk of a query can be a piece of a telephone number."""
    return _NUMBERISH.fullmatch(chunk) is not None and any(char.isdigit() for char in chunk)


# --- what is nearly the same -----------------------------------------------------------------------------------------


def sound(word: str) -> str:
    """How a word sounds in German (Cologne phonetics); empty where it has no letters of which that is known."""
    ascii_word = "".join(char for char in word if "a" <= char <= "z")
    return "".join(code for _, code in cologne_phonetics.encode(ascii_word)) if ascii_word else ""


SOUND = "~"
"""With this begins the key of words that sound alike."""


def near(word: str) -> set[str]:
    """Keys that two words share when they differ by one letter (wrong, missing, too many, or two of them changed round), or
    sound alike."""
    if not SHORTEST_PART <= len(word) <= LONGEST_SOUND or not word.isalpha():
        return set()
    keys = {word[:gap] + word[gap + 1 :] for gap in range(len(word))} | {word}
    how = sound(word)
    return keys | {SOUND + how} if len(how) > 1 else keys


def steps(one: str, other: str, most: int = 3) -> int:
    """How many letters are to be changed, added, taken out or swapped with their neighbour to come from one word to the
    other; `most` + 1 where it is more."""
    begin = 0
    shorter = min(len(one), len(other))
    while begin < shorter and one[begin] == other[begin]:
        begin += 1
    end = 0
    while end < shorter - begin and one[-1 - end] == other[-1 - end]:
        end += 1
    one, other = one[begin : len(one) - end], other[begin : len(other) - end]
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        two_before, before, row = before, row, [i]
        for j, its in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return min(row[-1], most + 1)
