"""Counts and sums rows on request (R37). A figure is one condition, or one sum, in one table here: what counts it also finds the items
behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from ..index.table import Index

Of = Literal["queues", "agents", "services"]
FEWEST = 5
"""So many agents at least are a group of which something may be said."""
EVERYBODY = "*"

VISITS = {
    "offered": "1 = 1",
    "answered": "answered_at IS NOT NULL",
    "answered_in_target": "answered_at IS NOT NULL AND wait_ms <= {target_ms}",
    "abandoned": "{abandoned}",
    "abandoned_short": "{abandoned} AND wait_ms <= {short_ms}",
    "waiting": "answered_at IS NULL AND left_at IS NULL",
    "transferred_in": "entered = 'transferred'",
    "moved_in": "entered = 'moved'",
    "requeued": "requeues > 0",
}
"""By figure, which stays in queues count, of those that somebody may have waited in; they belong to the time in which they began."""
WORKS = {
    "assigned": "1 = 1",
    "handled": "ended_at IS NOT NULL",
    "transferred": "ended = 'transferred'",
    "interrupted": "interruptions > 0",
    "parked": "parks > 0",
    "pushed": "how = 'pushed'",
    "picked": "how = 'picked'",
    "transferred_to": "how = 'transferred'",
}
"""The same of times with agents, which began with an assignment."""
_ABANDONED = "answered_at IS NULL AND ended = 'closed' AND outcome IN ('abandoned', 'visitor_left')"

SUMS = {
    "requeues": ("visits", "requeues"),
    "answered_total_ms": ("visits", "CASE WHEN answered_at IS NOT NULL THEN wait_ms END"),
    "abandoned_total_ms": ("visits", "CASE WHEN {abandoned} THEN wait_ms END"),
    "interruptions": ("works", "interruptions"),
    "parks": ("works", "parks"),
    "handle_total_ms": ("works", "CASE WHEN ended_at IS NOT NULL THEN handle_ms END"),
    "wrap_up_total_ms": ("works", "CASE WHEN ended_at IS NOT NULL THEN wrap_up_ms END"),
    "parked_total_ms": ("works", "CASE WHEN ended_at IS NOT NULL THEN parked_ms END"),
    "interrupted_total_ms": ("works", "CASE WHEN ended_at IS NOT NULL THEN interrupted_ms END"),
}
AVERAGES = {
    "answer_ms": ("answered_total_ms", "answered"),
    "abandon_ms": ("abandoned_total_ms", "abandoned"),
    "handle_ms": ("handle_total_ms", "handled"),
    "wrap_up_ms": ("wrap_up_total_ms", "handled"),
    "parked_ms": ("parked_total_ms", "handled"),
    "interrupted_ms": ("interrupted_total_ms", "handled"),
}
"""By figure, a sum and what it is divided by; whole milliseconds, the rest left off."""

FORMULAS = {
    "service_level": "answered_in_target / (answered + abandoned - abandoned_short)",
    "occupancy": "busy_ms / (busy_ms + free_ms)",
    **{name: f"{total} / {count}" for name, (total, count) in AVERAGES.items()},
}


class Terms(NamedTuple):
    """What a report is asked with. Times in milliseconds; `queue`, `kind`: only of these. `grouped`: agents only all
    together, where they are `FEWEST`."""

    tenant: str
    target_ms: int
    short_ms: int
    queue: str | None = None
    kind: str | None = None
    grouped: bool = False

    def sql(self, condition: str) -> str:
        """A figure's condition or sum, with these terms in it."""
        return condition.replace("{abandoned}", _ABANDONED).format(target_ms=self.target_ms, short_ms=self.short_ms)


def report(index: Index, of: Of, terms: Terms, edges: Sequence[int], now: int) -> Iterator[dict[str, Any]]:
    """The figures of each time between two `edges` (milliseconds since 1970), by queue, agent or chat service, each with its kind;
    agents' of all kinds together. What has nothing at all in a time is left out. Raises StoreDown."""
    for since, until in pairwise(edges):
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for table in ("visits", "works") if of != "agents" else ("works",):
            for row in _counted(index, of, table, terms, since, until):
                found.setdefault((row.pop("key"), row.pop("kind", "")), {}).update(row)
        if of == "agents" and terms.queue is None and terms.kind is None:
            for row in _present(index, terms, since, until, now):
                found.setdefault((row.pop("key"), ""), {}).update(row)
        for (key, kind), figures in sorted(found.items()):
            named = {"key": key} | ({"kind": kind} if kind else {}) | {"from": since, "until": until}
            yield named | _completed(of, figures)


def items_behind(
    index: Index, of: Of, figure: str, key: str, terms: Terms, span: tuple[int, int], after: int, limit: int
) -> list[dict[str, Any]]:
    """The rows that a figure of a time counts, in the order in which they began to be; beyond the one numbered `after`. Raises KeyError where
    the figure counts no rows, StoreDown."""
    table = "visits" if figure in VISITS and of != "agents" else "works"
    condition = terms.sql((VISITS if table == "visits" else WORKS)[figure])
    where, given = _where(of, table, terms, *span)
    text = (
        f"SELECT n, item, kind, queue, agent, began, answered_at FROM ${table} WHERE {where} AND {_KEY[of]} = ? AND n > ? AND {condition} "
        "ORDER BY n LIMIT ?"
    )
    return [dict(row) for row in index.ask(text, (*given, key, after, limit))]


_KEY = {"queues": "queue", "agents": "agent", "services": "service"}


def _where(of: Of, table: str, terms: Terms, since: int, until: int) -> tuple[str, list[Any]]:
    conditions, given = ["tenant = ?", "began >= ?", "began < ?"], [terms.tenant, since, until]
    for column, value in (("queue", terms.queue), ("kind", terms.kind)):
        if value is not None:
            conditions.append(f"{column} = ?")
            given.append(value)
    if table == "visits":
        conditions.append("entered IN ('new', 'transferred', 'moved')")
    if of == "services":
        conditions.append("service IS NOT NULL")
    return " AND ".join(conditions), given


def _counted(index: Index, of: Of, table: str, terms: Terms, since: int, until: int) -> Iterator[dict[str, Any]]:
    counts = VISITS if table == "visits" else WORKS
    figures = [
        f"SUM(CASE WHEN {terms.sql(condition)} THEN 1 ELSE 0 END) AS {name}" for name, condition in counts.items()
    ]
    figures += [
        f"COALESCE(SUM({terms.sql(term)}), 0) AS {name}" for name, (where, term) in SUMS.items() if where == table
    ]
    if table == "visits":
        figures.append("MAX(CASE WHEN answered_at IS NOT NULL THEN wait_ms END) AS longest_answer_ms")
    kind = "" if of == "agents" else ", kind"
    where, given = _where(of, table, terms, since, until)
    key, groups = _grouping(of, terms, kind)
    text = f"SELECT {key} AS key{kind}, {', '.join(figures)} FROM ${table} WHERE {where} {groups}"
    for row in index.ask(text, given):
        yield {
            name: value if name in ("key", "kind") or value is None else int(value) for name, value in dict(row).items()
        }


PRESENT = {
    "logged_in_ms": "1 = 1",
    "ready_ms": "state = 'ready'",
    "not_ready_ms": "state = 'not_ready'",
    "busy_ms": "busy = 1",
    "free_ms": "busy = 0 AND state = 'ready'",
}
"""By figure, which of an agent's times count, cut at the edges of the report's."""


def _grouping(of: Of, terms: Terms, kind: str = "") -> tuple[str, str]:
    if of == "agents" and terms.grouped:
        return f"'{EVERYBODY}'", f"HAVING COUNT(DISTINCT agent) >= {FEWEST}"
    return _KEY[of], f"GROUP BY {_KEY[of]}{kind}"


def _present(index: Index, terms: Terms, since: int, until: int, now: int) -> Iterator[dict[str, Any]]:
    until = min(until, max(now, since))
    begins = f"CASE WHEN began > {since} THEN began ELSE {since} END"
    ends = f"CASE WHEN ended IS NOT NULL AND ended < {until} THEN ended ELSE {until} END"
    sums = [
        f"SUM(CASE WHEN {condition} THEN ({ends}) - ({begins}) ELSE 0 END) AS {name}"
        for name, condition in PRESENT.items()
    ]
    key, groups = _grouping("agents", terms)
    # What is open is found by its own index: `+ 0` keeps SQLite from walking through all that began before.
    text = (
        f"SELECT {key} AS key, {', '.join(sums)} FROM (SELECT * FROM $presences WHERE tenant = ? AND began + 0 < ? AND ended IS NULL "
        "UNION ALL SELECT * FROM $presences WHERE tenant = ? AND began >= ? AND began < ? AND ended > ?) AS there "
        f"{groups}"
    )
    earliest = since - _longest(index, terms.tenant)
    for row in index.ask(text, (terms.tenant, until, terms.tenant, earliest, until, since)):
        if row["logged_in_ms"]:
            yield {name: int(value) if name != "key" else value for name, value in dict(row).items()}


def _longest(index: Index, tenant: str) -> int:
    """The longest time that an agent of the tenant was in one state: none that reaches into a part began earlier."""
    found = index.ask("SELECT longest FROM $reported WHERE tenant = ?", (tenant,))
    return int(found[0]["longest"]) if found else 0


def figures_of(of: Of) -> set[str]:
    """The names of the figures that a row has."""
    return {*_completed(of, {})}


def _completed(of: Of, found: dict[str, Any]) -> dict[str, Any]:
    """All figures of a row, those that nothing was found of as 0, and what is worked out of them."""
    names = [*WORKS, *(name for name, (table, _) in SUMS.items() if table == "works")]
    if of == "agents":
        names += list(PRESENT)
    else:
        names += [*VISITS, *(name for name, (table, _) in SUMS.items() if table == "visits")]
    figures = {name: found.get(name, 0) for name in names}
    if of != "agents":
        figures["longest_answer_ms"] = found.get("longest_answer_ms")
    for name, (total, count) in AVERAGES.items():
        if total in figures:
            figures[name] = figures[total] // figures[count] if figures[count] else None
    if of == "agents":
        there = figures["busy_ms"] + figures["free_ms"]
        return figures | {"occupancy": figures["busy_ms"] / there if there else None}
    counted = figures["answered"] + figures["abandoned"] - figures["abandoned_short"]
    return figures | {"service_level": figures["answered_in_target"] / counted if counted else None}
