"""What one consumer keeps as letters: what it could not take, what waits behind that, and what is tried again.

Letters are written in the commit that moves the consumer past them, and removed in the commit that takes them after all: each
is taken once, also when two processes are told to (R30, R34).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import replace
from typing import NamedTuple

from parley_contracts.commands import NewerSaid, SayAgain
from parley_contracts.shapes import Message, Said
from parley_contracts.topology import writer_inbox
from parley_contracts.wire import Unreadable, encode, unpack, unpack_one_by_one

from .bus import Delivery
from .clock import Clock
from .letters import KINDS, LATE_S, Kind, Letter, Unread, about, instead_of, letter, unread
from .metrics import LETTERS, LETTERS_KEPT, LETTERS_OLDEST
from .offload import Offload
from .store import LetterBook
from .store.letters import Count

GIVEN_UP_AFTER = 10
"""How often a delivery may come back before what is in it is put aside untried: the processes that had it in hand died. Before
the broker gives it up, for a writer would say it again."""

COUNTED_EVERY = 10
ASKED_AT_ONCE = 200
NEWER = str(NewerSaid.model_fields["type"].default)

log = logging.getLogger("parley.letters")


class Retried(NamedTuple):
    """A letter that is to be tried again, and what it says."""

    letter: Letter
    message: Message


class Keeping:
    """Of one consumer in one process. `new` is to be stored with the next batch. `inbox` names a partition's inbox, `wake` is
    called when there is something to try again, `send` asks a writer."""

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
        self._send = send
        self._service, self._inbox, self._book, self._calls = service, inbox, book, calls
        self._clock, self._wake = clock, wake
        self.new: list[Letter] = []
        self._held: dict[str, int] = {}
        self._due: deque[Retried] = deque()
        self._stuck: set[str] = set()
        self._counts: dict[str, Count] = {}
        self._asked: dict[str, Letter] = {}
        """By identity, letters that only say that there is something; a writer that knows it is asked for it."""

    # --- partitions ---------------------------------------------------------------------------------------------------

    async def begin(self, partitions: Collection[int]) -> None:
        """These are ours now: what holds their streams, and what only a version before this one could not read. Raises
        StoreDown."""
        after = 0
        while page := await self._calls(self._book.newer, partitions, after):
            readable = [one.number for one in page if one.type != NEWER and self._taken_up(one)]
            await self._calls(self._book.retry, readable)
            self._wait_for(page)
            after = page[-1].number
        self._held.update(await self._calls(self._book.held, partitions))
        self._due = deque(one for one in self._due if one.letter.partition not in partitions)

    def _wait_for(self, letters: Sequence[Letter]) -> None:
        """These only say that there is something: it is asked for, not all of it at once."""
        for one in letters:
            if one.type == NEWER and one.kind == "newer" and len(self._asked) < ASKED_AT_ONCE:
                self._asked[one.identity] = one

    def _taken_up(self, one: Letter) -> bool:
        late = self._clock() - one.first_at > LATE_S * 1000
        return (one.holds or not late) and _message(one) is not None

    def forget(self, partitions: set[int]) -> None:
        """Others see to the letters of these."""
        self._held = {stream: partition for stream, partition in self._held.items() if partition not in partitions}
        self._due = deque(one for one in self._due if one.letter.partition not in partitions)
        self.new = [one for one in self.new if one.partition not in partitions]
        self._asked = {name: one for name, one in self._asked.items() if one.partition not in partitions}

    # --- what is not taken --------------------------------------------------------------------------------------------

    def read(self, delivery: Delivery) -> list[Message]:
        """The messages of a delivery, in order, and something in the place of each that is none."""
        messages = read(delivery.body)
        if delivery.returned < GIVEN_UP_AFTER:
            return messages
        reason = f"it has come back {delivery.returned} times, and whoever had it in hand is gone"
        return [one if isinstance(one, Unread) else instead_of(one, "given_up", reason) for one in messages]

    def holds(self, message: Message) -> bool:
        """Whether a letter stands before this, so that what is said waits behind it."""
        return bool(self._held) and about(message) in self._held

    def behind(self, message: Message, partition: int) -> Letter:
        """The letter of something that was said of a stream that is held."""
        reason = "something that was said before it about the same is kept"
        return self._letter(message, partition, "behind", reason, 0)

    def apart(self, message: Unread, partition: int) -> Letter:
        """The letter of something that cannot be taken as what it is; from now on it holds its stream."""
        kept = self._letter(message, partition, message.kind, message.reason, 0)
        self._note(kept)
        return kept

    def of_halted(self, message: Message, partition: int, why: str) -> Letter:
        """The letter of something that was said of a stream that cannot be folded here."""
        kept = self._letter(message, partition, "newer", f"its stream {why}", 0)
        self._note(kept)
        return kept

    def still_halted(self, one: Letter, why: str) -> None:
        """A letter was tried again, and its stream cannot be folded here."""
        reason = f"its stream {why}"
        self._stuck.add(one.stream)
        self.new.append(replace(one, kind="newer", reason=reason, tries=0, last_at=self._clock(), state="kept"))

    def answered(self, message: Said, partition: int) -> tuple[Letter | None, Letter | None]:
        """A letter that waited for just this, as it is now, or else the letter that is done with; None where none did."""
        if not self._asked:  # as nearly always: what comes twice costs nothing more
            return None, None
        apart = self._letter(message, partition, "newer", "", 0)
        one = self._asked.get(apart.identity)
        if one is None or (isinstance(message, NewerSaid) and message.topic is not None):
            return None, None
        del self._asked[apart.identity]
        if isinstance(message, NewerSaid):
            return None, one
        reason = "said by a process that knows it"
        return replace(one, type=apart.type, body=apart.body, reason=reason, tries=0, state="retry"), None

    def failed(self, message: Message, partition: int, error: BaseException, tries: int) -> None:
        """It failed each time that it was tried."""
        kept = self._letter(message, partition, "failed", f"{type(error).__name__}: {error}", tries)
        self._note(kept)
        self.new.append(kept)

    def failed_again(self, one: Letter, error: BaseException, tries: int) -> None:
        """A letter was tried again, and is kept; what is behind it waits."""
        kept = replace(
            one,
            kind="failed",
            reason=f"{type(error).__name__}: {error}",
            tries=tries,
            last_at=self._clock(),
            state="kept",
        )
        self._note(kept)
        self._stuck.add(one.stream)
        self.new.append(kept)

    def _letter(self, message: Message, partition: int, kind: Kind, reason: str, tries: int) -> Letter:
        return letter(
            message,
            partition=partition,
            inbox=self._inbox(partition),
            at=self._clock(),
            kind=kind,
            reason=reason,
            tries=tries,
        )

    def _note(self, kept: Letter) -> None:
        LETTERS_KEPT.labels(self._service, kept.kind).inc()
        log.error(
            "kept as a letter",
            extra={
                "of": self._service,
                "kind": kept.kind,
                "type": kept.type,
                "stream": kept.stream,
                "tenant": kept.tenant,
                "item": kept.stream.partition("/")[2] or None,
                "trace": kept.trace,
                "source": kept.source,
                "position": kept.position,
                "reason": kept.reason[:500],
                "tries": kept.tries,
            },
        )
        if kept.holds:
            self._held[kept.stream] = kept.partition

    # --- with each commit ---------------------------------------------------------------------------------------------

    def of(self, partitions: Container[int]) -> list[Letter]:
        """What is to be stored of these partitions."""
        return [one for one in self.new if one.partition in partitions]

    async def stored(self, kept: Sequence[Letter], settled: Sequence[int], partitions: Collection[int]) -> None:
        """It stands in the store. Where letters were taken after all, their streams may be free. Raises StoreDown."""
        done = {id(one) for one in kept}
        self.new = [one for one in self.new if id(one) not in done]
        if settled:
            await self._look(partitions)

    # --- what is tried again ------------------------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """Whether something is to be tried again."""
        return bool(self._due)

    def take_due(self) -> list[Retried]:
        """What is to be tried again now, in order."""
        taken = list(self._due)
        self._due.clear()
        self._stuck.clear()
        return taken

    def is_stuck(self, one: Letter) -> bool:
        """Whether a letter before this one has just failed again."""
        return one.stream in self._stuck

    async def upkeep(self, second: int, turn: asyncio.Lock, partitions: Callable[[], Collection[int]]) -> None:
        """Now and then: what somebody wants tried again, and how many there are. Raises StoreDown."""
        if second % COUNTED_EVERY == 1:
            await self._count()
            await self._ask(partitions())
        if self._due or not await self._calls(self._book.due, partitions()):
            return await self._freed(turn, partitions)
        async with turn:  # nothing is in hand: what is in the store now is all of it
            found = await self._calls(self._book.due, partitions())
            for one in found:
                message = _message(one)
                if one.type == NEWER:
                    await self._calls(self._book.refuse, one.number, one.reason)
                elif one.kind == "other_timeline":
                    await self._calls(self._book.refuse, one.number, f"of a life of its log that is lost: {one.reason}")
                elif message is None:
                    await self._calls(self._book.refuse, one.number, f"still not readable: {one.reason}")
                else:
                    self._due.append(Retried(one, message))
        if self._due:
            self._wake()
        return None

    async def _ask(self, partitions: Collection[int]) -> None:
        """What only a newer version could say: whoever writes there now may be one."""
        if not self._asked:
            self._wait_for(await self._calls(self._book.newer, partitions))
        for one in self._asked.values():
            if (to := writer_inbox(one.source)) is not None:
                wanted = SayAgain(tenant=one.tenant, source=one.source, position=one.position, inbox=one.inbox)
                self._send(to, encode(wanted))

    async def _freed(self, turn: asyncio.Lock, partitions: Callable[[], Collection[int]]) -> None:
        """Somebody may have discarded what held a stream."""
        if self._held:
            async with turn:
                await self._look(partitions())

    async def _look(self, partitions: Collection[int]) -> None:
        held = await self._calls(self._book.held, partitions)
        self._held = held | {one.stream: one.partition for one in self.new if one.holds}

    def notices(self) -> list[str]:
        """How many letters wait for somebody, as far as it was counted last; empty when there is none."""
        kinds = ", ".join(f"{kind} {count.letters}" for kind, count in sorted(self._counts.items()))
        return [f"letters: {kinds}: parley letters list"] if kinds else []

    async def _count(self) -> None:
        self._counts = counts = {count.kind: count for count in await self._calls(self._book.counts)}
        now = self._clock()
        for kind in KINDS:
            count = counts.get(kind)
            LETTERS.labels(self._service, kind).set(count.letters if count else 0)
            LETTERS_OLDEST.labels(self._service, kind).set(max(0, now - count.oldest_at) / 1000 if count else 0)


def read(body: bytes) -> list[Message]:
    """The messages of a body, in order, and something in the place of each that is none."""
    try:
        return unpack(body)
    except Unreadable:
        pass
    try:
        parts = unpack_one_by_one(body)
    except Unreadable as error:
        return [unread(error)]
    return [unread(part) if isinstance(part, Unreadable) else part for part in parts]


def _message(one: Letter) -> Message | None:
    """What a letter says; None where it cannot be read."""
    try:
        (message,) = unpack(one.body)
    except (Unreadable, ValueError):
        return None
    return message
