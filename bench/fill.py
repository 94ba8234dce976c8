"""More of a log: dialogues written straight into the session's store and the CRM, as the services would have them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

from parley_chassis.store import Commit, open_store
from parley_contracts.shapes import Said
from parley_contracts.topology import chat_stream, partition_of
from parley_crm_logger.store import open_crm
from parley_session.domain import events as e
from parley_session.handlers import Session
from parley_session.says import says

from .counts import TENANT
from .texts import Dialogue, dialogues

AT_ONCE = 5_000


def fill(store_url: str, events: int) -> int:
    """Write dialogues until the session's log has at least so many events; how many it has. No service may run."""
    with closing(open_store(store_url, "session")) as store, closing(open_crm(store_url)) as crm:
        lacking = events - store.end()
        written: Iterator[tuple[str, int, Any]] = _all_events()
        while lacking > 0:
            page = list(islice(written, min(AT_ONCE, lacking)))
            stored = [Session.journal.stored(stream, version, event) for stream, version, event in page]
            positions = store.commit(Commit(events=stored))
            told: list[Said] = []
            taken: dict[str, int] = {}
            for position, (stream, version, event) in zip(positions, page, strict=True):
                partition = partition_of(stream)
                source = f"{Session.name}.{partition}"
                message = says(stream, version, event)[0][1]
                told.append(message.model_copy(update={"source": source, "position": position}))
                taken[f"{source}>{partition}"] = position
            crm.apply(told, taken)
            lacking -= len(page)
        return store.end()


def _all_events() -> Iterator[tuple[str, int, Any]]:
    run = uuid4().hex[:8]
    spoken, _ = dialogues()
    for number, dialogue in enumerate(cycle(spoken)):
        stream = chat_stream(TENANT, f"fill-{run}-{number}")
        for version, event in enumerate(_chat(dialogue, int(time.time() * 1000)), 1):
            yield stream, version, event


def _chat(dialogue: Dialogue, at: int) -> Iterator[e.Happened]:
    yield e.Requested(at=at, service="demo", queue="support")
    yield e.Assigned(at=at + 10, seq=1, agent="anna", name="Anna", queue="support")
    for seq, (who, text) in enumerate(dialogue, 2):
        at += 1_000
        agent, name = ("anna", "Anna") if who == "agent" else (None, None)
        author: Any = who
        yield e.MessagePosted(
            at=at, seq=seq, command_key=f"/{seq}", digest=seq, author=author, text=text, agent=agent, name=name
        )
    yield e.Ended(at=at + 10, seq=len(dialogue) + 2, ended_by="visitor")
    yield e.Closed(
        at=at + 20, outcome="handled", why="completed", started_at=at, wait_ms=10, handle_ms=1_000, wrap_up_ms=10
    )
