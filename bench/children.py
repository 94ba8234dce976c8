"""Processes of the benchmark's own: the client, the floor's two, a comparison's server. Each is ended by its pid."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .texts import ROOT


class Failed(RuntimeError):
    """A process did not do what it was started for; the message says what it said."""


class Child:
    """`python -m MODULE ARGUMENTS…`. What it writes to its standard error is kept in `log`."""

    def __init__(self, module: str, *arguments: str, log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = module
        self.log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={**os.environ, **(env or {}), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def line(self, seconds: float) -> str:
        """The next line that it says. Raises Failed with its log when none comes."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            tail = self.log.read_text(errors="replace")[-2_000:]
            raise Failed(f"{self.name} said nothing for {seconds:.0f} s; its log ends:\n{tail}")
        return line

    def wait_ready(self, seconds: float = 60) -> None:
        """Until it says `ready`. Raises Failed."""
        end = time.monotonic() + seconds
        while self.line(max(0.1, end - time.monotonic())).strip() != "ready":
            pass

    def stop(self) -> None:
        """In an orderly way, or by force after 10 s."""
        assert self._process.stdin is not None
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Client(Child):
    """The load client, see bench/client/__main__.py."""

    def __init__(self, talk: str, log: Path, **settings: Any) -> None:
        super().__init__("bench.client", talk, json.dumps(settings), log=log)

    def ask(self, do: str, patience: float = 180, **fields: Any) -> dict[str, Any]:
        """Its answer to a command. Raises Failed when it could not be carried out."""
        self.tell(do, **fields)
        return self.answer(patience)

    def tell(self, do: str, **fields: Any) -> None:
        """Send a command; `answer` waits for what comes of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **fields}) + "\n")
        self._process.stdin.flush()

    def answer(self, patience: float = 180) -> dict[str, Any]:
        """The answer to the command that was told last. Raises Failed."""
        found: dict[str, Any] = json.loads(self.line(patience))
        if "failed" in found:
            raise Failed(f"{self.name}: {found['failed']}")
        return found
