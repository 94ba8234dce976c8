"""What is said about an item beside the work on it (R35)."""

from __future__ import annotations

from parley_contracts import commands as c
from parley_contracts.refusal import Refused

from . import events as e
from .floor import Floor
from .moves import item_event
from .whose import item_named, owned, present

MOST_NOTES = 500
"""About one item (R32)."""


def note(floor: Floor, command: c.NoteItem, at: int) -> list[e.Happened]:
    """R35: what colleagues are to know of it; a supervisor may say so of what another has."""
    supervises = command.sender is not None and command.sender.role == "supervisor"
    item = item_named(floor, command.item) if supervises else owned(floor, command)[1]
    if item.kind == "chat":
        raise Refused("wrong_state", "A chat's notes are written in the chat.")
    if item.notes >= MOST_NOTES:
        raise Refused("too_long", f"There are {MOST_NOTES} notes about it: say the rest where it is classified.")
    agent = present(floor, command)
    return [item_event(item, e.ItemNoted, at, command, agent=agent.agent, name=agent.name, text=command.text)]
