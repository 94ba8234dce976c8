"""The logs as they are stored, read without the product's own folding: what tests recompute from."""

from __future__ import annotations

import json
from typing import Any

from parley_chassis.store import open_store


def raw_log(store_url: str, service: str) -> list[dict[str, Any]]:
    """All events of a service's log, in order: `stream`, `n`, `event` (its name) and the stored fields."""
    store = open_store(store_url, service)
    try:
        events: list[dict[str, Any]] = []
        position = 0
        while page := store.log(position, 5_000):
            position = page[-1].id
            events += [
                {
                    "stream": stored.originator_id,
                    "n": stored.originator_version,
                    "event": stored.topic.rpartition(".")[0],
                    **json.loads(stored.state),
                }
                for stored in page
            ]
        return events
    finally:
        store.close()


def of_chat(events: list[dict[str, Any]], chat: str, tenant: str = "demo") -> list[dict[str, Any]]:
    """One chat's events."""
    return [event for event in events if event["stream"] == f"{tenant}/{chat}"]


def timers(events: list[dict[str, Any]]) -> dict[str, int]:
    """R17, the naive way: walk the chat's raw events once for each timer and add up the intervals."""
    spent = {"wait_ms": 0, "handle_ms": 0, "wrap_up_ms": 0}
    stage, activity, since = "waiting", None, 0
    for event in events:
        at = event["at"]
        if event["event"] not in ("Requested", "Assigned", "Parked", "Resumed", "Requeued", "WrapUpStarted", "Closed"):
            continue
        if stage == "waiting":
            spent["wait_ms"] += at - since if since else 0
        elif activity == "active":
            spent["handle_ms" if stage == "conversation" else "wrap_up_ms"] += at - since
        since = at
        match event["event"]:
            case "Assigned":
                stage, activity = "conversation", "active"
            case "Parked":
                activity = "parked"
            case "Resumed":
                activity = "active"
            case "Requeued":
                stage, activity = "waiting", None
            case "WrapUpStarted":
                stage = "wrap_up"
    return spent
