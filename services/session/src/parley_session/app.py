"""The session put together: one composition root."""

from __future__ import annotations

from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.clock import Clock, system_clock
from parley_chassis.group_commit import GroupCommit
from parley_chassis.store import Store

from .domain.chat import Chat
from .handlers import Session


def build(
    store: Store,
    bus: Bus,
    clock: Clock = system_clock,
    on_failure: Callable[[BaseException], None] | None = None,
) -> GroupCommit[Chat]:
    """The session's loop, ready to be started."""
    return GroupCommit(Session(), store, bus, clock, on_failure=on_failure)
