"""Random floors, as the gateway shows them to one agent: frames, and now and then what a fresh snapshot says instead.

What `apply` makes of the frames must equal the fresh snapshots, whoever applies: the tests' own client, the desk under
node, the desk in a browser. The same seed gives the same floor.
"""

from __future__ import annotations

import json
import random
from typing import Any
from unittest.mock import patch

from parley_contracts.shapes import Classification, Item, TimerShown, WrapUpShown
from parley_contracts.showings import AgentShown, FloorChange, QueueShown
from parley_gateway.shown import desk, supervisor_desk, telling
from parley_gateway.shown.desk import Desk
from parley_gateway.shown.floor_view import FloorView

TENANT = "acme"
AGENTS = ("anna", "ben", "cleo")
QUEUES = ("calm", "busy", "late")
BEGIN = 1_790_000_000_000
OPEN_ITEMS = 25
Story = list[dict[str, Any]]
"""Steps in order: `{"frame": …}` is sent to the desk, `{"fresh": …}` is the snapshot that it must equal now."""


class RandomFloor:
    """A floor to which things happen, each as the router would tell the gateway, and anna's desk at it."""

    def __init__(self, seed: int, agent: str = "anna", at_once: int = telling.AT_ONCE, kind: type[Desk] = Desk) -> None:
        self._chance, self._at_once = random.Random(seed), at_once
        self._at = BEGIN
        self._count = 0
        self.floor = FloorView(TENANT)
        queues = tuple(self._queue(name) for name in QUEUES[: self._chance.randint(1, 3)])
        agents = tuple(AgentShown(tenant="", agent=name, name=name.title(), state="ready") for name in AGENTS[:2])
        items = tuple(self._new_item(queues) for _ in range(self._chance.randint(0, 8)))
        self.floor.apply(self._change("snapshot", items=items, agents=agents, queues=queues))
        self.desk = kind(self.floor, agent)

    def happen(self) -> list[dict[str, Any]]:
        """Something happens; what the desk is sent, if it concerns it: long lists in parts of `at_once` items."""
        self._at += self._chance.choice((0, 1, 999, 61_000))
        change = self._something()
        moved = self.floor.apply(change)
        with (
            patch.object(telling, "AT_ONCE", self._at_once),
            patch.object(desk, "AT_ONCE", self._at_once),
            patch.object(supervisor_desk, "AT_ONCE", self._at_once),
        ):
            told = telling.Telling(self.floor, change, moved)
            if change.kind == "snapshot" or self.desk.gains_too_much(told):
                return [as_sent(frame) for frame in self.desk.anew(self._at)]
            frame = self.desk.told(told)
            return [as_sent(frame)] if frame is not None else []

    def fresh(self) -> dict[str, Any]:
        """What somebody who connects now is shown."""
        return as_sent(
            {**type(self.desk)(self.floor, self.desk.agent).snapshot(self._at), "version": self.desk.version}
        )

    # --- what happens -------------------------------------------------------------------------------------------------

    def _something(self) -> FloorChange:
        what = self._chance.choices(
            ["new", "moved", "closed", "agent", "agent gone", "queue", "queue gone", "snapshot"],
            weights=[5, 12, 3, 2, 0.3, 2, 0.5, 0.3],
        )[0]
        items, queues = self.floor.items, self.floor.queues
        match what:
            case "new" if len(items) < OPEN_ITEMS and queues:
                return self._change("queued", items=(self._new_item(tuple(queues.values())),))
            case "moved" if items:
                some = self._chance.sample([*items.values()], min(len(items), self._chance.choice((1, 1, 1, 2))))
                return self._change("moved", items=tuple(self._moved(item) for item in some))
            case "closed" if items:
                return self._change("closed", gone=(self._chance.choice([*items]),))
            case "agent gone":
                return self._change("agent_forgotten", agents_gone=(self._chance.choice(AGENTS[1:]),))
            case "queue":
                return self._change("queue_set", queues=(self._queue(self._chance.choice(QUEUES)),))
            case "queue gone":
                empty = [name for name in queues if all(item.queue != name for item in items.values())]
                return self._change("queue_removed", queues_gone=tuple(empty[:1]))
            case "snapshot":
                return self._anew()
        state = self._chance.choice(("ready", "not_ready", "logged_out"))
        reason = "break" if state == "not_ready" and self._chance.random() < 0.5 else None
        name = self._chance.choice(AGENTS)
        agent = AgentShown(tenant="", agent=name, name=name.title(), state=state, reason=reason)
        return self._change("agent_set", agents=(agent,))

    def _anew(self) -> FloorChange:
        """The gateway has missed something: the floor comes as a whole, some of it changed and some gone."""
        items = [self._moved(item) for item in self.floor.items.values() if self._chance.random() < 0.8]
        whole = {"agents": tuple(self.floor.agents.values()), "queues": tuple(self.floor.queues.values())}
        return self._change("snapshot", items=tuple(items), **whole)

    def _change(self, kind: str, **pieces: Any) -> FloorChange:
        return FloorChange(tenant=TENANT, version=self.floor.version + 1, at=self._at, kind=kind, **pieces)

    def _queue(self, name: str) -> QueueShown:
        serving = tuple(agent for agent in AGENTS if self._chance.random() < 0.75)
        title = f"{name.title()} {self._chance.randint(1, 2)}"
        points = self._chance.choice((0, 0, 1, 10))
        how = {"points_per_minute": points, "distribution": self._chance.choice(("push", "pick"))}
        return QueueShown(tenant="", queue=name, name=title, agents=serving, **how)

    def _new_item(self, queues: tuple[QueueShown, ...]) -> Item:
        self._count += 1
        # Names and times in no order, and some of them equal, so that each part of the order counts.
        since = self._at - self._chance.choice((0, 0, 1_000, 60_000, 600_000))
        return Item(
            item=f"i{self._chance.randrange(1000):03d}-{self._count}",
            kind=self._chance.choice(("chat", "chat", "chat", "call", "email", "task")),
            queue=self._chance.choice(queues).queue,
            priority=self._chance.choice((50, 50, 60, 100)),
            stage="waiting",
            waiting_since=since,
            handle=TimerShown(),
            wrap_up=WrapUpShown(),
            name=self._chance.choice((None, "Kim", "Zoë")),
        )

    def _moved(self, item: Item) -> Item:
        """The item as it may stand next: taken, parked, back in a queue, in wrap-up, or just counted or classified."""
        chance = self._chance
        queue = chance.choice([*self.floor.queues]) if self.floor.queues and chance.random() < 0.3 else item.queue
        new: dict[str, Any] = {"unread": chance.randint(0, 3), "priority": chance.choice((item.priority, 60))}
        stage = chance.choice(("waiting", "conversation", "conversation", "wrap_up"))
        if stage == "waiting":
            new |= {"queue": queue, "owner": None, "activity": None}
        else:
            activity = chance.choice(("active", "parked", "interrupted"))
            running = TimerShown(ms=chance.randint(0, 9999), running_since=self._at if activity == "active" else None)
            new |= {"queue": queue, "owner": chance.choice(AGENTS), "activity": activity, "handle": running}
            new["interrupted_by"] = "k1" if activity == "interrupted" else None
        if stage == "wrap_up":
            new["wrap_up"] = WrapUpShown(ms=5, running_since=None, limit_ms=60_000, extensions_left=3)
            new["classification"] = chance.choice((None, Classification(code="order", note="two")))
        return item.model_copy(update={**new, "stage": stage})


def as_sent(frame: dict[str, Any]) -> dict[str, Any]:
    """As it is when it has gone over a socket."""
    sent: dict[str, Any] = json.loads(json.dumps(frame))
    return sent


def story(seed: int, happenings: int = 120) -> Story:
    """What one agent is sent on a random floor, checked about every tenth time; every other one is told in small parts."""
    random_floor = RandomFloor(seed, at_once=2 if seed % 2 else telling.AT_ONCE)
    steps: Story = [{"frame": random_floor.fresh()}]
    for number in range(happenings):
        steps += [{"frame": frame} for frame in random_floor.happen()]
        if number % 10 == 9:
            steps.append({"fresh": random_floor.fresh()})
    return steps
