"""`parley audit`: who read what, logged in, or was turned away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import click
from parley_chassis.store import must_be_there
from parley_contracts.instant import rfc3339
from parley_gateway.domain.audit import Entry
from parley_gateway.tenants.audit import Audit, Wanted, place_of
from parley_gateway.tenants.tables import Tables

from .cli_parts import NOTHING_FOUND, as_json, clear_errors, say
from .moment import Moment
from .settings import OpsSettings

PAGE = 500


@click.command()
@click.option("--tenant", help="Only this company's; else of all, also what is of none.")
@click.option("--user", default="", help="Only this user's.")
@click.option("--action", default="", help="Only this, such as login, transcript.read, contacts.exported or denied.")
@click.option("--from", "since", type=Moment(), help="Only from this time on, such as 2026-01-31T09:30:00Z.")
@click.option("--until", type=Moment(), help="Only up to this time.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many, newest first.")
@as_json
def audit(
    tenant: str | None, user: str, action: str, since: int | None, until: int | None, limit: int, as_json: bool
) -> None:
    """Show who read a transcript, exported contacts, logged in or tried to, changed a login, was turned away, or revealed a text.

    Each entry says who it was, from which address, when, and what came of it. What is refused in the same way again and again within a
    minute is one entry. Changes of settings are in `parley events`. Exit status 3 when there is none.

    \b
    parley audit --user otto                         what an operator has done
    parley audit --action login --from 2026-11-26T00:00:00Z
    parley audit --json --limit 100000 > audit.jsonl for a SIEM: one JSON object a line
    """
    until = Wanted().until if until is None else until
    wanted = Wanted(user=user, action=action, since=since or 0, until=until)
    found = 0
    with clear_errors():
        for entry in _entries(tenant, wanted, limit):
            found += 1
            say(_shown(entry)) if as_json else click.echo(_line(entry))
    if not found:
        click.echo("Nothing of this kind is in the audit log.", err=True)
        raise SystemExit(NOTHING_FOUND)


def _entries(tenant: str | None, wanted: Wanted, limit: int) -> Iterator[Entry]:
    url = OpsSettings().store_url
    must_be_there(url, "gateway")
    with closing(Tables(url, reading=True)) as tables:
        log = Audit(tables)
        while limit > 0 and (page := asyncio.run(log.page(tenant, wanted._replace(limit=min(limit, PAGE))))):
            yield from page
            limit -= len(page)
            wanted = wanted._replace(before=place_of(page[-1]))


def _shown(entry: Entry) -> dict[str, Any]:
    return {**entry._asdict(), "at": rfc3339(entry.at)}


def _line(entry: Entry) -> str:
    who = f"{entry.tenant or '-'}/{entry.user or '-'}" + (f" ({entry.role})" if entry.role else "")
    times = f" {entry.times} times" if entry.times > 1 else ""
    reason = f" because {entry.reason!r}" if entry.reason else ""
    return (
        f"{rfc3339(entry.at)}  {who} from {entry.address}: {entry.action} {entry.outcome}{times}  {entry.about}{reason}"
    )
