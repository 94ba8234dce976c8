"""The tables of the rows that figures are counted from; nothing in them is a text or a person's name."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Fact, Presence, Visit, Work

TABLES: dict[type[Fact], str] = {Visit: "visits", Work: "works", Presence: "presences"}
KEYS: dict[type[Fact], tuple[str, ...]] = {Visit: ("n",), Work: ("n",), Presence: ("n", "agent")}
OPEN: dict[type[Fact], str] = {Visit: "left_at", Work: "ended_at", Presence: "ended"}
"""What an open row has not yet."""
NAMES = ("reported", *TABLES.values())

_NUMBERS = frozenset(
    {"n", "began", "requeues", "parks", "interruptions", "busy", "since", "handle_from", "wrap_up_from"}
)


def columns_of(kind: type[Fact]) -> tuple[str, ...]:
    """Of its table, without the tenant."""
    return kind.__struct_fields__


def statements() -> Iterator[str]:
    """What makes the tables, for a dialect; `@` stands for how they are kept."""
    yield (
        "CREATE @TABLE IF NOT EXISTS $reported (tenant TEXT PRIMARY KEY, n BIGINT NOT NULL, version INTEGER NOT NULL, "
        "longest BIGINT NOT NULL DEFAULT 0)"
    )
    for kind, name in TABLES.items():
        typed = ", ".join(f"{column} {_type(kind, column)}" for column in columns_of(kind))
        yield f"CREATE @TABLE IF NOT EXISTS ${name} (tenant TEXT NOT NULL, {typed}, PRIMARY KEY (tenant, {', '.join(KEYS[kind])}))"
        yield f"CREATE INDEX IF NOT EXISTS {name}_began ON ${name} (tenant, began)"
        yield f"CREATE INDEX IF NOT EXISTS {name}_open ON ${name} (tenant) WHERE {OPEN[kind]} IS NULL"


def _type(kind: type[Fact], column: str) -> str:
    is_time = column.endswith(("_at", "_ms")) or (kind is Presence and column == "ended")
    return "BIGINT" if is_time or column in _NUMBERS else "TEXT"
