"""What a lost connection to the broker looks like from wherever something is done on it, and what is done about it there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aio_pika.exceptions import CONNECTION_EXCEPTIONS

LOST = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""What a lost connection may raise, whatever is done on it just then. By the library's own list, with the RuntimeError of
what was not opened yet or is closed already."""

SOON_S = 0.1
TRY_AGAIN_S = 1.0
"""The pauses between tries: soon at first, then each twice as long, up to this."""

log = logging.getLogger("parley.bus")
T = TypeVar("T")


@contextmanager
def only_our_cancellation() -> Iterator[None]:
    """A connection that is given up as stuck cancels whatever waits for it: for who waits that is a lost connection, and
    not the end of its own task. Raises ConnectionError then."""
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise ConnectionError("the connection was given up") from error


@contextmanager
def lost_or_done(otherwise: str) -> Iterator[None]:
    """For what a lost connection makes needless: `otherwise` is what is noted then."""
    try:
        with only_our_cancellation():
            yield
    except LOST as error:
        log.info(otherwise, extra={"reason": str(error)})


async def until_done(attempt: Callable[[], Awaitable[T]], meanwhile: str, **about: Any) -> T:
    """Again and again until the broker has done it: a connection that is lost comes back by itself. `meanwhile` is what is noted
    each time that it has not, with what it is `about`."""
    pause = min(SOON_S, TRY_AGAIN_S)
    while True:
        try:
            with only_our_cancellation():
                return await attempt()
        except LOST as error:
            # A broker that has just come back may need a moment until its inboxes have leaders again.
            log.warning(meanwhile, extra={**about, "reason": str(error) or type(error).__name__})
            await asyncio.sleep(pause)
            pause = min(pause * 2, TRY_AGAIN_S)
