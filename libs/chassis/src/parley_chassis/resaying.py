"""Says again, from the log, what of a line was lost; page by page, in order, while nothing else is said there."""

from __future__ import annotations

import logging
from asyncio import Lock
from collections.abc import Callable, Sequence

from parley_contracts.commands import NewerSaid
from parley_contracts.topology import partition_of

from .courier import Courier
from .journal import Journal, Newer
from .metrics import SAID_AGAIN
from .offload import Offload
from .outbox import Sayer, Says, after
from .store import Logged, Store, StoreDown
from .tasks import Tasks

AT_ONCE = 1_000

log = logging.getLogger("parley.resaying")


class Resaying:
    """The lines of one writer that are being said again. `turn` is the loop's: nothing is stored while it is held."""

    def __init__(
        self,
        name: str,
        sayer: Sayer,
        journal: Journal,
        says: Says,
        store: Store,
        calls: Offload,
        courier: Courier,
        tasks: Tasks,
        turn: Lock,
        ours: Callable[[int], bool],
    ) -> None:
        self._name, self._sayer, self._journal, self._says = name, sayer, journal, says
        self._store, self._calls, self._courier, self._tasks = store, calls, courier, tasks
        self._turn, self._ours = turn, ours
        self._under_way: set[tuple[int, str]] = set()

    def holds(self, partition: int, inbox: str) -> bool:
        """Whether a line is being said again: what is new on it will be found in the log."""
        return (partition, inbox) in self._under_way

    def begin(self, partition: int, inbox: str, beyond: int) -> None:
        """Say again what the line said beyond a position."""
        if not self.holds(partition, inbox):
            log.warning(
                "said again", extra={"of": self._name, "inbox": inbox, "partition": partition, "beyond": beyond}
            )
            self._under_way.add((partition, inbox))
            self._tasks.start(self._say(partition, inbox, beyond), f"{self._name} resaying")

    async def _say(self, partition: int, inbox: str, beyond: int) -> None:
        position = before = beyond
        try:
            while self._ours(partition):
                page = await self._calls(self._store.log, position, AT_ONCE)
                before = await self._page(page, partition, inbox, before)
                position = page[-1].id if page else position
                if len(page) < AT_ONCE and await self._is_the_end(position, partition, inbox):
                    return
        except StoreDown as error:
            # Whoever lacks it says so again.
            log.warning("not said again yet", extra={"of": self._name, "inbox": inbox, "reason": str(error)})
        finally:
            self._under_way.discard((partition, inbox))

    async def one(self, partition: int, inbox: str, position: int) -> None:
        """Say one thing again, if it can be read here: it was said by a version that could not."""
        try:
            found = await self._calls(self._store.log, position - 1, 1)
        except StoreDown as error:
            log.warning("not said again yet", extra={"of": self._name, "inbox": inbox, "reason": str(error)})
            return
        for stored in found:
            stream = str(stored.originator_id)
            event = self._journal.read(stored.topic, stored.state)
            if stored.id != position or partition_of(stream) != partition or isinstance(event, Newer):
                return
            nothing = NewerSaid(tenant=stream.partition("/")[0], at=event.at)
            told = dict(self._says(stream, stored.originator_version, event))
            self._courier.send(inbox, self._sayer.encoded(told.get(inbox, nothing), partition, position))
            SAID_AGAIN.labels(self._name).inc()

    async def _page(self, page: Sequence[Logged], partition: int, inbox: str, before: int) -> int:
        parcels: list[tuple[str, bytes]] = []
        for stored in page:
            stream = str(stored.originator_id)
            if partition_of(stream) != partition:
                continue
            event = self._journal.read(stored.topic, stored.state)
            for to, message in self._says(stream, stored.originator_version, event):
                if to == inbox:
                    parcels.append((inbox, after(self._sayer.encoded(message, partition, stored.id), before)))
                    before = stored.id
        if parcels:
            SAID_AGAIN.labels(self._name).inc(len(parcels))
            await self._courier.deliver(parcels)
        return before

    async def _is_the_end(self, position: int, partition: int, inbox: str) -> bool:
        """Nothing is stored meanwhile: from here on the line goes on as usual."""
        async with self._turn:
            if await self._calls(self._store.end) > position:
                return False
            self._under_way.discard((partition, inbox))
            return True
