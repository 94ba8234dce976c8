"""All mailboxes of a process, side by side: none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from .following import Following
from .mailbox import Mailbox, Pace
from .taker import Taker

MOST_MAILBOXES = 200


class Collector:
    """Follows mailboxes from `start` to `stop`. Only one process at a time may follow a mailbox: two would hand over each mail twice.

    Memory: one mail a mailbox, so `Mailbox.largest` and a fifth more, times their number, at the very most. Raises ValueError for more than 200 mailboxes, and for two of
    the same name.
    """

    def __init__(self, mailboxes: Iterable[Mailbox], taker: Taker, pace: Pace | None = None) -> None:
        self._followed = [Following(mailbox, taker, pace) for mailbox in mailboxes]
        names = [followed.mailbox.name for followed in self._followed]
        if len(names) > MOST_MAILBOXES:
            raise ValueError(f"{len(names)} mailboxes are more than {MOST_MAILBOXES}")
        if len(set(names)) < len(names):
            raise ValueError("two mailboxes have the same name")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """From now on."""
        self._tasks = [
            asyncio.create_task(followed.run(), name=f"mailbox {followed.mailbox.name}") for followed in self._followed
        ]

    async def stop(self) -> None:
        """Hand over nothing more. A mail that is being taken may come again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def troubles(self) -> list[str]:
        """Why mails are not taken, a sentence a mailbox; empty when all are."""
        ended = [f"{task.get_name()}: not followed any more" for task in self._tasks if task.done()]
        return [*ended, *(line for followed in self._followed for line in followed.troubles())]

    def notices(self) -> list[str]:
        """What operators should know although mails are taken."""
        return [line for followed in self._followed for line in followed.notices()]
