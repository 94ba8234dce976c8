"""A command that comes again has no second effect and gets the same answer; with another content it is a conflict (R30)."""

from __future__ import annotations

from .refusal import Refused
from .shapes import Command


def is_same(kept: int, command: Command) -> bool:
    """Whether this digest is of what the client sent, or, as in older logs, of the command as it stands here."""
    return kept in (command.digest(), command.own_digest())


def told_before(kept: int | None, command: Command | int) -> bool:
    """Whether a command, given as itself or as its digest, has been carried out already.

    `kept` is the digest of the command that was carried out under this id; None when there was none. Raises Refused
    (`conflict`) when that was another content.
    """
    if kept is None:
        return False
    if not (is_same(kept, command) if isinstance(command, Command) else kept == command):
        raise Refused("conflict", "This id was used for another command: make a new id for each command.")
    return True
