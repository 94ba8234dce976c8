"""`parley install`: what it makes, that it can be done again, and that nobody gets more than they need."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from click.testing import CliRunner, Result
from parley_chassis.letters import Letter
from parley_chassis.store import Commit, open_existing, open_store
from parley_contracts.topology import chat_stream, partition_of
from parley_crm_logger.store import open_crm, open_existing_crm
from parley_gateway.domain.directory import UserSet
from parley_gateway.tenants.directories import JOURNAL
from parley_gateway.tenants.links import MADE_BY, Link, Links
from parley_gateway.tenants.tables import Tables
from parley_ops.app import Sources
from parley_ops.cli import main
from parley_ops.index.filling import Filler
from parley_ops.index.searching import Wanted, find
from parley_ops.index.statements import LOGS
from parley_ops.install_broker import definitions
from parley_ops.secrets_folder import OPERATORS, SERVICES, SecretsFolder
from parley_session.domain.events import Requested
from parley_session.handlers import Session
from parley_session.says import says
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

READERS = (("events",), ("chat", "c1"), ("floor",), ("why", "c1"), ("letters", "list"), ("streams",))


def parley(*arguments: str, **env: str) -> Result:
    done = CliRunner().invoke(main, arguments, env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


class Place:
    """An installation in a folder, on a database of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database

    def install(self, *more: str, first: tuple[str, ...] = ("--tenant", "acme", "--admin", "ada")) -> dict[str, Any]:
        command = ("install", "--to", str(self.folder), *first, "--json", *more)
        done = parley(*command, PARLEY_INSTALL_DATABASE_URL=self.database)
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    def url(self, whose: str) -> str:
        return SecretsFolder(self.folder).settings(whose)["PARLEY_DATABASE_URL"]


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    yield Place(tmp_path / "secrets", database_url)
    with psycopg.connect(
        database_url, autocommit=True
    ) as connection:  # roles are the server's, and outlive the database
        name = connection.info.dbname
        for whose in (*SERVICES, OPERATORS):
            role = Identifier(f"{name}_{whose.replace('-', '_')}")
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role._obj[0],)).fetchone() is not None:
                connection.execute(SQL("DROP OWNED BY {} CASCADE").format(role))
                connection.execute(SQL("DROP ROLE {}").format(role))


@pytest.mark.servers
def test_it_makes_all_and_a_second_time_nothing(place: Place) -> None:
    first = place.install()
    states = {done["what"]: done["state"] for done in first["did"]}
    assert {state for what, state in states.items() if not what.startswith("database")} == {"made"}
    before = {path.name: path.read_text() for path in place.folder.iterdir()}
    assert {path.stat().st_mode & 0o777 for path in place.folder.iterdir()} == {0o600}
    assert place.folder.stat().st_mode & 0o777 == 0o700
    again = place.install()
    assert {done["state"] for done in again["did"]} == {"kept"}
    assert {path.name: path.read_text() for path in place.folder.iterdir()} == before
    with closing(open_existing(place.url("gateway"), "gateway")) as store:
        (user,) = [JOURNAL.event(each.topic, each.state) for each in store.streams(["acme"])]
    assert (user.user, user.role, user.password) == ("ada", "admin", "")
    kept = SecretsFolder(place.folder)
    assert len(kept.secret()) >= 32
    sealing = [kept.settings(whose).get("PARLEY_MAILBOX_SECRET", "") for whose in SERVICES]
    assert len(sealing[0]) >= 32
    assert sealing == [sealing[0] if whose in ("gateway", "crm-logger") else "" for whose in SERVICES]
    assert sealing[0] != kept.secret()


@pytest.mark.slow
@pytest.mark.servers
def test_the_first_administrator_gets_a_link_until_they_have_been_there(place: Place) -> None:
    """Nobody else ever knows their password; a link that nobody used in time is followed by another."""
    first, second = (place.install("--url", "https://chat.example.org/")["first_login"] for _ in range(2))
    url = place.url("gateway")
    links = Links(Tables(url, MADE_BY))

    def opens(login: dict[str, str]) -> Link | None:
        assert (login["tenant"], login["user"]) == ("acme", "ada")
        head, secret = login["link"].split("#link=")
        assert head == "https://chat.example.org/account"
        return asyncio.run(links.look(secret))

    assert opens(first) is None
    found = opens(second)
    assert found is not None
    assert (found.tenant, found.user, found.kind) == ("acme", "ada", "invitation")
    for service in ("gateway", "crm-logger"):
        assert SecretsFolder(place.folder).settings(service)["PARLEY_PUBLIC_URL"] == "https://chat.example.org"
    with closing(open_store(url, "gateway")) as store:
        there = UserSet(at=1, by="ada", user="ada", name="ada", role="admin", password="$argon2id$")
        store.commit(Commit(events=[JOURNAL.stored("acme", 2, there)]))
    assert place.install()["first_login"] is None


@pytest.mark.slow
@pytest.mark.servers
def test_what_others_wrote_into_a_file_stays_and_what_is_missing_is_made(place: Place) -> None:
    place.install()
    gateway = place.folder / "gateway.env"
    before = gateway.read_text()
    gateway.write_text(f"# ours\nPARLEY_TRUSTED_PROXIES=127.0.0.1\n{before}")
    (place.folder / "router.env").unlink()
    again = {done["what"]: done["state"] for done in place.install()["did"]}
    assert again[str(gateway)] == "kept"
    assert "PARLEY_TRUSTED_PROXIES=127.0.0.1" in gateway.read_text()
    assert again[str(place.folder / "router.env")] == "made"
    assert again[str(place.folder / "broker.json")] == "changed"


@pytest.mark.slow
@pytest.mark.servers
def test_a_company_can_follow_later(place: Place) -> None:
    without = place.install(first=())
    assert without["first_login"] is None
    assert not [done for done in without["did"] if done["what"].startswith("administrator")]
    with closing(open_existing(place.url("gateway"), "gateway")) as store:
        assert not list(store.streams(["acme"]))
    later = place.install()
    assert later["first_login"]["user"] == "ada"
    assert {done["state"] for done in later["did"] if not done["what"].startswith("administrator")} == {"kept"}


@pytest.mark.slow
@pytest.mark.servers
def test_where_there_is_a_folder_for_a_service_its_file_is_in_there(place: Place) -> None:
    """So a container is given its own, and cannot look beside it."""
    for whose in (*SERVICES, OPERATORS, "broker"):
        (place.folder / whose).mkdir(parents=True, mode=0o700)
    place.folder.chmod(0o700)
    first = place.install()
    files = {str(path.relative_to(place.folder)): path for path in place.folder.rglob("*") if path.is_file()}
    assert {*files} == {"broker/definitions.json", *(f"{whose}/settings.env" for whose in (*SERVICES, OPERATORS))}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    assert first["next"].endswith("/broker/definitions.json")
    assert {done["state"] for done in place.install()["did"]} == {"kept"}
    open_existing(place.url("router"), "router").close()
    (place.folder / "router" / "settings.env").unlink()
    (place.folder / "router").chmod(0o755)
    refused = parley("install", "--to", str(place.folder), PARLEY_INSTALL_DATABASE_URL=place.database)
    assert (refused.exit_code, "others can read" in refused.output) == (1, True)


@pytest.mark.slow
@pytest.mark.servers
def test_services_reach_the_database_elsewhere_than_its_administrator(place: Place) -> None:
    there = conninfo_to_dict(place.database)
    at = f"postgresql://localhost:{there.get('port', 5432)}/{there['dbname']}"
    place.install("--reached-at", at)
    for whose in (*SERVICES, OPERATORS):
        parts = urlsplit(place.url(whose))
        assert (parts.hostname, parts.path) == ("localhost", f"/{there['dbname']}")
        assert parts.username == f"{there['dbname']}_{whose.replace('-', '_')}"


@pytest.mark.slow
@pytest.mark.servers
def test_once_more_keeps_no_service_waiting_that_runs(place: Place) -> None:
    place.install()
    with psycopg.connect(place.url("gateway")) as connection:
        connection.execute("SELECT FROM gateway.stored_events")  # its transaction is open until the end
        place.install()


@pytest.mark.servers
def test_a_service_sees_its_own_schema_alone(place: Place) -> None:
    place.install()
    schemas = {"gateway": "gateway", "router": "router", "session": "session", "crm-logger": "crm_logger"}
    for service, own in schemas.items():
        with psycopg.connect(place.url(service), autocommit=True) as connection:
            connection.execute(f"SELECT FROM {own}.stored_events")
            connection.execute(f"CREATE TABLE {own}.more (one int)")
            for other in {*schemas.values()} - {own}:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT FROM {other}.stored_events")
            for refused in (
                "CREATE SCHEMA more",
                "CREATE TABLE public.more (one int)",
                "CREATE TEMP TABLE more (one int)",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(refused)
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (
                False,
            )


@pytest.mark.servers
def test_the_operators_service_reads_all_and_writes_its_index_alone(place: Place) -> None:
    place.install()
    requested = Requested(at=1_000, service="s", queue="sales", priority=50, absence_ms=60_000)
    with closing(open_store(place.url("session"), "session")) as store:
        store.commit(Commit(events=[Session.journal.stored("acme/c1", 1, requested)]))
    with closing(Sources(place.url("ops"))) as sources:
        filler = Filler(sources.index)
        filler.begin()
        assert filler.behind() == dict.fromkeys(LOGS, 0)
        assert len(find(sources.index, Wanted("acme", item="c1"), None, 10).places) == 1
        assert sources.consumed().keys() == {"session", "router", "crm-logger"}
    with psycopg.connect(place.url("ops"), autocommit=True) as connection:
        for schema in ("session", "router", "gateway", "crm_logger"):
            for refused in (f"DELETE FROM {schema}.stored_events", f"CREATE TABLE {schema}.more (one int)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(refused)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE session.letters SET state = 'retry'")


@pytest.mark.servers
def test_an_operator_reads_and_cannot_write(place: Place) -> None:
    place.install()
    requested = Requested(at=1_000, service="s", queue="sales", priority=50, absence_ms=60_000)
    with closing(open_store(place.url("session"), "session")) as store:
        store.commit(Commit(events=[Session.journal.stored("acme/c1", 1, requested)]))
    url = place.url(OPERATORS)
    assert "Requested" in parley("events", "--tenant", "acme", PARLEY_DATABASE_URL=url).output
    assert parley("chat", "c1", "--tenant", "acme", PARLEY_DATABASE_URL=url).exit_code == 0
    for command in READERS:
        done = parley(*command, PARLEY_DATABASE_URL=url)
        assert done.exit_code in (0, 3), (command, done.output)
        assert "denied" not in done.output
    with psycopg.connect(url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM session.stored_events")
        connection.execute("SET default_transaction_read_only = off")
        for refused in (
            "DELETE FROM session.stored_events",
            "CREATE TABLE session.more (one int)",
            "CREATE SCHEMA more",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
    for command in (("restored",), ("rebuild", "crm")):
        assert parley(*command, PARLEY_DATABASE_URL=url).exit_code == 1


@pytest.mark.slow
@pytest.mark.servers
def test_an_operator_reads_what_a_service_or_an_administrator_makes_later(place: Place) -> None:
    """A rebuild, run by an administrator, makes tables: they are the service's, and operators read them."""
    place.install()
    with closing(open_existing_crm(place.database, reading=False)) as crm:
        assert crm.create_generation() == 2
    with psycopg.connect(place.url("crm-logger"), autocommit=True) as connection:
        connection.execute("INSERT INTO crm_logger.taken_2 VALUES ('session.0', 1)")
    with psycopg.connect(place.url(OPERATORS), autocommit=True) as connection:
        assert connection.execute("SELECT position FROM crm_logger.taken_2").fetchone() == (1,)


@pytest.mark.slow
@pytest.mark.servers
def test_tools_work_for_all_companies_and_a_role_by_itself_for_none(place: Place) -> None:
    """The CRM's rows are kept apart by company: for its own service, and for whoever looks."""
    place.install()
    with (
        closing(open_store(place.url("session"), "session")) as store,
        closing(open_crm(place.url("crm-logger"))) as crm,
    ):
        for tenant in ("acme", "other"):
            stream = chat_stream(tenant, "c1")
            requested = Requested(at=1_000, service="s", queue="sales", priority=50, absence_ms=60_000)
            (position,) = store.commit(Commit(events=[Session.journal.stored(stream, 1, requested)]))
            told = [message for inbox, message in says(stream, 1, requested) if inbox.startswith("crm-logger.")]
            partition = partition_of(stream)
            crm.apply(told, {f"session.{partition}>{partition}": position})
            crm.letters.keep([letter(tenant)])
    built = json.loads(parley("rebuild", "crm", "--swap", "--json", PARLEY_DATABASE_URL=place.database).stdout)
    assert (built["rows"]["interactions"], built["different"], built["swapped"]) == (2, 0, True)
    url = place.url(OPERATORS)
    assert len(parley("letters", "list", "--json", PARLEY_DATABASE_URL=url).stdout.splitlines()) == 2
    with psycopg.connect(url) as connection:
        for whose, seen in (("", 0), ("acme", 1), ("*", 2)):
            connection.execute("SELECT set_config('parley.tenant', %s, false)", (whose,))
            assert connection.execute("SELECT count(*) FROM crm_logger.interactions_2").fetchone() == (seen,)


def letter(tenant: str) -> Letter:
    about: Any = {"stream": f"{tenant}/c2", "partition": 0, "inbox": "crm-logger.chats.0", "type": "chat.ended.v1"}
    where: Any = {"trace": None, "source": "session.0", "position": 9, "reason": "?", "tries": 5, "body": b"[]"}
    return Letter(
        identity=tenant, kind="unreadable", holds=False, tenant=tenant, first_at=1, last_at=2, **about, **where
    )


@pytest.mark.slow
@pytest.mark.servers
def test_an_installation_with_one_user_for_all_is_handed_over(place: Place) -> None:
    for service in ("gateway", "router", "session"):
        open_store(place.database, service).close()
    open_crm(place.database).close()
    place.install()
    for service in ("gateway", "router", "session"):
        open_store(place.url(service), service).close()  # puts its function in anew
    open_crm(place.url("crm-logger")).close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tenant", "demo", "--admin", "ada"), "demo stands for the demonstration"),
        (("--tenant", "a b", "--admin", "ada"), "no name for a tenant"),
        (("--tenant", "acme", "--admin", "system"), "system stands for the installation"),
        (("--tenant", "acme"), "give both, or neither"),
        (("--admin", "ada"), "give both, or neither"),
        (("--reached-at", "postgresql://database/other"), "names the database other"),
        (("--tenant", "acme", "--admin", "ada", "--broker", "127.0.0.1"), "no address of a broker"),
        (("--tenant", "acme", "--admin", "ada", "--database", "postgresql://127.0.0.1"), "names no database"),
        (("--tenant", "acme", "--admin", "ada", "--database", "mysql://x/y"), "no address of a PostgreSQL database"),
        (
            ("--tenant", "acme", "--admin", "ada", "--database", "postgresql://127.0.0.1:1/parley"),
            "could not be set up",
        ),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = parley("install", "--to", str(tmp_path / "secrets"), *arguments)
    assert done.exit_code == 1
    assert said in done.output


def test_a_folder_that_others_can_read_gets_no_secrets(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    done = parley("install", "--to", str(tmp_path), "--tenant", "acme", "--admin", "ada")
    assert done.exit_code == 1
    assert "chmod 700" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_brokers_user_has_rights_on_its_own_inboxes_alone() -> None:
    told = json.loads(definitions("parley", dict.fromkeys(SERVICES, "secret")))
    for permission in told["permissions"]:
        own = permission["user"].removeprefix("parley_").replace("_", "-")
        assert permission["configure"].startswith(f"^({own}\\..*|".replace("-", "\\-"))
        assert not [user for user in told["users"] if user["tags"] or "secret" in json.dumps(user["password_hash"])]
