"""What is known of wrong passwords: in this process, and with PostgreSQL in all gateway processes together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

import psycopg
from parley_chassis.clock import Clock, system_clock
from parley_chassis.offload import Offload
from parley_chassis.store.connecting import connect
from parley_chassis.store.postgres import make_schema

from ..bounded import Bounded
from ..domain.tries import Key, Rule, Tries, given_back, reserved, right

Step = Callable[[dict[Key, Tries]], dict[Key, Tries]]

FORGET_AFTER_MS = 24 * 3_600_000
FORGET_EVERY_S = 600.0
ANSWER_WITHIN_S = 2.0
LEFT_ALONE_S = 5.0
"""So long a database that has not answered is not asked again."""
MOST_ASKED = 32
SCHEMA = "gateway"

log = logging.getLogger("parley.gateway")


class TriesBook:
    """In this process's memory: all there is where there is one process, and what is asked first where there are several."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self.clock = clock
        self._known: Bounded[Key, Tries] = Bounded()

    async def reserve(self, rules: dict[Key, Rule]) -> None:
        """Count a try before it is looked at. Raises Refused `rate_limited`."""
        self._step(rules, lambda known: reserved(known, rules, self.clock()))

    async def right(self, rules: dict[Key, Rule]) -> None:
        """It was right."""
        self._step(rules, lambda known: right(known, rules, self.clock()))

    async def give_back(self, rules: dict[Key, Rule]) -> None:
        """It was not looked at."""
        self._step(rules, lambda known: given_back(known, rules, self.clock()))

    def _step(self, rules: dict[Key, Rule], step: Step) -> None:
        known = {key: tries for key in rules if (tries := self._known.get(key)) is not None}
        for key, tries in step(known).items():
            self._known.set(key, tries)

    def close(self) -> None:
        """Look and write no more."""


class SharedTriesBook(TriesBook):
    """In PostgreSQL. What this process knows already to be too much does not get there; where the database does not answer, this
    process goes by what it knows itself."""

    def __init__(self, url: str, clock: Clock = system_clock) -> None:
        super().__init__(clock)
        self._url = url
        self._calls = Offload("gateway-tries")
        self._connection: psycopg.Connection[Any] | None = None
        self._forgot = -FORGET_EVERY_S
        self._asked, self._ask_from = 0, 0.0

    async def reserve(self, rules: dict[Key, Rule]) -> None:
        await super().reserve(rules)
        await self._shared(rules, lambda known: reserved(known, rules, self.clock()))

    async def right(self, rules: dict[Key, Rule]) -> None:
        await super().right(rules)
        await self._shared(rules, lambda known: right(known, rules, self.clock()))

    async def give_back(self, rules: dict[Key, Rule]) -> None:
        await super().give_back(rules)
        await self._shared(rules, lambda known: given_back(known, rules, self.clock()))

    async def _shared(self, rules: dict[Key, Rule], step: Step) -> None:
        if monotonic() < self._ask_from or self._asked >= MOST_ASKED:
            return
        self._asked += 1
        asking = asyncio.ensure_future(self._calls(self._in_database, rules, step))
        asking.add_done_callback(self._answered)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await asyncio.shield(asking)
        except (psycopg.Error, TimeoutError) as error:
            self._ask_from = monotonic() + LEFT_ALONE_S
            log.warning("tries to log in are counted by this process alone", extra={"reason": str(error)})

    def _answered(self, asking: asyncio.Future[None]) -> None:
        self._asked -= 1
        if not asking.cancelled():
            asking.exception()  # where nobody waited for it any more

    def _in_database(self, rules: dict[Key, Rule], step: Step) -> None:
        names = {"/".join(part.replace("%", "%25").replace("/", "%2F") for part in key): key for key in rules}
        connection = self._connected()
        try:
            with connection.transaction():
                many = "INSERT INTO {schema}.login_tries (key) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"
                connection.execute(_sql(many), [sorted(names)])
                find = "SELECT key, wrong, at, known_until FROM {schema}.login_tries WHERE key = ANY(%s) ORDER BY key FOR UPDATE"
                rows = connection.execute(_sql(find), [sorted(names)]).fetchall()
                for key, tries in step({names[row[0]]: Tries(*row[1:]) for row in rows}).items():
                    name = next(name for name, each in names.items() if each == key)
                    put = "UPDATE {schema}.login_tries SET wrong = %s, at = %s, known_until = %s WHERE key = %s"
                    connection.execute(_sql(put), [*tries, name])
            self._forget(connection)
        except psycopg.Error:
            connection.close()
            raise

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url)
            self._connection.execute("SELECT pg_advisory_lock(hashtext('parley.gateway.login_tries'))")
            make_schema(self._connection, SCHEMA)
            # What is lost with a crash of the database are a few minutes of others' mistakes.
            self._connection.execute(
                _sql(
                    "CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.login_tries (key text PRIMARY KEY, "
                    "wrong double precision NOT NULL DEFAULT 0, at bigint NOT NULL DEFAULT 0, "
                    "known_until bigint NOT NULL DEFAULT 0)"
                )
            )
            self._connection.execute("SELECT pg_advisory_unlock(hashtext('parley.gateway.login_tries'))")
        return self._connection

    def _forget(self, connection: psycopg.Connection[Any]) -> None:
        """Now and then, what is of no use any more."""
        if monotonic() - self._forgot > FORGET_EVERY_S:
            self._forgot = monotonic()
            now = self.clock()
            old = "DELETE FROM {schema}.login_tries WHERE at < %s AND known_until < %s"
            connection.execute(_sql(old), [now - FORGET_AFTER_MS, now])

    def close(self) -> None:
        self._calls.close()
        if self._connection is not None:
            self._connection.close()


def _sql(text: str) -> bytes:
    return text.replace("{schema}", f'"{SCHEMA}"').encode()


def open_book(database_url: str) -> TriesBook:
    """The book that all gateway processes on a database share; in memory where the database is this process's own."""
    shared = database_url.startswith(("postgresql://", "postgres://"))
    return SharedTriesBook(database_url) if shared else TriesBook()
