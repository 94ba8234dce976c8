"""A writer's mouth: what is stored is said in order, how far it was said and taken is known, and what was lost is said again."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from parley_contracts.commands import NewerSaid, SayAgain, Taken
from parley_contracts.shapes import Said
from parley_contracts.topology import EVENT_STREAM

from .bus import Bus, Inbox
from .courier import Courier
from .journal import Newer
from .lines import Lines
from .metrics import UNTAKEN_SECONDS
from .offload import Offload
from .outbox import Outbox, Outgoing, Sayer
from .partitions import Partitions
from .published import Published
from .resaying import Resaying
from .service import Service
from .store import Stale, Store, StoreDown
from .tasks import Tasks

TO_THE_END_EVERY = 10
TIDES_EVERY = 5
LAGS_S = 15.0
SAID_AT_THE_END_S = 10.0

log = logging.getLogger("parley.service")


class Saying:
    """Of one service in one process: the outbox, the positions up to which it has been said (`published`), the lines to the
    inboxes, and what is said again."""

    def __init__(
        self,
        service: Service[Any],
        store: Store,
        calls: Offload,
        bus: Bus,
        courier: Courier,
        tasks: Tasks,
        partitions: Partitions,
        turn: asyncio.Lock,
    ) -> None:
        self._service, self._store, self._calls, self._bus = service, store, calls, bus
        self._courier, self._tasks, self._turn = courier, tasks, turn
        self.outbox, self.lines = Outbox(courier), Lines(service.name)
        self.sayer = Sayer(self.lines)
        writing = (service.journal, self.says, store, calls)
        self.published = Published(*writing, self.outbox, partitions, self.sayer)
        self._again = Resaying(service.name, self.sayer, *writing, courier, tasks, turn, partitions.__contains__)
        self.sayer.is_said_again = self._again.holds

    async def start(self) -> str:
        """Begin to say; the log's timeline. Raises StoreDown."""
        self.lines.timeline = await self._calls(self._store.timeline)
        self._bus.on_return(self.lines.all_lost)
        # Nothing depends on the event stream: a broker that cannot make it does not keep the service from starting.
        self._tasks.start(self._bus.declare(Inbox(EVENT_STREAM, "stream")), "event stream")
        self._tasks.start(self.outbox.run(), f"{self._service.name} outbox")
        self._tasks.start(self.outbox.settle(), f"{self._service.name} settling")
        return self.lines.timeline

    async def stop(self) -> None:
        """Say what is left; what cannot be said in time is said by the next owner."""
        try:
            async with asyncio.timeout(SAID_AT_THE_END_S):
                while self.outbox.unsettled or self._courier.waiting:
                    await asyncio.sleep(0.01)
            await self.published.save()
        except (TimeoutError, StoreDown, Stale) as error:
            log.warning("the next owner says the rest", extra={"of": self._service.name, "reason": repr(error)})

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        """What the service says of an event; that there is something, where a newer version has written it."""
        if isinstance(event, Newer):
            return self._says_newer(stream, event)
        return self._service.says(stream, version, event)

    def _says_newer(self, stream: str, event: Newer) -> list[tuple[str, Said]]:
        """That there is something, to whomever it may concern; what it is, a process says that knows it."""
        tenant, _, item = stream.partition("/")
        about = item or event.text("item")
        trace = event.text("trace")
        said = NewerSaid(tenant=tenant, item=about, topic=event.topic, at=event.at, traceparent=trace)
        return [(inbox, said) for inbox in self._service.hears(stream, about)]

    async def upkeep(self, second: int) -> None:
        """Now and then: keep how far everything has been said and taken; ask. Raises StoreDown, Stale."""
        if second % TO_THE_END_EVERY == 0:
            await self.published.note_the_end(self._turn)
        await self.published.save()
        if second % TIDES_EVERY == 0:
            async with self._turn:
                # Behind all that has been said, which may never all have arrived while there is much to say.
                if self._bus.healthy() and (tides := self.lines.tides()):  # else they would heap up here
                    self.outbox.put(Outgoing(rest=tides))
            await self.published.save_lines(self._turn)
            for partition, inbox, seconds in self.lines.lags():
                UNTAKEN_SECONDS.labels(self.lines.source(partition), inbox).set(seconds)

    def forget(self, partitions: set[int]) -> None:
        """Others say these now, and tell how far they have been taken."""
        for partition, inbox, _ in self.lines.lags():
            if partition in partitions:
                UNTAKEN_SECONDS.labels(self.lines.source(partition), inbox).set(0)
        self.lines.forget(partitions)

    def heard(self, taken: Taken | SayAgain, partition: int) -> None:
        """A consumer tells how far it has stored what was said here; or it wants to hear something that was said by a process
        that did not know it."""
        if isinstance(taken, SayAgain):
            again = self._again.one(partition, taken.inbox, taken.position)
            self._tasks.start(again, f"{self._service.name} says again")
            return
        UNTAKEN_SECONDS.labels(taken.source, taken.inbox).set(0)
        if self.lines.heard(taken, partition):
            self._again.begin(partition, taken.inbox, taken.position)

    def troubles(self) -> list[str]:
        """Which consumers do not take what is said to them."""
        return [
            f"{inbox}: has not taken for {seconds:.0f} s what {self.lines.source(partition)} said"
            for partition, inbox, seconds in self.lines.lags()
            if seconds > LAGS_S
        ]
