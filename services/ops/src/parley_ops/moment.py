"""Times on the command line."""

from __future__ import annotations

from typing import Any

import click
from parley_contracts.instant import from_rfc3339


class Moment(click.ParamType[int]):
    """A time on the command line, as milliseconds since 1970."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return from_rfc3339(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-01-31T09:30:00Z", param, ctx)
