"""The answers to questions about figures (R37)."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from parley_contracts import reports as r
from parley_contracts.hours import zone_name
from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command

from ..index.floors import Floors
from ..index.table import Index
from .asking import FORMULAS, Terms, figures_of, items_behind, report
from .edges import edges
from .keeping import Reported

_CURSOR = re.compile("[0-9]{1,18}")
"""A number that a database has room for."""
_TIMES = ("from", "until", "began", "answered_at")


class ReportAnswers:
    """Answers from the rows that are kept. Blocking; raises Refused, StoreDown."""

    def __init__(self, index: Index, floors: Floors, reported: Reported) -> None:
        self._index, self._floors, self._reported = index, floors, reported

    def report(self, asked: r.AskReport, now: int) -> dict[str, Any]:
        """What was, in parts."""
        _require_time(asked)
        try:
            zone = ZoneInfo(zone_name(asked.zone))
        except ValueError as error:
            raise Refused("bad_request", f"zone: {error}.") from None
        try:
            parts = edges(asked.since, asked.until, asked.by, zone, r.MOST_PARTS)
        except (ValueError, OverflowError):
            raise Refused(
                "bad_request", f"by: more than {r.MOST_PARTS:,} parts: ask for less time, or for larger parts."
            ) from None
        behind = self._floors.last(asked.tenant) - self._reported.reached(asked.tenant)
        rows = list(islice(report(self._index, asked.of, _terms(asked), parts, now), r.MOST_ROWS + 1))
        if len(rows) > r.MOST_ROWS:
            raise Refused(
                "bad_request", f"More than {r.MOST_ROWS:,} rows: ask for less time, larger parts, or one queue."
            )
        formulas = {name: text for name, text in FORMULAS.items() if name in figures_of(asked.of)}
        return {"rows": [_shown(row) for row in rows], "formulas": formulas, "behind": max(0, behind)}

    def items(self, asked: r.AskReportItems, now: int) -> dict[str, Any]:
        """What a figure counts."""
        _require_time(asked)
        if asked.after and not _CURSOR.fullmatch(asked.after):
            raise Refused("bad_request", "after: that is no cursor of this list.")
        span = (asked.since, asked.until)
        try:
            rows = items_behind(
                self._index,
                asked.of,
                asked.figure,
                asked.key,
                _terms(asked),
                span,
                int(asked.after or 0),
                asked.limit + 1,
            )
        except KeyError:
            raise Refused("bad_request", f"figure: {asked.figure} counts no items.") from None
        shown = [_shown(row) for row in rows[: asked.limit]]
        more = {"next": str(rows[asked.limit - 1]["n"])} if len(rows) > asked.limit else {}
        return {"items": [{name: value for name, value in row.items() if name != "n"} for row in shown], **more}


def _terms(asked: r.ReportWanted) -> Terms:
    return Terms(
        asked.tenant,
        asked.target_s * 1000,
        asked.short_s * 1000,
        asked.queue,
        asked.kind,
        isinstance(asked, r.AskReport) and asked.grouped,
    )


def _require_time(asked: r.ReportWanted) -> None:
    if asked.until <= asked.since:
        raise Refused("bad_request", "until: it lies before from.")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: rfc3339(value) if name in _TIMES and value is not None else value for name, value in row.items()}


ANSWERS: dict[type[Command], Callable[[ReportAnswers, Any, int], dict[str, Any]]] = {
    r.AskReport: ReportAnswers.report,
    r.AskReportItems: ReportAnswers.items,
}
