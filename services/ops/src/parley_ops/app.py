"""The operators' service put together: one composition root."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from parley_chassis.bus import Bus
from parley_chassis.clock import Clock, system_clock
from parley_chassis.store import open_existing
from parley_chassis.tasks import Tasks
from parley_crm_logger.store import open_existing_crm

from .answers import Answers
from .following import Following
from .index.filling import Filler
from .index.floors import Floors
from .index.statements import LOGS
from .index.table import Index, open_index
from .questions import Questions
from .reports.keeping import Reported
from .runs import Runs

if TYPE_CHECKING:
    from .answers import Keeps


class Sources:
    """All that is read: the index and the logs, and what services keep beside them. Nothing but the index can be written."""

    def __init__(self, url: str) -> None:
        for service in LOGS:  # before anything is made: a place without an installation is refused
            with closing(open_existing(url, service) if service != "crm-logger" else open_existing_crm(url)):
                pass
        self.url = url
        self.index: Index = open_index(url)
        self._stores = {service: open_existing(url, service) for service in ("session", "router")}
        self._crm = open_existing_crm(url)

    @property
    def keeps(self) -> dict[str, Keeps]:
        """By service, its letters and leases."""
        crm: Any = self._crm
        return {**self._stores, "crm-logger": crm}

    def consumed(self) -> dict[str, dict[str, int]]:
        """By service, how far it has consumed each source."""
        return {
            **{service: store.tracking() for service, store in self._stores.items()},
            "crm-logger": dict(self._crm.positions()),
        }

    def close(self) -> None:
        """Give up the connections."""
        self.index.close()
        for store in self._stores.values():
            store.close()
        self._crm.close()


class Ops:
    """The index, kept up, and the answers from it, in one process."""

    def __init__(
        self, sources: Sources, bus: Bus, clock: Clock, on_failure: Callable[[BaseException], None] | None
    ) -> None:
        self._tasks = Tasks(on_failure)
        floors = Floors(sources.index)
        reported = Reported(sources.index, floors)
        answers = Answers(sources.index, floors, reported, sources.keeps, sources.consumed)
        self._following = Following(Filler(sources.index), floors, reported, answers.lines, self._tasks, clock)
        runs = Runs(sources.index, floors, sources.url, self._tasks, clock)
        self._questions = Questions(answers, runs, self._following, bus, self._tasks, clock)

    async def start(self) -> None:
        """Follow the logs, and answer."""
        self._following.start()
        await self._questions.start()

    async def stop(self) -> None:
        """Finish what is in hand."""
        await self._questions.stop()
        await self._following.stop()
        await self._tasks.stop()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        return [*self._following.troubles(), *self._questions.troubles()]

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        return self._following.notices()


def build(
    sources: Sources,
    bus: Bus,
    clock: Clock = system_clock,
    on_failure: Callable[[BaseException], None] | None = None,
) -> Ops:
    """An operators' service, ready to be started."""
    return Ops(sources, bus, clock, on_failure)
