"""How every connection to PostgreSQL is made. There is no other way: what the URL says holds on each of them."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo, TransactionStatus
from psycopg.rows import RowFactory, tuple_row

ANSWER_WITHIN_S = 10.0
CONNECT_WITHIN_S = 5

_NOTICED_HERE: dict[str, Any] = {
    "connect_timeout": CONNECT_WITHIN_S,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
_NOTICED_THERE = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2"


def options_of(url: str) -> dict[str, Any]:
    """All that a connection to the database at `url` is made with.

    What the URL says holds, then what libpq's own variables say (`PGSSLMODE`, `PGOPTIONS` …). What neither says is ours:
    that a server which is gone is noticed on both sides, and that of several servers it is one that takes what is written.
    """
    said = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    around = {
        known.keyword.decode(): known.val.decode()
        for known in Conninfo.get_defaults()
        if known.val and known.val != known.compiled
    }
    ours = dict(_NOTICED_HERE)
    if any("," in str(said.get(name, "")) for name in ("host", "hostaddr")):
        ours["target_session_attrs"] = "read-write"
    made = {name: value for name, value in ours.items() if name not in around} | said
    # Of two that set the same, the server takes the later one.
    made["options"] = f"{_NOTICED_THERE} {said.get('options', around.get('options', ''))}"
    return made


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is given up when the server has not answered for `ANSWER_WITHIN_S`: a server that is silent, with
    its connections open, would otherwise keep a thread for ever. Raises OperationalError then."""

    within_s: float = ANSWER_WITHIN_S
    """So long an answer may take; a statement that is known to take longer has it set before."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.within_s if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # what it would answer now belongs to nobody
            raise


def connect(url: str, row_factory: RowFactory[Any] = tuple_row) -> PatientConnection:
    """A connection of one's own; each statement is a transaction. Raises psycopg.Error."""
    return PatientConnection.connect(**options_of(url), autocommit=True, row_factory=row_factory)


def connect_unhurried(url: str) -> psycopg.Connection[Any]:
    """The same for what may take its time: sorting a whole table is no silence. A server that is gone is noticed by the keepalives."""
    return psycopg.connect(**options_of(url), autocommit=True)


async def connect_on_loop(url: str) -> psycopg.AsyncConnection[Any]:
    """The same for the loop; whoever uses it says how long it waits for an answer."""
    return await psycopg.AsyncConnection.connect(**options_of(url), autocommit=True)
