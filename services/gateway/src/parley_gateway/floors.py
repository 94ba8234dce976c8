"""Each tenant's floor as this gateway knows it, and the desk of each agent who is connected here.

A floor is a snapshot and then changes; `apply` puts whole pieces in place of old ones, so that a floor that was changed
equals one that was fetched anew.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from parley_contracts.commands import FloorHeld, HoldFloors, WatchFloor
from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Item
from parley_contracts.showings import AgentShown, FloorChange, FloorShown, QueueShown
from parley_contracts.topology import floor_stream, partition_of, router_inbox
from parley_contracts.wire import encode

from .link import Link

FLOOR_WITHIN_S = 10.0
EVENTS_KEPT = 500
ASSIGNMENTS_KEPT = 20
USUAL_TURN_S = 60
LENGTH_OF = ("chat", "call")
"""The kinds that a queue's maximum length is about: e-mails and tasks always get in."""


def order(item: Item) -> tuple[int, int, str]:
    """R4: priority first (higher first), then the time of first entering the queue."""
    return (-item.priority, item.waiting_since, item.item)


Moved = list[tuple[Item | None, Item | None]]
"""Items that changed, before and after."""


class Floor:
    """What is known of a tenant's floor, as of `version`."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.version = -1
        self.items: dict[str, Item] = {}
        self.agents: dict[str, AgentShown] = {}
        self.queues: dict[str, QueueShown] = {}
        self.assigned_at: dict[str, deque[int]] = {}
        self._waiting: dict[str, dict[str, Item]] = {}
        self._lengths: Counter[str] = Counter()

    def apply(self, change: FloorChange) -> Moved:
        """Put the change in place; the items that changed. A snapshot is put in place like that too, so whoever follows
        items misses nothing but what came and went between."""
        if change.kind == "snapshot":
            here = {item.item for item in change.items}
            moved = [self._put(item) for item in change.items if self.items.get(item.item) != item]
            moved += [self._drop(name) for name in [*self.items] if name not in here]
            self.agents, self.queues = {}, {}
        else:
            moved = [self._put(item) for item in change.items]
            moved += [self._drop(name) for name in change.gone]
        if change.kind == "assigned":
            for item in change.items:
                self.assigned_at.setdefault(item.queue, deque(maxlen=ASSIGNMENTS_KEPT)).append(change.at)
        self.agents |= {agent.agent: agent for agent in change.agents}
        self.queues |= {queue.queue: queue for queue in change.queues}
        for name in change.agents_gone:
            self.agents.pop(name, None)
        for name in change.queues_gone:
            self.queues.pop(name, None)
            self.assigned_at.pop(name, None)
        self.version = change.version
        return moved

    def _put(self, item: Item) -> tuple[Item | None, Item | None]:
        old = self.items.get(item.item)
        self._out_of_line(old)
        self.items[item.item] = item
        if item.stage == "waiting":
            self._waiting.setdefault(item.queue, {})[item.item] = item
            self._lengths[item.queue] += item.kind in LENGTH_OF
        return old, item

    def _drop(self, name: str) -> tuple[Item | None, Item | None]:
        old = self.items.pop(name, None)
        self._out_of_line(old)
        return old, None

    def _out_of_line(self, item: Item | None) -> None:
        if item is not None and item.stage == "waiting":
            del self._waiting[item.queue][item.item]
            self._lengths[item.queue] -= item.kind in LENGTH_OF

    def waiting(self, queue: str) -> list[Item]:
        """What waits in a queue, in the order in which it goes: waiting counts where the queue's priorities age."""
        points = shown.points_per_minute if (shown := self.queues.get(queue)) is not None else 0
        return sorted(
            self._waiting.get(queue, {}).values(),
            key=lambda item: (points * item.waiting_since - item.priority * 60_000, item.waiting_since, item.item),
        )

    def length(self, queue: str) -> int:
        """How many chats and calls wait in a queue: what its maximum length is about."""
        return self._lengths[queue]

    def admit(self, queue: str) -> None:
        """Whether a chat may enter the queue now (R5). Raises Refused `queue_full`, `no_agents`."""
        settings = self.queues.get(queue)
        if settings is None:
            return
        if settings.max_length is not None and self.length(queue) >= settings.max_length:
            raise Refused("queue_full", "All our agents are busy, and the queue is full: try again later.")
        if not settings.wait_without_agents and not any(
            (agent := self.agents.get(name)) is not None and agent.state != "logged_out" for name in settings.agents
        ):
            raise Refused("no_agents", "Nobody is here at the moment: try again later.")

    def estimated_wait_s(self, queue: str, position: int) -> int:
        """How long whoever is at `position` may wait: the pace of the last assignments, kept going (R8)."""
        times = self.assigned_at.get(queue)
        if times is None or len(times) < 2:
            return USUAL_TURN_S * position
        return max(1, round(position * (times[-1] - times[0]) / 1000 / (len(times) - 1)))


class Desk:
    """One agent's view of the floor: a snapshot, then events with a version that rises by one."""

    def __init__(self, floor: Floor, agent: str) -> None:
        self.floor, self.agent = floor, agent
        self.version = max(0, floor.version)
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self._queues = self._served()

    def _served(self) -> dict[str, QueueShown]:
        return {name: queue for name, queue in self.floor.queues.items() if self.agent in queue.agents}

    def serves(self, queue: str) -> bool:
        return queue in self._queues

    def owned(self) -> list[Item]:
        """The inbox."""
        return [item for item in self.floor.items.values() if item.owner == self.agent]

    def snapshot(self, at: int) -> dict[str, Any]:
        """Everything that the agent sees, as the first frame has it."""
        shown = self.floor.agents.get(self.agent)
        agent: dict[str, Any] = {"id": self.agent, "name": self.agent, "state": "not_ready"}
        return {
            "type": "snapshot",
            "version": self.version,
            "at": rfc3339(at),
            "agent": agent_frame(shown) if shown is not None else agent,
            "inbox": [item.frame() for item in self.owned()],
            "queues": [
                {**queue_frame(queue), "waiting": [item.frame() for item in self.floor.waiting(name)]}
                for name, queue in self._queues.items()
            ],
        }

    def anew(self, at: int) -> dict[str, Any]:
        """The floor was fetched anew: a fresh snapshot, with the next version."""
        self.version += 1
        self.events.clear()
        self._queues = self._served()
        return self.snapshot(at)

    def event(self, change: FloorChange, moved: Moved) -> dict[str, Any] | None:
        """What a change of the floor means for this agent, as a frame; None when it does not concern them."""
        changed: dict[str, Any] = {}
        for agent in change.agents:
            if agent.agent == self.agent:
                changed["agent"] = agent_frame(agent)
        for old, new in moved:
            self._moved(old, new, changed)
        if change.queues or change.queues_gone:
            self._requeued(change.queues, changed)
            gone = [name for name in change.queues_gone if name in self._queues]
            if gone:
                changed.setdefault("queues_gone", []).extend(gone)
            self._queues = self._served()
        if not changed:
            return None
        self.version += 1
        frame = {
            "type": "event",
            "version": self.version,
            "at": rfc3339(change.at),
            "kind": change.kind,
            "changed": changed,
        }
        self.events.append(frame)
        return frame

    def _moved(self, old: Item | None, new: Item | None, changed: dict[str, Any]) -> None:
        name = new.item if new is not None else old.item if old is not None else ""
        if new is not None and new.owner == self.agent:
            changed.setdefault("inbox", {}).setdefault("put", []).append(new.frame())
        elif old is not None and old.owner == self.agent:
            changed.setdefault("inbox", {}).setdefault("drop", []).append(name)
        waits_in = new.queue if new is not None and new.stage == "waiting" else None
        waited_in = old.queue if old is not None and old.stage == "waiting" else None
        if waited_in in self._queues and waited_in != waits_in:
            changed.setdefault("queues", {}).setdefault(waited_in, {}).setdefault("drop", []).append(name)
        if waits_in in self._queues and new is not None:
            changed.setdefault("queues", {}).setdefault(waits_in, {}).setdefault("put", []).append(new.frame())

    def _requeued(self, queues: tuple[QueueShown, ...], changed: dict[str, Any]) -> None:
        for queue in queues:
            served, serves = self._queues.get(queue.queue), self.agent in queue.agents
            if serves and (served is None or queue_frame(served) != queue_frame(queue)):
                put = [] if served is not None else [item.frame() for item in self.floor.waiting(queue.queue)]
                shown = {name: value for name, value in queue_frame(queue).items() if name != "queue"}
                changed.setdefault("queues", {})[queue.queue] = {**shown, **({"put": put} if put else {})}
            elif served is not None and not serves:
                changed.setdefault("queues_gone", []).append(queue.queue)

    def since(self, version: int) -> list[dict[str, Any]] | None:
        """The events beyond a version; None when they are not kept any more and only a snapshot helps."""
        if version == self.version:
            return []
        missed = [event for event in self.events if event["version"] > version]
        return missed if missed and missed[0]["version"] == version + 1 else None


def queue_frame(queue: QueueShown) -> dict[str, Any]:
    """The queue as frames have it, without what waits: its name, and what its order goes by (R4)."""
    return {"queue": queue.queue, "name": queue.name, "points_per_minute": queue.points_per_minute}


def agent_frame(agent: AgentShown) -> dict[str, Any]:
    """The agent as frames have it."""
    shown = {"id": agent.agent, "name": agent.name, "state": agent.state}
    return {**shown, "reason": agent.reason} if agent.reason is not None else shown


Listener = Callable[[Floor, FloorChange, Moved], None]


class Floors:
    """The floors of the tenants that have somebody at this gateway."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._floors: dict[str, Floor] = {}
        self._known: dict[str, asyncio.Event] = {}
        self._desks: dict[tuple[str, str], Desk] = {}
        self.listeners: list[Listener] = []

    def get(self, tenant: str) -> Floor | None:
        return self._floors.get(tenant)

    async def of(self, tenant: str) -> Floor:
        """The tenant's floor, fetched the first time. Raises Refused `unavailable` when the router does not answer."""
        floor = self._floors.get(tenant)
        if floor is None:
            floor = self._floors[tenant] = Floor(tenant)
            self._known[tenant] = asyncio.Event()
            self._watch(floor)
        if floor.version < 0:
            try:
                async with asyncio.timeout(FLOOR_WITHIN_S):
                    await self._known[tenant].wait()
            except TimeoutError:
                raise Refused("unavailable", "The system is starting: try again in a moment.") from None
        return floor

    def desk(self, floor: Floor, agent: str) -> Desk:
        """The desk of an agent; the same for all the agent's connections here."""
        return self._desks.setdefault((floor.tenant, agent), Desk(floor, agent))

    def close_desk(self, tenant: str, agent: str) -> None:
        """The agent's last connection here is gone."""
        self._desks.pop((tenant, agent), None)

    def _watch(self, floor: Floor) -> None:
        watch = WatchFloor(tenant=floor.tenant, gateway=self._link.gateway, version=floor.version)
        self._link.to_router(floor.tenant, watch)

    def shown(self, shown: FloorShown) -> None:
        """The next changes of a floor, or all of it anew."""
        floor = self._floors.get(shown.tenant)
        if floor is None:
            return
        for change in shown.changes:
            if shown.snapshot and (change.version > floor.version or floor.version < 0):
                first = floor.version < 0
                moved = floor.apply(change)
                self._known[floor.tenant].set()
                if not first:
                    for listener in self.listeners:
                        listener(floor, change, moved)
            elif change.version == floor.version + 1:
                moved = floor.apply(change)
                for listener in self.listeners:
                    listener(floor, change, moved)
            elif change.version > floor.version and floor.version >= 0:
                self._watch(floor)
                return

    def hold(self, partition: int | None = None) -> list[tuple[str, bytes]]:
        """This gateway's lease on what it shows, by the router's inbox; of one partition, or of all."""
        held: dict[int, list[FloorHeld]] = {}
        for floor in self._floors.values():
            number = partition_of(floor_stream(floor.tenant))
            if partition in (None, number):
                held.setdefault(number, []).append(FloorHeld(tenant=floor.tenant, version=floor.version))
        return [
            (router_inbox(number), encode(HoldFloors(tenant="", gateway=self._link.gateway, floors=tuple(floors))))
            for number, floors in held.items()
        ]
