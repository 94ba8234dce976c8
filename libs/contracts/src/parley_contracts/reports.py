"""Questions about figures of the past (R37): what gateways ask the operators' service. Answered by a `Reply`; they change nothing.
Times are milliseconds since 1970."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .operators import Cursor, Looked
from .shapes import Command, Kind

Of = Literal["queues", "agents", "services"]
By = Literal["all", "hour", "day", "week"]
MOST_PARTS = 1_000
"""Hours, days or weeks of one report."""
MOST_ROWS = 10_000
MOST_BEHIND = 200


class ReportWanted(Command):
    """Of which time, and by what terms. `target_s`: within what time an answer counts for the service level; `short_s`: whoever gives up within it
    does not count against it. `queue`, `kind`: only of these."""

    of: Of
    since: int
    until: int
    target_s: int = Field(20, ge=0, le=2_592_000)
    short_s: int = Field(0, ge=0, le=86_400)
    queue: Looked | None = None
    kind: Kind | None = None


class AskReport(ReportWanted):
    """The figures of a time, in parts that begin with the hours, days or weeks of a time zone. `grouped`: of single agents nothing is said, but of all together
    where they are five or more. The ack has `rows` in order, `formulas`, and
    `behind`: how many events of the log are not counted yet."""

    type: Literal["ask_report"] = "ask_report"
    by: By = "all"
    grouped: bool = False
    zone: str = Field("UTC", max_length=60)


class AskReportItems(ReportWanted):
    """The items behind one figure of `key`, a queue, an agent or a chat service. The ack has `items`, and `next` where there are more."""

    type: Literal["ask_report_items"] = "ask_report_items"
    figure: Looked
    key: Looked
    after: Cursor = ""
    limit: int = Field(100, ge=1, le=MOST_BEHIND)
