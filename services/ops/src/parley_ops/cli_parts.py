"""What the commands of `parley` that read logs have in common."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from parley_chassis.journal import UnknownEvent
from parley_chassis.store import StoreDown

NOTHING_FOUND = 3
DIFFERENT = 4

as_json = click.option("--json", "as_json", is_flag=True, help="Answer with JSON, for scripts.")


@contextmanager
def clear_errors() -> Iterator[None]:
    """What goes wrong outside becomes one sentence and exit status 1."""
    try:
        yield
    except UnknownEvent as error:
        raise click.ClickException(
            f"{error}: a newer version has written it. Use the tools of that version."
        ) from error
    except (StoreDown, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def say(data: Any) -> None:
    """As one line of JSON."""
    click.echo(json.dumps(data, ensure_ascii=False))


def user() -> str:
    """Who runs this command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # as in a container whose user has no name
        return f"uid {os.getuid()}"
