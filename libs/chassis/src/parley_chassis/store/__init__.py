"""The event store of a service, on the `eventsourcing` library's recorders."""

from .opening import open_store
from .port import Commit, Due, Stale, Store, StoreDown

__all__ = ["Commit", "Due", "Stale", "Store", "StoreDown", "open_store"]
