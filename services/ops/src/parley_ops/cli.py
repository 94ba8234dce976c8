"""`parley`: the demonstration and the operators' tools on the command line."""

from __future__ import annotations

import shutil
import sys

import click
from parley_chassis.logs import set_up_logs
from parley_chassis.running import run

from .settings import OpsSettings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Parley: web chat for contact centres.

    The tools read the logs named by PARLEY_DATABASE_URL (or the demonstration's, in PARLEY_DATA) and change nothing,
    unless they say so. Each answers with JSON when given --json.
    """


@main.command()
@click.option("--reset", is_flag=True, help="Forget what the demonstration has stored, and end.")
def demo(reset: bool) -> None:
    """Run the whole product in this process.

    Without any server by default. With PARLEY_BROKER_URL and PARLEY_DATABASE_URL the same on RabbitMQ and PostgreSQL.
    Serves on http://127.0.0.1:8080 (PARLEY_PORT). Every password is `demo`; agents are anna and ben.
    """
    settings = OpsSettings()
    if reset:
        if settings.data.exists():
            shutil.rmtree(settings.data)
        click.echo(f"forgotten: {settings.data}")
        return
    set_up_logs("demo", settings.log_level)
    from .demo import run_demo

    try:
        sys.exit(run(run_demo(settings)))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
