"""Connections that come back: lost, they are made again at any gateway, and what has not been answered is said again."""

from __future__ import annotations

import asyncio
import json
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from parley_contracts.instant import from_rfc3339
from protocol import Agent, Client, Visitor, apply
from websockets.exceptions import WebSocketException

from .ledger import AgentLedger, Ask, Connections, Seen, TabLedger

SAY_AGAIN_S = 2.0
GREETED_WITHIN_S = 15.0
PUT_OFF = ("unavailable", "rate_limited")
GONE = (OSError, TimeoutError, ConnectionError, EOFError, WebSocketException)


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass
class Waiting:
    """An ask that has no answer yet; `again` is when it is said the next time (monotonic seconds)."""

    ask: Ask
    frame: dict[str, Any]
    answered: asyncio.Future[Ask]
    again: float = 0.0


class Line(ABC):
    """One client's connection, from when it `run`s until that task is cancelled."""

    def __init__(self, gateways: Callable[[], Sequence[str]], chance: random.Random, connections: Connections) -> None:
        self._gateways, self._chance, self.connections = gateways, chance, connections
        self.waiting: dict[str, Waiting] = {}
        self.connection = 0
        self.up = False
        self.client: Client | None = None
        self._turn = asyncio.Lock()

    # --- asking -------------------------------------------------------------------------------------------------------

    async def ask(self, ask: Ask, **fields: Any) -> Ask:
        """Say it, again and again, until it is answered."""
        frame = {"type": ask.type, "id": ask.id, **fields}
        waiting = self.waiting[ask.id] = Waiting(ask, frame, asyncio.get_running_loop().create_future())
        async with self._turn:
            if self.up and ask.answered is None:
                await self._say(waiting)
        return await waiting.answered

    async def _say(self, waiting: Waiting) -> None:
        waiting.again = time.monotonic() + SAY_AGAIN_S
        self.saying(waiting.frame)
        assert self.client is not None
        with suppress(*GONE):
            await self.client.raw(json.dumps(waiting.frame, ensure_ascii=False))

    def saying(self, frame: dict[str, Any]) -> None:  # noqa: B027 - not everybody has to know
        """Something is said on this connection."""

    def taken(self, connection: int, frame: dict[str, Any]) -> None:
        """A frame has come."""
        waiting = self.waiting.get(str(frame.get("id"))) if frame["type"] in ("ack", "error") else None
        if waiting is None:
            return self.shown(connection, frame)
        if frame.get("code") in PUT_OFF:
            waiting.ask.put_off += 1
            waiting.again = time.monotonic() + SAY_AGAIN_S / 2
            return None
        del self.waiting[waiting.ask.id]
        waiting.ask.answered = now()
        if frame["type"] == "ack":
            waiting.ask.ack = frame
            self.acked(connection, waiting.ask)
        else:
            waiting.ask.refused = frame["code"]
        if not waiting.answered.done():
            waiting.answered.set_result(waiting.ask)
        return None

    def acked(self, connection: int, ask: Ask) -> None:  # noqa: B027
        """An ask has got its ack."""

    @abstractmethod
    def shown(self, connection: int, frame: dict[str, Any]) -> None:
        """Anything but an answer."""

    # --- the connection -----------------------------------------------------------------------------------------------

    @abstractmethod
    def make(self, url: str, connection: int) -> Client:
        """A client for that gateway, whose frames come to `taken`."""

    @abstractmethod
    async def greet(self, client: Client) -> None:
        """What comes first on a new connection."""

    async def run(self) -> None:
        """Be connected, for ever."""
        try:
            while True:
                await self._connect_once()
                await asyncio.sleep(self._chance.uniform(0.05, 0.3))
        finally:
            if self.client is not None:
                with suppress(*GONE):
                    async with asyncio.timeout(2):
                        await self.client.close()

    async def _connect_once(self) -> None:
        self.connection += 1
        client = self.client = self.make(self._chance.choice(self._gateways()), self.connection)
        try:
            async with asyncio.timeout(GREETED_WITHIN_S):
                await client.connect()
                await self.greet(client)
            async with self._turn:
                self.up = True
                for waiting in list(self.waiting.values()):
                    await self._say(waiting)
            while client.closed is None:
                await asyncio.sleep(0.1)
                if any(waiting.again <= time.monotonic() for waiting in self.waiting.values()):
                    async with self._turn:
                        for waiting in list(self.waiting.values()):
                            if waiting.again <= time.monotonic():
                                await self._say(waiting)
        except GONE:
            pass
        finally:
            self.up = False
        if client.unpublished is not None:
            self.connections.troubles.append(f"a frame that is not published: {client.unpublished}")
        if client.closed is not None:
            self.connections.closes.append((now(), client.closed))
        self.cut()

    def cut(self) -> None:
        """Lose the connection without a word."""
        if self.client is not None:
            with suppress(AssertionError):
                self.client.cut()


# --- a visitor's window -----------------------------------------------------------------------------------------------


class _Window(Visitor):
    def __init__(self, url: str, taken: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(url)
        self._taken = taken

    def taken(self, frame: dict[str, Any]) -> None:
        self._taken(frame)


class Tab(Line):
    """One window with a visitor's chat; `chat` is empty until the chat has been started."""

    def __init__(
        self,
        gateways: Callable[[], Sequence[str]],
        chance: random.Random,
        ledger: TabLedger,
        on_event: Callable[[], None],
    ) -> None:
        super().__init__(gateways, chance, ledger)
        self.ledger, self._on_event = ledger, on_event
        self.chat = self.secret = ""
        self.last = 0

    def make(self, url: str, connection: int) -> Client:
        return _Window(url, lambda frame: self.taken(connection, frame))

    def saying(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "start":
            self.ledger.catch_ups.setdefault(self.connection, []).append(0)

    def acked(self, connection: int, ask: Ask) -> None:
        if ask.type == "start" and ask.ack is not None:
            self.chat, self.secret = ask.ack["chat"], ask.ack["secret"]

    async def greet(self, client: Client) -> None:
        """Resume, where there is something to resume; said again until it is answered."""
        if not self.chat:
            return
        after = self.last
        resume = {"type": "resume", "id": f"r{self.connection}", "chat": self.chat, "secret": self.secret}
        done = asyncio.get_running_loop().create_future()
        ask = Ask(resume["id"], "resume", self.chat, now())
        self.waiting = {resume["id"]: Waiting(ask, {**resume, "after": after}, done, float("inf")), **self.waiting}
        try:
            while not done.done():
                self.ledger.catch_ups.setdefault(self.connection, []).append(after)
                await client.raw(json.dumps({**resume, "after": after}))
                await asyncio.wait({done}, timeout=SAY_AGAIN_S)
                if client.closed is not None:
                    raise ConnectionError("closed while resuming")
        finally:
            self.waiting.pop(resume["id"], None)
        if ask.refused is not None:
            self.ledger.troubles.append(f"its resume was refused: {ask.refused}")

    def shown(self, connection: int, frame: dict[str, Any]) -> None:
        if frame["type"] == "event":
            at = from_rfc3339(frame["at"])
            self.ledger.seen.append(Seen(connection, frame["seq"], None, at, frame["kind"], frame.get("text")))
            self.last = max(self.last, frame["seq"])
            self._on_event()


# --- an agent's desk --------------------------------------------------------------------------------------------------


class _Desk(Agent):
    def __init__(self, url: str, token: str, taken: Callable[[dict[str, Any]], None], ledger: AgentLedger) -> None:
        super().__init__(url, token)
        self._taken, self._ledger = taken, ledger

    def taken(self, frame: dict[str, Any]) -> None:
        try:
            super().taken(frame)
        except AssertionError as error:
            version = self.view["version"] if self.view is not None else None
            self._ledger.troubles.append(f"{error}: {frame['version']} after {version}")
            if self.view is not None:
                self.view = apply(self.view, frame)
        self._taken(frame)


class Desk(Line):
    """An agent's desk; `on_chat` is told of each chat in which something has changed, None for all."""

    def __init__(
        self,
        gateways: Callable[[], Sequence[str]],
        chance: random.Random,
        ledger: AgentLedger,
        token: str,
        on_chat: Callable[[str | None], None],
    ) -> None:
        super().__init__(gateways, chance, ledger)
        self.ledger, self._token, self._on_chat = ledger, token, on_chat
        self._opens = 0
        self._opening: set[asyncio.Task[Ask]] = set()

    def make(self, url: str, connection: int) -> Client:
        return _Desk(url, self._token, lambda frame: self.taken(connection, frame), self.ledger)

    @property
    def view(self) -> dict[str, Any] | None:
        """The desk as it stands, while connected."""
        return self.client.view if self.up and isinstance(self.client, Agent) else None

    @property
    def inbox(self) -> dict[str, dict[str, Any]]:
        return {item["item"]: item for item in self.view["inbox"]} if self.view is not None else {}

    async def greet(self, client: Client) -> None:
        await client.frame("snapshot")
        self._forget_opens()

    def _forget_opens(self) -> None:
        """What was to be opened on the last connection is looked at anew on this one."""
        for id in [id for id, waiting in self.waiting.items() if waiting.ask.type == "open"]:
            del self.waiting[id]
        self._on_chat(None)

    def open(self, chat: str) -> None:
        """Ask for all of a chat; its entries come into the ledger."""
        self._opens += 1
        ask = Ask(f"open{self._opens}", "open", chat, now())
        task = asyncio.create_task(self.ask(ask, item=chat))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def acked(self, connection: int, ask: Ask) -> None:
        if ask.type == "open" and ask.ack is not None:
            for entry in ask.ack["events"]:
                self._note(connection, ask.chat, entry, live=False)
            self._on_chat(ask.chat)

    def shown(self, connection: int, frame: dict[str, Any]) -> None:
        if frame["type"] == "chat":
            self._note(connection, frame["item"], frame, live=True)
            self._on_chat(frame["item"])
        elif frame["type"] == "snapshot":
            self._on_chat(None)
        elif frame["type"] == "error" and frame["id"] is None and frame["code"] not in PUT_OFF:
            self.ledger.troubles.append(f"on connecting it was told {frame['code']}: {frame['message']}")
        elif frame["type"] == "event":
            changed = frame["changed"].get("inbox", {})
            for chat in [*(item["item"] for item in changed.get("put", [])), *changed.get("drop", [])]:
                self._on_chat(chat)
            if "agent" in frame["changed"] or "queues" in frame["changed"]:
                self._on_chat("")

    def _note(self, connection: int, chat: str, entry: dict[str, Any], live: bool) -> None:
        at = from_rfc3339(entry["at"])
        seen = Seen(connection, entry["seq"], entry["n"], at, entry["kind"], entry.get("text"), live)
        self.ledger.seen.setdefault(chat, []).append(seen)
