"""What desks are told, made once for all of them: of a floor as it stands, or of one change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from parley_contracts.instant import rfc3339
from parley_contracts.shapes import Item
from parley_contracts.showings import AgentShown, FloorChange, Intervention, QueueShown

from ..encoding import dumps, encoded
from .floor_view import FloorView, Moved

Alike = tuple[str | None, tuple[bool, ...], tuple[bool, ...]]


AT_ONCE = 200
"""Items in a frame: of a list that is longer the rest comes with the frames behind it. An item has some hundreds of bytes."""


class Pieces:
    """The pieces of frames about a floor: an item is dumped once, and a piece is encoded once, however many desks get it.

    Pieces are shared: nobody changes one. Whatever has been asked for once stays as it was then.
    """

    def __init__(self, floor: FloorView) -> None:
        self.floor = floor
        self._items: dict[str, dict[str, Any]] = {}
        self._lines: dict[str, list[Item]] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._queues: dict[str, dict[str, Any]] = {}
        self._parts: dict[tuple[str, int], dict[str, Any]] = {}
        self._encoded: dict[int, tuple[Any, msgspec.Raw]] = {}

    def item(self, item: Item) -> dict[str, Any]:
        frame = self._items.get(item.item)
        if frame is None:
            frame = self._items[item.item] = self._named(item)
        return frame

    def _named(self, item: Item) -> dict[str, Any]:
        """The item's frame, with the name of its contact where that is known (R24)."""
        frame = item.frame()
        if item.contact is not None and self.floor.names is not None:
            name = self.floor.names(item.contact)
            if name is not None:
                frame["contact_name"] = name
        return frame

    def line(self, queue: str) -> list[Item]:
        """What waits in a queue, in order."""
        line = self._lines.get(queue)
        if line is None:
            line = self._lines[queue] = self.floor.waiting(queue)
        return line

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """What waits in a queue, in order, as frames have it: of a long queue the beginning."""
        frames = self._waiting.get(queue)
        if frames is None:
            frames = self._waiting[queue] = [self.item(item) for item in self.line(queue)[:AT_ONCE]]
        return frames

    def queue(self, queue: QueueShown) -> dict[str, Any]:
        """The queue as snapshots have it, with what waits: of a long queue the beginning."""
        frame = self._queues.get(queue.queue)
        if frame is None:
            frame = self._queues[queue.queue] = {
                **queue_frame(queue),
                "ready": self.floor.ready_in(queue.queue),
                "waiting": self.waiting(queue.queue),
            }
        return frame

    def part(self, queue: str, begin: int) -> dict[str, Any]:
        """The items of a long queue from that place on, as a change that brings them."""
        changed = self._parts.get((queue, begin))
        if changed is None:
            put = [self.item(item) for item in self.line(queue)[begin : begin + AT_ONCE]]
            changed = self._parts[(queue, begin)] = {"queues": {queue: {"put": put}}}
        return changed

    def text(self, frame: dict[str, Any]) -> str:
        """A desk's frame as it is sent."""
        if frame["type"] == "snapshot":
            return dumps({**frame, "queues": [self._raw(queue) for queue in frame["queues"]]})
        return dumps({**frame, "changed": self._raw(frame["changed"])})

    def _raw(self, piece: dict[str, Any]) -> msgspec.Raw:
        found = self._encoded.get(id(piece))
        if found is None:
            # With the piece itself: as long as it is kept, nothing else has its id.
            found = self._encoded[id(piece)] = (piece, encoded(piece))
        return found[1]


class Telling(Pieces):
    """One change of a floor on its way to the desks, and whom it concerns."""

    def __init__(
        self, floor: FloorView, change: FloorChange, moved: Moved, readied: Collection[str] | None = None
    ) -> None:
        super().__init__(floor)
        self.change, self.moved = change, moved
        self.readied = floor.readied if readied is None else readied
        """The queues of which more or fewer agents are ready now."""
        self.at = rfc3339(change.at)
        self.agents = dict.fromkeys(agent.agent for agent in change.agents)
        """Those of whom something changes: they themselves, or what they have or had."""
        if change.intervention is not None and change.intervention.to_agent is not None:
            self.agents[change.intervention.to_agent] = None
        self.queues: dict[str, None] = {}
        """Those that change, or in which something waits or waited."""
        for item in (item for pair in moved for item in pair if item is not None):
            if item.owner is not None:
                self.agents[item.owner] = None
            if item.stage == "waiting":
                self.queues[item.queue] = None
        self.queues |= dict.fromkeys([*(queue.queue for queue in change.queues), *change.queues_gone, *self.readied])
        self.serving = [frozenset(queue.agents) for queue in change.queues]
        """The agents of each queue that changes, as they are now."""
        self.changed: dict[tuple[Any, ...], dict[str, Any]] = {}
        """What is told to desks that are alike."""

    def alike(self, agent: str, served: dict[str, QueueShown]) -> Alike:
        """Desks for which this is equal are told the same: that nothing of theirs changes but in the same queues."""
        return (
            agent if agent in self.agents else None,
            tuple([queue in served for queue in self.queues]),
            tuple([agent in agents for agents in self.serving]),
        )


def queue_frame(queue: QueueShown) -> dict[str, Any]:
    """The queue as frames have it, without what waits and who is ready: its name, what its order goes by (R4), whether its items are
    given or picked (R5), and within what time its customers should have an answer."""
    head = {"queue": queue.queue, "name": queue.name, "points_per_minute": queue.points_per_minute}
    targets = {"reply_target_s": queue.reply_target_s, "mail_reply_target_s": queue.mail_reply_target_s}
    return {**head, "distribution": queue.distribution, **targets}


def agent_frame(agent: AgentShown) -> dict[str, Any]:
    """The agent as frames have it."""
    shown: dict[str, Any] = {"id": agent.agent, "name": agent.name, "state": agent.state}
    if agent.reason is not None:
        shown["reason"] = agent.reason
    if agent.help is not None:
        help = {"since": rfc3339(agent.help.since), "item": agent.help.item, "text": agent.help.text}
        shown["help"] = {name: value for name, value in help.items() if value is not None}
    return shown


def watched_agent_frame(agent: AgentShown) -> dict[str, Any]:
    """The agent as supervisors see them: since when their state holds, too (R36)."""
    frame = agent_frame(agent)
    return {**frame, "since": rfc3339(agent.since)} if agent.since is not None else frame


def intervention_frame(done: Intervention) -> dict[str, Any]:
    """What a supervisor has done, as frames have it: who, what, to whom or what, and why (R36)."""
    given = {name: getattr(done, name) for name in ("act", "agent", "item", "to_agent", "queue", "why")}
    told = {name: value for name, value in given.items() if value is not None}
    return {"by": {"id": done.user, "name": done.name}, **told}
