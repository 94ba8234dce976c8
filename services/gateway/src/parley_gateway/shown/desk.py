"""One agent's desk: the agent's view of the floor, as frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from parley_contracts.instant import rfc3339
from parley_contracts.shapes import Item
from parley_contracts.showings import FloorChange, Intervention, QueueShown

from .floor_view import FloorView, Moved
from .telling import AT_ONCE, Pieces, Telling, agent_frame, intervention_frame, queue_frame

EVENTS_KEPT = 500


class Desk:
    """One agent's view of the floor: a snapshot, then events with a version that rises by one."""

    sees_all = False
    """Whether it shows all queues, whoever serves them."""

    def __init__(self, floor: FloorView, agent: str) -> None:
        self.floor, self.agent = floor, agent
        self.version = max(0, floor.version)
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.queues: dict[str, QueueShown] = self.seen()
        """The queues that the desk shows, as it was told last."""

    def owned(self) -> list[Item]:
        """The inbox."""
        return self.floor.owned(self.agent)

    def seen(self) -> dict[str, QueueShown]:
        """The queues that the desk is to show: those that the agent serves."""
        return self.floor.served_by(self.agent)

    def _sees(self, agents: Collection[str]) -> bool:
        """Whether the desk shows a queue that these serve."""
        return self.agent in agents

    def _concerns(self, done: Intervention) -> bool:
        """Whether the desk shows what a supervisor has done (R36): where it is about the agent."""
        return self.agent in (done.agent, done.to_agent)

    # --- everything ---------------------------------------------------------------------------------------------------

    def whole(self, at: int, pieces: Pieces | None = None) -> Iterator[dict[str, Any]]:
        """Everything that the agent sees, as frames: a snapshot; where that would be too large, its beginning, and the rest as
        events that follow. The last one has the desk's version. Each is made when it is asked for, of what is now."""
        pieces = pieces or Pieces(self.floor)
        rest = self.rest(pieces)
        self.version = max(self.version, len(rest))
        begin = self.version - len(rest)
        first = {**self.snapshot(at, pieces), "version": begin}

        def frames() -> Iterator[dict[str, Any]]:
            yield first
            for version, part in enumerate(rest, begin + 1):
                yield {"type": "event", "version": version, "at": first["at"], "kind": "part", "changed": part()}

        return frames()

    def rest(self, pieces: Pieces) -> list[Callable[[], dict[str, Any]]]:
        """What does not fit into the first frame: the makers of the changes that bring it."""
        owned = self.owned()
        rest: list[Callable[[], dict[str, Any]]] = [
            partial(_inbox_part, pieces, owned[begin : begin + AT_ONCE])
            for begin in range(AT_ONCE, len(owned), AT_ONCE)
        ]
        for queue in self.queues:
            rest += [partial(pieces.part, queue, begin) for begin in range(AT_ONCE, len(pieces.line(queue)), AT_ONCE)]
        return rest

    def snapshot(self, at: int, pieces: Pieces | None = None) -> dict[str, Any]:
        """Everything that the agent sees, as the first frame has it: the beginnings of long lists."""
        pieces = pieces or Pieces(self.floor)
        shown = self.floor.agents.get(self.agent)
        agent: dict[str, Any] = {"id": self.agent, "name": self.agent, "state": "not_ready"}
        return {
            "type": "snapshot",
            "version": self.version,
            "at": rfc3339(at),
            "agent": agent_frame(shown) if shown is not None else agent,
            "inbox": [pieces.item(item) for item in self.owned()[:AT_ONCE]],
            "queues": [self.queue_with_line(queue, pieces) for queue in self.queues.values()],
        }

    def anew(self, at: int, pieces: Pieces | None = None) -> Iterator[dict[str, Any]]:
        """The floor was fetched anew, or the desk has got too much for one event: everything, with the next versions."""
        pieces = pieces or Pieces(self.floor)
        self.events.clear()
        self.queues = self.seen()
        self.version += 1 + len(self.rest(pieces))
        return self.whole(at, pieces)

    def gains_too_much(self, telling: Telling) -> bool:
        """Whether the agent serves a queue from now on in which more waits than one event holds."""
        return any(
            self._sees(agents) and queue.queue not in self.queues and len(telling.line(queue.queue)) > AT_ONCE
            for queue, agents in zip(telling.change.queues, telling.serving, strict=True)
        )

    # --- what changes -------------------------------------------------------------------------------------------------

    def event(self, change: FloorChange, moved: Moved) -> dict[str, Any] | None:
        """The frame that tells this agent of a change; None when the change does not concern them."""
        return self.told(Telling(self.floor, change, moved))

    def told(self, telling: Telling) -> dict[str, Any] | None:
        """The same, of a change that other desks are told of as well."""
        alike = (self.sees_all, *telling.alike(self.agent, self.queues))
        changed = telling.changed.get(alike)
        if changed is None:
            changed = telling.changed[alike] = self._changed(telling)
        if telling.change.queues or telling.change.queues_gone:
            self.queues = self.seen()
        if not changed:
            return None
        self.version += 1
        frame = {
            "type": "event",
            "version": self.version,
            "at": telling.at,
            "kind": telling.change.kind,
            "changed": changed,
        }
        self.events.append(frame)
        return frame

    def _changed(self, telling: Telling) -> dict[str, Any]:
        """What changes for this agent, and for all whose desks are alike."""
        changed: dict[str, Any] = {}
        for agent in telling.change.agents:
            if agent.agent == self.agent:
                changed["agent"] = agent_frame(agent)
        for old, new in telling.moved:
            self._moved(old, new, changed, telling)
        self._requeued(changed, telling)
        if telling.readied or telling.change.queues:
            self._readied(changed, telling)
        done = telling.change.intervention
        if done is not None and self._concerns(done):
            changed["intervention"] = intervention_frame(done)
        gone = [name for name in telling.change.queues_gone if name in self.queues]
        if gone:
            changed.setdefault("queues_gone", []).extend(gone)
        return changed

    def _moved(self, old: Item | None, new: Item | None, changed: dict[str, Any], pieces: Pieces) -> None:
        name = new.item if new is not None else old.item if old is not None else ""
        if new is not None and new.owner == self.agent:
            changed.setdefault("inbox", {}).setdefault("put", []).append(pieces.item(new))
        elif old is not None and old.owner == self.agent:
            changed.setdefault("inbox", {}).setdefault("drop", []).append(name)
        waits_in = new.queue if new is not None and new.stage == "waiting" else None
        waited_in = old.queue if old is not None and old.stage == "waiting" else None
        if waited_in in self.queues and waited_in != waits_in:
            changed.setdefault("queues", {}).setdefault(waited_in, {}).setdefault("drop", []).append(name)
        if waits_in in self.queues and new is not None:
            changed.setdefault("queues", {}).setdefault(waits_in, {}).setdefault("put", []).append(pieces.item(new))

    def _requeued(self, changed: dict[str, Any], telling: Telling) -> None:
        for queue, agents in zip(telling.change.queues, telling.serving, strict=True):
            served, serves = self.queues.get(queue.queue), self._sees(agents)
            if serves and (served is None or self.queue_head(served) != self.queue_head(queue)):
                put = [] if served is not None else telling.waiting(queue.queue)
                shown = {name: value for name, value in self.queue_head(queue).items() if name != "queue"}
                changed.setdefault("queues", {})[queue.queue] = {**shown, **({"put": put} if put else {})}
            elif served is not None and not serves:
                changed.setdefault("queues_gone", []).append(queue.queue)

    def _readied(self, changed: dict[str, Any], telling: Telling) -> None:
        for queue in self.seen():
            if queue in telling.readied or queue not in self.queues:
                changed.setdefault("queues", {}).setdefault(queue, {})["ready"] = self.floor.ready_in(queue)

    def queue_head(self, queue: QueueShown) -> dict[str, Any]:
        """A queue without what waits and who is ready."""
        return queue_frame(queue)

    def queue_with_line(self, queue: QueueShown, pieces: Pieces) -> dict[str, Any]:
        """A queue with what waits, of a long one the beginning."""
        return pieces.queue(queue)

    def since(self, version: int) -> list[dict[str, Any]] | None:
        """The events beyond a version; None when they are not kept any more and only a snapshot helps."""
        if version == self.version:
            return []
        missed = [event for event in self.events if event["version"] > version]
        return missed if missed and missed[0]["version"] == version + 1 else None


def _inbox_part(pieces: Pieces, items: list[Item]) -> dict[str, Any]:
    return {"inbox": {"put": [pieces.item(item) for item in items]}}
