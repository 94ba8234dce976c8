"""How far each partition of a writer has been said. What is stored and not said is said by whoever owns the partition next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from parley_contracts.topology import partition_of

from .journal import Journal
from .lines import LineRow
from .offload import Offload
from .outbox import Outbox, Outgoing, Sayer, Says, read_unsaid
from .partitions import Partitions
from .store import Commit, Store

SAID_WITHIN_S = 1.0


class Published:
    """Positions in the log, by partition. `noted`: everything up to there has been handed to the outbox; `saved`: everything up
    to there has been said, and the store knows it."""

    def __init__(
        self,
        journal: Journal,
        says: Says,
        store: Store,
        calls: Offload,
        outbox: Outbox,
        partitions: Partitions,
        sayer: Sayer,
    ) -> None:
        self._journal, self._says, self._sayer = journal, says, sayer
        self._store, self._calls = store, calls
        self._outbox, self._partitions = outbox, partitions
        self._saved: dict[int, int] = {}
        self._noted: dict[int, int] = {}
        self._kept: dict[int, tuple[int, list[LineRow]]] = {}
        self._to_keep: dict[int, tuple[int, list[LineRow]]] = {}
        self._uncertain: set[int] = set()

    async def begin(self, partitions: Iterable[int]) -> None:
        """These are ours now: say what the last owner may not have said. Raises StoreDown."""
        said = {partition: await self._calls(self._store.published, partition) for partition in partitions}
        known: dict[int, int] = {}
        for partition in said:
            at, rows = await self._calls(self._store.lines, partition)
            self._sayer.lines.begin(partition, rows)
            if at is None:  # by an older version: lines are known from here on
                at = said[partition]
                await self._calls(self._store.save_lines, partition, at, [])
            known[partition] = min(at, said[partition])
        unsaid = await self._read_unsaid(said, known)
        self._outbox.put(unsaid)
        self._noted.update(unsaid.published)
        self._saved.update(said)

    async def _read_unsaid(self, after: dict[int, int], known: dict[int, int]) -> Outgoing:
        reading = (read_unsaid, self._store, self._journal, self._says, self._sayer)
        return await self._calls(*reading, after, known, partition_of)

    # --- with each commit ---------------------------------------------------------------------------------------------

    def to_save(self, partitions: Iterable[int]) -> dict[int, int]:
        """How far these have been said, where the store does not know it yet."""
        settled = self._outbox.settled
        return {
            partition: settled[partition]
            for partition in partitions
            if settled.get(partition, 0) > self._saved.get(partition, 0)
        }

    def saved(self, positions: dict[int, int]) -> None:
        """The store knows it."""
        self._saved.update(positions)

    def note(self, partition: int, position: int) -> None:
        """What was stored there is about to be said."""
        self._noted[partition] = position

    # --- when the answer of a commit is lost --------------------------------------------------------------------------

    def doubt(self, partitions: Iterable[int]) -> None:
        """A commit for these was sent, and nobody knows whether it was carried out, or will be."""
        self._uncertain |= set(partitions)

    async def settle_doubts(self) -> tuple[list[int], Outgoing | None]:
        """Under new epochs such a commit is refused from now on; what it has stored is said, because deciding again will find
        that it is so already. The partitions that turn out to be lost, and what is to be said. Raises StoreDown."""
        if not self._uncertain:
            return [], None
        lost = await self._partitions.take_anew(self._uncertain)
        ours = self._uncertain & self._partitions.held - set(lost)
        noted = {partition: self._noted[partition] for partition in ours}
        unsaid = await self._read_unsaid(noted, noted) if noted else None
        if unsaid is not None:
            self._noted.update(unsaid.published)
        self._uncertain.clear()
        return lost, unsaid

    # --- now and then -------------------------------------------------------------------------------------------------

    async def save_lines(self, turn: asyncio.Lock) -> None:
        """Keep the lines as they are at one position of the log, once the store knows that all up to there has been said: while
        there is much to say, something is always under way. Raises StoreDown.

        What another owner has saved meanwhile may be overwritten by this: older lines are brought to where they are as well.
        """
        async with turn:
            held = self._partitions.held
            now = {partition: (self._noted[partition], self._sayer.lines.rows(partition)) for partition in held}
        self._to_keep = {partition: self._to_keep.get(partition, now[partition]) for partition in now}
        for partition, (at, rows) in list(self._to_keep.items()):
            if self._saved.get(partition, 0) < at:
                continue
            if self._kept.get(partition) != (at, rows):
                await self._calls(self._store.save_lines, partition, at, rows)
                self._kept[partition] = (at, rows)
            self._to_keep.pop(partition, None)

    async def save(self) -> None:
        """Tell the store how far everything has been said. Raises StoreDown, Stale."""
        fresh = self.to_save(self._partitions.held)
        if fresh:
            await self._calls(self._store.commit, Commit(fence=self._partitions.fence(fresh), published=fresh))
            self.saved(fresh)

    async def note_the_end(self, turn: asyncio.Lock) -> None:
        """A partition with nothing left to say has been said up to the log's end, however long ago its own last event was:
        its next owner need not look further back. Raises StoreDown."""
        end = await self._calls(self._store.end)
        async with turn:
            for partition in self._partitions.held:
                if not self._outbox.pending(partition):
                    self._outbox.settled[partition] = max(end, self._outbox.settled.get(partition, 0))

    async def finish(self, partitions: list[int]) -> None:
        """Wait, not for long, until these have been said; the rest is said by their next owner. Raises StoreDown, Stale."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SAID_WITHIN_S):
                while any(self._outbox.pending(partition) for partition in partitions):
                    await asyncio.sleep(0.005)
        await self.save()
