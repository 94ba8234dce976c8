"""The command `parley whatif`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from parley_chassis.store import open_existing

from .cli_parts import DIFFERENT, NOTHING_FOUND, as_json, clear_errors, say
from .moment import Moment
from .settings import OpsSettings

COLUMNS = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "gave up",
    "left": "left",
    "wait_p50": "wait p50 s",
    "wait_p95": "wait p95 s",
    "service_level": "in time",
    "interruptions": "interrupted",
    "occupancy": "occupied",
}


@click.command()
@click.option(
    "--set", "asked", multiple=True, metavar="QUEUE.FIELD=VALUE", help="A queue's setting, as JSON or a word."
)
@click.option("--agents", type=click.IntRange(-10_000, 10_000), default=0, help="So many more, or (-1) fewer.")
@click.option("--factor", type=click.FloatRange(0, 10), default=0.0, help="Work longer for each further chat at once.")
@click.option("--tenant", default="demo", show_default=True, help="Whose.")
@click.option("--from", "since", type=Moment(), help="Only what came from this time on.")
@click.option("--until", type=Moment(), help="Only what came before this time.")
@click.option("--within", type=click.FloatRange(0), default=20.0, show_default=True, help="Seconds: who is in time.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another draw of what is not known.")
@click.option("--keep", metavar="NAME", help="Keep the result, to compare others with.")
@click.option("--compare", multiple=True, metavar="NAME", help="Show what was kept; without a change nothing is run.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Of what is kept. [default: whatif in PARLEY_DATA]",
)
@as_json
def whatif(
    asked: tuple[str, ...],
    agents: int,
    factor: float,
    tenant: str,
    since: int | None,
    until: int | None,
    within: float,
    seed: int,
    keep: str | None,
    compare: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> None:
    """Ask what would have come of a time under other settings, or with other agents.

    The recorded arrivals, presence, work, answering and patience meet the product's own floor again. First it must reproduce what
    happened with the settings as they were; where it does not, there is no answer: exit status 4. What is taken for granted is told
    with the answer (docs/whatif.md).

    \b
    parley whatif --agents -1
    parley whatif --set support.chats_per_agent=2 --from 2026-01-30T00:00:00Z --keep two-chats
    parley whatif --set support.routing.agent=round_robin --set 'support.interrupts=[]' --json
    parley whatif --compare two-chats --compare three-chats
    """
    from .whatif.kept import Kept

    kept = Kept(folder or OpsSettings().data / "whatif")
    with clear_errors():
        others = {name: kept.read(name) for name in compare}
        if keep is not None:
            kept.must_be_free(keep)
        if compare and not (asked or agents or factor or keep):
            return _tell_compared(others, as_json)
        shown, sentences = _run(asked, agents, factor, tenant, since, until, within, seed, quiet=as_json)
        if shown is not None and keep is not None and shown["answers"]:
            kept.write(keep, shown)
    if shown is None:
        click.echo(f"Nothing came for {tenant} at that time: parley events lists what happened.", err=True)
        sys.exit(NOTHING_FOUND)
    if as_json:
        say({**shown, "compared": others} if others else shown)
    else:
        _tell(shown, sentences)
        if others and shown["answers"]:
            _tell_compared({**others, "this": shown}, as_json=False)
    if not shown["answers"]:
        sys.exit(DIFFERENT)
    return None


def _run(
    asked: tuple[str, ...],
    agents: int,
    factor: float,
    tenant: str,
    since: int | None,
    until: int | None,
    within: float,
    seed: int,
    quiet: bool,
) -> tuple[dict[str, Any] | None, list[str]]:
    """The result as JSON has it, None where nothing came; and what was taken for granted."""
    from .whatif import Changes, read_settings, read_world, run
    from .whatif.reading import floor_events

    changes = Changes(read_settings(asked), agents, factor)
    progress = _progress(quiet)
    with closing(open_existing(OpsSettings().store_url, "router", reading=True)) as store:
        world = read_world(
            tenant, floor_events(store, tenant), since, until, progress=lambda events: progress("read", events, 0)
        )
    if not world.history.items:
        return None, []
    result = run(world, changes, seed, within, progress, at_once=True)
    return result.shown(), result.assumptions


def _progress(quiet: bool) -> Callable[[str, int, int], None]:
    def progress(what: str, done: int, of: int) -> None:
        if not quiet and sys.stderr.isatty():
            click.echo(f"\r{what}: {done:,}{f' of {of:,}' if of else ''} events    ", nl=False, err=True)

    return progress


def _tell(shown: dict[str, Any], assumptions: list[str]) -> None:
    again = shown["reproduction"]
    (then_p50, now_p50), (then_p95, now_p95) = again["p50"], again["p95"]
    click.echo(
        f"The same settings again: {again['owners']:.1%} of {again['compared']:,} items have the same agent; "
        f"wait p50 {now_p50:.1f} s (it was {then_p50:.1f} s), p95 {now_p95:.1f} s (it was {then_p95:.1f} s)."
    )
    if not shown["answers"]:
        click.echo(
            "That is not near enough to what happened (95 % of the agents, waits within 5 %): there is no answer."
        )
        return
    click.echo(f"{'':<24}{''.join(f'{title:>13}' for title in COLUMNS.values())}")
    for row in shown["rows"]:
        click.echo(f"{row['queue'] or 'all'} {row['kind'] or ''}")
        for side, title in (("before", "as it was"), ("after", "as asked")):
            click.echo(f"  {title:<22}{''.join(f'{_figure(name, row[side][name]):>13}' for name in COLUMNS)}")
            sure = "".join(f"{_interval(name, row[f'{side}_95'].get(name)):>13}" for name in COLUMNS)
            click.echo(f"  {'  95 %':<22}{sure}")
    for assumption in assumptions:
        click.echo(f"- {assumption}")


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name in ("service_level", "occupancy"):
        return f"{value:.1%}"
    return f"{value:.1f}" if name.startswith("wait") else f"{value:,.0f}"


def _interval(name: str, pair: list[float] | None) -> str:
    if pair is None:
        return ""
    low, high = (_figure(name, value).removesuffix("%") for value in pair)
    return f"{low}–{high}"


def _tell_compared(others: dict[str, dict[str, Any]], as_json: bool) -> None:
    if as_json:
        return say(others)
    click.echo(f"{'all, as asked':<24}{''.join(f'{title:>13}' for title in COLUMNS.values())}")
    for name, shown in others.items():
        after = next(row["after"] for row in shown["rows"] if row["queue"] is None)
        click.echo(f"  {name:<22}{''.join(f'{_figure(column, after[column]):>13}' for column in COLUMNS)}")
    return None
