"""The session put together: one composition root."""

from __future__ import annotations

from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.clock import Clock, system_clock
from parley_chassis.group_commit import GroupCommit
from parley_chassis.letter_desk import LetterDesk
from parley_chassis.store import Store
from parley_chassis.tasks import Tasks

from .handlers import Session


class SessionProcess:
    """The loop of the chats, and what is asked about its letters, in one process."""

    def __init__(
        self, store: Store, bus: Bus, clock: Clock, on_failure: Callable[[BaseException], None] | None
    ) -> None:
        self._tasks = Tasks(on_failure)
        self._loop = GroupCommit(Session(), store, bus, clock, on_failure=on_failure)
        self._letters = LetterDesk(Session.name, store.letters, store.leases, bus, self._tasks, clock)

    async def start(self) -> None:
        """Work on chats."""
        await self._loop.start()
        await self._letters.start()

    async def stop(self) -> None:
        """Finish what is in hand."""
        await self._letters.stop()
        await self._loop.stop()
        await self._tasks.stop()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        return [*self._loop.troubles(), *self._letters.troubles()]

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        return self._loop.notices()


def build(
    store: Store,
    bus: Bus,
    clock: Clock = system_clock,
    on_failure: Callable[[BaseException], None] | None = None,
) -> SessionProcess:
    """A session, ready to be started."""
    return SessionProcess(store, bus, clock, on_failure)
