"""What the floor does by itself: time-outs (R15, R18, R21), calls first (R9, R10, R13), interrupted work back (R13, R14),
and pushes (R7)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Literal, NamedTuple

from sortedcontainers import SortedList

from . import events as e
from . import moves, policies
from .floor import Floor
from .policies import Key
from .queues import NOWHERE, Queue
from .state import Agent, Due, WorkItem

NAMED = 4
"""How many agents an assignment names for each reason why they were passed over; the others are counted."""

SMALL_FLOOR = 20
"""Up to so many agents, those who could take the item but do not serve its queue are named as well."""


class Taker(NamedTuple):
    """Who takes an item: one of the `free`, of those with `room` for a chat, or one to be `interrupted`. `unable`: who was
    asked before, and cannot do what the item needs; `giver`: who gave it away, and was not asked (R23)."""

    agent: str
    out_of: Literal["free", "room", "interrupted"]
    unable: tuple[str, ...]
    giver: str | None = None


class Choice(NamedTuple):
    """An assignment that is possible now; the lowest `rank` comes first."""

    rank: Key
    item: WorkItem
    queue: Queue
    taker: Taker


def next_step(floor: Floor, at: int) -> list[e.Happened]:
    """The next thing that the floor does by itself at `at`, as events; empty when there is nothing to do.

    Apply them, and ask again, until there is nothing. Looks only at queues in which something has changed.
    """
    now = max(at, floor.last_at)
    while (due := floor.overdue(now)) is not None:
        if due.kind != "look":
            return _time_out(floor, due, now)
        floor.look(due.name)
    if floor.returning or floor.taking_up:
        # R13: a second call that waits goes first.
        return _assign(floor, now, calls_only=True) or _go_on(floor, now)
    return _assign(floor, now, calls_only=False)


def _time_out(floor: Floor, due: Due, now: int) -> list[e.Happened]:
    if due.kind == "wrap_up":
        item = floor.items[due.name]
        return [moves.item_event(item, e.ItemClosed, due.at, outcome=moves.outcome(item), why="time_limit")]
    if due.kind == "ring":
        return moves.missed(floor, floor.items[due.name], now)
    if due.kind == "follow_up":
        item = floor.items[due.name]
        return [moves.item_event(item, e.ItemReminded, now, agent=item.owner)]
    left = moves.leave_events(floor, floor.agents[due.name], now, "connection_lost")
    return [*left, e.AgentLoggedOut(at=now, agent=due.name, why="connection_lost")]


def _go_on(floor: Floor, now: int) -> list[e.Happened]:
    """What an agent has already goes before what waits."""
    if floor.returning:
        return moves.returned(floor, floor.agents[min(floor.returning)], now)
    return moves.taken_up(floor, floor.agents[min(floor.taking_up)], now)


# --- assignments ------------------------------------------------------------------------------------------------------


def _assign(floor: Floor, now: int, calls_only: bool) -> list[e.Happened]:
    """R4: of all that can be assigned, what is first in order, to whom the queue's policy says."""
    best: Choice | None = None
    settled = []
    for name in floor.unsettled:
        queue = floor.queues[name]
        choice = _choice(floor, queue, now, calls_only) if queue.settings.distribution == "push" else None
        if choice is None:
            settled.append(name)
        elif best is None or choice.rank < best.rank:
            best = choice
    if not calls_only:
        floor.unsettled.difference_update(settled)
    if best is None:
        return []
    agent = floor.agents[best.taker.agent]
    return moves.assigned(floor, agent, best.item, now, "pushed", why=_why(floor, best) if floor.tells_why else None)


def _choice(floor: Floor, queue: Queue, now: int, calls_only: bool) -> Choice | None:
    """The first in order of a queue that somebody can take. Within a lane nobody overtakes."""
    if not (queue.free or queue.room or queue.busy):
        return None
    routing = queue.settings.routing
    heads = []
    for (kind, _, _), lane in queue.lanes.items():
        if kind == "call" or not calls_only:
            item = floor.items[lane[0][-1]]
            heads.append(((-policies.score(item, routing, now), item.waiting_since, item.item), item))
    for rank, item in sorted(heads, key=lambda head: head[0]):
        able = Able(floor, queue, item, now)
        taker = _taker(floor, queue, item, able)
        if taker is not None:
            return Choice(rank, item, queue, taker)
        # Whoever becomes free later is looked at then; here it is about those who are there and cannot do it yet.
        if able.unable and (again := policies.relaxes_at(item, routing, now)) is not None:
            floor.look_again(queue.queue, again)
    return None


def would_wait(floor: Floor, item: WorkItem, now: int) -> bool:
    """Whether an item that comes in now has to wait: nobody could take it at once. What waits already, nobody can."""
    queue = floor.queues[item.queue]
    if queue.settings.distribution != "push":
        return True
    return _taker(floor, queue, item, Able(floor, queue, item, now)) is None


def _taker(floor: Floor, queue: Queue, item: WorkItem, able: Able) -> Taker | None:
    """R7: a chat goes to whoever is free or has room; R9: anything else only to an agent with no active item; R10: if there
    is none, a call interrupts."""
    routing = queue.settings.routing
    if (routing.agent == "last_agent" or item.kind == "email") and item.last_agent not in (None, able.giver):
        placement = queue.placements.get(item.last_agent)
        if placement is not None and placement.free is not None:
            return Taker(item.last_agent, "free", (), able.giver)
        if placement is not None and placement.room is not None and item.kind == "chat":
            return Taker(item.last_agent, "room", (), able.giver)
    free = able.first(queue.free)
    room = able.first(queue.room) if item.kind == "chat" else None
    if free is not None and (room is None or free < room):
        return Taker(free[-1], "free", tuple(able.unable), able.giver)
    if room is not None:
        return Taker(room[-1], "room", tuple(able.unable), able.giver)
    if moves.interrupts(floor, item):
        below = (entries for ceiling, entries in sorted(queue.busy.items()) if ceiling < item.priority)
        found = [first for entries in below if (first := able.first(entries)) is not None]
        if found:
            return Taker(min(found)[-1], "interrupted", tuple(able.unable), able.giver)
    return None


class Able:
    """Who can do what an item needs; remembers the first few who cannot. `giver`: who gave the item away and is not asked, since
    somebody else is there who can take it, now or later (R23)."""

    def __init__(self, floor: Floor, queue: Queue, item: WorkItem, now: int) -> None:
        routing = queue.settings.routing
        self._floor = floor
        self._needed = policies.needs(item, routing)
        self._less = policies.relaxed(item, routing, now) if self._needed else 0
        self.unable: list[str] = []
        self.giver = item.given_by if self._others(queue, item.given_by) else None

    def _others(self, queue: Queue, giver: str | None) -> bool:
        if giver is None:
            return False
        there = (self._floor.agents.get(name) for name in queue.settings.agents if name != giver)
        return any(agent.state == "ready" and agent.connections and self.is_able(agent) for agent in there if agent)

    def has_skills(self, agent: str) -> bool:
        """Whether an agent can do what the item needs."""
        known = self._floor.agents.get(agent)
        return known is not None and self.is_able(known)

    def is_able(self, agent: Agent) -> bool:
        """The same of one who is known."""
        return not self._needed or policies.able_to(agent.skills, self._needed, self._less)

    def first(self, entries: SortedList[Key]) -> Key | None:
        """The first of these who can."""
        entry: Key
        for entry in entries:
            if entry[-1] == self.giver:
                continue
            if self.is_able(self._floor.agents[entry[-1]]):
                return entry
            if len(self.unable) < NAMED:
                self.unable.append(entry[-1])
        return None


# --- why --------------------------------------------------------------------------------------------------------------


def _why(floor: Floor, choice: Choice) -> e.Why:
    """Which agents there were besides, and why each was passed over: a few of them by name, the others counted."""
    queue, item, taker = choice.queue, choice.item, choice.taker
    routing = queue.settings.routing
    policy: str = routing.agent
    passed: dict[str, list[str]] = {}
    more: dict[str, int] = {}

    def tell(reason: str, agents: Iterable[str], count: int) -> None:
        others = (agent for agent in agents if agent not in (taker.agent, taker.giver, *taker.unable))
        named = passed.setdefault(reason, [])
        before = len(named)
        named += islice(others, NAMED - before)
        left = count - (len(named) - before)
        if left > 0:
            more[reason] = more.get(reason, 0) + left
        if not named:
            del passed[reason]

    if taker.unable:
        passed["lacks_skill"] = list(taker.unable)
    given = queue.placements.get(taker.giver or "", NOWHERE)
    if given is not NOWHERE:
        passed["gave_it_away"] = [taker.giver or ""]
    for reason in ("not_ready", "on_call", "wrap_up", "away"):
        if agents := queue.passed.get(reason):
            tell(reason, agents, len(agents) - (given.reason == reason))
    others = -len(taker.unable)  # who lacks a skill is told already
    if taker.out_of == "interrupted":
        working = len(queue.passed.get("busy", ())) + len(queue.passed.get("at_limit", ()))
        below = [entries for ceiling, entries in sorted(queue.busy.items()) if ceiling < item.priority]
        above = [entries for ceiling, entries in sorted(queue.busy.items()) if ceiling >= item.priority]
        reason = policies.INTERRUPT_PASSED_OVER[routing.interrupt]
        is_below = given.ceiling is not None and given.ceiling < item.priority
        is_above = given.ceiling is not None and not is_below
        is_beyond = given.reason in ("busy", "at_limit") and given.ceiling is None
        tell(reason, _agents(below), sum(map(len, below)) - 1 + others - is_below)
        tell("higher_priority", _agents(above), sum(map(len, above)) - is_above)
        beyond = (name for name in _working(queue) if queue.placements[name].ceiling is None)
        tell("not_interruptible", beyond, working - sum(map(len, below)) - sum(map(len, above)) - is_beyond)
        policy = routing.interrupt
    else:
        reason = policies.PASSED_OVER[routing.agent]
        free = len(queue.free) - (taker.out_of == "free") - (given.free is not None)
        tell(reason, _agents([queue.free]), free + others)
        if item.kind == "chat":
            room = len(queue.room) - (taker.out_of == "room") - (given.room is not None)
            tell(reason if taker.out_of == "room" else "busy", _agents([queue.room]), room)
            at_limit = queue.passed.get("at_limit", ())
            tell("at_limit", at_limit, len(at_limit) - (given.reason == "at_limit"))
        else:
            working = len(queue.passed.get("busy", ())) + len(queue.passed.get("at_limit", ()))
            tell("busy", _working(queue), working - (given.reason in ("busy", "at_limit")))
    if len(floor.agents) <= SMALL_FLOOR:
        elsewhere = [
            name for name, agent in floor.agents.items() if name not in queue.placements and not agent.unavailable
        ]
        tell("not_in_queue", elsewhere, len(elsewhere))
    return e.Why(policy=policy, out_of=taker.out_of, passed=passed, more=more)


def _agents(lists: Iterable[Iterable[Key]]) -> Iterable[str]:
    return (entry[-1] for entry in chain.from_iterable(lists))


def _working(queue: Queue) -> Iterable[str]:
    return chain(queue.passed.get("busy", ()), queue.passed.get("at_limit", ()))
