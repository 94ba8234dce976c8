"""Logs of generated floors, as a store would hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from parley_chassis.store import Commit, Logged
from parley_chassis.store.memory import MemoryStore
from parley_router.domain import events as e
from parley_router.domain.floor import Floor
from parley_router.handlers import Router

TENANT = "acme"


@contextmanager
def recording() -> Iterator[list[e.Happened]]:
    """Every event that a floor is told meanwhile."""
    happened: list[e.Happened] = []
    evolve = Floor.evolve

    def noted(floor: Floor, event: e.Happened) -> Floor:
        happened.append(event)
        return evolve(floor, event)

    with patch.object(Floor, "evolve", noted):
        yield happened


def recorded(live: Callable[[], Any]) -> list[e.Happened]:
    """The events of a life."""
    with recording() as happened:
        live()
    return happened


def stored(happened: Sequence[e.Happened], tenant: str = TENANT) -> list[Any]:
    """As a store takes them."""
    return [Router.journal.stored(tenant, n, event) for n, event in enumerate(happened, 1)]


def as_store(happened: Sequence[e.Happened], tenant: str = TENANT) -> MemoryStore:
    """A router's log of one tenant."""
    store = MemoryStore()
    store.commit(Commit(events=stored(happened, tenant)))
    return store


def as_rows(happened: Sequence[e.Happened], tenant: str = TENANT) -> list[Logged]:
    """The rows of such a log."""
    return [Logged(n, tenant, n, row.topic, row.state) for n, row in enumerate(stored(happened, tenant), 1)]
