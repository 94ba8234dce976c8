"""What goes on in the contact centre, for Prometheus: read off the floors as they are folded from the log, event by event. Counters begin when
the process begins; where several processes run, each has all of it."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from parley_chassis.journal import UnknownEvent
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.domain.state import Agent

from . import metrics as m
from .index.floors import Floors, lean

log = logging.getLogger("parley.ops")

MOST_AT_ONCE = 5_000
"""Events of one floor that one look takes."""


class Figures:
    """The floors of all tenants, followed. Blocking; raises StoreDown."""

    def __init__(self, floors: Floors) -> None:
        self._floors = floors
        self._known: dict[str, tuple[Floor, int]] = {}
        self._newer: set[str] = set()
        """Whose floor holds events of a newer version."""
        self._shown: dict[Any, set[tuple[str, ...]]] = {}

    def look(self, now: int) -> None:
        """Take in what has happened since the last time, and show how things are at `now` (milliseconds since 1970)."""
        for tenant in self._floors.tenants():
            if tenant not in self._known and not self._begin(tenant):
                continue
            floor, reached = self._known[tenant]
            for _, event in self._floors.events(tenant, reached, reached + MOST_AT_ONCE):
                _count(tenant, floor, event)
                floor.evolve(event)
                reached += 1
            lean(floor)
            self._known[tenant] = (floor, reached)
        self._show(now)

    def _begin(self, tenant: str) -> bool:
        """Whether the floor can be folded here."""
        try:
            self._known[tenant] = self._floors.at_version(tenant, self._floors.last(tenant))
        except UnknownEvent as error:
            if tenant not in self._newer:
                log.warning("a floor has no figures", extra={"tenant": tenant, "reason": str(error)})
            self._newer.add(tenant)
            return False
        return True

    def _show(self, now: int) -> None:
        waiting: Counter[tuple[str, str, str]] = Counter()
        longest: dict[tuple[str, str, str], float] = {}
        agents: Counter[tuple[str, str]] = Counter()
        for tenant, (floor, _) in self._known.items():
            for item in floor.items.values():
                if item.stage == "waiting":
                    key = (tenant, item.queue, item.kind)
                    waiting[key] += 1
                    longest[key] = max(longest.get(key, 0.0), (now - item.waiting_since) / 1000)
            agents.update((tenant, state_of(agent)) for agent in floor.agents.values() if agent.state != "logged_out")
        self._set(m.WAITING, waiting)
        self._set(m.LONGEST_WAIT, longest)
        self._set(m.AGENTS, agents)

    def _set(self, gauge: Any, values: Any) -> None:
        """What was shown before, and is not any more, is 0: whoever draws it sees that it has ended."""
        before = self._shown.setdefault(gauge, set())
        for labels in before - values.keys():
            gauge.labels(*labels).set(0)
        for labels, value in values.items():
            gauge.labels(*labels).set(value)
        before.update(values)


def state_of(agent: Agent) -> str:
    """What an agent who has logged in can take now."""
    return agent.unavailable or ("busy" if agent.busy else "free")


def _count(tenant: str, floor: Floor, event: e.Happened) -> None:
    """What an event adds, before it has happened to the floor."""
    match event:
        case e.ItemQueued():
            m.QUEUED.labels(tenant, event.queue, event.kind).inc()
        case e.ItemAssigned() | e.CallAnswered():
            item = floor.items[event.item]
            rings = isinstance(event, e.ItemAssigned) and event.ring_ms is not None and event.waits
            if item.wait.running_since is not None and not rings and not item.handle.ms:
                waited = item.wait.at(event.at)
                m.ANSWER_SECONDS.labels(tenant, event.queue, event.kind).observe(waited / 1000)
        case e.ItemParked() if event.interrupted_by is not None:
            m.INTERRUPTIONS.labels(tenant, event.queue).inc()
        case e.ItemClosed():
            lost = floor.items[event.item].stage == "waiting"
            (m.ABANDONED if lost else m.HANDLED).labels(tenant, event.queue, event.kind).inc()
