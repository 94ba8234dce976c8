"""RabbitMQ and PostgreSQL for the tests: found or started, used under names of this run's own, and left as they were.

Each of the two is looked for in this order, and the first that answers is taken:

1. `env`         the addresses in PARLEY_TEST_BROKER_URL and PARLEY_TEST_DATABASE_URL; a set address is the only one tried
2. `ports`       servers on this machine at their default ports, with their default users
3. `containers`  testcontainers, where a container engine answers and has or gets the images
4. `binaries`    what is installed here, started privately: own ports, own directories, nothing left at the end

PARLEY_TEST_SERVERS=<name> allows only that one. Two generations are meant to be used: Debian 12's RabbitMQ 3.10 and PostgreSQL 15 at
their ports, and 4.0 and 17 in containers (`PARLEY_TEST_SERVERS=containers`); a run says which versions it was.

Where tests run in several processes, the first one looks, and hands what it has found to the others (`Servers.handed`, `Servers.taken`).
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
from functools import cached_property
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
    OPS_QUESTIONS,
    PARTITIONS,
    ROUTER_QUESTIONS,
    crm_inbox,
    dead_inbox,
    letters_inbox,
    router_inbox,
    session_inbox,
)
from psycopg import sql

BROKER_IMAGE, DATABASE_IMAGE = "rabbitmq:4-management", "postgres:17"
BRANCHES = ("env", "ports", "containers", "binaries")
PORTS = range(20000, 32000)
"""Below those that systems give to outgoing connections: none of these takes one while a server is down."""

logging.getLogger("pika").setLevel(logging.CRITICAL)  # it reports each refused connection at length

Say = Callable[[str], None]
Found = TypeVar("Found")


class Unavailable(Exception):
    """Nothing answers there; the message says what was tried."""


_given: set[int] = set()


def free_port() -> int:
    """One that nobody listens at. Each of several test processes has a part of them for itself, and gives none twice."""
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    parts = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")) + 1
    number = (int(worker[1]) + 1 if worker else 0) % parts
    mine = PORTS[number * len(PORTS) // parts : (number + 1) * len(PORTS) // parts]
    for port in random.sample(mine, len(mine)):
        if port in _given:
            continue
        with closing(socket.socket()) as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            _given.add(port)
            return port
    raise OSError("no free port found")


def with_path(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(name, safe="")))


def nothing() -> None:
    pass


# --- what a test gets -----------------------------------------------------------------------------------------------


class Vhosts(Protocol):
    """A way to make virtual hosts; AMQP itself has none."""

    at_once: int
    """How many it makes, and removes, at the price of one."""

    def create(self, user: str, *names: str) -> None: ...
    def delete(self, *names: str) -> None: ...
    def handed(self) -> tuple[str, Any]:
        """Its kind and all that another process needs for it, in plain values (`WAYS`)."""


class Broker:
    """A RabbitMQ. Virtual hosts are made by the first of `ways` that works; if none does, all share the one in `url`,
    and `namespace` is a prefix that keeps this run's names apart there."""

    def __init__(self, url: str, found: str, ways: list[Vhosts], stop: Callable[[], None] = nothing) -> None:
        self.url, self.found, self.namespace = url, found, ""
        self._ways, self._stop = ways, stop
        self._ready: list[str] = []  # virtual hosts that are made and in nobody's hands, by name
        self._used: list[str] = []
        self._done_with: list[str] = []

    def new_vhost(self) -> str:
        """The URL of an empty virtual host."""
        if not self._ready:
            self._make_ready()
        if not self._ready:
            self.namespace = self.namespace or f"parley-test-{uuid4().hex[:12]}."
            return self.url
        self._used.append(name := self._ready.pop())
        return with_path(self.url, name)

    def _make_ready(self) -> None:
        """Some, by the first way that works; none where no way does."""
        while self._ways:
            names = [f"parley-test-{uuid4().hex[:12]}" for _ in range(self._ways[0].at_once)]
            try:
                self._ways[0].create(urlsplit(self.url).username or "guest", *names)
                check_broker(with_path(self.url, names[0]))  # the way may lead to another broker than the URL
            except (Unavailable, OSError, subprocess.SubprocessError, httpx.HTTPError):
                with suppress(OSError, subprocess.SubprocessError, httpx.HTTPError):
                    self._ways[0].delete(*names)
                del self._ways[0]
            else:
                self._ready += names
                return

    def drop_vhost(self, url: str) -> None:
        """Nobody uses it any more; it goes with the next few, or when the run ends."""
        name = urlsplit(url).path[1:]
        if name in self._used:
            self._used.remove(name)
            self._done_with.append(name)
            if len(self._done_with) >= self._ways[0].at_once:
                self._remove(self._done_with)

    def _remove(self, names: list[str]) -> None:
        if names:
            self._ways[0].delete(*names)
            names.clear()

    @cached_property
    def version(self) -> str:
        """What it says of itself."""
        with closing(pika.BlockingConnection(pika.URLParameters(self.url))) as connection:
            said = connection._impl.server_properties  # no part of pika's interface tells it
        version = said.get("version", b"?")
        return version.decode() if isinstance(version, bytes) else str(version)

    def handed(self) -> dict[str, Any]:
        """What another process needs to use it as well."""
        return {"url": self.url, "found": self.found, "ways": [list(way.handed()) for way in self._ways]}

    @classmethod
    def taken(cls, handed: Mapping[str, Any]) -> "Broker":
        return cls(handed["url"], handed["found"], [WAYS[kind](about) for kind, about in handed["ways"]])

    def close(self) -> None:
        try:
            self._remove([*self._ready, *self._used, *self._done_with])
            for names in (self._ready, self._used, self._done_with):
                names.clear()
        finally:
            stop, self._stop = self._stop, nothing
            stop()


class Database:
    """A PostgreSQL on which this run makes databases of its own."""

    def __init__(self, url: str, found: str, stop: Callable[[], None] = nothing) -> None:
        self.url, self.found = url, found
        self._stop = stop
        self._databases: list[str] = []
        self._again: str | None = None

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"parley_test_{uuid4().hex[:12]}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        self._databases.append(url := with_path(self.url, name))
        return url

    def emptied(self) -> str:
        """The URL of one that is empty; the same each time, as it takes a tenth of what it takes to make one."""
        if self._again is None:
            self._again = self.new_database()
            return self._again
        with psycopg.connect(self._again, autocommit=True, connect_timeout=10) as connection:
            there = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(f"SELECT pg_terminate_backend(pid, 10000) {there}")
            own = "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
            for (schema,) in connection.execute(own).fetchall():
                connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
            connection.execute("CREATE SCHEMA public")
        return self._again

    def drop_database(self, url: str) -> None:
        if url in self._databases:
            self._databases.remove(url)
            name = sql.Identifier(urlsplit(url).path[1:])
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    @cached_property
    def version(self) -> str:
        """What it says of itself."""
        with psycopg.connect(self.url, connect_timeout=10) as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0]).split()[0]  # type: ignore[index]

    def handed(self) -> dict[str, Any]:
        """What another process needs to use it as well."""
        return {"url": self.url, "found": self.found}

    @classmethod
    def taken(cls, handed: Mapping[str, Any]) -> "Database":
        return cls(handed["url"], handed["found"])

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
    """Both, for one run of the tests."""

    def __init__(self, broker: Broker, database: Database) -> None:
        self.broker, self.database = broker, database

    @cached_property
    def broker_url(self) -> str:
        """A virtual host of this run's own."""
        return self.broker.new_vhost()

    def __str__(self) -> str:
        shared = " (its virtual host is shared)" if self.namespace else ""
        broker, database = self.broker, self.database
        return f"RabbitMQ {broker.version} {broker.found}{shared}, PostgreSQL {database.version} {database.found}"

    def handed(self) -> dict[str, Any]:
        """What another process needs to use them as well."""
        return {"broker": self.broker.handed(), "database": self.database.handed()}

    @classmethod
    def taken(cls, handed: Mapping[str, Any]) -> "Servers":
        """What another process has handed on; it is also the one that stops them."""
        return cls(Broker.taken(handed["broker"]), Database.taken(handed["database"]))

    @property
    def namespace(self) -> str:
        return self.broker.namespace

    def new_vhost(self) -> str:
        return self.broker.new_vhost()

    def drop_vhost(self, url: str) -> None:
        self.broker.drop_vhost(url)

    def new_database(self) -> str:
        return self.database.new_database()

    def emptied_database(self) -> str:
        return self.database.emptied()

    def drop_database(self, url: str) -> None:
        self.database.drop_database(url)

    @contextmanager
    def room(self) -> Iterator[dict[str, str]]:
        """The product's settings for a virtual host and a database of its own."""
        broker_url, database_url = self.new_vhost(), self.new_database()
        try:
            yield {"PARLEY_BROKER_URL": broker_url, "PARLEY_DATABASE_URL": database_url}
        finally:
            self.drop_vhost(broker_url)
            self.drop_database(database_url)

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
    """By RabbitMQ's own command: `command`, and what stands before its arguments."""

    def __init__(self, *command: str, env: Mapping[str, str] | None = None) -> None:
        self.command, self.env = command or ("rabbitmqctl",), env

    def run(self, *arguments: str) -> None:
        command = [*self.command, "-q", *arguments]
        subprocess.run(command, env=self.env, check=True, capture_output=True, timeout=60)

    at_once = 4  # each command is an Erlang of its own, which costs more than what it does

    def create(self, user: str, *names: str) -> None:
        self._for_each(
            names,
            f'ok = rabbit_vhost:add(Name, <<"tests">>), ok = rabbit_auth_backend_internal:set_permissions('
            f'<<"{user}">>, Name, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)',
        )

    def delete(self, *names: str) -> None:
        self._for_each(names, 'rabbit_vhost:delete(Name, <<"tests">>)')

    def _for_each(self, names: tuple[str, ...], what: str) -> None:
        """What `add_vhost`, `set_permissions` and `delete_vhost` do, for several in one command."""
        listed = ", ".join(f'<<"{name}">>' for name in names)
        self.run("eval", f"[begin {what} end || Name <- [{listed}]].")

    def handed(self) -> tuple[str, Any]:
        return "rabbitmqctl", {"command": list(self.command), "env": self.env and dict(self.env)}


class ManagementApi:
    """By the HTTP API of RabbitMQ's management plugin."""

    def __init__(self, url: str) -> None:
        """`url`: with user and password."""
        self.url = url

    @classmethod
    def beside(cls, broker_url: str) -> "ManagementApi":
        """At its default port, on the broker's machine."""
        parts = urlsplit(broker_url)
        return cls(f"http://{parts.username or 'guest'}:{parts.password or 'guest'}@{parts.hostname}:15672")

    def _send(self, method: str, path: str, body: Any = None) -> None:
        url = f"{self.url}/api/{path}"
        httpx.request(method, url, json=body, timeout=10, trust_env=False, verify=False).raise_for_status()

    def check(self) -> None:
        """Does it answer? Raises Unavailable."""
        try:
            self._send("GET", "overview")
        except httpx.HTTPError as error:
            raise Unavailable(f"{shown(self.url)} does not answer ({type(error).__name__})") from error

    at_once = 1

    def create(self, user: str, *names: str) -> None:
        for name in names:
            self._send("PUT", f"vhosts/{name}", {})
            self._send("PUT", f"permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})

    def delete(self, *names: str) -> None:
        for name in names:
            self._send("DELETE", f"vhosts/{name}")

    def handed(self) -> tuple[str, Any]:
        return "management", self.url


WAYS: dict[str, Callable[[Any], Vhosts]] = {
    "management": ManagementApi,
    "rabbitmqctl": lambda about: Rabbitmqctl(*about["command"], env=about["env"]),
}


# --- 1, 2: servers that run already ---------------------------------------------------------------------------------


def running_broker(url: str, found: str) -> Broker:
    check_broker(url)
    return Broker(url, found, [ManagementApi.beside(url), Rabbitmqctl()])


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

        container = RabbitMqContainer(BROKER_IMAGE).with_exposed_ports(15672)
        start_or(container.stop, container.start)
        host = container.get_container_host_ip().replace("localhost", "127.0.0.1")
        url = f"amqp://guest:guest@{host}:{container.get_exposed_port(5672)}/"
        api = ManagementApi(f"http://guest:guest@{host}:{container.get_exposed_port(15672)}")
        with suppress(Unavailable):  # it listens a little later than the broker itself
            wait_until(api.check, lambda: True, 20)
        command = Rabbitmqctl("docker", "exec", str(container.get_wrapped_container().id), "rabbitmqctl")
        return Broker(url, "in a container", [api, command], container.stop)


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


def quorum_inboxes(*, ops: bool = False) -> list[str]:
    """The product's inboxes that outlive the broker: what a test that kills it lets settle first. `ops`: the operators' service is there, too."""
    kinds = (router_inbox, session_inbox, crm_inbox)
    services = ("router", "session", "crm-logger")
    of_services = [name(service) for service in services for name in (letters_inbox, dead_inbox)]
    of_ops = [OPS_QUESTIONS, dead_inbox("ops")] if ops else []
    parts = (inbox(partition) for partition in range(PARTITIONS) for inbox in kinds)
    return [*parts, *of_services, *of_ops, CRM_QUESTIONS, ROUTER_QUESTIONS]


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
        self.rabbitmqctl = Rabbitmqctl(str(self._scripts / "rabbitmqctl"), env=self.env)

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
    """`disk`: a directory (a file system of its own, to be filled) that its data is put in; its log of changes is not.
    `tls`: files with its certificate and its key. `standby_of`: it begins as a copy that follows that one."""

    _orderly = signal.SIGINT  # "fast": does not wait for clients

    def __init__(
        self,
        disk: Path | None = None,
        tls: tuple[Path, Path] | None = None,
        standby_of: "PrivatePostgreSQL | None" = None,
    ) -> None:
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        initdb = shutil.which("initdb")
        programs = [*([Path(initdb).resolve().parent] if initdb else []), *reversed(versions)]
        self._programs = next((path for path in programs if (path / "postgres").exists()), None)
        if not self._programs:
            raise Unavailable("PostgreSQL is not installed here")
        super().__init__()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._settings: dict[str, Any] = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        self._data, wal = (disk or self.directory) / "data", self.directory / "wal"
        self._as: dict[str, Any] = {}
        for directory in (self._data, wal):
            directory.mkdir(mode=0o700)
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            user = next(user for user in pwd.getpwall() if user.pw_name in ("postgres", "nobody"))
            for directory in (self._data, wal):
                os.chown(directory, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        for name, file in zip(("ssl_cert_file", "ssl_key_file"), tls or (), strict=False):
            self._settings |= {"ssl": "on", name: self._own(file)}
        if standby_of is not None:
            self._run("pg_basebackup", "-d", standby_of.url, "-D", self._data, "--waldir", wal, "-R", "-c", "fast")
        else:
            locale = ("-E", "UTF8", "--no-locale")
            self._run("initdb", "-D", self._data, "-X", wal, "-U", "postgres", "-A", "trust", *locale, "-N")

    def _run(self, program: str, *arguments: str | Path) -> None:
        assert self._programs is not None
        run = subprocess.run(
            [self._programs / program, *arguments], cwd=self.directory, capture_output=True, text=True, **self._as
        )
        if run.returncode:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise Unavailable(f"{program}: {run.stderr.strip()}")

    def _own(self, file: Path) -> Path:
        """A copy that only the server can read: it takes no other as its key."""
        own = self.directory / file.name
        shutil.copyfile(file, own)
        own.chmod(0o600)
        if self._as:
            os.chown(own, self._as["user"], self._as["group"])
        return own

    def promote(self) -> None:
        """A standby follows nobody any more."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def stop_at_once(self) -> None:
        """PostgreSQL's own `immediate`: without writing down what is in memory, as in a crash, but no process stays."""
        if self._process and self.runs():
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)

    def _spawn(self, log: Any) -> subprocess.Popen[bytes]:
        settings = (f"--{key}={value}" for key, value in self._settings.items())
        return subprocess.Popen(
            [f"{self._programs}/postgres", "-D", self._data, *settings],
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


# --- the same in containers -----------------------------------------------------------------------------------------


class Contained(ABC):
    """As `Private`, in a container: a test may kill it and start it again; its port and its data stay."""

    base: str
    """Its image."""

    inside: int
    """The port in the container."""

    url: str

    def __init__(self, say: Say = lambda line: None, **settings: Any) -> None:
        self.port = free_port()
        with image(self.base, say):
            import docker

            self._engine = docker.from_env()
            self.container = self._engine.containers.create(
                self.base, ports={f"{self.inside}/tcp": ("127.0.0.1", self.port)}, **settings
            )

    def start(self, seconds: float = 60) -> None:
        """Returns when it answers. Raises Unavailable with the end of its log."""
        self.container.start()
        try:
            wait_until(self._check, self.runs, seconds)
        except Unavailable as error:
            said = self.container.logs(tail=20).decode(errors="replace")
            raise Unavailable(f"{error}; the end of its log:\n{said}") from error

    def stop(self) -> None:
        """In an orderly way, or by force after 20 s."""
        if self.runs():
            self._ask_to_stop()
            if not self._ends_within(20):
                self.kill()

    def runs(self) -> bool:
        self.container.reload()
        return bool(self.container.status == "running")

    def kill(self) -> None:
        """As in a crash."""
        if self.runs():
            self.container.kill()
            self._ends_within(20)

    def close(self) -> None:
        self.container.remove(force=True, v=True)
        self._engine.close()

    def _ends_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.runs():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    @abstractmethod
    def _ask_to_stop(self) -> None: ...

    @abstractmethod
    def _check(self) -> None: ...


class ContainedRabbitMQ(Contained):
    base, inside = BROKER_IMAGE, 5672

    def __init__(self, say: Say = lambda line: None) -> None:
        super().__init__(say, hostname="broker")  # its data is kept under this name
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self.rabbitmqctl = Rabbitmqctl("docker", "exec", str(self.container.id), "rabbitmqctl")

    def settle(self, inbox: str, seconds: float = 20) -> None:
        """As with a private one: until RabbitMQ's list of its quorum inboxes on disk has it."""
        end = time.monotonic() + seconds
        look = ["sh", "-c", f"grep -qF '{inbox}' /var/lib/rabbitmq/mnesia/*/quorum/*/names.dets"]
        while self.container.exec_run(look).exit_code:
            if time.monotonic() > end:
                raise Unavailable(f"{inbox} is not in RabbitMQ's list of quorum inboxes on disk")
            time.sleep(0.1)

    def memory_limit(self, fraction: float) -> None:
        """As with a private one."""
        self.rabbitmqctl.run("set_vm_memory_high_watermark", str(fraction))

    def _ask_to_stop(self) -> None:
        with suppress(subprocess.SubprocessError):  # it ends with the container
            self.rabbitmqctl.run("stop")

    def _check(self) -> None:
        check_broker(self.url)


class ContainedPostgreSQL(Contained):
    base, inside = DATABASE_IMAGE, 5432

    def __init__(self, say: Say = lambda line: None) -> None:
        super().__init__(say, environment={"POSTGRES_PASSWORD": "test"})
        self.url = f"postgresql://postgres:test@127.0.0.1:{self.port}/postgres"

    def stop_at_once(self) -> None:
        """PostgreSQL's own `immediate`."""
        if self.runs():
            self.container.kill("SIGQUIT")
            self._ends_within(20)

    def _ask_to_stop(self) -> None:
        self.container.kill("SIGINT")  # "fast": does not wait for clients

    def _check(self) -> None:
        check_database(self.url)


OwnRabbitMQ = PrivateRabbitMQ | ContainedRabbitMQ
OwnPostgreSQL = PrivatePostgreSQL | ContainedPostgreSQL


def own_servers(say: Say = lambda line: None) -> tuple[OwnRabbitMQ, OwnPostgreSQL]:
    """For tests that kill them: in containers where only those are allowed, else as installed here. Raises Unavailable."""
    in_containers = os.environ.get("PARLEY_TEST_SERVERS") == "containers"
    broker = ContainedRabbitMQ(say) if in_containers else PrivateRabbitMQ()
    try:
        return broker, ContainedPostgreSQL(say) if in_containers else PrivatePostgreSQL()
    except BaseException:
        broker.close()
        raise


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
