"""At random through a floor that keeps everything which the canonical form leaves out: real times, ties, names, the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

from parley_contracts import chat_events as ce
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, QueueSettings, WrapUpSettings
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.queue_settings import read
from parley_router.domain.state import Agent
from parley_router.handlers import FLOOR

from .canonical import canonical, put_together
from .world import Action, World

PASSES = (0, 0, 1, 900, 15_000, 45_000)
"""How many milliseconds go by between two actions: often none, so that times are equal."""
ENDINGS = ("leave", "hang up", "end", "complete", "log out")


class Walk:
    """One floor's life under a world's actions, with settings that let time run out now and then."""

    def __init__(self, world: World, random: Random) -> None:
        self._world, self._random, self._ids = world, random, count()
        self.floor = put_together(world, [Agent(agent=name, name=name, grace_ms=60_000) for name in world.names], [])
        for name, settings in world.settings.items():
            self.floor.queues[name].settings = read(_hasty(settings).model_dump(mode="json"))
        self.left = (world.chats, world.calls)
        self.at = self.floor.last_at
        self._born = count(1)

    def run(self, steps: int) -> Iterator[bytes]:
        """The canonical form after each of so many actions, and each time that something was due before one."""
        for _ in range(steps):
            self.at += self._random.choice(PASSES)
            due = self.floor.next_due()
            if due is not None and (due <= self.at or self._random.random() < 0.15):
                self.at = max(self.at, due)
                self._settle()
                yield self._form()
            possible = [action for action, _ in self._world.actions(self.floor, self.left) if action.verb != "time"]
            if not self.floor.items and self.left == (0, 0):
                return
            if self._random.random() < 0.8:  # otherwise there would seldom be much on the floor
                possible = [action for action in possible if action.verb not in ENDINGS] or possible
            self._do(self._random.choice(possible))
            yield self._form()

    def _form(self) -> bytes:
        return canonical(self.floor, self.left)[0]

    def _settle(self) -> None:
        FLOOR.settle(self.floor, self.at, self._happen)

    def _happen(self, events: list[e.Happened]) -> Floor:
        for event in events:
            self.floor.evolve(event)
        return self.floor

    def _do(self, action: Action) -> None:
        if action.verb in ("request", "call"):  # an item's name is its own for ever; the youngest may sort first
            self.left = (self.left[0] - (action.verb == "request"), self.left[1] - (action.verb == "call"))
            action = action._replace(item=f"{'ck'[action.verb == 'call']}{next(self._born)}")
        message: Any = self._world.message(action)
        if isinstance(message, ce.ChatSaid):
            message = message.model_copy(update={"at": self.at})
        elif isinstance(message, Command) and message.sender is not None:
            message = message.model_copy(
                update={"sender": message.sender.model_copy(update={"id": f"id-{next(self._ids)}"})}
            )
        if action.verb == "connect":
            message = message.model_copy(update={"grace_s": 60})
        with suppress(Refused):
            FLOOR.turn(self.floor, message, self.at, self._happen)


def _hasty(settings: QueueSettings) -> QueueSettings:
    """The same, but limits and ringing are short."""
    wrap_up = settings.wrap_up.model_copy(update={"limit_s": 60})
    return settings.model_copy(update={"wrap_up": WrapUpSettings(**wrap_up.model_dump()), "ring_s": 20})
