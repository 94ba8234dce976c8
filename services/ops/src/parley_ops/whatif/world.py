"""What a floor's log says about the world outside: what came, who was there, how long work took, how soon calls were answered, how
long people waited before they gave up. What the floor decided is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from parley_router.domain import events as e
from parley_router.domain import supervision
from parley_router.domain.floor import Floor
from parley_router.domain.origins import origin_of
from parley_router.domain.state import WorkItem

from .collector import collector_rests
from .outcomes import Outcomes, Reproduction

MOST_EVENTS = 5_000_000
"""So many are taken at once; more are asked for by parts."""

SETTINGS = (e.QueueSet, e.QueueRemoved, e.ServiceSet, e.AgentSkilled, e.AgentForgotten)
STEERS = ("take_over", "assign", "move", "agent_state", "agent_logout", "agent_queues")
"""What a supervisor does that changes who works on what. Of an item in an agent's hands it is a part of the work on it, as a transfer is."""
PRESENCE = (e.AgentConnected, e.AgentDisconnected, e.AgentSetReady, e.AgentSetNotReady, e.AgentLoggedOut)


class TooMany(ValueError):
    """The log holds more than is taken at once."""


class Step(NamedTuple):
    """After so much work the agent parked it, for so long (None: for good), or transferred it; `n`: as number … of the log, `back`:
    and was back as number …"""

    work: int
    what: Literal["park", "transfer"]
    n: int
    parked: int | None = None
    back: int = 0
    to: dict[str, str] = {}  # noqa: RUF012


class Ring(NamedTuple):
    """What became of a ringing, after what time, as number … of the log."""

    what: Literal["answer", "miss", "none"]
    ms: int
    n: int


@dataclass(slots=True)
class Plan:
    """One item as the world has it, times in milliseconds.

    `work`: how long it was worked on until its conversation was over; None: that was never known. `wall`: it was over while nobody
    worked on it, so long after its first assignment. `extended`: after how much of its wrap-up there was more time for it, and as
    number … of the log. `gives_up`: so long after its arrival; `waited`: so
    long somebody is known to have waited without giving up. `beside`: how many chats its agent had with it. `late`: how much later
    than it was over the floor heard of that, as number `end_n` of its log.
    """

    item: str
    kind: str
    queue: str
    at: int
    n: int
    work: int | None = None
    served: bool = False
    first: int | None = None
    wall: int | None = None
    ended_by: str = "agent"
    wrap_up: int | None = None
    completed: bool = False
    completed_n: int = 0
    extended: list[tuple[int, int]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)
    end_n: int | None = None
    late: int = 0
    gives_up: int | None = None
    gone_by: str = "visitor"
    waited: int = 0
    beside: int = 1


@dataclass
class World:
    """A tenant's world from `begin` to `end`. `outside`: what came from outside, in the order of the log. `frozen`: the floor as it
    was at the beginning. `history`: what came of it then."""

    tenant: str
    begin: int = 0
    end: int = 0
    events: int = 0
    frozen: bytes = b""
    outside: list[tuple[int, int, e.Happened]] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)
    history: Outcomes = field(default_factory=Outcomes)
    agents: list[str] = field(default_factory=list)
    """In the order in which they came."""
    again: dict[int, Reproduction] = field(default_factory=dict)
    """By seed, how near the same settings come to history, once that has been asked."""


def read_world(
    tenant: str,
    events: Iterable[e.Happened],
    since: int | None = None,
    until: int | None = None,
    most: int = MOST_EVENTS,
    progress: Callable[[int], None] = lambda events: None,
) -> World:
    """The world of a tenant's log: what came from `since` on and before `until`. Raises TooMany."""
    reading = _Reading(tenant, since)
    with collector_rests():
        for n, event in enumerate(events, 1):
            if until is not None and event.at >= until:
                break
            if reading.world.events >= most:
                raise TooMany(f"more than {most:,} events: ask for a shorter time, with --from and --until")
            reading.take(n, event)
            if n % 10_000 == 0:
                progress(n)
    return reading.done()


class _Reading:
    def __init__(self, tenant: str, since: int | None) -> None:
        self.world = World(tenant)
        self._since = since
        self._floor = Floor(tenant)
        self._begun = False
        self._latest = 0
        self._rings: dict[str, int] = {}
        self._parked: dict[str, int] = {}
        self._following = 0
        """So many events to come follow from what a supervisor has done."""
        self._heard: e.Happened | None = None
        """What another service said last, while it is not known when the floor heard it."""

    def take(self, n: int, event: e.Happened) -> None:
        world = self.world
        if not self._begun and (self._since is None or event.at >= self._since):
            self._begun = True
            world.begin = self._since if self._since is not None else event.at
            world.frozen = self._floor.freeze()
            world.history.begin(self._floor, world.begin)
        world.events += 1
        self._latest = max(self._latest, event.at)
        outside = self._from_outside(event)
        self._learn(n, event)
        if self._begun:
            if outside:
                world.outside.append((self._latest, n, event))
            world.history.before(self._floor, event)
        self._note_when(n, event)
        self._floor.evolve(event)
        if self._begun:
            world.history.after(self._floor, event)
        if isinstance(event, e.AgentConnected) and event.agent not in world.agents:
            world.agents.append(event.agent)
        if isinstance(event, e.ItemAssigned) and event.kind == "chat":
            world.plans[event.item].beside = max(1, self._floor.agents[event.agent].active_chats)

    def _note_when(self, n: int, event: e.Happened) -> None:
        """What another service says is heard after what stands before it, and at the time of what follows from it at once."""
        origin = origin_of(event)
        if origin in ("asked", "heard"):
            self._heard = event if origin == "heard" else None
            if origin == "heard" and isinstance(event, (e.WrapUpStarted, e.ItemClosed)):
                plan = self.world.plans[event.item]
                plan.end_n, plan.late = n, self._latest - event.at
        elif origin == "by_itself" and not isinstance(event, (e.ItemAssigned, e.ItemResumed)):
            self._heard = None  # a limit of time was reached, and what follows follows from that
        elif isinstance(self._heard, e.ItemHappened):
            outside, heard = self.world.outside, self._heard
            if isinstance(heard, (e.WrapUpStarted, e.ItemClosed)):
                self.world.plans[heard.item].late = max(0, event.at - heard.at)
            elif outside and outside[-1][2] is heard:
                outside[-1] = (max(outside[-1][0], event.at), outside[-1][1], heard)
            self._heard = None

    def done(self) -> World:
        world = self.world
        world.end = self._latest
        if not self._begun:
            world.begin, world.frozen = self._latest, self._floor.freeze()
        world.history.end(self._floor, world.end)
        for name, item in self._floor.items.items():
            if item.stage == "waiting":
                world.plans[name].waited = world.end - item.waiting_since
        return world

    def _from_outside(self, event: e.Happened) -> bool:
        if self._following:
            self._following -= 1
            return False
        match event:
            case e.Intervened():
                self._following = len(supervision.consequences(self._floor, event))
                item = self._floor.items.get(event.item or "")
                return event.act in STEERS and (item is None or item.owner is None)
            case e.ItemQueued() | e.ItemTouched():
                return True
            case e.ItemAssigned():
                return event.how == "picked"
            case e.ItemResumed():
                return event.why == "agent" and event.item not in self._parked
            case e.AgentSetNotReady():
                return event.reason != "no_answer" or event.command_key is not None
            case e.AgentLoggedOut():
                return event.why == "agent"
        return isinstance(event, (*SETTINGS, *PRESENCE))

    def _learn(self, n: int, event: e.Happened) -> None:
        """What an event says about the item that it is about, before it is folded."""
        plans, at = self.world.plans, event.at
        if isinstance(event, e.ItemQueued):
            plans[event.item] = Plan(event.item, event.kind, event.queue, at, n)
            return
        if not isinstance(event, e.ItemHappened) or event.item not in self._floor.items:
            return
        plan, item = plans[event.item], self._floor.items[event.item]
        match event:
            case e.ItemAssigned():
                if event.kind == "call":
                    self._rings[event.item] = at
                else:
                    self._begins(plan, at)
            case e.CallAnswered():
                plan.rings.append(Ring("answer", at - self._rings.pop(event.item, at), n))
                self._begins(plan, at)
            case e.ItemRequeued() if event.why == "no_answer":
                what: Literal["miss", "none"] = "none" if event.command_key is None else "miss"
                plan.rings.append(Ring(what, at - self._rings.pop(event.item, at), n))
            case e.ItemParked() if event.why == "agent" and item.stage == "conversation":
                self._parked[event.item] = at
                plan.steps.append(Step(item.handle.at(at), "park", n))
            case e.ItemResumed() if event.item in self._parked:
                parked = at - self._parked.pop(event.item)
                if event.why == "agent":
                    plan.steps[-1] = plan.steps[-1]._replace(parked=parked, back=n)
            case e.ItemTransferred():
                to = {"agent": event.to_agent} if event.to_agent is not None else {"queue": event.queue}
                plan.steps.append(Step(item.handle.at(at), "transfer", n, to=to))
            case e.WrapUpStarted():
                self._over(plan, item, at, event.ended_by)
            case e.WrapUpExtended():
                plan.extended.append((item.wrap_up.at(at), n))
            case e.ItemClosed():
                self._closes(n, plan, item, event)

    def _begins(self, plan: Plan, at: int) -> None:
        if plan.first is None:
            plan.first, plan.waited, plan.served = at, at - plan.at, True
        self._parked.pop(plan.item, None)

    def _over(self, plan: Plan, item: WorkItem, at: int, ended_by: str) -> None:
        plan.work, plan.ended_by = item.handle.at(at), ended_by
        if item.activity != "active" and plan.first is not None:
            plan.wall = at - plan.first

    def _closes(self, n: int, plan: Plan, item: WorkItem, event: e.ItemClosed) -> None:
        if item.stage == "wrap_up":
            plan.wrap_up, plan.completed = item.wrap_up.at(event.at), event.why == "completed"
            plan.completed_n = n
        elif item.owner is None or item.answered is False:
            plan.gives_up, plan.gone_by = max(0, event.at - plan.at), event.why
            plan.waited = plan.gives_up
        else:
            self._over(plan, item, event.at, "absence" if event.outcome == "visitor_left" else "agent")
