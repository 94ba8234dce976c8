"""What Prometheus is shown of the contact centre is what the log says."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from parley_ops.figures import Figures
from parley_ops.index.floors import Floors
from parley_ops.index.table import open_index
from parley_router.domain import events as e
from prometheus_client import REGISTRY
from random_days import Day


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"tenant": "acme", **labels}) or 0.0


def shown(name: str) -> dict[tuple[str, ...], float]:
    found = {}
    for family in REGISTRY.collect():
        for sample in family.samples:
            if sample.name == name and sample.labels.get("tenant") == "acme" and sample.value:
                labels = {label: value for label, value in sample.labels.items() if label != "tenant"}
                found[tuple(labels.values())] = sample.value
    return found


def test_the_figures_are_those_of_the_log(tmp_path: Path) -> None:
    day = Day(50)
    day.write(f"sqlite:{tmp_path}")
    with closing(sqlite3.connect(tmp_path / "router.db")) as agenda, agenda:
        agenda.execute("INSERT INTO agenda VALUES ('acme', 0, 0)")  # which the router has, and these logs have not
    index = open_index(f"sqlite:{tmp_path}")
    figures = Figures(Floors(index))
    figures.look(day.now)
    before = len(day.of_router())
    counted = {name: Counter(shown(name)) for name in ("parley_items_queued_total", "parley_interruptions_total")}
    for _ in range(6):
        written = len(day.happened)
        day.go_on(80)
        day.write(f"sqlite:{tmp_path}", written)
        figures.look(day.now)
    new = day.of_router()[before:]
    queued = Counter((event.queue, event.kind) for event in new if isinstance(event, e.ItemQueued))
    assert Counter(shown("parley_items_queued_total")) - counted["parley_items_queued_total"] == queued
    interrupted = Counter(
        (event.queue,) for event in new if isinstance(event, e.ItemParked) and event.interrupted_by is not None
    )
    assert Counter(shown("parley_interruptions_total")) - counted["parley_interruptions_total"] == interrupted
    waiting = Counter((item.queue, item.kind) for item in day.floor.items.values() if item.stage == "waiting")
    assert shown("parley_waiting_items") == waiting
    for (queue, kind), seconds in shown("parley_longest_wait_seconds").items():
        first = min(
            item.waiting_since
            for item in day.floor.items.values()
            if (item.stage, item.queue, item.kind) == ("waiting", queue, kind)
        )
        assert seconds == (day.now - first) / 1000
    states = Counter((agent.unavailable or ("busy" if agent.busy else "free"),) for agent in day.floor.agents.values())
    states.pop(("logged_out",), None)
    assert shown("parley_agents") == states
    closed = [event for event in new if isinstance(event, e.ItemClosed)]
    done = sum(shown("parley_items_abandoned_total").values()) + sum(shown("parley_items_handled_total").values())
    assert done == len(closed) > 20
    answered = {event.item for event in new if isinstance(event, e.CallAnswered)} | {
        event.item for event in new if isinstance(event, e.ItemAssigned) and event.ring_ms is None
    }
    assert 0 < sum(shown("parley_answer_seconds_count").values()) <= len(answered)
    index.close()
