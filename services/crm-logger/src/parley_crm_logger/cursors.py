"""How a page's end is told to a client: as a text whose inside is not its business."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from parley_contracts.refusal import Refused

from .store import Place

LONGEST_TIME = 18
"""Digits: as many as every database has room for."""


def cursor_of(place: Place) -> str:
    """Where the next page begins."""
    return urlsafe_b64encode(f"{place.at}/{place.item}".encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """The place that `cursor_of` told. Raises Refused (`bad_request`)."""
    if cursor is None:
        return None
    try:
        at, _, item = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode().partition("/")
        if not 0 < len(at) <= LONGEST_TIME or not at.isascii() or not at.isdigit() or "\x00" in item:
            raise ValueError(at)
        return Place(int(at), item)
    except ValueError as error:
        raise Refused("bad_request", "This is no end of a page: give `next` as it was told.") from error
