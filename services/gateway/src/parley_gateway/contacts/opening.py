"""A file of contacts, opened as what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .csv_file import CsvFile
from .vcard_file import VcardFile

_CARDS = re.compile(r"\s*BEGIN:VCARD\s*$", re.IGNORECASE | re.MULTILINE)


def opened(text: str, cards: bool, assigned: Mapping[str, str | None] | None = None) -> CsvFile | VcardFile:
    """The rows of a text. `cards`: it is said to be vCards; it is some as well where it begins so. `assigned`: what columns are taken for
    that would be taken for something else by their names (None: for nothing)."""
    return VcardFile(text, assigned) if cards or _CARDS.match(text) else CsvFile(text, assigned)
