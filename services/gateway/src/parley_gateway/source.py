"""The telephone system's socket, and other sources': `/v1/source`. It is told whom to ring, and when not any more."""

from __future__ import annotations

import time
from typing import Any

from parley_chassis.tasks import Tasks
from parley_contracts.instant import rfc3339
from parley_contracts.shapes import Item
from parley_contracts.showings import FloorChange

from . import frames as f
from .access import Identity
from .asgi import Channel
from .floors import Floor, Floors, Moved
from .link import Link
from .metrics import SOCKETS
from .socket import LOGIN_EXPIRED, Socket


class SourceSocket(Socket):
    """One connection of a source. It only listens: what it does, it does over HTTP."""

    kinds = f.SOURCE
    label = "source"

    def __init__(self, channel: Channel, link: Link, tasks: Tasks, identity: Identity) -> None:
        super().__init__(channel, link, tasks)
        self.identity = identity
        SOCKETS.labels(self.label).inc()

    def take(self, frame: f.Frame) -> None:
        """There is nothing but `ping`, which every socket answers."""

    def gone(self) -> None:
        SOCKETS.labels(self.label).dec()


def _holder(item: Item | None) -> str | None:
    """The agent who has the item; whoever only wraps it up has nobody on the line."""
    return item.owner if item is not None and item.stage == "conversation" else None


def assigned(floor: Floor, item: Item, at: int) -> dict[str, Any]:
    """The frame that says who has an item."""
    agent = floor.agents.get(item.owner or "")
    return {
        "type": "assigned",
        "item": item.item,
        "agent": item.owner,
        "name": agent.name if agent is not None else item.owner,
        "queue": item.queue,
        "kind": item.kind,
        "at": rfc3339(at),
        "answered": bool(item.answered),
    }


def told(floor: Floor, change: FloorChange, moved: Moved) -> list[dict[str, Any]]:
    """What a change of the floor means for sources, as frames in order. Chats are none of their affair."""
    frames: list[dict[str, Any]] = []
    for old, new in moved:
        item = new or old
        if item is None or item.kind == "chat":
            continue
        before, now = _holder(old), _holder(new)
        at = {"item": item.item, "at": rfc3339(change.at)}
        over = new is None or new.stage == "closed"
        if before is not None and before != now and not over:
            frames.append({"type": "unassigned", **at, "agent": before, "why": change.kind})
        if new is not None and now is not None and before != now:
            frames.append(assigned(floor, new, change.at))
        if over:
            frames.append({"type": "closed", **at})
    return frames


class Sources:
    """The sources' connections at this gateway."""

    def __init__(self, floors: Floors) -> None:
        self._floors = floors
        self._sockets: dict[str, set[SourceSocket]] = {}
        floors.listeners.append(self._moved)

    async def add(self, socket: SourceSocket, at: int) -> None:
        """R15: it is told of each item that an agent has now, then of every change. Raises Refused `unavailable`."""
        floor = await self._floors.of(socket.identity.tenant)
        for item in floor.items.values():
            if item.kind != "chat" and _holder(item) is not None:
                socket.send(assigned(floor, item, at))
        self._sockets.setdefault(floor.tenant, set()).add(socket)

    def remove(self, socket: SourceSocket) -> None:
        sockets = self._sockets.get(socket.identity.tenant, set())
        sockets.discard(socket)
        if not sockets:
            self._sockets.pop(socket.identity.tenant, None)

    def _moved(self, floor: Floor, change: FloorChange, moved: Moved) -> None:
        sockets = self._sockets.get(floor.tenant)
        if sockets:
            for frame in told(floor, change, moved):
                for socket in sockets:
                    socket.send(frame)

    def close_expired(self) -> None:
        """Who only listens asks nothing that could be refused when the login is over."""
        for sockets in list(self._sockets.values()):
            for socket in list(sockets):
                if time.time() > socket.identity.expires_at:
                    socket.close(LOGIN_EXPIRED)
