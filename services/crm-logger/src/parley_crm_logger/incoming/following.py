"""Follows the mailboxes that fall to this process, as they are set now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from parley_chassis.offload import Offload
from parley_chassis.sealed import Sealing
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.topology import partition_of
from parley_mail.collecting import Collector, Mailbox, Pace

from ..domain.mailboxes import at_url
from ..store import Crm, mails
from ..store.database import EVERYBODY
from ..store.mails import MailboxRow
from .taking import OneMailbox, Taking

LOOK_EVERY_S = 2.0

log = logging.getLogger("parley.mails")


class Followed:
    """Mailboxes go with the partitions that a process holds: each is followed by one process. Should two follow one for a moment, the transaction that
    takes a mail sees to it that it is taken once."""

    def __init__(
        self, crm: Crm, taking: Taking, sealing: Sealing, held: Callable[[], Collection[int]], tasks: Tasks, pace: Pace
    ) -> None:
        self._crm, self._taker, self._sealing, self._held = crm, OneMailbox(taking), sealing, held
        self._tasks, self._pace = tasks, pace
        self._calls = Offload("mailboxes")
        self._collectors: dict[str, tuple[MailboxRow, Collector]] = {}
        self._wrong: dict[str, tuple[str, str]] = {}
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Follow, from now on."""
        self._running = self._tasks.start(self._run(), "mailboxes")

    async def stop(self) -> None:
        """Follow no more."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        for name in list(self._collectors):
            await self._leave(name)
        self._calls.close()

    def notices(self) -> list[str]:
        """Why mails are not collected, a sentence a mailbox. What one company's mail server does makes no process unready for the others."""
        told = [
            line for _, collector in self._collectors.values() for line in (*collector.troubles(), *collector.notices())
        ]
        return [*(f"mailbox {name}: {reason}" for name, (_, reason) in self._wrong.items()), *told]

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except StoreDown as error:
                log.warning("the mailboxes cannot be read", extra={"reason": str(error)})
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        held = self._held()
        rows = {f"{row.tenant}/{row.mailbox}": row for row in await self._calls(self._rows)}
        mine = {name: row for name, row in rows.items() if partition_of(name) in held}
        for name, (row, _) in list(self._collectors.items()):
            if mine.get(name) != row:
                await self._leave(name)
        self._wrong = {}
        for name, row in mine.items():
            if name not in self._collectors:
                self._follow(name, row)

    def _rows(self) -> list[MailboxRow]:
        with self._crm.transaction(write=False, tenant=EVERYBODY) as cursor:
            return mails.every_mailbox(self._crm.db, cursor, self._crm.live(cursor))

    def _follow(self, name: str, row: MailboxRow) -> None:
        password = self._sealing.open(row.sealed, "mailbox", row.tenant, row.mailbox)
        if password is None:
            self._wrong[name] = (row.tenant, "its password was stored with another secret: set it again")
            return
        try:
            server = at_url(row.url)
            mailbox = Mailbox(name=name, password=password, **server._asdict())
        except ValueError as error:
            self._wrong[name] = (row.tenant, str(error))
            return
        self._taker.rows[name] = row
        collector = Collector([mailbox], self._taker, self._pace)
        self._collectors[name] = (row, collector)
        collector.start()

    async def _leave(self, name: str) -> None:
        _, collector = self._collectors.pop(name)
        await collector.stop()
        self._taker.rows.pop(name, None)
