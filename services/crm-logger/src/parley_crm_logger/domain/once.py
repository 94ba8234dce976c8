"""Which commands a contact or a link has carried out (R30), and the marks that each of its events bears."""

from __future__ import annotations

from typing import Any

from parley_contracts.once import told_before
from parley_contracts.shapes import Command

from .events import Happened

Done = dict[str, tuple[int, int]]
"""By idempotency key: the digest of the command's content, and the version that it led to."""


def with_done(done: Done, event: Happened, version: int) -> Done:
    """The commands carried out so far, this event's included."""
    return done if event.command_key is None else {**done, event.command_key: (event.digest, version)}


def is_done(done: Done, command: Command) -> bool:
    """Whether this command has been carried out. Raises Refused (`conflict`) when another one had its id."""
    return command.sender is not None and told_before(_kept(done, command.sender.key), command)


def is_known(done: Done, marks: dict[str, Any]) -> bool:
    """As `is_done`, of a command's marks."""
    return "command_key" in marks and told_before(_kept(done, marks["command_key"]), marks["digest"])


def _kept(done: Done, key: str) -> int | None:
    found = done.get(key)
    return None if found is None else found[0]


def version_of(done: Done, command: Command, version: int) -> int:
    """The version that a command led to; `version` where it changed nothing."""
    return version if command.sender is None else done.get(command.sender.key, (0, version))[1]


def mark(command: Command, at: int) -> dict[str, Any]:
    """When, by which command and by whom: the fields that every event has."""
    sender = command.sender
    if sender is None:
        return {"at": at}
    return {"at": at, "command_key": sender.key, "digest": command.digest(), "agent": sender.user}
