"""What of each service's tables goes into a copy beside its log. Everything else is made again from the logs, or ends with the
place where it was: snapshots, the CRM's tables, leases, logins, links for passwords."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Kind = Literal["text", "int4", "int8", "bytea"]

MAY_BE_NULL = frozenset({"trace", "decided_by", "because", "due", "reason", "confirmed_at"})
"""Columns that need not have a value."""
LOGS = ("session", "router", "gateway", "crm-logger")
"""In the order in which they stand in a copy."""


class Carried(NamedTuple):
    """A table: its columns with their kinds as PostgreSQL calls them, what orders its rows, and which rows go along.

    `whose`: the column that tells the tenant, or the stream that begins with it. `positions`: the columns with positions of
    the service's own log; `source`: the column that names another log, whose positions they are. `secret`: only with logins.
    `state`: it says how far the log has come, and without a log says nothing.
    """

    name: str
    columns: dict[str, Kind]
    order: str
    where: str = ""
    whose: str = ""
    positions: tuple[str, ...] = ()
    source: str = ""
    secret: bool = False
    state: bool = False

    def tenant_of(self, row: tuple[Any, ...]) -> str | None:
        """Whose row it is; None where it is nobody's."""
        if not self.whose:
            return None
        return str(row[list(self.columns).index(self.whose)]).partition("/")[0]

    def within(self, own: str, row: tuple[Any, ...], ends: dict[str, int]) -> tuple[Any, ...]:
        """The row with no position beyond the ends of the logs in the copy: what comes next there gets these positions."""
        if not self.positions:
            return row
        names = list(self.columns)
        log = log_of(row[names.index(self.source)]) if self.source else own
        end = ends.get(log, 0)
        return tuple(
            min(value, end) if name in self.positions else value for name, value in zip(names, row, strict=True)
        )


def log_of(source: str) -> str:
    """The log that a source such as `session.3>router.1` is a part of."""
    return source.partition(">")[0].partition(".")[0]


_LETTERS: dict[str, Kind] = {
    "number": "int8",
    "identity": "text",
    "stream": "text",
    "partition_no": "int4",
    "inbox": "text",
    "kind": "text",
    "holds": "int4",
    "type": "text",
    "tenant": "text",
    "trace": "text",
    "source": "text",
    "position": "int8",
    "reason": "text",
    "tries": "int4",
    "first_at": "int8",
    "last_at": "int8",
    "body": "bytea",
    "state": "text",
    "decided_by": "text",
    "because": "text",
}
_TIMELINES = Carried("timelines", {"number": "int4", "name": "text"}, "number", state=True)


def _texts(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, "text")


_STORE = (
    _TIMELINES,
    Carried(
        "tracking",
        {"source": "text", "position": "int8"},
        "source",
        "source <> '__migration__'",
        positions=("position",),
        source="source",
        state=True,
    ),
    Carried(
        "published", {"partition_no": "int4", "position": "int8"}, "partition_no", positions=("position",), state=True
    ),
    Carried(
        "lines",
        {"partition_no": "int4", "inbox": "text", "said": "int8", "taken": "int8"},
        "partition_no, inbox",
        positions=("said", "taken"),
        state=True,
    ),
    Carried("agenda", {"stream": "text", "partition_no": "int4", "due": "int8"}, "stream", whose="stream", state=True),
    Carried("letters", _LETTERS, "number", whose="tenant"),
)

_CRM = (
    _TIMELINES,
    Carried(
        "taken", {"source": "text", "position": "int8"}, "source", positions=("position",), source="source", state=True
    ),
    # What was said and could not be taken is taken from the logs when the tables are built.
    Carried("letters", _LETTERS, "number", "NOT (holds = 1 AND state <> 'discarded')", whose="tenant"),
    Carried(
        "outbox",
        _texts("id", "tenant", "item", "address", "language", "asked_by")
        | {"digest": "int8", "asked_at": "int8", "state": "text", "tries": "int8", "due_at": "int8", "reason": "text"},
        "id",
        "id NOT IN (SELECT id FROM $links)",  # a letter with a link for a password: who waits for it asks for another
        whose="tenant",
    ),
    Carried(
        "confirmations",
        _texts("id", "code", "tenant", "item", "address", "language") | {"asked_at": "int8", "confirmed_at": "int8"},
        "id",
        whose="tenant",
    ),
    Carried("drafts", _texts("tenant", "item", "text", "agent") | {"at": "int8"}, "tenant, item", whose="tenant"),
)

_GATEWAY = (
    Carried(
        "second_factors",
        _texts("tenant", "user_name", "sealed") | {"confirmed": "int8", "step": "int8"},
        "tenant, user_name",
        whose="tenant",
        secret=True,
    ),
    Carried(
        "recovery_codes", _texts("tenant", "user_name", "hash"), "tenant, user_name, hash", whose="tenant", secret=True
    ),
    Carried("oidc_secrets", _texts("tenant", "sealed"), "tenant", whose="tenant", secret=True),
    Carried(
        "audit",
        _texts("entry")
        | {"at": "int8"}
        | _texts("tenant", "user_name", "role", "login", "address", "action", "about", "outcome", "reason")
        | {"times": "int8"},
        "at, entry",
        whose="tenant",
        secret=True,
    ),
)

CARRIED: dict[str, tuple[Carried, ...]] = {
    "session": _STORE,
    "router": _STORE,
    "gateway": (*_STORE, *_GATEWAY),
    "crm-logger": _CRM,
}
"""By service, in the order in which they stand in a copy."""
