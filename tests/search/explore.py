"""The search: from each floor everything that can happen, until nothing new comes of it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from parley_contracts.refusal import Refused
from parley_router.domain import decide as deciding
from parley_router.domain import events as e
from parley_router.domain import routing
from parley_router.domain.floor import Floor
from parley_router.domain.state import Agent

from .canonical import Left, canonical, floor_of, put_together
from .judge import Broken, demand, judge_decision, judge_floor, judge_step
from .world import NOW, OF_THE_OUTSIDE, Action, World

Key = bytes
STEPS = 50
"""More than so many decisions in a row that nobody has asked for are taken for endless."""


@dataclass
class Search:
    """What is known of a world so far. States are numbered as they are found; `came` tells from which state each was
    first reached, `by` by which action."""

    world: World
    numbers: dict[Key, int] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    came: array[int] = field(default_factory=lambda: array("l"))
    by: list[Action | None] = field(default_factory=list)
    helpful: list[array[int]] = field(default_factory=list)
    """By state, those that can be reached from it without help from outside."""
    looked_at: int = 0
    steps: int = 0
    refused: int = 0
    took_s: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to look at."""
        return self.looked_at == len(self.keys)

    def run(
        self,
        *,
        states: int | None = None,
        seconds: float | None = None,
        progress: Callable[[Search], None] = lambda search: None,
    ) -> Search:
        """Look at everything, or at so many states, or for so long. Raises Broken with the story that leads there."""
        begun = monotonic()
        if not self.keys:
            self._note(start(self.world), -1, None)
        while self.looked_at < len(self.keys) and (states is None or self.looked_at < states):
            if self.looked_at % 500 == 0:
                self.took_s = monotonic() - begun
                progress(self)
                if seconds is not None and self.took_s > seconds:
                    break
            self._look_at(self.looked_at)
            self.looked_at += 1
        self.took_s = monotonic() - begun
        return self

    def _look_at(self, number: int) -> None:
        key = self.keys[number]
        floor, left = floor_of(self.world, key)
        helped = array("l")
        action = Action("time")
        try:
            demand(not routing.next_step(floor, NOW), "something was left undone that should have happened by itself")
            for action, must in self.world.actions(floor, left):
                after = self._step(key, floor, left, action, must)
                if after is None:
                    continue
                self.steps += 1
                known = self.numbers.get(after)
                if known is None:
                    known = self._note(after, number, action)
                if action.verb not in OF_THE_OUTSIDE and known != number:
                    helped.append(known)
        except Broken as broken:
            raise Broken(f"{broken}\n{self.story(number, action)}") from None
        self.helpful.append(helped)

    def _note(self, key: Key, came: int, by: Action | None) -> int:
        number = self.numbers[key] = len(self.keys)
        self.keys.append(key)
        self.came.append(came)
        self.by.append(by)
        return number

    def _step(self, key: Key, floor: Floor, left: Left, action: Action, must: bool) -> Key | None:
        """The state after the action; None when it changes nothing."""
        decided: list[e.Happened] = []
        if action.verb != "time":
            try:
                decided = deciding.decide(floor, self.world.message(action), NOW)
            except Refused as refused:
                demand(not must, f"it is refused: {refused}")
                self.refused += 1
                return None
            if not decided:
                demand(not must, "it has no effect")
                return None
        after, _ = floor_of(self.world, key, action.late)
        follow(after, decided, action)
        judge_step(floor, action, after)
        left = (left[0] - (action.verb == "request"), left[1] - (action.verb == "call"))
        found = canonical(after, left)[0]
        if found not in self.numbers:
            judge_floor(self.world, after)
            judge_indexes(self.world, after)
        return found

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

    def story(self, number: int, last: Action | None = None) -> str:
        """How it comes to a state, and to what happens there, in names that stay the same throughout."""
        actions = [*self.path(number), *([last] if last is not None else [])]
        return "\n".join(f"  {place}. {line}" for place, line in enumerate(told(self.world, actions), 1))


# --- one step ---------------------------------------------------------------------------------------------------------


def start(world: World) -> Key:
    """Nobody is there, and nothing has come."""
    agents = [Agent(agent=name, name=name) for name in world.names]
    return canonical(put_together(world, agents, []), (world.chats, world.calls))[0]


def follow(floor: Floor, decided: list[e.Happened], action: Action) -> None:
    """Apply what was decided and everything that follows by itself. Raises Broken."""
    for _ in range(STEPS):
        judge_decision(floor, decided, action)
        for event in decided:
            floor.evolve(event)
        decided = routing.next_step(floor, NOW)
        if not decided:
            return
    raise Broken(f"it goes on and on by itself: {decided}")


def judge_indexes(world: World, floor: Floor) -> None:
    """R29: what the floor has kept in order while it changed is what it would build from its items and agents anew."""
    kept = put_together(world, list(floor.agents.values()), list(floor.items.values()))
    demand(floor.next_due() == kept.next_due(), "what is due next is not what a restart would find")
    demand(floor.returning == kept.returning, "who gets something back is not what a restart would find")
    for name, queue in floor.queues.items():
        other = kept.queues[name]
        same = (queue.lanes, queue.free, queue.room, queue.busy, queue.standings, queue.items) == (
            other.lanes,
            other.free,
            other.room,
            other.busy,
            other.standings,
            other.items,
        )
        demand(same, f"the order of the queue {name} is not what a restart would build")


def told(world: World, actions: list[Action]) -> Iterator[str]:
    """The actions as sentences with lasting names: those of the agents, and items in the order in which they came."""
    key = start(world)
    agents, items, came = list(world.names), list[str](), {"c": 0, "k": 0}
    for action in actions:
        floor, left = floor_of(world, key, action.late)
        lasting = dict(zip(world.names, agents, strict=True)) | dict(zip(floor.items, items, strict=True))
        if action.verb in ("request", "call") and action.item is not None:
            came[action.item[0]] += 1
            lasting[action.item] = f"{action.item[0]}{came[action.item[0]]}"
        names = {name: lasting.get(name, name) for name in (*action[1:4], *action.late) if name is not None}
        named = [names.get(name) if name is not None else None for name in action[1:4]]
        yield str(Action(action.verb, *named, late=tuple(names[name] for name in action.late)))
        try:
            decided = [] if action.verb == "time" else deciding.decide(floor, world.message(action), NOW)
            follow(floor, decided, action)
        except (Broken, Refused):
            return  # what the story is told for
        left = (left[0] - (action.verb == "request"), left[1] - (action.verb == "call"))
        key, agent_places, item_places = canonical(floor, left)
        agents = [lasting[name] for name in agent_places]
        items = [lasting[name] for name in item_places]
