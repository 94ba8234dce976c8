"""What all tests share, those in tests/ and those beside their units: RabbitMQ and PostgreSQL (`servers`, `broker_url`, `database_url`, `fresh_vhost`, `own_servers`), and the
whole product (`demo_process`, `compose_stack`, `parley_url`).

A test that uses the servers or the containers gets the marker `servers` or `compose` from that, and the other way round. Where they
are missing, these tests are skipped and the end of the run says so once, in red; PARLEY_REQUIRE_SERVERS=1 and PARLEY_REQUIRE_CONTAINERS=1
make them fail instead."""

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tests"))

from running import DEMO, ComposeStack, Demo
from servers import PrivatePostgreSQL, PrivateRabbitMQ, Say, Servers, Unavailable, find_servers

NEEDS = {"servers": "servers", "own_servers": "servers", "compose_stack": "compose"}  # fixture: marker
LOGS = pytest.StashKey[dict[str, Callable[[], str]]]()  # what runs: the end of what it said
NOTICES = pytest.StashKey[dict[str, str]]()  # subject: what the end of the run says about it


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOTICES] = {}
    config.stash[LOGS] = {}
    # Whoever ends the run with SIGTERM gets it cleaned up as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures: list[str] = getattr(item, "fixturenames", [])
        for fixture, marker in NEEDS.items():
            if fixture in fixtures and not item.get_closest_marker(marker):
                item.add_marker(marker)
        for fixture, marker in (("servers", "servers"), ("compose_stack", "compose")):
            if item.get_closest_marker(marker) and not {name for name in NEEDS if NEEDS[name] == marker} & {*fixtures}:
                item.fixturenames = [fixture, *fixtures]  # type: ignore[attr-defined]  # the old list is shared with other items


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and {"demo_process", "compose_stack", "parley_url"} & set(getattr(item, "fixturenames", [])):
        report.sections += [(f"What {name} said", said()) for name, said in item.config.stash[LOGS].items()]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for subject, notice in config.stash[NOTICES].items():
        bad = notice.startswith("MISSING")
        terminalreporter.write_line(f"{subject}: {notice}", red=bad, bold=bad)


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Say:
    """Shows a line at once, past pytest's capture: for what takes long."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    terminal = pytestconfig.pluginmanager.getplugin("terminalreporter")

    def show(line: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(f"  {line}")

    return show


def missing(config: pytest.Config, subject: str, reason: Unavailable, required_by: str) -> NoReturn:
    """Skips, or fails where they are required; loud either way."""
    required = os.environ.get(required_by) == "1"
    what = f"failed, as {required_by}=1" if required else f"were SKIPPED ({required_by}=1 makes them fail)"
    config.stash[NOTICES][subject] = f"MISSING, so the tests that need them {what}: {reason}"
    if required:
        raise pytest.fail.Exception(f"{subject}: {reason}", pytrace=False) from None
    pytest.skip(f"{subject}: missing")


# --- RabbitMQ and PostgreSQL ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config, say: Say) -> Iterator[Servers]:
    try:
        found = find_servers(say)
    except Unavailable as reason:
        missing(pytestconfig, "RabbitMQ and PostgreSQL", reason, "PARLEY_REQUIRE_SERVERS")
    pytestconfig.stash[NOTICES]["RabbitMQ and PostgreSQL"] = str(found)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def broker_url(servers: Servers) -> Iterator[str]:
    """A virtual host for the module's tests."""
    url = servers.new_vhost()
    yield url
    servers.drop_vhost(url)


@pytest.fixture
def fresh_vhost(servers: Servers) -> Iterator[Callable[[], str]]:
    """Makes empty virtual hosts (0.6 s each) that go with the test."""
    with ExitStack() as used:

        def make() -> str:
            url = servers.new_vhost()
            used.callback(servers.drop_vhost, url)
            return url

        yield make


@pytest.fixture
def database_url(servers: Servers) -> Iterator[str]:
    """An empty database for the test."""
    url = servers.new_database()
    yield url
    servers.drop_database(url)


@pytest.fixture(scope="session")
def _own_servers(pytestconfig: pytest.Config, say: Say) -> Iterator[tuple[PrivateRabbitMQ, PrivatePostgreSQL]]:
    with ExitStack() as used:
        try:
            broker = PrivateRabbitMQ()
            used.callback(broker.close)
            database = PrivatePostgreSQL()
            used.callback(database.close)
        except Unavailable as reason:
            missing(pytestconfig, "Own RabbitMQ and PostgreSQL", reason, "PARLEY_REQUIRE_SERVERS")
        say("own RabbitMQ and PostgreSQL, for tests that kill them")
        yield broker, database


@pytest.fixture
def own_servers(
    _own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL],
) -> tuple[PrivateRabbitMQ, PrivatePostgreSQL]:
    """A RabbitMQ and a PostgreSQL that the test may kill() and start() again. They run when it begins; what earlier tests
    stored is still in them."""
    for private in _own_servers:
        if not private.runs():
            private.start()
    return _own_servers


# --- the whole product ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def demo_command() -> tuple[str, ...]:
    return DEMO


DemoFactory = Callable[..., Demo]


@pytest.fixture(scope="module")
def demo_process(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, demo_command: tuple[str, ...]
) -> Iterator[DemoFactory]:
    """`demo_process(env={}, data=None, start=True)` gives a Demo (url, port, data, output, start, stop, kill, restart). All of a
    module's are stopped at its end."""
    logs = pytestconfig.stash[LOGS]
    made: list[Demo] = []

    def make(env: Mapping[str, str] | None = None, data: Path | None = None, start: bool = True) -> Demo:
        demo = Demo(data or tmp_path_factory.mktemp("parley"), env or {}, demo_command)
        made.append(demo)
        logs[f"the demo at {demo.url}"] = lambda: demo.output
        if start:
            demo.start()
        return demo

    yield make
    for demo in made:
        del logs[f"the demo at {demo.url}"]
        demo.stop()


@pytest.fixture(scope="session")
def compose_stack(pytestconfig: pytest.Config, say: Say) -> Iterator[ComposeStack]:
    """docker-compose.yml, built and ready, on a free port. One for the whole run: what earlier tests did is still in it."""
    try:
        stack = ComposeStack(say)
    except Unavailable as reason:
        missing(pytestconfig, "Containers", reason, "PARLEY_REQUIRE_CONTAINERS")
    try:
        stack.up()
        pytestconfig.stash[LOGS]["the containers"] = stack.logs
        yield stack
    finally:
        pytestconfig.stash[LOGS].pop("the containers", None)
        stack.down()


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("servers", marks=pytest.mark.servers),
        pytest.param("compose", marks=pytest.mark.compose),
    ],
)
def parley_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the running product with its demonstration, in each of the three set-ups: one process on SQLite, one process on
    RabbitMQ and PostgreSQL, containers. A module that wants fewer: `parametrize("parley_url", ["sqlite"], indirect=True, scope="module")`."""
    if request.param == "compose":
        yield request.getfixturevalue("compose_stack").url
        return
    with ExitStack() as used:
        env = {}
        if request.param == "servers":
            servers: Servers = request.getfixturevalue("servers")
            env = {"PARLEY_BROKER_URL": servers.new_vhost(), "PARLEY_DATABASE_URL": servers.new_database()}
            used.callback(servers.drop_vhost, env["PARLEY_BROKER_URL"])
            used.callback(servers.drop_database, env["PARLEY_DATABASE_URL"])
        demo: Demo = request.getfixturevalue("demo_process")(env)
        used.callback(demo.stop)
        yield demo.url
