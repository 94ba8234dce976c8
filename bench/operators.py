"""`python -m bench operators`: what operators' questions cost beside a long log (R29, R38), on PostgreSQL.

Logs of many chats are written straight into a database of their own (PARLEY_BENCH_DATABASE_URL names a server; the database is made and
removed). Then the operators' service is measured in a process of its own: how fast the index is made, how fast the floors' states are kept,
what each kind of question takes, and how much memory all of it needed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import msgspec
import psycopg
from parley_chassis.clock import system_clock
from parley_chassis.journal import Journal
from parley_chassis.store import open_store
from parley_chassis.store.connecting import connect
from parley_contracts import operators as o
from parley_contracts.shapes import QueueSettings
from parley_crm_logger.store import open_crm
from parley_ops.answers import Answers
from parley_ops.app import Sources
from parley_ops.index.filling import Filler
from parley_ops.index.floors import Floors
from parley_router.domain import events as r
from parley_router.handlers import Router
from parley_session.domain import events as s
from parley_session.handlers import Session
from psycopg.sql import SQL, Identifier

from .machine import machine

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
TENANT = "acme"
BEGIN = 1_750_000_000_000
AGENTS, QUEUES = 40, 4
APART_MS = 50
"""A chat begins every so many milliseconds: with its 17 events that is 340 events a second."""
AT_ONCE = 20_000
ASKED = 60
TEXT = "Hello, I have a question about the order that I placed last week, please. It has not come yet."


def _agent(number: int) -> str:
    return f"agent-{number:02d}"


def _set_up() -> Iterator[r.Happened]:
    for queue in range(QUEUES):
        agents = tuple(_agent(number) for number in range(AGENTS) if number % QUEUES == queue)
        settings = QueueSettings(name=f"Queue {queue}", agents=agents, chats_per_agent=8).model_dump(mode="json")
        yield r.QueueSet(at=BEGIN, queue=f"queue-{queue}", settings=settings, user="ada")
    for number in range(AGENTS):
        name = _agent(number)
        yield r.AgentLoggedIn(at=BEGIN, agent=name, name=name.title())
        yield r.AgentConnected(at=BEGIN, agent=name, name=name.title(), connection=f"{name}.1", grace_ms=60_000)
        yield r.AgentSetReady(at=BEGIN, agent=name)


def _chat(number: int, chance: Random) -> tuple[str, list[s.Happened], list[r.Happened]]:
    at = BEGIN + 1_000 + number * APART_MS
    item, agent, queue = f"chat-{number:08d}", _agent(number % AGENTS), f"queue-{number % QUEUES}"
    trace = f"00-{chance.getrandbits(128):032x}-{number:016x}-01"
    about: dict[str, Any] = {"item": item, "kind": "chat", "queue": queue}
    given = at + int(chance.expovariate(1 / 8_000))
    why = r.Why(policy="longest_idle", out_of="room", passed={"at_limit": [_agent(3), _agent(7)]})
    chat: list[s.Happened] = [s.Requested(at=at, service="web", queue=queue, name="Visitor", trace=trace)]
    floor: list[r.Happened] = [
        r.ItemQueued(at=at, **about, priority=50, name="Visitor", trace=trace),
        r.ItemAssigned(at=given, **about, agent=agent, name=agent.title(), how="pushed", why=why, trace=trace),
    ]
    chat.append(s.Assigned(at=given, seq=1, agent=agent, name=agent.title(), queue=queue, trace=trace))
    for turn in range(8):
        mine = agent if turn % 2 == 0 else None
        own = f"00-{chance.getrandbits(128):032x}-{number:016x}-01"
        chat.append(
            s.MessagePosted(
                at=given + 900 * (turn + 1),
                seq=turn + 2,
                author="agent" if mine else "visitor",
                agent=mine,
                text=TEXT,
                digest=turn,
                trace=own,
            )
        )
    over = given + 9_000
    chat.append(s.Ended(at=over, seq=10, ended_by="visitor"))
    floor.append(r.WrapUpStarted(at=over, **about, agent=agent, limit_ms=60_000, extensions=1, ended_by="visitor"))
    chat.append(s.WrapUpStarted(at=over, agent=agent, limit_ms=60_000, extensions=1))
    floor.append(r.ItemClosed(at=over + 3_000, **about, outcome="handled", why="completed"))
    waited = given - at
    chat.append(
        s.Closed(
            at=over + 3_000,
            outcome="handled",
            why="completed",
            started_at=at,
            wait_ms=waited,
            handle_ms=9_000,
            wrap_up_ms=3_000,
        )
    )
    return item, chat, floor


def _line(journal: Journal, stream: str, n: int, event: msgspec.Struct) -> str:
    stored = journal.stored(stream, n, event)
    return f"{stream}\t{n}\t{stored.topic}\t\\\\x{stored.state.hex()}\n"


def fill(url: str, events: int, say: Callable[[str], None]) -> int:
    """Write logs with at least so many events; how many chats they have."""
    for service in ("session", "router", "gateway"):
        open_store(url, service).close()
    open_crm(url).close()
    chance = Random(1)
    chats = (events + 16) // 17
    version = 0
    waiting: list[tuple[int, r.Happened]] = [(BEGIN, event) for event in _set_up()]
    spoken: list[tuple[int, str, int, s.Happened]] = []
    with closing(connect(url)) as connection:
        for begin in range(0, chats, AT_ONCE):
            for number in range(begin, min(chats, begin + AT_ONCE)):
                item, chat, floor = _chat(number, chance)
                spoken += [(event.at, f"{TENANT}/{item}", n, event) for n, event in enumerate(chat, 1)]
                waiting += [(event.at, event) for event in floor]
            last = begin + AT_ONCE >= chats
            until = (1 << 62) if last else BEGIN + (begin + AT_ONCE) * APART_MS
            spoken.sort(key=lambda each: (each[0], each[2]))
            waiting.sort(key=lambda each: each[0])
            said = [each for each in spoken if each[0] < until]
            done = [event for at, event in waiting if at < until]
            spoken, waiting = spoken[len(said) :], waiting[len(done) :]
            _copy(
                connection, "session", "".join(_line(Session.journal, stream, n, event) for _, stream, n, event in said)
            )
            _copy(
                connection,
                "router",
                "".join(_line(Router.journal, TENANT, version + n, event) for n, event in enumerate(done, 1)),
            )
            version += len(done)
            say(f"{min(chats, begin + AT_ONCE) * 17:,} events written")
        connection.execute("INSERT INTO router.agenda VALUES (%s, 0, 0)", (TENANT,))
        connection.execute("ANALYZE")
    return chats


def _copy(connection: psycopg.Connection[Any], schema: str, lines: str) -> None:
    columns = "(originator_id, originator_version, topic, state)"
    with connection.cursor() as cursor, cursor.copy(f"COPY {schema}.stored_events {columns} FROM STDIN") as copy:
        copy.write(lines)


def ask(url: str, chats: int) -> dict[str, Any]:
    """Make the index and ask, in this process; the figures."""
    chance = Random(2)
    with closing(Sources(url)) as sources:
        filler, floors = Filler(sources.index), Floors(sources.index)
        begun = time.perf_counter()
        filler.begin()
        took = time.perf_counter() - begun
        told: dict[str, Any] = {"events": filler.progress.of, "index_events_per_s": round(filler.progress.of / took)}
        begun, folded = time.perf_counter(), floors.last(TENANT)
        while floors.keep_next(TENANT):
            pass
        told["floor_events_per_s"] = round(folded / (time.perf_counter() - begun))
        answers = Answers(sources.index, floors, sources.keeps, sources.consumed)
        told["questions"] = {name: _asked(answers, make) for name, make in _questions(chats, chance).items()}
    told["memory_mb"] = _most_memory_mb()
    return told


def _most_memory_mb() -> int:
    """The most that this process has had: what it was forked from does not count."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def _questions(chats: int, chance: Random) -> dict[str, Callable[[], Any]]:
    def item() -> str:
        return f"chat-{chance.randrange(chats):08d}"

    def at() -> int:
        return BEGIN + chance.randrange(chats * APART_MS)

    def agent() -> str:
        return _agent(chance.randrange(AGENTS))

    def events(**fields: Any) -> Any:
        return o.AskEvents(tenant=TENANT, **fields)

    return {
        "events of a chat": lambda: events(item=item()),
        "the newest": lambda: events(newest_first=True),
        "from a time on": lambda: events(since=at()),
        "of an agent, newest first": lambda: events(agent=agent(), newest_first=True),
        "of an agent and a type": lambda: events(agent=agent(), kinds="WrapUpStarted", since=at()),
        "of an agent who has nothing there": lambda: events(agent=agent(), queue="queue-9", since=at()),
        "of a seldom type": lambda: events(kinds="QueueSet", newest_first=True),
        "new ones, from a place far back": lambda: o.AskNewEvents(
            tenant=TENANT, after=f"0.{chance.randrange(chats * 13)}.{chance.randrange(chats * 4)}.0"
        ),
        "a chat, now": lambda: o.AskChatAt(tenant=TENANT, item=item()),
        "a chat, at a number": lambda: o.AskChatAt(tenant=TENANT, item=item(), n=chance.randrange(1, 14)),
        "the floor at a time": lambda: o.AskFloorAt(tenant=TENANT, at=at()),
        "the floor at a version": lambda: o.AskFloorAt(tenant=TENANT, version=chance.randrange(1, chats * 4)),
        "why": lambda: o.AskWhy(tenant=TENANT, item=item()),
        "find": lambda: o.AskFound(tenant=TENANT, text=item()),
        "streams": lambda: o.AskStreams(tenant=TENANT),
        "letters": lambda: o.AskLetters(tenant=TENANT),
    }


def _asked(answers: Answers, make: Callable[[], Any]) -> dict[str, float]:
    took = []
    for _ in range(ASKED):
        question = make()
        begun = time.perf_counter()
        answers.answer(question, system_clock())
        took.append((time.perf_counter() - begun) * 1_000)
    took.sort()
    return {"p50_ms": round(took[ASKED // 2], 1), "p95_ms": round(took[int(ASKED * 0.95)], 1)}


def operators(events: int, *, as_json: bool) -> int:
    """Fill, measure, print; 0."""
    server = os.environ.get("PARLEY_BENCH_DATABASE_URL", SERVER)
    name = f"parley_bench_{uuid4().hex[:8]}"
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with closing(connect(server)) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            chats = fill(url, events, lambda line: print(line, file=sys.stderr))
            child = [sys.executable, "-m", "bench.operators", "--url", url, "--chats", str(chats)]
            done = subprocess.run(child, stdout=subprocess.PIPE, check=True)
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
    told = {**json.loads(done.stdout), "machine": machine()}
    if as_json:
        print(json.dumps(told, indent=2))
        return 0
    print(
        f"{told['events']:,} events; index {told['index_events_per_s']:,}/s, floors {told['floor_events_per_s']:,}/s, {told['memory_mb']} MB"
    )
    for question, figures in told["questions"].items():
        print(f"  {question:<36} p50 {figures['p50_ms']:8.1f} ms   p95 {figures['p95_ms']:8.1f} ms")
    return 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--url", required=True)
    asked.add_argument("--chats", type=int, required=True)
    given = asked.parse_args()
    print(json.dumps(ask(given.url, given.chats)))
