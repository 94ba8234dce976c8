"""The partitions in one process's hands: their leases, their inboxes, what has arrived in them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import uuid4

from parley_contracts.showings import PartitionTaken
from parley_contracts.topology import PARTITIONS, dead_inbox
from parley_contracts.wire import encode, pack

from .bus import Bus, BusDown, Consumer, Delivery, Inbox
from .clock import Clock
from .metrics import PARTITIONS_LOST
from .offload import Offload
from .store import Store

LEASE_TTL_MS = 10_000

log = logging.getLogger("parley.partitions")


@dataclass
class _Held:
    epoch: int
    consumer: Consumer | None = None


class Partitions:
    """Leases are kept in the store; an inbox is consumed only while its partition's lease is held."""

    def __init__(
        self,
        service: str,
        inbox_of: Callable[[int], str],
        store: Store,
        bus: Bus,
        clock: Clock,
        on_arrival: Callable[[], None],
    ) -> None:
        self._service, self._inbox_of = service, inbox_of
        self._store, self._bus, self._clock, self._on_arrival = store, bus, clock, on_arrival
        self._calls = Offload(f"{service}-leases")
        self._held: dict[int, _Held] = {}
        self._arrived: deque[tuple[int, Delivery]] = deque()
        self.owner = f"{service}-{uuid4().hex[:12]}"

    def __contains__(self, partition: object) -> bool:
        return partition in self._held

    @property
    def all_held(self) -> bool:
        """Whether there is nothing left to take."""
        return len(self._held) == PARTITIONS

    @property
    def arrived(self) -> bool:
        """Whether something waits to be taken."""
        return bool(self._arrived)

    def epoch(self, partition: int) -> int | None:
        """The lease's epoch, which fences each commit; None when the partition is not held."""
        held = self._held.get(partition)
        return held.epoch if held is not None else None

    def take_arrived(self) -> tuple[int, Delivery] | None:
        """The next delivery and its partition; None when there is none."""
        while self._arrived:
            partition, delivery = self._arrived.popleft()
            if partition in self._held:
                return partition, delivery
        return None

    def inbox(self, partition: int) -> Inbox:
        """The inbox of a partition."""
        return Inbox(self._inbox_of(partition), "durable", dead=dead_inbox(self._service))

    async def declare(self) -> None:
        """Make the inboxes, so that what is sent to them is kept."""
        for partition in range(PARTITIONS):
            await self._bus.declare(self.inbox(partition))

    async def lease_free(self) -> dict[int, int]:
        """Take the leases that nobody holds: partitions with their epochs. They are worked on from `open` on."""
        taken: dict[int, int] = {}
        for partition in range(PARTITIONS):
            if partition not in self._held:
                epoch = await self._calls(self._store.acquire, partition, self.owner, LEASE_TTL_MS, self._clock())
                if epoch is not None:
                    taken[partition] = epoch
        return taken

    async def open(self, taken: dict[int, int]) -> None:
        """Consume these partitions' inboxes, and tell the gateways who has them now."""
        for partition, epoch in taken.items():
            self._held[partition] = _Held(epoch)
        for partition in taken:
            self._held[partition].consumer = await self._bus.consume(self.inbox(partition), self._receiver(partition))
            await self._announce(partition)
        log.info("partitions taken", extra={"of": self._service, "partitions": sorted(taken)})

    async def _announce(self, partition: int) -> None:
        taken = PartitionTaken(tenant="", service=self._service, partition=partition)
        try:
            await self._bus.announce(pack([encode(taken)]))
        except BusDown as error:
            # Gateways say again what they hold every few seconds: they only learn of it later.
            log.warning("not announced", extra={"reason": str(error)})

    def _receiver(self, partition: int) -> Callable[[Delivery], Awaitable[None]]:
        async def receive(delivery: Delivery) -> None:
            self._arrived.append((partition, delivery))
            self._on_arrival()

        return receive

    async def renew(self) -> list[int]:
        """Prolong the leases; the partitions that another process has taken."""
        still = await self._calls(self._store.renew, self.owner, LEASE_TTL_MS, self._clock())
        return [partition for partition in self._held if partition not in still]

    async def let_go(self, partitions: Iterable[int]) -> None:
        """Another process works on these from now on; what came for them and was not handled goes back."""
        for partition in partitions:
            held = self._held.pop(partition, None)
            if held is not None and held.consumer is not None:
                await held.consumer.cancel()
            PARTITIONS_LOST.labels(self._service).inc()
            log.warning("partition lost", extra={"of": self._service, "partition": partition})

    async def stop_consuming(self) -> None:
        """Take nothing more; what is in hand can still be finished."""
        for held in self._held.values():
            if held.consumer is not None:
                await held.consumer.cancel()

    async def release(self) -> None:
        """Give all leases back at once."""
        await self._calls(self._store.release, self.owner, list(self._held))
        self._held.clear()
        self._calls.close()
