"""How frames are encoded: JSON as text."""

from __future__ import annotations

from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode


def dumps(frame: Any) -> str:
    """A frame as it is sent."""
    return _encode(frame).decode()


def encoded(piece: dict[str, Any]) -> msgspec.Raw:
    """A part of frames, encoded before them: it goes into each of them as it is."""
    return msgspec.Raw(_encode(piece))
