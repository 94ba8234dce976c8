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


def logged_in(floor: Floor, agent: str | None) -> Agent:
    """The agent of that name, who is logged in. Raises Refused `not_found`, `wrong_state`."""
    found = floor.agents.get(agent or "")
    if found is None:
        raise no.never_logged_in(agent)
    if found.state == "logged_out":
        raise no.not_logged_in(found)
    return found


def can_take_call(agent: Agent) -> None:
    """R11, R15: no second call, and none in a wrap-up, not even at the agent's own wish. Raises Refused."""
    if agent.active_calls:
        raise no.on_a_call(agent)
    if agent.active_wrap_ups:
        raise no.in_wrap_up(agent)
    if agent.working and agent.ceiling is None:
        raise no.not_interruptible(agent)


def can_be_handed_a_call(agent: Agent) -> None:
    """R23: a call is handed only to somebody who is free for it. Raises Refused."""
    can_take_call(agent)
    if agent.unavailable is not None or agent.working:
        raise no.not_free(agent)
