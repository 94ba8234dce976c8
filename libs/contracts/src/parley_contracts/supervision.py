"""What supervisors do on a floor, and agents who ask for their help (R36). To the router.

Each act is an event with who did it and why (`note`, free text: the frames call it `why`); the agent concerned is shown it. Only the role `supervisor` may act: the floor
refuses anybody else with `forbidden`.
"""

from __future__ import annotations

from typing import Literal

from .commands import ItemCommand
from .shapes import Command

Act = Literal["watch", "whisper", "join", "take_over", "assign", "move", "agent_state", "agent_logout", "agent_queues"]


class Supervise(ItemCommand):
    """Before a supervisor reads a conversation, whispers to its agent or writes in it: the floor says whether they may, and notes it."""

    type: Literal["supervise"] = "supervise"
    act: Literal["watch", "whisper", "join"]
    note: str | None = None


class TakeOver(ItemCommand):
    """The item is the supervisor's own from now on, whether it waits or another has it."""

    type: Literal["take_over"] = "take_over"
    note: str | None = None


class AssignItem(ItemCommand):
    """The item is this agent's from now on, parked where they have no room for it; a call only where they are free."""

    type: Literal["assign_item"] = "assign_item"
    agent: str
    note: str | None = None


class MoveItem(ItemCommand):
    """The item waits in another queue, with its age and its timers, whoever had it."""

    type: Literal["move_item"] = "move_item"
    queue: str
    note: str | None = None


class SetAgentState(Command):
    """An agent who is logged in is made ready, or not ready for a `reason`."""

    type: Literal["set_agent_state"] = "set_agent_state"
    agent: str
    state: Literal["ready", "not_ready"]
    reason: str | None = None
    note: str | None = None


class LogOutAgent(Command):
    """R20: an agent is logged out; what they own goes back to its queues."""

    type: Literal["log_out_agent"] = "log_out_agent"
    agent: str
    note: str | None = None


class SetAgentQueues(Command):
    """R5: these are the queues that the agent serves from now on, in no order."""

    type: Literal["set_agent_queues"] = "set_agent_queues"
    agent: str
    queues: tuple[str, ...]
    note: str | None = None


class AskForHelp(Command):
    """An agent asks for help, about an item that they have or in general, or needs none any more (`on` false)."""

    type: Literal["ask_for_help"] = "ask_for_help"
    item: str | None = None
    text: str | None = None
    on: bool
