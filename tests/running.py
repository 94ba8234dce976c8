"""The product as a whole, as tests run it: as one process (`Demo`) or as containers (`ComposeStack`)."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import httpx
from servers import Say, Unavailable, free_port

ROOT = Path(__file__).parent.parent
LAUNCH = str(Path(__file__).with_name("launch.py"))
DEMO = (sys.executable, LAUNCH, "parley_ops", "demo")


UNLIMITED = {
    f"PARLEY_{name}": "0"
    for name in (
        "SOCKETS_PER_ADDRESS",
        "STARTS_AT_ONCE",
        "TOKEN_STARTS_AT_ONCE",
        "RESUMES_AT_ONCE",
        "CHAT_RESUMES_AT_ONCE",
        "MESSAGES_AT_ONCE",
        "TOKEN_MESSAGES_AT_ONCE",
    )
}
"""In tests and measurements a whole town speaks from one address. A test of a limit sets it."""


def foreign_environment() -> dict[str, str]:
    """What a child inherits: nothing that is meant for the product, and no limit of what comes from one address."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PARLEY_")}
    return {**inherited, **UNLIMITED}


class Demo:
    """`parley demo`: every service in one process. With servers' URLs in `env` on those, else on SQLite in `data`.
    Started again it has the same port, settings and data."""

    def __init__(self, data: Path, env: Mapping[str, str], command: Sequence[str] = DEMO) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = data
        self._command = command
        own = {"PARLEY_PORT": str(self.port), "PARLEY_DATA": str(data), "PARLEY_DEMO_MAIL": "0", "PARLEY_UNDO_S": "0"}
        self._env = {**foreign_environment(), **own, **env}
        self._process: subprocess.Popen[str] | None = None
        self._lines: deque[str] = deque(maxlen=200)

    @property
    def output(self) -> str:
        """The last lines that it wrote, in all its lives."""
        return "\n".join(self._lines)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, seconds: float = 60) -> None:
        """Returns when it is ready. Raises AssertionError with its output."""
        assert not self.runs(), "it runs already"
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={**self._env, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        heard, ready = threading.Event(), threading.Event()
        reader = threading.Thread(target=self._read, args=(self._process, heard, ready), daemon=True)
        reader.start()
        heard.wait(seconds)
        if not ready.is_set():
            self.kill()
            reader.join(5)
            raise AssertionError(f"the demo did not say that it is ready at {self.url}; it said:\n{self.output}")

    def _read(self, process: "subprocess.Popen[str]", heard: threading.Event, ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._lines.append(line.rstrip())
                if line.startswith(f"ready: {self.url}"):
                    ready.set()
                    heard.set()
        heard.set()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """In an orderly way, or by force after 10 s."""
        if self._process and self.runs():
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._lines.append("(it did not end within 10 s of SIGTERM and was killed)")
                self.kill()

    def kill(self) -> None:
        """As in a crash."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()


class ComposeStack:
    """docker-compose.yml under a project name and a port of its own."""

    def __init__(self, say: Say, directory: Path = ROOT) -> None:
        self.say, self.directory = say, directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.project = f"parley-test-{uuid4().hex[:8]}"
        self._compose = compose_command()
        self._env = {**foreign_environment(), "PARLEY_PORT": str(self.port), "COMPOSE_ANSI": "never"}
        for image in self.base_images():
            if subprocess.run(["docker", "image", "inspect", image], capture_output=True).returncode:
                self.say(f"pulling {image} ...")
                pull = subprocess.run(["docker", "pull", "-q", image], capture_output=True, text=True, timeout=600)
                if pull.returncode:
                    raise Unavailable(f"{image} is not here and cannot be pulled: {pull.stderr.strip()}")

    def base_images(self) -> set[str]:
        """What comes from a registry, by the Compose file and the Dockerfile."""
        compose = (self.directory / "docker-compose.yml").read_text().splitlines()
        named = {line.split()[1] for line in compose if line.strip().startswith("image:")}
        dockerfile = (self.directory / "services" / "Dockerfile").read_text().splitlines()
        bases = {line.split()[1] for line in dockerfile if line.startswith("FROM ")}
        return bases | {name for name in named if ":" in name}

    def compose(self, *arguments: str, seconds: float = 120) -> str:
        """What the command printed. Raises AssertionError with it."""
        command = [*self._compose, "-p", self.project, *arguments]
        run = subprocess.run(
            command,
            cwd=self.directory,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
        )
        assert run.returncode == 0, f"{' '.join(arguments)}: exit status {run.returncode}\n{run.stdout[-4000:]}"
        return run.stdout

    def up(self) -> None:
        """Builds, starts, and returns when the gateway is ready. Raises AssertionError with the services' logs."""
        self.say(f"building the images (project {self.project}) ...")
        self.compose("build", seconds=900)
        self.say("starting the containers ...")
        try:
            self.compose("up", "-d", seconds=300)
            self.wait_ready()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            raise AssertionError(f"{error}\n{self.logs()}") from error

    def wait_ready(self, seconds: float = 120) -> None:
        """Until /readyz answers 200."""
        self._wait(self.ready, f"{self.url}/readyz = 200", seconds)

    def wait_healthy(self, seconds: float = 120) -> None:
        """Until every container is healthy by its own health check; one that has done its work counts as well."""
        names = self.services()
        self._wait(
            lambda: all(self.state(name) in ("healthy", "done") for name in names),
            "every container to be healthy",
            seconds,
        )

    def _wait(self, reached: Callable[[], bool], what: str, seconds: float) -> None:
        """Says every 10 s what the containers do; raises AssertionError after `seconds`."""
        begin = said = time.monotonic()
        while not reached():
            now = time.monotonic()
            states = ", ".join(f"{name} {self.state(name)}" for name in self.services())
            assert now - begin < seconds, f"waited {seconds:.0f} s for {what}: {states}"
            if now - said > 10:
                said = now
                self.say(f"waiting for {what} since {now - begin:.0f} s: {states}")
            time.sleep(0.5)

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, verify=False).status_code == 200
        except httpx.HTTPError:
            return False

    def services(self) -> list[str]:
        """Those that have a container, whatever has become of it."""
        labels = (f"project={self.project}", "oneoff=False")
        filters = [part for label in labels for part in ("--filter", f"label=com.docker.compose.{label}")]
        command = ["docker", "ps", "--all", *filters, "--format", '{{.Label "com.docker.compose.service"}}']
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        return sorted({*done.stdout.split()})

    def container(self, service: str) -> str:
        """Its id."""
        found = self.compose("ps", "-q", "--all", service).split()
        assert found, f"{service} has no container"
        return found[-1]

    def state(self, service: str) -> str:
        """`healthy`, `unhealthy`, `starting`, `done` with what it does once, or what became of the container."""
        template = (
            "{{if and .State.Running .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}} "
            "{{.HostConfig.RestartPolicy.Name}} {{.State.ExitCode}}"
        )
        state, *rest = self.inspect(service, template).split()
        return "done" if [state, *rest] in (["exited", "no", "0"], ["exited", "0"]) else state

    def inspect(self, service: str, template: str) -> str:
        command = ["docker", "inspect", "-f", template, self.container(service)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    def logs(self) -> str:
        return self.compose("logs", "--no-color", "--tail=60")

    def down(self) -> None:
        """Containers, network and data go; the images stay, so that the next build is quick."""
        self.say("removing the containers ...")
        self.compose("down", "-v", "--remove-orphans", seconds=180)


def compose_command() -> list[str]:
    """Compose 2 or docker-compose; raises Unavailable where no engine answers or Compose is missing."""
    if not shutil.which("docker"):
        raise Unavailable("docker is not installed")
    if subprocess.run(["docker", "version", "-f", "{{.Server.Version}}"], capture_output=True, timeout=30).returncode:
        raise Unavailable("no container engine answers")
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and not subprocess.run([*command, "version"], capture_output=True).returncode:
            return command
    raise Unavailable("neither `docker compose` nor `docker-compose` is installed")
