"""All tenants' directories, kept in the gateway's store and in memory; other gateway processes read them again when one
changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.journal import Journal
from parley_chassis.offload import Offload
from parley_chassis.store import Commit, Stale, Store
from parley_contracts.showings import DirectoryChanged
from parley_contracts.wire import encode, pack

from .domain.directory import EVENTS, Directory, Happened, ServiceSet, changed

JOURNAL = Journal(EVENTS)
READ_AT_ONCE = 1_000


class Directories:
    """By tenant, and by token."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store, self._bus = store, bus
        self._calls = Offload("gateway-directories")
        self._position = 0
        self._reading = asyncio.Lock()
        self.tenants: dict[str, Directory] = {}

    def by_token(self, token: str) -> tuple[str, ServiceSet] | None:
        """The tenant and the enabled service that a token names (R2)."""
        for tenant, directory in self.tenants.items():
            service = directory.service_of(token)
            if service is not None:
                return tenant, service
        return None

    async def read(self) -> None:
        """Take in what has been written since the last time, by whichever process."""
        async with self._reading:
            while True:
                log = await self._calls(self._store.log, self._position, READ_AT_ONCE)
                for stored in log:
                    tenant = str(stored.originator_id)
                    directory = self.tenants.setdefault(tenant, Directory(tenant))
                    directory.evolve(JOURNAL.event(stored.topic, stored.state))
                    self._position = stored.id
                if len(log) < READ_AT_ONCE:
                    return

    async def events(self, tenant: str) -> list[tuple[int, Happened]]:
        """All that was changed of a tenant, in order, each with its place in the tenant's stream. Raises StoreDown."""

        def read() -> list[tuple[int, Happened]]:
            stored = self._store.streams([tenant])
            return [(each.originator_version, JOURNAL.event(each.topic, each.state)) for each in stored]

        return await self._calls(read)

    async def change(
        self, tenant: str, event: Happened, allowed: Callable[[Directory], None] = lambda directory: None
    ) -> None:
        """Store a change, tell the other processes. `allowed` may refuse it, on the directory that it would change.

        Raises Refused; StoreDown when nothing was stored.
        """
        while True:
            directory = self.tenants.setdefault(tenant, Directory(tenant))
            happened = changed(directory, event)
            if happened:
                allowed(directory)
            if not happened:
                return
            stored = [
                JOURNAL.stored(tenant, directory.version + 1 + number, each) for number, each in enumerate(happened)
            ]
            try:
                await self._calls(self._store.commit, Commit(events=stored))
            except Stale:
                await self.read()
                continue
            await self.read()
            await self._bus.announce(pack([encode(DirectoryChanged(tenant=tenant))]))
            return

    def close(self) -> None:
        """Read and write no more."""
        self._calls.close()
