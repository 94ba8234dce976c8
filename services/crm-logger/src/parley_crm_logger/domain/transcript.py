"""A conversation as a document, in German or English, as text and as HTML: for agents, and for the visitor by e-mail."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple


class Document(NamedTuple):
    """The same conversation twice, and what it is called."""

    subject: str
    text: str
    html: str


class _Words(NamedTuple):
    language: str
    subject: str
    date: str
    visitor: str
    agent: str
    system: str
    note: str
    times: str


_ENGLISH = _Words(
    "en", "Your chat of {date}", "%d/%m/%Y", "Visitor", "Agent", "System", "Internal note", "Times in UTC"
)
_GERMAN = _Words(
    "de", "Ihr Chat vom {date}", "%d.%m.%Y", "Besucher", "Mitarbeiter", "System", "Interne Notiz", "Zeiten in UTC"
)

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "h1{font-size:1.2rem}p{margin:.6rem 0;white-space:pre-wrap;overflow-wrap:anywhere}"
    "b{font-weight:600}time,footer{color:#666;font-size:.85em}.note{background:#fff6d6;padding:.3rem .5rem}"
)


def document(facts: dict[str, Any], lines: Sequence[dict[str, Any]], language: str, internal: bool) -> Document:
    """The document of an interaction: its facts, and its lines as rows; internal notes only where `internal` is set.
    Any language but German comes in English."""
    words = _GERMAN if language.lower().split("-")[0].split("_")[0] == "de" else _ENGLISH
    shown = [line for line in lines if internal or line["seq"] is not None]
    begin = datetime.fromtimestamp((facts["started_at"] or 0) / 1000, UTC)
    subject = words.subject.format(date=begin.strftime(words.date))
    return Document(subject, _text(subject, words, facts, shown), _html(subject, words, facts, shown))


def _who(line: dict[str, Any], words: _Words, facts: dict[str, Any]) -> str:
    if line["author"] == "note":
        return f"{words.note}, {line['name'] or line['agent']}"
    if line["author"] == "visitor":
        return str(line["name"] or facts["name"] or words.visitor)
    return str(line["name"] or (words.agent if line["author"] == "agent" else words.system))


def _clean(text: str) -> str:
    """Without what is no character to be read: control characters, and marks that turn the direction of a text round."""
    return "".join(
        char
        for char in text
        if char in "\n\t" or (unicodedata.category(char) not in ("Cc", "Cs") and char not in _TURNS)
    )


_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _time(line: dict[str, Any]) -> str:
    return datetime.fromtimestamp(line["at"] / 1000, UTC).strftime("%H:%M")


def _text(subject: str, words: _Words, facts: dict[str, Any], lines: Sequence[dict[str, Any]]) -> str:
    said = [
        # A line within a text is set in: nobody can write a line that looks like somebody else's.
        f"{_time(line)} {_one_line(_who(line, words, facts))}: " + "\n    ".join(_clean(line["text"]).splitlines())
        for line in lines
    ]
    return "\n".join([subject, words.times, "", *said, ""])


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _html(subject: str, words: _Words, facts: dict[str, Any], lines: Sequence[dict[str, Any]]) -> str:
    said = "\n".join(
        f"<p{' class=note' if line['author'] == 'note' else ''}><time>{_time(line)}</time> "
        f"<b><bdi>{escape(_one_line(_who(line, words, facts)))}</bdi></b>: "
        f'<span dir="auto">{escape(_clean(line["text"]))}</span></p>'
        for line in lines
    )
    title = escape(subject)
    return (
        f'<!doctype html>\n<html lang="{words.language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n{said}\n<footer>{words.times}</footer>\n</body></html>\n"
    )
