"""Whether the tables that are served were built by the projection that this process has."""

from __future__ import annotations

import asyncio
import logging

from parley_chassis.offload import Offload
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks

from .store import Crm, Projections

log = logging.getLogger("parley.crm")
LOOK_EVERY_S = 10.0


class ProjectionWatch:
    """Looks again and again: a rebuild puts other tables in place while this process runs."""

    def __init__(self, crm: Crm, tasks: Tasks, every_s: float = LOOK_EVERY_S) -> None:
        self._crm, self._tasks, self._every_s = crm, tasks, every_s
        self._calls = Offload("crm-projections")
        self._found: Projections | None = None

    def start(self) -> None:
        """Begin to look."""
        self._tasks.start(self._run(), "crm projections")

    def stop(self) -> None:
        """Look no more."""
        self._calls.close()

    def notices(self) -> list[str]:
        """What operators should do; empty when the projections are the same."""
        found = self._found
        if found is None or found.live == found.here:
            return []
        return [
            f"the CRM's tables were built by projection {found.live or 'unknown'}, this process has {found.here}: "
            "once all crm-loggers are of this version, parley rebuild crm --swap builds them anew"
        ]

    async def _run(self) -> None:
        while True:
            try:
                found = await self._calls(self._crm.projections)
            except StoreDown:
                pass  # which the projector says
            else:
                if found != self._found:
                    self._found = found
                    for notice in self.notices():
                        log.warning(notice)
            await asyncio.sleep(self._every_s)
