"""`parley export`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from parley_chassis.clock import system_clock

from .cli_parts import NOTHING_FOUND, as_json, clear_errors, say
from .moment import Moment
from .settings import OpsSettings

if TYPE_CHECKING:
    from .copies.form import Asked
    from .copies.reading import Place

FORMATS = ("jsonl", "parquet", "ocel")


@click.command()
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A new file; .gz is packed.")
@click.option("--tenant", help="Only this tenant's.")
@click.option("--from", "since", type=Moment(), help="Only from this time on, such as 2026-01-31T09:30:00Z.")
@click.option("--until", type=Moment(), help="Only before this time.")
@click.option("--chat", help="Only what is about this chat (or another item), from all logs.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option("--with-logins", "logins", is_flag=True, help="With passwords' hashes, second factors and the audit log.")
@click.option("--as-fixture", "fixture", is_flag=True, help="With --chat: a test, its names and texts replaced.")
@as_json
def export(
    to: Path,
    tenant: str | None,
    since: int | None,
    until: int | None,
    chat: str | None,
    form: str,
    logins: bool,
    fixture: bool,
    as_json: bool,
) -> None:
    """Copy the logs of an installation, a tenant, a time or a chat into a file.

    JSON Lines can be imported again where it is of the whole installation or a tenant. Parquet is for figures, OCEL 2.0
    for process mining; both need no more of the installation than the logs. It reads only. The file is there when it is
    whole; it is for its owner's eyes, as what people wrote stands in it (in OCEL not).

    \b
    parley export --to all.jsonl.gz --with-logins          to move an installation: parley import
    parley export --to acme.jsonl --tenant acme            one tenant, without anybody's password
    parley export --to may.parquet --format parquet --from 2026-05-01T00:00:00Z --until 2026-06-01T00:00:00Z
    parley export --to log.jsonocel --format ocel          for pm4py and others
    parley export --to test_k3v.py --chat k3v… --as-fixture
    """
    from .copies.form import Asked
    from .copies.reading import opened

    if fixture and chat is None:
        raise click.UsageError("--as-fixture turns one chat into a test: name it with --chat")
    if form != "jsonl" and (logins or fixture):
        raise click.UsageError("--with-logins and --as-fixture are for --format jsonl")
    if form == "parquet" and to.suffix == ".gz":
        raise click.UsageError("Parquet is packed in itself: name a file without .gz")
    asked = Asked(tenant=tenant, since=since, until=until, chat=chat)
    with clear_errors(), opened(OpsSettings().store_url) as place:
        if not place.one_instant and asked.part in ("whole", "tenant") and form == "jsonl":
            _must_stand_still(place)
        told = _written(place, to, asked, "fixture" if fixture else form, logins)
        progress_ends()
    if not told["events"] and asked.part != "whole":
        to.unlink()
        click.echo("There is nothing of that in the logs: parley events lists what there is.", err=True)
        sys.exit(NOTHING_FOUND)
    if as_json:
        return say(told)
    click.echo(
        f"{to}: {'rows: ' if form == 'jsonl' else ''}"
        + ", ".join(f"{count:,} {log}" for log, count in told["rows"].items())
    )
    return None


def _must_stand_still(place: Place) -> None:
    from .copies.reading import running

    if works := running(place, system_clock()):
        raise click.ClickException(
            f"Still running, or ended within the last 10 s: {', '.join(works)}. SQLite's files are not all of one instant "
            "while they are written: stop the services first. (A time or a chat can be copied meanwhile.)"
        )


def _written(place: Place, to: Path, asked: Asked, form: str, logins: bool) -> dict[str, Any]:
    from .copies import exporting
    from .copies.files import new_file

    looked = progress("events")
    told: dict[str, Any] = {"file": str(to), "format": form, "part": asked.part}
    with new_file(to) as file:
        if form == "jsonl":
            writer = exporting.export(place, asked, file.write, logins=logins, progress=looked)
            return told | {"logins": logins, "events": writer.events, "rows": dict(writer.rows)}
        if form == "parquet":
            from .copies.parquet import write_parquet

            head = exporting.head_of(place, asked, logins=False)
            found = exporting.copied_events(place, asked, logins=False, progress=looked)
            rows = dict(write_parquet(head, found, file))
            return told | {"events": sum(rows.values()), "rows": rows}
        if form == "ocel":
            from .copies.ocel import write_ocel

            written = write_ocel(exporting.steps(place, asked, looked), file.write)
            return told | {"events": written.events, "rows": written._asdict()}
        from .copies.fixture import write_fixture

        found = exporting.copied_events(place, asked, logins=False, progress=looked)
        rows = write_fixture(found, file.write, as_test=to.suffix == ".py")
        return told | {"events": sum(rows.values()), "rows": rows}


def progress(what: str) -> Callable[[int], None]:
    """Says how far it is, where somebody looks."""
    shown = sys.stderr.isatty()

    def tell(done: int) -> None:
        if shown:
            click.echo(f"\r{done:,} {what}", nl=False, err=True)

    return tell


def progress_ends() -> None:
    """What follows stands on a line of its own."""
    if sys.stderr.isatty():
        click.echo(err=True)
