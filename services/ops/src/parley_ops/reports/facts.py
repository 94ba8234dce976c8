"""What a floor's events come to (R37): an item's stays in queues, its times with agents, an agent's times in a state.

Folded with the router's own floor, so that a timer is what R17 says. A row's name is the number of the event that it began with.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.state import WorkItem


class Visit(msgspec.Struct, kw_only=True):
    """An item's stay in one queue: since it was new, was transferred or moved there, until it is elsewhere or over. `entered`: `new`, `transferred`, `moved`; or
    `handed` to an agent, `begun` by one (an e-mail that they write): nobody waited for these.

    `answered_at`: when an agent had it first and nobody waited any more; `agent`, `how` (`pushed`, `picked`, `transferred`): who, and by what way. `wait_ms`: until
    then, or until it left. `ended`: `transferred`, `moved` or `closed`, which has an `outcome`. Times in milliseconds since 1970.
    """

    n: int
    item: str
    kind: str
    queue: str
    service: str | None
    entered: str
    began: int
    answered_at: int | None = None
    agent: str | None = None
    how: str | None = None
    wait_ms: int | None = None
    requeues: int = 0
    left_at: int | None = None
    ended: str | None = None
    outcome: str | None = None


class Work(msgspec.Struct, kw_only=True):
    """An item in the hands of one agent: since it was assigned, until it is requeued, transferred or closed (`ended`).

    `handle_ms`, `wrap_up_ms`: what R17's timers have gained meanwhile; `parked_ms`, `interrupted_ms`: how long it was that. An interval counts once it is
    over. `handle_from`, `wrap_up_from`: what the timers showed at the beginning; `activity`, `since`: how the item is now.
    """

    n: int
    item: str
    kind: str
    queue: str
    service: str | None
    agent: str
    how: str
    began: int
    answered_at: int | None = None
    ended_at: int | None = None
    ended: str | None = None
    handle_ms: int = 0
    wrap_up_ms: int = 0
    parked_ms: int = 0
    interrupted_ms: int = 0
    parks: int = 0
    interruptions: int = 0
    code: str | None = None
    handle_from: int = 0
    wrap_up_from: int = 0
    activity: str | None = None
    since: int = 0


class Presence(msgspec.Struct, kw_only=True):
    """An agent's time in one `state` (`ready`, `not_ready` with its `reason`), `busy` or not: with an active item, or without."""

    n: int
    agent: str
    state: str
    reason: str | None
    busy: bool
    began: int
    ended: int | None = None


Fact = Visit | Work | Presence


class Facts:
    """The rows of one floor: those that are open, and those that an event has begun or changed."""

    def __init__(self, floor: Floor, still_open: Iterable[Fact] = ()) -> None:
        self.floor = floor
        self.changed: dict[tuple[type[Fact], int, str], Fact] = {}
        """What is to be written, by kind, number and agent."""
        self._visits: dict[str, Visit] = {}
        self._works: dict[str, Work] = {}
        self._presence: dict[str, Presence] = {}
        for fact in still_open:
            match fact:
                case Visit():
                    self._visits[fact.item] = fact
                case Work():
                    self._works[fact.item] = fact
                case Presence():
                    self._presence[fact.agent] = fact

    def follow(self, n: int, event: e.Happened) -> None:
        """The floor's event `n` has happened."""
        about = self.floor.items.get(event.item) if isinstance(event, e.ItemHappened) else None
        concerned = {getattr(event, "agent", None), about.owner if about is not None else None}
        self.floor.evolve(event)
        if isinstance(event, e.ItemHappened) and (item := about or self.floor.items.get(event.item)) is not None:
            self._visited(n, event, item)
            self._worked(n, event, item)
        for agent in concerned - {None}:
            self._spent(n, str(agent), event.at)

    def _keep(self, fact: Fact) -> None:
        self.changed[type(fact), fact.n, fact.agent if isinstance(fact, Presence) else ""] = fact

    # --- in a queue ---------------------------------------------------------------------------------------------------

    def _visited(self, n: int, event: e.ItemHappened, item: WorkItem) -> None:
        visit = self._visits.get(event.item)
        match event:
            case e.ItemQueued():
                self._enters(n, event, "begun" if event.conversation is not None else "new", event.service)
            case e.ItemTransferred() | e.ItemMoved() | e.ItemClosed() if visit is not None:
                ended = {e.ItemTransferred: "transferred", e.ItemMoved: "moved"}.get(type(event), "closed")
                visit.left_at, visit.ended, visit.outcome = event.at, ended, getattr(event, "outcome", None)
                if visit.answered_at is None:
                    visit.wait_ms = max(0, event.at - visit.began)
                self._keep(self._visits.pop(event.item))
                if not isinstance(event, e.ItemClosed):
                    handed = isinstance(event, e.ItemTransferred) and event.to_agent is not None
                    self._enters(n, event, "handed" if handed else ended, visit.service)
            case e.ItemRequeued() if visit is not None:
                visit.requeues += 1
                self._keep(visit)
            case e.ItemAssigned() | e.CallAnswered() if visit is not None and visit.answered_at is None:
                if item.wait.running_since is None:
                    visit.agent, visit.how, visit.answered_at = event.agent, self._how(event), event.at
                    visit.wait_ms = max(0, event.at - visit.began)
                    self._keep(visit)

    def _how(self, event: e.ItemAssigned | e.CallAnswered) -> str | None:
        """By what way the item came to its agent."""
        if isinstance(event, e.ItemAssigned):
            return event.how
        rang = self._works.get(event.item)
        return rang.how if rang is not None else None

    def _enters(self, n: int, event: e.ItemHappened, how: str, service: str | None) -> None:
        visit = Visit(
            n=n, item=event.item, kind=event.kind, queue=event.queue, service=service, entered=how, began=event.at
        )
        self._visits[event.item] = visit
        self._keep(visit)

    # --- with an agent ------------------------------------------------------------------------------------------------

    def _worked(self, n: int, event: e.ItemHappened, item: WorkItem) -> None:
        if isinstance(event, e.ItemAssigned):
            self._works[event.item] = Work(
                n=n,
                item=event.item,
                kind=event.kind,
                queue=event.queue,
                service=item.service,
                agent=event.agent,
                how=event.how,
                began=event.at,
                handle_from=item.handle.ms,
                wrap_up_from=item.wrap_up.ms,
                since=event.at,
            )
        work = self._works.get(event.item)
        if work is None:
            return
        if work.answered_at is None and item.handle.running_since is not None:
            work.answered_at = event.at
        if isinstance(event, e.ItemClassified):
            work.code = event.code
        if isinstance(event, e.ItemParked):
            work.interruptions += event.interrupted_by is not None
            work.parks += event.interrupted_by is None
        if item.activity != work.activity:
            spent = max(0, event.at - work.since)
            work.parked_ms += spent if work.activity == "parked" else 0
            work.interrupted_ms += spent if work.activity == "interrupted" else 0
            work.activity, work.since = item.activity, event.at
        work.handle_ms = item.handle.ms - work.handle_from
        work.wrap_up_ms = item.wrap_up.ms - work.wrap_up_from
        ended = _ENDS.get(type(event))
        if ended is not None:
            work.ended_at, work.ended = event.at, ended
            del self._works[event.item]
        self._keep(work)

    # --- of an agent --------------------------------------------------------------------------------------------------

    def _spent(self, n: int, name: str, at: int) -> None:
        agent, before = self.floor.agents.get(name), self._presence.get(name)
        now = None
        if agent is not None and agent.state != "logged_out":
            now = (agent.state, agent.reason, agent.busy > 0)
        if before is not None:
            if now == (before.state, before.reason, before.busy):
                return
            before.ended = max(before.began, at)
            at = before.ended
            self._keep(self._presence.pop(name))
        if now is not None:
            state, reason, busy = now
            self._presence[name] = Presence(n=n, agent=name, state=state, reason=reason, busy=busy, began=at)
            self._keep(self._presence[name])


_ENDS: dict[type[e.Happened], str] = {
    e.ItemRequeued: "requeued",
    e.ItemTransferred: "transferred",
    e.ItemClosed: "closed",
}
