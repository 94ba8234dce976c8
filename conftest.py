"""What all tests share, those in tests/ and those beside their units: RabbitMQ and PostgreSQL (`servers`, `broker_url`, `database_url`, `fresh_vhost`, `own_servers`), and the
whole product (`demo_process`, `compose_stack`, `parley_url`).

A test that uses the servers, the containers or the browser gets the marker `servers`, `compose` or `browser` from that, and the other way round. Where they
are missing, these tests are skipped and the end of the run says so once, in red; PARLEY_REQUIRE_SERVERS=1, PARLEY_REQUIRE_CONTAINERS=1,
PARLEY_REQUIRE_BROWSER=1, PARLEY_REQUIRE_NODE=1 and PARLEY_REQUIRE_NGINX=1 make them fail instead.

Tests run in one process, or in several at once (`-n 4`): then the first process looks for the servers and hands them on, and what a module has
set up stays in one process with its tests (`scheduling.py`).
"""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tests"))

import servers as search
from provider import Provider
from running import DEMO, ComposeStack, Demo
from servers import Broker, Database, OwnPostgreSQL, OwnRabbitMQ, Say, Servers, Unavailable
from short_form import WHOLE_PRODUCT, is_a_journey, run_on_the_other_store

NEEDS = {"servers": "servers", "own_servers": "servers", "compose_stack": "compose", "browser": "browser"}
"""Fixture: its marker."""

SETUPS = ("product", "parley_url", "set_up")
"""Fixtures that are the whole product in one set-up of several, or its name."""

FIRST = (
    "tests/browser/test_cut_to_pieces.py",
    "tests/faults",
    "tests/compose",
    "tests/e2e",
    "tests/search",
    "tests/browser",
    "tests/theory",
    "services/router",
)
"""What takes longest begins first where several processes work: none is left with it at the end."""

CLEANED_UP_WITHIN_S = 60
FOUND = pytest.StashKey[Servers | Unavailable]()  # the servers, or why there are none
COLLECTED = pytest.StashKey[
    list[tuple[str, bool]]
]()  # every test that there is: its name, and whether `make test` runs it
LOGS = pytest.StashKey[dict[str, Callable[[], str]]]()  # what runs: the end of what it said
NOTICES = pytest.StashKey[dict[str, str]]()  # subject: what the end of the run says about it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--short", action="store_true", help="the short form: each rule and each guarantee, in minutes")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOTICES] = {}
    config.stash[LOGS] = {}
    config.pluginmanager.register(others := Others())

    run = os.getpid()

    def end(number: int, frame: object) -> None:
        """Whoever ends the run with SIGTERM gets it cleaned up as after Ctrl-C, which every process hears by itself; and only once."""
        if os.getpid() != run:  # told so in the moment between being forked and `_as_a_process_of_its_own`
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            return os.kill(os.getpid(), signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        others.tell(signal.SIGTERM)
        return os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGTERM, end)
    os.register_at_fork(after_in_child=_as_a_process_of_its_own)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored


def _as_a_process_of_its_own() -> None:
    """A process that a test forks ends when it is told to: the handler of the run is not its business."""
    if signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def pytest_unconfigure(config: pytest.Config) -> None:
    found = config.stash.get(FOUND, None)
    if isinstance(found, Servers):
        found.close()


class Others:
    """The other processes of the run. When it is interrupted they clean up what they have started, before xdist ends them for good."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        self._nodes.append(node)

    def tell(self, signal: int) -> None:
        for node in self._running():
            with suppress(ProcessLookupError):
                os.kill(node.gateway._rinfo().pid, signal)

    def pytest_keyboard_interrupt(self) -> None:
        end = time.monotonic() + CLEANED_UP_WITHIN_S
        while self._running() and time.monotonic() < end:
            time.sleep(0.1)

    def _running(self) -> list[Any]:
        return [node for node in self._nodes if not node.channel.isclosed()]


# --- several processes ----------------------------------------------------------------------------------------------


def look_for_servers(config: pytest.Config) -> Servers | Unavailable:
    """Once a run, by the process that began it; the others are told."""
    if FOUND not in config.stash:
        told: dict[str, Any] | None = getattr(config, "workerinput", {}).get("servers")
        try:
            if told and "missing" in told:
                raise Unavailable(told["missing"])
            config.stash[FOUND] = Servers.taken(told) if told else search.find_servers(speaker(config))
        except Unavailable as reason:
            config.stash[FOUND] = reason
    return config.stash[FOUND]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: more than there are cores, as many tests wait most of the time; PARLEY_TEST_PROCESSES says how many."""
    return int(os.environ.get("PARLEY_TEST_PROCESSES", 2 * (os.cpu_count() or 1)))


def are_found(config: pytest.Config) -> bool:
    return isinstance(look_for_servers(config), Servers)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist, before another process begins."""
    found = look_for_servers(node.config)
    node.workerinput["servers"] = found.handed() if isinstance(found, Servers) else {"missing": str(found)}


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["notices"] = dict(session.config.stash[NOTICES])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """xdist, when another process has ended: what it has to say is said at the end of the run."""
    node.config.stash[NOTICES].update((getattr(node, "workeroutput", None) or {}).get("notices", {}))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from scheduling import ByGroup

    return ByGroup(config, log)


def rank(item: pytest.Item) -> int:
    """Where it stands in FIRST."""
    return next((number for number, path in enumerate(FIRST) if item.nodeid.startswith(path)), len(FIRST))


def pytest_collection() -> None:
    """How long an example takes says nothing where other tests run beside it: Hypothesis has no deadline."""
    from hypothesis import HealthCheck, settings

    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")


# --- which tests there are ------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The set-ups of the whole product. What differs by store (`stores`) is tested on both, in the short form on the servers; everything
    else on one: the servers where they are found, in the short form SQLite, which starts in less time. A `parley_url` that a module
    does not choose itself is tested in containers as well."""
    chosen = {name for mark in metafunc.definition.iter_markers("parametrize") for name in str(mark.args[0]).split(",")}
    short = metafunc.config.option.short
    for fixture in {*SETUPS} & {*metafunc.fixturenames} - chosen:
        found = are_found(metafunc.config)
        both = metafunc.definition.get_closest_marker("stores") is not None
        setups: list[Any] = []
        if both or short or not found:
            setups.append(pytest.param("sqlite", marks=[pytest.mark.slow] if both and found else []))
        if both or (found and not short):
            setups.append(pytest.param("servers", marks=pytest.mark.servers))
        if fixture == "parley_url":
            setups.append(pytest.param("compose", marks=pytest.mark.compose))
        metafunc.parametrize(fixture, setups, indirect=True, scope="module")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Before any plugin: pytest reads the markers."""
    for item in items:
        fixtures: list[str] = getattr(item, "fixturenames", [])
        for fixture, marker in NEEDS.items():
            if fixture in fixtures and not item.get_closest_marker(marker):
                item.add_marker(marker)
        for fixture, marker in (("servers", "servers"), ("compose_stack", "compose")):
            if item.get_closest_marker(marker) and not {name for name in NEEDS if NEEDS[name] == marker} & {*fixtures}:
                item.fixturenames = [fixture, *fixtures]  # type: ignore[attr-defined]  # the old list is shared with other items
        if item.get_closest_marker("servers") and item.nodeid.startswith(("libs/", "services/")):
            item.add_marker("stores")  # beside the units, servers are used directly
    short = {item.nodeid for item in items if is_short(item)}
    if are_found(config):
        short -= run_on_the_other_store(item.nodeid for item in items if item.nodeid in short)
    config.stash[COLLECTED] = [(item.nodeid, item.nodeid in short) for item in items]
    if config.option.short:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in short])
        items[:] = [item for item in items if item.nodeid in short]
    if hasattr(config, "workerinput"):
        items.sort(key=rank)
    yield


def is_short(item: pytest.Item) -> bool:
    """May it belong to the short form?"""
    if any(item.get_closest_marker(marker) for marker in ("slow", "compose")):
        return False
    return is_a_journey(item.nodeid) or not item.nodeid.startswith(WHOLE_PRODUCT)


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
    if config.option.xmlpath:
        report_durations(terminalreporter, Path(config.option.xmlpath).with_suffix(".txt"))


def report_durations(terminal: pytest.TerminalReporter, path: Path) -> None:
    """The slowest tests and modules, with what they set up: ten on the screen, all that take a tenth of a second in a file."""
    tests: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for report in (
        report for kind in terminal.stats.values() for report in kind if isinstance(report, pytest.TestReport)
    ):
        tests[report.nodeid] += report.duration
        modules[report.nodeid.partition("::")[0]] += report.duration
    lines = [f"{seconds:8.1f} s  {name}" for name, seconds in tests.most_common() if seconds > 0.1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*(f"{s:8.1f} s  {name}" for name, s in modules.most_common()), "", *lines, ""]))
    terminal.section("slowest ten")
    for line in lines[:10]:
        terminal.write_line(line)


def speaker(config: pytest.Config) -> Say:
    """Shows a line at once, past pytest's capture."""
    capture = config.pluginmanager.getplugin("capturemanager")
    terminal = config.pluginmanager.getplugin("terminalreporter")

    def show(line: str) -> None:
        if capture is None:
            return
        with capture.global_and_fixture_disabled():
            if terminal is None:  # one of several processes
                sys.stderr.write(f"\n  {line}\n")
            else:
                terminal.ensure_newline()
                terminal.write_line(f"  {line}")

    return show


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Say:
    """Shows a line at once: for what takes long."""
    return speaker(pytestconfig)


def do_without(config: pytest.Config, subject: str, reason: Unavailable, required_by: str) -> NoReturn:
    """Skips, or fails where they are required; loud either way."""
    required = os.environ.get(required_by) == "1"
    what = f"failed, as {required_by}=1" if required else f"were SKIPPED ({required_by}=1 makes them fail)"
    config.stash[NOTICES][subject] = f"MISSING, so the tests that need them {what}: {reason}"
    if required:
        raise pytest.fail.Exception(f"{subject}: {reason}", pytrace=False) from None
    pytest.skip(f"{subject}: missing")


@pytest.fixture(scope="session")
def collected(pytestconfig: pytest.Config) -> list[tuple[str, bool]]:
    """Every test that this run has found: its name, and whether it belongs to the short form."""
    return pytestconfig.stash[COLLECTED]


@pytest.fixture(scope="session")
def missing(pytestconfig: pytest.Config) -> Callable[[str, Unavailable, str], NoReturn]:
    """`missing("What", Unavailable("why"), "PARLEY_REQUIRE_WHAT")`: what `do_without` does."""
    return partial(do_without, pytestconfig)


@pytest.fixture(scope="session")
def notice(pytestconfig: pytest.Config) -> Callable[[str, str], None]:
    """`notice("Subject", "what the end of the run says about it")`: in red where that begins with MISSING."""
    return pytestconfig.stash[NOTICES].__setitem__


@pytest.fixture(scope="session")
def provider(missing: Callable[..., NoReturn], tmp_path_factory: pytest.TempPathFactory) -> Provider:
    """A real provider of logins, to be run."""
    return Provider.installed(tmp_path_factory.mktemp("oidc"), missing)


# --- RabbitMQ and PostgreSQL ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    found = look_for_servers(pytestconfig)
    if isinstance(found, Unavailable):
        do_without(pytestconfig, "RabbitMQ and PostgreSQL", found, "PARLEY_REQUIRE_SERVERS")
    pytestconfig.stash[NOTICES]["RabbitMQ and PostgreSQL"] = str(found)
    return found


@pytest.fixture(scope="module")
def broker_url(servers: Servers) -> Iterator[str]:
    """A virtual host for the module's tests."""
    url = servers.new_vhost()
    yield url
    servers.drop_vhost(url)


@pytest.fixture
def fresh_vhost(servers: Servers) -> Iterator[Callable[[], str]]:
    """Makes empty virtual hosts that go with the test."""
    with ExitStack() as used:

        def make() -> str:
            url = servers.new_vhost()
            used.callback(servers.drop_vhost, url)
            return url

        yield make


@pytest.fixture
def database_url(servers: Servers) -> str:
    """An empty database for the test."""
    return servers.emptied_database()


@pytest.fixture(scope="module")
def found_room(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The product's settings for the servers where they are found; none, for SQLite, where not."""
    with ExitStack() as used:
        found = are_found(request.config)
        yield used.enter_context(request.getfixturevalue("servers").room()) if found else {}


@pytest.fixture(scope="session")
def _own_servers(pytestconfig: pytest.Config, say: Say) -> Iterator[tuple[OwnRabbitMQ, OwnPostgreSQL]]:
    try:
        broker, database = own = search.own_servers(say)
    except Unavailable as reason:
        do_without(pytestconfig, "Own RabbitMQ and PostgreSQL", reason, "PARLEY_REQUIRE_SERVERS")
    say("own RabbitMQ and PostgreSQL, for tests that kill them")
    with closing(broker), closing(database):
        yield own


@pytest.fixture
def own_servers(
    pytestconfig: pytest.Config, _own_servers: tuple[OwnRabbitMQ, OwnPostgreSQL]
) -> tuple[OwnRabbitMQ, OwnPostgreSQL]:
    """A RabbitMQ and a PostgreSQL that the test may kill() and start() again. They run when it begins; what earlier tests
    stored is still in them."""
    for own in _own_servers:
        if not own.runs():
            own.start()
    if "Own RabbitMQ and PostgreSQL" not in pytestconfig.stash[NOTICES]:
        broker, database = Broker(_own_servers[0].url, "", []), Database(_own_servers[1].url, "")
        versions = f"RabbitMQ {broker.version}, PostgreSQL {database.version}"
        pytestconfig.stash[NOTICES]["Own RabbitMQ and PostgreSQL"] = f"{versions}, for tests that kill them"
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
        do_without(pytestconfig, "Containers", reason, "PARLEY_REQUIRE_CONTAINERS")
    try:
        stack.up()
        pytestconfig.stash[LOGS]["the containers"] = stack.logs
        yield stack
    finally:
        pytestconfig.stash[LOGS].pop("the containers", None)
        stack.down()


@pytest.fixture(scope="module")
def set_up(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `servers`, for a test that makes the product itself."""
    return str(request.param)


@pytest.fixture(scope="module")
def parley_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the running product with its demonstration: one process on SQLite (`sqlite`), one process on RabbitMQ and
    PostgreSQL (`servers`), on these where they are and else on SQLite (`found`), containers (`compose`). A module that wants others than
    `pytest_generate_tests` gives it: `parametrize("parley_url", ["sqlite"], indirect=True, scope="module")`."""
    if request.param == "compose":
        yield request.getfixturevalue("compose_stack").url
        return
    with ExitStack() as used:
        env: dict[str, str] = {}
        if request.param == "servers":
            env = used.enter_context(request.getfixturevalue("servers").room())
        if request.param == "found":
            env = request.getfixturevalue("found_room")
        demo: Demo = request.getfixturevalue("demo_process")(env)
        used.callback(demo.stop)
        yield demo.url
