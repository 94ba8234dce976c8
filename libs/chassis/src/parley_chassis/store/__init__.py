"""The event store of a service, on the `eventsourcing` library's recorders."""

from .opening import open_store
from .port import Commit, Due, LeaseBook, Stale, Standing, Store, StoreDown

__all__ = ["Commit", "Due", "LeaseBook", "Stale", "Standing", "Store", "StoreDown", "open_store"]
