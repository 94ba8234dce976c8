"""What somebody wrote, apart from the earlier mails below it: by the lines that programs put between the two, in German and English. In time that grows
with the length alone, and without a letter lost (ADR 35 says why no library does it)."""

from __future__ import annotations

import re

MOST_LINES = 5_000
"""So far down it is looked for."""
_MOST_OF_A_LINE = 300
_MOST_HEADERS = 12
_FEWEST_QUOTED = 3
"""So many lines with a sign before them are a quote, also where nothing announces it."""

_SEPARATOR = re.compile(
    r"[-_*= ]{2,60}(?:original[- ]?(?:nachricht|mail|message|appointment)|originaltermin|urspr(?:ü|ue)ngliche (?:nachricht|mail|e-?mail)|"
    r"weitergeleitete (?:nachricht|e-?mail)|forwarded message)[^\n]{0,60}?[-_*= ]{2,60}",
    re.I,
)
_ANNOUNCED = re.compile(
    r"(?:> ?)?(?:anfang der weitergeleiteten (?:e-?mail|nachricht)|begin forwarded message) ?:", re.I
)
_RULE = re.compile(r"[_-]{20,}")
_DATED = re.compile(r"(?:> ?)?(?:am|on) [^\n]{4,280}(?:schrieb|wrote|geschrieben)\b[^\n]{0,200}:", re.I)
"""Am 3. Nov. 2025 um 10:12 Uhr schrieb A <a@b.example>: | On Mon, Nov 3, 2025 at 10:12 AM A wrote: | Am … hat A Folgendes geschrieben:"""
_NAMED = re.compile(r"(?:> ?)?[^\n>]{1,160} (?:schrieb|wrote) (?:am|um|on) [^\n]{4,100}:", re.I)
"""A schrieb am 3.11.2025 um 10:12:"""
_BARE = re.compile(r"[^\n>]{1,200} (?:schrieb|wrote) ?:", re.I)
_HEADER = re.compile(
    r"\*?(von|from|absender|an|to|empfänger|cc|kopie|gesendet|sent|datum|date|betreff|subject|reply-to|antwort an) ?:\*?\s",
    re.I,
)
_MEANS = {
    "von": "from",
    "absender": "from",
    "an": "to",
    "empfänger": "to",
    "gesendet": "date",
    "sent": "date",
    "datum": "date",
    "betreff": "subject",
}


def parted(text: str) -> tuple[str, str]:
    """The text and what it quotes: the quoted part is what follows the text, or stands before it. Nothing is quoted where answers stand between the quotes,
    and where there would be no text left."""
    lines = text.split("\n")
    start = _beginning(lines)
    if start is None:
        return text, ""
    top = _joined(lines[:start])
    first = next((at for at in range(start, min(start + 4, len(lines))) if lines[at].startswith(">")), None)
    if first is None:
        return (top, _joined(lines[start:])) if top else (text, "")
    after = next(
        (at for at in range(first, len(lines)) if lines[at].strip() and not lines[at].startswith(">")), len(lines)
    )
    bottom = _joined(lines[after:])
    if not bottom:
        return (top, _joined(lines[start:])) if top else (text, "")
    if not top and not any(each.startswith(">") for each in lines[after:]):
        return bottom, _joined(lines[start:after])
    return text, ""


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def _beginning(lines: list[str]) -> int | None:
    """The line where the earlier mails begin."""
    seen = [f"{each[:_MOST_OF_A_LINE].strip()}" for each in lines[:MOST_LINES]]
    for at, each in enumerate(seen):
        if len(each) > 2 and (_announces(seen, at) or _introduces(seen, at) or _is_head(seen, at)):
            return at
        if each.startswith(">") and _is_quoted(seen, at, _FEWEST_QUOTED):
            return at
    return None


def _announces(seen: list[str], at: int) -> bool:
    """A line that is nothing but the announcement of another mail."""
    each = seen[at]
    if each[-1] in "-_*= ":
        return bool(_SEPARATOR.fullmatch(each)) or (bool(_RULE.fullmatch(each)) and _is_head(seen, at + 1))
    return each[-1] == ":" and bool(_ANNOUNCED.fullmatch(each))


def _introduces(seen: list[str], at: int) -> bool:
    """Who wrote when, with a colon at the end; over up to three lines, for programs break it."""
    for more in (1, 2, 3):
        whole = " ".join(seen[at : at + more])
        if not seen[at + more - 1 : at + more] or not seen[at + more - 1]:
            return False
        if whole[-1] != ":":
            continue
        follows = _is_quoted(seen, at + more, 1)
        if _DATED.fullmatch(whole):
            return follows or bool(re.search(r"\d" if more == 1 else r"@|\d:\d\d\b|\d\.\d\d Uhr", whole))
        if more == 1 and _NAMED.fullmatch(whole):
            return follows or bool(re.search(r"\d", whole))
        return more == 1 and follows and bool(_BARE.fullmatch(whole))
    return False


def _is_quoted(seen: list[str], at: int, fewest: int) -> bool:
    """Whether what follows has a sign before its lines, at least so many."""
    count = 0
    for each in seen[at : at + 2 * fewest + 2]:
        if each.startswith(">"):
            count += 1
            if count == fewest:
                return True
        elif each:
            return False
    return False


def _is_head(seen: list[str], at: int) -> bool:
    """The head of a mail without a line that announces it. Anything may have colons: it names a sender, a subject, and a day or a recipient."""
    if not _HEADER.match(f"{seen[at]} " if at < len(seen) else ""):
        return False
    named = set()
    for each in seen[at : at + _MOST_HEADERS]:
        found = _HEADER.match(f"{each} ")
        if found:
            name = found[1].lower()
            named.add(_MEANS.get(name, name))
    return {"from", "subject"} <= named and bool(named & {"date", "to"})
