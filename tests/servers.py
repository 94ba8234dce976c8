"""RabbitMQ and PostgreSQL for the tests: found or started, used under names of this run's own, and left as they were.

Each of the two is looked for in this order, and the first that answers is taken:

1. `env`         the addresses in PARLEY_TEST_BROKER_URL and PARLEY_TEST_DATABASE_URL; a set address is the only one tried
2. `ports`       servers on this machine at their default ports, with their default users
3. `containers`  testcontainers, where a container engine answers and has or gets the images
4. `binaries`    what is installed here, started privately: own ports, own directories, nothing left at the end

PARLEY_TEST_SERVERS=<name> allows only that one.
"""

import logging
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import httpx
import pika
import pika.exceptions
import psycopg
from parley_contracts.topology import (
    CRM_QUESTIONS,
    PARTITIONS,
    ROUTER_QUESTIONS,
    crm_inbox,
    router_inbox,
    session_inbox,
)
from psycopg import sql

BROKER_IMAGE, DATABASE_IMAGE = "rabbitmq:4-management", "postgres:17"
BRANCHES = ("env", "ports", "containers", "binaries")

logging.getLogger("pika").setLevel(logging.CRITICAL)  # it reports each refused connection at length

Say = Callable[[str], None]
Found = TypeVar("Found")


class Unavailable(Exception):
    """Nothing answers there; the message says what was tried."""


def free_port() -> int:
    """Below the ports that systems give to outgoing connections: none of those takes it while a server is down."""
    for port in random.sample(range(20000, 32000), 100):
        with closing(socket.socket()) as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port found")


def with_path(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(name, safe="")))


def nothing() -> None:
    pass


# --- what a test gets -----------------------------------------------------------------------------------------------


class Vhosts(Protocol):
    """A way to make virtual hosts; AMQP itself has none."""

    def create(self, name: str, user: str) -> None: ...
    def delete(self, name: str) -> None: ...


class Broker:
    """A RabbitMQ. Virtual hosts are made by the first of `ways` that works; if none does, all share the one in `url`,
    and `namespace` is a prefix that keeps this run's names apart there."""

    def __init__(self, url: str, found: str, ways: list[Vhosts], stop: Callable[[], None] = nothing) -> None:
        self.url, self.found, self.namespace = url, found, ""
        self._ways, self._stop = ways, stop
        self._vhosts: list[str] = []

    def new_vhost(self) -> str:
        """The URL of an empty virtual host."""
        name = f"parley-test-{uuid4().hex[:12]}"
        while self._ways:
            url = with_path(self.url, name)
            try:
                self._ways[0].create(name, urlsplit(self.url).username or "guest")
                check_broker(url)  # the way may lead to another broker than the URL
            except (Unavailable, OSError, subprocess.SubprocessError, httpx.HTTPError):
                with suppress(OSError, subprocess.SubprocessError, httpx.HTTPError):
                    self._ways[0].delete(name)
                del self._ways[0]
            else:
                self._vhosts.append(url)
                return url
        self.namespace = self.namespace or f"{name}."
        return self.url

    def drop_vhost(self, url: str) -> None:
        if url in self._vhosts:
            self._vhosts.remove(url)
            self._ways[0].delete(urlsplit(url).path[1:])

    def close(self) -> None:
        try:
            for url in list(self._vhosts):
                self.drop_vhost(url)
        finally:
            stop, self._stop = self._stop, nothing
            stop()


class Database:
    """A PostgreSQL on which this run makes databases of its own."""

    def __init__(self, url: str, found: str, stop: Callable[[], None] = nothing) -> None:
        self.url, self.found = url, found
        self._stop = stop
        self._databases: list[str] = []

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"parley_test_{uuid4().hex[:12]}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        self._databases.append(url := with_path(self.url, name))
        return url

    def drop_database(self, url: str) -> None:
        if url in self._databases:
            self._databases.remove(url)
            name = sql.Identifier(urlsplit(url).path[1:])
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def close(self) -> None:
        try:
            for url in list(self._databases):
                self.drop_database(url)
        finally:
            stop, self._stop = self._stop, nothing
            stop()

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)


class Servers:
    """Both, for one run of the tests. `broker_url` has a virtual host of its own."""

    def __init__(self, broker: Broker, database: Database) -> None:
        self.broker, self.database = broker, database
        self.broker_url = broker.new_vhost()

    def __str__(self) -> str:
        shared = " (its virtual host is shared)" if self.namespace else ""
        return f"RabbitMQ {self.broker.found}{shared}, PostgreSQL {self.database.found}"

    @property
    def namespace(self) -> str:
        return self.broker.namespace

    def new_vhost(self) -> str:
        return self.broker.new_vhost()

    def drop_vhost(self, url: str) -> None:
        self.broker.drop_vhost(url)

    def new_database(self) -> str:
        return self.database.new_database()

    def drop_database(self, url: str) -> None:
        self.database.drop_database(url)

    def close(self) -> None:
        try:
            self.broker.close()
        finally:
            self.database.close()


# --- do they answer? ------------------------------------------------------------------------------------------------


def check_broker(url: str, timeout: float = 5) -> None:
    """Log in; raises Unavailable."""
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = timeout
    parameters.blocked_connection_timeout = timeout
    try:
        pika.BlockingConnection(parameters).close()
    except (pika.exceptions.AMQPError, OSError) as error:
        raise Unavailable(f"{shown(url)} does not answer ({type(error).__name__})") from error


def check_database(url: str, timeout: int = 5) -> None:
    """Log in; raises Unavailable."""
    try:
        psycopg.connect(url, connect_timeout=timeout).close()
    except psycopg.OperationalError as error:
        raise Unavailable(f"{shown(url)} does not answer ({str(error).splitlines()[0]})") from error


def shown(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//", url)


def wait_until(check: Callable[[], None], alive: Callable[[], bool], seconds: float) -> None:
    """Until `check` passes; raises its Unavailable after `seconds`, or at once when nothing is alive any more."""
    end = time.monotonic() + seconds
    while True:
        try:
            return check()
        except Unavailable:
            if not alive() or time.monotonic() > end:
                raise
            time.sleep(0.1)


def start_or(stop: Callable[[], Any], start: Callable[[], Any]) -> None:
    """What could not be started wholly is stopped."""
    try:
        start()
    except BaseException:
        stop()
        raise


# --- ways to make virtual hosts -------------------------------------------------------------------------------------


class Rabbitmqctl:
    """By RabbitMQ's own command, wherever `run` runs it."""

    def __init__(self, run: Callable[..., None]) -> None:
        self.run = run

    @classmethod
    def local(cls, command: str = "rabbitmqctl", env: dict[str, str] | None = None) -> "Rabbitmqctl":
        def run(*arguments: str) -> None:
            subprocess.run([command, "-q", *arguments], env=env, check=True, capture_output=True, timeout=60)

        return cls(run)

    def create(self, name: str, user: str) -> None:
        self.run("add_vhost", name)
        self.run("set_permissions", "-p", name, user, ".*", ".*", ".*")

    def delete(self, name: str) -> None:
        self.run("delete_vhost", name)


class ManagementApi:
    """By the HTTP API of RabbitMQ's management plugin, where it listens at its default port."""

    def __init__(self, broker_url: str) -> None:
        parts = urlsplit(broker_url)
        self._api = f"http://{parts.hostname}:15672/api"
        self._auth = (parts.username or "guest", parts.password or "guest")

    def _send(self, method: str, path: str, body: Any = None) -> None:
        httpx.request(method, f"{self._api}/{path}", auth=self._auth, json=body, timeout=10).raise_for_status()

    def create(self, name: str, user: str) -> None:
        self._send("PUT", f"vhosts/{name}", {})
        self._send("PUT", f"permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})

    def delete(self, name: str) -> None:
        self._send("DELETE", f"vhosts/{name}")


# --- 1, 2: servers that run already ---------------------------------------------------------------------------------


def running_broker(url: str, found: str) -> Broker:
    check_broker(url)
    return Broker(url, found, [ManagementApi(url), Rabbitmqctl.local()])


def running_database(url: str, found: str) -> Database:
    check_database(url)
    return Database(url, found)


def address(variable: str) -> str:
    if url := os.environ.get(variable):
        return url
    raise Unavailable(f"{variable} is not set")


def broker_env(say: Say) -> Broker:
    return running_broker(address("PARLEY_TEST_BROKER_URL"), "by its address")


def database_env(say: Say) -> Database:
    return running_database(address("PARLEY_TEST_DATABASE_URL"), "by its address")


def broker_ports(say: Say) -> Broker:
    return running_broker("amqp://guest:guest@127.0.0.1:5672/", "at its port")


def database_ports(say: Say) -> Database:
    return running_database("postgresql://postgres@127.0.0.1:5432/postgres", "at its port")


# --- 3: containers --------------------------------------------------------------------------------------------------


@contextmanager
def image(name: str, say: Say) -> Iterator[None]:
    """The engine answers and has the image; what goes wrong inside is Unavailable too, with its reason."""
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")  # each container is stopped here, no reaper is needed
    import docker
    import docker.errors

    try:
        with closing(docker.from_env()) as engine:
            engine.ping()
            if not engine.images.list(name):
                say(f"pulling {name} ...")
                engine.images.pull(name)
        say(f"starting {name} ...")
        yield
    except docker.errors.DockerException as error:
        raise Unavailable(f"container of {name}: {str(error).splitlines()[0]}") from error
    except (TimeoutError, ConnectionError) as error:
        raise Unavailable(f"container of {name} did not become ready: {error}") from error


def broker_containers(say: Say) -> Broker:
    with image(BROKER_IMAGE, say):
        from testcontainers.community.rabbitmq import RabbitMqContainer

        container = RabbitMqContainer(BROKER_IMAGE)
        start_or(container.stop, container.start)

        def run(*arguments: str) -> None:
            code, output = container.exec(["rabbitmqctl", "-q", *arguments])
            if code:
                raise subprocess.SubprocessError(output)

        host = container.get_container_host_ip().replace("localhost", "127.0.0.1")
        url = f"amqp://guest:guest@{host}:{container.get_exposed_port(5672)}/"
        return Broker(url, "in a container", [Rabbitmqctl(run)], container.stop)


def database_containers(say: Say) -> Database:
    with image(DATABASE_IMAGE, say):
        from testcontainers.community.postgres import PostgresContainer

        container = PostgresContainer(DATABASE_IMAGE, username="postgres", dbname="postgres", driver=None)
        start_or(container.stop, container.start)
        url = container.get_connection_url().replace("localhost", "127.0.0.1")
        return Database(url, "in a container", container.stop)


# --- 4: installed programs, started privately -----------------------------------------------------------------------


class Private(ABC):
    """A server process in a directory of its own. A test may kill it and start it again: its port and its data stay."""

    url: str

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="parley-test-"))
        self.directory.chmod(0o755)  # PostgreSQL runs as another user
        self.log = self.directory / "log"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60) -> None:
        """Returns when it answers. Raises Unavailable with the end of its log."""
        end = time.monotonic() + seconds
        while True:
            with self.log.open("ab") as log:
                self._process = self._spawn(log)
            try:
                return wait_until(self._check, self.runs, end - time.monotonic())
            except Unavailable as error:
                # After a kill the old process' children may hold the data for a moment; the new one then ends at once.
                if self.runs() or time.monotonic() > end - seconds / 2:
                    self.kill()
                    tail = self.log.read_text(errors="replace")[-1000:]
                    raise Unavailable(f"{error}; the end of its log:\n{tail}") from error

    def stop(self) -> None:
        """In an orderly way, or by force after 20 s."""
        if self._process and self.runs():
            self._process.send_signal(self._orderly)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As in a crash."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    _orderly = signal.SIGTERM

    @abstractmethod
    def _spawn(self, log: Any) -> subprocess.Popen[bytes]: ...

    @abstractmethod
    def _check(self) -> None: ...


def quorum_inboxes() -> list[str]:
    """The product's inboxes that outlive the broker: what a test that kills it lets settle first."""
    kinds = (router_inbox, session_inbox, crm_inbox)
    return [*(inbox(partition) for partition in range(PARTITIONS) for inbox in kinds), CRM_QUESTIONS, ROUTER_QUESTIONS]


class PrivateRabbitMQ(Private):
    def __init__(self) -> None:
        # Debian's wrappers in PATH change the user; the real scripts do not.
        installed = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
        wrapper = shutil.which("rabbitmq-server")
        scripts = [*reversed(installed), *([Path(wrapper).resolve().parent] if wrapper else [])]
        self._scripts = next((path for path in scripts if (path / "rabbitmq-env").exists()), None)
        self._epmd = shutil.which("epmd")
        if not self._scripts or not self._epmd:
            raise Unavailable("RabbitMQ is not installed here")
        super().__init__()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        config = self.directory / "rabbitmq.conf"
        config.write_text(f"listeners.tcp.default = 127.0.0.1:{self.port}\ndisk_free_limit.absolute = 50MB\n")
        (self.directory / "enabled_plugins").write_text("[].\n")
        (self.directory / "rabbitmq-env.conf").touch()
        self._epmd_port = str(free_port())
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("RABBITMQ_")},
            "HOME": str(self.directory),  # where Erlang keeps its cookie
            "RUNNING_UNDER_SYSTEMD": "true",  # no shell stays between us and the process
            "ERL_EPMD_PORT": self._epmd_port,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"parley-test-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_CONF_ENV_FILE": str(self.directory / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "data"),
            "RABBITMQ_LOG_BASE": str(self.directory / "logs"),
        }
        self.rabbitmqctl = Rabbitmqctl.local(str(self._scripts / "rabbitmqctl"), self.env)

    def settle(self, inbox: str, seconds: float = 20) -> None:
        """Until a kill cannot lose the quorum inbox. RabbitMQ 3.10 writes the list of its quorum inboxes some seconds late: one that
        was declared just before a kill is there afterwards, but never gets a leader again, and its calls hang."""
        end = time.monotonic() + seconds
        while not any(
            inbox.encode() in path.read_bytes() for path in self.directory.glob("data/*/quorum/*/names.dets")
        ):
            if time.monotonic() > end:
                raise Unavailable(f"{inbox} is not in RabbitMQ's list of quorum inboxes on disk")
            time.sleep(0.1)

    def memory_limit(self, fraction: float) -> None:
        """Of this machine's memory; below what RabbitMQ uses it raises its alarm, and takes no message any more."""
        self.rabbitmqctl.run("set_vm_memory_high_watermark", str(fraction))

    def close(self) -> None:
        self.stop()
        assert self._epmd is not None
        subprocess.run([self._epmd, "-port", self._epmd_port, "-kill"], env=self.env, capture_output=True)
        super().close()

    def _spawn(self, log: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [f"{self._scripts}/rabbitmq-server"],
            env=self.env,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _check(self) -> None:
        check_broker(self.url)


class PrivatePostgreSQL(Private):
    """`disk`: a directory (a file system of its own, to be filled) that its data is put in; its log of changes is not."""

    _orderly = signal.SIGINT  # "fast": does not wait for clients

    def __init__(self, disk: Path | None = None) -> None:
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        initdb = shutil.which("initdb")
        programs = [*([Path(initdb).resolve().parent] if initdb else []), *reversed(versions)]
        self._programs = next((path for path in programs if (path / "postgres").exists()), None)
        if not self._programs:
            raise Unavailable("PostgreSQL is not installed here")
        super().__init__()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._data, wal = (disk or self.directory) / "data", self.directory / "wal"
        self._as: dict[str, Any] = {}
        for directory in (self._data, wal):
            directory.mkdir(mode=0o700)
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            user = next(user for user in pwd.getpwall() if user.pw_name in ("postgres", "nobody"))
            for directory in (self._data, wal):
                os.chown(directory, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        initdb_run = subprocess.run(
            [
                self._programs / "initdb",
                "-D",
                self._data,
                "-X",
                wal,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "-N",
            ],
            cwd=self.directory,
            capture_output=True,
            text=True,
            **self._as,
        )
        if initdb_run.returncode:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise Unavailable(f"initdb: {initdb_run.stderr.strip()}")

    def stop_at_once(self) -> None:
        """PostgreSQL's own `immediate`: without writing down what is in memory, as in a crash, but no process stays."""
        if self._process and self.runs():
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)

    def _spawn(self, log: Any) -> subprocess.Popen[bytes]:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        return subprocess.Popen(
            [f"{self._programs}/postgres", "-D", self._data, *(f"--{key}={value}" for key, value in settings.items())],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._as,
        )

    def _check(self) -> None:
        check_database(self.url)


def broker_binaries(say: Say) -> Broker:
    private = PrivateRabbitMQ()
    say("starting a private RabbitMQ ...")
    start_or(private.close, private.start)
    return Broker(private.url, "started privately", [private.rabbitmqctl], private.close)


def database_binaries(say: Say) -> Database:
    private = PrivatePostgreSQL()
    say("starting a private PostgreSQL ...")
    start_or(private.close, private.start)
    return Database(private.url, "started privately", private.close)


# --- the search -----------------------------------------------------------------------------------------------------

BROKERS = dict(zip(BRANCHES, (broker_env, broker_ports, broker_containers, broker_binaries), strict=True))
DATABASES = dict(zip(BRANCHES, (database_env, database_ports, database_containers, database_binaries), strict=True))


def first(what: str, branches: Mapping[str, Callable[[Say], Found]], variable: str, say: Say) -> Found:
    only = os.environ.get("PARLEY_TEST_SERVERS") or ("env" if os.environ.get(variable) else None)
    if only and only not in branches:
        raise ValueError(f"PARLEY_TEST_SERVERS={only}: it must be one of {', '.join(branches)}")
    reasons = []
    for name in [only] if only else branches:
        try:
            return branches[name](say)
        except Unavailable as reason:
            reasons.append(f"{name}: {reason}")
    raise Unavailable(f"no {what} ({'; '.join(reasons)})")


def find_servers(say: Say = lambda line: None) -> Servers:
    """Raises Unavailable. Whoever calls it closes what it returns."""
    broker = first("RabbitMQ", BROKERS, "PARLEY_TEST_BROKER_URL", say)
    try:
        return Servers(broker, first("PostgreSQL", DATABASES, "PARLEY_TEST_DATABASE_URL", say))
    except BaseException:
        broker.close()
        raise
