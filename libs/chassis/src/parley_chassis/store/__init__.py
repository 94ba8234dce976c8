"""The event store of a service, on the `eventsourcing` library's recorders."""

from .letters import LetterBook
from .opening import must_be_there, open_existing, open_store, those_there
from .port import (
    SNAPSHOTS_KEPT,
    Commit,
    LeaseBook,
    Logged,
    Membership,
    NothingThere,
    OpenStream,
    Stale,
    Store,
    StoreDown,
)

__all__ = [
    "SNAPSHOTS_KEPT",
    "Commit",
    "LeaseBook",
    "LetterBook",
    "Logged",
    "Membership",
    "NothingThere",
    "OpenStream",
    "Stale",
    "Store",
    "StoreDown",
    "must_be_there",
    "open_existing",
    "open_store",
    "those_there",
]
