"""What is stored, read as raw rows: the session's log, the router's, and the CRM."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import psycopg
from parley_chassis.store import open_existing
from parley_ops.decisions import Verified, verify
from parley_ops.whatif import Changes, read_world
from parley_ops.whatif.outcomes import Reproduction
from parley_ops.whatif.reading import floor_events
from parley_ops.whatif.replaying import Replay
from parley_ops.whatif.run import reproduction
from psycopg.rows import dict_row
from raw_events import raw_log

TENANT = "demo"
Event = dict[str, Any]


@dataclass
class Record:
    """An interaction as the CRM has it."""

    facts: dict[str, Any]
    lines: list[dict[str, Any]]


@dataclass
class Evidence:
    """The logs in their order, each event with `stream`, `n` (its number in the stream), `event` (its name) and its
    fields; the CRM's interactions by chat."""

    session: list[Event] = field(default_factory=list)
    router: list[Event] = field(default_factory=list)
    crm: dict[str, Record] = field(default_factory=dict)

    def by_chat(self) -> dict[str, list[Event]]:
        """The session's events of each chat."""
        chats: dict[str, list[Event]] = {}
        for event in self.session:
            chats.setdefault(event["stream"].partition("/")[2], []).append(event)
        return chats

    def by_item(self) -> dict[str, list[Event]]:
        """The router's events of each item."""
        items: dict[str, list[Event]] = {}
        for event in self.router:
            if "item" in event:
                items.setdefault(event["item"], []).append(event)
        return items


def read(database_url: str) -> Evidence:
    """Everything that the services have stored there."""
    return Evidence(raw_log(database_url, "session"), raw_log(database_url, "router"), read_crm(database_url))


def decisions(database_url: str) -> Verified:
    """What the floor did by itself, derived again from its log."""
    with closing(open_existing(database_url, "router")) as store:
        return verify(store)


def again(database_url: str) -> Reproduction:
    """How near the floor comes to it when the same people come again."""
    with closing(open_existing(database_url, "router")) as store:
        world = read_world(TENANT, floor_events(store, TENANT))
    return reproduction(world.history, Replay(world, Changes(), 1).run())


def read_crm(database_url: str) -> dict[str, Record]:
    """The live generation of the CRM."""
    with psycopg.connect(database_url, connect_timeout=5, row_factory=dict_row) as connection:
        live = connection.execute("SELECT live FROM crm_logger.projection").fetchone()
        number = int(live["live"]) if live else 1
        facts = connection.execute(f"SELECT * FROM crm_logger.interactions_{number} WHERE tenant = %s", (TENANT,))
        records = {str(row["item"]): Record(row, []) for row in facts}
        lines = connection.execute(
            f"SELECT * FROM crm_logger.lines_{number} WHERE tenant = %s ORDER BY item, n", (TENANT,)
        )
        for line in lines:
            records.setdefault(str(line["item"]), Record({}, [])).lines.append(line)
        return records


def closed_in_crm(database_url: str) -> set[str]:
    """The chats whose record in the CRM is closed."""
    with psycopg.connect(database_url, connect_timeout=5, row_factory=dict_row) as connection:
        live = connection.execute("SELECT live FROM crm_logger.projection").fetchone()
        number = int(live["live"]) if live else 1
        rows = connection.execute(
            f"SELECT item FROM crm_logger.interactions_{number} WHERE tenant = %s AND stage = 'closed'", (TENANT,)
        )
        return {str(row["item"]) for row in rows}
