"""The tables of a generation, as data: their columns, keys and indexes."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import NamedTuple

from ..domain.projection import VERSION


class Table(NamedTuple):
    """`columns`: each name with its type, one of `text`, `word` (in the order of its code points), `number` and `stems`;
    `indexes`: further ones, as lists of columns with their condition; `searched`: there is a search inside its texts."""

    columns: dict[str, str]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, str], ...] = ()
    searched: bool = False


def _columns(text: str, numbers: str = "") -> dict[str, str]:
    return {name: "text" for name in text.split()} | {name: "number" for name in numbers.split()}


TABLES: dict[str, Table] = {
    "interactions": Table(
        _columns(
            "tenant item kind queue service stage ended_by outcome agent name subject language page code note contact previous "
            "consent comment",
            "started_at ended_at closed_at wait_ms handle_ms wrap_up_ms interruptions score rated_at desk_lost_at",
        ),
        ("tenant", "item"),
        (
            ("tenant, contact, started_at, item", "contact IS NOT NULL"),
            ("tenant, agent, closed_at, item", "closed_at IS NOT NULL"),
        ),
    ),
    "lines": Table(_columns("tenant item author agent name text", "n seq at"), ("tenant", "item", "n")),
    "participants": Table(_columns("tenant item agent name", "since"), ("tenant", "item", "agent")),
    "contacts": Table(
        _columns(
            "tenant name emails phones numbers organisation language notes customer_number merged_into",
            "version created_at",
        )
        | {"contact": "word"},
        ("tenant", "contact"),
        (("tenant, created_at, contact", ""), ("tenant, merged_into", "merged_into IS NOT NULL")),
    ),
    "terms": Table(
        {"tenant": "text", "term": "word", "contact": "word"},
        ("tenant", "term", "contact"),
        (("tenant, contact, term", ""),),
    ),
    "parts": Table({"tenant": "text", "term": "word"}, ("tenant", "term"), searched=True),
    "near": Table({"tenant": "text", "key": "word", "term": "word"}, ("tenant", "key", "term")),
    "mails": Table(
        _columns("tenant item mail message_id addresses mailbox hash agent", "n"),
        ("tenant", "item", "n"),
        (
            ("tenant, mail", ""),
            ("tenant, message_id", "message_id <> ''"),
            ("tenant, mailbox, hash", "hash IS NOT NULL"),
        ),
    ),
    "threads": Table(_columns("tenant item thread", "since"), ("tenant", "item"), (("tenant, thread, since", ""),)),
    "mailboxes": Table(
        _columns("tenant mailbox address queue name url sealed mask", "enabled"),
        ("tenant", "mailbox"),
        (("tenant, queue, mailbox", ""),),
    ),
    "texts": Table(
        _columns("tenant item", "at") | {"stems": "stems"}, ("tenant", "item"), (("tenant, at, item", ""),), True
    ),
}
"""`terms`: what contacts are found by; `parts`: the terms in which parts are looked for; `near`: which terms are nearly the
same; `texts`: the stems of the words of a conversation that is over; `mails` and `threads`: where a mail that comes in belongs."""


def _projection() -> str:
    columns = {name: [table.columns, table.key] for name, table in TABLES.items()}
    return f"{VERSION}.{sha256(json.dumps(columns).encode()).hexdigest()[:8]}"


PROJECTION = _projection()
"""What the tables are built by: the projection's version, and a hash of their columns and keys. Stored with each generation."""

FACTS = tuple(name for name in TABLES["interactions"].columns if name not in ("tenant", "item"))
