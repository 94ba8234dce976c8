"""What has been stored of some chats, counted in the databases themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

TENANT = "demo"


class Counts:
    """Counts in the session's log and in the live CRM at `url`: `sqlite:FOLDER` or `postgresql://…`."""

    def __init__(self, url: str, chats: Sequence[str]) -> None:
        self._url, self._chats = url, list(chats)

    def stored(self) -> int:
        """Messages of these chats in the session's log."""
        table = "stored_events" if self._url.startswith("sqlite:") else "session.stored_events"
        return self._count(
            "session",
            f"SELECT count(*) FROM {table} WHERE topic = 'MessagePosted.1' AND originator_id",
            [f"{TENANT}/{chat}" for chat in self._chats],
        )

    def projected(self) -> int:
        """Lines of these chats in the live CRM."""
        prefix = "" if self._url.startswith("sqlite:") else "crm_logger."
        live = self._one("crm_logger", f"SELECT live FROM {prefix}projection WHERE one = 1", [])
        table = f"{prefix}lines_{live}"
        return self._count("crm_logger", f"SELECT count(*) FROM {table} WHERE item", self._chats)

    def _count(self, service: str, query: str, wanted: list[str]) -> int:
        if self._url.startswith("sqlite:"):
            marks = ", ".join("?" for _ in wanted)
            return int(self._one(service, f"{query} IN ({marks})", wanted))
        return int(self._one(service, f"{query} = ANY(%s)", [wanted]))

    def _one(self, service: str, query: str, parameters: list[Any]) -> Any:
        if self._url.startswith("sqlite:"):
            path = Path(self._url.removeprefix("sqlite:")) / f"{service}.db"
            with closing(sqlite3.connect(path, timeout=10)) as file:
                return file.execute(query, parameters).fetchone()[0]
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(query, parameters).fetchone()
            assert row is not None
            return row[0]
