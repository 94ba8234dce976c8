"""`parley`: the demonstration and the operators' tools on the command line."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click
from parley_chassis.logs import set_up_logs
from parley_chassis.running import run

from .cli_audit import audit
from .cli_call import call
from .cli_contacts import contacts
from .cli_export import export
from .cli_import import import_
from .cli_install import install
from .cli_letters import letters
from .cli_licence import licence
from .cli_looking import chat, events, find, floor, why
from .cli_parts import DIFFERENT, clear_errors
from .cli_rebuild import rebuild
from .cli_recovery import resay, restored, streams
from .cli_serve import serve
from .cli_verify import verify
from .cli_whatif import whatif
from .settings import OpsSettings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Parley: web chat for contact centres.

    What looks asks a running installation (--url) as one of its operators; where PARLEY_DATABASE_URL or PARLEY_DATA is set, it reads
    the logs there. The heavy tools always read the logs, at PARLEY_DATABASE_URL or in the folder PARLEY_DATA. All change nothing,
    unless they say so. Each answers with JSON when given --json. Exit status: 0 done, 1 not possible, 2 wrong
    usage, 3 nothing found, 4 different.
    """


@main.command()
@click.option("--reset", is_flag=True, help="Forget what the demonstration has stored, and end.")
def demo(reset: bool) -> None:
    """Run the whole product in this process.

    Without any server by default. With PARLEY_BROKER_URL and PARLEY_DATABASE_URL the same on RabbitMQ and PostgreSQL.
    Serves on http://127.0.0.1:8080 (PARLEY_PORT). Every password is `demo`; the agents are anna and ben.
    """
    settings = OpsSettings()
    if reset:
        if settings.data.exists():
            shutil.rmtree(settings.data)
        click.echo(f"forgotten: {settings.data}")
        return
    set_up_logs("demo", settings.log_level)
    from .demo import run_demo

    with clear_errors():
        sys.exit(run(run_demo(settings)))


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit status 4 when a file is not up to date.")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True)
def docs(check: bool, to: Path) -> None:
    """Write the generated documents: event catalogue, OpenAPI, AsyncAPI."""
    from .documents import documents

    stale = []
    for name, content in documents().items():
        path = to / name
        if path.exists() and path.read_text() == content:
            continue
        stale.append(str(path))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    for name in stale:
        click.echo(f"{'not up to date' if check else 'written'}: {name}")
    if check and stale:
        click.echo("make docs writes them", err=True)
        sys.exit(DIFFERENT)


main.add_command(audit)
main.add_command(call)
main.add_command(chat)
main.add_command(contacts)
main.add_command(events)
main.add_command(export)
main.add_command(find)
main.add_command(floor)
main.add_command(import_)
main.add_command(install)
main.add_command(letters)
main.add_command(licence)
main.add_command(rebuild)
main.add_command(resay)
main.add_command(restored)
main.add_command(serve)
main.add_command(streams)
main.add_command(verify)
main.add_command(whatif)
main.add_command(why)


if __name__ == "__main__":
    main()
