"""A command that comes again has no second effect and gets the same answer; with another content it is a conflict (R30)."""

from __future__ import annotations

from .refusal import Refused
from .shapes import Command


def told_before(kept: int | None, command: Command | int) -> bool:
    """Whether a command, given as itself or as its digest, has been carried out already.

    `kept` is the digest of the command that was carried out under this id; None when there was none. Raises Refused
    (`conflict`) when that was another content.
    """
    if kept is None:
        return False
    if kept not in ((command.digest(), command.own_digest()) if isinstance(command, Command) else (command,)):
        raise Refused("conflict", "This id was used for another command: make a new id for each command.")
    return True
