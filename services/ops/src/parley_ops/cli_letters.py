"""`parley letters`: what the services could not take, and what is to become of it."""

from __future__ import annotations

import sys

import click
from parley_chassis.letters import LATE_S

from .cli_looking import Looking, looking
from .cli_parts import DIFFERENT, NOTHING_FOUND, as_json, say, user
from .letter_places import SERVICES, LetterPlace, LettersBeside, LettersOverHttp, first
from .settings import OpsSettings

service_option = click.option("--service", type=click.Choice(SERVICES), help="Only this service's.")
letter_argument = click.argument("letters", metavar="LETTER...", nargs=-1)


def _place(where: Looking) -> LetterPlace:
    """Raises ClickException."""
    if where.is_beside:
        return LettersBeside(OpsSettings().store_url, user())
    return LettersOverHttp(where.installation().installation, where.reveal)


@click.group()
def letters() -> None:
    """See to what a service could not take.

    A message that fails each time it is tried, or that is of a newer version, is kept in the service's own database. What
    is said later about the same chat or item waits behind it; everything else goes on.

    Asks a running installation, as an operator: the tenant's letters. With PARLEY_DATABASE_URL or PARLEY_DATA it sees to all letters
    in the services' tables.

    \b
    parley letters list                                   what there is, and why
    parley letters retry session:12                       try it again, when its cause is gone
    parley letters discard session:12 --because "..."     take it as done, although it is not
    """


@letters.command("list")
@looking
@service_option
@click.option("--discarded", is_flag=True, help="With those that were discarded, by whom and why.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many, oldest first.")
@as_json
def list_letters(where: Looking, service: str | None, discarded: bool, limit: int, as_json: bool) -> None:
    """List the letters, in the order in which they came. Exit status 3 when there is none."""
    found, more = first(_place(where).letters(service, discarded=discarded), limit)
    for told in found:
        if as_json:
            say(told)
            continue
        state = "" if told["state"] == "kept" else f" ({told['state']}: {told.get('because') or 'as soon as possible'})"
        click.echo(
            f"{told['letter']:<16} {told['kind']:<14} {told['stream']:<32} {told['type']:<26} "
            f"{told['age_s']} s, tried {told['tries']} times{state}\n                 {told['reason'][:120]}"
        )
    if more:
        click.echo("... and more: --limit", err=True)
    if not found:
        if not as_json:
            click.echo("no letters")
        sys.exit(NOTHING_FOUND)


@letters.command()
@letter_argument
@looking
@click.option("--all", "everything", is_flag=True, help="All letters that stand first in their streams.")
@service_option
@click.option("--even-late", is_flag=True, help=f"Carry out commands that are older than {LATE_S} s as well.")
@as_json
def retry(
    where: Looking, letters: tuple[str, ...], everything: bool, service: str | None, even_late: bool, as_json: bool
) -> None:
    """Have letters tried again by whoever works on their partitions, once each, and in the order of their streams.

    What waits behind a letter follows by itself. Exit status 4 when one of them is still kept. Without a process that
    works on them they are tried as soon as one is started.
    """
    if bool(letters) == everything:
        raise click.UsageError("Name letters, or say --all.")
    place = _place(where)
    results = place.retry_all(service, even_late=even_late) if everything else place.retry(letters, even_late=even_late)
    for result in results:
        if as_json:
            say(result)
        else:
            reason = f": {result['reason']}" if result["reason"] else ""
            click.echo(f"{result['letter']}: {result['result']}{reason}")
    if not results and not as_json:
        click.echo("no letters")
    if any(result["result"] != "taken" for result in results):
        sys.exit(DIFFERENT)


@letters.command()
@letter_argument
@looking
@click.option("--because", required=True, metavar="TEXT", help="Why it is right that this never has its effect.")
@click.option(
    "--by",
    metavar="WHO",
    help="Who decides that, in the tables. [default: the user of this machine; over HTTP: --user]",
)
@as_json
def discard(where: Looking, letters: tuple[str, ...], because: str, by: str | None, as_json: bool) -> None:
    """Take letters as done, although they are not: what waits behind them goes on without them.

    Who did it and why is kept with the letter (`parley letters list --discarded`).
    """
    if not letters or not because.strip():
        raise click.UsageError("Name letters, and say why: --because TEXT.")
    for result in _place(where).discard(letters, by, because):
        say(result) if as_json else click.echo(f"{result['letter']}: {result['result']}")
