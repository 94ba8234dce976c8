"""The loop of a service that builds tables from what others say: each event once, in order, in batches.

One inbox a partition, one active consumer an inbox; how far each source has been taken is written in the transaction of
the rows, so that what comes twice has no second effect.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from parley_contracts.shapes import Said
from parley_contracts.topology import PARTITIONS, dead_inbox

from .bus import Bus, Consumer, Delivery, Inbox
from .dead_letters import TRIES, DeadLetters
from .metrics import BATCH, COMMITS, EVENTS
from .offload import Offload
from .store import Stale, StoreDown
from .tasks import Tasks

MOST_IN_A_BATCH = 2_000

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
        self, projection: Projection, bus: Bus, on_failure: Callable[[BaseException], None] | None = None
    ) -> None:
        self._projection, self._bus = projection, bus
        self._tasks = Tasks(on_failure)
        self._calls = Offload(projection.name)
        self._dead_letters = DeadLetters(bus, projection.name)
        self._arrived: deque[tuple[int, Delivery]] = deque()
        self._wake = asyncio.Event()
        self._positions: dict[str, int] = {}
        self._consumers: list[Consumer] = []
        self._idle = asyncio.Event()
        self._trouble: str | None = "not started"

    async def start(self) -> None:
        """Learn the positions, then take what comes."""
        for partition in range(PARTITIONS):
            await self._bus.declare(self._inbox(partition))
        self._positions = await self._calls(self._projection.positions)
        self._trouble = None
        self._tasks.start(self._run(), f"{self._projection.name} batches")
        for partition in range(PARTITIONS):
            self._consumers.append(await self._bus.consume(self._inbox(partition), self._receiver(partition)))

    async def stop(self) -> None:
        """Finish the batch in hand."""
        for consumer in self._consumers:
            await consumer.cancel()
        self._arrived.clear()
        async with asyncio.timeout(10):
            await self._idle.wait()
        await self._tasks.stop()
        self._calls.close()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        troubles = [] if self._bus.healthy() else ["broker: not connected"]
        return [*troubles, f"store: {self._trouble}"] if self._trouble else troubles

    def _inbox(self, partition: int) -> Inbox:
        return Inbox(self._projection.inbox(partition), "durable", dead=dead_inbox(self._projection.name))

    def _receiver(self, partition: int) -> Callable[[Delivery], Any]:
        async def receive(delivery: Delivery) -> None:
            self._arrived.append((partition, delivery))
            self._wake.set()

        return receive

    async def _run(self) -> None:
        while True:
            if not self._arrived:
                self._idle.set()
                self._wake.clear()
                await self._wake.wait()
                continue
            self._idle.clear()
            deliveries: list[Delivery] = []
            events: list[tuple[int, Said]] = []
            while self._arrived and len(events) < MOST_IN_A_BATCH:
                partition, delivery = self._arrived.popleft()
                deliveries.append(delivery)
                read = await self._dead_letters.read(delivery, self._projection.inbox(partition))
                events += [(partition, message) for message in read if isinstance(message, Said)]
            await self._project(events)
            for delivery in deliveries:
                await delivery.ack()

    async def _project(self, events: list[tuple[int, Said]]) -> None:
        """All at once; if that fails for another reason than the store, one by one, to find the one that it is."""
        try:
            await self._apply(events)
        except Exception as error:
            log.exception("a batch could not be projected", extra={"of": self._projection.name})
            if len(events) == 1:
                await self._one(*events[0], error)
            else:
                for event in events:
                    await self._project([event])

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
            return
