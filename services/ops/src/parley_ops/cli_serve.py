"""`parley serve`: the operators' service as a process."""

from __future__ import annotations

import sys

import click

from .cli_parts import clear_errors


@click.command()
def serve() -> None:
    """Run the operators' service: an index over all logs, and the answers to /v1/ops.

    Reads the services' logs at PARLEY_DATABASE_URL, with a login that may only read them; writes nothing but its own index, which is made
    where it is missing and can be dropped at any time. Answers over the broker at PARLEY_BROKER_URL. /livez, /readyz and /metrics
    are at PARLEY_PORT. Any number of these processes may run.
    """
    from parley_chassis.running import run

    from .process import main

    with clear_errors():
        sys.exit(run(main()))
