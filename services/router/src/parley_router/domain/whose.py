"""Who asks, and what they ask about: found on the floor, or refused (R31)."""

from __future__ import annotations

from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command

from . import refusals as no
from .floor import Floor
from .moves import user_of
from .state import Agent, WorkItem


def present(floor: Floor, command: Command) -> Agent:
    """The agent who asks, who is logged in. Raises Refused `wrong_state`."""
    agent = floor.agents.get(user_of(command))
    if agent is None or agent.state == "logged_out":
        raise Refused("wrong_state", "You are logged out: connect again first.")
    return agent


def item_named(floor: Floor, name: str) -> WorkItem:
    """The item, which is not closed. Raises Refused `not_found`, `wrong_state`."""
    item = floor.items.get(name)
    if item is None:
        if name in floor.closed:
            raise no.closed()
        raise Refused("not_found", "There is no such item.")
    return item


def owned(floor: Floor, command: c.ItemCommand) -> tuple[Agent, WorkItem]:
    """The agent who asks, and the item, which they have in hand. Raises Refused `not_yours` too."""
    agent, item = present(floor, command), item_named(floor, command.item)
    if item.owner != agent.agent:
        raise Refused("not_yours", "Another agent has it, or nobody: pick it first.")
    return agent, item
