"""One mailbox, followed: reached, read, waited at, reached again."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import UTC, datetime
from io import BytesIO
from time import monotonic
from typing import NamedTuple

from .connection import Connection
from .failures import FolderMissing, LoginRefused, NotCollected, NotReached, NotServed
from .mailbox import Mailbox, Pace
from .responses import PIECE, Fetched
from .taker import Taker

READING_TRIES = 5
"""So often, and for `Pace.unreadable` seconds, the server is asked for a mail before the mail is passed over."""

log = logging.getLogger("parley.collecting")


class Withheld(NamedTuple):
    """A mail that the server has said no to: so often, since then."""

    validity: int
    uid: int
    tries: int
    since: float


class Following:
    """Hands the mails of one mailbox to the taker, each at least once, in the order of their UIDs.

    One mail is in memory at a time. What the taker says it has is what counts: nothing is remembered here but for the connection's time.
    """

    def __init__(self, mailbox: Mailbox, taker: Taker, pace: Pace | None = None) -> None:
        self.mailbox, self._taker, self._pace = mailbox, taker, pace or Pace()
        self._failures = self._refusals = 0
        self._trouble: str | None = "not reached yet"
        self._at_once = False
        self._down_since: float | None = monotonic()
        self._in_hand: tuple[int, float] | None = None
        self._withheld: Withheld | None = None
        self._notice: str | None = None

    def troubles(self) -> list[str]:
        """Why mails of this mailbox are not taken; empty when they are."""
        told = []
        down = 0.0 if self._down_since is None else monotonic() - self._down_since
        if self._trouble is not None and (self._at_once or down > self._pace.told_after):
            told.append(f"mailbox {self.mailbox.name}: {self._trouble}, since {down:.0f} s")
        if self._in_hand is not None and (waits := monotonic() - self._in_hand[1]) > self._pace.told_after:
            told.append(f"mailbox {self.mailbox.name}: mail {self._in_hand[0]} is in hand since {waits:.0f} s")
        return told

    def notices(self) -> list[str]:
        """What operators should know although mails are taken."""
        return [] if self._notice is None else [f"mailbox {self.mailbox.name}: {self._notice}"]

    async def run(self) -> None:
        """Follow it until this is cancelled."""
        while True:
            try:
                await self._once()
            except NotCollected as error:
                self._failed(error)
            except Exception as error:
                log.exception("a mailbox could not be followed", extra={"mailbox": self.mailbox.name})
                self._failed(error)
            await asyncio.sleep(self._pause())

    def _failed(self, error: Exception) -> None:
        refused = isinstance(error, LoginRefused)
        self._refusals = self._refusals + 1 if refused else 0
        self._failures += 1
        self._at_once = isinstance(error, LoginRefused | FolderMissing)
        self._trouble = f"{self._in_words(error)} ({error})"
        self._in_hand = None
        if self._down_since is None:
            self._down_since = monotonic()
        log.warning("a mailbox is not read", extra={"mailbox": self.mailbox.name, "reason": self._trouble})

    def _in_words(self, error: Exception) -> str:
        match error:
            case LoginRefused():
                return "login refused"
            case FolderMissing():
                return "folder missing"
            case NotReached():
                return "not reached"
            case NotCollected():
                return "not read"
            case _:
                return "failed" if self._in_hand is None else f"mail {self._in_hand[0]} is not taken"

    def _pause(self) -> float:
        pace = self._pace
        if self._refusals:
            return min(pace.refused * 2.0 ** min(self._refusals - 1, 30), pace.refused_longest)
        longest = min(pace.first * 2.0 ** min(self._failures - 1, 30), pace.longest)
        return random.uniform(longest / 2, longest)

    def _works(self) -> None:
        """Mails come in: what was before is over."""
        self._failures = self._refusals = 0
        self._trouble = self._down_since = None
        self._at_once = False

    async def _once(self) -> None:
        """As long as the connection lives. Raises NotCollected, and what the taker raises."""
        here = await Connection.open(self.mailbox, self._pace.patience)
        try:
            validity = await here.select(self.mailbox.folder)
            self._notice = self._unable(here)
            last = await self._taker.last(self.mailbox.name)
            uid = last[1] if last is not None and last[0] == validity else 0
            await self._finish_last(here, uid)
            while True:
                uid = await self._read(here, validity, uid)
                self._works()
                await here.wait(self._pace.idle, self._pace.poll)
        finally:
            here.close()

    def _unable(self, here: Connection) -> str | None:
        if self.mailbox.afterwards != "nothing" and here.read_only:
            return "the folder is read-only here: mails stay as they are"
        if self.mailbox.afterwards == "move" and "MOVE" not in here.capabilities:
            return "the server cannot move mails: they are marked as read instead"
        return None

    async def _read(self, here: Connection, validity: int, uid: int) -> int:
        """Everything after that UID; the UID up to which all is taken."""
        while found := await here.mails(uid):
            for mail in found:
                if self.mailbox.not_before is None or mail.date is None or mail.date >= self.mailbox.not_before:
                    await self._hand_over(here, validity, mail)
                    self._in_hand = None
                uid = mail.uid
        return uid

    async def _hand_over(self, here: Connection, validity: int, mail: Fetched) -> None:
        name, size = self.mailbox.name, mail.size or 0
        if size > self.mailbox.largest:
            return await self._refuse(validity, mail.uid, size, "too_large")
        if self._gives_up(validity, mail.uid):
            return await self._refuse(validity, mail.uid, size, "unreadable")
        try:
            raw, known = await self._whole(here, mail.uid, size)
        except NotServed:
            before = self._withheld
            if before is None or (before.validity, before.uid) != (validity, mail.uid):
                before = Withheld(validity, mail.uid, 0, monotonic())
            self._withheld = before._replace(tries=before.tries + 1)
            raise
        if known > self.mailbox.largest:  # some servers guess the size
            return await self._refuse(validity, mail.uid, known, "too_large")
        if raw is None:
            log.info("a mail has vanished", extra={"mailbox": name, "uid": mail.uid})
            return None
        self._in_hand = (mail.uid, monotonic())
        await self._taker.take(name, validity, mail.uid, mail.date or datetime.now(UTC), raw)
        del raw
        await self._finish(here, mail.uid)
        return self._works()

    def _gives_up(self, validity: int, uid: int) -> bool:
        """Whether the server has said no often and long enough: a storage that is down for a while says no to every mail."""
        one = self._withheld
        if one is None or (one.validity, one.uid) != (validity, uid):
            return False
        return one.tries >= READING_TRIES and monotonic() - one.since >= self._pace.unreadable

    async def _refuse(self, validity: int, uid: int, size: int, reason: str) -> None:
        log.warning("a mail is passed over", extra={"mailbox": self.mailbox.name, "uid": uid, "reason": reason})
        await self._taker.refuse(self.mailbox.name, validity, uid, size, reason)

    async def _whole(self, here: Connection, uid: int, size: int) -> tuple[bytes | None, int]:
        """A mail and how large it is, as far as it was read; None for a mail that is not there, or larger than allowed. `size` is what the server
        says: some say too much or too little, so that a mail ends where a piece is short and nothing is missing, or where a piece is empty. Raises
        NotServed for a mail that is there, without its content."""
        whole = BytesIO()
        while True:
            self._in_hand = (uid, monotonic())
            piece = await here.piece(uid, whole.tell())
            if piece is None and uid not in [mail.uid for mail in await here.mails(uid - 1)]:
                return None, 0
            if piece is None or (size and not piece and not whole.tell()):
                raise NotServed(f"mail {uid} comes without its content")
            whole.write(piece)
            if whole.tell() > self.mailbox.largest:
                return None, whole.tell()
            if not piece or (len(piece) < PIECE and whole.tell() >= size):
                return whole.getvalue(), whole.tell()

    async def _finish(self, here: Connection, uid: int) -> None:
        """What is done on the server with a mail that was taken."""
        if self.mailbox.afterwards == "nothing" or here.read_only:
            return
        done = await here.mark_seen(uid)
        if self.mailbox.afterwards == "move" and "MOVE" in here.capabilities:
            done = await here.move(uid, self.mailbox.moved_to)
        if not done:
            self._notice = f"mails that were taken can neither be marked nor moved to {self.mailbox.moved_to!r}"

    async def _finish_last(self, here: Connection, uid: int) -> None:
        """A crash may have come between taking the last mail and this. One that was refused stays as it is."""
        if uid and self.mailbox.afterwards != "nothing" and not here.read_only:
            found = await here.mails(uid - 1)
            if found and found[0].uid == uid and (found[0].size or 0) <= self.mailbox.largest:
                await self._finish(here, uid)
