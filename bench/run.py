"""The parts in their order, on the set-ups that they need."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import measure
from .children import Failed
from .floor.chain import MODES
from .machine import machine, servers_versions
from .measure import Amounts
from .report import RESULTS, table
from .setups import (
    Missing,
    Other,
    Parley,
    Servers,
    Unavailable,
    find_servers,
    floor,
    one_process,
    services,
    socketio,
    xmpp,
)
from .texts import dialogues

PARTS = {
    "floor": "the chain without logic, in its three modes: latency and most messages",
    "latency": "Parley's latency at 20 and 1,000 messages/s",
    "max": "Parley's most messages/s, verified in log and CRM, with processor time per message",
    "both": "the same with both sides speaking the dialogues",
    "bytes": "bytes stored per message",
    "rebuild": "events/s of `parley rebuild crm`, and of folding all chats",
    "memory": "the gateway's memory per idle visitor",
    "socketio": "a small socket.io server with one INSERT per message",
    "ejabberd": "ejabberd with its message archive in PostgreSQL, where it is installed",
}
ON_SERVICES = ("latency", "max", "both", "bytes", "rebuild")
ON_ONE_PROCESS = ("latency", "max", "bytes", "rebuild")
IN_FLIGHT_OF_BOTH = 400
"""Two agents answer for everybody, and a connection may have so many commands without an answer."""


_STARTED = time.monotonic()


def say(line: str) -> None:
    """Progress, with the seconds since the start."""
    print(f"{time.monotonic() - _STARTED:5.0f} s  {line}", file=sys.stderr, flush=True)


def run_all(only: Sequence[str] | None, *, quick: bool, as_json: bool) -> int:
    """Measure the parts, show the table. A full run of everything is kept. 1 when something failed."""
    wanted = set(only or PARTS)
    amounts = measure.QUICK if quick else measure.FULL
    began = time.monotonic()
    results: dict[str, Any] = {
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "settings": {**amounts._asdict(), "texts": dialogues()[1]},
    }
    failures: list[str] = []
    with TemporaryDirectory(prefix="parley-bench-") as directory:
        runs = Runs(Path(directory), wanted, amounts, results, failures)
        try:
            servers = find_servers(say)
        except Unavailable as reason:
            say(f"RabbitMQ and PostgreSQL: not measured ({reason})")
            results["not_measured"] = [str(reason)]
        else:
            try:
                results["machine"]["servers"] = servers_versions(servers.broker_url, servers.database.url)
                runs.on_servers(servers)
            finally:
                servers.close()
        runs.alone()
    results["took_s"] = round(time.monotonic() - began)
    if failures:
        results["failures"] = failures
    elif not quick and only is None and "not_measured" not in results:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
        say(f"kept in {RESULTS.relative_to(RESULTS.parent.parent.parent)}")
    print(json.dumps(results, indent=2, ensure_ascii=False) if as_json else table(results))
    for failure in failures:
        say(f"FAILED: {failure}")
    return 1 if failures else 0


class Runs:
    """One run: what is wanted, how much of it, and where the figures go."""

    def __init__(
        self, directory: Path, wanted: set[str], amounts: Amounts, results: dict[str, Any], failures: list[str]
    ) -> None:
        self._directory, self._wanted, self._amounts = directory, wanted, amounts
        self._results, self._failures = results, failures

    def on_servers(self, servers: Servers) -> None:
        """Everything that needs RabbitMQ or PostgreSQL."""
        if "floor" in self._wanted:
            for mode in reversed(MODES) if self._amounts is measure.FULL else ("packed",):
                self._guarded(f"floor, {mode}", partial(self._floor, servers, mode))
        if self._wanted.intersection(ON_SERVICES):
            self._guarded("services", lambda: self._parley(services(self._directory, servers), ON_SERVICES))
        if "memory" in self._wanted:
            self._guarded("memory", lambda: self._memory(servers))
        if "socketio" in self._wanted:
            self._guarded("socket.io", lambda: self._socketio(servers))
        if "ejabberd" in self._wanted:
            self._guarded("ejabberd", lambda: self._ejabberd(servers))

    def alone(self) -> None:
        """Everything that needs no server."""
        if self._wanted.intersection(ON_ONE_PROCESS):
            self._guarded("one process", lambda: self._parley(one_process(self._directory), ON_ONE_PROCESS))

    def _guarded(self, what: str, measured: Callable[[], None]) -> None:
        """One part's failure does not keep the others from being measured."""
        say(f"{what} ...")
        try:
            measured()
        except (Failed, AssertionError, OSError) as error:
            self._failures.append(f"{what}: {error}")
            say(f"  failed: {error}")

    def _floor(self, servers: Servers, mode: str) -> None:
        with floor(self._directory, servers, mode) as chain:
            found = self._results.setdefault("floor", {}).setdefault(mode, {})
            chain.client.ask("open", conversations=self._amounts.conversations)
            if mode != "batched":
                rates = (measure.SLOW_PER_S, measure.FAST_PER_S) if mode == "packed" else (measure.SLOW_PER_S,)
                found["latency"] = measure.latency(chain.client, self._amounts, rates)
            stored = partial(measure.rows, chain.database_url, "floor")
            found["max"] = measure.most_of_other(chain.client, chain.pids, stored, self._amounts, say)
            chain.client.ask("close")

    def _socketio(self, servers: Servers) -> None:
        with socketio(self._directory, servers) as chat:
            self._results["socket.io"] = self._other(chat, partial(measure.rows, chat.database_url, "messages"))

    def _ejabberd(self, servers: Servers) -> None:
        try:
            with xmpp(self._directory, servers, self._amounts.conversations) as chat:
                # Each message is stored twice: for its sender, and for its receiver.
                stored = partial(measure.rows, chat.database_url, "archive", copies=2)
                self._results["ejabberd"] = self._other(chat, stored)
        except Missing as reason:
            say(f"  not measured: {reason}")
            self._results["ejabberd"] = {"absent": str(reason)}

    def _other(self, chat: Other, stored: Callable[[], int]) -> dict[str, Any]:
        chat.client.ask("open", conversations=self._amounts.conversations)
        found = {
            "latency": measure.latency(chat.client, self._amounts, (measure.SLOW_PER_S,)),
            "max": measure.most_of_other(chat.client, chat.pids, stored, self._amounts, say),
        }
        chat.client.ask("close")
        return found

    def _parley(self, setup: AbstractContextManager[Parley], parts: Sequence[str]) -> None:
        with setup as parley:
            name = "services" if parts is ON_SERVICES else "one process"
            found = self._results.setdefault(name, {})
            wanted = [part for part in parts if part in self._wanted]
            client = parley.client()
            try:
                chats = client.ask("open", conversations=self._amounts.conversations)["chats"]
                if "latency" in wanted:
                    say("  latency ...")
                    found["latency"] = measure.latency(client, self._amounts)
                if {"max", "bytes", "rebuild"}.intersection(wanted):
                    say("  most messages ...")
                    found["max"] = measure.most(parley, client, chats, self._amounts, say)
                if "bytes" in wanted:
                    found["bytes"] = measure.stored_bytes(parley, client.ask("texts"))
                client.ask("close")
            finally:
                client.stop()
            if "both" in wanted:
                say("  both sides ...")
                found["both"] = self._both(parley)
            if "rebuild" in wanted:
                parley.stop()
                say("  rebuild ...")
                found.update(measure.rebuilding(parley, self._amounts))

    def _both(self, parley: Parley) -> dict[str, Any]:
        client = parley.client(sides="both")
        try:
            chats = client.ask("open", conversations=self._amounts.conversations)["chats"]
            both = self._amounts._replace(windows=1, in_flight=IN_FLIGHT_OF_BOTH)
            return measure.most(parley, client, chats, both, say)
        finally:
            client.stop()

    def _memory(self, servers: Servers) -> None:
        with services(self._directory / "memory", servers) as parley:
            found = self._results.setdefault("services", {})
            found["memory"] = measure.memory(parley, self._amounts)
