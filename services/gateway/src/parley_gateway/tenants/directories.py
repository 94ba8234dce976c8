"""All tenants' directories, kept in the gateway's store and in memory; other gateway processes read them again when one
changes them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.journal import Journal, Newer
from parley_chassis.offload import Offload
from parley_chassis.store import Commit, Stale, Store
from parley_contracts.refusal import Refused
from parley_contracts.showings import DirectoryChanged
from parley_contracts.wire import encode, pack

from ..domain.directory import EVENTS, Directory, Happened, ServiceSet, changed

JOURNAL = Journal(EVENTS)
READ_AT_ONCE = 1_000

log = logging.getLogger("parley.directories")


class Directories:
    """By tenant, and by token."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store, self._bus = store, bus
        self._calls = Offload("gateway-directories")
        self._position = 0
        self._reading = asyncio.Lock()
        self.tenants: dict[str, Directory] = {}
        self.halted: dict[str, str] = {}
        """By tenant, the stored name of an event of a newer version: the settings stay as they were before it, and cannot be
        changed here."""

    def by_token(self, token: str) -> tuple[str, ServiceSet] | None:
        """The tenant and the enabled service that a token names (R2)."""
        for tenant, directory in self.tenants.items():
            service = directory.service_of(token)
            if service is not None:
                return tenant, service
        return None

    def most_attached(self, tenant: str) -> int:
        """Bytes of files that may go along with one answer to an e-mail."""
        found = self.tenants.get(tenant)
        return (found.settings.attachments_mb if found is not None else 0) * 1_000_000

    def masks(self, tenant: str) -> tuple[str, ...]:
        """What the tenant has masked in whatever is written."""
        found = self.tenants.get(tenant)
        return found.settings.mask if found is not None else ()

    async def read(self) -> None:
        """Take in what has been written since the last time, by whichever process."""
        async with self._reading:
            while True:
                log = await self._calls(self._store.log, self._position, READ_AT_ONCE)
                for stored in log:
                    tenant = str(stored.originator_id)
                    self._take(tenant, JOURNAL.read(stored.topic, stored.state))
                    self._position = stored.id
                if len(log) < READ_AT_ONCE:
                    return

    def _take(self, tenant: str, event: Happened | Newer) -> None:
        directory = self.tenants.setdefault(tenant, Directory(tenant))
        if tenant in self.halted:
            return
        if isinstance(event, Newer):
            self.halted[tenant] = event.topic
            facts = {"tenant": tenant, "event": event.topic}
            log.error("a tenant's settings stay as they were: a newer version has changed them", extra=facts)
        else:
            directory.evolve(event)

    def notices(self) -> list[str]:
        """The tenants whose settings a newer version has changed; empty where there is none."""
        return [f"{tenant}: settings hold {topic}, of a newer version" for tenant, topic in sorted(self.halted.items())]

    async def events(self, tenant: str) -> list[tuple[int, Happened]]:
        """All that was changed of a tenant, in order, each with its place in the tenant's stream. Raises Refused, StoreDown."""

        def read() -> list[tuple[int, Happened]]:
            stored = self._store.streams([tenant])
            return [(each.originator_version, JOURNAL.event(each.topic, each.state)) for each in stored]

        self._only_what_is_known(tenant)
        return await self._calls(read)

    def _only_what_is_known(self, tenant: str) -> None:
        if (topic := self.halted.get(tenant)) is not None:
            raise Refused(
                "unavailable", f"A newer version has written {topic} to these settings: only it can go on here."
            )

    async def change(
        self, tenant: str, event: Happened, allowed: Callable[[Directory], None] = lambda directory: None
    ) -> None:
        """Store a change, tell the other processes. `allowed` may refuse it, on the directory that it would change.

        Raises Refused; StoreDown when nothing was stored.
        """
        while True:
            directory = self.tenants.setdefault(tenant, Directory(tenant))
            happened = changed(directory, event)
            if not happened:
                return
            self._only_what_is_known(tenant)
            allowed(directory)
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
