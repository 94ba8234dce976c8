"""Which store a URL names."""

from __future__ import annotations

from pathlib import Path

from .memory import MemoryStore
from .port import Store
from .postgres import PostgresStore
from .sqlite import SQLiteStore


def open_store(url: str, service: str) -> Store:
    """The store of `service` at `url`: `memory:`, `sqlite:FOLDER` (one file a service) or `postgresql://…` (one schema
    a service, called after it).

    Raises ValueError for another kind of URL, StoreDown when it cannot be reached.
    """
    name = service.replace("-", "_")
    if url == "memory:":
        return MemoryStore()
    if url.startswith("sqlite:"):
        folder = Path(url.removeprefix("sqlite:"))
        folder.mkdir(parents=True, exist_ok=True)
        return SQLiteStore(str(folder / f"{name}.db"))
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresStore(url, name)
    raise ValueError(f"no store is known for {url.split(':')[0]}: use memory:, sqlite:FOLDER or postgresql://…")
