"""The commands of `parley contacts`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import click

from .settings import OpsSettings

Login = tuple[str, str, str, str]


@click.group()
@click.option("--url", help="Where the installation is. [default: http://127.0.0.1:8080, or at PARLEY_PORT]")
@click.option("--tenant", default="demo", show_default=True, help="Whose.")
@click.option("--user", default="sam", show_default=True, help="A supervisor or an administrator.")
@click.option(
    "--password", default="demo", envvar="PARLEY_PASSWORD", help="Theirs; PARLEY_PASSWORD keeps it out of sight."
)
@click.pass_context
def contacts(ctx: click.Context, url: str | None, tenant: str, user: str, password: str) -> None:
    """Search contacts, take them in from files, and give them out.

    It speaks the public protocol to a running installation; without options, to the demonstration on this machine.

    \b
    parley contacts import customers.csv       the first line names the columns: name, emails, phones, organisation,
                                               customer number, language, notes (also in German)
    parley contacts import addresses.vcf       vCards, as address books write them
    parley contacts search "joerg weis"        however it is written
    parley contacts export --format vcard > all.vcf
    """
    ctx.obj = (url or f"http://127.0.0.1:{OpsSettings().port}", tenant, user, password)


as_json = click.option("--json", "as_json", is_flag=True, help="Answer with JSON, for scripts.")


@contextmanager
def _installation(login: Login) -> Iterator[Any]:
    from .installation import Installation, NotPossible

    try:
        yield Installation(*login)
    except NotPossible as error:
        raise click.ClickException(str(error)) from error


@contacts.command()
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="At most so many.")
@as_json
@click.pass_obj
def search(login: Login, query: str, limit: int, as_json: bool) -> None:
    """Show the contacts that QUERY may mean, the likeliest first. Exit status 3 when there is none."""
    with _installation(login) as at:
        items = at.ask("GET", f"/v1/contacts?limit={limit}&query={quote(query)}")["items"]
    for contact in items:
        click.echo(json.dumps(contact, ensure_ascii=False) if as_json else described(contact))
    if not items:
        raise SystemExit(3)


def described(contact: dict[str, Any]) -> str:
    """A contact as a line."""
    known = (contact.get("organisation"), contact.get("customer_number"), *contact["emails"], *contact["phones"])
    return "  ".join((contact["contact"], contact["name"], *(str(fact) for fact in known if fact)))


@contacts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--encoding", help="The file's, where it is none that is found out: macintosh, ibm850, shift_jis.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=FIELD",
    help="What a column is taken for, where its name does not say it; without FIELD it is left out.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would come of it.")
@as_json
@click.pass_obj
def take_in(
    login: Login, file: Path, encoding: str | None, columns: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Take in FILE: CSV, or vCards where its name ends with .vcf.

    Rows that are refused are told with their lines, the others are kept; so is what of a row is not kept. The same file again changes
    nothing, so a file that has been corrected can be taken in whole. Exit status 4 when some rows were refused.
    """
    from parley_contracts.refusal import Refused
    from parley_gateway.contacts.file_text import file_text

    from .contact_sending import Sending

    assigned = {name: field or None for name, _, field in (each.rpartition("=") for each in columns)}
    cards = file.suffix.lower() in (".vcf", ".vcard")
    try:
        read = file_text(file.read_bytes(), encoding)
    except Refused as refusal:
        raise click.ClickException(refusal.message) from refusal
    sending = Sending(read.encoding, assigned, "/preview" if dry_run else "")
    with _installation(login) as at:
        for done in sending.send(at, read.text, cards):
            click.echo(f"{done:,} rows {'looked at' if dry_run else 'taken in'}", err=True)
    if as_json:
        click.echo(json.dumps(sending.told(), ensure_ascii=False))
    else:
        for line in sending.lines():
            click.echo(line)
    if sending.counts["refused"]:
        raise SystemExit(4)


@contacts.command("export")
@click.option("--format", "format_", type=click.Choice(["csv", "vcard"]), default="csv", show_default=True)
@click.option("--output", type=click.File("wb"), default="-", help="A file; without it, where everything goes.")
@click.pass_obj
def give_out(login: Login, format_: str, output: IO[bytes]) -> None:
    """Write all contacts, so that they can be taken in again. No cell of the CSV is a formula for a spreadsheet."""
    with _installation(login) as at:
        for piece in at.read(f"/v1/contacts/export?format={format_}"):
            output.write(piece)
