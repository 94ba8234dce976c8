"""A database as the CRM's tables need it: what differs between PostgreSQL and SQLite, and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from typing import Any, ClassVar

from eventsourcing.persistence import StoredEvent
from parley_chassis.store import LeaseBook, Logged

from .schema import TABLES, Table


class Whose(Enum):
    """Whose rows a transaction sees and writes, where they are not one company's."""

    EVERYBODY = "*"
    NOBODY = ""


EVERYBODY = Whose.EVERYBODY
"""For what works for all companies: the projection, a rebuild, the outbox."""
NOBODY = Whose.NOBODY
"""For what touches no company's rows, such as leases and the log."""


def setting(tenant: str | Whose) -> str:
    """How it is told to the database. A company that was called like EVERYBODY would see nothing."""
    if isinstance(tenant, Whose):
        return tenant.value
    return NOBODY.value if tenant == EVERYBODY.value else tenant


def held(generation: int) -> str:
    """The condition that a term of `parts` (called `p`) is one of a contact that the transaction sees. No join: a planner that
    guessed the number of terms wrong would go through all of them."""
    return f"(SELECT 1 FROM $terms_{generation} t WHERE t.tenant = p.tenant AND t.term = p.term LIMIT 1) = 1"


class Database(ABC):
    """In SQL texts `$` stands before the name of a table, and `?` for a parameter. Blocking: called off the loop."""

    mark: str
    prefix: str
    lock: str
    """What keeps a row from being changed before the transaction ends; nothing where nobody else can write meanwhile."""
    serial: str
    """How a column is declared that numbers rows upwards."""
    passing_over: str
    """What makes a search for a row to take pass over those that another transaction is taking."""
    types: ClassVar[dict[str, str]]
    """The column types of `schema.py` in this database."""

    long_lists: dict[tuple[int, str, str], int]
    """How long lists of contacts were when they were counted, for the search to go about them; it need not be so any more."""

    leases: LeaseBook
    """Which process projects which partition."""

    def __init__(self) -> None:
        self.long_lists = {}

    @abstractmethod
    def transaction(
        self, *, write: bool, tenant: str | Whose, one_instant: bool = False
    ) -> AbstractContextManager[Any]:
        """A cursor in a transaction that is for a company's rows, for EVERYBODY's or for NOBODY's: others are not there for it,
        where the database can see to that. With `one_instant`, for one that reads: all of it sees the same, and each question gets its
        own plan. Raises Stale, StoreDown."""

    @contextmanager
    def for_everybody(self, cursor: Any, tenant: str) -> Iterator[None]:
        """Within a company's transaction, what goes over all companies: a number of letters, what is out of date."""
        self.let_see(cursor, EVERYBODY)
        yield
        self.let_see(cursor, tenant)

    @abstractmethod
    def let_see(self, cursor: Any, tenant: str | Whose) -> None:
        """The one place that says whose rows a transaction sees, until it ends."""

    @abstractmethod
    def keep_apart(self, cursor: Any) -> None:
        """Each table with a company's rows lets no other see them, also one that a version before this one has made."""

    @abstractmethod
    def close(self) -> None:
        """Give up the connections."""

    def sql(self, text: str) -> str:
        """A text in this database's words."""
        return text.replace("$", self.prefix).replace("?", self.mark)

    def ask(self, cursor: Any, text: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows that answer a text."""
        cursor.execute(self.sql(text), parameters)
        return list(cursor.fetchall())

    def do(self, cursor: Any, text: str, parameters: Sequence[Any] = ()) -> None:
        """Carry out a text that gives no rows."""
        cursor.execute(self.sql(text), parameters)

    @abstractmethod
    def among(self, column: str, values: Iterable[Any]) -> tuple[str, list[Any]]:
        """The condition that a text column is one of these values, and its parameters."""

    @abstractmethod
    def insert(
        self,
        cursor: Any,
        name: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        conflict: str = "ON CONFLICT DO NOTHING",
    ) -> None:
        """Many rows into a generation's table (`name` ends with its number), by default leaving alone those that are there
        already; `conflict`: what to do with them."""

    def create(self, cursor: Any, generation: int) -> None:
        """The tables of a generation, where they are missing, and columns that a version before this one did not have."""
        for table, shape in TABLES.items():
            self._create_table(cursor, f"{table}_{generation}", shape)
        self.do(
            cursor,
            f"CREATE TABLE IF NOT EXISTS $taken_{generation} (source TEXT PRIMARY KEY, position BIGINT NOT NULL)",
        )
        self.create_searches(cursor, generation)
        self.keep_apart(cursor)

    def _create_table(self, cursor: Any, name: str, shape: Table) -> None:
        kinds = {column: self.types[kind] for column, kind in shape.columns.items()}
        columns = [f"{column} {kind}{' NOT NULL' if column in shape.key else ''}" for column, kind in kinds.items()]
        self.do(cursor, f"CREATE TABLE IF NOT EXISTS ${name} ({', '.join(self.with_key(columns, shape))})")
        there = self.columns(cursor, name)
        for column, kind in kinds.items():
            if column not in there:
                self.do(cursor, f"ALTER TABLE ${name} ADD COLUMN {column} {kind}")
        for number, (of, condition) in enumerate(shape.indexes, 1):
            where = f" WHERE {condition}" if condition else ""
            self.do(cursor, f"CREATE INDEX IF NOT EXISTS {name}_by_{number} ON ${name} ({of}){where}")

    def with_key(self, columns: list[str], shape: Table) -> list[str]:
        """The definitions of a table's columns, and of its key."""
        return [*columns, f"PRIMARY KEY ({', '.join(shape.key)})"]

    @abstractmethod
    def columns(self, cursor: Any, name: str) -> set[str]:
        """The columns that a table has."""

    @abstractmethod
    def create_searches(self, cursor: Any, generation: int) -> None:
        """What a generation's searches for parts of words and for stems need, where it is missing."""

    def drop(self, cursor: Any, generation: int) -> None:
        """Remove a generation's tables."""
        for table in (*TABLES, "taken"):
            self.do(cursor, f"DROP TABLE IF EXISTS ${table}_{generation}")

    @abstractmethod
    def terms_with(self, cursor: Any, generation: int, tenant: str, part: str, limit: int) -> list[str]:
        """Terms that have a part of at least three characters in them."""

    @abstractmethod
    def match(self, generation: int, alternatives: Sequence[Sequence[str]]) -> tuple[str, str]:
        """The condition that a row of `texts` (called `t`) has one stem of each of these groups; and its parameter."""

    # --- the contacts' log --------------------------------------------------------------------------------------------

    @abstractmethod
    def lock_log(self, cursor: Any) -> None:
        """Nobody else writes to the log before this transaction ends: what it reads there stays so."""

    @abstractmethod
    def append(self, cursor: Any, events: Sequence[StoredEvent]) -> Sequence[int]:
        """Write events to the log; their positions. Raises Stale when one of the versions is there."""

    @abstractmethod
    def streams(self, cursor: Any, streams: Sequence[str]) -> list[StoredEvent]:
        """The events of these streams, each stream in order."""

    @abstractmethod
    def log(self, after: int, limit: int) -> Sequence[Logged]:
        """Events of all streams beyond a log position, in order."""

    @abstractmethod
    def end(self) -> int:
        """The position of the newest event; 0 when there is none."""
