"""The product as operators run it: each service in processes of its own, any number of each."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from running import LAUNCH, ROOT, foreign_environment
from servers import free_port

SECRET = "only for tests, thirty-two characters long"
SERVICES = ("router", "session", "crm-logger", "gateway")
BESIDE = "ops"
"""The operators' service: a fleet has it where `counts` says so."""


class Process:
    """One process of a service. Started again it has the same port and settings; its output is kept in `log`.

    `launcher`: what Python runs, given the service's module as its last argument, instead of `launch.py`.
    """

    def __init__(
        self, service: str, number: int, directory: Path, env: Mapping[str, str], launcher: Sequence[str] = ()
    ) -> None:
        self.service, self.name = service, f"{service}-{number}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / f"{self.name}.log"
        self._launcher = tuple(launcher)
        self._module = f"parley_{service.replace('-', '_')}"
        self._arguments = ("serve",) if service == BESIDE else ()
        self._env = {**foreign_environment(), **env, "PARLEY_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns at once; `wait_ready` waits."""
        assert not self.runs(), f"{self.name} runs already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *(self._launcher or (LAUNCH,)), self._module, *self._arguments],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def troubles(self) -> list[str]:
        """What /readyz says stands in the way; empty when it is ready."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False, verify=False)
        except httpx.HTTPError as error:
            return [type(error).__name__]
        return [] if answer.status_code == 200 else list(answer.json()["troubles"])

    def wait_ready(self, seconds: float = 30) -> float:
        """How long that took. Raises AssertionError with the end of its log."""
        began = time.monotonic()
        while troubles := self.troubles():
            waited = time.monotonic() - began
            if waited > seconds or not self.runs():
                raise AssertionError(f"{self.name}: {troubles} after {waited:.1f} s; its log ends:\n{self.tail()}")
            time.sleep(0.05)
        return time.monotonic() - began

    def tail(self, characters: int = 3_000) -> str:
        """The end of what it wrote, in all its lives."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As in a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """As when a machine stands still: its connections stay, it does nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """After `freeze`: it goes on as if no time had passed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def tell_to_stop(self) -> None:
        """SIGTERM; it ends when what is in hand is finished."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = 20) -> int:
        """In an orderly way; its exit status. By force (status -9) when that takes longer."""
        if self._process is None:
            return 0
        if self.runs():
            self.wake()
            self.tell_to_stop()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.returncode


class Fleet:
    """Processes of all services on one broker and one database, with the demonstration's tenant.

    `counts`: how many of a service, where it is not one; all listen on loopback, on ports of their own.
    """

    def __init__(
        self,
        directory: Path,
        broker_url: str,
        database_url: str,
        counts: Mapping[str, int] | None = None,
        env: Mapping[str, str] | None = None,
        launcher: Sequence[str] = (),
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        settings = {
            "PARLEY_BROKER_URL": broker_url,
            "PARLEY_DATABASE_URL": database_url,
            "PARLEY_SECRET": SECRET,
            "PARLEY_DEMO": "1",
            **(env or {}),
        }
        self._directory, self._settings, self._launcher = directory, settings, launcher
        self.processes = [
            Process(service, number, directory, settings, launcher)
            for service in (*SERVICES, BESIDE)
            for number in range(1, (counts or {}).get(service, int(service != BESIDE)) + 1)
        ]

    def of(self, service: str) -> list[Process]:
        """The processes of a service."""
        return [process for process in self.processes if process.service == service]

    def join(self, service: str) -> Process:
        """One more process of a service, not started yet."""
        number = len(self.of(service)) + 1
        process = Process(service, number, self._directory, self._settings, self._launcher)
        self.processes.append(process)
        return process

    @property
    def urls(self) -> list[str]:
        """The gateways' addresses."""
        return [process.url for process in self.of("gateway")]

    @property
    def url(self) -> str:
        """The first gateway's address."""
        return self.urls[0]

    def start(self, seconds: float = 60) -> None:
        """Returns when all are ready. Raises AssertionError with the log of the one that is not."""
        for process in self.processes:
            process.start()
        for process in self.processes:
            process.wait_ready(seconds)

    def stop(self) -> None:
        """All at once, in an orderly way."""
        for process in self.processes:
            if process.runs():
                process.wake()
                process.tell_to_stop()
        for process in self.processes:
            process.stop()
