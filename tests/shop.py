"""A whole installation on servers of its own, which may be emptied and put back: its processes, chats, and tables."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
from fleet import Fleet
from protocol import Agent, RefusedByServer, Visitor, call, log_in
from running import foreign_environment
from servers import PrivatePostgreSQL, PrivateRabbitMQ


class Dump:
    """All rows of a database as they were at one instant."""

    def __init__(self, url: str) -> None:
        self._url = url
        with psycopg.connect(url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            self._rows = {table: self._copied(connection, table) for table in self._tables(connection)}

    @staticmethod
    def _tables(connection: psycopg.Connection) -> list[str]:
        asked = (
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return [str(row[0]) for row in connection.execute(asked)]

    @staticmethod
    def _copied(connection: psycopg.Connection, table: str) -> bytes:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as rows:  # type: ignore[arg-type]
            return b"".join(bytes(piece) for piece in rows)

    def restore(self) -> None:
        """Every table is as it was; positions are given out again."""
        with psycopg.connect(self._url) as connection, connection.cursor() as cursor:
            for table in self._tables(connection):
                cursor.execute(f"TRUNCATE {table}")  # type: ignore[arg-type]
            for table, rows in self._rows.items():
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:  # type: ignore[arg-type]
                    copy.write(rows)
            sequences = cursor.execute(
                "SELECT format('%I.%I', n.nspname, s.relname), format('%I.%I', n.nspname, t.relname), a.attname "
                "FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') "
                "JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid "
                "JOIN pg_namespace n ON n.oid = s.relnamespace WHERE s.relkind = 'S'"
            ).fetchall()
            for sequence, table, column in sequences:
                cursor.execute(
                    f"SELECT setval('{sequence}', coalesce((SELECT max({column}) FROM {table}), 0) + 1, false)"
                )


class Shop:
    """A fleet on servers of its own, and the chats that were acknowledged."""

    def __init__(
        self,
        directory: Path,
        broker: PrivateRabbitMQ,
        database: PrivatePostgreSQL,
        counts: Mapping[str, int] | None = None,
        env: Mapping[str, str] | None = None,
        launcher: Sequence[str] = (),
    ) -> None:
        self.broker, self.database = broker, database
        name = f"parley_{directory.name.replace('-', '_')}"
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        self.database_url = database.url.rpartition("/")[0] + f"/{name}"
        self.vhost = name
        broker.rabbitmqctl.run("add_vhost", name)
        broker.rabbitmqctl.run("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        self.broker_url = f"{broker.url.rstrip('/')}/{name}"
        self._fleet_on = partial(Fleet, directory, self.broker_url, counts=counts, env=env, launcher=launcher)
        self.fleet = self._fleet_on(self.database_url)

    def move_to(self, database_url: str) -> None:
        """The processes that are started from now on work on another database."""
        self.database_url = database_url
        self.fleet = self._fleet_on(database_url)

    async def start(self, *services: str) -> None:
        for service in services:
            for process in self.fleet.of(service):
                process.start()
        for service in services:
            for process in self.fleet.of(service):
                await asyncio.to_thread(process.wait_ready, 90)

    async def stop(self, *services: str) -> None:
        for service in services:
            for process in self.fleet.of(service):
                await asyncio.to_thread(process.stop)

    async def wipe(self) -> None:
        """The broker forgets this installation: its virtual host is gone, and there is an empty one."""
        for arguments in (
            ("delete_vhost", self.vhost),
            ("add_vhost", self.vhost),
            ("set_permissions", "-p", self.vhost, "guest", ".*", ".*", ".*"),
        ):
            await asyncio.to_thread(self.broker.rabbitmqctl.run, *arguments)

    async def chats(self, count: int) -> list[str]:
        """So many chats begin, are acknowledged, and their visitors leave the page open no longer."""
        started = []
        for _ in range(count):
            visitor = await Visitor(self.fleet.url).connect()
            await visitor.start(token="demo-sales", text="is anybody there?")
            started.append(visitor.chat)
            await visitor.close()
        return started

    async def in_the_crm(self, chats: list[str], token: str) -> set[str]:
        found = set()
        for chat in chats:
            with suppress(RefusedByServer):
                found.add((await call(self.fleet.url, "GET", f"/v1/interactions/{chat}", token))["item"])
        return found

    async def until_whole(self, chats: list[str], seconds: float = 40) -> None:
        """Each is on the floor and in the CRM, once."""
        anna = await Agent.log_in(self.fleet.url, "anna")
        token = (await log_in(self.fleet.url, "anna"))["token"]
        missing = set(chats)
        try:
            async with asyncio.timeout(seconds):
                while missing:
                    waiting = set(anna.waiting)
                    crm = await self.in_the_crm(sorted(missing & waiting), token)
                    missing -= crm
                    await asyncio.sleep(0.5)
        except TimeoutError:
            waiting = set(anna.waiting)
            raise AssertionError(
                f"{len(missing)} of {len(chats)} are missing, {len(set(chats) - waiting)} of them on the floor"
            ) from None
        assert len(anna.waiting) == len(set(anna.waiting))
        await anna.close()

    def parley(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**foreign_environment(), "PARLEY_DATABASE_URL": self.database_url}
        return subprocess.run(
            [sys.executable, "-m", "parley_ops", *arguments], env=env, capture_output=True, text=True, timeout=120
        )
