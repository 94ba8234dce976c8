"""Connections that stand still are ended: who sends half a request, who takes nothing of what is sent, who stays after the end.

The web server has a time for what a connection does between two requests, and for nothing else. A connection that is only
closed waits for its client to take what is in its buffer: a client that takes nothing would keep it for ever.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple, NoReturn

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOK_EVERY_S = 1.0
HEAD_WITHIN_S = 10.0
"""A request's head is there, or an answered request's unwanted body over."""
TAKEN_WITHIN_S = 20.0
"""Of what is to be sent something is taken."""
CLOSED_WITHIN_S = 120.0
"""A connection that is to be closed has taken what was sent before."""
_AT_ONCE = struct.pack("ii", 1, 0)


class Seen(NamedTuple):
    """A connection when it was looked at: what it waits for and since when, what is unsent and since when it is not less."""

    waits: str
    since: float
    unsent: int
    stuck_since: float


class Impatience:
    """Looks after all connections of a web server: `connections` are its protocols."""

    def __init__(self, connections: set[Any]) -> None:
        self._connections = connections
        self._seen: dict[Any, Seen] = {}

    async def run(self) -> NoReturn:
        """Look, as long as it is not cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look(monotonic())

    def look(self, now: float) -> None:
        """End what has stood still for too long at `now`, in seconds."""
        seen: dict[Any, Seen] = {}
        for connection in list(self._connections):
            waits, unsent = _waits_for(connection), connection.transport.get_write_buffer_size()
            before = self._seen.get(connection)
            since = before.since if before is not None and before.waits == waits else now
            stuck = before is not None and 0 < before.unsent <= unsent
            found = Seen(waits, since, unsent, before.stuck_since if before is not None and stuck else now)
            patience = CLOSED_WITHIN_S if waits == "end" else HEAD_WITHIN_S
            if (waits and now - found.since > patience) or now - found.stuck_since > TAKEN_WITHIN_S:
                _end(connection.transport)
            else:
                seen[connection] = found
        self._seen = seen


def _end(transport: Any) -> None:
    """Also for the system, which would otherwise go on offering what it has to a client that takes nothing."""
    with suppress(OSError), socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def _waits_for(connection: Any) -> str:
    """What a client keeps a connection waiting for: a `head`, the `rest` of a body that nobody reads, the `end`, or nothing."""
    if connection.transport.is_closing():
        return "end"
    if not isinstance(connection, H11Protocol):
        return ""
    answered = connection.cycle is None or connection.cycle.response_complete
    if answered and connection.conn.their_state is h11.IDLE and connection.timeout_keep_alive_task is None:
        return "head"
    return "rest" if answered and connection.conn.their_state is h11.SEND_BODY else ""
