"""What administrators ask of a floor (R5): queues, skills, agents. Each is an event with who and when, and takes effect at once."""

from __future__ import annotations

from parley_contracts import commands as c
from parley_contracts.refusal import Refused

from . import events as e
from . import queue_settings
from .floor import Floor
from .moves import by_command, item_event, user_of


def put_queue(floor: Floor, command: c.PutQueue, at: int) -> list[e.Happened]:
    queue = floor.queues.get(command.queue)
    settings = queue_settings.read(command.settings.model_dump(mode="json"))
    if queue is not None and queue.settings == settings:
        return []
    changed = by_command(
        command, e.QueueSet, at, queue=command.queue, settings=settings.stored(), user=user_of(command)
    )
    return [changed, *_within_limit(floor, command, at)]


def _within_limit(floor: Floor, command: c.PutQueue, at: int) -> list[e.Happened]:
    """R5, R6: a lower limit holds at once: of the queue's chats, those left untouched longest are parked."""
    events: list[e.Happened] = []
    for agent in floor.agents.values():
        excess = agent.active_chats - command.settings.chats_per_agent
        if excess > 0:
            chats = [chat for chat in floor.active_chats(agent) if chat.queue == command.queue]
            events += [item_event(chat, e.ItemParked, at, agent=agent.agent, why="limit") for chat in chats[:excess]]
    return events


def remove_queue(floor: Floor, command: c.RemoveQueue, at: int) -> list[e.Happened]:
    queue = floor.queues.get(command.queue)
    if queue is None:
        raise Refused("not_found", f"There is no queue {command.queue}.")
    if queue.items:
        raise Refused(
            "conflict", f"{queue.items} items are in the queue {command.queue}: transfer or finish them first."
        )
    return [by_command(command, e.QueueRemoved, at, queue=command.queue, user=user_of(command))]


def set_skills(floor: Floor, command: c.SetSkills, at: int) -> list[e.Happened]:
    agent = floor.agents.get(command.agent)
    if (agent.skills if agent is not None else {}) == command.skills:
        return []
    return [by_command(command, e.AgentSkilled, at, agent=command.agent, skills=command.skills, user=user_of(command))]


def forget_agent(floor: Floor, command: c.ForgetAgent, at: int) -> list[e.Happened]:
    agent = floor.agents.get(command.agent)
    if agent is not None and agent.state != "logged_out":
        raise Refused("conflict", f"{agent.name} is logged in: they must log out first.")
    if served := floor.served_by(command.agent):
        raise Refused("conflict", f"{command.agent} serves {', '.join(served)}: take them out of there first.")
    return (
        [] if agent is None else [by_command(command, e.AgentForgotten, at, agent=command.agent, user=user_of(command))]
    )
