"""Visits, works and presence once more, from the raw events alone, and the reports out of them: what the product's own must equal.

It shares nothing with the product but the events. It is written to be read, not to be fast.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, TypeVar

from parley_router.domain import events as e

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")

# --- rows -------------------------------------------------------------------------------------------------------------


Entered = Literal["new", "transferred", "moved", "handed", "begun"]
WAITS = ("new", "transferred", "moved")
"""Somebody may wait in such a visit; what is handed to an agent or begun by one is theirs at once."""


@dataclass
class Visit:
    """An item's stay in one queue."""

    queue: str
    kind: str
    service: str | None
    entered: Entered
    began: int
    answered_at: int | None = None
    agent: str | None = None
    how: str | None = None
    requeues: int = 0
    left_at: int | None = None
    ended: Literal["transferred", "moved", "closed"] | None = None
    outcome: str | None = None
    wait_ms: int | None = None


@dataclass
class Work:
    """An item in the hands of one agent. The times are those that are settled."""

    queue: str
    kind: str
    service: str | None
    agent: str
    how: str
    began: int
    answered_at: int | None = None
    ended_at: int | None = None
    end: Literal["requeued", "transferred", "closed"] | None = None
    handle_ms: int = 0
    wrap_up_ms: int = 0
    parked_ms: int = 0
    interrupted_ms: int = 0
    parks: int = 0
    interruptions: int = 0
    code: str | None = None


@dataclass
class Presence:
    """An agent's time in one state."""

    state: Literal["ready", "not_ready"]
    reason: str | None
    busy: bool
    began: int
    ended: int | None = None


@dataclass
class Recomputed:
    """All rows, by (item, n) and by (agent, n); n counts from 1."""

    visits: dict[tuple[str, int], Visit] = field(default_factory=dict)
    works: dict[tuple[str, int], Work] = field(default_factory=dict)
    presence: dict[tuple[str, int], Presence] = field(default_factory=dict)


# --- from events to rows ----------------------------------------------------------------------------------------------

Doing = Literal["ringing", "handle", "wrap_up", "parked", "interrupted"]


@dataclass
class InHand:
    """What an agent has now: one work that has not ended. `doing`: whose time runs, since when."""

    work: Work
    since: int
    activity: Literal["active", "parked", "interrupted"] = "active"
    in_wrap_up: bool = False
    doing: Doing = "ringing"

    def looked_at(self, at: int) -> None:
        """Another time runs from `at` on, if the item does something else now; that of before is settled."""
        doing = self._doing()
        if doing != self.doing:
            self.settle(at)
            self.doing, self.since = doing, at

    def _doing(self) -> Doing:
        if self.activity != "active":
            return self.activity
        if self.in_wrap_up:
            return "wrap_up"
        return "ringing" if self.work.answered_at is None else "handle"

    def settle(self, at: int) -> None:
        """The interval that runs is over, and counts."""
        spent = max(0, at - self.since)
        match self.doing:
            case "handle":
                self.work.handle_ms += spent
            case "wrap_up":
                self.work.wrap_up_ms += spent
            case "parked":
                self.work.parked_ms += spent
            case "interrupted":
                self.work.interrupted_ms += spent


@dataclass
class OneItem:
    """Everything about one item's name. The last visit is the present one."""

    service: str | None = None
    visits: list[Visit] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    in_hand: InHand | None = None


@dataclass
class OneAgent:
    """Everything about one agent. The last row is the present one, unless it has ended."""

    state: Literal["ready", "not_ready", "logged_out", "gone"] = "logged_out"
    reason: str | None = None
    rows: list[Presence] = field(default_factory=list)


class Recomputing:
    """All items and all agents, event after event."""

    def __init__(self) -> None:
        self.items: dict[str, OneItem] = {}
        self.agents: dict[str, OneAgent] = {}

    def happened(self, event: e.Happened) -> None:
        """What an event makes of its item, and of the agent whom it concerns."""
        if isinstance(event, e.ItemHappened):
            item = self.items.setdefault(event.item, OneItem())
            before = item.in_hand
            self._to_item(item, event)
            concerned = before or item.in_hand
            if concerned is not None:
                self._look_at_agent(concerned.work.agent, event.at)
        else:
            self._to_agent(event)

    # --- items ---

    def _to_item(self, item: OneItem, event: e.ItemHappened) -> None:
        match event:
            case e.ItemQueued():
                item.service = event.service
                _enter(item, event, "new" if event.conversation is None else "begun")
            case e.ItemAssigned():
                work = Work(event.queue, event.kind, item.service, event.agent, event.how, event.at)
                item.works.append(work)
                item.in_hand = InHand(work, event.at)
                if not event.waits:
                    _answer(item.visits[-1], work, event.at)
            case e.CallAnswered() if item.in_hand is not None:
                _answer(item.visits[-1], item.in_hand.work, event.at)
            case e.ItemRequeued():
                _let_go(item, event.at, "requeued")
                item.visits[-1].requeues += 1
            case e.ItemTransferred():
                _let_go(item, event.at, "transferred")
                _leave(item.visits[-1], event.at, "transferred")
                _enter(item, event, "transferred" if event.to_agent is None else "handed")
            case e.ItemMoved():
                _leave(item.visits[-1], event.at, "moved")
                _enter(item, event, "moved")
            case e.ItemClosed():
                _let_go(item, event.at, "closed")
                _leave(item.visits[-1], event.at, "closed")
                item.visits[-1].outcome = event.outcome
        if item.in_hand is not None:
            _to_work(item.in_hand, event)
            item.in_hand.looked_at(event.at)

    # --- agents ---

    def _to_agent(self, event: Any) -> None:
        match event:
            case e.AgentLoggedIn():
                self._set(event, "not_ready", None)
            case e.AgentSetReady():
                self._set(event, "ready", None)
            case e.AgentSetNotReady():
                self._set(event, "not_ready", event.reason)
            case e.AgentLoggedOut():
                self._set(event, "logged_out", None)
            case e.AgentForgotten():
                self._set(event, "gone", None)

    def _set(self, event: Any, state: Literal["ready", "not_ready", "logged_out", "gone"], reason: str | None) -> None:
        agent = self.agents.setdefault(event.agent, OneAgent())
        agent.state, agent.reason = state, reason
        self._look_at_agent(event.agent, event.at)

    def _look_at_agent(self, name: str, at: int) -> None:
        """The row ends and another begins, if one of state, reason and busy is another now."""
        agent, busy = self.agents.setdefault(name, OneAgent()), self._is_busy(name)
        present = agent.rows[-1] if agent.rows and agent.rows[-1].ended is None else None
        if present is not None:
            if (present.state, present.reason, present.busy) == (agent.state, agent.reason, busy):
                return
            at = present.ended = max(present.began, at)
        if agent.state in ("ready", "not_ready"):
            agent.rows.append(Presence(agent.state, agent.reason, busy, at))

    def _is_busy(self, agent: str) -> bool:
        in_hands = [item.in_hand for item in self.items.values() if item.in_hand is not None]
        return any(each.work.agent == agent and each.activity == "active" for each in in_hands)


def _enter(item: OneItem, event: e.ItemHappened, entered: Entered) -> None:
    item.visits.append(Visit(event.queue, event.kind, item.service, entered, event.at))


def _leave(visit: Visit, at: int, ended: Literal["transferred", "moved", "closed"]) -> None:
    visit.left_at, visit.ended = at, ended
    if visit.answered_at is None:
        visit.wait_ms = max(0, at - visit.began)


def _answer(visit: Visit, work: Work, at: int) -> None:
    """Nobody waits any more. Only the first time counts, of the work and of the visit."""
    if work.answered_at is None:
        work.answered_at = at
    if visit.answered_at is None:
        visit.answered_at, visit.agent, visit.how = at, work.agent, work.how
        visit.wait_ms = max(0, at - visit.began)


def _let_go(item: OneItem, at: int, end: Literal["requeued", "transferred", "closed"]) -> None:
    """It is in nobody's hands now."""
    if item.in_hand is not None:
        item.in_hand.settle(at)
        item.in_hand.work.ended_at, item.in_hand.work.end = at, end
        item.in_hand = None


def _to_work(in_hand: InHand, event: e.ItemHappened) -> None:
    """What an agent does with what they have."""
    match event:
        case e.ItemParked(interrupted_by=None):
            in_hand.activity = "parked"
            in_hand.work.parks += 1
        case e.ItemParked():
            in_hand.activity = "interrupted"
            in_hand.work.interruptions += 1
        case e.ItemResumed():
            in_hand.activity = "active"
        case e.WrapUpStarted():
            in_hand.in_wrap_up = True
        case e.ItemClassified():
            in_hand.work.code = event.code


def recompute(events: Iterable[e.Happened]) -> Recomputed:
    """All rows that the events of a floor make, from its first event on."""
    recomputing = Recomputing()
    for event in events:
        recomputing.happened(event)
    found = Recomputed()
    for name, item in recomputing.items.items():
        found.visits |= {(name, n): visit for n, visit in enumerate(item.visits, 1)}
        found.works |= {(name, n): work for n, work in enumerate(item.works, 1)}
    for name, agent in recomputing.agents.items():
        found.presence |= {(name, n): row for n, row in enumerate(agent.rows, 1)}
    return found


# --- from rows to reports ---------------------------------------------------------------------------------------------


def report(
    found: Recomputed,
    of: Literal["queues", "agents", "services"],
    edges: Sequence[int],
    target_ms: int,
    short_ms: int,
    until_now: int,
) -> list[dict[str, Any]]:
    """One dict for each bucket and key (and kind) that has anything. `edges`: where buckets begin, and where the last one ends."""
    rows = []
    for begin, end in pairwise(edges):
        works = [work for work in found.works.values() if begin <= work.began < end]
        visits = [visit for visit in found.visits.values() if begin <= visit.began < end and visit.entered in WAITS]
        bucket = {"from": begin, "until": end}
        if of == "agents":
            cut = _cut(found, begin, end, until_now)
            works_of = _grouped(works, lambda work: work.agent)
            for agent in sorted({*works_of, *cut}):
                figures = {**of_works(works_of.get(agent, [])), **of_presence(cut.get(agent, []))}
                rows.append({"key": agent, **bucket, **figures})
        else:
            key = _by_queue if of == "queues" else _by_service
            visits_of, worked = _grouped(visits, key), _grouped(works, key)
            for name, kind in sorted({*visits_of, *worked}):
                theirs = visits_of.get((name, kind), []), worked.get((name, kind), [])
                figures = {**of_visits(theirs[0], target_ms, short_ms), **of_works(theirs[1])}
                rows.append({"key": name, "kind": kind, **bucket, **figures})
    return rows


def of_visits(visits: list[Visit], target_ms: int, short_ms: int) -> dict[str, Any]:
    """What the visits of a queue or a service come to."""
    answered = [visit.wait_ms or 0 for visit in visits if visit.answered_at is not None]
    abandoned = [visit.wait_ms or 0 for visit in visits if _abandoned(visit)]
    waiting = [visit for visit in visits if visit.answered_at is None and visit.left_at is None]
    in_target = sum(wait_ms <= target_ms for wait_ms in answered)
    short = sum(wait_ms <= short_ms for wait_ms in abandoned)
    count = len(answered) + len(abandoned) - short
    return {
        "offered": len(visits),
        "answered": len(answered),
        "answered_in_target": in_target,
        "abandoned": len(abandoned),
        "abandoned_short": short,
        "transferred_in": sum(visit.entered == "transferred" for visit in visits),
        "moved_in": sum(visit.entered == "moved" for visit in visits),
        "requeues": sum(visit.requeues for visit in visits),
        "waiting": len(waiting),
        "left_otherwise": len(visits) - len(answered) - len(abandoned) - len(waiting),
        "service_level": in_target / count if count else None,
        "answer_ms": _mean(answered),
        "longest_answer_ms": max(answered, default=None),
    }


def of_works(works: list[Work]) -> dict[str, Any]:
    """What the works of a queue, a service or an agent come to."""
    ended = [work for work in works if work.end is not None]
    return {
        "handled": len(ended),
        "handle_ms": _mean([work.handle_ms for work in ended]),
        "wrap_up_ms": _mean([work.wrap_up_ms for work in ended]),
        "parked_ms": _mean([work.parked_ms for work in ended]),
        "interrupted_ms": _mean([work.interrupted_ms for work in ended]),
        "interruptions": sum(work.interruptions for work in works),
        "transfers": sum(work.end == "transferred" for work in works),
        "picked": sum(work.how == "picked" for work in works),
        "pushed": sum(work.how == "pushed" for work in works),
        "transferred_to": sum(work.how == "transferred" for work in works),
    }


def of_presence(cut: list[tuple[Presence, int]]) -> dict[str, Any]:
    """What an agent's presence comes to: rows, and how much of each is inside the bucket."""
    busy = sum(ms for row, ms in cut if row.busy)
    free = sum(ms for row, ms in cut if row.state == "ready" and not row.busy)
    return {
        "logged_in_ms": sum(ms for _row, ms in cut),
        "ready_ms": sum(ms for row, ms in cut if row.state == "ready"),
        "not_ready_ms": sum(ms for row, ms in cut if row.state == "not_ready"),
        "busy_ms": busy,
        "occupancy": busy / (busy + free) if busy + free else None,
    }


def _cut(found: Recomputed, begin: int, end: int, until_now: int) -> dict[str, list[tuple[Presence, int]]]:
    """By agent the rows that have time inside the bucket, and how much. One that has not ended reaches to `until_now`."""
    cut: dict[str, list[tuple[Presence, int]]] = {}
    for (agent, _n), row in found.presence.items():
        ended = row.ended if row.ended is not None else until_now
        inside = min(ended, end) - max(row.began, begin)
        if inside > 0:
            cut.setdefault(agent, []).append((row, inside))
    return cut


def _abandoned(visit: Visit) -> bool:
    gave_up = visit.outcome in ("abandoned", "visitor_left")
    return visit.ended == "closed" and visit.answered_at is None and gave_up


def _by_queue(row: Visit | Work) -> tuple[str, str] | None:
    return row.queue, row.kind


def _by_service(row: Visit | Work) -> tuple[str, str] | None:
    return (row.service, row.kind) if row.service is not None else None


def _grouped(rows: Iterable[Row], key: Callable[[Row], Key | None]) -> dict[Key, list[Row]]:
    """The rows by their key; those without one are left out."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        name = key(row)
        if name is not None:
            groups.setdefault(name, []).append(row)
    return groups


def _mean(times: list[int]) -> int | None:
    """In whole milliseconds, rounded down; None of nothing."""
    return sum(times) // len(times) if times else None
