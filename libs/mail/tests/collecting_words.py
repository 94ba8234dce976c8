"""What the tests of collecting share: a taker that keeps and crashes, mails, and waiting for what must come."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

from parley_mail.collecting import Collector, Mailbox, Pace

QUICK = Pace(
    first=0.01,
    longest=0.05,
    refused=0.05,
    refused_longest=0.2,
    idle=30,
    poll=0.05,
    patience=10,
    told_after=0,
    unreadable=0,
)
EVERY_BYTE = bytes(range(256))
LONG_S = 30.0

Key = tuple[str, int, int]


class Crash(BaseException):
    """Kill -9, as far as a test in one process can have it."""


class Keeping:
    """A taker whose lists survive. `crashes`: for each call of `take`, where it crashes: `before` storing, `between` storing and noting, `after` both;
    None where it does not."""

    def __init__(self, crashes: Iterable[str | None] = ()) -> None:
        self.crashes = deque(crashes)
        self.kept: dict[Key, str] = {}
        self.refused: dict[Key, tuple[int, str]] = {}
        self.order: list[Key] = []
        self.asked: list[Key] = []
        self.notes: dict[str, tuple[int, int]] = {}
        self.dates: list[datetime] = []
        self.fails = 0
        self.changed = asyncio.Condition()

    async def last(self, mailbox: str) -> tuple[int, int] | None:
        return self.notes.get(mailbox)

    async def take(self, mailbox: str, validity: int, uid: int, internal_date: datetime, raw: bytes) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the store does not answer")
        crash = self.crashes.popleft() if self.crashes else None
        key = (mailbox, validity, uid)
        self.asked.append(key)
        if crash == "before":
            raise Crash
        if key not in self.kept:
            self.kept[key] = hashlib.sha256(raw).hexdigest()
            self.order.append(key)
            self.dates.append(internal_date)
        if crash == "between":
            raise Crash
        self.notes[mailbox] = (validity, uid)
        if crash == "after":
            raise Crash
        async with self.changed:
            self.changed.notify_all()

    async def refuse(self, mailbox: str, validity: int, uid: int, size: int, reason: str) -> None:
        self.refused[(mailbox, validity, uid)] = (size, reason)
        self.notes[mailbox] = (validity, uid)
        async with self.changed:
            self.changed.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a mail to make it so."""
        async with asyncio.timeout(LONG_S), self.changed:
            await self.changed.wait_for(holds)

    def uids(self, mailbox: str = "box") -> list[int]:
        """Of a mailbox, as they were taken."""
        return [uid for name, _, uid in self.order if name == mailbox]


def box(port: int, **fields: object) -> Mailbox:
    """A mailbox on this machine."""
    settings: dict[str, object] = {
        "name": "box",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "user": "support@example.org",
        "password": "secret",
    }
    return Mailbox(**(settings | fields))  # type: ignore[arg-type]


@asynccontextmanager
async def collecting(taker: Keeping, *mailboxes: Mailbox, pace: Pace = QUICK) -> AsyncIterator[Collector]:
    """They are followed meanwhile."""
    collector = Collector(mailboxes, taker, pace)
    collector.start()
    try:
        yield collector
    finally:
        await collector.stop()


async def until(holds: Callable[[], object]) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(LONG_S):
        while not holds():
            await asyncio.sleep(0.01)


def mail(number: int, body: bytes = b"Hello.\r\n") -> bytes:
    """A small mail."""
    return b"Message-ID: <%d@example.org>\r\nFrom: kim@example.com\r\nSubject: no. %d\r\n\r\n" % (number, number) + body


def sha(raw: bytes) -> str:
    """As the taker has it."""
    return hashlib.sha256(raw).hexdigest()
