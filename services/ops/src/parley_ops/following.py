"""Keeps the index up with the logs, and the floors' states with the index."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from parley_chassis.clock import Clock
from parley_chassis.offload import Offload
from parley_chassis.standstill import STUCK_AFTER_S
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks

from .figures import Figures
from .index.filling import AT_ONCE, Filler, NotThisIndex
from .index.floors import Floors
from .index.statements import LOGS
from .metrics import BEHIND, LAG
from .reports.keeping import Reported

PAUSE_S = 0.2
KEPT_EVERY_S = 2.0
"""Where little comes, floors' states and the rows of reports are kept so often."""
FIGURES_EVERY_S = 2.0
AGAIN_AFTER_S = 2.0

log = logging.getLogger("parley.ops")


class Following:
    """One thread follows the logs, one keeps states of floors, one measures: none waits for another."""

    def __init__(
        self,
        filler: Filler,
        floors: Floors,
        reported: Reported,
        lags: Callable[[], list[dict[str, Any]]],
        tasks: Tasks,
        clock: Clock,
    ) -> None:
        self._filler, self._floors, self._reported, self._lags = filler, floors, reported, lags
        self._tasks, self._clock = tasks, clock
        self._calls, self._floor_calls, self._figure_calls = (
            Offload(name) for name in ("ops-index", "ops-floors", "ops-figures")
        )
        self._begun = False
        self._stopping = False
        self._looked_at = monotonic()
        self._trouble: str | None = None
        for service in LOGS:
            BEHIND.labels(service).set(0)

    def start(self) -> None:
        """Begin."""
        self._tasks.start(self._follow(), "the index")
        self._tasks.start(self._keep_floors(), "the floors' states")
        self._tasks.start(self._measure(), "the figures")

    async def stop(self) -> None:
        """Finish what is in hand."""
        self._stopping = True
        self._filler.give_up()
        self._calls.close()
        self._floor_calls.close()
        self._figure_calls.close()

    @property
    def filling(self) -> float | None:
        """How much of the index is there, while it is made for the first time; None when it is."""
        if self._begun:
            return None
        progress = self._filler.progress
        return progress.done / max(1, progress.of)

    def troubles(self) -> list[str]:
        """Why the index is not up with the logs; empty when it is, or is on its way."""
        silent = monotonic() - self._looked_at
        if self._trouble is not None:
            return [f"index: {self._trouble}"]
        return [f"index: stands still since {silent:.0f} s"] if self._begun and silent > STUCK_AFTER_S else []

    def notices(self) -> list[str]:
        """What operators should know meanwhile."""
        return [] if self.filling is None else [f"index: {self.filling:.0%} made"]

    async def _follow(self) -> None:
        while not self._stopping:
            try:
                more = await self._calls(self._step)
            except (StoreDown, ValueError) as error:  # ValueError: a service has stored nothing yet
                self._trouble = str(error).splitlines()[0]
                log.warning("the logs cannot be followed", extra={"reason": self._trouble})
                await asyncio.sleep(AGAIN_AFTER_S)
                self._looked_at = monotonic()
                continue
            self._trouble = None
            self._looked_at = monotonic()
            if not more:
                await asyncio.sleep(PAUSE_S)

    def _step(self) -> bool:
        """What has come since the last look, of all logs at once: an index that takes each event by itself takes all that the services need. Whether
        there is more at once."""
        if not self._begun:
            self._filler.begin()
            self._begun = True
        try:
            moved = [self._filler.step(service) for service in LOGS]
        except NotThisIndex as error:
            log.warning("the index is begun anew", extra={"reason": str(error)})
            self._begun = False
            return True
        behind = self._filler.behind() if any(moved) else dict.fromkeys(LOGS, 0)
        for service, events in behind.items():
            BEHIND.labels(service).set(events)
        return max(moved) >= AT_ONCE

    async def _measure(self) -> None:
        figures = Figures(self._floors)
        while not self._stopping:
            await asyncio.sleep(FIGURES_EVERY_S)
            try:
                await self._figure_calls(figures.look, self._clock())
                for line in await self._figure_calls(self._lags):
                    LAG.labels(line["consumer"], line["source"]).set(line["lag"])
            except StoreDown as error:
                log.warning("the figures are those of before", extra={"reason": str(error)})

    async def _keep_floors(self) -> None:
        fresh = True
        while not self._stopping:
            left = 0
            if self._begun:
                try:
                    if fresh:
                        await self._floor_calls(self._floors.begin)
                        fresh = False
                    for tenant in await self._floor_calls(self._floors.tenants):
                        if self._stopping:
                            return
                        left += await self._floor_calls(self._floors.keep_next, tenant)
                        left += await self._floor_calls(self._reported.take_next, tenant)
                except StoreDown as error:
                    log.warning("the floors' states cannot be kept", extra={"reason": str(error)})
            await asyncio.sleep(0 if left else KEPT_EVERY_S if self._begun else PAUSE_S)
