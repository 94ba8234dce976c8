"""What tells one state of settings from another (R5): the `ETag` of an answer, and what a change names as what it was made of."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from .refusal import Refused


def tag_of(fields: dict[str, Any]) -> str:
    """A tag of these settings, as JSON has them."""
    return sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:20]


def require_tag(was: str | None, fields: dict[str, Any] | None) -> None:
    """That `fields`, None for nothing, are what a change was made of; one that does not say is let through. Raises Refused
    `conflict`."""
    if was is not None and (fields is None or was != tag_of(fields)):
        raise Refused("conflict", "Somebody has changed this meanwhile: look at it again, then repeat your change.")
