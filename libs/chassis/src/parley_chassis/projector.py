"""The loop of a service that builds tables from what others say: each event once, in order, in batches.

One inbox a partition; the processes share the partitions out. How far each source has been taken is written in the
transaction of the rows, so that what comes twice, or to two processes, has no second effect.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Protocol

from parley_contracts.commands import Tide
from parley_contracts.shapes import Command, Message, Said

from .batch import Arrived, Batch
from .bus import Bus, Delivery
from .clock import Clock, system_clock
from .collecting import Collecting
from .courier import Courier
from .dead_letters import DeadLetters
from .intake import Intake, unavailable
from .letters import Letter, instead_of
from .logs import facts_of
from .metrics import BATCH, COMMITS, EVENTS, PROJECTION_BEHIND, PROJECTION_LAG, PROJECTION_WAITING
from .offload import Offload
from .store import LeaseBook, LetterBook, Stale, StoreDown
from .tasks import Tasks
from .tenure import Tenure
from .tries import Tries

MOST_IN_A_BATCH = 2_000
BREATH_S = 0.05
"""Between two batches: nobody waits for a record, and the next batch costs hardly more for being larger."""

log = logging.getLogger("parley.projector")


class Projection(Protocol):
    """Tables built from events."""

    name: str

    @property
    def letters(self) -> LetterBook:
        """Where it keeps what it cannot take."""

    def inbox(self, partition: int) -> str:
        """The inbox of a partition."""

    def timeline(self) -> str:
        """The life of the installation's logs (`Store.timeline`); blocking."""

    def positions(self) -> dict[str, int]:
        """How far each source has been taken; blocking."""

    def apply(
        self, events: Sequence[Said], positions: dict[str, int], letters: Sequence[Letter], settled: Sequence[int]
    ) -> None:
        """Write what these events come to, and the new positions, in one transaction; keep `letters`, and remove those of the
        numbers `settled`. Blocking.

        Raises Stale when a position is not beyond the stored one or a settled letter is gone, StoreDown.
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
        self._projection, self._clock = projection, clock
        self._tasks = Tasks(on_failure)
        self._calls = Offload(projection.name)
        self._collecting = Collecting(bus, projection.name, projection.letters, self._calls, clock)
        self._wake = asyncio.Event()
        self._tenure = Tenure(projection, leases, bus, clock, self._wake.set, self, self._upkeep)
        self._partitions, self._turn = self._tenure.partitions, self._tenure.turn
        self._courier = Courier(bus, self._tasks, put_aside=DeadLetters(bus, projection.name).too_large)
        self._intake = Intake(
            projection.name,
            projection.inbox,
            projection.letters,
            self._calls,
            clock,
            self._wake.set,
            self._courier.send,
        )
        self._in_hand: list[tuple[int, Said]] = []
        PROJECTION_BEHIND.labels(projection.name).set_function(self._behind_s)
        PROJECTION_WAITING.labels(projection.name).set_function(self._waiting)

    async def start(self) -> None:
        """Take partitions, then what comes."""
        await self._partitions.declare()
        self._intake.taking.timeline = await self._calls(self._projection.timeline)
        await self._tenure.begin(self._tasks)
        await self._collecting.start()
        self._tasks.start(self._run(), f"{self._projection.name} batches")

    async def stop(self) -> None:
        """Finish the batch in hand, give the partitions back."""
        await self._tenure.take_no_more()
        await self._collecting.stop()
        async with self._turn:
            await self._tasks.stop()
            await self._partitions.leave()
        self._calls.close()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        return self._tenure.troubles()

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        return self._intake.letters.notices()

    def _behind_s(self) -> float:
        since = [event.at for _, event in self._in_hand if event.at is not None]  # not so of what is not known here
        return max(0, self._clock() - min(since)) / 1000 if since else 0.0

    def _waiting(self) -> int:
        return len(self._in_hand) + self._partitions.waiting

    @property
    def held(self) -> frozenset[int]:
        """The partitions that this process works on."""
        return frozenset(self._partitions.held)

    # --- partitions ---------------------------------------------------------------------------------------------------

    async def begin(self, taken: dict[int, int]) -> None:
        """How far others have taken these partitions is read anew."""
        await self._intake.begin(taken, await self._calls(self._projection.positions))
        await self._partitions.open(taken)

    async def _upkeep(self, second: int) -> None:
        await self._intake.letters.upkeep(second, self._turn, lambda: self._partitions.held)

    async def hand_over(self, partitions: list[int]) -> None:
        """Between two batches nothing is in hand."""
        await self._partitions.pause(partitions)
        await self._partitions.release(partitions)
        self._intake.forget(set(partitions))

    async def lose(self, partitions: list[int]) -> None:
        """What comes for them to two processes has no second effect."""
        await self._partitions.let_go(partitions)
        self._intake.forget(set(partitions))

    # --- batches ------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            if not self._partitions.arrived and not self._intake.letters.due:
                self._wake.clear()
                await self._wake.wait()
            async with self._turn:
                await self._turn_of_work()
            await asyncio.sleep(BREATH_S)

    async def _turn_of_work(self) -> None:
        deliveries: list[Delivery] = []
        events: list[tuple[int, Said]] = []
        rest: list[tuple[int, Message]] = []
        while len(events) < MOST_IN_A_BATCH and (arrived := self._partitions.take_arrived()) is not None:
            partition, delivery = arrived
            deliveries.append(delivery)
            for message in self._intake.read(delivery):
                if isinstance(message, Said):
                    events.append((partition, message))
                else:
                    rest.append((partition, message))
        self._in_hand = events
        await self._project(events)
        self._in_hand = []
        for letter, message in self._intake.letters.take_due():
            await self._try_again(letter, message)
        for partition, message in rest:
            await self._take_other(message, partition)
        for delivery in deliveries:
            await delivery.ack()

    async def _take_other(self, message: Message, partition: int) -> None:
        """A writer's question how far it has been taken; whatever else comes is nobody's here."""
        batch = Batch()
        if isinstance(message, Tide):
            self._intake.tide(message, partition, batch)
        else:
            reason = f"a record is made of what happened, and this is {message.type}"
            batch.keeps(self._intake.letters.apart(instead_of(message, "set_aside", reason), partition))
            if isinstance(message, Command):
                batch.out.showings += unavailable(message.tenant, message.sender) or []
        await self._store([], batch)

    async def _try_again(self, letter: Letter, message: Message) -> None:
        """A letter, alone: what it came to and that it is gone stand in one transaction."""
        if self._intake.letters.is_stuck(letter):
            return
        batch = Batch()
        try:
            if not isinstance(message, Said):
                raise TypeError(f"a record is made of what happened, and this is {letter.type}")
            fresh = [message]
            if not letter.holds:
                fresh = self._judged([(letter.partition, message)], batch)
            batch.settles(letter)
            await self._store(fresh, batch)
        except Stale as error:
            log.info("a letter has been seen to by somebody else", extra={"reason": str(error)})
        except Exception as error:
            log.exception("a letter could not be projected", extra=facts_of(message, of=self._projection.name))
            self._intake.letters.failed_again(letter, error, 1)
            await self._store([], self._kept())

    async def _project(self, events: list[tuple[int, Said]]) -> None:
        """All at once; if that fails for another reason than the store, half by half, to find the one that it is."""
        left, tries = deque(events), Tries(MOST_IN_A_BATCH)
        while left or self._intake.unfinished:
            part = list(islice(left, tries.at_once))
            try:
                await self._apply(part)
            except Exception as error:
                first = facts_of(part[0][1]) if part else {}
                facts = {**first, "of": self._projection.name, "events": len(part)}
                log.exception("a batch could not be projected: its first event is this one", extra=facts)
                if not part:
                    raise  # it is nobody's event: a letter that cannot even be kept
                if tries.failed(len(part)):
                    partition, event = left.popleft()
                    self._intake.keep(Arrived(partition, event), partition, error, tries.made)
            else:
                tries.succeeded()
                for _ in part:
                    left.popleft()

    def _kept(self) -> Batch:
        """A batch that begins with what could not be taken before it."""
        batch = Batch()
        self._intake.pass_over(batch, self._partitions)
        return batch

    def _judged(self, events: list[tuple[int, Said]], batch: Batch) -> list[Said]:
        """Those that are to be taken now."""
        fresh: list[Said] = []
        for partition, event in events:
            source = self._intake.in_line(event, partition, batch)
            if source is not None:
                batch.passes(source, event.position, partition)
                fresh.append(event)
        return fresh

    async def _apply(self, events: list[tuple[int, Said]]) -> None:
        while True:
            batch = self._kept()
            fresh = self._judged(events, batch)
            try:
                await self._store(fresh, batch)
            except Stale:
                taking = self._intake.taking
                known, taking.positions = taking.positions, await self._calls(self._projection.positions)
                taking.stored({})
                if known == taking.positions:
                    raise  # nobody has been here meanwhile: it is not the position that is refused
                continue
            return

    async def _store(self, fresh: list[Said], batch: Batch) -> None:
        """Write it, as soon as the store answers, and tell whom it concerns. Raises Stale."""
        while batch.tracking or batch.letters or batch.settled:
            writing = (fresh, batch.tracking, batch.letters, batch.settled)
            try:
                await self._calls(self._projection.apply, *writing)
            except StoreDown as error:
                await self._tenure.wait_for_store(error)
                continue
            self._tenure.store_answers()
            await self._intake.stored(batch, self._partitions.held)
            self._measure(fresh)
            break
        for inbox, encoded in batch.out.showings:
            self._courier.send(inbox, encoded)

    def _measure(self, fresh: list[Said]) -> None:
        if not fresh:
            return
        COMMITS.labels(self._projection.name).inc()
        EVENTS.labels(self._projection.name).inc(len(fresh))
        BATCH.labels(self._projection.name).observe(len(fresh))
        oldest = min(event.at for event in fresh)
        PROJECTION_LAG.labels(self._projection.name).observe(max(0, self._clock() - oldest) / 1000)
