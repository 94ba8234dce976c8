"""The loop of a service that owns streams: take what has arrived, decide one after the other in memory, store all of it
in one transaction, acknowledge, say it.

Alone, a message waits for nobody; under load the batch grows by itself. What the loop needs to know stands apart: the hold on
partitions (`tenure.py`), what is due (`agenda.py`), how far everything has been said (`published.py`), how often something is
tried (`tries.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from parley_contracts.commands import SayAgain, Taken, Tide, Wake
from parley_contracts.shapes import Message, Said
from parley_contracts.topology import UNHURRIED, partition_of

from .agenda import Agenda
from .batch import Arrived, Batch, Failure
from .bus import Bus, Delivery
from .clock import Clock, system_clock
from .collecting import Collecting
from .courier import Courier
from .dead_letters import DeadLetters
from .intake import Intake
from .letters import Unread
from .logs import facts_of
from .metrics import BATCH, COMMIT_SECONDS, COMMITS, EVENTS, REFUSED_STALE
from .offload import Offload
from .outbox import Outgoing
from .pace import Pace
from .saying import Saying
from .service import Service
from .store import Commit, Stale, Store, StoreDown
from .streams import Live, Streams, fold_streams, keep_snapshot
from .tasks import Tasks
from .tenure import Tenure
from .tries import Tries

State = TypeVar("State")

MOST_IN_A_BATCH = 1_000
MOST_UNSENT = 50_000
TICK_S = 1.0
OF_LINES = (Tide, Taken, SayAgain)
PAUSED_MS = 5_000

log = logging.getLogger("parley.service")


class GroupCommit(Generic[State]):
    """Runs one service in one process: leases on partitions, their inboxes, the batches, the outbox, the clock."""

    def __init__(
        self,
        service: Service[State],
        store: Store,
        bus: Bus,
        clock: Clock = system_clock,
        most_live: int = 20_000,
        on_failure: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.service, self.store, self.bus, self.clock = service, store, bus, clock
        self._wake = asyncio.Event()
        self._pace = Pace(bus.breath_s)
        self.tasks = Tasks(on_failure)
        put_aside = DeadLetters(bus, service.name).too_large
        self.courier = Courier(bus, self.tasks, unhurried=UNHURRIED, put_aside=put_aside)
        self.streams: Streams[State] = Streams(most_live)
        self._store_calls = Offload(f"{service.name}-store")
        self._tenure = Tenure(service, store.leases, bus, clock, self._wake.set, self, self._upkeep, self.courier)
        self.partitions, self._turn = self._tenure.partitions, self._tenure.turn
        self._saying = Saying(
            service, store, self._store_calls, bus, self.courier, self.tasks, self.partitions, self._turn
        )
        self.outbox, self._published = self._saying.outbox, self._saying.published
        self._agenda = Agenda()
        self._collecting = Collecting(bus, service.name, store.letters, self._store_calls, clock)
        self._intake = Intake(
            service.name, service.inbox, store.letters, self._store_calls, clock, self._wake.set, self.courier.send
        )
        self._to_say: list[Outgoing] = []
        self._own: deque[Message] = deque()

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Declare the inboxes, take partitions, begin."""
        await self.partitions.declare()
        self._intake.taking.timeline = await self._saying.start()
        await self._tenure.begin(self.tasks)
        await self._collecting.start()
        self.tasks.start(self._run(), f"{self.service.name} batches")
        self.tasks.start(self._tick(), f"{self.service.name} tick")

    async def stop(self) -> None:
        """Finish what is in hand, say it, give the partitions back."""
        await self._tenure.take_no_more()
        await self._collecting.stop()
        async with self._turn:
            await self._saying.stop()
            await self.tasks.stop()
            await self.partitions.leave()
        self._store_calls.close()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        return self._tenure.troubles() + self._saying.troubles()

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        return self.streams.notices() + self._intake.letters.notices()

    def send_to_self(self, message: Message) -> None:
        """Handle a message in the next batch."""
        self._own.append(message)
        self._wake.set()

    async def _tick(self) -> None:
        last = self.clock()
        while True:
            await asyncio.sleep(TICK_S)
            now = self.clock()
            if now - last > PAUSED_MS:
                log.warning("this process stood still", extra={"of": self.service.name, "ms": now - last})
                self.service.paused(now - last)
            last = now
            for message in self.service.every_second(now):
                self.send_to_self(message)

    # --- partitions ---------------------------------------------------------------------------------------------------

    async def _upkeep(self, second: int) -> None:
        await self._saying.upkeep(second)
        await self._intake.letters.upkeep(second, self._turn, lambda: self.partitions.held)

    async def begin(self, taken: dict[int, int]) -> None:
        """Before the first message: say what the last owner may not have said, learn positions and open streams.

        What is known of their streams here is from before the last owner: it is folded anew.
        """
        self.streams.forget_partitions(set(taken))
        await self._published.begin(taken)
        await self._intake.begin(taken, await self._store_calls(self.store.tracking))
        for partition in taken:
            agenda = await self._store_calls(self.store.agenda, partition)
            self.service.partitions_taken(agenda, self.clock())
            self._agenda.begin(agenda)
        await self.partitions.open(taken)
        self._wake.set()

    async def lose(self, partitions: list[int]) -> None:
        """What is decided here about them does not count any more."""
        await self.partitions.let_go(partitions)
        self._forget_partitions(partitions)

    async def hand_over(self, partitions: list[int]) -> None:
        """In order: nothing more is taken for them, and what they said has arrived."""
        await self.partitions.pause(partitions)
        await self._published.finish(partitions)
        await self.partitions.release(partitions)
        self._forget_partitions(partitions)

    def _forget_partitions(self, partitions: list[int]) -> None:
        gone = set(partitions)
        self.streams.forget_partitions(gone)
        self._agenda.forget(gone)
        self._saying.forget(gone)
        self._intake.forget(gone)
        self.service.partitions_lost(gone)

    # --- batches ------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            await self._something_to_do()
            await self._pace.departure()
            async with self._turn:
                await self._turn_of_work()

    async def _something_to_do(self) -> None:
        while not (
            self.partitions.arrived or self._own or self._intake.letters.due or self._agenda.is_due(self.clock())
        ):
            self._wake.clear()
            due = self._agenda.next_at
            pause = None if due is None else max(0.001, (due - self.clock()) / 1000)
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _turn_of_work(self) -> None:
        await self._tenure.make_sure()
        deliveries, messages = await self._take()
        tries = Tries(MOST_IN_A_BATCH)
        while messages or self._intake.unfinished:
            messages, failure = await self._batch(messages, tries.at_once)
            if failure is None:
                tries.succeeded()
            elif not messages:
                raise failure.error  # it is no message's fault: a letter that cannot even be kept
            elif tries.failed(len(messages), of_the_first=failure.of_the_first):
                self._keep(messages.popleft(), failure.error, tries.made)
        for delivery in deliveries:
            await delivery.ack()
        # Only now: what has been answered does not come again, and cannot be decided differently the second time.
        for outgoing in self._to_say:
            self.outbox.put(outgoing)
        self._to_say.clear()
        self.streams.trim()
        while self.courier.waiting > MOST_UNSENT:
            await asyncio.sleep(0.05)

    def _keep(self, arrived: Arrived, error: BaseException, tries: int) -> None:
        partition = arrived.partition
        if partition is None:
            partition = partition_of(self._stream_of(arrived.message) or "")
        if partition not in self.partitions:
            return  # its new owner sees to it
        answer = self._intake.keep(arrived, partition, error, tries)
        if answer is not None:
            self._to_say.append(Outgoing(showings=answer))

    async def _take(self) -> tuple[list[Delivery], deque[Arrived]]:
        """What has arrived, what the service tells itself, and what is due."""
        deliveries: list[Delivery] = []
        messages: deque[Arrived] = deque()
        while len(messages) < MOST_IN_A_BATCH and (arrived := self.partitions.take_arrived()) is not None:
            number, delivery = arrived
            deliveries.append(delivery)
            for message in self._intake.read(delivery):
                messages.append(Arrived(number, message))
        while self._own:
            messages.append(Arrived(None, self._own.popleft()))
        for letter, message in self._intake.letters.take_due():
            messages.append(Arrived(letter.partition, message, letter))
        for stream in self._agenda.take_due(self.clock()):
            if (live := self.streams.get(stream)) is not None:
                live.due = None  # so that it is noted again, should the clock have gone back meanwhile
            messages.append(Arrived(None, Wake(tenant=stream.partition("/")[0], stream=stream)))
        return deliveries, messages

    async def _batch(self, messages: deque[Arrived], most: int) -> tuple[deque[Arrived], Failure | None]:
        """Decide and store as many as can be; returns what is left, and what failed, if anything did."""
        batch, failure = Batch(), None
        try:
            await self._settle_doubts()
            await self._fold(messages)
            failure = self._decide(messages, batch, most)
            outgoing = await self._store(batch)
        except StoreDown as error:
            self._published.doubt({live.partition for live in batch.touched.values()} | batch.partitions)
            self._forget(batch)
            await self._tenure.wait_for_store(error)
            return deque([*batch.taken, *messages]), None
        except Stale as error:
            self._forget(batch)
            REFUSED_STALE.labels(self.service.name).inc()
            log.warning("a stale write was refused", extra={"of": self.service.name, "reason": str(error)})
            return await self._after_stale(deque([*batch.taken, *messages])), None
        except Exception as error:
            log.exception("a batch could not be stored", extra={"of": self.service.name})
            self._forget(batch)
            return deque([*batch.taken, *messages]), Failure(error, of_the_first=False)
        self._to_say.append(outgoing)
        return messages, Failure(failure, of_the_first=True) if failure is not None else None

    async def _settle_doubts(self) -> None:
        lost, unsaid = await self._published.settle_doubts()
        if lost:
            await self.lose(lost)
        if unsaid is not None:
            self._to_say.append(unsaid)

    async def _after_stale(self, messages: deque[Arrived]) -> deque[Arrived]:
        """Keep only the partitions whose lease is still ours; what was for the others comes to their new owner."""
        while True:
            try:
                await self.partitions.check(self)
                self._intake.taking.positions = await self._store_calls(self.store.tracking)
                break
            except StoreDown as error:
                await self._tenure.wait_for_store(error)
        # A letter is taken from the store again: somebody else may have seen to it.
        return deque(
            one
            for one in messages
            if one.letter is None and (one.partition is None or one.partition in self.partitions)
        )

    async def _fold(self, messages: Iterable[Arrived]) -> None:
        cold = {
            stream
            for _, message, _ in messages
            if (stream := self._stream_of(message)) is not None
            and partition_of(stream) in self.partitions
            and self.streams.get(stream) is None
        }
        if cold:
            folded = await self._store_calls(fold_streams, self.store, self.service, sorted(cold))
            for live in folded.values():
                self.streams.put(live)
                if live.halted is None:
                    self._note_due(live)

    def _stream_of(self, message: Message) -> str | None:
        if isinstance(message, Unread):
            return None
        return message.stream if isinstance(message, Wake) else self.service.stream_of(message)

    # --- deciding -----------------------------------------------------------------------------------------------------

    def _decide(self, messages: deque[Arrived], batch: Batch, most: int) -> BaseException | None:
        """Decide one after the other, until `most` are taken or one fails; what it failed with."""
        at = self.clock()
        while messages and len(batch.taken) < most:
            arrived = messages[0]
            message = arrived.message
            shown, following = len(batch.out.showings), len(batch.out.next)
            try:
                if not self._decide_one(arrived, at, batch):
                    return None
            except Exception as error:
                log.exception(
                    "a message could not be handled", extra=facts_of(message, stream=self._stream_of(message))
                )
                del batch.out.showings[shown:], batch.out.next[following:]
                return error
            batch.taken.append(messages.popleft())
        return None

    def _decide_one(self, arrived: Arrived, at: int, batch: Batch) -> bool:
        """False when the message must wait for the next batch, which folds its stream first."""
        partition, message, letter = arrived
        if isinstance(message, OF_LINES):
            self._told_of_lines(partition, message, batch)
            return True
        source = None
        if letter is not None and letter.holds:
            if self._intake.letters.is_stuck(letter):
                return True
        elif isinstance(message, Said) and partition is not None:
            source = self._intake.in_line(message, partition, batch)
            if source is None:
                batch.settles(letter)
                return True
        stream = self._stream_of(message)
        if stream is None:
            for follow in self.service.handle_partition(message, at, self.streams.peek, batch.out):
                self.send_to_self(follow)
        else:
            own = partition_of(stream)
            if partition not in (None, own):
                raise ValueError(f"{stream} is of partition {own}: nothing of it belongs into {partition}'s inbox")
            if own not in self.partitions:
                return True  # its new owner decides that
            live = self.streams.get(stream)
            if live is None:
                return False  # asked for by this batch itself
            if live.halted is not None:
                self._intake.of_halted(arrived, source, live.halted, batch)
                return True
            self._handle(live, message, at, batch)
        if source is not None and isinstance(message, Said) and partition is not None:
            batch.passes(source, message.position, partition)
        batch.settles(letter)
        return True

    def _handle(self, live: Live[State], message: Message, at: int, batch: Batch) -> None:
        """Hand a message to the service; what it leads to before it fails did not happen."""
        gathered = len(live.gathered)
        live.waits = self._intake.letters.holds(message)
        try:
            self.service.handle(live, message, at, batch.out)
        except Exception:
            del live.gathered[gathered:]
            self.streams.forget([live.stream])
            if live.gathered:
                batch.touched[live.stream] = live
            raise
        batch.touched[live.stream] = live

    def _told_of_lines(self, partition: int | None, message: Tide | Taken | SayAgain, batch: Batch) -> None:
        """A writer asks how far it has been taken; a consumer says how far it has taken what was said here, or asks for it."""
        if partition is not None and isinstance(message, Tide):
            self._intake.tide(message, partition, batch)
        elif partition is not None and isinstance(message, Taken | SayAgain):
            self._saying.heard(message, partition)

    # --- storing ------------------------------------------------------------------------------------------------------

    async def _store(self, batch: Batch) -> Outgoing:
        """Store what the batch comes to; what is to be said and shown of it."""
        commit, index = Commit(), []
        self._intake.pass_over(batch, self.partitions)
        commit.letters, commit.settled = batch.letters, batch.settled
        for stream, live in batch.touched.items():
            for version, event in live.gathered:
                commit.events.append(self.service.journal.stored(stream, version, event))
                index.append((live, version, event))
            if live.gathered:
                batch.partitions.add(live.partition)
                row = self.service.agenda(live)
                if self._agenda.is_news(stream, row):
                    commit.agenda[stream] = row
        outgoing = Outgoing(showings=batch.out.showings)
        if commit.events or batch.tracking or batch.letters or batch.settled:
            commit.tracking = batch.tracking
            commit.fence = self.partitions.fence(batch.partitions)
            commit.published = self._published.to_save(batch.partitions)
            with COMMIT_SECONDS.labels(self.service.name).time():
                positions = await self.store.commit_soon(commit, self._store_calls)
            self._tenure.store_answers()  # only who wrote knows: most questions need no store
            COMMITS.labels(self.service.name).inc()
            EVENTS.labels(self.service.name).inc(len(positions))
            BATCH.labels(self.service.name).observe(len(positions))
            self._published.saved(commit.published)
            await self._intake.stored(batch, self.partitions.held)
            for position, (live, version, event) in zip(positions, index, strict=True):
                self._published.note(live.partition, position)
                messages = self._saying.says(live.stream, version, event)
                outgoing.say(position, live.partition, messages, self._saying.sayer)
        for message in batch.out.next:
            self.send_to_self(message)
        self._agenda.stored(commit.agenda)
        for live in batch.touched.values():
            live.gathered.clear()
            self._note_due(live)
            await keep_snapshot(self.store, self.service, live, self._store_calls)
        return outgoing

    def _note_due(self, live: Live[State]) -> None:
        self._agenda.note(live, self.service.due(live.state))

    def _forget(self, batch: Batch) -> None:
        """What was decided has not been stored: it did not happen."""
        for live in batch.touched.values():
            live.gathered.clear()
        self.streams.forget(batch.touched)
