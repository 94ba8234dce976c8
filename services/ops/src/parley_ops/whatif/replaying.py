"""The world meets the floor again: what came from outside comes again, and the floor decides anew, by its own decider."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from itertools import count
from math import log
from statistics import median
from typing import Any

from msgspec.structs import replace
from parley_contracts import chat_events as said
from parley_contracts import commands as c
from parley_contracts import supervision as s
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Sender
from parley_router.domain import events as e
from parley_router.domain import moves
from parley_router.domain.floor import Floor
from parley_router.domain.state import WorkItem, waiting_item
from parley_router.handlers import FLOOR

from .changes import Changes, copies_of, removed_from
from .outcomes import Outcomes
from .world import Plan, Ring, World

LEAST_GIVEN_UP = 5
"""Of so many who gave up it is worked out how long people wait."""
GOES_ON = (e.ItemAssigned, e.CallAnswered, e.ItemResumed, e.WrapUpStarted)
STANDS = (e.ItemParked, e.ItemRequeued, e.ItemTransferred, e.ItemClosed)
Pool = dict[tuple[str, str], list[Plan]]


class Replay:
    """One run: a world under changes. The same seed gives the same run. `tells_why`: its assignments have their reasons."""

    def __init__(self, world: World, changes: Changes, seed: int, *, tells_why: bool = False) -> None:
        self._world, self._changes, self._seed = world, changes, seed
        self.outcomes = Outcomes()
        self.events = 0
        self.refused: Counter[str] = Counter()
        """By what was asked, how often the floor as it was then refused it."""
        self.sampled = 0
        """How many were served whose work is not known: they are handled as somebody else was."""
        self._floor: Floor = Floor.thaw(world.tenant, world.frozen)
        self._floor.tells_why = tells_why
        self._now = world.begin
        self._heap: list[tuple[int, int, int, str, str, Any]] = []
        self._numbers, self._ids = count(), count()
        self._tokens: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._begun: dict[str, int] = {}
        self._removed = removed_from(world, changes.agents)
        self._copies = copies_of(world, changes.agents)
        self._known: Pool = {}
        self._wrapped: Pool = {}
        self._patience: dict[tuple[str, str], float] = {}
        self._ring = self._learn()

    def _learn(self) -> int:
        """What is known of some, for those of whom it is not known; how soon a call is answered where it never rang."""
        given_up: Counter[tuple[str, str]] = Counter()
        waited: Counter[tuple[str, str]] = Counter()
        answers = []
        for plan in self._world.plans.values():
            key = (plan.queue, plan.kind)
            if plan.work is not None:
                self._known.setdefault(key, []).append(plan)
            if plan.completed:
                self._wrapped.setdefault(key, []).append(plan)
            given_up[key] += plan.gives_up is not None
            waited[key] += plan.waited
            answers += [ring.ms for ring in plan.rings if ring.what == "answer"]
        self._patience = {key: waited[key] / number for key, number in given_up.items() if number >= LEAST_GIVEN_UP}
        return round(median(answers)) if answers else 0

    def run(self, progress: Callable[[int, int], None] = lambda done, of: None) -> Outcomes:
        """What comes of it."""
        self.outcomes.begin(self._floor, self._now)
        self._change_what_stands()
        outside = self._world.outside
        for number, (at, n, event) in enumerate(outside):
            self._until(at, n)
            self._now = max(self._now, at)
            self._outside(event)
            if number % 2_000 == 0:
                progress(number, len(outside))
        self._until(self._world.end, len(self._world.plans) + self._world.events)
        self.outcomes.end(self._floor, self._world.end)
        return self.outcomes

    # --- time ---------------------------------------------------------------------------------------------------------

    def _until(self, at: int, n: int) -> None:
        """Everything that follows from the world until then, and what the floor does by itself meanwhile."""
        while True:
            due = self._floor.next_due()
            first = self._heap[0] if self._heap else None
            if due is not None and due < at and (first is None or due < first[0]):
                self._now = max(self._now, due)
                FLOOR.settle(self._floor, self._now, self._happen)
            elif first is not None and (first[0], first[1]) < (at, n):
                _, _, number, what, name, facts = heapq.heappop(self._heap)
                self._now = max(self._now, first[0])
                self._follow(number, what, name, facts)
            else:
                return

    def _later(self, ms: float, n: int, what: str, name: str, facts: Any = None) -> int:
        number = next(self._numbers)
        heapq.heappush(self._heap, (self._now + max(0, round(ms)), n, number, what, name, facts))
        return number

    # --- what comes from outside --------------------------------------------------------------------------------------

    def _change_what_stands(self) -> None:
        """The changes, where the floor was there before: its queues are set, who is missing goes, doubles come."""
        for name, queue in list(self._floor.queues.items()):
            self._put_queue(name, queue.settings.stored())
        for name, agent in list(self._floor.agents.items()):
            if agent.state == "logged_out":
                continue
            if name in self._removed:
                self._tell(c.LogOut(tenant=self._world.tenant, sender=self._by("agent", name)))
            for double in self._copies.get(name, ()):
                for connection in agent.connections:
                    self._tell(_connects(self._world.tenant, double, connection, agent.grace_ms))
                if agent.state == "ready":
                    self._tell(c.SetReady(tenant=self._world.tenant, sender=self._by("agent", double)))
        for item in list(self._floor.items.values()):
            if item.owner is not None and item.activity == "active":
                self._goes_on(item)
            elif item.stage == "waiting":
                self._will_give_up(self._world.plans[item.item], item.waiting_since)

    def _put_queue(self, queue: str, stored: Any) -> None:
        settings = self._changes.of(queue, stored)
        doubles = [double for name in settings.agents for double in self._copies.get(name, ())]
        agents = (*settings.agents, *(name for name in doubles if name not in settings.agents))
        asked = c.PutQueue(
            tenant=self._world.tenant,
            sender=self._by("admin", "whatif"),
            queue=queue,
            settings=settings.model_copy(update={"agents": agents}),
        )
        self._tell(asked)

    def _outside(self, event: e.Happened) -> None:
        name = getattr(event, "agent", None)
        match event:
            case e.ItemQueued():
                return self._arrives(event)
            case e.QueueSet():
                return self._put_queue(event.queue, event.settings)
            case e.Intervened():
                if event.to_agent not in self._removed and (event.item is not None or event.agent not in self._removed):
                    self._tell(supervised(self._world.tenant, event, self._by("supervisor", event.user)))
                return None
            case e.ItemTouched():
                item = self._floor.items.get(event.item)
                if item is not None and item.owner is not None:
                    told: dict[str, Any] = {"chat": event.item, "n": 1, "at": self._now, "agent": item.owner}
                    self._tell(said.ChatTouched(tenant=self._world.tenant, **told))
                return None
        if isinstance(event, e.ItemAssigned) and name in self._removed:
            if (other := self._picks_instead(event.item)) is not None:
                self._tell(self._asked(event, other))
            return None
        for agent in (name, *self._copies.get(name, ())) if name is not None else (None,):
            if agent not in self._removed and (agent == name or not isinstance(event, e.ItemHappened)):
                self._tell(self._asked(event, agent))
        return None

    def _picks_instead(self, name: str) -> str | None:
        """Of those who are ready and serve the queue of what somebody picked who is not there: who has the fewest active items."""
        item = self._floor.items.get(name)
        serving = self._floor.queues[item.queue].settings.agents if item is not None else ()
        there = [agent for known in serving if (agent := self._floor.agents.get(known)) and agent.state == "ready"]
        return min(there, key=lambda agent: (agent.busy, agent.agent)).agent if there else None

    def _asked(self, event: Any, agent: str | None) -> Message:
        """The command that an event of the log answered."""
        tenant = self._world.tenant
        by = self._by("agent" if agent is not None else "admin", agent or "whatif")
        match event:
            case e.AgentConnected():
                return _connects(tenant, agent or "", event.connection, event.grace_ms, event.name)
            case e.AgentDisconnected():
                return c.DisconnectAgent(tenant=tenant, agent=agent or "", connection=event.connection)
            case e.AgentSetReady():
                return c.SetReady(tenant=tenant, sender=by)
            case e.AgentSetNotReady():
                return c.SetNotReady(tenant=tenant, sender=by, reason=event.reason)
            case e.AgentLoggedOut():
                return c.LogOut(tenant=tenant, sender=by)
            case e.AgentSkilled():
                return c.SetSkills(tenant=tenant, sender=by, agent=agent or "", skills=event.skills)
            case e.AgentForgotten():
                return c.ForgetAgent(tenant=tenant, sender=by, agent=agent or "")
            case e.QueueRemoved():
                return c.RemoveQueue(tenant=tenant, sender=by, queue=event.queue)
            case e.ServiceSet():
                given = {"priority": event.priority, "skills": event.skills}
                return c.SetService(tenant=tenant, sender=by, service=event.service, **given)
            case e.ItemResumed():
                return c.Resume(tenant=tenant, sender=by, item=event.item)
        return c.Pick(tenant=tenant, sender=by, item=event.item)

    def _arrives(self, event: e.ItemQueued) -> None:
        """As it came; without a priority of its own it has what its queue gives it now."""
        queue = self._floor.queues.get(event.queue)
        if queue is not None and not event.own_priority:
            event = replace(event, priority=queue.settings.priority_of(event.kind))
        self._will_give_up(self._world.plans[event.item], event.at)
        queued = replace(event, trace=None)
        self._settled([queued, *self._begun_by(queued)])

    def _begun_by(self, event: e.ItemQueued) -> list[e.Happened]:
        """What an agent began themselves is theirs at once, where they are there."""
        agent = self._floor.agents.get(event.last_agent or "")
        there = agent is not None and agent.state != "logged_out" and event.queue in self._floor.queues
        if event.conversation is None or agent is None or not there or agent.agent in self._removed:
            return []
        return moves.assigned(self._floor, agent, waiting_item(event), event.at, "picked")

    def _will_give_up(self, plan: Plan, came: int) -> None:
        if (patience := self._patience_of(plan)) is not None:
            self._later(came + patience - self._now, plan.n, "gives_up", plan.item)

    def _patience_of(self, plan: Plan) -> float | None:
        """Known of those who gave up. Of the others it is known that they would have waited so long; how much longer is drawn."""
        if plan.gives_up is not None:
            return plan.gives_up
        mean = self._patience.get((plan.queue, plan.kind))
        return None if mean is None else plan.waited + mean * -log(1 - self._chance("patience", plan))

    # --- what follows -------------------------------------------------------------------------------------------------

    def _goes_on(self, item: WorkItem) -> None:
        """Somebody works on it from now on: until they park it, give it away, or are done."""
        plan = self._world.plans[item.item]
        if item.stage == "wrap_up":
            return self._wraps_up(item, plan)
        if item.answered is False:
            return self._rings(item, plan)
        like, done = self._work_like(plan), item.handle.at(self._now)
        if item.item not in self._begun:
            self._begun[item.item] = self._now
            if plan.wall is not None:
                self._later(plan.wall + plan.late, plan.end_n or plan.n, "over", item.item, plan.late)
        step = self._done.get(item.item, 0)
        if step < len(plan.steps):
            left, what, n, late = plan.steps[step].work - done, "step", plan.steps[step].n, 0
        elif like is not None and like.work is not None and plan.wall is None:
            left, what, n, late = like.work - done, "ends", plan.end_n or plan.n, plan.late
        else:
            return None
        ms = max(0, left) * self._stretched(item, plan) + late
        self._tokens[item.item] = self._later(ms, n, what, item.item, late)
        return None

    def _stretched(self, item: WorkItem, plan: Plan) -> float:
        if not self._changes.factor or item.kind != "chat" or item.owner is None:
            return 1.0
        beside = max(1, self._floor.agents[item.owner].active_chats)
        return (1 + self._changes.factor * (beside - 1)) / (1 + self._changes.factor * (plan.beside - 1))

    def _work_like(self, plan: Plan) -> Plan | None:
        """The item itself, or another of its queue and kind where nobody knows how long it would have taken."""
        if plan.work is not None or plan.served:
            return plan
        if known := self._known.get((plan.queue, plan.kind)):
            self.sampled += plan.item not in self._begun
            return known[int(self._chance("work", plan) * len(known))]
        return None

    def _rings(self, call: WorkItem, plan: Plan) -> None:
        number = call.assignment - 1
        ring = plan.rings[number] if number < len(plan.rings) else Ring("answer", self._ring, plan.n)
        if ring.what != "none":
            self._later(ring.ms, ring.n, ring.what, call.item, call.assignment)

    def _wraps_up(self, item: WorkItem, plan: Plan) -> None:
        like = plan
        if plan.wrap_up is None and (known := self._wrapped.get((plan.queue, plan.kind))):
            like = known[int(self._chance("wrap_up", plan) * len(known))]
        if like.completed and like.wrap_up is not None:
            done = item.wrap_up.at(self._now)
            n = like.completed_n if like is plan else plan.n
            self._tokens[item.item] = self._later(like.wrap_up - done, n, "completes", item.item)
        for spent, n in like.extended if not item.wrap_up.ms else ():
            self._later(spent, n, "extends", item.item)

    def _follow(self, number: int, what: str, name: str, facts: Any) -> None:
        item = self._floor.items.get(name)
        if item is None or (what in ("step", "ends", "completes") and self._tokens.get(name) != number):
            return
        plan = self._world.plans[name]
        match what:
            case "gives_up" if item.stage == "waiting" or item.answered is False:
                by = plan.gone_by if plan.gone_by in ("visitor", "absence") else "visitor"
                self._tell(self._chat_ends(name, by) if item.kind == "chat" else c.EndItem(**self._source(name)))
            case "answer":
                self._tell(c.AnswerCall(**self._source(name), assignment=facts))
            case "miss":
                self._tell(c.MissCall(**self._source(name), assignment=facts))
            case "step":
                self._step(item, plan)
            case "resume":
                self._tell(c.Resume(**self._owner(item)))
            case "ends" | "over" if item.stage == "conversation":
                self._ends(item, plan, facts)
            case "extends":
                self._tell(c.Extend(**self._owner(item)))
            case "completes":
                self._tell(c.Complete(**self._owner(item)))

    def _ends(self, item: WorkItem, plan: Plan, late: int) -> None:
        if item.kind == "chat":
            self._tell(self._chat_ends(item.item, (self._work_like(plan) or plan).ended_by, late))
        else:
            self._tell(c.EndItem(**(self._source(item.item) if item.kind == "call" else self._owner(item))))

    def _source(self, name: str) -> dict[str, Any]:
        return {"tenant": self._world.tenant, "sender": self._by("source", "whatif"), "item": name}

    def _owner(self, item: WorkItem) -> dict[str, Any]:
        return {"tenant": self._world.tenant, "sender": self._by("agent", item.owner or ""), "item": item.item}

    def _chat_ends(self, name: str, by: str, late: int = 0) -> Message:
        told: dict[str, Any] = {"chat": name, "n": 1, "at": self._now - late, "by": by}
        return said.ChatEnded(tenant=self._world.tenant, **told)

    def _step(self, item: WorkItem, plan: Plan) -> None:
        number = self._done.get(item.item, 0)
        self._done[item.item] = number + 1
        step = plan.steps[number]
        before = sum(self.refused.values())
        if step.what == "transfer":
            self._tell(c.Transfer(**self._owner(item), **step.to))
        else:
            self._tell(c.Park(**self._owner(item)))
            if step.parked is not None:
                self._later(step.parked, step.back, "resume", item.item)
        if sum(self.refused.values()) > before and item.activity == "active":
            self._goes_on(item)

    # --- the floor ----------------------------------------------------------------------------------------------------

    def _tell(self, message: Message) -> None:
        """The floor decides, and does by itself whatever follows; what it refuses does not happen."""
        try:
            FLOOR.turn(self._floor, message, self._now, self._happen)
        except Refused:
            self.refused[message.type] += 1

    def _settled(self, events: list[e.Happened]) -> None:
        FLOOR.settle(self._floor, self._now, self._happen)
        self._happen(events)
        FLOOR.settle(self._floor, self._now, self._happen)

    def _happen(self, events: list[e.Happened]) -> Floor:
        for event in events:
            self.outcomes.before(self._floor, event)
            self._floor.evolve(event)
            self.outcomes.after(self._floor, event)
            if isinstance(event, GOES_ON):
                if (item := self._floor.items.get(event.item)) is not None and item.activity == "active":
                    self._goes_on(item)
            elif isinstance(event, STANDS):
                self._tokens.pop(event.item, None)
        self.events += len(events)
        return self._floor

    def _chance(self, what: str, plan: Plan) -> float:
        """From 0 to below 1; the same for the same item, whatever happens to others."""
        drawn = blake2b(f"{self._seed}/{what}/{plan.item}".encode(), digest_size=6).digest()
        return int.from_bytes(drawn) / 2**48

    def _by(self, role: Any, user: str) -> Sender:
        return Sender(gateway="whatif", connection=1, id=str(next(self._ids)), role=role, user=user, content=1)


def _connects(tenant: str, agent: str, connection: str, grace_ms: int, name: str | None = None) -> Message:
    there = {"agent": agent, "name": name or agent, "connection": connection}
    return c.ConnectAgent(tenant=tenant, **there, grace_s=max(0, grace_ms // 1000))


def supervised(tenant: str, acted: e.Intervened, by: Sender) -> Message:
    """The command of a supervisor that an event of the log answered."""
    sent: dict[str, Any] = {"tenant": tenant, "sender": by}
    item, agent = acted.item or "", acted.agent or ""
    match acted.act:
        case "take_over":
            return s.TakeOver(**sent, item=item)
        case "assign":
            return s.AssignItem(**sent, item=item, agent=acted.to_agent or "")
        case "move":
            return s.MoveItem(**sent, item=item, queue=acted.queue or "")
        case "agent_logout":
            return s.LogOutAgent(**sent, agent=agent)
        case "agent_queues":
            return s.SetAgentQueues(**sent, agent=agent, queues=acted.queues)
    return s.SetAgentState(**sent, agent=agent, state=acted.state or "ready", reason=acted.reason)
