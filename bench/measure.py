"""The measurements: each takes something that runs, and gives figures as they stand in the results' JSON."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psycopg

from .children import Child, Client, Failed
from .counts import Counts
from .fill import fill
from .processes import Clocks, resident_bytes
from .setups import Parley

Say = Callable[[str], None]


class Amounts(NamedTuple):
    """How much is measured: seconds, and numbers of things."""

    conversations: int
    in_flight: int
    warm_s: float
    slow_s: float
    fast_s: float
    window_s: float
    windows: int
    idle: int
    rebuilt_events: int


FULL = Amounts(200, 1_000, 3, 30, 15, 8, 3, 1_000, 100_000)
QUICK = Amounts(60, 400, 0.5, 2, 2, 2, 1, 200, 5_000)

SLOW_PER_S, FAST_PER_S = 20, 1_000


def latency(client: Client, amounts: Amounts, rates: tuple[int, ...] = (SLOW_PER_S, FAST_PER_S)) -> dict[str, Any]:
    """Times from the instant at which a message was to be sent, at a low and at a high rate."""
    found = {}
    for per_s in rates:
        seconds = amounts.slow_s if per_s == SLOW_PER_S else amounts.fast_s
        client.ask("rate", per_s=per_s, seconds=min(amounts.warm_s, seconds))
        answer = client.ask("rate", per_s=per_s, seconds=seconds)
        found[f"{per_s}/s"] = {name: value for name, value in answer.items() if name not in ("began", "ended")}
    return found


def _middle(windows: list[dict[str, Any]], name: str = "per_s") -> dict[str, Any]:
    """The window whose rate is the median one, with all the rates beside it."""
    rates = [window[name] for window in windows]
    middle = min(windows, key=lambda window: abs(window[name] - median(rates)))
    return {**middle, "all_windows_per_s": rates}


def most(parley: Parley, client: Client, chats: list[str], amounts: Amounts, say: Say) -> dict[str, Any]:
    """The most messages a second that arrive, are acknowledged, are stored, and are in the CRM: counted there."""
    counts = Counts(parley.store_url, chats)
    client.ask("window", in_flight=amounts.in_flight, seconds=amounts.warm_s)
    _settled(counts)
    windows = []
    for _ in range(amounts.windows):
        before = counts.stored()
        clocks = Clocks({**parley.pids(), "client": [client.pid]})
        run = client.ask("window", in_flight=amounts.in_flight, seconds=amounts.window_s)
        projected = _settled(counts)
        spent, others = clocks.per(run["messages"]), clocks.others()
        stored = counts.stored() - before
        if stored != run["messages"]:
            raise Failed(f"{run['messages']} messages were acknowledged, {stored} are in the session's log")
        rate = round(run["messages"] / (projected - run["began"]), 1)
        say(f"    {rate} messages/s into the CRM, {run['per_s']} delivered")
        windows.append(
            {
                "per_s": rate,
                "delivered_per_s": run["per_s"],
                "messages": run["messages"],
                "stored": stored,
                "delivered": run["delivered"],
                "acked": run["acked"],
                "cpu_us_per_message": spent,
                "others_cores": others,
            }
        )
    return {"in_flight": amounts.in_flight, "conversations": len(chats), **_middle(windows)}


def _settled(counts: Counts, patience_s: float = 120) -> float:
    """When (monotonic) the CRM had everything that the session's log has. Raises Failed."""
    goal = counts.stored()
    end = time.monotonic() + patience_s
    while (found := counts.projected()) != goal:
        if time.monotonic() > end or found > goal:
            raise Failed(f"the session's log has {goal} messages of these chats, the CRM {found} lines")
        time.sleep(0.05)
    return time.monotonic()


def most_of_other(
    client: Client,
    pids: Callable[[], Mapping[str, Sequence[int]]],
    stored: Callable[[], int],
    amounts: Amounts,
    say: Say,
) -> dict[str, Any]:
    """The same window through something else: the floor, or what people would otherwise use. `stored` counts what is
    in its database."""
    client.ask("window", in_flight=amounts.in_flight, seconds=amounts.warm_s)
    windows = []
    for _ in range(amounts.windows):
        before = _standing(stored)
        clocks = Clocks({**pids(), "client": [client.pid]})
        run = client.ask("window", in_flight=amounts.in_flight, seconds=amounts.window_s)
        spent, others = clocks.per(run["messages"]), clocks.others()
        found = _standing(stored) - before
        if found != run["messages"]:
            raise Failed(f"{run['messages']} messages came through, {found} are stored")
        say(f"    {run['per_s']} messages/s")
        names = ("per_s", "messages", "delivered")
        costs = {"cpu_us_per_message": spent, "others_cores": others}
        windows.append({**{name: run[name] for name in names}, "stored": found, **costs})
    return {"in_flight": amounts.in_flight, "conversations": amounts.conversations, **_middle(windows)}


def _standing(count: Callable[[], int]) -> int:
    """A count that has come to a standstill."""
    last, found = -1, count()
    while found != last:
        time.sleep(0.2)
        last, found = found, count()
    return found


def rows(database_url: str, table: str, copies: int = 1) -> int:
    """How many messages a table has, when each is there `copies` times."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(f"SELECT count(*) / {copies} FROM {table}").fetchone()
        return int(row[0]) if row else 0


def memory(parley: Parley, amounts: Amounts) -> dict[str, Any]:
    """What a connected visitor costs the gateway: a bare socket first, then with a chat that waits in its queue.

    No agent is there: nothing else grows meanwhile. The first 50 visitors are not counted, so that what is imported or
    pooled at the first use is not either.
    """
    gateway = parley.pids()["gateway"][0]
    client = parley.client(agents=[])
    try:
        client.ask("open", conversations=50)
        time.sleep(2)
        before = resident_bytes(gateway)
        client.ask("connect", conversations=amounts.idle)
        time.sleep(2)
        connected = resident_bytes(gateway)
        client.ask("start")
        time.sleep(3)
        started = resident_bytes(gateway)
        client.ask("close")
    finally:
        client.stop()
    return {
        "visitors": amounts.idle,
        "connected_bytes": round((connected - before) / amounts.idle),
        "started_bytes": round((started - before) / amounts.idle),
        "gateway_before_bytes": before,
        "gateway_after_bytes": started,
    }


def stored_bytes(parley: Parley, texts: dict[str, Any]) -> dict[str, Any]:
    """What a message occupies in the session's log and in the CRM, indexes included.

    `texts` is what the client said: numbers of messages, characters and bytes.
    """
    found = {
        "text_characters": round(texts["characters"] / texts["said"], 1),
        "text_bytes": round(texts["bytes"] / texts["said"], 1),
    }
    if parley.store_url.startswith("sqlite:"):
        folder = Path(parley.store_url.removeprefix("sqlite:"))
        for name, service in (("log_bytes", "session"), ("crm_bytes", "crm_logger")):
            with closing(sqlite3.connect(folder / f"{service}.db", timeout=10)) as file:
                used, size = (file.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in ("page_count", "page_size"))
            found[name] = round(used * size / texts["said"], 1)
        return found
    with psycopg.connect(parley.store_url, autocommit=True) as connection:
        for name, table in (("log_bytes", "session.stored_events"), ("crm_bytes", _live_lines(connection))):
            connection.execute(f"VACUUM ANALYZE {table}")
            row = connection.execute(
                f"SELECT pg_total_relation_size('{table}')::float / count(*), pg_relation_size('{table}')::float "
                f"/ count(*) FROM {table}"
            ).fetchone()
            assert row is not None
            found[name] = round(row[0], 1)
            found[f"{name}_without_indexes"] = round(row[1], 1)
    return found


def _live_lines(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("SELECT live FROM crm_logger.projection WHERE one = 1").fetchone()
    assert row is not None
    return f"crm_logger.lines_{row[0]}"


def rebuilding(parley: Parley, amounts: Amounts) -> dict[str, Any]:
    """The log folded and projected anew, with all services ended; it is made long enough first."""
    fill(parley.store_url, amounts.rebuilt_events)
    child = Child("bench.rebuilding", parley.store_url, log=parley.directory / "rebuilding.log")
    try:
        return json.loads(child.line(600))  # type: ignore[no-any-return]
    finally:
        child.stop()
