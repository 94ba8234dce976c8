"""Channels that come back: whatever ends one, it is opened anew, with all that is done on it.

The library can open its channels anew itself, by callbacks of the connection and of each channel. Their order is left to chance:
where a connection is back sooner than its channels have noticed the loss, one stays closed, for seconds or for good, and nothing
says so. Here each channel has a task of its own, which waits for its end and opens the next one (docs/adr/0017).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aio_pika.abc import AbstractChannel

from ..tasks import Tasks
from .losing import lost_or_done, until_done

OPENED_WITHIN_S = 15.0
CLOSED_WITHIN_S = 5.0

Open = Callable[[], Awaitable[AbstractChannel]]
"""Opens a channel, with all that is done on it. Raises LOST."""


class KeptChannel:
    """A channel of one connection that is opened anew whenever it is lost."""

    def __init__(self, channels: Channels, open: Open, what: str) -> None:
        self._channels, self._open, self._what = channels, open, what
        self._there = asyncio.Event()
        self._gone = asyncio.Event()
        self._channel: AbstractChannel | None = None
        self._task: asyncio.Task[Any] | None = None

    async def opened(self) -> KeptChannel:
        """Open it for the first time. Raises LOST."""
        await self._once()
        self._task = self._channels.tasks.start(self._keep(), f"channel of {self._what}")
        return self

    async def current(self) -> AbstractChannel:
        """The channel, as soon as it is open."""
        await self._there.wait()
        assert self._channel is not None
        return self._channel

    async def get_underlay_channel(self) -> Any:
        """What is beneath it. Raises LOST."""
        return await (await self.current()).get_underlay_channel()

    async def close(self) -> None:
        """For good; what is not acknowledged goes back to its place at once."""
        if self._task is not None:
            self._task.cancel()
        self._channels.found(self)
        await self._leave("a channel went with its connection")

    async def end(self) -> None:
        """End the channel that is open now: the next one is opened."""
        await self._leave("a channel was lost before it was ended")

    async def _leave(self, otherwise: str) -> None:
        with lost_or_done(otherwise):
            if self._channel is not None and not self._channel.is_closed:
                async with asyncio.timeout(CLOSED_WITHIN_S):
                    await self._channel.close()

    async def _once(self) -> None:
        async with asyncio.timeout(OPENED_WITHIN_S):
            self._channel = await self._open()
        self._gone.clear()
        beneath: Any = await self._channel.get_underlay_channel()
        beneath.closing.add_done_callback(self._ended)
        # A broker may also end a consumer alone, where its queue is gone.
        beneath.on_consumer_cancel_callbacks.add(self._ended)
        self._there.set()

    def _ended(self, _: object) -> None:
        self._there.clear()
        self._gone.set()

    async def _keep(self) -> None:
        while True:
            await self._gone.wait()
            self._channels.lacks(self)
            await self._leave("a channel went with its connection")
            await until_done(self._once, "a channel is not open again yet", inbox=self._what)
            self._channels.found(self)


class Channels:
    """Those of one connection. `on_return` is called when all that were lost are open again."""

    def __init__(self, on_return: Callable[[], None]) -> None:
        self.tasks = Tasks()
        self._on_return = on_return
        self._lacking: set[KeptChannel] = set()

    def __bool__(self) -> bool:
        """Whether all are open."""
        return not self._lacking

    def lacks(self, channel: KeptChannel) -> None:
        """It was lost."""
        self._lacking.add(channel)

    def found(self, channel: KeptChannel) -> None:
        """It is open again, or nobody needs it any more."""
        if channel in self._lacking:
            self._lacking.discard(channel)
            if not self._lacking:
                self._on_return()
