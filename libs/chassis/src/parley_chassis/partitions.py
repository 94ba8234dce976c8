"""The partitions in one process's hands: their leases, their inboxes, what has arrived in them.

All living processes of a service share the partitions out evenly: whoever holds more than its share gives the surplus
back in order, whoever holds less takes what is free. Nobody tells anybody what to do; the list of living processes and
the leases in the store are all that they look at.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Protocol
from uuid import uuid4

from parley_contracts.showings import PartitionTaken
from parley_contracts.topology import PARTITIONS, dead_inbox
from parley_contracts.wire import encode, pack

from .bus import Bus, BusDown, Consumer, Delivery, Inbox
from .clock import Clock
from .metrics import PARTITIONS_HANDED_OVER, PARTITIONS_HELD, PARTITIONS_LOST, PARTITIONS_UNHELD
from .offload import Offload
from .standstill import seconds_since
from .store import LeaseBook, Stale

LEASE_TTL_MS = 10_000
LEASE_EVERY_S = 1.0
LOOK_AROUND_S = 3.0
"""How often it is looked whether each partition has somebody who works on it."""

log = logging.getLogger("parley.partitions")


class Worker(Protocol):
    """Who works on the partitions; each of these is called between two batches, never within one."""

    async def begin(self, taken: dict[int, int]) -> None:
        """These are ours now, with their epochs: learn what must be known, then `open` them."""

    async def hand_over(self, partitions: list[int]) -> None:
        """Others shall have these: `pause` them, finish, `release` them."""

    async def lose(self, partitions: list[int]) -> None:
        """Another process has taken these already: `let_go` of them."""


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
        leases: LeaseBook,
        bus: Bus,
        clock: Clock,
        on_arrival: Callable[[], None],
        turn: asyncio.Lock,
    ) -> None:
        self._service, self._inbox_of = service, inbox_of
        self._leases, self._bus, self._clock, self._on_arrival = leases, bus, clock, on_arrival
        self._turn = turn
        self._calls = Offload(f"{service}-leases")
        self._held: dict[int, _Held] = {}
        self._arrived: deque[tuple[int, Delivery, float]] = deque()
        self._unheld: dict[int, float] = {}
        """Partitions that nobody holds, and since when that has been seen."""
        self._astray: list[int] = []
        """What the store says is held here, and is not worked on."""
        self._looked_around_at = float("-inf")
        self._share = PARTITIONS
        self._looked_at = float("-inf")
        self.owner = f"{service}-{uuid4().hex[:12]}"

    def __contains__(self, partition: object) -> bool:
        return partition in self._held

    @property
    def held(self) -> set[int]:
        """What this process works on."""
        return set(self._held)

    @property
    def sure(self) -> bool:
        """Whether no other process can have taken what is held: the leases have not run out since the last look."""
        return not self._held or monotonic() - self._looked_at < LEASE_TTL_MS / 1000

    @property
    def _surplus(self) -> list[int]:
        """What is held beyond this process's share, by the last look at how many processes live."""
        return sorted(self._held)[self._share :]

    @property
    def arrived(self) -> bool:
        """Whether something waits to be taken."""
        return bool(self._arrived)

    def epoch(self, partition: int) -> int | None:
        """The lease's epoch, which fences each commit; None when the partition is not held."""
        held = self._held.get(partition)
        return held.epoch if held is not None else None

    def fence(self, partitions: Iterable[int]) -> dict[int, int]:
        """The epochs under which these partitions may be written. Raises Stale when one is not held."""
        fence: dict[int, int] = {}
        for partition in partitions:
            epoch = self.epoch(partition)
            if epoch is None:
                raise Stale(f"partition {partition} is not ours")
            fence[partition] = epoch
        return fence

    @property
    def waiting(self) -> int:
        """How many broker messages have arrived and are not taken."""
        return len(self._arrived)

    @property
    def waiting_since(self) -> float | None:
        """Since when the first of what has arrived waits (monotonic seconds); None when nothing does."""
        return self._arrived[0][2] if self._arrived else None

    def troubles(self) -> list[str]:
        """The partitions that nobody has worked on for longer than a lease lasts: of any process, not of this one."""
        return [
            f"partition {partition}: no process has worked on it since {seconds_since(since):.0f} s"
            for partition, since in sorted(self._unheld.items())
            if seconds_since(since) > LEASE_TTL_MS / 1000
        ]

    def take_arrived(self) -> tuple[int, Delivery] | None:
        """The next delivery and its partition; None when there is none."""
        while self._arrived:
            partition, delivery, _ = self._arrived.popleft()
            if partition in self._held:
                return partition, delivery
        return None

    def inbox(self, partition: int) -> Inbox:
        """The inbox of a partition."""
        return Inbox(self._inbox_of(partition), "durable", dead=dead_inbox(self._service))

    async def declare(self) -> None:
        """Make the inboxes, so that what is sent to them is kept."""
        await self._bus.declare(self.inbox(0))  # first, alone: what all have in common is there then
        await asyncio.gather(*(self._bus.declare(self.inbox(partition)) for partition in range(1, PARTITIONS)))

    async def share_out(self, worker: Worker) -> None:
        """One look at how things stand, and what follows from it. Raises StoreDown, Stale; then it is tried again later."""
        lost = await self._look()
        if self._astray:
            # Taken by a call whose answer was lost: nobody else could take them, and nobody would work on them (R33).
            await self._calls(self._leases.release, self.owner, self._astray)
        async with self._turn:
            await self._lose(lost, worker)
            if self._surplus:
                await worker.hand_over(self._surplus)
        taken = await self._lease_free()
        if taken:
            async with self._turn:
                await worker.begin(taken)
        await self._consume_held()
        await self._look_around()
        PARTITIONS_HELD.labels(self._service).set(len(self._held))

    async def check(self, worker: Worker) -> None:
        """Within a turn, when a write was refused: let go of what another process has taken."""
        await self._lose(await self._look(), worker)

    async def take_anew(self, partitions: Iterable[int]) -> list[int]:
        """Raise the epochs of partitions that are held; those that another process has taken meanwhile, also if it has given
        them back already. Raises StoreDown."""
        lost: list[int] = []
        for partition in sorted(self.held & set(partitions)):
            epoch = await self._calls(self._leases.acquire, partition, self.owner, LEASE_TTL_MS, self._clock())
            if epoch != self._held[partition].epoch + 1:
                lost.append(partition)
            else:
                self._held[partition].epoch = epoch
        return lost

    async def _look(self) -> list[int]:
        """Say that this process lives, prolong its leases; what another process has taken meanwhile, or this one by a call that
        the store carried out late: what is held is held by one epoch."""
        now, before = monotonic(), {partition: held.epoch for partition, held in self._held.items()}
        membership = await self._calls(self._leases.renew, self.owner, LEASE_TTL_MS, self._clock())
        self._looked_at = now
        self._share = ceil(PARTITIONS / membership.members)
        self._astray = sorted(membership.held.keys() - self._held.keys())
        unchanged = [partition for partition, epoch in before.items() if self.epoch(partition) == epoch]
        return sorted(partition for partition in unchanged if membership.held.get(partition) != before[partition])

    async def _look_around(self) -> None:
        """Whether each partition has a process that holds its lease (R33)."""
        now = monotonic()
        if now - self._looked_around_at < LOOK_AROUND_S:
            return
        owners = await self._calls(self._leases.owners, self._clock())
        self._looked_around_at = now
        unheld = set(range(PARTITIONS)) - owners.keys() - self.held
        self._unheld = {partition: self._unheld.get(partition, now) for partition in unheld}
        PARTITIONS_UNHELD.labels(self._service).set(len(self.troubles()))

    async def _lose(self, lost: list[int], worker: Worker) -> None:
        lost = [partition for partition in lost if partition in self._held]  # a refused write may have told it before
        if lost:
            PARTITIONS_LOST.labels(self._service).inc(len(lost))
            log.warning("partitions lost", extra={"of": self._service, "partitions": lost})
            await worker.lose(lost)

    async def _lease_free(self) -> dict[int, int]:
        """Take free leases up to this process's share: partitions with their epochs. They are worked on from `open` on."""
        taken: dict[int, int] = {}
        for partition in range(PARTITIONS):
            if len(self._held) + len(taken) >= self._share:
                break
            if partition not in self._held:
                epoch = await self._calls(self._leases.acquire, partition, self.owner, LEASE_TTL_MS, self._clock())
                if epoch is not None:
                    taken[partition] = epoch
        return taken

    async def open(self, taken: dict[int, int]) -> None:
        """Consume these partitions' inboxes, and tell the gateways who has them now."""
        for partition, epoch in taken.items():
            self._held[partition] = _Held(epoch)
        await self._consume_held()
        await asyncio.gather(*(self._announce(partition) for partition in taken))
        log.info("partitions taken", extra={"of": self._service, "partitions": sorted(taken)})

    async def _consume_held(self) -> None:
        """Consume what is held and not consumed: what is new, or was paused for a hand-over that failed."""
        await asyncio.gather(*(self._consume(*item) for item in self._held.items() if item[1].consumer is None))

    async def _consume(self, partition: int, held: _Held) -> None:
        # Where the broker minds priorities, a newer owner's consumer comes before one that stands still.
        held.consumer = await self._bus.consume(self.inbox(partition), self._receiver(partition), priority=held.epoch)

    async def _announce(self, partition: int) -> None:
        taken = PartitionTaken(tenant="", service=self._service, partition=partition)
        try:
            await self._bus.announce(pack([encode(taken)]))
        except BusDown as error:
            # Gateways say again what they hold every few seconds: they only learn of it later.
            log.warning("not announced", extra={"reason": str(error)})

    def _receiver(self, partition: int) -> Callable[[Delivery], Awaitable[None]]:
        async def receive(delivery: Delivery) -> None:
            self._arrived.append((partition, delivery, monotonic()))
            self._on_arrival()

        return receive

    async def pause(self, partitions: Iterable[int]) -> None:
        """Take nothing more for these; what came for them and was not handled goes back."""
        paused = set(partitions)
        self._arrived = deque(arrived for arrived in self._arrived if arrived[0] not in paused)
        for partition in paused & self.held:
            consumer, self._held[partition].consumer = self._held[partition].consumer, None
            if consumer is not None:
                await consumer.cancel()

    async def let_go(self, partitions: Iterable[int]) -> None:
        """Another process works on these from now on; what came for them and was not handled goes back."""
        gone = set(partitions)
        await self.pause(gone)
        for partition in gone:
            self._held.pop(partition, None)

    async def release(self, partitions: list[int]) -> None:
        """Give these back, so that another process can take them."""
        await self._calls(self._leases.release, self.owner, partitions)
        await self.let_go(partitions)
        PARTITIONS_HANDED_OVER.labels(self._service).inc(len(partitions))
        log.info("partitions handed over", extra={"of": self._service, "partitions": partitions})

    async def stop_consuming(self) -> None:
        """Take nothing more; what is in hand can still be finished."""
        await self.pause(self._held)

    async def leave(self) -> None:
        """Give everything back at once, and count no more."""
        await self._calls(self._leases.leave, self.owner)
        self._held.clear()
        self._calls.close()
