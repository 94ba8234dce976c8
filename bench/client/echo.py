"""The floor's sockets: what is sent comes back to its sender."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import Any

from ..texts import dialogues, share
from .lines import Line, connect, json_of
from .meter import Meter

FRAME_BYTES = 300


class EchoTalk:
    """Frames of FRAME_BYTES, the texts of the dialogues within; back is both delivered and acknowledged."""

    meter: Meter

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/"
        self.troubles: list[str] = []
        self._lines: list[Line] = []
        self._frames: list[Any] = []

    async def open(self, conversations: int) -> dict[str, Any]:
        """So many connections."""
        spoken, _ = dialogues()
        for number in range(conversations):
            turns = share(spoken, number, max(conversations, 200), 50)
            self._frames.append(cycle([json_of(text) for _, text in turns]))
        for first in range(0, conversations, 20):
            some = range(first, min(first + 20, conversations))
            self._lines += await asyncio.gather(*(connect(self._url, self._took, self.troubles) for _ in some))
        return {}

    def say(self, number: int) -> None:
        place = number % len(self._lines)
        frame = b'{"type":"message","id":"%09d","text":%b,"page":"' % (number, next(self._frames[place]))
        self._lines[place].send(frame.ljust(FRAME_BYTES - 2, b".") + b'"}')

    def _took(self, line: Line, frame: bytes) -> None:
        number = int(frame[24:33])
        self.meter.delivered(number)
        self.meter.acked(number)

    async def close(self) -> None:
        """All connections."""
        await asyncio.gather(*(line.close() for line in self._lines), return_exceptions=True)
