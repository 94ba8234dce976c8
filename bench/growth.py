"""`python -m bench growth`: what a decision of the floor costs as it grows, and how long a restart takes (R4, R7, R9-R13, R29);
then what an event of the floor costs at the gateway (`growth_gateway.py`).

The floor alone: no broker, no database, no sockets. One decision is one command or upstream event, decided and applied with
everything that follows by itself. Processor time of one core counts, not the clock on the wall; making the commands is not
counted, working out their digests is.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, thread_time
from typing import Any

from eventsourcing.persistence import StoredEvent
from parley_chassis.store import Commit, open_store
from parley_chassis.streams import fold_streams, snapshot_topic
from parley_contracts import chat_events as ce
from parley_contracts import commands as c
from parley_contracts.shapes import Message, QueueSettings, Routing, Sender, WrapUpSettings
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.handlers import FLOOR, SNAPSHOT_EVERY, Router

from . import growth_gateway
from .machine import machine
from .texts import ROOT

RESULTS = Path(__file__).parent / "results" / "growth.json"
PAGE = ROOT / "docs" / "routing.md"
TENANT = "acme"
QUEUES = 4
"""Each agent serves two of them."""
INBOX = 4
"""An agent who owns so many items picks no more, and parks no more."""
WARM = 12
"""So many decisions for each agent come first, so that floors of every size are in the same state."""
CALLS = 0.1
"""Calls that are open, for each agent."""
SKILLS = tuple(f"skill-{number}" for number in range(8))

POLICIES: dict[str, Routing] = {
    "order: ageing": Routing(order="ageing"),
    "agent: fewest active": Routing(agent="fewest_active"),
    "agent: round robin": Routing(agent="round_robin"),
    "agent: skills": Routing(agent="skills"),
    "agent: last agent": Routing(agent="last_agent"),
    "interrupt: lowest priority": Routing(interrupt="lowest_priority"),
    "interrupt: fewest active": Routing(interrupt="fewest_active"),
}
DEFAULT = Routing()


@dataclass
class Day:
    """A tenant's floor at work: agents take, park, pick, resume and end; what is done is replaced by new work."""

    waiting: int
    agents: int
    routing: Routing = DEFAULT
    seed: int = 1
    keep: bool = False
    """Whether the events are kept."""
    at: int = 1_000_000_000
    floor: Floor = field(default_factory=lambda: Floor(TENANT))
    happened: list[e.Happened] = field(default_factory=list)
    told: list[tuple[Message, int]] = field(default_factory=list)
    took: dict[str, list[float]] = field(default_factory=dict)
    """By kind of message, the seconds that each decision took by the clock on the wall."""
    events: int = 0

    def __post_init__(self) -> None:
        self._random, self._ids, self._names = Random(self.seed), count(), count()
        self.names = [f"agent-{number:05}" for number in range(self.agents)]
        self._calls: dict[str, None] = {}
        self._waiting: list[str] = []
        self._open()

    # --- filling it ---------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        for number in range(QUEUES):
            agents = tuple(name for place, name in enumerate(self.names) if (place - number) % QUEUES in (0, 1))
            settings = QueueSettings(
                name=f"Queue {number}", agents=agents, routing=self.routing, wrap_up=WrapUpSettings(limit_s=86_400)
            )
            self.tell(
                c.PutQueue(tenant=TENANT, sender=self._sender("admin", "ada"), queue=f"q{number}", settings=settings)
            )
        for name in self.names:
            if self.routing.agent == "skills":
                skills = {skill: self._random.randint(3, 10) for skill in self._random.sample(SKILLS, 3)}
                self.tell(c.SetSkills(tenant=TENANT, sender=self._sender("admin", "ada"), agent=name, skills=skills))
            self.tell(c.ConnectAgent(tenant=TENANT, agent=name, name=name, connection=f"{name}.1"))
            self.tell(c.SetReady(tenant=TENANT, sender=self._sender("agent", name)))
        while self._lacking() > 0:
            self.tell(self._request())

    def _lacking(self) -> int:
        waiting = sum(queue.length("chat") for queue in self.floor.queues.values())
        return self.waiting - waiting

    # --- working ------------------------------------------------------------------------------------------------------

    def work(self, decisions: int) -> Iterator[Message]:
        """So many decisions."""
        done = 0
        while done < decisions:
            for message in self._round():
                yield message
                done += 1

    def _round(self) -> Iterator[Message]:
        """What one agent does next, and what comes in its place."""
        name = self.names[self._random.randrange(self.agents)]
        yield self._of_agent(name)
        if self._lacking() > 0:
            yield self._request()
        elif len(self._calls) < self.agents * CALLS:
            yield self._call()

    def _of_agent(self, name: str) -> Message:
        floor, dice = self.floor, self._random.random()
        owned = [floor.items[item] for item in floor.agents[name].owned]
        active = [item for item in owned if item.activity == "active"]
        if not active:
            if not owned or (dice < 0.3 and len(owned) < INBOX):
                return self._pick(name)
            return self._do(c.Resume, name, owned[0].item)
        call = next((item for item in active if item.kind == "call"), None)
        item = call or active[0]
        if call is not None:
            source = self._sender("source", "pbx")
            if not call.answered:
                return c.AnswerCall(tenant=TENANT, sender=source, item=call.item)
            self._calls.pop(call.item, None)
            return c.EndItem(tenant=TENANT, sender=source, item=call.item)
        if item.stage == "wrap_up":
            return self._do(c.Complete, name, item.item)
        parked = [item for item in owned if item.activity == "parked"]
        if parked and dice < 0.3:  # the agent goes on with it, or its visitor ends it and the agent completes it
            other = parked[0]
            if other.stage == "wrap_up":
                return self._do(c.Complete, name, other.item)
            return self._do(c.Resume, name, other.item) if dice < 0.15 else self._ended(other.item, "visitor")
        if len(owned) < INBOX and dice < 0.6:
            return self._do(c.Park, name, item.item) if dice < 0.45 else self._pick(name)
        return self._ended(item.item, "agent")

    def _ended(self, item: str, by: Any) -> Message:
        return ce.ChatEnded(tenant=TENANT, chat=item, n=2, at=self.at, ended_by=by)

    def _pick(self, name: str) -> Message:
        """One of those that wait in a queue of the agent's; R6: any of them."""
        queue = self.floor.queues[self._random.choice(self.floor.served_by(name))]
        for (kind, *_), lane in queue.lanes.items():
            if kind == "chat":
                return self._do(c.Pick, name, lane[self._random.randrange(len(lane))][-1])
        return c.Wake(tenant=TENANT, stream=TENANT)

    def _request(self) -> Message:
        skills = {self._random.choice(SKILLS): self._random.randint(1, 6)} if self.routing.agent == "skills" else {}
        past = self.floor.closed.last() if self.routing.agent == "last_agent" else None
        said: dict[str, Any] = {"tenant": TENANT, "n": 1, "at": self.at, "service": "web", "skills": skills}
        queue = f"q{self._random.randrange(QUEUES)}"
        return ce.ChatRequested(**said, chat=f"c{next(self._names)}", queue=queue, previous=past)

    def _call(self) -> Message:
        name, queue = f"k{next(self._names)}", f"q{self._random.randrange(QUEUES)}"
        self._calls[name] = None
        return c.AddItem(tenant=TENANT, sender=self._sender("source", "pbx"), item=name, kind="call", queue=queue)

    def _do(self, kind: Any, name: str, item: str) -> Message:
        command: Message = kind(tenant=TENANT, sender=self._sender("agent", name), item=item)
        return command

    def _sender(self, role: Any, user: str) -> Sender:
        return Sender(gateway="g1", connection=1, id=f"id-{next(self._ids)}", role=role, user=user)

    # --- the floor ----------------------------------------------------------------------------------------------------

    def tell(self, message: Message) -> None:
        """One decision, timed."""
        self.at += 20
        followed: list[e.Happened] = []
        began = perf_counter()
        decision(self.floor, message, self.at, followed)
        self.took.setdefault(message.type, []).append(perf_counter() - began)
        self.told.append((message, self.at))
        self.events += len(followed)
        if self.keep:
            self.happened += followed


def decision(floor: Floor, message: Message, at: int, followed: list[e.Happened]) -> None:
    """What a message leads to, applied, and noted in `followed`."""

    def happen(events: list[e.Happened]) -> Floor:
        nonlocal followed
        followed += events
        for event in events:
            floor.evolve(event)
        return floor

    FLOOR.turn(floor, message, at, happen)


# --- measurements -----------------------------------------------------------------------------------------------------


def decisions_per_s(waiting: int, agents: int, routing: Routing, decisions: int) -> dict[str, Any]:
    """Decisions a second of processor time on a floor of this size, when it has been at work for a while.

    What is told is worked out first, and then told again to the same floor at one go: that is what counts.
    """
    day = Day(waiting, agents, routing)
    for message in day.work(max(decisions // 2, agents * WARM)):
        day.tell(message)
    again = Floor.thaw(TENANT, day.floor.freeze())
    day.told, day.took, day.events = [], {}, 0
    for message in day.work(decisions):
        day.tell(message)
    followed: list[e.Happened] = []
    gc.collect()
    began = thread_time()
    for message, at in day.told:
        decision(again, message, at, followed)
    seconds, made = thread_time() - began, len(day.told)
    if again.freeze() != day.floor.freeze():
        raise AssertionError("the same floor decided otherwise when it was told the same again")
    by_kind = {kind: round(median(took) * 1e6, 1) for kind, took in sorted(day.took.items())}
    shares = {kind: round(len(took) / made, 3) for kind, took in sorted(day.took.items())}
    return {
        "waiting": waiting,
        "agents": agents,
        "decisions": made,
        "per_s": round(made / seconds),
        "us": round(seconds / made * 1e6, 1),
        "us_per_event": round(seconds / day.events * 1e6, 1),
        "events_per_decision": round(day.events / made, 2),
        "us_by_kind": by_kind,
        "share_by_kind": shares,
    }


def restart(waiting: int, agents: int, events: int) -> dict[str, Any]:
    """How long the router takes to have a tenant back: the newest snapshot and as many events after it as there can be,
    from an SQLite file; and how long it would take without a snapshot."""
    day = Day(waiting, agents, keep=True)
    for message in day.work(10**9):
        day.tell(message)
        if len(day.happened) >= events:
            break
    happened = day.happened
    kept = len(happened) - (SNAPSHOT_EVERY - 1)
    before = Floor(TENANT)
    for event in happened[:kept]:
        before.evolve(event)
    frozen = before.freeze()
    stored = [Router.journal.stored(TENANT, version, event) for version, event in enumerate(happened, 1)]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/router.db"
        with closing(open_store(url, "router")) as store:
            for start in range(0, len(stored), 5_000):
                store.commit(Commit(events=stored[start : start + 5_000]))
            whole, from_start = _folded(url)
            store.save_snapshot(StoredEvent(TENANT, kept, snapshot_topic(Router()), frozen))
            back, from_snapshot = _folded(url)
    if back.freeze() != day.floor.freeze() or whole.freeze() != day.floor.freeze():
        raise AssertionError("what is back after the restart is not what was there")
    return {
        "events": len(happened),
        "waiting": waiting,
        "agents": agents,
        "snapshot_bytes": len(frozen),
        "after_snapshot": len(happened) - kept,
        "back_ms": round(from_snapshot * 1000),
        "without_snapshot_ms": round(from_start * 1000),
    }


def _folded(url: str) -> tuple[Floor, float]:
    """The tenant's floor as a router that starts makes it, and the seconds that it took."""
    with closing(open_store(url, "router")) as store:
        began = perf_counter()
        floor = fold_streams(store, Router(), [TENANT])[TENANT].state
        return floor, perf_counter() - began


# --- the whole ----------------------------------------------------------------------------------------------------------

SIZES = [(waiting, agents) for agents in (10, 500, 5_000) for waiting in (100, 10_000, 100_000)]
LARGEST = SIZES[-1]
QUICK_SIZES = [(100, 10), (1_000, 100)]
RESTARTS = [(100, 500), (50_000, 5_000)]


def measure(quick: bool, only: Iterable[str], say: Callable[[str], None]) -> dict[str, Any]:
    """Everything, or what is asked for: `sizes`, `policies`, `restart`."""
    gc.freeze()
    gc.set_threshold(10_000, 50, 50)  # as the services run
    decisions = 2_000 if quick else 40_000
    parts = set(only) or {"sizes", "policies", "restart"}
    results: dict[str, Any] = {"machine": machine(), "quick": quick}
    sizes = QUICK_SIZES if quick else SIZES
    if "sizes" in parts:
        results["sizes"] = []
        for waiting, agents in sizes:
            found = decisions_per_s(waiting, agents, DEFAULT, decisions)
            say(f"{waiting:>7,} waiting, {agents:>5,} agents: {found['per_s']:>7,} decisions/s")
            results["sizes"].append(found)
    if "policies" in parts:
        results["policies"] = {}
        for name, routing in POLICIES.items():
            small, large = (decisions_per_s(*size, routing, decisions) for size in (sizes[0], sizes[-1]))
            say(f"{name:<28} {small['per_s']:>7,} decisions/s at the smallest, {large['per_s']:>7,} at the largest")
            results["policies"][name] = {"smallest": small, "largest": large}
    if "restart" in parts:
        results["restart"] = []
        for waiting, agents in QUICK_SIZES if quick else RESTARTS:
            found = restart(waiting, agents, 5_000 if quick else 100_000)
            say(
                f"restart with {waiting:,} waiting: {found['back_ms']:,} ms (without snapshot {found['without_snapshot_ms']:,} ms)"
            )
            results["restart"].append(found)
    return results


def tables(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    found = results["machine"]
    parts = [f"{found['cores']} cores ({found['processor']}), Python {found['python']}; one core is used."]
    if sizes := results.get("sizes"):
        first = sizes[0]["us"]
        lines = [
            "| waiting | agents | decisions/s | µs a decision | beside the smallest | events a decision |",
            "|--:|--:|--:|--:|--:|--:|",
        ]
        for row in sizes:
            ratio, events = row["us"] / first, row["events_per_decision"]
            lines.append(
                f"| {row['waiting']:,} | {row['agents']:,} | {row['per_s']:,} | {row['us']} | {ratio:.2f} | {events} |"
            )
        parts.append("\n".join(lines))
        small, last = sizes[0], sizes[-1]
        lines = ["| median µs by the wall clock | share | smallest | largest |", "|---|--:|--:|--:|"]
        for kind, us in last["us_by_kind"].items():
            lines.append(
                f"| `{kind}` | {last['share_by_kind'][kind]:.0%} | {small['us_by_kind'].get(kind, '')} | {us} |"
            )
        parts.append("\n".join(lines))
    if policies := results.get("policies"):
        lines = ["| policy | smallest, decisions/s | largest, decisions/s |", "|---|--:|--:|"]
        if sizes:
            lines.append(f"| all defaults | {sizes[0]['per_s']:,} | {sizes[-1]['per_s']:,} |")
        lines += [
            f"| {name} | {row['smallest']['per_s']:,} | {row['largest']['per_s']:,} |" for name, row in policies.items()
        ]
        parts.append("\n".join(lines))
    if restarts := results.get("restart"):
        lines = ["| events | waiting | agents | snapshot | events after it | back in | without snapshot |"]
        lines.append("|--:|--:|--:|--:|--:|--:|--:|--:|")
        for row in restarts:
            size = f"{row['snapshot_bytes'] / 1024:,.0f} KiB"
            times = f"{row['back_ms']:,} ms | {row['without_snapshot_ms']:,} ms"
            lines.append(
                f"| {row['events']:,} | {row['waiting']:,} | {row['agents']:,} | {size} | {row['after_snapshot']:,} | {times} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def growth(quick: bool, as_json: bool, only: Iterable[str] = ()) -> int:
    """Measure, show, and keep what is whole."""

    def say(line: str) -> None:
        print(f"  {line}", file=sys.stderr, flush=True)

    results = measure(quick, only, say)
    gateway = growth_gateway.measure(quick, say) if not only else None
    if as_json:
        print(json.dumps({**results, **({"gateway": gateway} if gateway is not None else {})}, indent=1))
    else:
        print(tables(results))
        if gateway is not None:
            print(f"\n{growth_gateway.tables(gateway)}")
    if not quick and gateway is not None:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        write_page(results)
        growth_gateway.keep(gateway)
        say(
            f"written: {RESULTS.relative_to(ROOT)}, {growth_gateway.where()}, {PAGE.relative_to(ROOT)}, docs/performance.md"
        )
    return 0


def write_page(results: dict[str, Any]) -> None:
    """The figures between the markers of docs/routing.md. Raises LookupError where it has none."""
    pattern = re.compile(r"(<!-- growth -->\n).*?(<!-- end of growth -->)", re.DOTALL)
    text = PAGE.read_text()
    if not pattern.search(text):
        raise LookupError(f"{PAGE.name} has no markers <!-- growth --> and <!-- end of growth -->")
    PAGE.write_text(pattern.sub(lambda found: f"{found[1]}\n{tables(results)}\n\n{found[2]}", text))
