"""What other settings would have done, asked for over HTTP: each run is a process of its own (`parley whatif`), one at a time, so that it takes
neither memory nor time from the answers; what came of it is kept beside the index, and can be compared (R38)."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from parley_chassis.clock import Clock
from parley_chassis.offload import Offload
from parley_chassis.store import StoreDown
from parley_chassis.tasks import Tasks
from parley_contracts.instant import rfc3339
from parley_contracts.operators import AskRuns, AskWhatIf
from parley_contracts.refusal import Refused

from .index.floors import EVERY, Floors
from .index.table import Index
from .whatif import read_settings

MOST_EVENTS = 500_000
"""Of a floor that one run takes; for more there is the command line, beside the database."""
KEPT = 50
"""Runs of a tenant: older ones are forgotten."""
WITHIN_S = 900
HEARD_EVERY_S = 5.0
LOST_AFTER_MS = 30_000
REASON_CHARACTERS = 500

_TABLE = (
    "CREATE TABLE IF NOT EXISTS $runs (run TEXT PRIMARY KEY, tenant TEXT NOT NULL, asked_by TEXT NOT NULL, asked_at BIGINT NOT NULL, "
    "asked TEXT NOT NULL, state TEXT NOT NULL, heard_at BIGINT NOT NULL, result TEXT NOT NULL)"
)

log = logging.getLogger("parley.ops")


@dataclass(frozen=True)
class Ended:
    """How a run ended: `done`, `no_answer` where history was not reproduced, or `failed`, with the reason as its result."""

    state: str
    result: str


class Runs:
    """The runs of an installation; `url`: where its logs are."""

    def __init__(self, index: Index, floors: Floors, url: str, tasks: Tasks, clock: Clock) -> None:
        self._index, self._floors, self._url, self._tasks, self._clock = index, floors, url, tasks, clock
        self._calls = Offload("ops-runs")
        self._running: asyncio.subprocess.Process | None = None
        self._busy = False

    def close(self) -> None:
        """End what runs."""
        if self._running is not None and self._running.returncode is None:
            self._running.kill()
        self._calls.close()

    async def begin(self, asked: AskWhatIf) -> dict[str, Any]:
        """Start a run. Raises Refused."""
        if self._busy:
            raise Refused(
                "rate_limited", "Another question is being worked on: ask again when it is answered.", retry_after_s=10
            )
        try:
            read_settings(asked.settings)
        except ValueError as error:
            raise Refused("bad_request", f"settings: {error}") from None
        if not (asked.settings or asked.agents or asked.factor):
            raise Refused("bad_request", "settings: say what should have been otherwise.")
        self._busy = True
        try:
            run = await self._calls(self._put, asked)
        except BaseException:
            self._busy = False
            raise
        self._tasks.start(self._run(run, asked), "a run of what if")
        return {"run": run}

    async def tell(self, asked: AskRuns) -> dict[str, Any]:
        """What came of them. Raises Refused."""
        return await self._calls(self._told, asked)

    # --- one run ------------------------------------------------------------------------------------------------------

    async def _run(self, run: str, asked: AskWhatIf) -> None:
        try:
            ended = await self._carried_out(run, asked)
            await self._calls(self._end, run, ended)
        except StoreDown as error:
            log.warning("what came of a run is not kept", extra={"tenant": asked.tenant, "reason": str(error)})
        finally:
            self._running, self._busy = None, False

    async def _carried_out(self, run: str, asked: AskWhatIf) -> Ended:
        self._running = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "parley_ops",
            *_arguments(asked),
            env={**os.environ, "PARLEY_DATABASE_URL": self._url},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        saying = self._tasks.start(self._say_that_it_runs(run), "a run goes on")
        try:
            async with asyncio.timeout(WITHIN_S):
                said, wrong = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return Ended("failed", f"It took longer than {WITHIN_S} s: ask about a shorter time.")
        finally:
            saying.cancel()
        if process.returncode in (0, 4):
            return Ended("done" if process.returncode == 0 else "no_answer", said.decode())
        reason = wrong.decode(errors="replace").strip().splitlines()
        return Ended(
            "failed", (reason[-1] if reason else "It ended without a word.").removeprefix("Error: ")[:REASON_CHARACTERS]
        )

    async def _say_that_it_runs(self, run: str) -> None:
        while True:
            await asyncio.sleep(HEARD_EVERY_S)
            try:
                await self._calls(self._heard, run)
            except StoreDown:
                log.info("said later", extra={"run": run})

    # --- what is kept -------------------------------------------------------------------------------------------------

    def create(self) -> None:
        """The table, where it is missing."""
        with self._index.transaction(write=True) as cursor:
            cursor.execute(self._index.sql(_TABLE))

    def _put(self, asked: AskWhatIf) -> str:
        self.create()
        first = 0 if asked.since is None else self._floors.version_before(asked.tenant, asked.since)
        last = self._floors.last(asked.tenant)
        if asked.until is not None:
            last = min(last, self._floors.version_before(asked.tenant, asked.until) + EVERY)
        if last - first > MOST_EVENTS:
            raise Refused(
                "bad_request",
                f"from: that time has more than {MOST_EVENTS:,} events of the floor. Ask about a shorter one, or beside the database.",
            )
        run, now = uuid4().hex[:12], self._clock()
        sender = asked.sender
        by = (sender.user or sender.role) if sender is not None else ""
        kept = json.dumps(_asked(asked))
        with self._index.transaction(write=True) as cursor:
            cursor.execute(
                self._index.sql("INSERT INTO $runs VALUES (?, ?, ?, ?, ?, 'running', ?, '')"),
                (run, asked.tenant, by, now, kept, now),
            )
            cursor.execute(
                self._index.sql(
                    "DELETE FROM $runs WHERE tenant = ? AND run NOT IN "
                    f"(SELECT run FROM $runs WHERE tenant = ? ORDER BY asked_at DESC, run LIMIT {KEPT})"
                ),
                (asked.tenant, asked.tenant),
            )
        return run

    def _heard(self, run: str) -> None:
        with self._index.transaction(write=True) as cursor:
            cursor.execute(self._index.sql("UPDATE $runs SET heard_at = ? WHERE run = ?"), (self._clock(), run))

    def _end(self, run: str, ended: Ended) -> None:
        with self._index.transaction(write=True) as cursor:
            text = "UPDATE $runs SET state = ?, result = ?, heard_at = ? WHERE run = ?"
            cursor.execute(self._index.sql(text), (ended.state, ended.result, self._clock(), run))

    def _told(self, asked: AskRuns) -> dict[str, Any]:
        self.create()
        one, parameters = ("", [asked.tenant]) if asked.run is None else (" AND run = ?", [asked.tenant, asked.run])
        rows = self._index.ask(f"SELECT * FROM $runs WHERE tenant = ?{one} ORDER BY asked_at DESC, run", parameters)
        if asked.run is not None and not rows:
            raise Refused("not_found", "There is no such run: it may be one of those that are forgotten.")
        return {"runs": [self._shown(row, whole=asked.run is not None) for row in rows]}

    def _shown(self, row: Any, *, whole: bool) -> dict[str, Any]:
        lost = row["state"] == "running" and self._clock() - row["heard_at"] > LOST_AFTER_MS
        told = {
            "run": row["run"],
            "by": row["asked_by"],
            "asked_at": rfc3339(row["asked_at"]),
            "asked": json.loads(row["asked"]),
            "state": "failed" if lost else row["state"],
        }
        if told["state"] == "failed":
            told["reason"] = "Its process has ended." if lost else row["result"]
        elif whole and row["result"]:
            told["result"] = json.loads(row["result"])
        return told


def _asked(asked: AskWhatIf) -> dict[str, Any]:
    said: dict[str, Any] = {"settings": list(asked.settings), "agents": asked.agents, "factor": asked.factor}
    for name, at in (("from", asked.since), ("until", asked.until)):
        if at is not None:
            said[name] = rfc3339(at)
    return said


def _arguments(asked: AskWhatIf) -> list[str]:
    """As the command line has them. `--name=value`: a value that begins with a dash is none of the options."""
    said = ["whatif", "--json", f"--tenant={asked.tenant}", f"--agents={asked.agents}", f"--factor={asked.factor}"]
    said += [f"--set={setting}" for setting in asked.settings]
    said += [
        f"--{name}={rfc3339(at)}" for name, at in (("from", asked.since), ("until", asked.until)) if at is not None
    ]
    return said
