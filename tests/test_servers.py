"""The search for RabbitMQ and PostgreSQL itself: every way in, and nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pika
import psycopg
import pytest
import servers as search
from servers import Broker, PrivatePostgreSQL, PrivateRabbitMQ, Servers, Unavailable, find_servers


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PARLEY_TEST_SERVERS", "PARLEY_TEST_BROKER_URL", "PARLEY_TEST_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["ports", *(pytest.param(way, marks=pytest.mark.slow) for way in ("containers", "binaries"))])
def found(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    monkeypatch.setenv("PARLEY_TEST_SERVERS", request.param)
    try:
        servers = find_servers()
    except Unavailable as reason:
        if request.param == "containers" and os.environ.get("PARLEY_REQUIRE_CONTAINERS") == "1":
            raise
        pytest.skip(str(reason))
    with closing(servers):
        yield servers


def roundtrip(url: str, kind: str) -> None:
    """Declares an inbox of that kind and publishes one message, confirmed."""
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        channel = connection.channel()
        channel.queue_declare(f"probe.{kind}", durable=True, arguments={"x-queue-type": kind})
        channel.confirm_delivery()
        channel.basic_publish("", f"probe.{kind}", b"hello", mandatory=True)


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_every_way_gives_what_the_product_needs_and_leaves_nothing(found: Servers) -> None:
    for kind in ("quorum", "stream"):
        roundtrip(found.broker_url, kind)
    first, second = found.new_database(), found.new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE probe (id bigint)")
    with closing(psycopg.connect(second)) as connection:
        assert connection.execute("SELECT to_regclass('probe')").fetchone() == (None,)
        found.drop_database(second)  # although somebody is connected
    assert found.new_vhost() != found.broker_url or found.namespace

    found.drop_database(first)
    ours = {url.rpartition("/")[2] for url in (first, second)}
    assert ours & databases(found.database.url) == set(), "others come and go meanwhile"
    found.close()
    with pytest.raises(Unavailable):
        search.check_broker(found.broker_url, timeout=2)


@pytest.mark.servers
def test_addresses_in_the_environment_are_taken(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TEST_BROKER_URL", servers.broker.url)
    monkeypatch.setenv("PARLEY_TEST_DATABASE_URL", servers.database.url)
    with closing(find_servers()) as found:
        assert (found.broker.found, found.database.found) == ("by its address", "by its address")
        assert (found.broker.url, found.database.url) == (servers.broker.url, servers.database.url)


@pytest.mark.servers
def test_a_database_that_is_used_again_is_empty_and_nobody_is_left_in_it(servers: Servers) -> None:
    with psycopg.connect(url := servers.emptied_database(), autocommit=True) as left_behind:
        left_behind.execute("CREATE SCHEMA another")
        left_behind.execute("CREATE TABLE another.probe (id bigint)")
        left_behind.execute("CREATE TABLE probe (id bigint)")
        assert servers.emptied_database() == url
        with pytest.raises(psycopg.OperationalError):
            left_behind.execute("SELECT 1")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('probe'), to_regnamespace('another')").fetchone() == (None, None)
        connection.execute("CREATE TABLE probe (id bigint)")
        connection.rollback()


def test_an_address_that_does_not_answer_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TEST_BROKER_URL", f"amqp://guest:secret@127.0.0.1:{search.free_port()}/")
    with pytest.raises(Unavailable, match="does not answer") as refused:
        find_servers()
    assert "secret" not in str(refused.value)


def test_the_first_that_answers_is_taken_and_all_reasons_are_told() -> None:
    def absent(say: search.Say) -> str:
        raise Unavailable("it is off")

    branches = {"env": absent, "ports": lambda say: "second", "containers": lambda say: "third"}
    assert search.first("server", branches, "UNSET", print) == "second"
    with pytest.raises(Unavailable, match=r"no server \(env: it is off; ports: it is off\)"):
        search.first("server", {"env": absent, "ports": absent}, "UNSET", print)


def test_an_unknown_way_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TEST_SERVERS", "magic")
    with pytest.raises(ValueError, match="env, ports, containers, binaries"):
        find_servers()


def test_where_no_virtual_host_can_be_made_all_share_one_under_a_prefix() -> None:
    class Refusing:
        at_once = 2

        def create(self, user: str, *names: str) -> None:
            raise PermissionError(names)

        def delete(self, *names: str) -> None:
            raise PermissionError(names)

    broker = Broker("amqp://somewhere/", "here", [Refusing(), Refusing()])
    assert [broker.new_vhost(), broker.new_vhost()] == ["amqp://somewhere/", "amqp://somewhere/"]
    assert broker.namespace.startswith("parley-test-")
    broker.drop_vhost("amqp://somewhere/")
    broker.close()


@pytest.mark.slow
def test_own_servers_can_be_killed_and_started_again(own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL]) -> None:
    broker, database = own_servers
    roundtrip(broker.url, "quorum")
    broker.settle("probe.quorum")
    with psycopg.connect(database.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS probe (id bigint)")
    for private in own_servers:
        private.kill()
        private.start()
    with closing(pika.BlockingConnection(pika.URLParameters(broker.url))) as connection:
        channel = connection.channel()
        assert channel.basic_get("probe.quorum", auto_ack=True)[2] == b"hello"
        channel.queue_delete("probe.quorum")
    with psycopg.connect(database.url) as connection:
        connection.execute("DROP TABLE probe")


@pytest.mark.servers
def test_probe() -> None:
    """Does nothing: the next one runs it by itself."""


@pytest.mark.parametrize(("required", "status"), [("0", 0), ("1", 1)])
def test_without_servers_tests_are_skipped_loudly_or_fail(required: str, status: int) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{Path(__file__)}::test_probe"],
        env={**os.environ, "PARLEY_TEST_SERVERS": "env", "PARLEY_REQUIRE_SERVERS": required},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == status, run.stdout
    assert run.stdout.count("RabbitMQ and PostgreSQL: MISSING") == 1
