"""Visitors and agents on Parley's sockets.

A frame is looked at as bytes where it begins as expected, and parsed where it does not.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from ..texts import dialogues, share
from .lines import Line, connect, json_of
from .meter import Meter

AGENTS = ("anna", "ben")
TURNS = 400
CHATS_PER_AGENT = 200
AT_ONCE = 20

_ACK = b'{"type":"ack","id":"'
_EVENT = b'{"type":"event","seq":'
_CHAT = b'{"type":"chat","item":"'


NO_PACE = {"messages_per_s": 100_000, "burst": 1_000_000, "burst_bytes": 1_000_000_000}
"""Few visitors stand for many."""


class Conversation:
    """One chat: what is still to be said in it, and what is on its way to either side, in order."""

    def __init__(self, turns: list[tuple[str, str]]) -> None:
        self.turns = cycle((who, json_of(text), text) for who, text in turns)
        self.chat = ""
        self.visitor: Line | None = None
        self.agent: Line | None = None
        self.to_agent: deque[tuple[int, bytes, str]] = deque()
        self.to_visitor: deque[tuple[int, bytes, str]] = deque()


def all_started(talks: list[Conversation]) -> bool:
    """Whether each of these has a chat."""
    return all(talk.chat for talk in talks)


class ParleyTalk:
    """Chats of the demonstration's tenant. `sides`: `visitors` (only these speak) or `both` (the dialogues as they
    are). `agents` are logged in and take the chats; without any the chats wait in the queue."""

    meter: Meter

    def __init__(self, url: str, sides: str = "visitors", agents: tuple[str, ...] = AGENTS) -> None:
        self._url, self._sides, self._agents = url, sides, agents
        self.troubles: list[str] = []
        self._talks: list[Conversation] = []
        self._by_chat: dict[bytes, Conversation] = {}
        self._desks: list[Line] = []
        self._joined: set[bytes] = set()
        self._ready = 0
        self.characters = self.bytes = self.said = 0

    # --- coming and going ---------------------------------------------------------------------------------------------

    async def open(self, conversations: int) -> dict[str, Any]:
        """Everybody is connected; every chat belongs to an agent, where there are some."""
        await self._open_desks()
        await self.connect(conversations)
        await self.start()
        if self._agents:
            await self._until(lambda: len(self._joined) == len(self._talks), "every chat to have an agent")
        return {"chats": [talk.chat for talk in self._talks], "agents": len(self._agents)}

    async def _open_desks(self) -> None:
        async with httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=30) as http:
            admin = await self._log_in(http, "ada")
            queue = "/v1/admin/queues/support"
            settings = (await http.get(queue, headers=admin)).raise_for_status().json()
            settings |= {"chats_per_agent": CHATS_PER_AGENT}
            (await http.put(queue, headers=admin, json=settings)).raise_for_status()
            service = "/v1/admin/services/demo"
            settings = (await http.get(service, headers=admin)).raise_for_status().json()
            settings |= NO_PACE
            (await http.put(service, headers=admin, json=settings)).raise_for_status()
            logins = [await self._log_in(http, agent) for agent in self._agents]
        for login in logins:
            self._desks.append(await self._desk(login))
        await self._until(lambda: self._ready == len(self._desks), "the agents to be ready")

    async def _log_in(self, http: httpx.AsyncClient, user: str) -> dict[str, str]:
        answer = await http.post("/v1/login", json={"tenant": "demo", "user": user, "password": "demo"})
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}

    async def _desk(self, login: dict[str, str]) -> Line:
        url = self._url.replace("http", "ws", 1) + "/v1/agent"
        desk = await connect(url, self._agent_took, self.troubles, login)
        desk.send(json_of({"type": "ready", "id": "ready"}))
        return desk

    async def connect(self, conversations: int) -> None:
        """So many more visitors are connected, and have said nothing yet."""
        spoken, _ = dialogues()
        fresh = []
        for number in range(len(self._talks), len(self._talks) + conversations):
            turns = share(spoken, number, max(conversations, 200), TURNS)
            if self._sides == "visitors":
                turns = [turn for turn in turns if turn[0] == "visitor"]
            fresh.append(Conversation(turns))
        url = self._url.replace("http", "ws", 1) + "/v1/chat"
        for first in range(0, len(fresh), AT_ONCE):
            await asyncio.gather(*(self._connect(talk, url) for talk in fresh[first : first + AT_ONCE]))
        self._talks += fresh

    async def _connect(self, talk: Conversation, url: str) -> None:
        talk.visitor = await connect(url, lambda _, frame: self._visitor_took(frame, talk), self.troubles)

    async def start(self) -> None:
        """Every visitor who has no chat yet has one."""
        asking = [talk for talk in self._talks if not talk.chat]
        for first in range(0, len(asking), AT_ONCE):
            some = asking[first : first + AT_ONCE]
            for talk in some:
                assert talk.visitor is not None
                talk.visitor.send(json_of({"type": "start", "id": f"start-{uuid4().hex}", "token": "demo"}))
            await self._until(partial(all_started, some), "the chats to be started")

    async def _until(self, reached: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(60):
                while not reached():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise RuntimeError(f"waited 60 s for {what}: {'; '.join(self.troubles[:5])}") from None

    async def close(self) -> None:
        """Everybody goes; the chats stay as they are."""
        lines = [talk.visitor for talk in self._talks if talk.visitor is not None] + self._desks
        for first in range(0, len(lines), AT_ONCE):
            await asyncio.gather(*(line.close() for line in lines[first : first + AT_ONCE]), return_exceptions=True)

    # --- talking ------------------------------------------------------------------------------------------------------

    def say(self, number: int) -> None:
        talk = self._talks[number % len(self._talks)]
        who, text, plain = next(talk.turns)
        self.said += 1
        self.characters += len(plain)
        self.bytes += len(text) - 2
        if who == "visitor":
            talk.to_agent.append((number, text, plain))
            talk.visitor.send(b'{"type":"message","id":"%d","text":%b}' % (number, text))  # type: ignore[union-attr]
        else:
            talk.to_visitor.append((number, text, plain))
            frame = b'{"type":"message","id":"%d","item":"%b","text":%b}' % (number, talk.chat.encode(), text)
            talk.agent.send(frame)  # type: ignore[union-attr]

    def _arrived(self, goal: deque[tuple[int, bytes, str]], frame: bytes) -> None:
        number, text, plain = goal.popleft()
        if text not in frame and msgspec.json.decode(frame)["text"] != plain:
            self.troubles.append(f"message {number} did not arrive in its turn: {frame[:200]!r}")
        self.meter.delivered(number)

    def _visitor_took(self, frame: bytes, talk: Conversation) -> None:
        if frame.startswith(_ACK):
            id = frame[len(_ACK) : frame.index(b'"', len(_ACK))]
            if id.isdigit():
                self.meter.acked(int(id))
            else:
                self._started(msgspec.json.decode(frame), talk)
        elif frame.startswith(_EVENT):
            if b'"from":"agent"' in frame:
                self._arrived(talk.to_visitor, frame)
        else:
            self._took_other(msgspec.json.decode(frame), frame, talk)

    def _started(self, ack: dict[str, Any], talk: Conversation) -> None:
        talk.chat = ack["chat"]
        self._by_chat[talk.chat.encode()] = talk

    def _agent_took(self, desk: Line, frame: bytes) -> None:
        if frame.startswith(_CHAT):
            end = frame.index(b'"', len(_CHAT))
            chat = frame[len(_CHAT) : end]
            if b'"from":"visitor"' in frame:
                self._arrived(self._by_chat[chat].to_agent, frame)
            elif chat not in self._joined and b'"kind":"joined"' in frame:
                self._assigned(chat, desk)
        elif frame.startswith(_ACK):
            id = frame[len(_ACK) : frame.index(b'"', len(_ACK))]
            if id.isdigit():
                self.meter.acked(int(id))
            else:
                self._ready += 1
        elif frame.startswith((b'{"type":"event"', b'{"type":"snapshot"')):
            pass
        else:
            self._desk_took_other(msgspec.json.decode(frame), frame, desk)

    def _assigned(self, chat: bytes, desk: Line) -> None:
        self._joined.add(chat)
        if (talk := self._by_chat.get(chat)) is not None:
            talk.agent = desk
        else:  # its visitor has not been acknowledged yet
            asyncio.get_running_loop().call_later(0.01, self._note_agent, chat, desk)

    def _note_agent(self, chat: bytes, desk: Line) -> None:
        if (talk := self._by_chat.get(chat)) is not None:
            talk.agent = desk
        else:
            asyncio.get_running_loop().call_later(0.01, self._note_agent, chat, desk)

    # --- frames that begin otherwise ------------------------------------------------------------------------------------

    def _took_other(self, fields: dict[str, Any], frame: bytes, talk: Conversation) -> None:
        match fields["type"]:
            case "ack" if str(fields["id"]).isdigit():
                self.meter.acked(int(fields["id"]))
            case "ack":
                self._started(fields, talk)
            case "event" if fields.get("from") == "agent":
                self._arrived(talk.to_visitor, frame)
            case "error":
                self.troubles.append(f"a visitor was refused: {frame[:300]!r}")

    def _desk_took_other(self, fields: dict[str, Any], frame: bytes, desk: Line) -> None:
        match fields["type"]:
            case "ack" if str(fields["id"]).isdigit():
                self.meter.acked(int(fields["id"]))
            case "ack":
                self._ready += 1
            case "chat" if fields.get("from") == "visitor":
                self._arrived(self._by_chat[fields["item"].encode()].to_agent, frame)
            case "chat" if fields.get("kind") == "joined":
                self._assigned(fields["item"].encode(), desk)
            case "error":
                self.troubles.append(f"an agent was refused: {frame[:300]!r}")
