"""Which passwords are taken: long ones, that are not the first to be tried."""

from __future__ import annotations

import re

from parley_contracts.refusal import Refused

LEAST = 8
"""What no company can go below."""

BAD = frozenset(
    [
        "password",
        "passwort",
        "passwd",
        "passw",
        "kennwort",
        "geheim",
        "secret",
        "topsecret",
        "letmein",
        "welcome",
        "willkommen",
        "changeme",
        "default",
        "admin",
        "administrator",
        "root",
        "superuser",
        "sysadmin",
        "login",
        "logon",
        "access",
        "master",
        "guest",
        "test",
        "testing",
        "tester",
        "user",
        "username",
        "nutzer",
        "benutzer",
        "hello",
        "hallo",
        "iloveyou",
        "ichliebedich",
        "sunshine",
        "sonnenschein",
        "princess",
        "prinzessin",
        "dragon",
        "monkey",
        "football",
        "fussball",
        "baseball",
        "basketball",
        "superman",
        "batman",
        "shadow",
        "michael",
        "jennifer",
        "jordan",
        "hunter",
        "trustno",
        "killer",
        "soccer",
        "hockey",
        "ranger",
        "harley",
        "pepper",
        "ginger",
        "cookie",
        "summer",
        "sommer",
        "winter",
        "spring",
        "autumn",
        "herbst",
        "fruehling",
        "fruhling",
        "january",
        "februar",
        "february",
        "march",
        "april",
        "monday",
        "montag",
        "friday",
        "freitag",
        "qwerty",
        "qwertyui",
        "qwertyuiop",
        "qwertz",
        "qwertzui",
        "qwertzuiop",
        "asdf",
        "asdfgh",
        "asdfghjk",
        "asdfghjkl",
        "yxcvbnm",
        "zxcvbnm",
        "qazwsx",
        "qazwsxedc",
        "qweasd",
        "qweasdzxc",
        "starwars",
        "pokemon",
        "whatever",
        "freedom",
        "computer",
        "internet",
        "service",
        "support",
        "chat",
        "callcenter",
        "contact",
        "contactcenter",
        "parley",
        "demo",
        "company",
        "firma",
        "office",
        "schatz",
        "mausi",
        "schalke",
        "bayern",
        "dortmund",
        "ferrari",
        "mercedes",
        "porsche",
        "corvette",
        "mustang",
        "yamaha",
        "samsung",
        "iphone",
        "google",
        "facebook",
        "linkedin",
        "abcd",
        "abcdefg",
        "abcdefgh",
        "blahblah",
        "lovely",
        "loveme",
        "flower",
        "butterfly",
        "charlie",
        "thomas",
        "andrea",
        "daniel",
        "jessica",
        "ashley",
        "nicole",
        "matthew",
        "andrew",
        "joshua",
        "hannover",
        "hamburg",
        "berlin",
        "muenchen",
        "munchen",
        "frankfurt",
        "london",
        "manchester",
        "liverpool",
        "arsenal",
        "chelsea",
        "correcthorsebatterystaple",
        "onetwothree",
    ]
)
"""Words that bad passwords are made of, in small letters, without what is put before and behind them."""

LIKE = str.maketrans("0134578@$!", "oieastbasi")
"""Signs that stand for letters."""
SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "yxcvbnm",
    "zxcvbnm",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb",
)


def check_password(password: str, least: int, names: tuple[str, ...]) -> None:
    """Whether a password may be somebody's; `names`: what they and their company are called. Raises Refused `bad_request`."""
    if len(password) < max(LEAST, least):
        raise Refused("bad_request", f"password: needs {max(LEAST, least)} characters or more.")
    if is_common(password):
        raise Refused(
            "bad_request", "password: is one of those that are tried first: choose another, such as four words."
        )
    if any(_is_mostly(password, name) for name in names):
        raise Refused("bad_request", "password: is your name or your company's: choose another.")


def is_common(password: str) -> bool:
    """Whether it is a word that is tried first, whatever stands around it, or goes along the keys."""
    text = password.casefold()
    if len(set(text)) < 4 or _is_sequence(text):
        return True
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    like = re.sub(r"[^a-z]", "", text.translate(LIKE))
    return any(
        _repeated(each) in BAD for each in (text, bare, like, re.sub(r"[^a-z]", "", bare.translate(LIKE))) if each
    )


def _repeated(text: str) -> str:
    """The part that a text repeats, such as `test` of `testtest`; else the text."""
    at = (text + text).find(text, 1)
    return text[:at]


def _is_sequence(text: str) -> bool:
    """Whether nearly all of it goes along the alphabet, the figures or the keys, either way."""
    pieces, at = 0, 0
    while at < len(text):
        pieces += 1
        end = at + 1
        while end < len(text) and any(
            text[at : end + 1] in line or text[at : end + 1] in line[::-1] for line in SEQUENCES
        ):
            end += 1
        at = end
    return pieces <= max(1, len(text) // 4)


def _is_mostly(password: str, name: str) -> bool:
    """Whether little but a name is in it."""
    words = [word for word in re.split(r"\W+", name.casefold()) if len(word) > 2]
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return bool(words) and len(left) < min(5, len(password))
