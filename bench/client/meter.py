"""Sends messages by a schedule or by a window, and notes when each has arrived and has been acknowledged."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

PATIENCE_S = 60.0


class Talk(Protocol):
    """Conversations with something. `say` sends message `number`; the talk calls `meter` when it has arrived."""

    meter: Meter
    troubles: list[str]

    async def open(self, conversations: int) -> dict[str, Any]:
        """Connect everybody; facts for whoever started this."""

    def say(self, number: int) -> None:
        """Send the next message of conversation `number % conversations`."""

    async def close(self) -> None:
        """Disconnect everybody."""


class Lost(Exception):
    """Not everything that was sent has arrived, or something arrived that was not right."""


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest, in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return {}

    def at(part: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000, 2)

    return {"p50_ms": at(0.50), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": round(ordered[-1] * 1000, 2)}


class Meter:
    """Measures one talk. Messages are numbered on over all runs, so that no id comes twice."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        talk.meter = self
        self._next = 0
        self._first = 0
        self._due: list[float] = []
        self._delivered: list[float] = []
        self._acked: list[float] = []
        self._left = 0
        self._until = 0.0
        self._finished = asyncio.Event()
        self._ended = 0.0

    # --- told by the talk ---------------------------------------------------------------------------------------------

    def delivered(self, number: int) -> None:
        """The other side has it."""
        place = number - self._first
        now = time.monotonic()
        self._delivered[place] = now - self._due[place]
        if self._acked[place]:
            self._complete(now)

    def acked(self, number: int) -> None:
        """Its sender knows that it is stored."""
        place = number - self._first
        now = time.monotonic()
        self._acked[place] = now - self._due[place]
        if self._delivered[place]:
            self._complete(now)

    def _complete(self, now: float) -> None:
        self._left -= 1
        if now < self._until:
            self._say(now)
        elif not self._left:
            self._ended = now
            self._finished.set()

    def _say(self, due: float) -> None:
        number = self._next
        self._next = number + 1
        self._due.append(due)
        self._delivered.append(0.0)
        self._acked.append(0.0)
        self._left += 1
        self._talk.say(number)

    def _begin(self) -> None:
        self._first = self._next
        self._due, self._delivered, self._acked = [], [], []
        self._left, self._until = 0, 0.0
        self._finished.clear()

    # --- runs ---------------------------------------------------------------------------------------------------------

    async def window(self, in_flight: int, seconds: float) -> dict[str, Any]:
        """So many messages are on their way at any time: when one is through, the next is sent."""
        self._begin()
        began = time.monotonic()
        self._until = began + seconds
        for _ in range(in_flight):
            self._say(time.monotonic())
        return await self._result(began)

    async def at_rate(self, per_s: float, seconds: float) -> dict[str, Any]:
        """So many messages a second. A message's time counts from the instant at which it was to be sent, whether or
        not the client could send it then: what waits because of a delay is counted as delayed."""
        self._begin()
        total = int(per_s * seconds)
        loop = asyncio.get_running_loop()
        began = time.monotonic() + 0.1
        late: list[float] = []
        bell = os.eventfd(0, os.EFD_NONBLOCK)

        def ring() -> None:
            # A thread of its own: the timers of event loops are only good to the millisecond.
            for number in range(total):
                time.sleep(max(0.0, began + number / per_s - time.monotonic()))
                os.eventfd_write(bell, 1)

        def send() -> None:
            for _ in range(os.eventfd_read(bell)):
                due = began + len(self._due) / per_s
                late.append(time.monotonic() - due)
                self._say(due)

        self._left = 1  # held until all is sent
        loop.add_reader(bell, send)
        thread = threading.Thread(target=ring, daemon=True)
        thread.start()
        try:
            while len(self._due) < total:
                await asyncio.sleep(0.01)
        finally:
            loop.remove_reader(bell)
            thread.join()
            os.close(bell)
        self._left -= 1
        if not self._left:
            self._ended = time.monotonic()
            self._finished.set()
        result = await self._result(began)
        return {"offered_per_s": per_s, **result, "sent_late_p99_ms": quantiles(late)["p99_ms"]}

    async def _result(self, began: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(PATIENCE_S + max(0.0, self._until - began)):
                await self._finished.wait()
        except TimeoutError:
            self._talk.troubles.append(f"{self._left} of {len(self._due)} messages have not come through")
        if self._talk.troubles:
            raise Lost("; ".join(self._talk.troubles[:5]))
        messages = len(self._due)
        return {
            "messages": messages,
            "began": began,
            "ended": self._ended,
            "per_s": round(messages / (self._ended - began), 1),
            "delivered": quantiles(self._delivered),
            "acked": quantiles(self._acked),
        }
