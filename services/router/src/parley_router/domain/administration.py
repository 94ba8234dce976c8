"""What administrators ask of a floor (R5): queues, skills, agents. Each is an event with who and when, and takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_contracts import commands as c
from parley_contracts.refusal import Refused
from parley_contracts.stored_tags import require_tag

from . import events as e
from . import queue_settings
from .floor import Floor
from .moves import by_command, item_event, user_of
from .queue_settings import Settings
from .state import ChatServiceOf, WorkItem


def put_queue(floor: Floor, command: c.PutQueue, at: int) -> list[e.Happened]:
    queue = floor.queues.get(command.queue)
    settings = queue_settings.read(command.settings.model_dump(mode="json"))
    if queue is not None and queue.settings == settings:
        return []
    require_tag(command.was, queue.settings.stored() if queue is not None else None)
    changed = by_command(
        command, e.QueueSet, at, queue=command.queue, settings=settings.stored(), user=user_of(command)
    )
    return [changed, *reordered_by_queue(floor, command.queue, settings, at)]


def reordered_by_queue(floor: Floor, queue: str, settings: Settings, at: int) -> list[e.Happened]:
    """R4: what a queue's new settings change of its items: those without a priority of their own have its usual one."""
    usual = [item for item in floor.items.values() if item.queue == queue and not item.own_priority]
    return _reordered(usual, at, lambda item: (settings.priority_of(item.kind), False, item.skills))


def set_service(floor: Floor, command: c.SetService, at: int) -> list[e.Happened]:
    """R4, R5: the chats that came by this service have its priority and needs as they are now, whenever they came."""
    given = ChatServiceOf(priority=command.priority, skills=command.skills)
    if floor.services.get(command.service) == given:
        return []
    changed = by_command(
        command,
        e.ServiceSet,
        at,
        service=command.service,
        priority=given.priority,
        skills=given.skills,
        user=user_of(command),
    )
    return [changed, *reordered_by_service(floor, command.service, given, at)]


def reordered_by_service(floor: Floor, service: str, given: ChatServiceOf, at: int) -> list[e.Happened]:
    """R4: what is changed of the chats that came by a service, which gives them this now."""
    its = [item for item in floor.items.values() if item.service == service]

    def value(item: WorkItem) -> Value:
        usual = floor.queues[item.queue].settings.priority_of(item.kind)
        return (usual, False, given.skills) if given.priority is None else (given.priority, True, given.skills)

    return _reordered(its, at, value)


Value = tuple[int, bool, dict[str, int]]


def _reordered(items: list[WorkItem], at: int, value: Callable[[WorkItem], Value]) -> list[e.Happened]:
    """The items whose priority, or whether it is their own, or needs are others by this `value`."""
    events: list[e.Happened] = []
    for item in items:
        priority, own, skills = now = value(item)
        if now != (item.priority, item.own_priority, item.skills):
            fields: dict[str, Any] = {"priority": priority, "own_priority": own, "skills": skills}
            events.append(item_event(item, e.ItemReordered, at, **fields))
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
    if agent is not None and agent.owned:
        raise Refused("conflict", f"{agent.name} is on a call that goes on: it must end first.")
    if served := floor.served_by(command.agent):
        raise Refused("conflict", f"{command.agent} serves {', '.join(served)}: take them out of there first.")
    return (
        [] if agent is None else [by_command(command, e.AgentForgotten, at, agent=command.agent, user=user_of(command))]
    )
