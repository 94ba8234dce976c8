"""`parley import`."""

from __future__ import annotations

from pathlib import Path

import click

from .cli_export import progress, progress_ends
from .cli_parts import as_json, clear_errors, say
from .settings import OpsSettings


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--url", help="Into this place: postgresql://… or sqlite:FOLDER. [default: PARLEY_DATABASE_URL, PARLEY_DATA]"
)
@as_json
def import_(file: Path, url: str | None, as_json: bool) -> None:
    """Put a copy that `parley export` has written into an empty store.

    All of it or nothing: a file that was cut off or altered leaves nothing behind. Events keep their bytes and their
    positions, so that services go on where they were; the CRM is built from the logs. The place may be of another kind
    than the one that was copied: SQLite, PostgreSQL.

    \b
    parley import all.jsonl.gz --url postgresql://parley@db1/parley
    PARLEY_DATA=copy parley import all.jsonl.gz      then PARLEY_DATA=copy parley demo
    """
    from .copies.files import open_copy
    from .copies.importing import check, import_copy
    from .copies.writing import target

    place = url or OpsSettings().store_url
    with clear_errors(), open_copy(file) as reader:
        check(reader.head)
        done = import_copy(
            reader, target(place), progress("rows"), lambda some, of: progress(f"of {of:,} for the CRM")(some)
        )
        progress_ends()
    told = {"part": reader.head.part, "logins": reader.head.logins, **done._asdict()}
    if as_json:
        return say(told)
    events = ", ".join(f"{count:,} {log}" for log, count in done.events.items())
    click.echo(f"{events}; {done.rows:,} rows beside them; the CRM is built from {done.crm:,} events")
    if not reader.head.logins:
        click.echo("The copy was made without --with-logins: nobody has a password in it.", err=True)
    return None
