"""A command that comes again has no second effect and gets the same answer; with another content it is a conflict."""

from __future__ import annotations

from typing import Any

from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command

from .events import Happened

Done = dict[str, tuple[int, int]]
"""By idempotency key: the digest of the command's content, and the version that it led to."""


def with_done(done: Done, event: Happened, version: int) -> Done:
    """The commands carried out so far, this event's included."""
    return done if event.by is None else {**done, event.by: (event.digest, version)}


def is_done(done: Done, command: Command) -> bool:
    """Whether this command has been carried out. Raises Refused (`conflict`) when another one had its id."""
    return command.sender is not None and is_known(done, {"by": command.sender.key, "digest": command.digest()})


def is_known(done: Done, marks: dict[str, Any]) -> bool:
    """As `is_done`, of a command's marks."""
    found = done.get(marks.get("by", ""))
    if found is not None and found[0] != marks["digest"]:
        raise Refused("conflict", "This command id was used for something else: give each command an id of its own.")
    return found is not None


def version_of(done: Done, command: Command, version: int) -> int:
    """The version that a command led to; `version` where it changed nothing."""
    return version if command.sender is None else done.get(command.sender.key, (0, version))[1]


def mark(command: Command, at: int) -> dict[str, Any]:
    """When, by which command and by whom: the fields that every event has."""
    sender = command.sender
    if sender is None:
        return {"at": at}
    return {"at": at, "by": sender.key, "digest": command.digest(), "agent": sender.user}
