"""The commands of `parley licence`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from parley_chassis.clock import system_clock

from .moment import Moment
from .settings import OpsSettings

as_json = click.option("--json", "as_json", is_flag=True, help="Answer with JSON, for scripts.")
A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def licence() -> None:
    """Make and read licences; nothing leaves this machine.

    Whoever sells licences makes a key once and signs with it. An installation trusts the public half
    (PARLEY_LICENCE_KEYS), and its administrators put the licence's text in place (PUT /v1/admin/licence).

    \b
    parley licence key --to vendor.key
    parley licence make --key vendor.key --tenant acme --customer "Acme Ltd" --seats 20 --expires 2027-12-31T23:59:59Z
    parley licence show acme.licence
    """


@licence.command()
@click.option("--to", type=A_FILE, required=True, help="A new file for the private half, readable by its owner alone.")
@as_json
def key(to: Path, as_json: bool) -> None:
    """Make a key pair, and print the public half for PARLEY_LICENCE_KEYS.

    Keep the private half away from installations: whoever has it can sign licences.
    """
    from .licensing import new_key

    try:
        public = new_key(to)
    except OSError as error:
        raise click.ClickException(f"{to} was not written ({error.strerror}): name a new file") from error
    click.echo(json.dumps({"public": public, "private": str(to)}) if as_json else public)


@licence.command()
@click.option("--key", "key_", type=A_FILE, required=True, help="The private half of a key.")
@click.option("--tenant", required=True, help="For whom: it counts for this tenant alone.")
@click.option("--customer", required=True, help="Their name, to be read by people.")
@click.option("--seats", type=click.IntRange(0, 1_000_000), required=True, help="How many agents there may be.")
@click.option("--expires", type=Moment(), required=True, help="When it ends, such as 2027-12-31T23:59:59Z.")
@click.option("--feature", "features", multiple=True, default=["webchat"], show_default=True, help="What it allows.")
@click.option("--to", type=A_FILE, help="A file for it, instead of the screen.")
@as_json
def make(
    key_: Path,
    tenant: str,
    customer: str,
    seats: int,
    expires: int,
    features: tuple[str, ...],
    to: Path | None,
    as_json: bool,
) -> None:
    """Sign a licence.

    It is one line of text: what it allows can be read by anybody, and changed by nobody.
    """
    from parley_gateway.tenants.licences import BadLicence, sign

    from .licensing import made, read_key, shown

    try:
        text = sign(made(tenant, customer, features, seats, system_clock(), expires), read_key(key_))
        told = shown(text, "", system_clock())
        if to is not None:
            to.write_text(text + "\n")
    except (BadLicence, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        content = {name: value for name, value in told.items() if name not in ("valid", "reason")}
        click.echo(json.dumps({"licence": text, **content}, ensure_ascii=False))
    else:
        click.echo(text if to is None else f"written: {to}")


@licence.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--keys", help="Public keys to trust, comma-separated. [default: PARLEY_LICENCE_KEYS]")
@as_json
def show(file: Path, keys: str | None, as_json: bool) -> None:
    """Show what a licence in a FILE (or - for the input) says, and whether it would hold now.

    Exit status 4 when it would not.
    """
    from parley_gateway.tenants.licences import BadLicence

    from .licensing import shown

    text = sys.stdin.read() if str(file) == "-" else file.read_text(errors="replace")
    try:
        told: dict[str, Any] = shown(text, OpsSettings().licence_keys if keys is None else keys, system_clock())
    except BadLicence as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for name, value in told.items():
            click.echo(f"{name:<12} {', '.join(value) if isinstance(value, list) else value}")
    if not told["valid"]:
        raise SystemExit(4)
