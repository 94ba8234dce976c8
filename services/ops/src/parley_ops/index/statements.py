"""What of an event stands in the index: read out of the logs by the database itself, the same on PostgreSQL and SQLite.

A row has no texts and no names of people. On PostgreSQL what an event is about is a number there, a hash of eight bytes, so that rows
stay small; what is found is read from its log again.

**The order.** Each log is in order by itself. What follows from what another service said carries its time: the router's `ItemQueued`
that of the chat's `Requested`, the chat's `Assigned` that of the router's `ItemAssigned`. So a row's `key` is its time, and within a millisecond
the place of its kind in the chain from cause to effect (`HOPS`). What is about one item never goes back in it, nor what one log has within one
millisecond. A chain that goes to and fro within one millisecond is put in order when it is read (`causes.py`).
"""

from __future__ import annotations

from typing import NamedTuple

from parley_crm_logger.domain.events import OF_INTERACTIONS
from parley_session.domain.decide import RECORDED

LOGS = ("gateway", "session", "router", "crm-logger")
"""The services that have one; a log's number is its place here."""

HOP_BITS = 3
ECHOES = sorted({event.__name__ for event in RECORDED.values()} | {"Closed"})
"""What a chat records of what the router says."""
REACTIONS = ("ItemTouched", "UnreadCounted", "WrapUpStarted", "ItemClosed")
"""What the router makes of what a chat says, once somebody has it."""

HOPS: dict[str, list[tuple[tuple[str, ...], int]]] = {
    "gateway": [],
    "session": [(tuple(ECHOES), 4)],
    "router": [(REACTIONS, 3)],
    "crm-logger": [],
}
FIRST_HOP = {"gateway": 0, "session": 0, "router": 1, "crm-logger": 5}


FIELDS = {
    "gateway": ("at", "user", "by", "queue"),
    "session": ("at", "agent", "queue", "contact", "trace"),
    "router": ("at", "item", "agent", "user", "queue", "contact", "trace"),
    "crm-logger": ("at", "chat", "agent", "contact"),
}
"""The fields of each log's events that are read out."""
ALL = ("at", "item", "chat", "agent", "user", "by", "queue", "contact", "trace")

COLUMNS = ("key", "log", "position", "tenant", "type", "n", "item", "agent", "queue", "contact", "trace")

LOOKS_BACK = 500
"""So many positions before those that are added are looked at: what is about one item does not go back from them."""


class Sources(NamedTuple):
    """How a kind of database reads logs. `table` by service; `position`: its column of positions; `find`: the function that finds a text in
    a text; `number`: the number of a text, `{}` in its place; `alone`: one that no text has, at each position another."""

    table: dict[str, str]
    position: str
    find: str
    number: str
    alone: str


POSTGRES = Sources(
    table={log: f'"{log.replace("-", "_")}".stored_events' for log in LOGS},
    position="notification_id",
    find="strpos",
    number="hashtextextended({}, 0)",
    alone="-position",
)
SQLITE = Sources(
    table={log: f"{log.replace('-', '_')}.stored_events" for log in LOGS},
    position="rowid",
    find="instr",
    number="{}",
    alone="position",
)

_TENANT = "CASE WHEN {find}(stream, '/') > 0 THEN substr(stream, 1, {find}(stream, '/') - 1) ELSE stream END"
_REST = "substr(stream, {find}(stream, '/') + 1)"


def _item_behind(begins: str) -> str:
    return f"WHEN substr({_REST}, 1, {len(begins)}) = '{begins}' THEN substr({_REST}, {len(begins) + 1}) "


_ABOUT = {
    "gateway": ("NULL", 'coalesce("user", "by")', "NULL"),
    "session": (_REST, "agent", "contact"),
    "router": ("item", 'coalesce(agent, "user")', "contact"),
    "crm-logger": (
        f"CASE {''.join(map(_item_behind, OF_INTERACTIONS))}ELSE chat END",
        "agent",
        f"CASE WHEN {{find}}({_REST}, '/') = 0 THEN {_REST} ELSE contact END",
    ),
}
"""By log: the item, the user and the contact that an event is about."""


def _hop(log: str) -> str:
    cases = "".join(f"WHEN name IN ({', '.join(repr(name) for name in names)}) THEN {hop} " for names, hop in HOPS[log])
    return f"CASE {cases}ELSE {FIRST_HOP[log]} END" if cases else str(FIRST_HOP[log])


def _fields(sources: Sources, read: tuple[str, ...]) -> tuple[str, str]:
    """The fields of an event as columns, NULL where they are not read; and what is joined for that."""
    kinds = {name: "BIGINT" if name == "at" else "TEXT" for name in ALL}
    if sources is POSTGRES:
        wanted = ", ".join(f'"{name}" {kinds[name]}' for name in read)
        joined = f"CROSS JOIN LATERAL json_to_record(convert_from(state, 'UTF8')::json) AS f ({wanted})" if read else ""
        values = {name: f'f."{name}"' for name in read}
    else:
        joined = ""
        values = {name: f"json_extract(CAST(state AS TEXT), char(36) || '.{name}')" for name in read}
    return ", ".join(f'CAST({values.get(name, "NULL")} AS {kinds[name]}) AS "{name}"' for name in ALL), joined


def rows_of(sources: Sources, log: str, *, bare: bool = False) -> str:
    """The SELECT of the rows of a log between two positions: parameters are the position that it looks back to, the last one, and the one
    after which rows are wanted. `bare`: of what stands there nothing is read."""
    find = sources.find
    item, agent, contact = (part.replace("{find}", find) for part in _ABOUT[log])
    tenant = _TENANT.replace("{find}", find)
    name = f"substr(topic, 1, {find}(topic, '.') - 1)"
    fields, joined = _fields(sources, () if bare else FIELDS[log])
    events = (
        f"SELECT {sources.position} AS position, originator_id AS stream, originator_version AS n, {name} AS name, {fields} "
        f"FROM {sources.table[log]} {joined} WHERE {sources.position} > ? AND {sources.position} <= ?"
    )
    trace = "CASE WHEN length(trace) = 55 THEN substr(trace, 4, 32) ELSE trace END"

    def number(of: str) -> str:
        return sources.number.format(f"tenant || '/' || {of}")

    about = (
        f"SELECT position, n, name, {tenant} AS tenant, coalesce(at, 0) AS at, {item} AS item, {agent} AS agent, "
        f"queue, {contact} AS contact, {trace} AS trace, {_hop(log)} AS hop FROM ({events}) AS events"
    )
    numbers = ", ".join(f"{number(each)} AS {each}" for each in ("item", "agent", "queue", "contact", "trace"))
    numbered = f"SELECT position, n, at, hop, {sources.number.format('tenant')} AS tenant, {number('name')} AS type, {numbers} FROM ({about}) AS about"
    timed = f"SELECT *, max(at) OVER (PARTITION BY coalesce(item, {sources.alone}) ORDER BY position) AS since FROM ({numbered}) AS numbered"
    together = "item" if log == "session" else "tenant"
    key = f"since * {1 << HOP_BITS} + max(hop) OVER (PARTITION BY {together}, since ORDER BY position) AS key"
    rest = ", ".join(each for each in COLUMNS if each not in ("key", "log"))
    found = f"SELECT {key}, {LOGS.index(log)} AS log, {rest} FROM ({timed}) AS timed"
    return f"SELECT {', '.join(COLUMNS)} FROM ({found}) AS found WHERE position > ?"
