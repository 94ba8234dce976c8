"""R35: an entry of an e-mail that goes on to somebody else: what stands below the agent's own words, in German or English, and its files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from .events import AttachedFile


class Forwarded(NamedTuple):
    """What goes along: from whom it was, when (in milliseconds since 1970), what it was about, to whom, and its files."""

    sender: str
    at: int
    subject: str
    to: tuple[str, ...]
    text: str
    files: tuple[AttachedFile, ...] = ()


class _Words(NamedTuple):
    title: str
    sender: str
    date: str
    subject: str
    to: str
    form: str


_ENGLISH = _Words("Forwarded message", "From", "Date", "Subject", "To", "%d/%m/%Y, %H:%M UTC")
_GERMAN = _Words("Weitergeleitete Nachricht", "Von", "Datum", "Betreff", "An", "%d.%m.%Y, %H:%M UTC")


def with_forwarded(text: str, forwarded: Forwarded, language: str) -> str:
    """The agent's words, and below them what they forward."""
    words = _GERMAN if language == "de" else _ENGLISH
    at = datetime.fromtimestamp(forwarded.at / 1000, UTC).strftime(words.form)
    told = (
        (words.sender, forwarded.sender),
        (words.date, at),
        (words.subject, forwarded.subject),
        (words.to, ", ".join(forwarded.to)),
    )
    head = "\n".join(f"{name}: {value}" for name, value in told if value)
    return f"{text}\n\n---------- {words.title} ----------\n{head}\n\n{forwarded.text}".strip()
