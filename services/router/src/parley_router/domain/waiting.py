"""Why an item waits: what kept each agent of its queue from being given it, by the same indexes and policies by which `routing.py`
gives (R38)."""

from __future__ import annotations

from . import moves
from .floor import Floor
from .queues import NOWHERE
from .routing import Able
from .state import WorkItem

OFF_DUTY = "logged_out"
"""Those who have not come are not named."""


def kept(floor: Floor, item: WorkItem, now: int) -> dict[str, str]:
    """By agent, why they do not have the item at `now`; empty where nobody of its queue is there.

    Beside the reasons of an assignment: `picks` (a queue from which agents pick: nobody has), `rings` (it rings at that agent), and
    `others_first`: they could take it, and something goes before it.
    """
    if item.owner is not None:
        return {item.owner: "rings"}
    queue = floor.queues[item.queue]
    found: dict[str, str] = {}
    able = Able(floor, queue, item, now)
    for name in queue.settings.agents:
        placement = queue.placements.get(name, NOWHERE)
        reason = placement.reason
        if placement is NOWHERE or reason == OFF_DUTY:
            continue
        if reason not in (None, "busy", "at_limit"):
            found[name] = reason or ""
        elif queue.settings.distribution != "push":
            found[name] = "picks"
        elif name == able.giver:
            found[name] = "gave_it_away"
        elif not able.has_skills(name):
            found[name] = "lacks_skill"
        elif placement.free is not None or (item.kind == "chat" and placement.room is not None):
            found[name] = "others_first"
        elif item.kind == "chat":
            found[name] = "at_limit"
        elif not moves.interrupts(floor, item):
            found[name] = "busy"
        elif placement.ceiling is None:
            found[name] = "not_interruptible"
        else:
            found[name] = "higher_priority" if placement.ceiling >= item.priority else "others_first"
    return found
