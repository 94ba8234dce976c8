"""The commands of `parley rebuild`."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
from parley_chassis.clock import system_clock
from parley_chassis.store import open_existing
from parley_contracts.instant import rfc3339

from .cli_parts import DIFFERENT, as_json, clear_errors, say, user
from .settings import OpsSettings

if TYPE_CHECKING:
    from .rebuild import Rebuilt

REFUSED = """Not swapped. If it is the fresh rows that are right, put them in place and say why:

  parley rebuild crm --swap --because "WHY"

What differed is then kept in a file, and who did it and why in the CRM's log."""


@click.group()
def rebuild() -> None:
    """Build a view anew from the log and compare it with the live one."""


@rebuild.command("crm")
@click.option("--swap", is_flag=True, help="Put the fresh one in the live one's place, if nothing differs.")
@click.option("--because", metavar="TEXT", help="With --swap: also if rows differ, and why the fresh ones are right.")
@click.option("--by", metavar="WHO", help="Who decides that. [default: the user of this machine]")
@click.option(
    "--differences",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file for all rows that differ, one JSON object a line. [default when they are accepted: in PARLEY_DATA]",
)
@click.option("--keep", is_flag=True, help="Keep the fresh tables although they are not swapped, to look at them.")
@as_json
def crm(swap: bool, because: str | None, by: str | None, differences: Path | None, keep: bool, as_json: bool) -> None:
    """Build the CRM's interactions, transcripts and contacts from the logs, beside the live ones.

    The live ones go on being written meanwhile. Both are compared row by row at the same point of the logs; with --swap
    the fresh ones take over, without a gap. Exit status 4 when rows differ and nothing was swapped.

    After a mistake in the projection, or of somebody in the tables, rows differ and the fresh ones are right: --because
    accepts that. What a changed projection makes different is expected, and needs no --because.

    \b
    parley rebuild crm                                          look
    parley rebuild crm --swap                                   take over what is equal, or of a new projection
    parley rebuild crm --swap --because "notes were cut off"    repair
    """
    if because is not None and not (swap and because.strip()):
        raise click.UsageError("--because says why differences are accepted by --swap: give both, and a reason")
    with clear_errors():
        rebuilt, kept = _rebuilt(swap, because, by or user(), differences, keep, quiet=as_json)
    told = {
        "events": rebuilt.events,
        "rows": rebuilt.rows,
        "behind": rebuilt.behind,
        "projection": rebuilt.projections._asdict(),
        "different": rebuilt.different,
        "because": rebuilt.because,
        "kept": kept,
        "swapped": rebuilt.swapped,
        "examples": [difference._asdict() for difference in rebuilt.examples],
    }
    if as_json:
        say(told)
    else:
        _tell(rebuilt, kept)
    if rebuilt.different and not rebuilt.swapped:
        if swap:
            click.echo(REFUSED, err=True)
        sys.exit(DIFFERENT)


def _rebuilt(
    swap: bool, because: str | None, by: str, differences: Path | None, keep: bool, quiet: bool
) -> tuple[Rebuilt, str | None]:
    """What came of it, and the file in which rows that differ are kept."""
    from parley_crm_logger.store import open_existing_crm

    from .differences import DifferencesFile
    from .rebuild import Swap, rebuild_crm

    def progress(done: int, of: int) -> None:
        if not quiet and sys.stderr.isatty():
            click.echo(f"\r{done:,} of {of:,} events", nl=False, err=True)

    settings, at = OpsSettings(), system_clock()
    url = settings.store_url
    with (
        closing(open_existing(url, "session")) as session,
        closing(open_existing(url, "router")) as router,
        closing(open_existing_crm(url, reading=False)) as live,
    ):
        accepts = swap and (because is not None or len({*live.projections()}) > 1)
        if differences is None and accepts:
            differences = settings.data / "differences" / f"crm-{rfc3339(at).replace(':', '-')}.jsonl"
        file = None if differences is None else DifferencesFile(differences)
        rebuilt = rebuild_crm(session, router, live, Swap(by, at, because) if swap else None, progress, file)
        if not rebuilt.swapped and not keep:
            live.drop_generation(rebuilt.generation)
    return rebuilt, file.name if file is not None and file.rows else None


def _tell(rebuilt: Rebuilt, kept: str | None) -> None:
    rows = ", ".join(f"{count:,} {table}" for table, count in rebuilt.rows.items())
    click.echo(f"\r{rebuilt.events:,} events: {rows}")
    if rebuilt.behind:
        click.echo(f"behind: {rebuilt.behind:,} events are in the logs, and the live one has not taken them")
    live, here = rebuilt.projections
    if live != here:
        click.echo(f"the projection is {here}; the live one was built by {live or 'an unknown one'}: rows may differ")
    for difference in rebuilt.examples:
        click.echo(f"differs in {difference.table}: live {difference.one}, fresh {difference.other}")
    verdict = f"{rebuilt.different:,} rows differ" if rebuilt.different else "equal to the live one"
    swapped = "; swapped" if rebuilt.swapped else ""
    why = f", because {rebuilt.because}" if rebuilt.because is not None else ""
    click.echo(f"{verdict}{swapped}{why}{f'; kept in {kept}' if kept else ''}")
