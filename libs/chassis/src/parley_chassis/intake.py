"""What comes in to a consumer: what is to be taken now, what is known, what lacks something before it (`taking.py`), and what is
kept as a letter instead (`keeping.py`). The same for both loops, the one that decides and the one that projects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping

from parley_contracts.commands import NewerSaid, Tide
from parley_contracts.pages import reply_parts
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message, Reply, Said, Sender
from parley_contracts.topology import gateway_inbox

from .batch import Arrived, Batch
from .bus import Delivery
from .clock import Clock
from .keeping import Keeping
from .letters import Unread, instead_of
from .offload import Offload
from .store import LetterBook
from .taking import Taking

KEPT = "This could not be done here, and is kept for somebody to look at. Try again."


class Intake:
    """Of one consumer in one process. `inbox` names a partition's inbox, `wake` is called when a letter is to be tried again."""

    def __init__(
        self,
        service: str,
        inbox: Callable[[int], str],
        book: LetterBook,
        calls: Offload,
        clock: Clock,
        wake: Callable[[], None],
        send: Callable[[str, bytes], None],
    ) -> None:
        self._inbox = inbox
        self.taking = Taking()
        self.letters = Keeping(service, inbox, book, calls, clock, wake, send)

    # --- partitions ---------------------------------------------------------------------------------------------------

    async def begin(self, partitions: Collection[int], positions: Mapping[str, int]) -> None:
        """These are ours now, and so far their sources have been taken. Raises StoreDown."""
        self.taking.positions.update(positions)
        await self.letters.begin(partitions)

    def forget(self, partitions: set[int]) -> None:
        """Others take what comes for these from now on."""
        self.taking.forget(partitions)
        self.letters.forget(partitions)

    # --- what comes ---------------------------------------------------------------------------------------------------

    def read(self, delivery: Delivery) -> list[Message]:
        """The messages of a delivery, in order; something in the place of each that cannot be taken as what it is."""
        return self.taking.of_this_life(self.letters.read(delivery))

    def in_line(self, message: Said, partition: int, batch: Batch) -> str | None:
        """The source of what is to be taken now; None for what is known, lacks something before it, or is kept as a letter."""
        source = self.taking.source(message, partition)
        if isinstance(message, Unread) and not message.is_in_line:
            batch.keeps(self.letters.apart(message, partition))
            if (answer := unavailable(message.tenant, message.sender)) is not None:
                batch.out.showings += answer
            return None
        verdict = self.taking.judge(message, source, batch.tracking)
        if verdict == "gap":
            batch.tell(self.taking.lacks(message, source, self._inbox(partition), batch.tracking))
        if verdict == "known":
            self._answered(message, partition, batch)
        if verdict != "take":
            return None
        if self.letters.holds(message):
            batch.keeps(self.letters.behind(message, partition))
        elif isinstance(message, Unread):
            batch.keeps(self.letters.apart(message, partition))
        elif isinstance(message, NewerSaid):
            if message.item is not None and message.topic is not None:
                reason = f"{message.topic} is of a newer version"
                batch.keeps(self.letters.apart(instead_of(message, "newer", reason), partition))
        else:
            return source
        batch.passes(source, message.position, partition)
        return None

    def _answered(self, message: Said, partition: int, batch: Batch) -> None:
        kept, done = self.letters.answered(message, partition)
        batch.settles(done)
        if kept is not None:
            batch.keeps(kept)

    def of_halted(self, arrived: Arrived, source: str | None, why: str, batch: Batch) -> None:
        """It is about a stream that cannot be folded here: what was said is kept for a process that can, and whoever asks is
        told."""
        message, partition = arrived.message, arrived.partition
        if arrived.letter is not None:
            self.letters.still_halted(arrived.letter, why)
        elif source is not None and isinstance(message, Said) and partition is not None:
            batch.keeps(self.letters.of_halted(message, partition, why))
            batch.passes(source, message.position, partition)
        elif isinstance(message, Command):
            batch.out.showings += unavailable(message.tenant, message.sender) or []

    def tide(self, tide: Tide, partition: int, batch: Batch) -> None:
        """A writer asks how far it has been taken."""
        batch.tell(self.taking.answer(tide, self.taking.source(tide, partition), batch.tracking))

    # --- what cannot be taken -----------------------------------------------------------------------------------------

    def keep(
        self, arrived: Arrived, partition: int, error: BaseException, tries: int
    ) -> list[tuple[str, bytes]] | None:
        """It failed as often as it was tried: it is kept as a letter, and the rest goes on. What whoever asked is told."""
        if arrived.letter is not None:
            self.letters.failed_again(arrived.letter, error, tries)
            return None
        message = arrived.message
        self.letters.failed(message, partition, error, tries)
        self.taking.put_aside(message, arrived.partition)
        return unavailable(message.tenant, message.sender) if isinstance(message, Command) else None

    @property
    def unfinished(self) -> bool:
        """Whether something has been kept and is not stored yet."""
        return bool(self.taking.passed or self.letters.new)

    def pass_over(self, batch: Batch, partitions: Container[int]) -> None:
        """What was kept as a letter before this batch is behind us with it."""
        for source, position in self.taking.passed_in(partitions).items():
            batch.passes(source, position, int(source.rpartition(">")[2]))
        before = self.letters.of(partitions)
        batch.letters[:0] = before  # they are numbered in this order
        batch.partitions.update(letter.partition for letter in before)

    async def stored(self, batch: Batch, partitions: Collection[int]) -> None:
        """What the batch came to stands in the store. Raises StoreDown."""
        self.taking.stored(batch.tracking)
        if batch.letters or batch.settled:
            await self.letters.stored(batch.letters, batch.settled, partitions)


def unavailable(tenant: str, sender: Sender | None) -> list[tuple[str, bytes]] | None:
    """The answer to whoever waits for one about something that is kept."""
    if sender is None:
        return None
    reply = Reply.to(sender, Refused("unavailable", KEPT))
    return [(gateway_inbox(sender.gateway), encoded) for encoded in reply_parts(tenant, reply)]
