"""The loop of a service that owns streams: take what has arrived, decide one after the other in memory, store all of it
in one transaction, acknowledge, say it.

Alone, a message waits for nobody; under load the batch grows by itself.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Generic, NamedTuple, TypeVar

from eventsourcing.persistence import StoredEvent
from parley_contracts.commands import Wake
from parley_contracts.shapes import Message, Said
from parley_contracts.topology import CRM, EVENT_STREAM, partition_of

from .bus import Bus, Delivery, Inbox
from .clock import Clock, system_clock
from .courier import Courier
from .dead_letters import TRIES, DeadLetters
from .metrics import (
    BATCH,
    COMMIT_SECONDS,
    COMMITS,
    EVENTS,
    REFUSED_STALE,
)
from .offload import Offload
from .outbox import Outbox, Outgoing, read_unsaid
from .pace import Pace
from .partitions import LEASE_EVERY_S, Partitions
from .service import Out, Service
from .store import Commit, Due, Stale, Store, StoreDown
from .streams import SNAPSHOT, Live, Streams, fold_streams
from .tasks import Tasks

State = TypeVar("State")

MOST_IN_A_BATCH = 1_000
MOST_UNSENT = 50_000
TO_THE_END_EVERY = 10
SAID_WITHIN_S, SAID_AT_THE_END_S = 1.0, 10.0
REFLECT_EVERY_S = 1.0
STOOD_STILL_MS = 5_000

log = logging.getLogger("parley.service")


@dataclass
class _Batch:
    """What the messages of one batch come to."""

    out: Out = field(default_factory=Out)
    touched: dict[str, Live[Any]] = field(default_factory=dict)
    partitions: set[int] = field(default_factory=set)
    tracking: dict[str, int] = field(default_factory=dict)


class _Failure(NamedTuple):
    """Why a batch ended before its end; `of_the_first`: the first message that is left is the one that failed."""

    error: BaseException
    of_the_first: bool


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
        self._turn = asyncio.Lock()
        self._pace = Pace(bus.breath_s)
        self.partitions = Partitions(service.name, service.inbox, store.leases, bus, clock, self._wake.set, self._turn)
        self.tasks = Tasks(on_failure)
        self.courier = Courier(bus, self.tasks, unhurried=(CRM, EVENT_STREAM))
        self.outbox = Outbox(self.courier)
        self.dead_letters = DeadLetters(bus, service.name)
        self.streams: Streams[State] = Streams(most_live)
        self._store_calls = Offload(f"{service.name}-store")
        self._positions: dict[str, int] = {}
        self._agenda: dict[str, Due | None] = {}
        self._saved: dict[int, int] = {}
        self._noted: dict[int, int] = {}
        """By partition, up to which log position everything has been handed to the outbox."""
        self._uncertain: set[int] = set()
        """The partitions of a commit whose answer was lost."""
        self._timers: list[tuple[int, str]] = []
        self._to_say: list[Outgoing] = []
        self._own: deque[Message] = deque()
        self._sharing: asyncio.Task[None] | None = None
        self._store_trouble: str | None = "not started"

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Declare the inboxes, take partitions, begin."""
        await self.partitions.declare()
        # Nothing depends on the event stream: a broker that cannot make it does not keep the service from starting.
        self.tasks.start(self.bus.declare(Inbox(EVENT_STREAM, "stream")), "event stream")
        self._store_trouble = None
        self.tasks.start(self.outbox.run(), f"{self.service.name} outbox")
        self.tasks.start(self.outbox.settle(), f"{self.service.name} settling")
        await self.partitions.share_out(self)
        self.tasks.start(self._run(), f"{self.service.name} batches")
        self._sharing = self.tasks.start(self._share_partitions(), f"{self.service.name} leases")
        self.tasks.start(self._reflect(), f"{self.service.name} reflection")

    async def stop(self) -> None:
        """Finish what is in hand, say it, give the partitions back."""
        if self._sharing is not None:
            self._sharing.cancel()
        await self.partitions.stop_consuming()
        async with self._turn:
            try:
                async with asyncio.timeout(SAID_AT_THE_END_S):
                    while self.outbox.unsettled or self.courier.waiting:
                        await asyncio.sleep(0.01)
                await self._save_positions()
            except (TimeoutError, StoreDown, Stale) as error:
                log.warning("the next owner says the rest", extra={"of": self.service.name, "reason": repr(error)})
            await self.tasks.stop()
            await self.partitions.leave()
        self._store_calls.close()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        troubles = []
        if not self.bus.healthy():
            troubles.append("broker: not connected")
        if self._store_trouble:
            troubles.append(f"store: {self._store_trouble}")
        return troubles

    def send_to_self(self, message: Message) -> None:
        """Handle a message in the next batch."""
        self._own.append(message)
        self._wake.set()

    # --- partitions ---------------------------------------------------------------------------------------------------

    async def _share_partitions(self) -> None:
        for number in count(1):
            await asyncio.sleep(LEASE_EVERY_S)
            try:
                await self.partitions.share_out(self)
                if number % TO_THE_END_EVERY == 0:
                    await self._note_the_end()
                await self._save_positions()
                self._store_trouble = None
            except (StoreDown, Stale) as error:
                self._store_trouble = str(error) if isinstance(error, StoreDown) else None
                log.warning("leases could not be kept", extra={"of": self.service.name, "reason": str(error)})

    async def begin(self, taken: dict[int, int]) -> None:
        """Before the first message: say what the last owner may not have said, learn positions and open streams.

        What is known of their streams here is from before the last owner: it is folded anew.
        """
        self.streams.forget_partitions(set(taken))
        said = {partition: await self._store_calls(self.store.published, partition) for partition in taken}
        unsaid = await self._read_unsaid(said)
        self.outbox.put(unsaid)
        self._noted.update(unsaid.published)
        self._positions.update(await self._store_calls(self.store.tracking))
        for partition in taken:
            agenda = await self._store_calls(self.store.agenda, partition)
            self.service.took_over(agenda, self.clock())
            for entry in agenda:
                self._agenda[entry.stream] = entry
                if entry.due is not None:
                    heapq.heappush(self._timers, (entry.due, entry.stream))
            self._saved[partition] = said[partition]
        await self.partitions.open(taken)
        self._wake.set()

    async def _read_unsaid(self, after: dict[int, int]) -> Outgoing:
        service = self.service
        return await self._store_calls(
            read_unsaid, self.store, service.journal, self._says, service.name, after, partition_of
        )

    async def lose(self, partitions: list[int]) -> None:
        """What is decided here about them does not count any more."""
        await self.partitions.let_go(partitions)
        self._forget_partitions(partitions)

    async def hand_over(self, partitions: list[int]) -> None:
        """In order: nothing more is taken for them, and what they said has arrived. (What is not said by then, the next
        owner says again.)"""
        await self.partitions.pause(partitions)
        with suppress(TimeoutError):
            async with asyncio.timeout(SAID_WITHIN_S):
                while any(self.outbox.pending(partition) for partition in partitions):
                    await asyncio.sleep(0.005)
        await self._save_positions()
        await self.partitions.release(partitions)
        self._forget_partitions(partitions)

    def _forget_partitions(self, partitions: list[int]) -> None:
        gone = set(partitions)
        self.streams.forget_partitions(gone)
        self._agenda = {stream: due for stream, due in self._agenda.items() if partition_of(stream) not in gone}
        self.service.gave_up(gone)

    async def _note_the_end(self) -> None:
        """A partition with nothing left to say has been said up to the log's end, however long ago its own last event
        was: its next owner need not look further back."""
        end = await self._store_calls(self.store.end)
        async with self._turn:
            for partition in self.partitions.held:
                if not self.outbox.pending(partition):
                    self.outbox.settled[partition] = max(end, self.outbox.settled.get(partition, 0))

    async def _save_positions(self) -> None:
        fresh = {
            partition: position
            for partition, position in self.outbox.settled.items()
            if partition in self.partitions and position > self._saved.get(partition, 0)
        }
        if not fresh:
            return
        await self._store_calls(self.store.commit, Commit(fence=self._fence(fresh), published=fresh))
        self._saved.update(fresh)

    def _fence(self, partitions: Iterable[int]) -> dict[int, int]:
        """The epochs under which these partitions may be written. Raises Stale when one is not ours."""
        fence: dict[int, int] = {}
        for partition in partitions:
            epoch = self.partitions.epoch(partition)
            if epoch is None:
                raise Stale(f"partition {partition} is not ours")
            fence[partition] = epoch
        return fence

    # --- batches ------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            await self._something_to_do()
            await self._pace.departure()
            async with self._turn:
                await self._turn_of_work()

    async def _something_to_do(self) -> None:
        while not (self.partitions.arrived or self._own or self._timer_due()):
            self._wake.clear()
            pause = None if not self._timers else max(0.001, (self._timers[0][0] - self.clock()) / 1000)
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _timer_due(self) -> bool:
        return bool(self._timers) and self._timers[0][0] <= self.clock()

    async def _turn_of_work(self) -> None:
        deliveries: list[Delivery] = []
        messages: deque[tuple[int | None, Message]] = deque()
        await self._make_sure()
        while len(messages) < MOST_IN_A_BATCH and (arrived := self.partitions.take_arrived()) is not None:
            number, delivery = arrived
            deliveries.append(delivery)
            for message in await self.dead_letters.read(delivery, self.service.inbox(number)):
                messages.append((number, message))
        while self._own:
            messages.append((None, self._own.popleft()))
        while self._timer_due():
            stream = heapq.heappop(self._timers)[1]
            if (live := self.streams.get(stream)) is not None:
                live.due = None  # so that it is noted again, should the clock have gone back meanwhile
            messages.append((None, Wake(tenant=stream.partition("/")[0], stream=stream)))
        tries, most = 0, MOST_IN_A_BATCH
        while messages:
            messages, failure = await self._batch(messages, most)
            if failure is None:
                tries, most = 0, min(2 * most, MOST_IN_A_BATCH)
                continue
            if most > 1 and not failure.of_the_first:
                # Whose fault is it? Half of them, then half of these; what can be stored on the way is.
                most = max(1, min(most, len(messages)) // 2)
                continue
            tries, most = tries + 1, 1
            if tries == TRIES:
                partition, message = messages.popleft()
                inbox = self.service.inbox(partition) if partition is not None else "itself"
                await self.dead_letters.put(message, inbox, failure.error, tries)
                tries = 0
        for delivery in deliveries:
            await delivery.ack()
        # Only now: what has been answered does not come again, and cannot be decided differently the second time.
        for outgoing in self._to_say:
            self.outbox.put(outgoing)
        self._to_say.clear()
        self.streams.trim()
        while self.courier.waiting > MOST_UNSENT:
            await asyncio.sleep(0.05)

    async def _batch(
        self, messages: deque[tuple[int | None, Message]], most: int
    ) -> tuple[deque[tuple[int | None, Message]], _Failure | None]:
        """Decide and store as many as can be; returns what is left, and what failed, if anything did."""
        batch, failure = _Batch(), None
        taken: list[tuple[int | None, Message]] = []
        try:
            await self._settle_uncertain()
            await self._fold(messages)
            failure = self._decide(messages, taken, batch, most)
            outgoing = await self._store(batch)
        except StoreDown as error:
            self._uncertain |= {live.partition for live in batch.touched.values()} | batch.partitions
            self._forget(batch)
            await self._wait_for_store(error)
            return deque([*taken, *messages]), None
        except Stale as error:
            self._forget(batch)
            REFUSED_STALE.labels(self.service.name).inc()
            log.warning("a stale write was refused", extra={"of": self.service.name, "reason": str(error)})
            return await self._after_stale(deque([*taken, *messages])), None
        except Exception as error:
            log.exception("a batch could not be stored", extra={"of": self.service.name})
            self._forget(batch)
            return deque([*taken, *messages]), _Failure(error, of_the_first=False)
        self._store_trouble = None
        self._to_say.append(outgoing)
        return messages, _Failure(failure, of_the_first=True) if failure is not None else None

    async def _make_sure(self) -> None:
        """A process that stood still, or could not reach the store, answers nothing before it knows what is still its own:
        a refusal is not fenced by a commit."""
        while not self.partitions.sure:
            try:
                await self.partitions.check(self)
            except StoreDown as error:
                await self._wait_for_store(error)

    async def _settle_uncertain(self) -> None:
        """A commit whose answer was lost may have been carried out, or may be so still. Under new epochs it is refused
        from now on; what it has stored is said, because deciding again will find that it is so already."""
        if not self._uncertain:
            return
        lost = await self.partitions.take_anew(self._uncertain)
        if lost:
            await self.lose(lost)
        noted = {partition: self._noted[partition] for partition in self._uncertain if partition in self.partitions}
        if noted:
            unsaid = await self._read_unsaid(noted)
            self._to_say.append(unsaid)
            self._noted.update(unsaid.published)
        self._uncertain.clear()

    async def _wait_for_store(self, error: StoreDown) -> None:
        if self._store_trouble is None:
            log.error("the store does not answer", extra={"of": self.service.name, "reason": str(error)})
        self._store_trouble = str(error)
        await asyncio.sleep(0.5)

    async def _after_stale(self, messages: deque[tuple[int | None, Message]]) -> deque[tuple[int | None, Message]]:
        """Keep only the partitions whose lease is still ours; what was for the others comes to their new owner."""
        while True:
            try:
                await self.partitions.check(self)
                self._positions = await self._store_calls(self.store.tracking)
                break
            except StoreDown as error:
                await self._wait_for_store(error)
        return deque(
            (partition, message) for partition, message in messages if partition is None or partition in self.partitions
        )

    async def _fold(self, messages: Iterable[tuple[int | None, Message]]) -> None:
        cold = {
            stream
            for _, message in messages
            if (stream := self._stream_of(message)) is not None
            and partition_of(stream) in self.partitions
            and self.streams.get(stream) is None
        }
        await self._load(cold)

    async def _load(self, cold: set[str]) -> None:
        if cold:
            folded = await self._store_calls(fold_streams, self.store, self.service, sorted(cold))
            for live in folded.values():
                self.streams.put(live)
                self._note_due(live)

    def _stream_of(self, message: Message) -> str | None:
        return message.stream if isinstance(message, Wake) else self.service.stream_of(message)

    def _decide(
        self,
        messages: deque[tuple[int | None, Message]],
        taken: list[tuple[int | None, Message]],
        batch: _Batch,
        most: int,
    ) -> BaseException | None:
        at = self.clock()
        while messages and len(taken) < most:
            partition, message = messages[0]
            shown = len(batch.out.showings)
            live: Live[State] | None = None
            gathered = 0
            try:
                source = self._source(partition, message)
                if source is not None and self._consumed(source, message, batch):
                    taken.append(messages.popleft())
                    continue
                stream = self._stream_of(message)
                if stream is None:
                    for follow in self.service.handle_wide(message, at, self.streams.get):
                        self.send_to_self(follow)
                else:
                    own = partition_of(stream)
                    if partition not in (None, own):
                        raise ValueError(
                            f"{stream} is of partition {own}: nothing of it belongs into {partition}'s inbox"
                        )
                    if own not in self.partitions:
                        taken.append(messages.popleft())  # its new owner decides that
                        continue
                    live = self.streams.get(stream)
                    if live is None:
                        break  # asked for by this batch itself: folded before the next one
                    gathered = len(live.gathered)
                    self.service.handle(live, message, at, batch.out)
                    batch.touched[stream] = live
                if source is not None:
                    batch.tracking[source] = message.position  # type: ignore[attr-defined]
                    batch.partitions.add(partition)  # type: ignore[arg-type]
            except Exception as error:
                log.exception(
                    "a message could not be handled",
                    extra={
                        "type": message.type,
                        "correlation": self._stream_of(message),
                        "traceparent": message.traceparent,
                    },
                )
                del batch.out.showings[shown:]
                if live is not None:
                    del live.gathered[gathered:]
                    self.streams.forget([live.stream])
                    if live.gathered:
                        batch.touched[live.stream] = live
                return error
            taken.append(messages.popleft())
        return None

    def _source(self, partition: int | None, message: Message) -> str | None:
        """The upstream source under which an event is tracked; None for what is not tracked."""
        return f"{message.source}>{partition}" if isinstance(message, Said) and partition is not None else None

    def _consumed(self, source: str, message: Message, batch: _Batch) -> bool:
        """Whether an upstream event has had its effect already (R30)."""
        position = message.position if isinstance(message, Said) else 0
        return batch.tracking.get(source, self._positions.get(source, 0)) >= position

    async def _store(self, batch: _Batch) -> Outgoing:
        commit, index = Commit(), []
        for stream, live in batch.touched.items():
            for version, event in live.gathered:
                commit.events.append(self.service.journal.stored(stream, version, event))
                index.append((live, version, event))
            if live.gathered:
                batch.partitions.add(live.partition)
                entry = self.service.agenda(live)
                if entry != self._agenda.get(stream):
                    commit.agenda[stream] = entry
        outgoing = Outgoing(showings=batch.out.showings)
        if commit.events or batch.tracking:
            commit.tracking = batch.tracking
            commit.fence = self._fence(batch.partitions)
            for partition in batch.partitions:
                settled = self.outbox.settled.get(partition, 0)
                if settled > self._saved.get(partition, 0):
                    commit.published[partition] = settled
            with COMMIT_SECONDS.labels(self.service.name).time():
                positions = await self.store.commit_soon(commit, self._store_calls)
            COMMITS.labels(self.service.name).inc()
            EVENTS.labels(self.service.name).inc(len(positions))
            BATCH.labels(self.service.name).observe(len(positions))
            self._saved.update(commit.published)
            self._positions.update(batch.tracking)
            for position, (live, version, event) in zip(positions, index, strict=True):
                self._noted[live.partition] = position
                outgoing.say(
                    position,
                    live.partition,
                    f"{self.service.name}.{live.partition}",
                    self._says(live.stream, version, event),
                )
        for stream, entry in commit.agenda.items():
            if entry is None:
                self._agenda.pop(stream, None)
            else:
                self._agenda[stream] = entry
        for live in batch.touched.values():
            live.gathered.clear()
            self._note_due(live)
            await self._keep_snapshot(live)
        return outgoing

    def _says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        """What the service says, and a copy of it for the event stream."""
        messages = self.service.says(stream, version, event)
        if not messages or messages[0][0] == EVENT_STREAM:
            return messages
        return [*messages, (EVENT_STREAM, messages[0][1])]

    def _note_due(self, live: Live[State]) -> None:
        due = self.service.due(live.state)
        if due is not None and due != live.due:
            heapq.heappush(self._timers, (due, live.stream))
        live.due = due

    async def _keep_snapshot(self, live: Live[State]) -> None:
        every = self.service.snapshot_every
        if every is None or live.version - live.snapshot_version < every:
            return
        frozen = StoredEvent(live.stream, live.version, SNAPSHOT, self.service.freeze(live.state))
        try:
            await self._store_calls(self.store.save_snapshot, frozen)
        except StoreDown as error:  # the events are stored: the next one will be kept
            log.warning("no snapshot was kept", extra={"of": self.service.name, "reason": str(error)})
        else:
            live.snapshot_version = live.version

    def _forget(self, batch: _Batch) -> None:
        """What was decided has not been stored: it did not happen."""
        for live in batch.touched.values():
            live.gathered.clear()
        self.streams.forget(batch.touched)

    # --- the rest -----------------------------------------------------------------------------------------------------

    async def _reflect(self) -> None:
        last = self.clock()
        while True:
            await asyncio.sleep(REFLECT_EVERY_S)
            now = self.clock()
            if now - last > STOOD_STILL_MS:
                log.warning("this process stood still", extra={"of": self.service.name, "ms": now - last})
                self.service.stood_still(now - last)
            last = now
            for message in self.service.reflect(now):
                self.send_to_self(message)
