"""A supervisor's desk: what an agent's has, and the whole floor (R36): all queues, all agents, and everything that is in anybody's hands."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from itertools import islice
from typing import Any

from parley_contracts.shapes import Item
from parley_contracts.showings import AgentShown, Intervention, QueueShown

from .desk import Desk
from .telling import AT_ONCE, Pieces, Telling, queue_frame, watched_agent_frame


class SupervisorDesk(Desk):
    """`agents` and `work` beside an agent's frames; long lists in parts, as there."""

    sees_all = True

    def seen(self) -> dict[str, QueueShown]:
        """All queues."""
        return dict(self.floor.queues)

    def _sees(self, agents: Collection[str]) -> bool:
        return True

    def _concerns(self, done: Intervention) -> bool:
        return True

    def queue_head(self, queue: QueueShown) -> dict[str, Any]:
        """With who serves it."""
        return {**queue_frame(queue), "agents": list(queue.agents)}

    def queue_with_line(self, queue: QueueShown, pieces: Pieces) -> dict[str, Any]:
        """The same, with what waits."""
        return {**pieces.queue(queue), "agents": list(queue.agents)}

    def rest(self, pieces: Pieces) -> list[Callable[[], dict[str, Any]]]:
        """Further agents and work as well."""
        agents, work = [*self.floor.agents.values()], self.floor.taken()
        return [
            *super().rest(pieces),
            *(partial(_agents_part, agents[at : at + AT_ONCE]) for at in range(AT_ONCE, len(agents), AT_ONCE)),
            *(partial(_work_part, pieces, work[at : at + AT_ONCE]) for at in range(AT_ONCE, len(work), AT_ONCE)),
        ]

    def snapshot(self, at: int, pieces: Pieces | None = None) -> dict[str, Any]:
        """The first frame."""
        pieces = pieces or Pieces(self.floor)
        return {
            **super().snapshot(at, pieces),
            "agents": [watched_agent_frame(agent) for agent in islice(self.floor.agents.values(), AT_ONCE)],
            "work": [pieces.item(item) for item in self.floor.taken()[:AT_ONCE]],
        }

    def _changed(self, telling: Telling) -> dict[str, Any]:
        changed = super()._changed(telling)
        change = telling.change
        if change.agents:
            changed.setdefault("agents", {})["put"] = [watched_agent_frame(agent) for agent in change.agents]
        if change.agents_gone:
            changed.setdefault("agents", {})["drop"] = list(change.agents_gone)
        for old, new in telling.moved:
            if new is not None and new.owner is not None:
                changed.setdefault("work", {}).setdefault("put", []).append(telling.item(new))
            elif old is not None and old.owner is not None:
                changed.setdefault("work", {}).setdefault("drop", []).append(old.item)
        return changed


def _agents_part(agents: list[AgentShown]) -> dict[str, Any]:
    return {"agents": {"put": [watched_agent_frame(agent) for agent in agents]}}


def _work_part(pieces: Pieces, items: list[Item]) -> dict[str, Any]:
    return {"work": {"put": [pieces.item(item) for item in items]}}
