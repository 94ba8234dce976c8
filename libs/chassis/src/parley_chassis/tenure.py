"""A process's time in office: it takes partitions, keeps their leases, hands them over. The same for both loops, the one that
decides and the one that projects."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from time import monotonic
from typing import Protocol

from .bus import Bus
from .clock import Clock
from .courier import Courier
from .metrics import STUCK_SECONDS
from .partitions import LEASE_EVERY_S, Partitions, Worker
from .standstill import STUCK_AFTER_S, Turn, seconds_since
from .store import LeaseBook, Stale, StoreDown
from .tasks import Tasks

STORE_PAUSE_S = 0.5

log = logging.getLogger("parley.tenure")


class Kept(Protocol):
    """What a loop is and does for its partitions."""

    name: str

    def inbox(self, partition: int) -> str:
        """The inbox of a partition."""


class Tenure:
    """`turn` is held by whoever works on a batch: partitions come and go between two batches, never within one."""

    def __init__(
        self,
        service: Kept,
        leases: LeaseBook,
        bus: Bus,
        clock: Clock,
        wake: Callable[[], None],
        worker: Worker,
        upkeep: Callable[[int], Awaitable[None]] | None = None,
        courier: Courier | None = None,
    ) -> None:
        self._name, self._bus, self._worker, self._upkeep = service.name, bus, worker, upkeep
        self._courier = courier
        self.turn = Turn()
        self.partitions = Partitions(service.name, service.inbox, leases, bus, clock, wake, self.turn)
        self._keeping: asyncio.Task[None] | None = None
        self._trouble: str | None = "not started"
        self._moved = monotonic()
        STUCK_SECONDS.labels(self._name, "batches").set_function(self._stuck_s)
        if courier is not None:
            courier.show_for(self._name)

    async def begin(self, tasks: Tasks) -> None:
        """Take what is free, and keep it from now on; the inboxes have been declared. Raises StoreDown."""
        self._trouble = None
        await self.partitions.share_out(self._worker)
        self._keeping = tasks.start(self._keep(), f"{self._name} leases")

    async def take_no_more(self) -> None:
        """What is in hand can still be finished."""
        if self._keeping is not None:
            self._keeping.cancel()
        await self.partitions.stop_consuming()

    async def _keep(self) -> None:
        for second in count(1):
            await asyncio.sleep(LEASE_EVERY_S)
            try:
                await self.partitions.share_out(self._worker)
                if self._upkeep is not None:
                    await self._upkeep(second)
                self._trouble = None
            except (StoreDown, Stale) as error:
                self._trouble = str(error) if isinstance(error, StoreDown) else None
                log.warning("leases could not be kept", extra={"of": self._name, "reason": str(error)})

    # --- the store ----------------------------------------------------------------------------------------------------

    def store_answers(self) -> None:
        """It does, again: a batch is stored."""
        self._trouble = None
        self._moved = monotonic()

    async def wait_for_store(self, error: StoreDown) -> None:
        """It does not: say so once, and pause before the next try."""
        if self._trouble is None:
            log.error("the store does not answer", extra={"of": self._name, "reason": str(error)})
        self._trouble = str(error)
        await asyncio.sleep(STORE_PAUSE_S)

    async def make_sure(self) -> None:
        """A process that stood still, or could not reach the store, answers nothing before it knows what is still its own:
        a refusal is not fenced by a commit."""
        while not self.partitions.sure:
            try:
                await self.partitions.check(self._worker)
            except StoreDown as error:
                await self.wait_for_store(error)

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        troubles = [] if self._bus.healthy() else ["broker: not connected"]
        if self._trouble:
            troubles.append(f"store: {self._trouble}")
        if (stuck_s := self._stuck_s()) > STUCK_AFTER_S:
            troubles.append(f"batches: something waits, and none has been completed since {stuck_s:.0f} s")
        troubles += self.partitions.troubles()
        return troubles + self._courier.troubles() if self._courier is not None else troubles

    def _stuck_s(self) -> float:
        """How long what is in hand, or has arrived, waits without any batch being completed."""
        waiting = [since for since in (self.turn.since, self.partitions.waiting_since) if since is not None]
        return seconds_since(max(min(waiting), self._moved)) if waiting else 0.0
