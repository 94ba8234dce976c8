"""PM4Py reads what `parley export --format ocel` writes, and finds in it what the logs hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import pytest
from golden.life import live
from parley_chassis.store import Commit, open_store
from parley_crm_logger.store import open_crm
from servers import Unavailable

from mining.__main__ import PICTURE, exported
from mining.drawing import draw
from mining.reading import NotHere, read


@pytest.fixture(scope="module")
def ocel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day with everything in it, which always is the same."""
    folder = tmp_path_factory.mktemp("mining")
    with closing(open_crm(f"sqlite:{folder}")) as crm:
        life = live(crm)
    for name, log in life.logs.items():
        from eventsourcing.persistence import StoredEvent

        with closing(open_store(f"sqlite:{folder}", name)) as store:
            store.commit(Commit(events=[StoredEvent(*row[1:]) for row in log.log(0, 10_000)]))
    return exported(folder, folder / "log.jsonocel")


@pytest.fixture(scope="module")
def found(ocel: Path, missing: Callable[[str, Unavailable, str], NoReturn]) -> dict[str, Any]:
    """What PM4Py finds about the chats of a queue."""
    try:
        return read(ocel, "acme/queue/help", "chat")
    except NotHere as reason:
        missing("PM4Py", Unavailable(str(reason)), "PARLEY_REQUIRE_PM4PY")


@pytest.mark.slow
def test_R37_pm4py_finds_the_events_objects_and_relations_that_are_there(ocel: Path, found: dict[str, Any]) -> None:
    log = json.loads(ocel.read_bytes())
    related = [each for event in log["events"] for each in event["relationships"]]
    assert found["events"] == Counter(event["type"] for event in log["events"])
    assert found["objects"] == Counter(each["type"] for each in log["objects"])
    assert set(found["objects"]) == {"chat", "call", "e-mail", "agent", "queue"}
    assert found["relations"] == len(related)
    assert found["qualifiers"] == Counter(each["qualifier"] for each in related)


def ways(log: dict[str, Any], queue: str) -> dict[str, list[str]]:
    """By chat that was in a queue its steps, in order."""
    chats = {each["id"] for each in log["objects"] if each["type"] == "chat"}
    found: dict[str, list[str]] = {}
    inside = set()
    for event in log["events"]:
        about = {each["objectId"] for each in event["relationships"]}
        for chat in about & chats:
            found.setdefault(chat, []).append(event["type"])
            inside |= {chat} if queue in about else set()
    return {chat: steps for chat, steps in found.items() if chat in inside}


@pytest.mark.slow
def test_R37_a_queues_directly_follows_graph_is_that_of_its_chats(ocel: Path, found: dict[str, Any]) -> None:
    of_queue = ways(json.loads(ocel.read_bytes()), "acme/queue/help")
    edges = Counter((one, other) for steps in of_queue.values() for one, other in pairwise(steps))
    assert found["cases"] == len(of_queue) > 2
    assert {(one, other): count for one, other, count in found["edges"]} == edges
    assert found["begins"] == Counter(steps[0] for steps in of_queue.values())
    picture = draw(found, "A queue", 1)
    assert all(f">{name} · {count}<" in picture for name, count in found["activities"].items())
    assert picture.count("marker-end") == len(edges)


def test_the_picture_in_the_documents_is_one_of_these() -> None:
    picture = PICTURE.read_text()
    assert picture.startswith("<svg")
    assert "Requested" in picture
    assert "in the queue support" in picture
