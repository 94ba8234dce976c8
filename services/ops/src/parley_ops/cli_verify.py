"""The commands of `parley verify`."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click
from parley_chassis.store import open_existing

from .cli_parts import DIFFERENT, as_json, clear_errors, say
from .moment import Moment
from .settings import OpsSettings

if TYPE_CHECKING:
    from .decisions import Difference, Verified


@click.group()
def verify() -> None:
    """Judge what stands in the logs."""


@verify.command()
@click.option("--tenant", help="Only this tenant's. [default: all]")
@click.option("--from", "since", type=Moment(), help="Tell only what differs from this time on.")
@click.option("--until", type=Moment(), help="Only what stands before this time.")
@as_json
def decisions(tenant: str | None, since: int | None, until: int | None, as_json: bool) -> None:
    """Derive everything that the floor did by itself again, and compare it with the log.

    Whom it gave what, why, who was passed over and for what reason, when, in which order; what it interrupted, returned, timed
    out; and that it did nothing too late. The router's log is read from its beginning, so with --from it takes as long.
    Exit status 4 when something differs, 1 when a floor cannot be judged to its end.

    \b
    parley verify decisions
    parley verify decisions --tenant acme --from 2026-01-31T00:00:00Z
    parley verify decisions --json | jq .differences
    """
    from .decisions import verify as verified_by

    def progress(events: int) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"\r{events:,} events", nl=False, err=True)

    with clear_errors(), closing(open_existing(OpsSettings().store_url, "router", reading=True)) as store:
        verified = verified_by(store, tenant, since, until, progress)
    if as_json:
        say(verified.shown())
    else:
        _tell(verified)
    if verified.different:
        sys.exit(DIFFERENT)
    if verified.halted:
        sys.exit(1)


def _tell(verified: Verified) -> None:
    for difference in verified.examples:
        _tell_one(difference)
    for tenant, why in verified.halted.items():
        click.echo(f"{tenant}: judged only so far: {why}", err=True)
    if verified.different > len(verified.examples):
        click.echo(f"… and {verified.different - len(verified.examples):,} more")
    older = f", {verified.older:,} of them by the rules of an earlier version" if verified.older else ""
    click.echo(f"{verified.events:,} events of {verified.floors} floors, {verified.decisions:,} decisions{older}")
    click.echo(f"{verified.different:,} differ" if verified.different else "all as they follow from what stood before")


def _tell_one(difference: Difference) -> None:
    from .decisions.checking import WORDS, fields_of

    place = difference.place
    click.echo(f"{difference.tenant}, n {place.n}, position {place.position}: {WORDS[difference.what]}")
    for name, event in (("stands", difference.stands), ("expected", difference.expected)):
        if event is not None:
            fields = fields_of(event) or {}
            click.echo(f"  {name:<8} {'  '.join(f'{key}={value}' for key, value in fields.items() if key != 'text')}")
