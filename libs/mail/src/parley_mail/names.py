"""Names of files from outside, as names that lead nowhere and mislead nobody."""

from __future__ import annotations

import re

from .cleaning import composed, line

MOST = 120
_BAD = re.compile(r'[<>:"|?*\x00-\x1f]')
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\uffa0]"
)
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|clock\$|conin\$|conout\$)(\.|$)")


def safe_name(raw: str, otherwise: str = "attachment") -> str:
    """A file's name of at most 120 characters: no folder, no device, nothing that cannot be seen or that turns the direction of writing, no dot before or
    behind. What stands after the last dot stays, for it says what opens the file."""
    name = composed(line(raw, 2_000))
    name = re.split(r"[/\\∕⁄⧵⧸／＼]", name)[-1]
    name = _BAD.sub("_", _INVISIBLE.sub("", name))
    name = re.sub(r"\s+", " ", name).strip(" .")
    if not name:
        return otherwise
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name) > MOST:
        stem, dot, end = name.rpartition(".")
        name = (
            f"{stem[: MOST - len(end) - 1].rstrip(' .')}.{end}" if dot and len(end) <= 20 else name[:MOST].rstrip(" .")
        )
    return name
