"""The loop of a service that builds tables from what others say: each event once, in order, in batches.

One inbox a partition; the processes share the partitions out. How far each source has been taken is written in the
transaction of the rows, so that what comes twice, or to two processes, has no second effect.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from parley_contracts.shapes import Said

from .bus import Bus, Delivery
from .clock import Clock, system_clock
from .dead_letters import TRIES, DeadLetters
from .metrics import BATCH, COMMITS, EVENTS, PROJECTION_BEHIND, PROJECTION_LAG, PROJECTION_WAITING
from .offload import Offload
from .partitions import LEASE_EVERY_S, Partitions
from .store import LeaseBook, Stale, StoreDown
from .tasks import Tasks

MOST_IN_A_BATCH = 2_000
BREATH_S = 0.05
"""Between two batches: nobody waits for a record, and the next batch costs hardly more for being larger."""

log = logging.getLogger("parley.projector")


class Projection(Protocol):
    """Tables built from events."""

    name: str

    def inbox(self, partition: int) -> str:
        """The inbox of a partition."""

    def positions(self) -> dict[str, int]:
        """How far each source has been taken; blocking."""

    def apply(self, events: Sequence[Said], positions: dict[str, int]) -> None:
        """Write what these events come to, and the new positions, in one transaction; blocking.

        Raises Stale when a position is not beyond the stored one, StoreDown.
        """


class Projector:
    """Runs one projection in one process."""

    def __init__(
        self,
        projection: Projection,
        leases: LeaseBook,
        bus: Bus,
        clock: Clock = system_clock,
        on_failure: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._projection, self._bus, self._clock = projection, bus, clock
        self._tasks = Tasks(on_failure)
        self._calls = Offload(projection.name)
        self._dead_letters = DeadLetters(bus, projection.name)
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._partitions = Partitions(projection.name, projection.inbox, leases, bus, clock, self._wake.set, self._turn)
        self._positions: dict[str, int] = {}
        self._sharing: asyncio.Task[None] | None = None
        self._trouble: str | None = "not started"
        self._in_hand: list[tuple[int, Said]] = []
        PROJECTION_BEHIND.labels(projection.name).set_function(self._behind_s)
        PROJECTION_WAITING.labels(projection.name).set_function(self._waiting)

    async def start(self) -> None:
        """Take partitions, then what comes."""
        await self._partitions.declare()
        await self._partitions.share_out(self)
        self._trouble = None
        self._tasks.start(self._run(), f"{self._projection.name} batches")
        self._sharing = self._tasks.start(self._share_partitions(), f"{self._projection.name} leases")

    async def stop(self) -> None:
        """Finish the batch in hand, give the partitions back."""
        if self._sharing is not None:
            self._sharing.cancel()
        await self._partitions.stop_consuming()
        async with self._turn:
            await self._tasks.stop()
            await self._partitions.leave()
        self._calls.close()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        troubles = [] if self._bus.healthy() else ["broker: not connected"]
        return [*troubles, f"store: {self._trouble}"] if self._trouble else troubles

    def _behind_s(self) -> float:
        return max(0, self._clock() - min(event.at for _, event in self._in_hand)) / 1000 if self._in_hand else 0.0

    def _waiting(self) -> int:
        return len(self._in_hand) + self._partitions.waiting

    # --- partitions ---------------------------------------------------------------------------------------------------

    async def _share_partitions(self) -> None:
        while True:
            await asyncio.sleep(LEASE_EVERY_S)
            try:
                await self._partitions.share_out(self)
                self._trouble = None
            except StoreDown as error:
                self._trouble = str(error)
                log.warning("leases could not be kept", extra={"of": self._projection.name, "reason": str(error)})

    async def begin(self, taken: dict[int, int]) -> None:
        """How far others have taken these partitions is read anew."""
        self._positions = await self._calls(self._projection.positions)
        await self._partitions.open(taken)

    async def hand_over(self, partitions: list[int]) -> None:
        """Between two batches nothing is in hand."""
        await self._partitions.pause(partitions)
        await self._partitions.release(partitions)

    async def lose(self, partitions: list[int]) -> None:
        """What comes for them to two processes has no second effect."""
        await self._partitions.let_go(partitions)

    # --- batches ------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            if not self._partitions.arrived:
                self._wake.clear()
                await self._wake.wait()
            async with self._turn:
                await self._turn_of_work()
            await asyncio.sleep(BREATH_S)

    async def _turn_of_work(self) -> None:
        deliveries: list[Delivery] = []
        events: list[tuple[int, Said]] = []
        while len(events) < MOST_IN_A_BATCH and (arrived := self._partitions.take_arrived()) is not None:
            partition, delivery = arrived
            deliveries.append(delivery)
            read = await self._dead_letters.read(delivery, self._projection.inbox(partition))
            events += [(partition, message) for message in read if isinstance(message, Said)]
        self._in_hand = events
        await self._project(events)
        self._in_hand = []
        for delivery in deliveries:
            await delivery.ack()

    async def _project(self, events: list[tuple[int, Said]]) -> None:
        """All at once; if that fails for another reason than the store, half by half, to find the one that it is."""
        try:
            await self._apply(events)
        except Exception as error:
            log.exception("a batch could not be projected", extra={"of": self._projection.name})
            if len(events) == 1:
                await self._one(*events[0], error)
            else:
                middle = len(events) // 2
                await self._project(events[:middle])
                await self._project(events[middle:])

    async def _one(self, partition: int, event: Said, failure: BaseException) -> None:
        for _ in range(TRIES - 1):
            try:
                return await self._apply([(partition, event)])
            except Exception as error:  # noqa: BLE001 - tried again, then put aside
                failure = error
        await self._dead_letters.put(event, self._projection.inbox(partition), failure, TRIES)

    async def _apply(self, events: list[tuple[int, Said]]) -> None:
        while True:
            positions: dict[str, int] = {}
            fresh: list[Said] = []
            for partition, event in events:
                source = f"{event.source}>{partition}"
                if event.position > positions.get(source, self._positions.get(source, 0)):
                    positions[source] = event.position
                    fresh.append(event)
            if not fresh:
                return
            try:
                await self._calls(self._projection.apply, fresh, positions)
            except StoreDown as error:
                self._trouble = str(error)
                log.error("the store does not answer", extra={"of": self._projection.name, "reason": str(error)})
                await asyncio.sleep(0.5)
                continue
            except Stale:
                known, self._positions = self._positions, await self._calls(self._projection.positions)
                if known == self._positions:
                    raise  # nobody has been here meanwhile: it is not the position that is refused
                continue
            self._trouble = None
            self._positions.update(positions)
            COMMITS.labels(self._projection.name).inc()
            EVENTS.labels(self._projection.name).inc(len(fresh))
            BATCH.labels(self._projection.name).observe(len(fresh))
            oldest = min(event.at for event in fresh)
            PROJECTION_LAG.labels(self._projection.name).observe(max(0, self._clock() - oldest) / 1000)
            return
