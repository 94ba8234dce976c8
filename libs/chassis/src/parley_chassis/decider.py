"""How a service decides, as a plain value: the same one in production, in stories, in the search, in the simulation and in
the benchmarks. What is proved is what runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from parley_contracts.shapes import Message

State = TypeVar("State")

Decide = Callable[[State, Any, int], list[Any]]
Evolve = Callable[[State, Any], State]
ByItself = Callable[[State, int], list[Any]]
Happen = Callable[[list[Any]], State]
"""Takes the events of one decision, applies them, and gives the state after them."""


def _nothing(state: Any, at: int) -> list[Any]:
    return []


@dataclass(frozen=True)
class Decider(Generic[State]):
    """`new(stream)` is the state before anything has happened. `decide(state, message, at)` gives the events that a message
    leads to, none where it is so already, and raises Refused. `evolve(state, event)` gives the state after an event and
    never fails. `by_itself(state, at)` gives the next thing that happens without being asked for, as events; an empty list
    says that there is nothing more. Times are milliseconds since 1970.
    """

    new: Callable[[str], State]
    decide: Decide[State]
    evolve: Evolve[State]
    by_itself: ByItself[State] = _nothing

    def turn(self, state: State, message: Message, at: int, happen: Happen[State]) -> State:
        """One message, from beginning to end: what is due happens first, then what is asked, then what follows from it.

        A limit that was reached before the message came has its effect before the message, however late the clock looks
        (R18). `happen` is told of each decision before the next one is made. Raises Refused; what was due has happened
        all the same.
        """
        alone = self.by_itself is _nothing
        state = state if alone else self.settle(state, at, happen)
        decided = self.decide(state, message, at)
        if decided:
            state = happen(decided)
        return state if alone else self.settle(state, at, happen)

    def settle(self, state: State, at: int, happen: Happen[State]) -> State:
        """Everything that happens by itself at `at`, one decision after the other."""
        while events := self.by_itself(state, at):
            state = happen(events)
        return state
