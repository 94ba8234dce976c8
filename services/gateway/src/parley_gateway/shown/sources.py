"""The sources that are connected here: they are told whom to ring, and when not any more (R15)."""

from __future__ import annotations

import time
from typing import Any, Protocol

from parley_contracts.instant import rfc3339
from parley_contracts.shapes import Item
from parley_contracts.showings import FloorChange

from ..close_codes import LOGIN_EXPIRED
from ..domain.identity import Identity
from ..encoding import dumps
from .floor_view import FloorView, Moved
from .floors import Floors


class Source(Protocol):
    """A source's connection."""

    identity: Identity

    def send_text(self, text: str) -> None:
        """Send an encoded frame."""

    def close(self, code: int) -> None:
        """Close."""


Holder = tuple[str | None, int | None] | None


def _holder(item: Item | None) -> Holder:
    """The agent who has the item, and by which assignment; whoever only wraps it up has nobody on the line."""
    return (item.owner, item.assignment) if item is not None and item.stage == "conversation" else None


def assigned_frame(floor: FloorView, item: Item, at: int) -> dict[str, Any]:
    """The frame that says who has an item."""
    agent = floor.agents.get(item.owner or "")
    return {
        "type": "assigned",
        "item": item.item,
        "agent": item.owner,
        "name": agent.name if agent is not None else item.owner,
        "queue": item.queue,
        "kind": item.kind,
        "assignment": item.assignment,
        "at": rfc3339(at),
        "answered": bool(item.answered),
    }


def source_frames(floor: FloorView, change: FloorChange, moved: Moved) -> list[dict[str, Any]]:
    """The frames that tell sources of a change, in order. Chats are none of their affair."""
    frames: list[dict[str, Any]] = []
    for old, new in moved:
        item = new or old
        if item is None or item.kind == "chat":
            continue
        before, now = _holder(old), _holder(new)
        at = {"item": item.item, "at": rfc3339(change.at)}
        over = new is None or new.stage == "closed"
        if before is not None and before != now and not over:
            gone = {"agent": before[0], "assignment": before[1]}
            frames.append({"type": "unassigned", **at, **gone, "why": change.kind})
        if new is not None and now is not None and before != now:
            frames.append(assigned_frame(floor, new, change.at))
        if over:
            frames.append({"type": "closed", **at})
    return frames


class Sources:
    """The sources' connections at this gateway."""

    def __init__(self, floors: Floors) -> None:
        self._floors = floors
        self._sockets: dict[str, set[Source]] = {}
        floors.listeners.append(self._moved)

    async def add(self, socket: Source, at: int) -> None:
        """R15: it is told of each item that an agent has now, then of every change. Raises Refused `unavailable`."""
        floor = await self._floors.of(socket.identity.tenant)
        for item in floor.taken():
            if item.kind != "chat" and _holder(item) is not None:
                socket.send_text(dumps(assigned_frame(floor, item, at)))
        self._sockets.setdefault(floor.tenant, set()).add(socket)

    def remove(self, socket: Source) -> None:
        sockets = self._sockets.get(socket.identity.tenant, set())
        sockets.discard(socket)
        if not sockets:
            self._sockets.pop(socket.identity.tenant, None)

    def _moved(self, floor: FloorView, change: FloorChange, moved: Moved) -> None:
        sockets = self._sockets.get(floor.tenant)
        if sockets:
            for frame in source_frames(floor, change, moved):
                text = dumps(frame)
                for socket in sockets:
                    socket.send_text(text)

    def close_expired(self) -> None:
        """Who only listens asks nothing that could be refused when the login is over."""
        for sockets in list(self._sockets.values()):
            for socket in list(sockets):
                if time.time() > socket.identity.expires_at:
                    socket.close(LOGIN_EXPIRED)
