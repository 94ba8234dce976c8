"""The agents who are connected here: each change of a floor goes to the desks that it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import tee
from typing import Protocol

from parley_chassis.clock import system_clock
from parley_contracts.showings import FloorChange

from ..close_codes import LOGGED_OUT
from ..domain.identity import Identity
from .desk import Desk
from .floor_view import FloorView, Moved
from .floors import Floors
from .telling import AT_ONCE, Pieces, Telling


class Connection(Protocol):
    """One of an agent's connections; all of them show the same desk."""

    identity: Identity

    def floor_changed(self, text: str) -> None:
        """The desk has changed; `text` is the encoded frame."""

    def floor_shown(self, texts: Iterator[str]) -> None:
        """Everything that the desk shows, anew: encoded frames, each made when the one before has been taken."""

    def close(self, code: int) -> None:
        """Close."""


class _Open:
    """A desk, and the connections that show it."""

    __slots__ = ("desk", "sockets")

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sockets: set[Connection] = set()

    def tell(self, text: str) -> None:
        for socket in list(self.sockets):
            socket.floor_changed(text)

    def tell_anew(self, at: int, pieces: Pieces) -> None:
        frames = self.desk.anew(at, pieces)
        for socket, own in zip(list(self.sockets), tee(frames, len(self.sockets)), strict=True):
            socket.floor_shown(map(pieces.text, own))


class TenantDesks:
    """One tenant's desks, by agent and by queue: a change finds those that it concerns, and asks no others."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._serving: dict[str, dict[str, None]] = {}
        self._supervisors: dict[str, None] = {}
        """Those whose desks every change concerns."""

    def __bool__(self) -> bool:
        return bool(self._open)

    def add(self, desk: Desk, socket: Connection) -> None:
        if desk.agent not in self._open:
            self._open[desk.agent] = _Open(desk)
            self._list(desk)
            if desk.sees_all:
                self._supervisors[desk.agent] = None
        self._open[desk.agent].sockets.add(socket)

    def remove(self, agent: str, socket: Connection) -> bool:
        """Whether the agent has another connection here."""
        found = self._open.get(agent)
        if found is None:
            return False
        found.sockets.discard(socket)
        if found.sockets:
            return True
        del self._open[agent]
        self._supervisors.pop(agent, None)
        self._unlist(found.desk)
        return False

    def _list(self, desk: Desk) -> None:
        for queue in desk.queues:
            self._serving.setdefault(queue, {})[desk.agent] = None

    def _unlist(self, desk: Desk) -> None:
        for queue in desk.queues:
            serving = self._serving[queue]
            del serving[desk.agent]
            if not serving:
                del self._serving[queue]

    def concerned(self, telling: Telling) -> list[str]:
        """The agents with a desk here to whom the change may say something: it is about them, about a queue that they served
        until now, or about one that they serve from now on."""
        found = telling.agents | self._supervisors
        for queue in telling.queues:
            found |= self._serving.get(queue, {})
        for agents in telling.serving:
            found |= dict.fromkeys(agents)
        return [agent for agent in found if agent in self._open]

    def tell(self, telling: Telling) -> None:
        """Each desk that a change concerns."""
        requeued = bool(telling.change.queues or telling.change.queues_gone)
        for agent in self.concerned(telling):
            found = self._open[agent]
            if requeued:
                self._unlist(found.desk)
            if requeued and found.desk.gains_too_much(telling):
                found.tell_anew(telling.change.at, telling)
                self._list(found.desk)
                continue
            frame = found.desk.told(telling)
            if requeued:
                self._list(found.desk)
            if frame is not None:
                found.tell(telling.text(frame))

    def tell_anew(self, pieces: Pieces) -> None:
        """Every desk, everything."""
        at = system_clock()
        for found in list(self._open.values()):
            self._unlist(found.desk)
            found.tell_anew(at, pieces)
            self._list(found.desk)

    def tell_names(self, floor: FloorView, contacts: list[str]) -> None:
        """R24: these contacts have other names: the desks that show items of theirs are shown these items anew."""
        named = set(contacts)
        moved: Moved = [(item, item) for item in floor.items.values() if item.contact in named]
        for begin in range(0, len(moved), AT_ONCE):
            change = FloorChange(tenant=floor.tenant, version=floor.version, at=system_clock(), kind="contact_named")
            self.tell(Telling(floor, change, moved[begin : begin + AT_ONCE], readied=()))

    def log_out(self, agents: list[str]) -> None:
        """These agents' connections are closed, behind the answer to the log-out itself."""
        loop = asyncio.get_running_loop()
        for agent in agents:
            for socket in list(self._open[agent].sockets) if agent in self._open else ():
                loop.call_soon(socket.close, LOGGED_OUT)


class Desks:
    """The desks of the agents who are connected at this gateway, by tenant."""

    def __init__(self, floors: Floors) -> None:
        self._floors = floors
        self._tenants: dict[str, TenantDesks] = {}
        floors.listeners.append(self._floor_changed)

    def add(self, socket: Connection, desk: Desk) -> None:
        self._tenants.setdefault(socket.identity.tenant, TenantDesks()).add(desk, socket)

    def remove(self, socket: Connection) -> None:
        """The connection shows its desk no more, or was refused before it did; the last one's going closes the desk."""
        tenant, agent = socket.identity.tenant, socket.identity.user
        desks = self._tenants.get(tenant)
        if desks is not None and desks.remove(agent, socket):
            return
        self._floors.close_desk(tenant, agent)
        if desks is not None and not desks:
            del self._tenants[tenant]

    def renamed(self, floor: FloorView, contacts: list[str]) -> None:
        """These contacts of a floor have other names now (R24)."""
        if (desks := self._tenants.get(floor.tenant)) is not None:
            desks.tell_names(floor, contacts)

    def _floor_changed(self, floor: FloorView, change: FloorChange, moved: Moved) -> None:
        desks = self._tenants.get(floor.tenant)
        if desks is None:
            return
        if change.kind == "snapshot":
            return desks.tell_anew(Pieces(floor))
        desks.tell(Telling(floor, change, moved))
        if change.kind == "logged_out":
            desks.log_out([agent.agent for agent in change.agents if agent.state == "logged_out"])
        return None
