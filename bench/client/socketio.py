"""Visitors and agents on the small socket.io server (Engine.IO 4 on a WebSocket, as far as is needed)."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import Any

from ..texts import dialogues, share
from .lines import Line, connect, json_of
from .meter import Meter

AGENTS = 2


class SocketIoTalk:
    """Visitors speak, each in a chat of its own; the agents have joined the chats."""

    meter: Meter

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self.troubles: list[str] = []
        self._visitors: list[Line] = []
        self._texts: list[Any] = []
        self._agents: list[Line] = []
        self._connected = self._joined = 0

    async def open(self, conversations: int) -> dict[str, Any]:
        """Everybody is connected, and the agents are in the chats' rooms."""
        spoken, _ = dialogues()
        for number in range(conversations):
            turns = share(spoken, number, max(conversations, 200), 400)
            self._texts.append(cycle([json_of(text) for who, text in turns if who == "visitor"]))
            self._visitors.append(await self._connect())
        for number in range(AGENTS):
            self._agents.append(await self._connect())
            chats = [f"c{chat}" for chat in range(number, conversations, AGENTS)]
            self._agents[-1].send(b"420" + json_of(["join", chats]))
        await self._until(lambda: self._joined == AGENTS)
        return {}

    async def _connect(self) -> Line:
        line = await connect(self._url, self._took, self.troubles)
        line.send(b"40")
        goal = len(self._visitors) + len(self._agents) + 1
        await self._until(lambda: self._connected >= goal)
        return line

    async def _until(self, reached: Any) -> None:
        async with asyncio.timeout(60):
            while not reached():
                await asyncio.sleep(0.001)

    def say(self, number: int) -> None:
        place = number % len(self._visitors)
        said = b'{"chat":"c%d","id":%d,"text":%b}' % (place, number, next(self._texts[place]))
        self._visitors[place].send(b'42%d["message",%b]' % (number + 1, said))

    def _took(self, line: Line, frame: bytes) -> None:
        if frame.startswith(b"43"):  # what was sent has been handled
            id = int(frame[2 : frame.index(b"[")])
            if id:
                self.meter.acked(id - 1)
            else:
                self._joined += 1
        elif frame.startswith(b'42["message"'):
            at = frame.index(b'"id":') + 5
            self.meter.delivered(int(frame[at : frame.index(b",", at)]))
        elif frame.startswith(b"40"):
            self._connected += 1
        elif frame == b"2":
            line.send(b"3")

    async def close(self) -> None:
        """Everybody goes."""
        await asyncio.gather(*(line.close() for line in self._visitors + self._agents), return_exceptions=True)
