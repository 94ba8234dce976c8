"""A desk without any index: it walks over the whole floor each time, and over every change. What the gateway's desks are
compared with."""

from __future__ import annotations

from typing import Any

from parley_contracts.instant import rfc3339
from parley_contracts.shapes import Item
from parley_contracts.showings import FloorChange, QueueShown
from parley_gateway.shown.floor_view import FloorView, Moved

Frame = dict[str, Any]


def waiting(floor: FloorView, queue: str) -> list[Item]:
    """R4: priority first, where priorities age with what waiting has added; then who came first."""
    points = floor.queues[queue].points_per_minute if queue in floor.queues else 0
    return sorted(
        (item for item in floor.items.values() if (item.stage, item.queue) == ("waiting", queue)),
        key=lambda item: (points * item.waiting_since - item.priority * 60_000, item.waiting_since, item.item),
    )


def owned(floor: FloorView, agent: str) -> list[Item]:
    return [item for item in floor.items.values() if item.owner == agent]


def served(floor: FloorView, agent: str) -> dict[str, QueueShown]:
    return {name: queue for name, queue in floor.queues.items() if agent in queue.agents}


def queue_frame(queue: QueueShown) -> Frame:
    return {
        "queue": queue.queue,
        "name": queue.name,
        "points_per_minute": queue.points_per_minute,
        "distribution": queue.distribution,
        "reply_target_s": queue.reply_target_s,
        "mail_reply_target_s": queue.mail_reply_target_s,
    }


def ready_in(floor: FloorView, queue: str) -> int:
    return sum(floor.agents[name].state == "ready" for name in floor.queues[queue].agents if name in floor.agents)


def agent_frame(agent: Any) -> Frame:
    shown = {"id": agent.agent, "name": agent.name, "state": agent.state}
    return {**shown, "reason": agent.reason} if agent.reason is not None else shown


class NaiveDesk:
    """One agent's desk."""

    def __init__(self, floor: FloorView, agent: str, version: int) -> None:
        self.floor, self.agent, self.version = floor, agent, version
        self._served = served(floor, agent)
        self._ready = {name: ready_in(floor, name) for name in self._served}

    def snapshot(self, at: int) -> Frame:
        shown = self.floor.agents.get(self.agent)
        return {
            "type": "snapshot",
            "version": self.version,
            "at": rfc3339(at),
            "agent": agent_frame(shown) if shown else {"id": self.agent, "name": self.agent, "state": "not_ready"},
            "inbox": [item.frame() for item in owned(self.floor, self.agent)],
            "queues": [
                {
                    **queue_frame(queue),
                    "ready": ready_in(self.floor, name),
                    "waiting": [item.frame() for item in waiting(self.floor, name)],
                }
                for name, queue in served(self.floor, self.agent).items()
            ],
        }

    def told(self, change: FloorChange, moved: Moved, at: int) -> Frame | None:
        """The frame about a change; None when there is none to send."""
        if change.kind == "snapshot":
            self.version += 1
            self._served = served(self.floor, self.agent)
            self._ready = {name: ready_in(self.floor, name) for name in self._served}
            return self.snapshot(at)
        changed: Frame = {}
        for agent in change.agents:
            if agent.agent == self.agent:
                changed["agent"] = agent_frame(agent)
        for old, new in moved:
            self._moved(old, new, changed)
        for queue in change.queues:
            self._requeued(queue, changed)
        gone = [name for name in change.queues_gone if name in self._served]
        if gone:
            changed.setdefault("queues_gone", []).extend(gone)
        self._served = served(self.floor, self.agent)
        self._readied(changed)
        if not changed:
            return None
        self.version += 1
        head = {"type": "event", "version": self.version, "at": rfc3339(change.at), "kind": change.kind}
        return {**head, "changed": changed}

    def _readied(self, changed: Frame) -> None:
        ready = {name: ready_in(self.floor, name) for name in self._served}
        for name, number in ready.items():
            if self._ready.get(name) != number:
                changed.setdefault("queues", {}).setdefault(name, {})["ready"] = number
        self._ready = ready

    def _moved(self, old: Item | None, new: Item | None, changed: Frame) -> None:
        name = (new or old).item  # type: ignore[union-attr]
        if new is not None and new.owner == self.agent:
            changed.setdefault("inbox", {}).setdefault("put", []).append(new.frame())
        elif old is not None and old.owner == self.agent:
            changed.setdefault("inbox", {}).setdefault("drop", []).append(name)
        waits_in = new.queue if new is not None and new.stage == "waiting" else None
        waited_in = old.queue if old is not None and old.stage == "waiting" else None
        if waited_in in self._served and waited_in != waits_in:
            changed.setdefault("queues", {}).setdefault(waited_in, {}).setdefault("drop", []).append(name)
        if waits_in in self._served and new is not None:
            changed.setdefault("queues", {}).setdefault(waits_in, {}).setdefault("put", []).append(new.frame())

    def _requeued(self, queue: QueueShown, changed: Frame) -> None:
        before, serves = self._served.get(queue.queue), self.agent in queue.agents
        if serves and (before is None or queue_frame(before) != queue_frame(queue)):
            put = [] if before is not None else [item.frame() for item in waiting(self.floor, queue.queue)]
            shown = {name: value for name, value in queue_frame(queue).items() if name != "queue"}
            changed.setdefault("queues", {})[queue.queue] = {**shown, **({"put": put} if put else {})}
        elif before is not None and not serves:
            changed.setdefault("queues_gone", []).append(queue.queue)
