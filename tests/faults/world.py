"""The world in which a fault happens: servers, two processes of each service, people in conversation, and a supervisor.

What a script does with it reads as a sentence; what was promised is measured here, and judged at the end.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet import Fleet, Process
from parley_contracts.topology import (
    floor_stream,
    partition_of,
)
from parley_ops.whatif.outcomes import Reproduction
from servers import PrivatePostgreSQL, PrivateRabbitMQ, quorum_inboxes

from . import evidence
from .holders import owners, shared_out
from .judge import Breach, Verdict, judge
from .ledger import Ask
from .lines import now
from .people import Crowd, Dialogue
from .stage import Size, Stage


@dataclass
class Result:
    """How a fault went: what the judge says, which promises were broken, what was measured (seconds, unless named)."""

    fault: str
    verdict: Verdict = field(default_factory=Verdict)
    broken: list[str] = field(default_factory=list)
    measures: dict[str, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    skipped: str | None = None
    again: Reproduction | None = None
    """How near the floor came to what it had decided when the same people came again, without the fault."""

    @property
    def passed(self) -> bool:
        return self.skipped is None and self.verdict.kept and not self.broken

    def report(self) -> str:
        """What went wrong, in lines."""
        return "\n".join([*(f"  promise   {what}" for what in self.broken), self.verdict.report()])


class World:
    """One fault's world, from `open` to `close`."""

    def __init__(
        self,
        name: str,
        size: Size,
        broker: PrivateRabbitMQ,
        database: PrivatePostgreSQL,
        dialogues: Sequence[Dialogue],
        directory: Path,
        say: Callable[[str], None],
        seed: int = 1,
        kept: list[Stage] | None = None,
    ) -> None:
        self.name, self.size, self.broker, self.database = name, size, broker, database
        self.directory, self._say, self._dialogues, self._seed = directory, say, dialogues, seed
        self.chance = random.Random(seed)
        self.result = Result(name)
        self.stage: Stage
        self.crowd: Crowd
        self._kept = kept if kept is not None else []
        self.keeps_stage = kept is not None
        self.is_plain = False
        self.doing = "opening"
        self._began = time.monotonic()
        self._down: set[Process] = set()
        self._watching: list[asyncio.Task[None]] = []
        self.is_judged = self._closed = False
        self.used = ExitStack()
        """What goes at the very end, when nothing needs it any more."""

        self.standing: list[str] = []

    # --- opening and closing ------------------------------------------------------------------------------------------

    async def open(
        self,
        counts: Mapping[str, int] | None = None,
        env: Mapping[str, str] | None = None,
        via: Callable[[str], str] | None = None,
        launcher: Sequence[str] = (),
        tabs: int = 1,
        own: bool = False,
    ) -> None:
        """All processes ready, everybody talking. `via` turns a server's address into the one that services are given.

        Where nothing of this is asked for, and no stage of its `own`, a stage that an earlier fault has left in order is used again.
        """
        self.tell("opening: services start")
        plain = not (counts or env or via or launcher or own)
        self.stage = self._kept.pop() if plain and self._kept else Stage(self.broker, self.database, self.size)
        if not self.stage.opened:
            await self.stage.open(self.directory, counts, env, via, launcher)
        self.is_plain = plain
        dialogues = [dialogue[: self.size.turns] for dialogue in self._dialogues]
        self.crowd = Crowd(lambda: self.fleet.urls, dialogues, self._seed, self.size.pause_s)
        self.crowd.tabs = tabs
        self.crowd.begin(self.size.visitors, self.stage.tokens)
        self._watching = [asyncio.create_task(self._supervise()), asyncio.create_task(self._show_progress())]
        await self.until(lambda: self.crowd.messages() >= self.size.visitors, "everybody to begin to talk")

    @property
    def fleet(self) -> Fleet:
        return self.stage.fleet

    @property
    def database_url(self) -> str:
        return self.stage.database_url

    @property
    def broker_url(self) -> str:
        return self.stage.broker_url

    async def close(self) -> None:
        """Everybody goes home; the stage is kept for the next fault where it is as it was, else nothing is left of it."""
        if self._closed:
            return
        self._closed = True
        self.tell("closing")
        await self._end(self._watching)
        if hasattr(self, "crowd"):
            await self.crowd.go_home()
        if hasattr(self, "stage"):
            if self.is_plain and self.keeps_stage and self.result.passed:
                self._kept.append(self.stage)
            else:
                await self.stage.close()
        self.used.close()

    async def _end(self, tasks: Iterable[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- telling ------------------------------------------------------------------------------------------------------

    def tell(self, what: str) -> None:
        """Say what happens now."""
        self.doing = what
        self._say(f"{self.name} {time.monotonic() - self._began:6.1f} s  {what}")

    async def _show_progress(self) -> None:
        while True:
            await asyncio.sleep(10)
            crowd = self.crowd
            self._say(
                f"{self.name} {time.monotonic() - self._began:6.1f} s  {crowd.messages()} messages, "
                f"{len(crowd.under_way)} chats under way, {len(crowd.outstanding())} unanswered ({self.doing})"
            )

    def note(self, what: str) -> None:
        """Keep a remark for the report."""
        self.tell(what)
        self.result.notes.append(what)

    def measured(self, what: str, seconds: float, within: float | None = None) -> None:
        """Keep a figure; a promise is broken where it is beyond `within`, in the short form beyond twice that: it runs among
        other tests, and is there for what is kept."""
        self.result.measures.setdefault(what, []).append(round(seconds, 2))
        within = within if within is None or self.size.long else 2 * within
        if within is not None and seconds > within:
            self.breaks(f"{what}: {seconds:.1f} s, promised within {within:g} s")

    def breaks(self, promise: str) -> None:
        """A promise is broken; the script goes on."""
        self.result.broken.append(promise)
        self._say(f"{self.name} {time.monotonic() - self._began:6.1f} s  BROKEN: {promise}")

    def times(self, short: int, long: int) -> int:
        """As often as the form wants it."""
        return long if self.size.long else short

    # --- waiting ------------------------------------------------------------------------------------------------------

    @contextmanager
    def waits_for(self, what: str) -> Iterator[None]:
        """So that a run that hangs can say what it was waiting for."""
        before, self.doing = self.doing, f"waits for {what}"
        try:
            yield
        except BaseException:
            self.standing = self.standing or self._how_it_stands()
            raise
        self.doing = before

    async def until(self, reached: Callable[[], Any], what: str, seconds: float = 120) -> float:
        """Wait until something is so; how long that took. Raises TimeoutError that says what for."""
        began = time.monotonic()
        with self.waits_for(what):
            while not reached():
                for failure in self.crowd.failures():
                    raise failure
                if time.monotonic() - began > seconds:
                    raise TimeoutError(f"waited {seconds:g} s for {what}")
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def rests(self, seconds: float) -> None:
        """Let everybody talk for a while."""
        await asyncio.sleep(seconds)

    async def talks_on(self, low: float = 0.2, high: float = 1.0) -> None:
        """Let some time pass, nobody knows how much."""
        await asyncio.sleep(self.chance.uniform(low, high))

    async def inboxes_are_on_disk(self) -> None:
        """So that a kill of the broker cannot lose them (see PrivateRabbitMQ.settle)."""
        with self.waits_for("the inboxes to be on disk"):
            for inbox in quorum_inboxes():
                await asyncio.to_thread(self.broker.settle, f"{self.stage.vhost}_{inbox}")

    # --- processes ----------------------------------------------------------------------------------------------------

    def shuffled(self, services: Iterable[str]) -> list[Process]:
        """For each name one of that service's processes, in an order that nobody knows."""
        chosen = [self.chance.choice(self.fleet.of(service)) for service in services]
        self.chance.shuffle(chosen)
        return chosen

    async def kills(self, process: Process) -> int:
        """kill -9; when that was."""
        self.tell(f"kill -9 {process.name}")
        self._down.add(process)
        await asyncio.to_thread(process.kill)
        return now()

    def shuffled_processes(self) -> list[Process]:
        """Every process, in an order that nobody knows."""
        return self.chance.sample(self.fleet.processes, len(self.fleet.processes))

    async def tells_to_stop(self, process: Process) -> int:
        """SIGTERM; when that was."""
        self.tell(f"SIGTERM to {process.name}")
        self._down.add(process)
        process.tell_to_stop()
        return now()

    async def gone(self, process: Process) -> float:
        """Wait until a process that was told to stop has ended in order; how long that took."""
        began = time.monotonic()
        status = await asyncio.to_thread(process.stop, 60)
        if status != 0:
            self.breaks(f"{process.name} ended with status {status}: {last_words(process)}")
        return time.monotonic() - began

    async def starts(self, process: Process) -> None:
        """As a supervisor does, at once."""
        process.start()
        self._down.discard(process)

    async def ready(self, process: Process, seconds: float = 60) -> float:
        """Wait until a process is ready; how long that took."""
        with self.waits_for(f"{process.name} to be ready"):
            return await asyncio.to_thread(process.wait_ready, seconds)

    async def is_back(self, process: Process, within: float) -> None:
        """Wait until a process that was started again is ready: within so much time, what it waited for a free core of
        this machine not counted."""
        seconds = await self.ready(process)
        waited = waited_for_a_core(process)
        self.measured("back", seconds)
        self.measured("back (given a core)", max(0.0, seconds - waited), within)

    async def all_ready(self, seconds: float = 60) -> float:
        """Wait until every process is ready; how long that took."""
        began = time.monotonic()
        for process in self.fleet.processes:
            await self.ready(process, seconds)
        return time.monotonic() - began

    async def troubles(self, process: Process) -> list[str]:
        """What its /readyz says."""
        return await asyncio.to_thread(process.troubles)

    async def answered_since(self, moment: int, seconds: float = 90) -> float:
        """Wait until all that was asked until now is answered; the longest that anybody waited after `moment`, in
        seconds."""
        asked = [ask for ask in self._all_asks() if ask.answered is None or ask.answered >= moment]
        with self.waits_for("answers"):
            await self.until(lambda: all(ask.answered is not None for ask in asked), "answers", seconds)
        return max(((ask.answered or 0) - max(ask.asked, moment) for ask in asked), default=0) / 1000

    async def drained_after(self, moment: int, seconds: float = 120) -> float:
        """Wait until all that was asked before `moment` is answered; how long after it that was, in seconds."""
        asked = [a for a in self._all_asks() if a.asked <= moment and (a.answered is None or a.answered > moment)]
        await self.until(lambda: all(ask.answered is not None for ask in asked), "what waited to be drained", seconds)
        return max(((ask.answered or 0) - moment for ask in asked), default=0) / 1000

    def _all_asks(self) -> Iterator[Ask]:
        for person in (*self.crowd.ledgers.visitors, *self.crowd.ledgers.agents):
            yield from person.asks

    def closes(self, since: int) -> list[int]:
        """The codes with which sockets were closed since then."""
        ledgers = self.crowd.ledgers
        tabs = [tab for visitor in ledgers.visitors for tab in visitor.tabs]
        return [code for each in (*tabs, *ledgers.agents) for at, code in each.closes if at >= since]

    @property
    def floor_partition(self) -> int:
        """The router's partition with everybody's floor."""
        return partition_of(floor_stream(evidence.TENANT))

    async def owners(self, service: str) -> dict[int, Process | None]:
        """Which process holds which partition of a service; None for one that lives no more."""
        return await asyncio.to_thread(owners, self.database_url, service, self.fleet.of(service))

    async def holder(self, service: str, partition: int) -> Process:
        """The process that works on a partition, once each has its share: while they share out, it might be giving it up."""
        with self.waits_for(f"the {service}s to have shared out their partitions"):
            while not shared_out(owned := await self.owners(service), self.fleet.of(service)):
                await asyncio.sleep(0.1)
            found = owned[partition]
            assert found is not None
            return found

    async def _supervise(self) -> None:
        """A process that ends although nobody ended it is a broken promise, and started again."""
        while True:
            await asyncio.sleep(0.2)
            for process in self.fleet.processes:
                if process not in self._down and not process.runs():
                    self.breaks(f"{process.name} ended by itself: {last_words(process)}")
                    process.start()

    # --- the end ------------------------------------------------------------------------------------------------------

    async def judged(self) -> None:
        """Everybody talks to the end, everything is closed, and the judge has the word."""
        crowd = self.crowd
        goal = self.size.messages
        await self.until(lambda: crowd.messages() >= goal, f"{goal} messages", self.size.hangs_after_s)
        self.tell("the last dialogues")
        talked = asyncio.create_task(crowd.until_all_have_talked())
        try:
            await self.until(talked.done, "the last dialogues to end", self.size.hangs_after_s)
            await talked
        finally:
            await self._end([talked])
        await self.until(lambda: not crowd.outstanding(), "the last answers")
        await self._all_closed()
        self.tell("the judge compares")
        self.is_judged = True
        found = await asyncio.to_thread(evidence.read, self.database_url)
        self.result.verdict = await asyncio.to_thread(judge, crowd.ledgers, found)
        verified = await asyncio.to_thread(evidence.decisions, self.database_url)
        self.result.verdict.breaches += [
            Breach(
                "decision", str(getattr(one.stands or one.expected, "item", "")), f"{one.what} at {one.place.position}"
            )
            for one in verified.examples
        ]
        self.result.again = await asyncio.to_thread(evidence.again, self.database_url)

    async def _all_closed(self, seconds: float = 60) -> None:
        began = time.monotonic()
        chats = {visitor.chat for visitor in self.crowd.ledgers.visitors if visitor.chat}
        with self.waits_for("every chat to be closed in the CRM"):
            while left := chats - await asyncio.to_thread(evidence.closed_in_crm, self.database_url):
                if time.monotonic() - began > seconds:
                    self.note(f"{len(left)} chats are not closed in the CRM after {seconds:g} s: {sorted(left)[:3]}")
                    return
                await asyncio.sleep(0.2)

    def _how_it_stands(self) -> list[str]:
        """Where everybody waits, for a run that hangs."""
        lines = [f"{c.name} {c.chat or '-'}: {c.done}" for c in self.crowd.under_way[:8]]
        asks = sorted(self.crowd.outstanding(), key=lambda ask: ask.asked)
        lines += [
            f"{ask.type} {ask.id} of {ask.chat or '-'} unanswered for {(now() - ask.asked) / 1000:.1f} s"
            for ask in asks[:8]
        ]
        lines += [f"{p.name}: {trouble}" for p in self.fleet.processes for trouble in p.troubles()]
        return lines


def last_words(process: Process) -> str:
    """The last lines of a process's log that are no mere information."""
    lines = [line for line in process.tail(20_000).splitlines() if '"INFO"' not in line]
    return " | ".join(line[-300:] for line in lines[-2:])


def waited_for_a_core(process: Process) -> float:
    """How long a process's threads could have run since its start, and did not, as others did; seconds."""
    waits = [path.read_text().split()[1] for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat")]
    return sum(int(wait) for wait in waits) / 1e9


def said(process: Process, message: str) -> list[dict[str, Any]]:
    """The lines of a process's log with this message."""
    found = []
    for line in process.log.read_text(errors="replace").splitlines():
        if message in line:
            with suppress(ValueError):
                found.append(json.loads(line))
    return found
