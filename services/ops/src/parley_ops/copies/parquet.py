"""A copy as Parquet: a row an event, for DuckDB, pandas and whoever else asks for figures. Needs `parley-ops[analysis]`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import msgspec

from .facts import facts_of
from .form import Event, Head

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 20_000
"""Of a row group; so many are in the memory."""


class Missing(ValueError):
    """What writes Parquet is not installed."""


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise Missing("Parquet is written by pyarrow, which is not here: install parley-ops[analysis]") from None
    return pyarrow, parquet


def schema(head: Head) -> pa.Schema:
    """The columns. `at` is null where an event does not tell its time; `type` without, `version` with the number of its name."""
    pa, _ = _pyarrow()
    few, text = pa.dictionary(pa.int32(), pa.string()), pa.string()
    columns = [
        ("log", few),
        ("position", pa.int64()),
        ("at", pa.timestamp("ms", tz="UTC")),
        ("tenant", few),
        ("stream", text),
        ("n", pa.int64()),
        ("item", text),
        ("agent", few),
        ("queue", few),
        ("contact", text),
        ("type", few),
        ("version", pa.int32()),
        ("trace", text),
        ("state", pa.binary()),
    ]
    return pa.schema(columns, metadata={"parley": msgspec.json.encode(head)})


def _row(event: Event) -> tuple[Any, ...]:
    log, position, stream, n, name, state = event
    facts = facts_of(event)
    kind, _, version = name.rpartition(".")
    at = facts.at or None
    number = int(version) if version.isdigit() else None
    about = (facts.item, facts.agent, facts.queue, facts.contact)
    return log, position, at, facts.tenant, stream, n, *about, kind or name, number, facts.trace, state


def write_parquet(head: Head, events: Iterable[Event], file: IO[bytes]) -> Counter[str]:
    """All of it; how many of each log."""
    pa, parquet = _pyarrow()
    columns, counted = schema(head), Counter[str]()
    left: Iterator[Event] = iter(events)
    with parquet.ParquetWriter(file, columns, compression="zstd") as writer:
        while some := list(islice(left, ROWS_AT_ONCE)):
            counted.update(event.log for event in some)
            arrays = [
                pa.array(values, field.type)
                for field, values in zip(columns, zip(*map(_row, some), strict=True), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=columns), row_group_size=ROWS_AT_ONCE)
    return counted
