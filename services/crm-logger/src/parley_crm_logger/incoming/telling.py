"""Tells the floor of mails that have come in, each until it has heard."""

from __future__ import annotations

import asyncio
import logging

from parley_chassis.asking import Asking
from parley_chassis.bus import Bus
from parley_chassis.clock import Clock
from parley_chassis.offload import Offload
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.topology import floor_stream, partition_of, router_inbox

from ..store import Crm, arrivals

LOOK_EVERY_S = 5.0
TAKEN_MS = 30_000
"""So long a process has for one; the floor answers within half of it."""

log = logging.getLogger("parley.mails")


class Telling:
    """Several processes share what is to be told. The floor hears a mail once, however often it is told (R30)."""

    def __init__(self, crm: Crm, bus: Bus, tasks: Tasks, clock: Clock) -> None:
        self._crm, self._tasks, self._clock = crm, tasks, clock
        self._asking = Asking("crm-logger", "mailboxes", bus, tasks)
        self._calls = Offload("tellings")
        self._wake = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.notices: list[str] = []

    async def start(self) -> None:
        """Tell, from now on."""
        await self._asking.start()
        self._running = self._tasks.start(self._run(), "tellings")

    def wake(self) -> None:
        """There is something to be told."""
        self._wake.set()

    async def stop(self) -> None:
        """Tell no more; what was being told is told again later."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        self._calls.close()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self._turn():
                    pass
                self.notices = await self._calls(arrivals.waiting, self._crm)
            except StoreDown as error:
                log.warning("what is to be told of mails cannot be read", extra={"reason": str(error)})
            try:
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue

    async def _turn(self) -> bool:
        told = await self._calls(arrivals.due, self._crm, self._clock(), TAKEN_MS)
        if told is None:
            return False
        inbox = router_inbox(partition_of(floor_stream(told.tenant)))
        try:
            await self._asking.ask(inbox, arrivals.command_of(told), told.mail)
        except TimeoutError:
            await self._calls(arrivals.later, self._crm, told, "the floor does not answer", self._clock())
        except Refused as refused:
            log.warning("the floor does not take a mail", extra={"mail": told.mail, "reason": refused.message})
            await self._calls(arrivals.later, self._crm, told, refused.message, self._clock())
        else:
            await self._calls(arrivals.heard, self._crm, told)
        return True
