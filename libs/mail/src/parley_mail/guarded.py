"""Python's parsers of mails fail now and then on what nobody should write, each in its own way. Here is the one place that takes such a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from .refusals import MailRefused

P = ParamSpec("P")
T = TypeVar("T")


def tried(otherwise: T, do: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What `do` gives; `otherwise` where it fails, however it does. A refusal goes through."""
    try:
        return do(*args, **named)
    except (MailRefused, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - the parser's failures are of many types, and each is one of a header's or a part's
        return otherwise


def whole(do: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What `do` gives. Where it fails in a way that nobody foresaw, one mail is refused as `unreadable`, with the failure as its cause."""
    try:
        return do(*args, **named)
    except (MailRefused, MemoryError):
        raise
    except Exception as error:
        raise MailRefused("unreadable", "The mail cannot be read.") from error
