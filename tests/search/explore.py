"""The search: from each floor everything that can happen, until nothing new comes of it."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import NamedTuple

from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.state import Agent
from parley_router.handlers import FLOOR

from .canonical import Left, canonical, floor_of, put_together
from .judge import Broken, demand, judge_decision, judge_floor, judge_step
from .world import NOW, OF_THE_OUTSIDE, Action, World

Key = bytes
STEPS = 50
"""More than so many decisions in a row that nobody has asked for are taken for endless."""


class Found(NamedTuple):
    """What can happen in one state: each action that changes something, with the state after it; how many are refused or
    have no effect."""

    after: list[tuple[Action, Key]]
    refused: int


@dataclass
class Search:
    """What is known of a world so far. States are numbered as they are found; `came` tells from which state each was
    first reached, `by` by which action."""

    world: World
    numbers: dict[Key, int] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    came: array[int] = field(default_factory=lambda: array("i"))
    by: list[Action | None] = field(default_factory=list)
    helpful: list[array[int]] = field(default_factory=list)
    """By state, those that can be reached from it without help from outside."""
    looked_at: int = 0
    depth: int = 0
    """All that can happen in so many steps has been looked at."""
    steps: int = 0
    refused: int = 0
    took_s: float = 0.0
    _actions: dict[Action, Action] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to look at."""
        return 0 < self.looked_at == len(self.keys)

    def run(
        self,
        *,
        seconds: float = float("inf"),
        expand: Callable[[Iterable[Key]], Iterable[Found]] | None = None,
        progress: Callable[[Search], None] = lambda search: None,
    ) -> Search:
        """Look at everything, or for so long: all that can happen in one step, in two, and so on. `expand` looks at states
        one after the other, or shares them out. Raises Broken with the story that leads there."""
        begun = monotonic()
        if not self.keys:
            self._note(start(self.world), -1, None)
        judged: set[Key] = set()
        look = expand or (lambda keys: (look_at(self.world, key, judged) for key in keys))
        while not self.complete and self.took_s < seconds:
            level = self.keys[self.looked_at :]
            try:
                for found in look(level):
                    self._take(found)
                    if self.looked_at % 500 == 0:
                        self.took_s = monotonic() - begun
                        progress(self)
                        if self.took_s > seconds:
                            return self
            except Broken as broken:
                if broken.key is None:
                    raise
                story = self.story(self.numbers[broken.key], broken.action, broken.sentence)
                raise Broken(story, broken.key, broken.action) from None
            self.depth += 1
        self.took_s = monotonic() - begun
        return self

    def _take(self, found: Found) -> None:
        number, helped = self.looked_at, array("i")
        for action, key in found.after:
            known = self.numbers.get(key)
            if known is None:
                known = self._note(key, number, action)
            if action.verb not in OF_THE_OUTSIDE and known != number:
                helped.append(known)
        self.helpful.append(helped)
        self.steps += len(found.after)
        self.refused += found.refused
        self.looked_at += 1

    def _note(self, key: Key, came: int, by: Action | None) -> int:
        number = self.numbers[key] = len(self.keys)
        self.keys.append(key)
        self.came.append(came)
        self.by.append(self._actions.setdefault(by, by) if by is not None else None)
        return number

    # --- what is asked of the whole -----------------------------------------------------------------------------------

    def stuck(self) -> list[int]:
        """The states from which not everything that is open can be finished by the agents alone, told to the end."""
        if not self.complete:
            raise ValueError("the search is not complete")
        back: list[list[int]] = [[] for _ in self.keys]
        for number, reached in enumerate(self.helpful):
            for other in reached:
                back[other].append(number)
        done = bytearray(len(self.keys))
        todo = [number for number, key in enumerate(self.keys) if not floor_of(self.world, key)[0].items]
        for number in todo:
            done[number] = 1
        while todo:
            for number in back[todo.pop()]:
                if not done[number]:
                    done[number] = 1
                    todo.append(number)
        return [number for number, well in enumerate(done) if not well]

    def path(self, number: int) -> list[Action]:
        """The actions that lead to a state, each in the names of the state before it."""
        actions: list[Action] = []
        while (by := self.by[number]) is not None:
            actions.append(by)
            number = self.came[number]
        return actions[::-1]

    def story(self, number: int, last: Action | None = None, sentence: str = "") -> str:
        """A sentence about a state, and how it comes to it and to what happens there, in names that stay the same."""
        actions = [*self.path(number), *([last] if last is not None else [])]
        lines, lasting = told(self.world, actions)
        if last is None or not sentence:
            lasting = {}
        sentence = re.sub(r"\b[a-z]+\d?\b", lambda found: lasting.get(found[0], found[0]), sentence)
        return "\n".join([sentence, *(f"  {place}. {line}" for place, line in enumerate(lines, 1))])


# --- one state, and one step ------------------------------------------------------------------------------------------


def look_at(world: World, key: Key, judged: set[Key]) -> Found:
    """Everything that can happen in a state; what `judged` has not seen yet is looked at from scratch. Raises Broken with
    the state and the action."""
    floor, left = floor_of(world, key)
    found = Found([], 0)
    action: Action | None = None
    refused = 0
    try:
        demand(not FLOOR.by_itself(floor, NOW), "something was left undone that should have happened by itself")
        for action, must in world.actions(floor, left):
            after = step(world, key, floor, left, action, must)
            if after is None:
                refused += 1
                continue
            form = canonical(*after)[0]
            if form not in judged:
                judge_floor(world, after[0])
                judge_indexes(world, after[0])
                judged.add(form)
            found.after.append((action, form))
    except Broken as broken:
        raise Broken(broken.sentence, key, action) from None
    return found._replace(refused=refused)


def dive(world: World, key: Key, random: Random, steps: int) -> Iterator[Key]:
    """From a state at random ever deeper, with the same demands after every step. Raises Broken."""
    for _ in range(steps):
        floor, left = floor_of(world, key)
        possible = list(world.actions(floor, left))
        after = None
        while after is None and possible:
            action, must = possible.pop(random.randrange(len(possible)))
            try:
                after = step(world, key, floor, left, action, must)
                if after is not None:
                    judge_floor(world, after[0])
                    judge_indexes(world, after[0])
            except Broken as broken:
                raise Broken(broken.sentence, key, action) from None
        if after is None:
            return
        key = canonical(*after)[0]
        yield key


def step(world: World, key: Key, floor: Floor, left: Left, action: Action, must: bool) -> tuple[Floor, Left] | None:
    """The floor after the action; None when it is refused or has no effect, which `must` not be. Raises Broken."""
    message = world.message(action)
    try:  # on the floor as it is: most of what can be asked is refused, and needs no floor of its own
        decided = FLOOR.decide(floor, message, NOW)
    except Refused as refused:
        demand(not must, f"it is refused: {refused}")
        return None
    if action.verb != "time" and all(isinstance(event, e.CommandSeen) for event in decided):
        demand(not must, "it has no effect")
        return None
    after, _ = floor_of(world, key, action.late)
    follow(after, message, action)
    judge_step(floor, action, after)
    return after, (left[0] - (action.verb == "request"), left[1] - (action.verb == "call"))


def start(world: World) -> Key:
    """Nobody is there, and nothing has come."""
    agents = [Agent(agent=name, name=name) for name in world.names]
    return canonical(put_together(world, agents, []), (world.chats, world.calls))[0]


def follow(floor: Floor, message: Message, action: Action) -> None:
    """One turn of the floor, in which each decision is judged before it is applied. Raises Broken."""
    made = 0

    def happen(decided: list[e.Happened]) -> Floor:
        nonlocal made
        made += 1
        if made > STEPS:
            raise Broken(f"it goes on and on by itself: {decided}")
        judge_decision(floor, decided, action)
        for event in decided:
            floor.evolve(event)
        return floor

    FLOOR.turn(floor, message, NOW, happen)


def judge_indexes(world: World, floor: Floor) -> None:
    """R29: what the floor has kept in order while it changed is what it would build from its items and agents anew."""
    kept = put_together(world, list(floor.agents.values()), list(floor.items.values()))
    demand(floor.next_due() == kept.next_due(), "what is due next is not what a restart would find")
    demand(floor.returning == kept.returning, "who gets something back is not what a restart would find")
    for name, queue in floor.queues.items():
        other = kept.queues[name]
        same = (queue.lanes, queue.free, queue.room, queue.busy, queue.placements, queue.items) == (
            other.lanes,
            other.free,
            other.room,
            other.busy,
            other.placements,
            other.items,
        )
        demand(same, f"the order of the queue {name} is not what a restart would build")


def told(world: World, actions: list[Action]) -> tuple[list[str], dict[str, str]]:
    """The actions as sentences with lasting names: those of the agents, and items by the order in which they came; and
    which lasting names the last of them stands for."""
    key, lines, lasting = start(world), list[str](), dict[str, str]()
    agents, items, came = list(world.names), list[str](), {"c": 0, "k": 0}
    for action in actions:
        floor, left = floor_of(world, key, action.late)
        lasting = dict(zip(world.names, agents, strict=True)) | dict(zip(floor.items, items, strict=True))
        if action.verb in ("request", "call") and action.item is not None:
            came[action.item[0]] += 1
            lasting[action.item] = f"{action.item[0]}{came[action.item[0]]}"
        agent, item, to = (lasting.get(name or "", name) for name in (action.agent, action.item, action.to))
        lines.append(str(Action(action.verb, agent, item, to, tuple(lasting[name] for name in action.late))))
        try:
            follow(floor, world.message(action), action)
        except (Broken, Refused):
            break  # what the story is told for
        left = (left[0] - (action.verb == "request"), left[1] - (action.verb == "call"))
        key, agent_places, item_places = canonical(floor, left)
        agents = [lasting[name] for name in agent_places]
        items = [lasting[name] for name in item_places]
    return lines, lasting
