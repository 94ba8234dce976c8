"""R8: how long whoever waits may have to wait, from who is there and how long items take.

The agents of a queue who are ready have so many places for its items. With `s` places, all taken, and items that take `turn` on
average, one is free every `turn / s`: whoever is at position `n` waits `n * turn / s`, the mean of Erlang C for those who wait.
Where places are free, or will be once a call or a wrap-up is over, they are taken in turn: whoever is next gets the place that is
free first, and has it for as long as items of its kind took on average lately.

Of those ahead some give up: where people wait `patience` on average before they do, a wait of `w` without it becomes
`patience * ln(1 + w / patience)`, which is Erlang A's for those who stay, in the limit of many.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from math import log1p
from typing import NamedTuple

from parley_contracts.shapes import Item, Kind
from parley_contracts.showings import Pace

USUAL = Pace()
USUAL_TURN_MS: dict[Kind, int] = {"chat": 300_000, "call": 240_000, "email": 600_000, "task": 600_000}
"""How long an item takes where nothing is known yet."""
WRAP_UP_LEFT_MS = 20_000
LOOKED_AT = 1_000
"""So many positions are worked out one by one; whoever is further behind waits in proportion."""


class Hands(NamedTuple):
    """What keeps an agent's hands full: how many chats they have, active or interrupted, and a call, or a wrap-up, before which
    nothing else is begun."""

    chats: int
    calls: int
    wrap_ups: int


def hands(inbox: Iterable[Item]) -> Hands:
    """Of an agent's items, those that keep them."""
    chats = calls = wrap_ups = 0
    for item in inbox:
        active = item.activity == "active"
        if item.stage == "wrap_up":
            wrap_ups += active
        elif item.kind == "call":
            calls += active
        else:
            chats += active or item.activity == "interrupted"
    return Hands(chats, calls, wrap_ups)


def places(agents: Sequence[Hands], chats: int, turns: dict[Kind, int]) -> list[int]:
    """When each place of these agents is free, in milliseconds from now: so many `chats` each. What is under way ends evenly
    spread over a turn, as it does where items come and go."""
    on_calls, taken = sum(agent.calls > 0 for agent in agents), sum(min(agent.chats, chats) for agent in agents)
    call, chat = turn_of("call", turns), turn_of("chat", turns)
    found: list[int] = []
    calls_over = chats_over = 0
    for agent in agents:
        begins = 0
        if agent.calls:
            calls_over += 1
            begins = call * calls_over // on_calls
        elif agent.wrap_ups:
            begins = WRAP_UP_LEFT_MS
        for place in range(chats):
            if place < agent.chats:
                chats_over += 1
                found.append(begins + chat * chats_over // taken)
            else:
                found.append(begins)
    return found


def starts(places: Sequence[int], kinds: Iterable[Kind], turns: dict[Kind, int]) -> list[int]:
    """When each of those who wait, of these kinds and in this order, has a place, in milliseconds from now, if nobody gives up;
    the first thousand."""
    free = list(places)
    heapq.heapify(free)
    found = []
    for kind, _ in zip(kinds, range(LOOKED_AT), strict=False):
        found.append(free[0])
        heapq.heapreplace(free, free[0] + turn_of(kind, turns))
    return found


class Waits:
    """The waits of those who are in one queue now. `nobody_here`: none of its agents is logged in, and all the rest is as it
    would be if one came."""

    def __init__(self, places: Sequence[int], kinds: Iterable[Kind], pace: Pace, anybody_here: bool) -> None:
        self.nobody_here, self._patience_ms = not anybody_here, pace.patience_ms
        self._turn = turn_of("chat", pace.turns)
        # Whoever is there and not ready comes back, nobody knows when: as if it were one of them, after a turn.
        self._places = len(places) or 1
        self._starts = starts(places or [self._turn], kinds, pace.turns)

    def of(self, position: int) -> int:
        """How long whoever is at `position` may wait, in seconds, as it is told."""
        known = position <= len(self._starts)
        ms = self._starts[position - 1] if known else position * self._turn / self._places
        if self._patience_ms is not None:
            ms = self._patience_ms * log1p(ms / max(1, self._patience_ms))
        return rounded_s(ms)


def turn_of(kind: Kind, turns: dict[Kind, int]) -> int:
    """How long an item of the kind takes."""
    return max(1_000, turns.get(kind, USUAL_TURN_MS[kind]))


def rounded_s(ms: float) -> int:
    """As a visitor is told it: nobody can know it to the second."""
    seconds = max(1, round(ms / 1000))
    step = 1 if seconds < 5 else 5 if seconds < 60 else 15 if seconds < 300 else 60
    return step * round(seconds / step)
