"""What is asked to be otherwise: settings of queues, and the number of agents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parley_contracts.shapes import QueueSettings
from pydantic import ValidationError

from .world import World


class NoSuchChange(ValueError):
    """What was asked for is not possible; the text says why."""


@dataclass(frozen=True)
class Changes:
    """`settings`: by queue, the fields that are set (`routing.agent` is one within another). `agents`: how many more, or fewer.
    `factor`: by how much work takes longer for each further chat that its agent has at the same time (0.2: a fifth)."""

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agents: int = 0
    factor: float = 0.0

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.settings or self.agents or self.factor)

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "set": {name: dict(fields) for name, fields in self.settings.items()},
            "agents": self.agents,
            "factor": self.factor,
        }

    def of(self, queue: str, stored: Mapping[str, Any]) -> QueueSettings:
        """A queue's settings with what is set for it, judged as an administrator's are. Raises NoSuchChange."""
        settings: dict[str, Any] = json.loads(json.dumps(stored))
        for name, value in self.settings.get(queue, {}).items():
            *parents, last = name.split(".")
            place = settings
            for parent in parents:
                place = place.setdefault(parent, {})
                if not isinstance(place, dict):
                    raise NoSuchChange(f"{queue}.{name}: {parent} holds no other fields")
            place[last] = value
        try:
            return QueueSettings.model_validate_json(json.dumps(settings))
        except ValidationError as error:
            first = error.errors()[0]
            raise NoSuchChange(f"{queue}.{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def read_settings(asked: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`QUEUE.FIELD=VALUE`, the value as JSON, or a word. Raises NoSuchChange."""
    found: dict[str, dict[str, Any]] = {}
    for one in asked:
        name, is_set, value = one.partition("=")
        queue, _, path = name.partition(".")
        if not (is_set and queue and path):
            raise NoSuchChange(f"{one!r} is no setting such as support.chats_per_agent=2")
        try:
            found.setdefault(queue, {})[path] = json.loads(value)
        except ValueError:
            found.setdefault(queue, {})[path] = value
    return found


def copies_of(world: World, number: int) -> dict[str, list[str]]:
    """By agent, their doubles, so many in all: of the agents in the order in which they came."""
    found: dict[str, list[str]] = {}
    for count in range(max(0, number)):
        if not world.agents:
            raise NoSuchChange("nobody was there who could be doubled")
        name = world.agents[count % len(world.agents)]
        found.setdefault(name, []).append(f"{name}+{count // len(world.agents) + 1}")
    return found


def removed_from(world: World, number: int) -> set[str]:
    """Those who came last, so many."""
    if number >= 0:
        return set()
    if -number > len(world.agents):
        raise NoSuchChange(f"only {len(world.agents)} agents were there")
    return set(world.agents[number:])
