"""Texts from outside, made fit for log, database and screen: the nearest text without what none of them bears. Never an error."""

from __future__ import annotations

import codecs
import re
import unicodedata

# What turns the direction of what follows; Arabic and Hebrew are written rightly without it.
_TURNS = "\u202a-\u202e\u2066-\u2069"
# Controls but tab and line feed, the byte order mark, halves of surrogate pairs, code points that are none.
_UNFIT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_TURNS}\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]")
_HALVES = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")

_WITHOUT_PLACE = frozenset(
    ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos")
)
"""Codecs of Python that are no charset of any mail."""
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    "iso-8859-8-i": "iso8859-8",
    "x-sjis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
"""What programs mean, where they name something narrower."""


def text(raw: str) -> str:
    """Several lines: line ends are \\n, tabs stay."""
    raw = (
        raw.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\x85", "\n")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )
    return _UNFIT.sub("", _HALVES.sub("\ufffd", raw))


def line(raw: str, most: int) -> str:
    """One line of at most `most` characters, white space runs as one space."""
    return (
        _SPACE.sub(" ", _UNFIT.sub("", _HALVES.sub("\ufffd", raw[: most * 8]).translate(_TO_SPACE)))
        .strip()[:most]
        .strip()
    )


_TO_SPACE = {ord(each): " " for each in "\t\n\r\x0b\x0c\x85\u2028\u2029"}


def charset(named: str) -> str:
    """Python's name of a charset, as it is meant; empty where there is none of this name."""
    named = named.strip().strip("\"'").lower()[:40]
    try:
        found = codecs.lookup(_MEANT.get(named, named)).name
        if found in _WITHOUT_PLACE or not isinstance(b"a".decode(found, "ignore"), str):
            return ""
    except (LookupError, ValueError, TypeError):
        return ""
    return _MEANT.get(found, found)


def decoded(raw: bytes, named: str) -> str:
    """Bytes as the text that they most likely are: in the charset that is named, where they are one; else UTF-8, else windows-1252. What no charset
    reads becomes U+FFFD."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not named.lower().startswith("utf-16"):
        named = "utf-16"
    chosen = charset(named)
    # Text of another charset is hardly ever UTF-8 by chance, while much is UTF-8 that is called something narrower.
    narrow = chosen.startswith(("cp12", "iso8859", "koi8", "mac"))
    for each in ("utf-8", chosen) if narrow else (chosen, "utf-8"):
        if each:
            try:
                return raw.decode(each)
            except (UnicodeError, ValueError):
                continue
    return raw.decode(chosen if chosen and chosen != "utf-8" else "cp1252", errors="replace")


def composed(raw: str) -> str:
    """In the form in which equal texts are equal (NFC)."""
    return unicodedata.normalize("NFC", raw)
