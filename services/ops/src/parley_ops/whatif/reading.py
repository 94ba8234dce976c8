"""A floor's events, read page by page from the router's log."""

from __future__ import annotations

from collections.abc import Iterator

from parley_chassis.journal import Newer, UnknownEvent
from parley_chassis.store import Store
from parley_contracts.topology import floor_stream
from parley_router.domain import events as e
from parley_router.handlers import Router

AT_ONCE = 2_000


def floor_events(store: Store, tenant: str) -> Iterator[e.Happened]:
    """What happened on a tenant's floor, in order. Raises UnknownEvent where a newer version has written it."""
    after, stream = 0, floor_stream(tenant)
    while True:
        page = store.log(after, AT_ONCE)
        for stored in page:
            after = stored.id
            if str(stored.originator_id) == stream:
                event = Router.journal.read(stored.topic, stored.state)
                if isinstance(event, Newer):
                    raise UnknownEvent(f"the floor holds {event.topic}")
                yield event
        if len(page) < AT_ONCE:
            return
