"""The audit log, in the gateways' own tables. What was done is kept before it is answered; what was refused soon afterwards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from secrets import token_hex
from time import monotonic
from typing import Any, NamedTuple, NoReturn

from parley_chassis.clock import Clock, system_clock
from parley_chassis.store import StoreDown

from ..domain.audit import Entry, of_an_address, refused
from ..metrics import AUDIT_LOST
from .tables import Asking, Row, Tables

MADE_BY = (
    "CREATE TABLE IF NOT EXISTS $audit (entry TEXT PRIMARY KEY, at BIGINT NOT NULL, tenant TEXT NOT NULL, user_name TEXT NOT NULL, "
    "role TEXT NOT NULL, login TEXT NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL, about TEXT NOT NULL, "
    "outcome TEXT NOT NULL, reason TEXT NOT NULL, times BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS audit_in_order ON $audit (tenant, at, entry)",
    "CREATE INDEX IF NOT EXISTS audit_by_age ON $audit (at)",
)
COLUMNS = "entry, at, tenant, user_name, role, login, address, action, about, outcome, reason, times"
PUT = (
    f"INSERT INTO $audit ({COLUMNS}) VALUES ({', '.join('?' * len(Entry._fields))}) "
    "ON CONFLICT (entry) DO UPDATE SET times = $audit.times + excluded.times"
)
SOON_S = 1.0
FORGET_EVERY_S = 3_600.0
FORGOTTEN_AT_ONCE = 10_000
DAY_MS = 24 * 3_600_000
MOST_KINDS = 50
"""So many kinds of refusals are kept of one second; of what is beyond, only the address."""
MOST_WAITING = 2 * MOST_KINDS

log = logging.getLogger("parley.gateway")


class Wanted(NamedTuple):
    """Which entries: those `before` one, newest first; empty fields are all."""

    before: str = ""
    user: str = ""
    action: str = ""
    since: int = 0
    until: int = 1 << 62
    limit: int = 100


class Audit:
    """`days`: how long an entry is kept."""

    def __init__(self, tables: Tables, days: int = 400, clock: Clock = system_clock) -> None:
        self._tables, self._keep_ms, self.clock = tables, days * DAY_MS, clock
        self._refused: dict[str, Entry] = {}
        self._forgot_at = float("-inf")

    async def keep(self, entry: Entry) -> None:
        """It was done; returns when it is kept. Raises StoreDown: then it must not be answered."""
        named = entry._replace(entry=f"{entry.at:x}.{token_hex(8)}")
        await self._tables(lambda ask: ask(PUT, *named))

    def note(self, entry: Entry) -> None:
        """It was refused."""
        kind = refused(entry)
        beyond = kind.entry not in self._refused and len(self._refused) >= MOST_KINDS
        self._note(of_an_address(entry) if beyond else kind)

    def _note(self, entry: Entry) -> None:
        before = self._refused.get(entry.entry)
        if before is None and len(self._refused) >= MOST_WAITING:
            return AUDIT_LOST.inc()
        self._refused[entry.entry] = entry if before is None else before._replace(times=before.times + entry.times)
        return None

    async def run(self) -> NoReturn:
        """Keep what was refused, forget what is old; as long as it is not cancelled."""
        while True:
            await asyncio.sleep(SOON_S)
            try:
                await self.flush()
                if monotonic() - self._forgot_at > FORGET_EVERY_S:
                    await self._forget()
            except StoreDown as error:
                log.warning(
                    "the audit log is written later", extra={"reason": str(error), "entries": len(self._refused)}
                )

    async def flush(self) -> None:
        """Keep now what was refused. Raises StoreDown; then it is kept later."""
        now, self._refused = self._refused, {}
        if not now:
            return

        def put(ask: Asking) -> None:
            for entry in now.values():
                ask(PUT, *entry)

        try:
            await self._tables(put)
        except StoreDown:
            for entry in now.values():
                self._note(entry)
            raise

    async def _forget(self) -> None:
        old = self.clock() - self._keep_ms
        text = f"DELETE FROM $audit WHERE entry IN (SELECT entry FROM $audit WHERE at < ? ORDER BY at LIMIT {FORGOTTEN_AT_ONCE})"
        count = "SELECT count(*) FROM $audit WHERE at < ?"

        def forget(ask: Asking) -> int:
            ask(text, old)
            return int(ask(count, old)[0][0])

        if not await self._tables(forget):
            self._forgot_at = monotonic()

    async def page(self, tenant: str | None, wanted: Wanted) -> list[Entry]:
        """A tenant's entries, or all, newest first. Raises StoreDown."""
        at, entry = _place(wanted.before)
        conditions = ["at >= ?", "at <= ?", "(at < ? OR (at = ? AND entry < ?))"]
        values: list[Any] = [wanted.since, wanted.until, at, at, entry]
        for column, value in (
            ("tenant", tenant),
            ("user_name", wanted.user or None),
            ("action", wanted.action or None),
        ):
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        text = f"SELECT {COLUMNS} FROM $audit WHERE {' AND '.join(conditions)} ORDER BY at DESC, entry DESC LIMIT ?"
        rows: Sequence[Row] = await self._tables(lambda ask: ask(text, *values, wanted.limit))
        return [Entry(*row) for row in rows]


def place_of(entry: Entry) -> str:
    """Where a page goes on that ends with this one."""
    return f"{entry.at}-{entry.entry}"


def _place(before: str) -> tuple[int, str]:
    at, _, entry = before.partition("-")
    return (int(at), entry) if at.isdigit() and len(at) < 16 else (1 << 62, "")
