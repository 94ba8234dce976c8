"""A copy into an empty store: the logs with their positions, what stands beside them, and the CRM built from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple

from parley_chassis.store import open_store
from parley_contracts.topology import PARTITIONS
from parley_crm_logger.store import open_crm

from ..rebuild import build_crm
from .carried import LOGS
from .form import Cells, Event, Head, Reader
from .writing import Target

TOLD_EVERY = 2_000

WHY_NOT = {
    "time": "events before it are missing, and a stream without its beginning cannot be folded",
    "chat": "the floor and the directory that it was a part of are missing",
}


class NotWhole(ValueError):
    """A part that makes no consistent store."""


class Imported(NamedTuple):
    """How many events of each log; how many rows beside them; how many events the CRM was built from."""

    events: dict[str, int]
    rows: int
    crm: int


def check(head: Head) -> None:
    """Raises NotWhole where the copy cannot become a store here."""
    if head.part in WHY_NOT:
        raise NotWhole(
            f"this is a copy of one {head.part} only: {WHY_NOT[head.part]}. Import a copy of the whole installation, or of "
            "a tenant; this one is for looking"
        )
    if head.partitions != PARTITIONS:
        raise NotWhole(f"the copy has {head.partitions} partitions, this version has {PARTITIONS}")


class _Counted:
    """The rows of a copy as they go by; `goal` is how far the CRM had taken each source."""

    def __init__(self, reader: Reader, progress: Callable[[int], None]) -> None:
        self._reader, self._progress = reader, progress
        self.events = dict.fromkeys(LOGS, 0)
        self.beside = 0
        self.goal: dict[str, int] = {}

    def __iter__(self) -> Iterator[Event | Cells]:
        done = 0
        for done, row in enumerate(self._reader.rows(), 1):
            if done % TOLD_EVERY == 0:
                self._progress(done)
            if isinstance(row, Event):
                self.events[row.log] += 1
            else:
                self.beside += 1
                if (row.log, row.table) == ("crm-logger", "taken"):
                    self.goal[row.row[0]] = row.row[1]
            yield row
        self._progress(done)


def import_copy(
    reader: Reader, target: Target, progress: Callable[[int], None], built: Callable[[int, int], None]
) -> Imported:
    """All of it, or nothing. `progress` is told rows, `built(done, of)` events of which the CRM is built.

    Raises Broken, NotWhole, StoreDown.
    """
    check(reader.head)
    rows = _Counted(reader, progress)
    try:
        target.load(rows)
        crm = _build_crm(target.url, rows.goal, built)
        target.keep()
    except BaseException:
        target.undo()
        raise
    return Imported(rows.events, rows.beside, crm)


def _build_crm(url: str, goal: dict[str, int], built: Callable[[int, int], None]) -> int:
    with (
        closing(open_store(url, "session")) as session,
        closing(open_store(url, "router")) as router,
        closing(open_crm(url)) as crm,
    ):
        return build_crm(session, router, crm, goal, built)
