"""The logins that hold: in the gateways' own tables, so that one ends everywhere at once.

The token is known to its bearer alone: here is its hash. A row that is gone is a login that has ended.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Collection
from secrets import token_hex, token_urlsafe

from parley_chassis.bus import Bus, BusDown
from parley_chassis.clock import Clock, system_clock
from parley_contracts.showings import LoginsEnded
from parley_contracts.wire import encode, pack

from ..domain.login import Login
from .tables import Asking, Tables

log = logging.getLogger("parley.gateway")

MADE_BY = (
    "CREATE TABLE IF NOT EXISTS $logins (hash TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, "
    "user_name TEXT NOT NULL, role TEXT NOT NULL, marks TEXT NOT NULL, began_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, "
    "expires_at BIGINT NOT NULL, address TEXT NOT NULL, browser TEXT NOT NULL, "
    "factor BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS logins_of_a_user ON $logins (tenant, user_name)",
    "CREATE INDEX IF NOT EXISTS logins_by_end ON $logins (expires_at)",
)
COLUMNS = "login, tenant, user_name, role, marks, began_at, seen_at, expires_at, address, browser, factor"
SEEN_EVERY_MS = 60_000
MOST_OF_A_USER = 200
"""Whoever logs in once more ends the one that was used longest ago."""


class Logins:
    """`ttl_s`: how long one holds at most; `idle_s`: how long without being used, 0: as long. `secret` tells our tokens from others'
    before anybody asks the database."""

    def __init__(
        self, tables: Tables, bus: Bus, secret: str, ttl_s: int, idle_s: int, clock: Clock = system_clock
    ) -> None:
        self._tables, self._bus, self._secret = tables, bus, secret.encode()
        self._ttl_ms, self._idle_ms, self.clock = ttl_s * 1_000, idle_s * 1_000, clock

    async def begin(
        self, tenant: str, user: str, role: str, mark: str, address: str, browser: str, factor: int = 0
    ) -> tuple[str, Login]:
        """A new one, and the token that proves it. Raises StoreDown."""
        now = self.clock()
        name = f"parley.{token_urlsafe(32)}"
        token = f"{name}.{self._seal(name)}"
        login = Login(
            token_hex(8), tenant, user, role, mark, now, now, now + self._ttl_ms, address, browser[:200], factor
        )

        def put(ask: Asking) -> list[str]:
            ask("DELETE FROM $logins WHERE expires_at <= ?", now)
            ask(f"INSERT INTO $logins (hash, {COLUMNS}) VALUES ({', '.join('?' * 12)})", _hash(token), *login)
            text = "SELECT login FROM $logins WHERE tenant = ? AND user_name = ? ORDER BY seen_at DESC, began_at DESC"
            beyond = [row[0] for row in ask(text, tenant, user)][MOST_OF_A_USER:]
            for each in beyond:
                ask("DELETE FROM $logins WHERE login = ?", each)
            return beyond

        await self._ended(tenant, await self._tables(put))
        return token, login

    async def find(self, token: str) -> Login | None:
        """The login that a token proves; it is used now. None where it has ended. Raises StoreDown."""
        name, _, seal = token.rpartition(".")
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(name).encode()):
            return None
        now = self.clock()

        def look(ask: Asking) -> Login | None:
            rows = ask(f"SELECT {COLUMNS} FROM $logins WHERE hash = ?", _hash(token))
            login = Login(*rows[0]) if rows else None
            if login is None or not login.holds(now, self._idle_ms):
                return None
            if now - login.seen_at >= self._seen_every():
                ask("UPDATE $logins SET seen_at = ? WHERE login = ?", now, login.login)
            return login

        return await self._tables(look)

    async def of(self, tenant: str, user: str) -> list[Login]:
        """A user's own, the last used one first. Raises StoreDown."""
        now = self.clock()
        text = f"SELECT {COLUMNS} FROM $logins WHERE tenant = ? AND user_name = ? ORDER BY seen_at DESC, login"
        found = await self._tables(lambda ask: [Login(*row) for row in ask(text, tenant, user)])
        return [login for login in found if login.holds(now, self._idle_ms)]

    async def still_there(self, logins: Collection[str]) -> set[str]:
        """Those that hold, of logins with sockets: an open socket uses its login. Raises StoreDown."""
        now = self.clock()

        def look(ask: Asking) -> set[str]:
            found: set[str] = set()
            listed = sorted(logins)
            for begin in range(0, len(listed), 500):
                some = listed[begin : begin + 500]
                among = f"login IN ({', '.join('?' * len(some))})"
                rows = ask(f"SELECT {COLUMNS} FROM $logins WHERE {among}", *some)
                found |= {login.login for login in map(Login._make, rows) if now < login.expires_at}
                old = now - self._seen_every()
                ask(f"UPDATE $logins SET seen_at = ? WHERE {among} AND seen_at < ?", now, *some, old)
            return found

        return await self._tables(look) if logins else set()

    async def end(self, tenant: str, user: str, login: str | None = None, *, but: str | None = None) -> int:
        """End one of a user's logins, or all; `but`: except this one. How many there were. Raises StoreDown."""

        def take(ask: Asking) -> list[str]:
            rows = ask("SELECT login FROM $logins WHERE tenant = ? AND user_name = ?", tenant, user)
            ended = [row[0] for row in rows if login in (None, row[0]) and row[0] != but]
            for each in ended:
                ask("DELETE FROM $logins WHERE login = ?", each)
            return ended

        ended = await self._tables(take)
        await self._ended(tenant, ended)
        return len(ended)

    async def hold_with(self, login: str, mark: str) -> None:
        """This login holds with another password as well, which its user is about to have. Raises StoreDown."""
        text = "UPDATE $logins SET marks = marks || ' ' || ? WHERE login = ?"
        await self._tables(lambda ask: ask(text, mark, login))

    async def prove(self, login: str) -> None:
        """This login is one with a second factor from now on. Raises StoreDown."""
        await self._tables(lambda ask: ask("UPDATE $logins SET factor = 1 WHERE login = ?", login))

    async def _ended(self, tenant: str, logins: list[str]) -> None:
        if not logins:
            return
        try:
            await self._bus.announce(pack([encode(LoginsEnded(tenant=tenant, logins=tuple(logins)))]))
        except BusDown as error:
            # They have ended all the same. Sockets elsewhere are closed when their gateway looks, which it does every few seconds.
            log.warning("the end of logins could not be announced", extra={"reason": str(error)})

    def _seen_every(self) -> int:
        return min(SEEN_EVERY_MS, self._idle_ms // 4) if self._idle_ms else SEEN_EVERY_MS

    def _seal(self, name: str) -> str:
        mac = hmac.new(self._secret, f"login/{name}".encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac[:12]).decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
