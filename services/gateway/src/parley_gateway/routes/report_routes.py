"""Figures of the past, and the floor as it was, over HTTP, for supervisors (R36, R37). Asked of the operators' service; of a login's own tenant.

What is measured about single agents is given out only where the company wants it, and the audit log keeps who looked.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from parley_chassis.clock import system_clock
from parley_contracts import operators as o
from parley_contracts import reports as r
from parley_contracts.hours import midnight, zone_name
from parley_contracts.instant import LATEST, rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Kind, Shape
from parley_contracts.topology import OPS_QUESTIONS
from pydantic import Field

from ..contacts.csv_file import guarded
from ..domain.identity import Identity
from .operator_routes import instant
from .route_context import Name, RouteContext

LOOKS = ("supervisor", "admin")
CSV = "text/csv"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Chosen = Annotated[str, Query(max_length=200)]
Time = Annotated[str, Query(max_length=60, description="A time (RFC 3339), or a day such as 2026-01-31")]


class Report(Shape):
    """Figures, in `rows`: each with its `key` (a queue, an agent, a chat service), its `kind`, and the time `from`, `until` that it is of. Times in milliseconds where a
    name ends in `_ms`. `formulas`: how what is worked out is worked out. `behind`: how many events are not counted yet."""

    of: r.Of
    from_: str = Field(alias="from")
    until: str
    by: r.By
    zone: str
    target_s: int
    short_s: int
    grouped: bool
    rows: tuple[dict[str, Any], ...]
    formulas: dict[str, str]
    behind: int


class ItemsBehind(Shape):
    """Items in the order in which they began to count; `next`, where there are more, is the following page's `after`."""

    items: tuple[dict[str, Any], ...]
    next: str | None = None


def _wanted(
    from_: Annotated[Time, Query(alias="from")] = "",
    until: Time = "",
    zone: Annotated[str, Query(max_length=60, description="An IANA name; the company's, where none is said")] = "",
    target_s: Annotated[int, Query(ge=0, le=2_592_000)] = 20,
    short_s: Annotated[int, Query(ge=0, le=86_400)] = 0,
    queue: Chosen = "",
    kind: Kind | None = None,
) -> dict[str, Any]:
    return {
        "from": from_,
        "until": until,
        "zone": zone,
        "target_s": target_s,
        "short_s": short_s,
        "queue": queue or None,
        "kind": kind,
    }


Terms = Annotated[dict[str, Any], Depends(_wanted)]


class Asks:
    """Asks the operators' service on a supervisor's behalf."""

    def __init__(self, context: RouteContext) -> None:
        self.context = context

    async def ask(self, who: Identity, question: Command) -> dict[str, Any]:
        """The answer. Raises Refused."""
        return (await self.context.link.ask(OPS_QUESTIONS, question, who.role, who.user)).ack or {}

    def terms_of(self, who: Identity, of: r.Of, said: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The fields of a question, and the time zone that its days are of. Raises Refused `bad_request`."""
        zone = said["zone"] or self.context.directory(who).settings.timezone
        try:
            since, until = _span(said["from"], said["until"], ZoneInfo(zone_name(zone)))
        except ValueError as error:
            raise Refused("bad_request", f"zone: {error}.") from None
        same = {name: said[name] for name in ("target_s", "short_s", "queue", "kind")}
        return {"tenant": who.tenant, "of": of, "since": since, "until": until, **same}, zone


def report_routes(context: RouteContext) -> APIRouter:
    """What supervisors ask."""
    api = APIRouter(prefix="/v1", tags=["supervision"])
    asks = Asks(context)
    _reports(api, asks)
    _past(api, asks)
    return api


def _reports(api: APIRouter, asks: Asks) -> None:
    @api.get("/reports/{of}", response_model=Report, responses={200: {"content": {CSV: {}}}})
    async def report(of: r.Of, request: Request, said: Terms, by: r.By = "day") -> Any:
        """The figures of queues, agents or chat services from `from` until `until` (today, where neither is said), by hour, day or week of the company's time zone, or `all` in one. As CSV with
        `Accept: text/csv`. `target_s`: within what time an answer counts for the service level; who gives up within `short_s` does not count against it."""
        who = asks.context.identity(request, *LOOKS)
        fields, zone = asks.terms_of(who, of, said)
        grouped = of == "agents" and not asks.context.directory(who).settings.agent_figures
        if of == "agents" and not grouped:
            request.state.action = "agents.measured"
        found = await asks.ask(who, r.AskReport(**fields, by=by, zone=zone, grouped=grouped))
        if CSV in request.headers.get("accept", ""):
            headers = {"Content-Disposition": f'attachment; filename="{of}.csv"', "X-Content-Type-Options": "nosniff"}
            return Response(_as_csv(found["rows"]), media_type=f"{CSV}; charset=utf-8", headers=headers)
        times = {"from": rfc3339(fields["since"]), "until": rfc3339(fields["until"])}
        same = {name: said[name] for name in ("target_s", "short_s")}
        return {"of": of, **times, "by": by, "zone": zone, **same, "grouped": grouped, **found}

    @api.get("/reports/{of}/items", response_model=ItemsBehind, response_model_exclude_none=True)
    async def behind(
        of: r.Of,
        request: Request,
        said: Terms,
        figure: Annotated[str, Query(min_length=1, max_length=60)],
        key: Annotated[str, Query(min_length=1, max_length=200)],
        after: Annotated[str, Query(max_length=120)] = "",
        limit: Annotated[int, Query(ge=1, le=r.MOST_BEHIND)] = 100,
    ) -> Any:
        """The items that a figure of a queue, an agent or a chat service counts."""
        who = asks.context.identity(request, *LOOKS)
        measured = asks.context.directory(who).settings.agent_figures
        if of == "agents":
            if not measured:
                raise Refused("forbidden", "This company has nothing measured about single agents.")
            request.state.action = "agents.measured"
        fields, _ = asks.terms_of(who, of, said)
        found = await asks.ask(who, r.AskReportItems(**fields, figure=figure, key=key, after=after, limit=limit))
        if not measured:
            found["items"] = [
                {name: value for name, value in item.items() if name != "agent"} for item in found["items"]
            ]
        return found


def _past(api: APIRouter, asks: Asks) -> None:
    @api.get("/supervisor/floor", response_model=None)
    async def floor(request: Request, at: Time = "", version: Annotated[int | None, Query(ge=0)] = None) -> Any:
        """The floor as it was at a moment, or after its event `version`; as it is now without either: queues, agents, items, without what anybody wrote."""
        who = asks.context.identity(request, *LOOKS)
        return await asks.ask(who, o.AskFloorAt(tenant=who.tenant, at=instant("at", at), version=version))

    @api.get("/supervisor/why/{item}", response_model=None)
    async def why(item: Name, request: Request) -> Any:
        """Why an item went to whom it went (`assigned`), and why it waited (`waited`): from when to when, and what kept each agent of its queue from being given it."""
        who = asks.context.identity(request, *LOOKS)
        return await asks.ask(who, o.AskWhy(tenant=who.tenant, item=item))


def _span(begin: str, end: str, zone: ZoneInfo) -> tuple[int, int]:
    """A time's begin and end: days are whole days of the zone, today where none is said. Raises Refused `bad_request`."""
    now = system_clock()
    today = datetime.fromtimestamp(now / 1000, zone).date()
    since = _moment("from", begin, zone, 0) if begin else midnight(today, zone)
    until = _moment("until", end, zone, 1) if end else max(now, since + 1)
    if until <= since:
        raise Refused("bad_request", "until: it lies before from.")
    if since < 0 or until > LATEST:
        raise Refused("bad_request", "from: figures are of times from 1970 on, and of none that no calendar has.")
    return since, until


def _moment(name: str, text: str, zone: ZoneInfo, days: Literal[0, 1]) -> int:
    """A time, or the begin of a day; `days`: of the day that many later, as a time goes until the end of its last day."""
    if not _DAY.fullmatch(text):
        found = instant(name, text)
        assert found is not None
        return found
    try:
        return midnight(date.fromisoformat(text) + timedelta(days=days), zone)
    except (ValueError, OverflowError):
        raise Refused("bad_request", f"{name}: write a day such as 2026-01-31.") from None


def _as_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(rows[0] if rows else ["key"])
    for row in rows:
        writer.writerow(["" if value is None else guarded(str(value)) for value in row.values()])
    return out.getvalue()
