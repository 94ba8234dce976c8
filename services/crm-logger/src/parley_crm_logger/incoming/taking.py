"""Fills the port of `parley_mail.collecting`: a mail and its files are kept, then it is taken in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from parley_chassis.clock import Clock
from parley_chassis.offload import Offload
from parley_chassis.store import Stale
from parley_contracts.mails import TakeMail
from parley_contracts.refusal import Refused
from parley_mail.files import FileStore
from parley_mail.refusals import FileRefused
from parley_mail.values import ReadMail

from ..domain.arriving import Arrived, is_masked
from ..store import Crm, arrivals
from ..store.mails import MailboxRow
from .reading import MailReader

TRIES = 3
LARGEST = 40 * 1024 * 1024


def loop_mark(tenant: str, sender: str) -> str:
    """What a company's own mails carry, so that one that comes back round a circle is known."""
    return sha256(f"{tenant}\0{sender}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Taking:
    """Takes mails for all mailboxes of a process. `taken` is called when the floor has something to hear."""

    def __init__(self, crm: Crm, files: FileStore, sender: str, clock: Clock) -> None:
        self._crm, self._files, self._sender, self._clock = crm, files, sender, clock
        self._calls = Offload("mails", threads=2)
        self._reader = MailReader()
        self.taken: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Take no more."""
        self._reader.close()
        self._calls.close()

    async def last(self, tenant: str, mailbox: str) -> tuple[int, int] | None:
        """As `Taker.last`. Raises StoreDown."""
        return await self._calls(arrivals.collected, self._crm, tenant, mailbox)

    async def take(self, row: MailboxRow, validity: int, uid: int, raw: bytes) -> dict[str, Any]:
        """As `Taker.take`. Raises StoreDown, OSError."""
        return (await self._take(row, validity, uid, raw))[0]

    async def _take(self, row: MailboxRow, validity: int, uid: int, raw: bytes) -> tuple[dict[str, Any], bool]:
        """The same, and whether something in it was masked."""
        found = await self._reader.read(raw, loop_mark(row.tenant, self._sender))
        mask = tuple(row.mask.split())
        if not (mask and isinstance(found, ReadMail) and await self._calls(is_masked, found, mask)):
            mask = ()
        original = sha256(b"masked\0" + raw).hexdigest() if mask else await self._calls(self._keep, raw)
        if isinstance(found, ReadMail):
            for each in found.attachments:
                await self._calls(self._keep, each.content)
        return await self._store(row, validity, uid, len(raw), found, original, mask), bool(mask)

    async def refuse(self, row: MailboxRow, validity: int, uid: int, size: int, reason: str) -> None:
        """As `Taker.refuse`: it waits as work without its content, so that somebody looks for it on the mail server. Raises StoreDown."""
        await self._store(row, validity, uid, size, reason, None)

    async def from_hook(self, command: TakeMail) -> dict[str, Any]:
        """A mail that lies in the file store already. Raises Refused, StoreDown, OSError."""
        row = await self._calls(arrivals.mailbox_of, self._crm, command.tenant, command.mailbox)
        try:
            raw = await self._calls(self._whole, command.original)
        except FileRefused:
            raise Refused("not_found", "There is no such file.") from None
        told, masked = await self._take(row, 0, 0, raw)
        if masked:
            await self._calls(self._forget_unnamed, command.original)
        return told

    async def _store(
        self,
        row: MailboxRow,
        validity: int,
        uid: int,
        size: int,
        found: ReadMail | str,
        original: str | None,
        mask: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        arrived = Arrived(row.tenant, row.mailbox, row.queue, validity, uid, size, found, original, mask)
        for left in reversed(range(TRIES)):
            try:
                told = await self._calls(arrivals.take, self._crm, arrived, self._clock())
                break
            except Stale:
                if not left:
                    raise
        self.taken()
        return told

    def _keep(self, content: bytes) -> str:
        return self._files.put([content], LARGEST).name

    def _forget_unnamed(self, original: str) -> None:
        """A mail in which something was masked does not stay as it was handed in."""
        if not arrivals.is_named(self._crm, original):
            self._files.remove(original)

    def _whole(self, name: str) -> bytes:
        return b"".join(self._files.open(name))


class OneMailbox:
    """A `Taker` for the mailboxes of all companies, by the names that the collector has for them."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self.rows: dict[str, MailboxRow] = {}

    async def last(self, mailbox: str) -> tuple[int, int] | None:
        row = self.rows[mailbox]
        return await self._taking.last(row.tenant, row.mailbox)

    async def take(self, mailbox: str, validity: int, uid: int, internal_date: datetime, raw: bytes) -> None:
        await self._taking.take(self.rows[mailbox], validity, uid, raw)

    async def refuse(self, mailbox: str, validity: int, uid: int, size: int, reason: str) -> None:
        await self._taking.refuse(self.rows[mailbox], validity, uid, size, reason)
