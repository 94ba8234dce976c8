"""What the URL of the database says holds on every kind of connection; several servers; a certificate of one's own authority."""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from authority import Authority
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st
from parley_chassis.offload import Offload
from parley_chassis.store import Commit, StoreDown, connecting, open_store
from parley_chassis.store.connecting import connect, options_of
from parley_chassis.store.postgres import PostgresStore
from parley_crm_logger.store import NOBODY, open_crm
from psycopg.pq import Conninfo
from running import ROOT
from servers import PrivatePostgreSQL, Unavailable

NOW = 1_700_000_000_000
KNOWN = [known.keyword.decode() for known in Conninfo.get_defaults()]


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGOPTIONS", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)


# --- the options ----------------------------------------------------------------------------------------------------


@given(st.dictionaries(st.sampled_from(KNOWN), st.text("abc019 -=/'\\", min_size=1, max_size=9), max_size=6))
def test_every_parameter_of_the_url_is_an_option_of_the_connection(said: dict[str, str]) -> None:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in said.items())
    made = options_of(f"postgresql://host/?{query}")
    options = said.pop("options", "")
    assert made.pop("options").endswith(options)
    assert {"host": "host", **said}.items() <= made.items()


def test_several_hosts_are_meant_to_be_written_to_unless_the_url_says_otherwise() -> None:
    made = options_of("postgresql://me:secret@one:5432,two:5433/parley")
    assert (made["host"], made["port"], made["target_session_attrs"]) == ("one,two", "5432,5433", "read-write")
    assert options_of("postgresql://one,two/?target_session_attrs=any")["target_session_attrs"] == "any"
    assert "target_session_attrs" not in options_of("postgresql://one/")


def test_libpqs_own_variables_hold_where_the_url_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "17")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=5MB")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "primary")
    made = options_of("postgresql://one,two/")
    assert made["options"].endswith("-c work_mem=5MB")
    assert not {"connect_timeout", "target_session_attrs"} & made.keys()  # libpq's affair
    assert options_of("postgresql://one/?connect_timeout=3&options=-c%20a%3Db")["connect_timeout"] == "3"


# --- every kind of connection ---------------------------------------------------------------------------------------


def event(number: int) -> StoredEvent:
    return StoredEvent("chat", number, "Happened.1", b"{}")


class Kinds:
    """Everything that a service does on a connection of another kind."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store = open_store(url, "testing")
        self.crm = open_crm(url)
        self.calls = Offload("testing")
        self.last = 0

    def close(self) -> None:
        for opened in (self.store, self.crm, self.calls):
            opened.close()

    async def commit(self) -> None:
        self.store.commit(Commit(events=[self._next()]))

    async def commit_soon(self) -> None:
        await self.store.commit_soon(Commit(events=[self._next()]), self.calls)

    async def lease(self) -> None:
        self.store.leases.renew("me", 10_000, NOW)
        assert self.store.leases.acquire(1, "me", 10_000, NOW)

    async def crm_lease(self) -> None:
        assert self.crm.leases.acquire(1, "me", 10_000, NOW)

    async def crm_row(self) -> None:
        with self.crm.transaction(write=True, tenant=NOBODY) as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS probe (id bigint)")
            cursor.execute("INSERT INTO probe VALUES (1)")

    async def own(self) -> None:
        with closing(connect(self.url)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS probe (id bigint)")

    def _next(self) -> StoredEvent:
        self.last += 1
        return event(self.last)

    def all(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.commit, self.commit_soon, self.lease, self.crm_lease, self.crm_row, self.own]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connection that is made, of whatever kind; each has its parameters in `made_with`."""
    found: list[Any] = []
    create, create_async = psycopg.Connection.connect, psycopg.AsyncConnection.connect

    def noted(connection: Any) -> Any:
        found.append(connection)
        connection.made_with = connection.info.get_parameters()
        return connection

    def recorded(cls: Any, *arguments: Any, **options: Any) -> Any:
        return noted(create.__func__(cls, *arguments, **options))  # type: ignore[attr-defined]

    async def recorded_async(cls: Any, *arguments: Any, **options: Any) -> Any:
        return noted(await create_async.__func__(cls, *arguments, **options))  # type: ignore[attr-defined]

    monkeypatch.setattr(psycopg.Connection, "connect", classmethod(recorded))
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", classmethod(recorded_async))
    return found


@pytest.mark.servers
async def test_every_kind_of_connection_is_made_with_what_the_url_says(database_url: str, made: list[Any]) -> None:
    said = {
        "application_name": "a b",
        "connect_timeout": "7",
        "keepalives_idle": "11",
        "tcp_user_timeout": "4321",
        "target_session_attrs": "read-write",
        "sslmode": "allow",
        "sslrootcert": "/nowhere.pem",
    }
    query = "&".join(f"{name}={quote(value)}" for name, value in said.items())
    kinds = Kinds(f"{database_url}?{query}&options={quote('-c work_mem=4321kB -c tcp_keepalives_idle=17')}")
    seen: set[type] = set()
    shown: list[tuple[Any, ...]] = []
    for kind in kinds.all():
        await kind()
    for connection in made:
        assert said.items() <= connection.made_with.items()
        seen.add(type(connection))
        if connection.closed:
            continue
        cursor = connection.execute(
            "SELECT current_setting('work_mem') AS one, current_setting('tcp_keepalives_idle') AS two"
        )
        found = (
            await (await cursor).fetchone() if isinstance(connection, psycopg.AsyncConnection) else cursor.fetchone()
        )
        shown.append(tuple(found.values()) if isinstance(found, dict) else found)
    assert seen == {connecting.PatientConnection, psycopg.AsyncConnection}
    assert len(shown) >= 5  # two pools, two that show life, the writer
    assert {*shown} == {("4321kB", "17")}
    kinds.close()


def test_there_is_no_other_way_to_connect() -> None:
    """Whatever connects, in any service, does it by `connecting.py`."""
    ways = ("Connection", "AsyncConnection", "PatientConnection", "psycopg", "ConnectionPool", "AsyncConnectionPool")
    for path in [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]:
        if path.name == "connecting.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert not (name.endswith(".connect") and name.split(".")[-2] in ways), f"{path}:{node.lineno}"
                assert not name.endswith("ConnectionPool"), f"{path}:{node.lineno}"


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    """The one of the server's certificate, and another."""
    folder = tmp_path_factory.mktemp("authorities")
    return Authority(folder / "ours"), Authority(folder / "other", "Another")


@pytest.fixture(scope="module")
def secure(authorities: tuple[Authority, Authority], missing: Any) -> Iterator[PrivatePostgreSQL]:
    """A PostgreSQL with a certificate."""
    try:
        private = PrivatePostgreSQL(tls=authorities[0].certificate())
    except Unavailable as reason:
        missing("A private PostgreSQL", reason, "PARLEY_REQUIRE_SERVERS")
    with closing(private):
        private.start()
        yield private


@pytest.mark.servers
async def test_a_server_with_a_certificate_of_the_right_authority_is_spoken_to_encrypted(
    secure: PrivatePostgreSQL, authorities: tuple[Authority, Authority], made: list[Any]
) -> None:
    kinds = Kinds(f"{secure.url}?sslmode=verify-full&sslrootcert={authorities[0].file}")
    for kind in kinds.all():
        await kind()
    kept = [connection for connection in made if not connection.closed]
    assert len(kept) >= 5
    assert all(connection.pgconn.ssl_in_use for connection in kept)
    kinds.close()


@pytest.mark.servers
async def test_a_server_whose_certificate_is_anothers_is_refused_by_every_kind_of_connection(
    secure: PrivatePostgreSQL, authorities: tuple[Authority, Authority]
) -> None:
    wrong = f"{secure.url}?sslmode=verify-full&sslrootcert={authorities[1].file}"
    for open_it in (lambda: open_store(wrong, "testing"), lambda: open_crm(wrong)):
        with pytest.raises(StoreDown, match="certificate"):
            open_it()
    kinds = Kinds(secure.url)
    _anew(kinds, wrong)
    for kind in kinds.all():
        with pytest.raises((StoreDown, psycopg.OperationalError), match="certificate verify failed"):
            await kind()
    kinds.close()


def _anew(kinds: Kinds, url: str) -> None:
    """Whatever is opened from now on is opened at `url`, and nothing is open."""
    assert isinstance(kinds.store, PostgresStore)
    database: Any = kinds.crm.db
    kinds.url = kinds.store._url = url
    for leases, datastore in ((kinds.store.leases, kinds.store._datastore), (database.leases, database._datastore)):
        leases._url = datastore.pool._url = url
        datastore.pool.close()
        leases.close()
        leases._life = None


# --- several servers ------------------------------------------------------------------------------------------------


@pytest.mark.servers
async def test_after_the_promotion_of_a_standby_everything_goes_on_without_a_restart(missing: Any) -> None:
    try:
        first = PrivatePostgreSQL()
    except Unavailable as reason:
        missing("A private PostgreSQL", reason, "PARLEY_REQUIRE_SERVERS")
    with closing(first):
        first.start()
        with closing(PrivatePostgreSQL(standby_of=first)) as second:
            second.start()
            hosts = f"127.0.0.1:{second.port},127.0.0.1:{first.port}"  # the one that is only read stands first
            kinds = Kinds(f"postgresql://postgres@{hosts}/postgres")
            for kind in kinds.all():
                await kind()
            with psycopg.connect(first.url, autocommit=True) as there, psycopg.connect(second.url) as here:
                written = there.execute("SELECT pg_current_wal_lsn()").fetchone()
                assert written is not None
                while here.execute("SELECT pg_last_wal_replay_lsn() < %s", written).fetchone() != (False,):
                    here.rollback()

            first.kill()
            for kind in kinds.all():
                with pytest.raises((StoreDown, psycopg.OperationalError)):
                    await kind()
            second.promote()
            kinds.last -= 2  # the two commits that did not happen
            for kind in kinds.all():
                await kind()
            kinds.close()
            with closing(open_store(second.url, "testing")) as store:
                assert [found.originator_version for found in store.streams(["chat"])] == [1, 2, 3, 4]


@pytest.mark.servers
def test_a_connection_to_one_that_is_not_written_to_any_more_is_given_up(database_url: str) -> None:
    store = open_store(database_url, "testing")
    assert isinstance(store, PostgresStore)
    with store._datastore.pool.connection() as connection:
        connection.execute("SET default_transaction_read_only = on")  # as one that has become a standby
    with pytest.raises(StoreDown, match="read-only"):
        store.commit(Commit(events=[event(1)]))
    store.commit(Commit(events=[event(1)]))
    store.close()
