"""`python -m bench.rebuilding STORE_URL`: how fast the log becomes a CRM again, and chats again. Prints JSON.

The CRM by the code of `parley rebuild crm`, the comparison with the live one included and by itself; the start of the
process is not counted.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from typing import Any

from parley_chassis.store import Store, open_store
from parley_crm_logger.store import open_crm
from parley_ops.rebuild import rebuild_crm
from parley_session.domain.chat import Chat
from parley_session.handlers import Session

AT_ONCE = 5_000


def rebuild(url: str) -> dict[str, Any]:
    """Events a second, with and without the comparison."""
    built = 0.0

    def progress(done: int, of: int) -> None:
        nonlocal built
        built = time.monotonic()

    with (
        closing(open_store(url, "session")) as session,
        closing(open_store(url, "router")) as router,
        closing(open_crm(url)) as crm,
    ):
        began = time.monotonic()
        rebuilt = rebuild_crm(session, router, crm, None, progress)
        ended = time.monotonic()
        crm.drop_generation(rebuilt.generation)
    return {
        "events": rebuilt.events,
        "events_per_s": round(rebuilt.events / (ended - began)),
        "without_comparison_events_per_s": round(rebuilt.events / (built - began)),
        "different_rows": rebuilt.different,
        "rows": rebuilt.rows,
    }


def replay(url: str) -> dict[str, Any]:
    """Every chat folded from the session's log."""
    with closing(open_store(url, "session")) as store:
        began = time.monotonic()
        chats, events = _fold(store)
        spent = time.monotonic() - began
    return {"events": events, "chats": chats, "events_per_s": round(events / spent)}


def _fold(store: Store) -> tuple[int, int]:
    session, position, events = Session(), 0, 0
    states: dict[str, Chat] = {}
    while log := store.log(position, AT_ONCE):
        for stored in log:
            stream = str(stored.originator_id)
            state = states.get(stream) or session.new(stream)
            states[stream] = session.evolve(state, session.journal.event(stored.topic, stored.state))
        position = log[-1].id
        events += len(log)
    return len(states), events


if __name__ == "__main__":
    print(json.dumps({"rebuild": rebuild(sys.argv[1]), "replay": replay(sys.argv[1])}))
